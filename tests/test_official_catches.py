"""Would the recorded trajectories notice a wrong Adam? Fifteen of them, as people write them."""

import numpy as np
import pytest
from official.problem import SCALES, W0, apart, gradient, read, run
from official.rows import BETA1, BETA2, EPS8, ROWS

ROW = next(row for row in ROWS if row.name == "torch Adam")
RECORDED = read()["trajectories"][ROW.name]

WRONG = {
    "t frozen": {"count": lambda t: 1},
    "t from 0, with a guard": {"count": lambda t: max(t - 1, 1)},
    "β·t for βᵗ": {"power": lambda beta, t: beta * t},
    "M̂ stored into M": {"stores_corrected": True},
    "betas swapped": {"beta1": BETA2, "beta2": BETA1},
    "no correction": {"correct": lambda M, G, c1, c2: (M, G)},
    "only M corrected": {"correct": lambda M, G, c1, c2: (M / c1, G)},
    "abs for square": {"square": np.abs},
    "no (1 − β)": {"average": lambda old, new, beta: beta * old + new},
    "sum for average": {"average": lambda old, new, beta: old + new},
    "no root": {"divide": lambda M, G: M / (G + EPS8)},
    "ε inside": {"divide": lambda M, G: M / np.sqrt(G + EPS8)},
    "ε after the bracket": {"divide": lambda M, G: M / np.sqrt(G + (G == 0)) + EPS8},
    "one cache for all": {"square": lambda g: np.full(3, np.mean(g**2))},
    "old cache": {"old_cache": True},
}
EXACT_AT_FIRST = {
    "t frozen",
    "t from 0, with a guard",
    "β·t for βᵗ",
    "M̂ stored into M",
    "betas swapped",
}


def adam_step(
    beta1=BETA1,
    beta2=BETA2,
    count=lambda t: t,
    power=pow,
    square=np.square,
    average=lambda old, new, beta: beta * old + (1 - beta) * new,
    correct=lambda M, G, c1, c2: (M / c1, G / c2),
    divide=lambda M, G: M / (np.sqrt(G) + EPS8),
    stores_corrected=False,
    old_cache=False,
):
    """PyTorch's Adam, each part of which can be replaced by a wrong one."""
    w, M, G, t = W0, np.zeros(3), np.zeros(3), 0

    def step(g, rate):
        nonlocal w, M, G, t
        t += 1
        M, old = average(M, g, beta1), G
        G = average(G, square(g), beta2)
        corrections = [1 - power(beta, count(t)) for beta in (beta1, beta2)]
        M_hat, G_hat = correct(M, old if old_cache else G, *corrections)
        M = M_hat if stores_corrected else M
        w = w - rate * divide(M_hat, G_hat)
        return w

    return step


@pytest.fixture
def wild():
    """Wrong rules may divide by zero, take the root of a negative number, and run away."""
    with np.errstate(all="ignore"):
        yield


def test_the_right_adam_passes():
    for scale in SCALES:
        ours = run(adam_step(), ROW.rate, scale)
        assert apart(ours, RECORDED[str(scale)]) < 1e-10


@pytest.mark.parametrize("name", WRONG)
@pytest.mark.usefixtures("wild")
def test_thirty_steps_unmask_every_wrong_adam_at_either_size_of_gradient(name):
    for scale in SCALES:
        wrong = run(adam_step(**WRONG[name]), ROW.rate, scale)
        assert not apart(wrong, RECORDED[str(scale)]) < 1e-10


@pytest.mark.usefixtures("wild")
def test_a_first_step_alone_lets_five_of_fifteen_through_and_a_loose_tolerance_seven():
    g, official = gradient(W0, 1, 1.0), RECORDED["1.0"][1]
    first = {name: adam_step(**parts)(g, ROW.rate) for name, parts in WRONG.items()}
    exact = {n for n, w in first.items() if np.allclose(w - W0, official - W0, 1e-10, 0)}
    assert exact == EXACT_AT_FIRST
    assert sum(np.allclose(w, official) for w in first.values()) == 7

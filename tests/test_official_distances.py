"""How far apart the libraries' conventions end: one problem, one rate, 200 steps.

The rules are held to the libraries in test_official.py; here they are held to one another. The
sizes belong to this problem; on another noisy quadratic each comes out of the same order.
"""

import numpy as np
import pytest
from official.problem import W0, gradient

from mlcourse_utils.optimizers import (
    Optimizer,
    keras_adagrad,
    keras_adam,
    keras_nadam,
    keras_rmsprop,
    keras_sgd,
    nesterov,
    torch_adagrad,
    torch_adam,
    torch_nadam,
    torch_rmsprop,
    torch_sgd,
)
from mlcourse_utils.schedules import as_schedule, step_decay


def walk(optimizer, gamma, n_steps=200, scale=1.0, first=1):
    """The trajectory on the noisy quadratic, from its step `first` on."""
    w, state, gamma = W0, optimizer.init(W0), as_schedule(gamma)
    ws = [w]
    for t in range(n_steps):
        w, state = optimizer.step(w, state, lambda w, t=t: gradient(w, t + first, scale), gamma(t))
        ws.append(w)
    return np.array(ws)


def greatest_distance(a, b, gamma, **how):
    return np.abs(walk(a, gamma, **how) - walk(b, gamma, **how)).max()


@pytest.mark.parametrize(
    ("torch", "keras"),
    [
        (torch_sgd(), keras_sgd()),
        (torch_sgd(0.9), keras_sgd(0.9)),
        (torch_sgd(0.9, nesterov=True), keras_sgd(0.9, nesterov=True)),
    ],
    ids=["SGD", "momentum", "NAG"],
)
def test_sgd_and_momentum_are_the_same_in_pytorch_and_keras_at_a_constant_rate(torch, keras):
    assert greatest_distance(torch, keras, 0.01) < 1e-14


def test_momentum_parts_as_soon_as_the_rate_changes():
    halving = step_decay(0.1, factor=0.1, every=50)
    torch, keras = walk(torch_sgd(0.9), halving), walk(keras_sgd(0.9), halving)
    np.testing.assert_allclose(torch[:51], keras[:51], rtol=0, atol=1e-14)
    assert np.abs(torch - keras).max() == pytest.approx(0.170, rel=0.01)


@pytest.mark.parametrize(
    ("torch", "keras", "gamma", "expected"),
    [
        (torch_adagrad(), keras_adagrad(), 0.01, 8.6e-3),
        (torch_rmsprop(rho=0.9), keras_rmsprop(), 0.001, 8.0e-8),
        (torch_adam(), keras_adam(), 0.001, 1.7e-7),
        (torch_nadam(), keras_nadam(), 0.001, 2.1e-3),
    ],
    ids=["Adagrad", "RMSprop, ρ matched", "Adam", "Nadam"],
)
def test_the_adaptive_rules_part_by_the_defaults_and_by_where_epsilon_stands(
    torch, keras, gamma, expected
):
    assert greatest_distance(torch, keras, gamma) == pytest.approx(expected, rel=0.02)


def test_nadam_meets_keras_3_with_its_decay_and_epsilon():
    matched = torch_nadam(momentum_decay=1, epsilon=1e-7)
    assert greatest_distance(matched, keras_nadam(), 0.001) < 1e-11


def averaged(beta):
    """v ← β v + (1 − β) g,  w ← w − γ v: the exponential average."""

    def step(w, v, grad, gamma):
        v = beta * v + (1 - beta) * grad(w)
        return w - gamma * v, v

    return Optimizer(np.zeros_like, step)


def test_an_exponential_average_is_momentum_at_a_tenth_of_the_rate_and_not_dampening():
    average, gamma = walk(averaged(0.9), 0.1), 0.1
    converted = walk(torch_sgd(0.9), gamma * (1 - 0.9))
    dampened = walk(torch_sgd(0.9, dampening=0.9), gamma)
    np.testing.assert_allclose(average, converted, rtol=0, atol=5e-15)
    assert np.abs(average - dampened).max() == pytest.approx(0.514, rel=0.01)


def test_the_slides_nesterov_meets_pytorch_at_its_lookahead_point():
    slides, torch = walk(nesterov(0.9), 0.05), walk(torch_sgd(0.9, nesterov=True), 0.05)
    v = slides[:-1] - slides[1:]
    np.testing.assert_allclose(slides[1:] - 0.9 * v, torch[1:], rtol=0, atol=1e-14)
    assert np.abs(slides - torch).max() == pytest.approx(0.220, rel=0.01)


def misplaced_epsilon(beta1=0.9, beta2=0.999, epsilon=1e-8):
    """w ← w − γ (M̂/√Ĝ + ε): Adam as it was once published by mistake."""

    def step(w, state, grad, gamma):
        M, G, t = state
        t, g = t + 1, grad(w)
        M, G = beta1 * M + (1 - beta1) * g, beta2 * G + (1 - beta2) * g**2
        update = M / (1 - beta1**t) / np.sqrt(G / (1 - beta2**t)) + epsilon
        return w - gamma * update, (M, G, t)

    return Optimizer(lambda w: (0.0, 0.0, 0), step)


def test_a_misplaced_epsilon_hides_below_3e_6_for_sixty_steps():
    """From step 8 on, where no gradient is zero any more: 0/0 would give it away."""
    for scale in (1.0, 1e-3):
        distance = greatest_distance(
            misplaced_epsilon(), torch_adam(), 0.001, n_steps=60, scale=scale, first=8
        )
        assert 1e-10 < distance < 3e-6

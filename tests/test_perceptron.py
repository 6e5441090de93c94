"""The perceptron against hand calculation, linear programming and its own theorem."""

from itertools import permutations

import numpy as np
import pytest
from scipy.optimize import linprog, minimize

from mlcourse_utils.capacity import boolean_functions, count_dichotomies, separable
from mlcourse_utils.datasets import load_letters, load_mnist_5k, make_blobs, make_xor
from mlcourse_utils.one_vs_rest import OneVsRest, classify, train_one_vs_rest
from mlcourse_utils.perceptron import mistake_bound, predict, steps, train, update, widest_margin

SQUARE = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]])
GATES = {"AND": [0, 0, 0, 1], "OR": [0, 1, 1, 1], "NAND": [1, 1, 1, 0], "NOR": [1, 0, 0, 0]}
XOR = [0, 1, 1, 0]


def two_letters(pair):
    letters, _ = load_letters()
    keep = np.isin(letters.y, list(pair))
    return letters.X[keep], letters.y[keep] == pair[1]


def line_exists(X, d):
    """Linear programming's answer: is there (w, b) with s (w·x + b) ≥ 1 everywhere?"""
    Z = (2 * np.asarray(d) - 1)[:, None] * np.column_stack([X, np.ones(len(X))])
    return linprog(
        np.zeros(Z.shape[1]), A_ub=-Z, b_ub=-np.ones(len(Z)), bounds=(None, None)
    ).success


def test_a_tie_at_zero_is_answered_with_0():
    assert predict([1.0, -1.0], 0.0, [[2.0, 2.0], [2.0, 1.9], [1.9, 2.0]]).tolist() == [0, 1, 0]


def test_one_example_alone_is_predicted_as_a_number():
    assert predict([1.0, 2.0], -2.5, [1.0, 1.0]) == 1
    assert predict([1.0, 2.0], -3.0, [1.0, 1.0]).shape == ()


@pytest.mark.parametrize(
    ("x", "d", "w", "b"),
    [
        ([2.0, 3.0], 1, [1.0, -1.0], 0.5),  # h = −0.5: a miss, up by α x
        ([3.0, 2.0], 0, [1.0, -1.0], 0.5),  # h = 1.5: a false alarm, down by α x
    ],
)
def test_a_mistake_moves_w_and_b_by_alpha_times_the_error(x, d, w, b):
    sign = 1 if d else -1
    w_new, b_new = update(w, b, x, d, alpha=0.25)
    np.testing.assert_array_equal(w_new, np.array(w) + sign * 0.25 * np.array(x))
    assert b_new == b + sign * 0.25


def test_a_right_answer_moves_nothing():
    w, b = update([1.0, -1.0], 0.5, [3.0, 2.0], 1)
    assert (w.tolist(), b) == ([1.0, -1.0], 0.5)


def test_update_leaves_its_arguments_as_they_were():
    w, x = np.array([1.0, -1.0]), np.array([2.0, 3.0])
    update(w, 0.5, x, 1)
    assert (w.tolist(), x.tolist()) == ([1.0, -1.0], [2.0, 3.0])


@pytest.mark.parametrize("gate", GATES)
def test_every_gate_that_a_line_separates_is_learned(gate):
    w, b, mistakes = train(SQUARE, GATES[gate])
    assert predict(w, b, SQUARE).tolist() == GATES[gate]
    assert mistakes > 0
    assert mistakes <= mistake_bound(SQUARE, GATES[gate], *widest_margin(SQUARE, GATES[gate]))


def test_or_by_hand_takes_four_mistakes():
    seen = [(s.epoch, s.j, s.w.tolist(), s.b) for s in steps(SQUARE, GATES["OR"])]
    assert seen == [
        (0, 1, [0.0, 1.0], 1.0),
        (1, 0, [0.0, 1.0], 0.0),
        (1, 2, [1.0, 1.0], 1.0),
        (2, 0, [1.0, 1.0], 0.0),
    ]


def test_steps_ends_where_train_ends_and_each_step_is_one_update():
    X, d = make_blobs(60, noise=0.8, seed=3)
    w, b, old = np.zeros(2), 0.0, []
    for step in steps(X, d, alpha=0.5, max_epochs=5):
        w, b = update(w, b, X[step.j], d[step.j], alpha=0.5)
        np.testing.assert_array_equal(step.w, w)
        assert step.b == b
        old.append((step.w, step.w.copy()))
    got = train(X, d, alpha=0.5, max_epochs=5)
    np.testing.assert_array_equal(got[0], w)
    assert got[1:] == (b, len(old))
    assert all((kept == then).all() for kept, then in old), "an earlier step was overwritten"


def test_xor_is_never_learned_and_train_comes_back():
    w, b, mistakes = train(SQUARE, XOR, max_epochs=50)
    assert (predict(w, b, SQUARE) != XOR).any()
    assert mistakes >= 50


def test_the_order_of_the_examples_changes_the_way_but_not_the_bound():
    X, d = two_letters("EF")
    bound = mistake_bound(X, d, *widest_margin(X, d))
    orders = [np.random.default_rng(seed).permutation(len(d)) for seed in range(5)]
    counts = [train(X[order], d[order], max_epochs=1000)[2] for order in orders]
    assert len(set(counts)) > 1
    assert max(counts) <= bound


@pytest.mark.parametrize(
    ("pair", "mistakes", "bound"),
    [("OX", 2, 22.0), ("OQ", 102, 626.0), ("EF", 17, 143.4), ("CG", 23, 114.1)],
)
def test_letters_are_learned_with_fewer_mistakes_than_the_bound(pair, mistakes, bound):
    X, d = two_letters(pair)
    w, b, got = train(X, d, max_epochs=1000)
    assert (predict(w, b, X) == d).all()
    assert got == mistakes
    assert mistake_bound(X, d, *widest_margin(X, d)) == pytest.approx(bound, abs=0.05)


def test_from_zero_alpha_scales_the_weights_and_decides_nothing():
    X, d = two_letters("CG")
    w, b, mistakes = train(X, d)
    for alpha in (0.25, 8.0):  # powers of two: exact in binary
        scaled = train(X, d, alpha=alpha)
        np.testing.assert_array_equal(scaled[0], alpha * w)
        assert scaled[1:] == (alpha * b, mistakes)
    w_odd, b_odd, mistakes_odd = train(X, d, alpha=0.37)
    np.testing.assert_allclose(w_odd, 0.37 * w, rtol=1e-9, atol=1e-12)
    assert (b_odd, mistakes_odd) == (pytest.approx(0.37 * b), mistakes)


def test_the_bound_of_two_points_by_hand():
    # x = ∓1, w = 1, b = 0: R² = 1 + 1, γ = 1;  w = 2 is the same line; b = ½ is nearer to one.
    X, d = [[-1.0], [1.0]], [0, 1]
    assert mistake_bound(X, d, [2.0], 0.0) == pytest.approx(2)
    assert mistake_bound(X, d, [1.0], 0.5) == pytest.approx(2 * 1.25 / 0.25)


def test_the_widest_margin_is_scipy_s():
    X, d = make_blobs(30, noise=0.3, seed=1)
    Z = (2 * d - 1)[:, None] * np.column_stack([X, np.ones(len(X))])
    constraint = {"type": "ineq", "fun": lambda v: Z @ v - 1, "jac": lambda v: Z}
    best = minimize(lambda v: v @ v / 2, np.ones(3), jac=lambda v: v, constraints=[constraint])
    np.testing.assert_allclose(np.append(*widest_margin(X, d, tol=1e-9)), best.x, atol=1e-4)


def test_no_other_separating_line_gives_a_smaller_bound():
    X, d = make_blobs(30, noise=0.3, seed=1)
    w, b = widest_margin(X, d)
    smallest = mistake_bound(X, d, w, b)
    for seed in range(20):
        off = 0.1 * np.random.default_rng(seed).standard_normal(3)
        assert mistake_bound(X, d, w + off[:2], b + off[2]) >= smallest * (1 - 1e-4)


def test_float32_stays_float32():
    X, d = make_blobs(20, noise=0.2)
    assert train(X.astype(np.float32), d)[0].dtype == np.float32
    assert train(X, d)[0].dtype == np.float64


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: predict([1.0, 2.0], 0.0, [[1.0], [2.0]]), r"X has shape \(2, 1\), expected"),
        (lambda: predict([1.0], [0.0, 1.0], [[1.0]]), r"b has shape \(2,\), expected \(\)"),
        (lambda: predict([np.nan], 0.0, [[1.0]]), "w holds 1 NaN"),
        (lambda: update([1.0], 0.0, [1.0, 2.0], 1), r"x has shape \(2,\), expected \(1,\)"),
        (lambda: update([1.0], 0.0, [1.0], -1), "labels ±1"),
        (lambda: update([1.0], 0.0, [1.0], 1, alpha=0.0), "alpha is 0.0, expected a number > 0"),
        (lambda: train(SQUARE, [-1, 1, 1, -1]), "labels ±1"),
        (lambda: train(SQUARE, [0, 1]), r"d has shape \(2,\), expected \(4,\)"),
        (lambda: train(SQUARE, "0110"), "expected"),
        (lambda: train(SQUARE, XOR, max_epochs=0), "max_epochs is 0"),
        (lambda: steps(SQUARE, XOR, alpha=-1), "alpha is -1"),  # at the call, not at the first next
        (
            lambda: mistake_bound(SQUARE, XOR, [1.0, 1.0], -0.5),
            "leaves 1 of 4 examples on the line",
        ),
        (lambda: mistake_bound(SQUARE, GATES["OR"], [1.0, 1.0], 0.0), "widest_margin"),
        (lambda: widest_margin(SQUARE, XOR, max_epochs=20), "no widest margin of 4 examples"),
        (lambda: train_one_vs_rest(SQUARE, ["A"]), r"labels has shape \(1,\), expected \(4,\)"),
        (lambda: separable(SQUARE, [[0, 2, 0, 0]]), "D holds other values"),
        (lambda: boolean_functions(5), "expected at most 4"),
        (lambda: count_dichotomies(0, 2), "n_points is 0"),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message) as caught:
        call()
    assert "\n" not in str(caught.value)


def test_of_three_variables_exactly_104_functions_are_separable_says_linear_programming():
    for n, how_many in ((1, 4), (2, 14), (3, 104)):
        X, D = boolean_functions(n)
        by_machine = separable(X, D)
        assert by_machine.sum() == how_many
        assert [line_exists(X, d) for d in D] == by_machine.tolist()


def test_of_four_variables_exactly_1882_functions_are_separable():
    X, D = boolean_functions(4)
    by_machine = separable(X, D)
    assert by_machine.sum() == 1882
    # A line stays one when variables are renamed or negated: one linear programme a class.
    place, smallest = 2.0 ** np.arange(16)[::-1], np.full(len(D), 65535.0)
    for order in permutations(range(4)):
        moved = X[:, order] @ [8, 4, 2, 1]
        images = D.astype(float) @ np.array([place[np.argsort(moved ^ f)] for f in range(16)]).T
        smallest = np.minimum(smallest, np.minimum(images, 65535 - images).min(axis=1))
    smallest = smallest.astype(int)
    classes = np.flatnonzero(smallest == np.arange(65536))
    assert len(classes) == 222
    assert all(line_exists(X, D[r]) == by_machine[r] for r in classes)
    assert (by_machine == by_machine[smallest]).all()


def test_a_line_gets_at_most_three_of_xor_s_four_right():
    X, D = boolean_functions(2)
    assert (D[separable(X, D)] == XOR).mean(axis=1).max() == 0.75
    assert not separable(X, [XOR]).any()


def test_a_noisy_xor_stays_out_of_reach():
    X, d = make_xor(40, noise=0.1, seed=0)
    assert not line_exists(X, d)
    assert not separable(X, [d]).any()


@pytest.mark.parametrize(("N", "d"), [(1, 1), (4, 3), (6, 3), (8, 4)])
def test_cover_s_count_is_what_linear_programming_finds(N, d):
    X = np.random.default_rng(N).standard_normal((N, d - 1))
    D = np.arange(2**N)[:, None] >> np.arange(N) & 1
    assert sum(line_exists(X, row) for row in D) == count_dichotomies(N, d)


@pytest.mark.parametrize("d", range(1, 30))
def test_half_of_all_dichotomies_are_separable_at_n_equal_2d_and_all_up_to_d(d):
    assert 2 * count_dichotomies(2 * d, d) == 2 ** (2 * d)
    assert all(count_dichotomies(N, d) == 2**N for N in range(1, d + 1))
    assert count_dichotomies(d + 1, d) == 2 ** (d + 1) - 2


def test_one_versus_rest_asks_each_class_its_own_perceptron():
    X, labels = np.array([[0.0, 2], [2, 0], [-2, -2], [0.5, 3]]), np.array(["N", "E", "S", "N"])
    machines = train_one_vs_rest(X, labels)
    assert machines.classes.tolist() == ["E", "N", "S"]
    for k, c in enumerate(machines.classes):
        w, b, _ = train(X, labels == c)
        np.testing.assert_array_equal(machines.W[k], w)
        assert machines.b[k] == b
    assert classify(machines, X).tolist() == labels.tolist()


def test_the_loudest_machine_wins_even_if_all_say_no():
    machines = OneVsRest(np.array([3, 7]), np.array([[1.0], [2.0]]), np.array([-9.0, -9.0]))
    assert classify(machines, [[1.0], [-1.0]]).tolist() == [7, 3]


def test_ten_perceptrons_read_five_sixths_of_unseen_digits():
    X, y, X_test, y_test = load_mnist_5k()
    machines = train_one_vs_rest(X, y, max_epochs=10)
    assert (classify(machines, X_test) == y_test).mean() == pytest.approx(0.85, abs=0.02)

"""Newton, conjugate gradients and L-BFGS against solve, dense updates and known counts."""

from collections import deque
from itertools import pairwise

import numpy as np
import pytest

from mlcourse_utils.optimizers import gradient_descent, minimize
from mlcourse_utils.second_order import (
    conjugate_gradient,
    lbfgs,
    newton,
    nonlinear_cg,
    two_loop,
)

START = np.array([-1.2, 1.0])


def rosenbrock(w):
    return 100 * (w[1] - w[0] ** 2) ** 2 + (1 - w[0]) ** 2


def rosenbrock_grad(w):
    return np.array([-400 * w[0] * (w[1] - w[0] ** 2) - 2 * (1 - w[0]), 200 * (w[1] - w[0] ** 2)])


def rosenbrock_hessian(w):
    return np.array([[1200 * w[0] ** 2 - 400 * w[1] + 2, -400 * w[0]], [-400 * w[0], 200.0]])


def spd(eigenvalues, seed=0):
    """A symmetric matrix with these eigenvalues, in random directions."""
    n = len(eigenvalues)
    Q, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(n, n)))
    A = Q * eigenvalues @ Q.T
    return (A + A.T) / 2


def steps_until_flat(trajectory, tol):
    largest = np.array([np.abs(rosenbrock_grad(w)).max() for w in trajectory])
    return int(np.argmax(largest <= tol))


def test_newton_needs_one_step_on_the_ravine():
    H = np.diag([1.0, 100.0])
    w = newton(lambda w: H @ w, lambda w: H, [1.0, 1.0], n_steps=1)
    np.testing.assert_allclose(w, [[1, 1], [0, 0]], atol=1e-15)


def test_newton_with_half_a_step_halves_the_distance_in_every_direction():
    H = spd(np.array([1.0, 30.0, 1000.0]))
    w = newton(lambda w: H @ w, lambda w: H, [1.0, 2.0, 3.0], n_steps=5, gamma=0.5)
    np.testing.assert_allclose(w[5], np.array([1, 2, 3]) / 32, rtol=1e-10)


def test_newtons_rate_may_be_a_schedule():
    w = newton(lambda w: w, lambda w: np.eye(1), [8.0], 2, gamma=lambda t: [0.5, 0.25][t])
    assert w.ravel().tolist() == [8.0, 4.0, 3.0]


def bowl_slope(x):
    return x / np.sqrt(1 + x**2)


def bowl_curvature(x):
    return np.diag((1 + x**2) ** -1.5)


@pytest.mark.parametrize("x", [0.5, 0.99, 1.01])
def test_newton_on_the_root_of_1_plus_x_squared_sends_x_to_minus_x_cubed(x):
    w = newton(bowl_slope, bowl_curvature, [x], n_steps=3)
    np.testing.assert_allclose(w.ravel(), [x, -(x**3), x**9, -(x**27)], rtol=1e-12)


def test_newton_far_from_the_minimum_says_where_the_hessian_gave_out():
    with pytest.raises(ValueError, match=r"H\(w\) is singular at step \d+, .*H \+ μI"):
        newton(bowl_slope, bowl_curvature, [5.0], n_steps=20)


def test_newton_takes_6_steps_on_rosenbrock():
    w = newton(rosenbrock_grad, rosenbrock_hessian, START, n_steps=8)
    assert steps_until_flat(w, 1e-8) == 6
    np.testing.assert_allclose(w[-1], 1, rtol=1e-14)


def test_descent_with_gamma_1e_minus_3_takes_15068_steps_on_rosenbrock():
    w = minimize(rosenbrock_grad, START, gradient_descent(), 1e-3, 15068)
    assert rosenbrock(w[15068]) <= 1e-6 < rosenbrock(w[15067])


def test_newton_runs_into_a_saddle_as_gladly_as_into_a_minimum():
    H = np.diag([1.0, -1.0])
    assert newton(lambda w: H @ w, lambda w: H, [2.0, 3.0], 1)[-1].tolist() == [0, 0]


def test_conjugate_gradient_solves():
    rng = np.random.default_rng(1)
    A, b = spd(np.geomspace(1, 1000, 20)), rng.normal(size=20)
    for x0 in (None, rng.normal(size=20)):
        x = conjugate_gradient(A, b, x0)[-1]
        np.testing.assert_allclose(x, np.linalg.solve(A, b), rtol=1e-7)
        assert np.linalg.norm(b - A @ x) <= 2e-10 * np.linalg.norm(b)


@pytest.mark.parametrize("distinct", [1, 2, 3, 5])
def test_conjugate_gradient_takes_as_many_steps_as_there_are_distinct_eigenvalues(distinct):
    eigenvalues = np.linspace(1, 10, distinct)[np.arange(30) % distinct]
    trajectory = conjugate_gradient(spd(eigenvalues), np.ones(30))
    assert len(trajectory) - 1 == distinct


def test_conjugate_gradient_goes_along_conjugate_directions():
    A = spd(np.array([1.0, 2.0, 5.0, 9.0]))
    steps = np.diff(conjugate_gradient(A, np.ones(4)), axis=0)
    products = steps @ A @ steps.T
    np.testing.assert_allclose(products, np.diag(np.diag(products)), atol=1e-12)


def test_conjugate_gradient_stops_where_it_starts_at_the_solution():
    A = np.diag([1.0, 2.0])
    assert conjugate_gradient(A, [1.0, 2.0], x0=[1.0, 1.0]).tolist() == [[1, 1]]
    assert conjugate_gradient(A, [0.0, 0.0]).tolist() == [[0, 0]]


def test_conjugate_gradients_tolerance_is_relative_to_b():
    A, b = spd(np.geomspace(1, 100, 15)), np.ones(15)
    loose = conjugate_gradient(A, b, tol=1e-2)
    assert len(loose) < len(conjugate_gradient(A, b))
    assert len(loose) == len(conjugate_gradient(A, 1e6 * b, tol=1e-2))
    residuals = np.linalg.norm(b - loose @ A, axis=1) / np.linalg.norm(b)
    assert residuals[-1] <= 1e-2 < residuals[-2]


def test_nonlinear_cg_on_a_quadratic_is_conjugate_gradient():
    A, b = spd(np.array([1.0, 3.0, 10.0, 30.0])), np.ones(4)
    linear = conjugate_gradient(A, b)
    w = nonlinear_cg(lambda w: w @ A @ w / 2 - b @ w, lambda w: A @ w - b, np.zeros(4), 4)
    np.testing.assert_allclose(w, linear, atol=1e-7)


@pytest.mark.parametrize(("method", "steps"), [(nonlinear_cg, 23), (lbfgs, 37)])
def test_counts_on_rosenbrock(method, steps):
    """SciPy takes 36 and 36; another line search, another count: 15 % leave room for rounding."""
    w = method(rosenbrock, rosenbrock_grad, START, 1000, tol=1e-5)
    assert len(w) - 1 == pytest.approx(steps, rel=0.15)
    assert steps_until_flat(w, 1e-5) == len(w) - 1


@pytest.mark.parametrize("method", [nonlinear_cg, lbfgs])
def test_rosenbrocks_minimum_is_found_from_anywhere(method):
    for start in np.random.default_rng(2).normal(size=(30, 2)) * 3:
        w = method(rosenbrock, rosenbrock_grad, start, 2000)
        np.testing.assert_array_equal(w[0], start)
        np.testing.assert_allclose(w[-1], 1, atol=1e-6)
        assert (np.diff([rosenbrock(x) for x in w]) <= 0).all()


@pytest.mark.parametrize("method", [nonlinear_cg, lbfgs])
def test_a_step_that_would_overflow_is_only_a_bad_guess(method):
    w = method(lambda w: np.sum(np.cosh(w)), np.sinh, [9.0, -2.0], 200)
    with pytest.warns(RuntimeWarning, match="overflow"):
        np.cosh(w[0] - np.sinh(w[0]))  # what the first guess of nonlinear_cg asks for
    np.testing.assert_allclose(w[-1], 0, atol=1e-7)


@pytest.mark.parametrize("method", [nonlinear_cg, lbfgs])
def test_at_most_n_steps_are_made_and_none_from_a_minimum(method):
    assert len(method(rosenbrock, rosenbrock_grad, START, 5)) == 6
    assert method(rosenbrock, rosenbrock_grad, START, 0).tolist() == [START.tolist()]
    assert method(rosenbrock, rosenbrock_grad, [1.0, 1.0], 5).tolist() == [[1, 1]]


def dense_bfgs(pairs, n):
    """B after the updates B ← (I − s yᵀ/sᵀy) B (I − y sᵀ/sᵀy) + s sᵀ/sᵀy, from sᵀy/yᵀy · I."""
    s, y = pairs[-1]
    B = (s @ y) / (y @ y) * np.eye(n)
    for s, y in pairs:
        V = np.eye(n) - np.outer(y, s) / (s @ y)
        B = V.T @ B @ V + np.outer(s, s) / (s @ y)
    return B


def test_the_two_loops_are_the_dense_bfgs_update():
    rng, A = np.random.default_rng(3), spd(np.geomspace(1, 50, 6))
    pairs = [(s, A @ s) for s in rng.normal(size=(4, 6))]
    g = rng.normal(size=6)
    np.testing.assert_allclose(two_loop(g, pairs), dense_bfgs(pairs, 6) @ g, rtol=1e-10)
    s, y = pairs[-1]
    np.testing.assert_allclose(two_loop(y, pairs), s, rtol=1e-10)
    np.testing.assert_array_equal(two_loop(g, deque()), g)


def test_lbfgs_forgets_all_but_memory_pairs():
    A = spd(np.geomspace(1, 1000, 30))
    f, grad, w = (lambda w: w @ A @ w / 2), (lambda w: A @ w), np.ones(30)
    short, long = (lbfgs(f, grad, w, 1000, memory=m) for m in (1, 30))
    np.testing.assert_array_equal(short[:3], long[:3])  # the first two steps have one pair at most
    assert len(long) < 0.7 * len(short)
    steps, turns = np.diff(short, axis=0), np.diff(short @ A, axis=0)
    p = -dense_bfgs([(steps[5], turns[5])], 30) @ grad(short[6])
    np.testing.assert_allclose(steps[6] / np.linalg.norm(steps[6]), p / np.linalg.norm(p))


def test_lbfgs_is_at_home_in_many_dimensions():
    curvature = np.geomspace(1, 100, 2000)
    w = lbfgs(lambda w: curvature @ w**2 / 2, lambda w: curvature * w, np.ones(2000), 1000)
    assert len(w) < 150  # descent needs about 100 · ln(10⁸) / 2
    np.testing.assert_allclose(w[-1], 0, atol=1e-8)


@pytest.mark.parametrize("method", [nonlinear_cg, lbfgs])
def test_the_rounding_of_f_does_not_keep_it_from_its_minimum(method):
    def f(w):
        return 1e8 + w @ w + 2e-8 * (w[0] < 9e-6)  # one unit in the last place, upwards

    w = method(f, lambda w: 2 * w, [1e-5], 20, tol=1e-12)
    np.testing.assert_allclose(w[-1], 0, atol=1e-12)


@pytest.mark.parametrize("method", [nonlinear_cg, lbfgs])
def test_a_gradient_is_small_only_if_all_its_entries_are(method):
    w = method(lambda w: w @ w, lambda w: 2 * w, [0.0, 5.0], 20)
    np.testing.assert_allclose(w[-1], 0, atol=1e-8)


def test_nonlinear_cg_starts_again_where_the_new_direction_would_not_lead_down():
    """β is 0 or p falls: each first step of the line search goes down, from any start."""
    for start in np.random.default_rng(4).normal(size=(30, 2)) * 3:
        w = nonlinear_cg(rosenbrock, rosenbrock_grad, start, 200)
        for before, after in pairwise(w):
            assert rosenbrock_grad(before) @ (after - before) < 0


@pytest.mark.parametrize("method", [nonlinear_cg, lbfgs])
def test_float32_stays_float32(method):
    H = np.diag(np.float32([1, 4]))
    w = method(lambda w: w @ H @ w / 2, lambda w: H @ w, np.float32([1, 1]), 5, tol=1e-3)
    assert w.dtype == np.float32
    assert newton(lambda w: H @ w, lambda w: H, np.float32([1, 1]), 2).dtype == np.float32
    assert conjugate_gradient(H, np.float32([1, 1]), tol=1e-5).dtype == np.float32


EYE = np.eye(2)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: newton(lambda w: w, lambda w: EYE, 1.0, 3), r"w has shape \(\), .*atleast_1d"),
        (lambda: newton(lambda w: w, lambda w: EYE, [1.0], 3), r"hessian\(w\) has shape \(2, 2\)"),
        (lambda: newton(np.sum, lambda w: EYE, [1, 2], 3), r"grad\(w\) has shape \(\), exp"),
        (lambda: newton(lambda w: w, lambda w: EYE, [1, 2], 3, gamma=0), "gamma is 0, expected"),
        (lambda: newton(lambda w: w, lambda w: EYE, [1, 2], 1.5), "n_steps is 1.5"),
        (lambda: newton(lambda w: w, lambda w: 0 * EYE, [1, 2], 3), "singular at step 0"),
        (lambda: conjugate_gradient(EYE, [1, 2, 3]), r"A has shape \(2, 2\), expected \(3, 3\)"),
        (lambda: conjugate_gradient(EYE, [[1, 2]]), r"b has shape \(1, 2\), expected \(n,\)"),
        (lambda: conjugate_gradient(EYE, [1, 2], [1]), r"x0 has shape \(1,\), expected \(2,\)"),
        (lambda: conjugate_gradient([[1, 2], [0, 1]], [1, 2]), "A is not symmetric.*AᵀA"),
        (lambda: conjugate_gradient(-EYE, [1, 2]), "pᵀA p is -5, .*A is not positive definite"),
        (lambda: conjugate_gradient(EYE, [1, np.inf]), "b holds 1 NaN or infinite"),
        (lambda: conjugate_gradient(EYE, [1, 2], tol=0), "tol is 0, expected a number > 0"),
        (
            lambda: conjugate_gradient(spd(np.geomspace(1, 1e16, 3)), np.ones(3), tol=1e-150),
            "no solution to tol 1e-150 in 30 steps: try a larger tol",
        ),
        (lambda: nonlinear_cg(lambda w: w, lambda w: w, [1, 2], 3), r"f\(w\) has shape \(2,\)"),
        (lambda: nonlinear_cg(np.sum, np.sum, [1, 2], 3), r"grad\(w\) has shape \(\), expected"),
        (lambda: lbfgs(np.sum, np.ones_like, [1, 2], 3, memory=0), "memory is 0, expected a whole"),
        (lambda: lbfgs(np.sum, np.ones_like, [1, 2], 3, tol=-1), "tol is -1, expected a number"),
        (lambda: lbfgs(np.sum, np.ones_like, [1, np.nan], 3), "w holds 1 NaN"),
        (lambda: lbfgs(np.sum, np.ones_like, [1.0, 2.0], 3), "f has no minimum along p"),
        (lambda: lbfgs(lambda w: w @ w, lambda w: -w, [1.0, 2.0], 3), "check grad with"),
    ],
)
def test_bad_arguments_are_refused_in_one_line(call, message):
    with pytest.raises(ValueError, match=message) as error:
        call()
    assert "\n" not in str(error.value)

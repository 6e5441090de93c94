"""What every rule promises, and minimize: pure, in the given dtype, entry by entry, downhill."""

import numpy as np
import pytest

from mlcourse_utils import optimizers
from mlcourse_utils.optimizers import (
    adagrad,
    adam,
    gradient_descent,
    minimize,
    momentum,
    nadam,
    nesterov,
    rmsprop,
    torch_rmsprop,
)
from mlcourse_utils.schedules import step_decay

RULES = sorted(set(optimizers.__all__) - {"Optimizer", "as_optimizer", "minimize"})
every_rule = pytest.mark.parametrize("rule", RULES)


def made(rule):
    return getattr(optimizers, rule)()


def ravine(w):
    """∇f of f(w) = ½(w₁² + 100 w₂²)."""
    return np.array([1.0, 100.0], dtype=w.dtype) * w


@every_rule
def test_a_step_changes_nothing_that_it_was_given(rule):
    init, step = made(rule)
    w = np.array([3.0, 2.0])
    state = init(w)
    for _ in range(3):
        held = [w, *(state if isinstance(state, tuple) else [state])]
        for x in held:
            if isinstance(x, np.ndarray):
                x.flags.writeable = False
        before = [np.copy(x) for x in held if x is not None]
        w, state = step(w, state, ravine, 0.01)
        after = [x for x in held if x is not None]
        assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))


@every_rule
def test_the_state_does_not_hold_the_array_that_grad_returned(rule):
    reused = np.array([1.0, -1.0])
    _, step = made(rule)
    w, state = step(np.zeros(2), made(rule).init(np.zeros(2)), lambda w: reused, 0.1)
    expected, _ = step(w, state, lambda w: np.ones(2), 0.1)
    reused[:] = 50.0
    np.testing.assert_array_equal(step(w, state, lambda w: np.ones(2), 0.1)[0], expected)


@every_rule
def test_float32_stays_float32_even_with_numpy_hyperparameters(rule):
    optimizer = made(rule)
    w = minimize(ravine, np.float32([3, 2]), optimizer, lambda t: np.float64(0.01), 5)
    assert w.dtype == np.float32
    w, state = np.float32([3, 2]), optimizer.init(np.float32([3, 2]))
    for _ in range(3):
        w, state = optimizer.step(w, state, ravine, 0.01)
        arrays = [x for x in (state if isinstance(state, tuple) else [state]) if np.ndim(x)]
        assert {x.dtype for x in [w, *arrays]} == {np.dtype(np.float32)}


@pytest.mark.parametrize(
    "optimizer",
    [
        momentum(np.float64(0.9)),
        adagrad(np.float64(1e-8), np.float64(0.1)),
        rmsprop(np.float64(0.9), np.float64(1e-8), np.float64(1)),
        adam(*np.array([0.9, 0.999, 1e-8])),
        nadam(*np.array([0.9, 0.999, 1e-8, 0.004])),
        torch_rmsprop(*np.array([0.9, 1e-8, 0.9]), centered=True),
    ],
)
def test_numpy_numbers_as_hyperparameters_leave_float32_alone(optimizer):
    w, state = np.float32([3, 2]), optimizer.init(np.float32([3, 2]))
    for _ in range(2):
        w, state = optimizer.step(w, state, ravine, 0.01)
    assert w.dtype == np.float32


@every_rule
def test_each_entry_is_updated_by_itself_whatever_the_shape(rule):
    matrix = np.arange(1.0, 7.0).reshape(2, 3)
    curvature = np.linspace(1, 5, 6)
    flat = minimize(lambda w: curvature * w, matrix.ravel(), made(rule), 0.01, 6)
    shaped = minimize(lambda w: curvature.reshape(2, 3) * w, matrix, made(rule), 0.01, 6)
    assert shaped.shape == (7, 2, 3)
    np.testing.assert_array_equal(shaped.reshape(7, 6), flat)


@every_rule
def test_every_rule_goes_downhill(rule):
    w = minimize(ravine, [3.0, 2.0], made(rule), 0.01, 400)
    f = 0.5 * (w**2 @ [1, 100])
    assert f[-1] < 0.99 * f[0]


@every_rule
def test_every_rule_starts_from_integers_as_from_floats(rule):
    init, step = made(rule)
    w, _ = step(np.array([3, 2]), init(np.array([3, 2])), lambda w: 1.0 * w, 0.01)
    expected, _ = step(np.array([3.0, 2.0]), init(np.array([3.0, 2.0])), lambda w: w, 0.01)
    np.testing.assert_array_equal(w, expected)


def test_minimize_starts_with_w_and_leaves_it_alone():
    w = np.array([3.0, 2.0])
    trajectory = minimize(ravine, w, momentum(), 0.01, 5)
    assert trajectory.shape == (6, 2)
    np.testing.assert_array_equal(trajectory[0], w)
    np.testing.assert_array_equal(w, [3.0, 2.0])
    assert minimize(ravine, w, momentum(), 0.01, 0).tolist() == [[3.0, 2.0]]


def test_minimize_asks_the_schedule_at_0_1_2_and_the_gradient_once_a_step():
    asked, calls = [], []
    schedule = step_decay(0.5, every=2)
    minimize(
        lambda w: calls.append(0) or w,
        1.0,
        adam(),
        lambda t: asked.append(t) or schedule(t),
        4,
    )
    assert asked == [0, 1, 2, 3]
    assert len(calls) == 4
    w = minimize(np.ones_like, 0.0, gradient_descent(), schedule, 4)
    assert np.diff(w).tolist() == [-0.5, -0.5, -0.25, -0.25]


def test_a_run_that_diverges_shows_it_without_a_warning():
    w = minimize(ravine, [3.0, 2.0], gradient_descent(), 100.0, 200)
    assert np.isnan(w[-1]).all()
    assert np.isinf(w).any()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: minimize(ravine, [np.nan, 1], momentum(), 0.1, 5), "w holds 1 NaN or infinite"),
        (lambda: minimize(ravine, "w", momentum(), 0.1, 5), "w is .*expected an array of numbers"),
        (lambda: minimize(ravine, [1, 1], momentum(), -0.1, 5), "gamma is -0.1, expected.* > 0"),
        (lambda: minimize(ravine, [1, 1], momentum(), 0.1, -1), "n_steps is -1, expected a whole"),
        (lambda: minimize(ravine, [1, 1], momentum, 0.1, 5), r"write momentum\(\), with brackets"),
        (lambda: minimize(np.sum, [1, 1], momentum(), 0.1, 5), r"grad\(w\) has shape \(\), exp"),
        (lambda: minimize(ravine, 1.0, momentum(), 0.1, 5), r"grad\(w\) has shape \(2,\), exp"),
        (lambda: momentum(1.0), r"eta is 1.0, expected a number in \[0, 1\)"),
        (lambda: nesterov(-0.1), "eta is -0.1"),
        (lambda: adagrad(epsilon=-1e-8), "epsilon is -1e-08, expected a number ≥ 0"),
        (lambda: adagrad(G0=-1), "G0 is -1, expected a number ≥ 0"),
        (lambda: rmsprop(rho=1), "rho is 1, expected"),
        (lambda: rmsprop(epsilon=-1), "epsilon is -1"),
        (lambda: rmsprop(G0=-1), "G0 is -1"),
        (lambda: adam(beta1=1.0), "beta1 is 1.0"),
        (lambda: adam(beta2=float("nan")), "beta2 is nan"),
        (lambda: adam(epsilon=-1), "epsilon is -1"),
        (lambda: nadam(beta1=-1), "beta1 is -1"),
        (lambda: nadam(beta2=2), "beta2 is 2"),
        (lambda: nadam(momentum_decay=-1), "momentum_decay is -1"),
    ],
)
def test_bad_arguments_are_refused_in_one_line(call, message):
    with pytest.raises(ValueError, match=message) as error:
        call()
    assert "\n" not in str(error.value)

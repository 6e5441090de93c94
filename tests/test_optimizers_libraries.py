"""The libraries' conventions: what they share, how one becomes another, what they refuse.

test_official.py compares them with recorded runs of the libraries themselves; here the rules are
compared with one another, and with the Adagrads and RMSprops written out.
"""

import numpy as np
import pytest

from mlcourse_utils.optimizers import (
    adam,
    keras2_adagrad,
    keras2_rmsprop,
    keras_adagrad,
    keras_adam,
    keras_nadam,
    keras_rmsprop,
    keras_sgd,
    minimize,
    momentum,
    optax_rmsprop,
    rmsprop,
    tf1_adagrad,
    tf1_momentum,
    tf1_rmsprop,
    torch_adagrad,
    torch_adam,
    torch_rmsprop,
    torch_sgd,
)
from mlcourse_utils.schedules import inverse_time_decay, step_decay

A = np.array([[2.0, 0.5, 0.0], [0.5, 1.0, -0.25], [0.0, -0.25, 0.25]])
W0 = np.array([1.0, -2.0, 0.5])


def run(optimizer, gamma, n_steps=60, scale=1.0):
    """n_steps on a noisy quadratic: the same noise, step by step, for each optimizer."""
    noise = iter(np.random.default_rng(5).normal(size=(n_steps, 3)))
    return minimize(lambda w: scale * (A @ w + next(noise)), W0, optimizer, gamma, n_steps)


def same(a, b):
    np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-14)


def test_gamma_inside_and_outside_of_the_velocity_agree_until_gamma_changes():
    same(run(momentum(0.9), 0.05), run(torch_sgd(0.9), 0.05))
    same(run(momentum(0.9), 0.05), run(keras_sgd(0.9), 0.05))
    halving = step_decay(0.05, every=20)
    inside, outside = run(momentum(0.9), halving), run(torch_sgd(0.9), halving)
    same(inside[:21], outside[:21])
    assert np.abs(inside[21] - outside[21]).max() > 1e-3
    same(inside, run(keras_sgd(0.9), halving))


def test_tensorflow_1_writes_what_pytorch_does():
    for ahead in (False, True):
        same(run(tf1_momentum(0.9, ahead), 0.05), run(torch_sgd(0.9, nesterov=ahead), 0.05))


def test_pytorch_does_not_dampen_the_first_step():
    w = run(torch_sgd(0.9, dampening=0.5), 0.05, n_steps=2)
    same(w[:2], run(torch_sgd(0.9), 0.05, n_steps=2)[:2])
    b = (w[0] - w[1]) / 0.05
    noise = np.random.default_rng(5).normal(size=(2, 3))
    same((w[1] - w[2]) / 0.05, 0.9 * b + 0.5 * (A @ w[1] + noise[1]))


def test_pytorch_ignores_dampening_where_there_is_no_momentum():
    same(run(torch_sgd(dampening=0.5), 0.05), run(torch_sgd(), 0.05))


def test_weight_decay_is_the_gradient_of_half_lambda_w_squared():
    w = minimize(np.zeros_like, [8.0], torch_sgd(weight_decay=0.5), 1.0, 3)
    assert w.ravel().tolist() == [8.0, 4.0, 2.0, 1.0]
    direct = minimize(lambda w: A @ w + 0.5 * w, W0, torch_sgd(0.9, nesterov=True), 0.05, 20)
    decayed = torch_sgd(0.9, weight_decay=0.5, nesterov=True)
    same(minimize(lambda w: A @ w, W0, decayed, 0.05, 20), direct)


def test_keras_2_decay_counts_updates_from_zero():
    gamma = inverse_time_decay(0.1, 0.5)
    w = minimize(np.ones_like, 0.0, keras_sgd(), gamma, 4)
    np.testing.assert_allclose(np.diff(w), [-0.1 / (1 + 0.5 * t) for t in range(4)], rtol=1e-12)


ONE_G, GAMMA = 3.0, 0.5
ADAGRADS = [
    (torch_adagrad(), 3 / (3 + 1e-10)),
    (keras_adagrad(), 3 / np.sqrt(9.1 + 1e-7)),
    (keras2_adagrad(), 3 / (3 + 1e-8)),
    (keras2_adagrad(epsilon=1e-7, G0=0.1), 3 / (np.sqrt(9.1) + 1e-7)),
    (tf1_adagrad(), 3 / np.sqrt(9.1)),
]
RMSPROPS = [
    (torch_rmsprop(), 3 / (np.sqrt(0.09) + 1e-8)),
    (keras_rmsprop(), 3 / np.sqrt(0.9 + 1e-7)),
    (keras2_rmsprop(), 3 / (np.sqrt(0.9) + 1e-8)),
    (tf1_rmsprop(), 3 / np.sqrt(0.9 + 0.9 + 1e-10)),
    (optax_rmsprop(), 3 / np.sqrt(0.9 + 1e-8)),
]


@pytest.mark.parametrize(("optimizer", "direction"), ADAGRADS + RMSPROPS)
def test_the_first_step_of_each_adagrad_and_rmsprop_shows_its_epsilon_and_cache(
    optimizer, direction
):
    w, _ = optimizer.step(0.0, optimizer.init(0.0), lambda w: ONE_G, GAMMA)
    np.testing.assert_allclose(w, -GAMMA * direction, rtol=1e-13)


def test_epsilons_place_shows_where_gradients_are_as_small_as_it():
    tiny = np.array([1e-6])
    steps = {
        rule: make().step(0.0 * tiny, make().init(0.0 * tiny), lambda w: tiny, 1.0)[0].item()
        for rule, make in (("inside", keras_rmsprop), ("outside", keras2_rmsprop))
    }
    assert steps["inside"] == pytest.approx(-1e-6 / np.sqrt(1e-13 + 1e-7))
    assert steps["outside"] == pytest.approx(-1e-6 / (np.sqrt(1e-13) + 1e-8))
    assert steps["outside"] / steps["inside"] > 900


def test_optax_with_initial_scale_1_is_tensorflow_1():
    same(run(optax_rmsprop(epsilon=1e-10, initial_scale=1.0), 0.01), run(tf1_rmsprop(), 0.01))
    same(run(rmsprop(G0=1.0, epsilon=1e-10), 0.01), run(tf1_rmsprop(), 0.01))


@pytest.mark.parametrize("make", [torch_rmsprop, keras_rmsprop])
def test_centered_rmsprop_divides_by_the_deviation_from_the_average_gradient(make):
    rho, epsilon = 0.9, 1e-6
    g = np.random.default_rng(7).normal(size=15) + 2.0
    kept = (1 - rho) * rho ** np.arange(15)[::-1]
    variance = kept @ g**2 - (kept @ g) ** 2
    optimizer = make(rho, epsilon, momentum=0.0, centered=True)
    w, state = np.zeros(1), optimizer.init(np.zeros(1))
    for g_t in g:
        before = w
        w, state = optimizer.step(w, state, lambda w, g_t=g_t: np.array([g_t]), 0.1)
    outside, inside = np.sqrt(variance) + epsilon, np.sqrt(variance + epsilon)
    root = outside if make is torch_rmsprop else inside
    np.testing.assert_allclose(before - w, 0.1 * g[-1] / root, rtol=1e-10)


def test_rmsprops_velocity_has_gamma_inside_in_keras_and_outside_in_pytorch():
    rho, mu, halving = 0.9, 0.8, step_decay(0.02, every=20)
    inside = keras_rmsprop(rho, 0.0, mu)
    outside = torch_rmsprop(rho, 0.0, mu)
    same(run(inside, 0.02), run(outside, 0.02))
    a, b = run(inside, halving), run(outside, halving)
    same(a[:21], b[:21])
    assert np.abs(a[21] - b[21]).max() > 1e-3
    plain = run(rmsprop(rho, 0.0), 0.02, n_steps=1)
    same(run(inside, 0.02, n_steps=1), plain)


def test_keras_adam_is_adam_whose_epsilon_is_31_6_times_as_large_at_first():
    def first(optimizer, g):
        return optimizer.step(0.0, optimizer.init(0.0), lambda w: g, 1.0)[0]

    # At ε = |g|·√(1 − β₂) the denominator of Keras' doubles; PyTorch needs ε = |g| for that.
    g, ratio = 1e-4, 1 / np.sqrt(1 - 0.999)
    assert ratio == pytest.approx(31.62, abs=0.01)
    assert first(keras_adam(epsilon=g / ratio), g) == pytest.approx(-0.5)
    assert first(torch_adam(epsilon=g), g) == pytest.approx(-0.5)
    assert first(torch_adam(epsilon=g / ratio), g) == pytest.approx(-1 / (1 + 1 / ratio))


def test_the_three_adams_agree_without_epsilon():
    expected = run(adam(epsilon=0.0), 0.01)
    same(run(torch_adam(epsilon=0.0), 0.01), expected)
    same(run(keras_adam(epsilon=0.0), 0.01), expected)
    largest = run(adam(epsilon=0.0, amsgrad=True), 0.01)
    same(run(torch_adam(epsilon=0.0, amsgrad=True), 0.01), largest)
    same(run(keras_adam(epsilon=0.0, amsgrad=True), 0.01), largest)


def test_amsgrad_takes_the_largest_raw_cache_and_corrects_afterwards():
    g = [1.0, 0.0, 0.0, 0.1]
    optimizer = torch_adam(0.0, 0.5, epsilon=0.0, amsgrad=True)
    w, state = np.zeros(1), optimizer.init(np.zeros(1))
    for g_t in g:
        before = w
        w, state = optimizer.step(w, state, lambda w, g_t=g_t: np.array([g_t]), 1.0)
    # The raw cache is largest at step 1, ½; corrected by 1 − ½⁴ = 15/16 (a corrected maximum: 1).
    np.testing.assert_allclose(before - w, 0.1 / np.sqrt(0.5 * 16 / 15), rtol=1e-12)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: torch_sgd(momentum=1.0), r"momentum is 1.0, expected a number in \[0, 1\)"),
        (lambda: torch_sgd(0.9, dampening=-0.5), "dampening is -0.5"),
        (lambda: torch_sgd(weight_decay=-1), "weight_decay is -1, expected a number ≥ 0"),
        (lambda: torch_sgd(nesterov=True), "nesterov got momentum=0.0 and dampening=0.0, expected"),
        (lambda: torch_sgd(0.9, 0.5, nesterov=True), "expected momentum > 0 and dampening 0"),
        (lambda: tf1_momentum(-1), "momentum is -1"),
        (lambda: keras_sgd(2), "momentum is 2"),
        (lambda: torch_rmsprop(rho=1), "rho is 1"),
        (lambda: torch_rmsprop(momentum=1), "momentum is 1"),
        (lambda: torch_rmsprop(epsilon=-1), "epsilon is -1"),
        (lambda: keras_rmsprop(rho=-1), "rho is -1"),
        (lambda: keras_rmsprop(momentum=1), "momentum is 1"),
        (lambda: keras_rmsprop(epsilon=-1), "epsilon is -1"),
        (lambda: optax_rmsprop(initial_scale=-1), "G0 is -1"),
        (lambda: keras_adam(beta1=1), "beta1 is 1"),
        (lambda: keras_adam(beta2=1), "beta2 is 1"),
        (lambda: keras_adam(epsilon="1e-7"), "epsilon is '1e-7', expected a number ≥ 0"),
        (lambda: keras_nadam(beta1=1), "beta1 is 1"),
    ],
)
def test_bad_arguments_are_refused_in_one_line(call, message):
    with pytest.raises(ValueError, match=message) as error:
        call()
    assert "\n" not in str(error.value)

"""The slides' rules against hand values and closed sums."""

import inspect

import numpy as np
import pytest

from mlcourse_utils.optimizers import (
    adagrad,
    adam,
    gradient_descent,
    keras_adam,
    keras_sgd,
    minimize,
    momentum,
    nadam,
    nesterov,
    optax_nadam,
    rmsprop,
    torch_sgd,
)
from mlcourse_utils.schedules import step_decay


def ravine(w):
    """∇f of f(w) = ½(w₁² + 100 w₂²)."""
    return np.array([1.0, 100.0], dtype=w.dtype) * w


def gradients(scale=1.0, n=20):
    """20 steps of 3 gradients of that scale, entry 1 zero at the first step, all at step 7."""
    g = scale * np.random.default_rng(3).normal(size=(n, 3))
    g[0, 1] = g[7] = 0
    return g


def rates(n=20):
    """Rates that change on the way, so that γ inside and outside of a velocity differ."""
    return np.where(np.arange(n) < 8, 0.1, 0.03)


def fed(optimizer, g, gamma):
    """Trajectory from 0 when the gradients are given, whatever w is."""
    w, state, trajectory = np.zeros(g.shape[1]), optimizer.init(np.zeros(g.shape[1])), []
    for t in range(len(g)):
        w, state = optimizer.step(w, state, lambda w, t=t: g[t], float(gamma[t]))
        trajectory.append(w)
    return np.array(trajectory)


def average(beta, x):
    """Σ_{i ≤ t} (1 − β) β^{t−i} x_i for each t: an exponential average written out as a sum."""
    n = len(x)
    lag = np.arange(n)[:, None] - np.arange(n)
    weights = np.where(lag >= 0, (1 - beta) * beta ** np.abs(lag), 0.0)
    return weights @ x


def summed(gamma, directions):
    return -np.cumsum(gamma[:, None] * directions, axis=0)


def test_gradient_descent_shrinks_each_direction_by_one_minus_gamma_lambda():
    w = minimize(ravine, [3.0, 2.0], gradient_descent(), 0.015, 12)
    t = np.arange(13)[:, None]
    np.testing.assert_allclose(w, [3.0, 2.0] * np.array([0.985, -0.5]) ** t, rtol=1e-12)


def test_momentum_without_inertia_is_gradient_descent():
    for rule in (momentum(0), nesterov(0), torch_sgd(), keras_sgd()):
        w = minimize(ravine, [3.0, 2.0], rule, step_decay(0.01, every=5), 20)
        np.testing.assert_array_equal(
            w, minimize(ravine, [3.0, 2.0], gradient_descent(), step_decay(0.01, every=5), 20)
        )


def test_momentum_keeps_the_rates_of_the_past_inside_its_velocity():
    g, gamma, eta = gradients(), rates(), 0.9
    v = average(eta, gamma[:, None] * g) / (1 - eta)
    np.testing.assert_allclose(fed(momentum(eta), g, gamma), -np.cumsum(v, axis=0), rtol=1e-12)


def test_momentum_is_the_two_step_recursion_of_the_heavy_ball():
    w = minimize(ravine, [3.0, 2.0], momentum(0.8), 0.01, 30)
    expected = w[1:-1] - 0.01 * ravine(w[1:-1]) + 0.8 * (w[1:-1] - w[:-2])
    np.testing.assert_allclose(w[2:], expected, rtol=1e-12, atol=1e-14)


def test_nesterov_asks_for_the_gradient_where_the_velocity_will_lead():
    asked = []
    nesterov(0.5).step(np.array([10.0]), np.array([4.0]), lambda w: asked.append(w) or w, 0.1)
    assert asked == [8.0]


def test_nesterov_is_the_gradient_step_from_an_extrapolated_point():
    w = minimize(ravine, [3.0, 2.0], nesterov(0.8), 0.009, 30)
    ahead = w[1:-1] + 0.8 * (w[1:-1] - w[:-2])
    np.testing.assert_allclose(w[2:], ahead - 0.009 * ravine(ahead), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("scale", [1.0, 1e-3])
@pytest.mark.parametrize("G0", [0.0, 0.1])
def test_adagrad_divides_by_the_root_of_all_squares_so_far(scale, G0):
    g, gamma, epsilon = gradients(scale), rates(), 1e-6
    G = G0 + np.cumsum(g**2, axis=0)
    inside, outside = g / np.sqrt(G + epsilon), g / (np.sqrt(G) + epsilon)
    for is_inside, direction in ((True, inside), (False, outside)):
        w = fed(adagrad(epsilon, G0, is_inside), g, gamma)
        np.testing.assert_allclose(w, summed(gamma, direction), rtol=1e-10, atol=1e-14)
    assert not np.allclose(inside, outside, rtol=1e-10, atol=0)


@pytest.mark.parametrize("scale", [1.0, 1e-3])
@pytest.mark.parametrize("G0", [0.0, 1.0])
def test_rmsprop_divides_by_the_root_of_the_leaky_cache(scale, G0):
    g, gamma, rho, epsilon = gradients(scale), rates(), 0.9, 1e-6
    G = G0 * rho ** np.arange(1, 21)[:, None] + average(rho, g**2)
    inside, outside = g / np.sqrt(G + epsilon), g / (np.sqrt(G) + epsilon)
    for is_inside, direction in ((True, inside), (False, outside)):
        w = fed(rmsprop(rho, epsilon, G0, is_inside), g, gamma)
        np.testing.assert_allclose(w, summed(gamma, direction), rtol=1e-10, atol=1e-14)
    assert not np.allclose(inside, outside, rtol=1e-10, atol=0)


@pytest.mark.parametrize("scale", [1.0, 1e-3])
@pytest.mark.parametrize("amsgrad", [False, True])
def test_adam_is_the_ratio_of_two_corrected_averages(scale, amsgrad):
    g, gamma, beta1, beta2, epsilon = gradients(scale), rates(), 0.8, 0.97, 1e-6
    t = np.arange(1, 21)[:, None]
    G = average(beta2, g**2)
    G = np.maximum.accumulate(G, axis=0) if amsgrad else G
    M_hat, G_hat = average(beta1, g) / (1 - beta1**t), G / (1 - beta2**t)
    inside, outside = M_hat / np.sqrt(G_hat + epsilon), M_hat / (np.sqrt(G_hat) + epsilon)
    for is_inside, direction in ((True, inside), (False, outside)):
        w = fed(adam(beta1, beta2, epsilon, is_inside, amsgrad), g, gamma)
        np.testing.assert_allclose(w, summed(gamma, direction), rtol=1e-10, atol=1e-14)
    root = np.sqrt(G) + epsilon
    corrected = np.sqrt(1 - beta2**t) / (1 - beta1**t) * average(beta1, g) / root
    w = fed(keras_adam(beta1, beta2, epsilon, amsgrad), g, gamma)
    np.testing.assert_allclose(w, summed(gamma, corrected), rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("scale", [1.0, 1e-3])
@pytest.mark.parametrize("psi", [0.004, 1.0])
def test_nadam_weighs_the_next_momentum_and_this_gradient(scale, psi):
    g, gamma, beta1, beta2, epsilon = gradients(scale), rates(), 0.8, 0.97, 1e-6
    t = np.arange(1, 22)[:, None]
    mu = beta1 * (1 - 0.96 ** (t * psi) / 2)
    P = np.cumprod(mu)[:, None]
    M_hat = mu[1:] / (1 - P[1:]) * average(beta1, g) + (1 - mu[:-1]) / (1 - P[:-1]) * g
    G_hat = average(beta2, g**2) / (1 - beta2 ** t[:-1])
    w = fed(nadam(beta1, beta2, epsilon, psi), g, gamma)
    expected = summed(gamma, M_hat / (np.sqrt(G_hat) + epsilon))
    np.testing.assert_allclose(w, expected, rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("scale", [1.0, 1e-3])
def test_optax_nadam_is_nadam_whose_momentum_needs_no_warming_up(scale):
    g, gamma = gradients(scale), rates()
    expected = fed(nadam(0.8, 0.97, 1e-6, momentum_decay=1e6), g, gamma)
    np.testing.assert_allclose(fed(optax_nadam(0.8, 0.97, 1e-6), g, gamma), expected, rtol=1e-12)


def test_the_slides_rules_have_the_slides_defaults():
    defaults = {
        momentum: {"eta": 0.9},
        nesterov: {"eta": 0.9},
        adagrad: {"epsilon": 1e-8, "G0": 0.0, "epsilon_inside": True},
        rmsprop: {"rho": 0.9, "epsilon": 1e-8, "G0": 0.0, "epsilon_inside": True},
        adam: {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "epsilon_inside": True}
        | {"amsgrad": False},
        nadam: {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "momentum_decay": 0.004},
    }
    for rule, expected in defaults.items():
        given = {name: p.default for name, p in inspect.signature(rule).parameters.items()}
        assert given == expected

"""The numbers that the lectures on descent state (09, 10, 12, 13), made by the rules themselves."""

import numpy as np
import pytest

from mlcourse_utils.optimizers import (
    adagrad,
    adam,
    gradient_descent,
    minimize,
    momentum,
    nesterov,
    rmsprop,
)

L, MU = 100.0, 1.0  # curvature of the steep and of the flat direction: κ = 100


def ravine(w):
    """∇f of f(w) = ½(w₁² + 100 w₂²)."""
    return np.array([MU, L]) * w


def rate(optimizer, gamma, curvature):
    """What one direction of a quadratic is shrunk by: the step is a linear map of (w, v)."""
    columns = [optimizer.step(w, v, lambda w: curvature * w, gamma) for w, v in ((1, 0), (0, 1))]
    return np.abs(np.linalg.eigvals(np.array(columns).T)).max()


def worst_rate(optimizer, gamma):
    return max(rate(optimizer, gamma, curvature) for curvature in np.geomspace(MU, L, 60))


def steps_to_1e_minus_6(optimizer, gamma, n_steps=1000):
    """Steps from (1, 1) until the distance to the minimum is 1e-6 of what it was."""
    distance = np.linalg.norm(minimize(ravine, [1.0, 1.0], optimizer, gamma, n_steps), axis=1)
    return int(np.argmax(distance <= 1e-6 * distance[0]))


def test_descent_stops_converging_just_above_2_over_L():
    def end(gamma):
        return abs(minimize(ravine, [0.0, 1.0], gradient_descent(), gamma, 2000)[-1, 1])

    assert end(0.999 * 2 / L) < 0.02
    assert end(2 / L) == pytest.approx(1.0)
    assert end(1.001 * 2 / L) > 50


def test_the_best_rate_of_descent_is_980198_at_2_over_L_plus_mu():
    w = minimize(ravine, [1.0, 1.0], gradient_descent(), 2 / (L + MU), 100)
    ratios = np.abs(w[1:] / w[:-1])
    np.testing.assert_allclose(ratios, 99 / 101, rtol=1e-10)
    assert round(99 / 101, 6) == 0.980198


HEAVY_BALL = momentum(eta=(9 / 11) ** 2), (2 / 11) ** 2


def test_counts_on_the_ravine_descent_691_nesterov_155_heavy_ball_93():
    assert steps_to_1e_minus_6(gradient_descent(), 2 / (L + MU)) == 691
    assert steps_to_1e_minus_6(nesterov(eta=9 / 11), 1 / L) == 155
    assert steps_to_1e_minus_6(*HEAVY_BALL) == 93


def test_heavy_balls_best_rate_is_9_over_11_at_eta_6694():
    optimizer, gamma = HEAVY_BALL
    assert gamma == pytest.approx((2 / (np.sqrt(L) + np.sqrt(MU))) ** 2)
    assert round((9 / 11) ** 2, 4) == 0.6694
    # Both roots coincide in the best case, so the eigenvalue is good to √(rounding) only.
    assert worst_rate(optimizer, gamma) == pytest.approx(9 / 11, abs=1e-6)
    others = [
        worst_rate(momentum(eta), gamma * factor)
        for eta in (0.6, 0.66, 0.68, 0.75)
        for factor in (0.9, 0.97, 1.0, 1.03, 1.1)
    ]
    assert min(others) > 9 / 11


@pytest.mark.parametrize("eta", [0.0, 0.5, 0.9])
def test_heavy_ball_is_stable_below_2_times_1_plus_eta_over_L(eta):
    edge = 2 * (1 + eta) / L
    assert worst_rate(momentum(eta), 0.999 * edge) < 1 < worst_rate(momentum(eta), 1.001 * edge)


def test_a_swinging_direction_shrinks_by_the_root_of_eta_whatever_its_curvature():
    rates = [rate(momentum(0.9), 0.019, curvature) for curvature in (1.0, 10.0, 100.0)]
    assert rates == pytest.approx([np.sqrt(0.9)] * 3)


def nag_eta(gamma):
    """η = (1 − √(γμ)) / (1 + √(γμ)), Nesterov's for strong convexity μ."""
    return (1 - np.sqrt(gamma * MU)) / (1 + np.sqrt(gamma * MU))


def test_nesterovs_rate_is_9_at_one_over_L_with_eta_9_over_11():
    assert nag_eta(1 / L) == pytest.approx(9 / 11)
    assert worst_rate(nesterov(9 / 11), 1 / L) == pytest.approx(0.9, abs=1e-6)


def test_nesterovs_best_gamma_is_4_over_3L_plus_mu_with_rate_88472():
    best = 4 / (3 * L + MU)
    assert worst_rate(nesterov(nag_eta(best)), best) == pytest.approx(0.88472, abs=5e-6)
    for factor in (0.9, 0.98, 1.02, 1.1):
        assert worst_rate(nesterov(nag_eta(best * factor)), best * factor) > 0.8848


def test_adagrads_steps_shrink_as_one_over_the_root_of_t_and_the_gradient_does_not():
    w = minimize(lambda w: 7.0 * np.ones_like(w), 0.0, adagrad(epsilon=0), 0.5, 100)
    np.testing.assert_allclose(-np.diff(w), 0.5 / np.sqrt(np.arange(1, 101)), rtol=1e-12)


def test_the_slides_order_would_take_a_first_adagrad_step_of_g_over_root_epsilon():
    first = minimize(np.ones_like, 0.0, adagrad(epsilon=1e-8), 0.1, 1)[1]
    assert first == pytest.approx(-0.1)  # g² is added first; the slide's order gives −0.1/√1e-8


def first_step(optimizer, g):
    """Length of the first step in units of γ, for gradient g."""
    return -minimize(lambda w: np.full_like(w, g), 0.0, optimizer, 1.0, 1)[1]


@pytest.mark.parametrize(
    ("rho", "length"), [(0.9, 3.16), (0.99, 10.0), (0.999, 31.62), (0.9999, 100.0)]
)
def test_from_an_empty_cache_rmsprops_first_step_is_one_over_root_1_minus_rho(rho, length):
    for g in (1e-3, 1.0, 1e3):
        assert first_step(rmsprop(rho, epsilon=0), g) == pytest.approx(length, abs=5e-3)


@pytest.mark.parametrize(("rho", "n"), [(0.9, 17), (0.99, 175), (0.999, 1751)])
def test_the_empty_cache_is_forgotten_to_a_tenth_after_17_175_1751_steps(rho, n):
    w = minimize(np.ones_like, 0.0, rmsprop(rho, epsilon=0), 1.0, n)
    lengths = -np.diff(w)
    assert lengths[-1] <= 1.1 < lengths[-2]


def test_from_a_cache_of_1_the_first_step_is_gamma_g_only_for_small_g():
    from_one = rmsprop(0.999, epsilon=0, G0=1.0)
    assert first_step(from_one, 0.01) == pytest.approx(0.01, rel=1e-3)
    assert first_step(from_one, 100.0) == pytest.approx(30.15, abs=5e-3)


@pytest.mark.parametrize("g", [1e-3, -2.0, 500.0])
def test_adams_first_step_is_gamma_in_the_direction_of_the_sign(g):
    assert first_step(adam(epsilon=0), g) == pytest.approx(np.sign(g))


def uncorrected(optimizer, betas_forgotten_at=10**6):
    """The same rule, its clock set so late that there is nothing left to correct."""
    late = (0.0, 0.0, 0.0, betas_forgotten_at)
    return optimizer._replace(init=lambda w: late)


def test_without_correction_adams_first_step_is_3_162_gamma():
    assert first_step(uncorrected(adam(epsilon=0)), 1e-3) == pytest.approx(3.162, abs=5e-4)


def reddi(optimizer, C=3, n_steps=3000):
    """Where w ends, and the average regret against w = −1: slopes C, −1, −1, C … on [−1, 1].

    Reddi, Kale and Kumar 2018, theorem 1: from w = +1 with γ_t = 0.1/√t, β₁ = 0, β₂ = 1/(1+C²).
    """
    w, state, regret = 1.0, optimizer.init(1.0), 0.0
    for t in range(n_steps):
        slope = C if t % 3 == 0 else -1.0
        regret += slope * (w + 1)
        w, state = optimizer.step(w, state, lambda w, g=slope: g, 0.1 / (t + 1) ** 0.5)
        w = min(1.0, max(-1.0, w))
    return float(w), regret / n_steps


def test_adam_ends_at_the_worst_point_of_reddis_problem_where_sgd_finds_the_best():
    end, regret = reddi(adam(0.0, 0.1))
    assert end == 1.0
    assert regret == pytest.approx(0.668, abs=5e-4)
    end, regret = reddi(gradient_descent())
    assert end == pytest.approx(-1.0, abs=0.01)
    assert regret == pytest.approx(0.063, abs=5e-4)


def test_amsgrad_mends_reddis_problem_corrected_or_as_in_its_paper():
    amsgrad = adam(0.0, 0.1, amsgrad=True)
    paper_end, paper_regret = reddi(uncorrected(amsgrad))
    end, regret = reddi(amsgrad)
    assert paper_regret == pytest.approx(0.372, abs=5e-4)
    assert regret == pytest.approx(0.374, abs=5e-4)
    for optimizer, w in ((uncorrected(amsgrad), paper_end), (amsgrad, end)):
        assert -1 < w < 0  # still on its way from +1
        assert reddi(optimizer, n_steps=30000)[0] == pytest.approx(-1.0, abs=0.01)

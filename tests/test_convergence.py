"""The rates of the heavy ball and of Nesterov's method, against matrices and against runs."""

import numpy as np
import pytest

from mlcourse_utils.convergence import heavy_ball_rate, measured_rate, nesterov_rate, steps_to
from mlcourse_utils.optimizers import gradient_descent, minimize, momentum, nesterov

MU, L = 1.0, 100.0
CURVATURES = np.array([MU, L])
PAIRS = [(g, e) for g in (0.001, 0.01, 0.019, 0.03) for e in (0.0, 0.3, 0.6694, 0.9, 0.99)]


def ravine(w):
    return CURVATURES * w


def spectral_radius(optimizer, gamma, curvature):
    """Largest |eigenvalue| of the map (w, v) → (w, v), built by stepping from unit vectors."""
    columns = [optimizer.step(w, v, lambda w: curvature * w, gamma) for w, v in [(1, 0), (0, 1)]]
    return abs(np.linalg.eigvals(np.array(columns, dtype=float).T)).max()


@pytest.mark.parametrize(("gamma", "eta"), PAIRS)
@pytest.mark.parametrize("curvature", [0.0, 1.0, 30.0, 100.0])
def test_rates_are_spectral_radii_of_the_step(gamma, eta, curvature):
    for rate, rule in [(heavy_ball_rate, momentum), (nesterov_rate, nesterov)]:
        expected = spectral_radius(rule(eta), gamma, curvature)
        assert rate(gamma, eta, curvature) == pytest.approx(expected, abs=1e-7)


def test_without_momentum_both_rates_are_those_of_gradient_descent():
    gamma = np.array([0.001, 0.01, 0.02, 0.03])
    assert heavy_ball_rate(gamma, 0.0, L) == pytest.approx(abs(1 - gamma * L))
    assert nesterov_rate(gamma, 0.0, L) == pytest.approx(abs(1 - gamma * L))


def test_best_pair_of_the_heavy_ball_brings_both_ends_to_nine_elevenths():
    gamma, eta = (2 / (np.sqrt(L) + np.sqrt(MU))) ** 2, (9 / 11) ** 2
    assert heavy_ball_rate(gamma, eta, CURVATURES) == pytest.approx(9 / 11, abs=1e-7)
    assert round(eta, 4) == 0.6694


def test_nesterov_at_one_over_L_has_nine_tenths_and_at_its_best_88472():
    assert max(nesterov_rate(1 / L, 9 / 11, CURVATURES)) == pytest.approx(0.9, abs=1e-7)
    gamma = 4 / (3 * L + MU)
    eta = (1 - np.sqrt(gamma * MU)) / (1 + np.sqrt(gamma * MU))
    assert nesterov_rate(gamma, eta, CURVATURES) == pytest.approx(0.88472, abs=5e-6)


@pytest.mark.parametrize("eta", [0.0, 0.5, 0.9])
def test_walls_stand_where_the_lecture_says(eta):
    heavy, clever = 2 * (1 + eta) / L, 2 * (1 + eta) / (1 + 2 * eta) / L
    for rate, wall in [(heavy_ball_rate, heavy), (nesterov_rate, clever)]:
        assert rate(0.999 * wall, eta, L) < 1 < rate(1.001 * wall, eta, L)


def test_measured_rate_sees_root_eta_through_the_swing():
    path = minimize(ravine, np.array([10.0, 1.0]), momentum(0.9), 0.019, 400)
    assert measured_rate(path[:, 0]) == pytest.approx(np.sqrt(0.9), abs=1e-3)
    assert measured_rate(path[:, 1]) == pytest.approx(np.sqrt(0.9), abs=1e-3)


def test_thousandth_of_the_distance_takes_360_steps_without_momentum_and_108_with_it():
    start = np.array([10.0, 1.0])
    assert steps_to(minimize(ravine, start, gradient_descent(), 0.019, 400), 1e-3) == 360
    assert steps_to(minimize(ravine, start, momentum(0.9), 0.019, 400), 1e-3) == 108


def test_who_never_arrives_has_no_number_of_steps():
    assert steps_to([[8.0], [4.0]], 0.25) is None


def test_bad_input_is_named():
    with pytest.raises(ValueError, match=r"eta is dtype .* expected an array of numbers"):
        heavy_ball_rate(0.1, "much", 1.0)
    with pytest.raises(ValueError, match="gamma holds 1 NaN"):
        nesterov_rate(np.nan, 0.9, 1.0)
    with pytest.raises(ValueError, match="got 3 sizes, expected at least 8"):
        measured_rate([3.0, 2.0, 1.0])
    with pytest.raises(ValueError, match="arrived at 0"):
        measured_rate(np.zeros(20))
    with pytest.raises(ValueError, match="trajectory has shape"):
        steps_to([1.0, 2.0], 0.1)

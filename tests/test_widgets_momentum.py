"""The live figures of lecture 10, moved by setting their sliders."""

import numpy as np
import pytest

from mlcourse_utils.convergence import heavy_ball_rate, nesterov_rate
from mlcourse_utils.optimizers import momentum, nesterov
from mlcourse_utils.widgets import momentum as widgets
from mlcourse_utils.widgets.momentum import (
    descend,
    explore_descent,
    explore_phase_diagram,
    long_run_factors,
)

CURVATURES = np.array([1.0, 100.0])
START = np.array([10.0, 1.0])


def f(w):
    return 0.5 * np.sum(CURVATURES * w**2)


def grad(w):
    return CURVATURES * w


def heavy_ball(w, v, grad, gamma, eta):
    return momentum(eta).step(w, v, grad, gamma)


def look_ahead(w, v, grad, gamma, eta):
    return nesterov(eta).step(w, v, grad, gamma)


def path_by_hand(gamma, eta, n_steps, ahead=0.0):
    w, v, path = START, np.zeros(2), [START]
    for _ in range(n_steps):
        v = eta * v + gamma * CURVATURES * (w - ahead * eta * v)
        w = w - v
        path.append(w)
    return np.array(path)


@pytest.fixture
def actors(monkeypatch):
    """Whatever artists the next figure moves, in their order."""
    seen = []

    class Spy(widgets.Stage):
        def __init__(self, fig, actors, describe=None):
            seen.extend(actors)
            super().__init__(fig, actors, describe)

    monkeypatch.setattr(widgets, "Stage", Spy)
    return seen


def caption(panel):
    return panel.children[-1].children[-1].value


def picture(panel):
    return panel.children[-1].children[0].value


def test_moving_the_sliders_moves_the_path_and_both_distances(actors):
    panel = explore_descent(f, grad, heavy_ball, n_steps=30)
    gamma, eta, _ = panel.children
    before = picture(panel)
    gamma.value, eta.value = 0.01, 0.8
    expected = path_by_hand(0.01, 0.8, 30)
    path, end, flat, steep = actors
    assert np.allclose(np.transpose(path.get_data()), expected)
    assert np.allclose(np.ravel(end.get_data()), expected[-1])
    assert np.allclose(flat.get_data()[1], abs(expected[:, 0]))
    assert np.allclose(steep.get_data()[1], abs(expected[:, 1]))
    assert "γ = 0.0100, η = 0.80" in caption(panel)
    assert picture(panel) != before


def test_the_readers_own_step_is_the_one_that_runs(actors):
    explore_descent(f, grad, step=look_ahead, gamma=0.01, eta=0.8, n_steps=30)
    assert np.allclose(np.transpose(actors[0].get_data()), path_by_hand(0.01, 0.8, 30, ahead=1.0))


def test_a_step_that_works_in_place_still_leaves_a_path():
    def in_place(w, v, grad, gamma, eta):
        v *= eta
        v += gamma * grad(w)
        w -= v
        return w, v

    path = descend(in_place, grad, START, 0.019, 0.9, 20)
    assert np.allclose(path, path_by_hand(0.019, 0.9, 20))
    assert np.array_equal(START, [10.0, 1.0])


def test_a_step_that_is_not_written_yet_is_said_under_the_picture():
    def stub(w, v, grad, gamma, eta):
        raise NotImplementedError

    assert "not written yet" in caption(explore_descent(f, grad, step=stub))


def test_a_mistake_in_the_readers_step_is_said_under_the_picture():
    def forgetful(w, v, grad, gamma, eta):
        return None

    def flat(w, v, grad, gamma, eta):
        return 0.0, v

    assert "stopped with TypeError" in caption(explore_descent(f, grad, step=forgetful))
    assert "w has shape (), expected (2,)" in caption(explore_descent(f, grad, step=flat))


def test_a_descent_that_diverges_says_so_and_is_cut():
    panel = explore_descent(f, grad, heavy_ball, gamma=0.05, eta=0.0)
    assert "It blows up." in caption(panel)
    panel.children[0].value = 0.01
    assert "blows up" not in caption(panel)
    path = descend(heavy_ball, grad, START, 0.05, 0.0, 10_000)
    assert len(path) < 20
    assert np.isfinite(path).all()


def test_the_factors_are_the_derived_ones_of_either_ball_also_where_it_works_in_place():
    def in_place(w, v, grad, gamma, eta):
        v *= eta
        v += gamma * grad(w)
        w -= v
        return w, v

    for gamma, eta in [(0.019, 0.0), (0.019, 0.75), (0.02, 0.5), (0.05, 0.5), (0.001, 0.99)]:
        ball, ahead = (rate(gamma, eta, CURVATURES) for rate in (heavy_ball_rate, nesterov_rate))
        assert long_run_factors(heavy_ball, grad, gamma, eta) == pytest.approx(ball)
        assert long_run_factors(in_place, grad, gamma, eta) == pytest.approx(ball)
        assert long_run_factors(look_ahead, grad, gamma, eta) == pytest.approx(ahead)


def test_the_line_below_leads_to_the_momentum_at_which_the_flat_direction_is_fastest():
    panel = explore_descent(f, grad, heavy_ball)
    said = {}
    for eta in np.arange(0.0, 1.0, 0.01).round(2):
        panel.children[1].value = eta
        said[eta] = float(caption(panel).split("|w₁| × ")[1].split(",")[0])
    assert min(said, key=said.get) == 0.75
    assert said[0.75] == 0.866


def test_flat_direction_arrives_first_near_three_quarters(actors):
    panel = explore_descent(f, grad, heavy_ball)
    left = {}
    for eta in np.arange(0.5, 1.0, 0.01):
        panel.children[1].value = eta
        left[round(panel.children[1].value, 2)] = abs(actors[2].get_data()[1][-20:]).max()
    assert 0.73 <= min(left, key=left.get) <= 0.77


@pytest.mark.parametrize(
    ("step", "rate", "ahead"), [(heavy_ball, heavy_ball_rate, 0), (look_ahead, nesterov_rate, 1)]
)
def test_the_point_on_the_map_follows_the_sliders_and_is_rated(actors, step, rate, ahead):
    panel = explore_phase_diagram(f, grad, step, rate)
    gamma, eta, _ = panel.children
    gamma.value, eta.value = 0.01, 0.8
    path, _, point = actors
    assert np.ravel(point.get_data()).tolist() == [0.01, 0.8]
    assert np.allclose(np.transpose(path.get_data()), path_by_hand(0.01, 0.8, 120, ahead))
    slowest = rate(0.01, 0.8, CURVATURES).max()
    assert f"× {slowest:.4f} a step" in caption(panel)
    assert f"{np.log(1e-3) / np.log(slowest):.0f} steps to a thousandth" in caption(panel)
    gamma.value = 0.09
    assert "does not converge" in caption(panel)


def test_the_map_is_coloured_by_steps_to_a_thousandth(actors):
    explore_phase_diagram(f, grad, heavy_ball, heavy_ball_rate)
    (mesh,) = actors[-1].axes.collections
    steps = mesh.get_array()
    fastest = np.unravel_index(np.ma.filled(steps, np.inf).argmin(), steps.shape)
    gamma, eta = mesh.get_coordinates()[fastest]
    assert gamma == pytest.approx(4 / 121, rel=0.03)  # the corner of the map is the best pair
    assert eta == pytest.approx(81 / 121, abs=0.02)
    assert np.ma.getmaskarray(steps)[:, -1].all()  # γ = 0.1 converges nowhere

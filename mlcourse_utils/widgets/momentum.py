"""Live figures of lecture 10: a path under your hand, and the map of all (γ, η).

Notation: γ is the learning rate, η the momentum, v the velocity, v ← ηv + γ∇f(w), w ← w − v.
The rule comes as `step(w, v, grad, gamma, eta)` → (w, v): the lecture's or the reader's own.
"""

from html import escape

import ipywidgets
import numpy as np

from mlcourse_utils.convergence import steps_to
from mlcourse_utils.plotting import (
    BLACK,
    GREEN,
    VERMILLION,
    new_figure,
    plot_level_lines,
    plot_speed,
)
from mlcourse_utils.stage import Stage

WIDE = {"style": {"description_width": "9em"}, "layout": {"width": "34em", "max_width": "100%"}}
N_STEPS = 120


def descend(step, grad, w0, gamma, eta, n_steps):
    """The path of n_steps from rest at w0, shape (n_steps + 1, 2), cut where it has blown up.

    >>> plain = lambda w, v, grad, gamma, eta: (w - gamma * grad(w), v)
    >>> descend(plain, lambda w: w, np.array([8.0, 4.0]), gamma=0.5, eta=0.0, n_steps=2)
    array([[8., 4.],
           [4., 2.],
           [2., 1.]])
    """
    w = np.array(w0, dtype=float)
    v, path, far = np.zeros_like(w), [w.copy()], 1e6 * np.linalg.norm(w0)
    for _ in range(n_steps):
        w, v = step(w, v, grad, gamma, eta)
        path.append(np.array(w, dtype=float))  # a copy: the rule may go on in the same array
        if path[-1].shape != path[0].shape:
            raise ValueError(f"w has shape {path[-1].shape}, expected {path[0].shape}")
        if not np.linalg.norm(w) < far:
            break
    return np.array(path)


def long_run_factors(step, grad, gamma, eta):
    """What |w₁| and |w₂| are multiplied by a step in the long run, on a quadratic of these axes.

    Along one axis a step is linear in (w, v): its matrix is what it makes of (1, 0) and of
    (0, 1), and the factor is the largest |eigenvalue|.

    >>> plain = lambda w, v, grad, gamma, eta: (w - gamma * grad(w), 0 * v)
    >>> long_run_factors(plain, lambda w: [1.0, 3.0] * w, gamma=0.25, eta=0.0)
    [0.75, 0.25]
    """
    factors = []
    for axis in np.eye(2):
        starts = [(1 * axis, 0 * axis), (0 * axis, 1 * axis)]  # (w, v), the rule's to change
        made = [step(*start, grad, gamma, eta) for start in starts]
        matrix = np.array(made, dtype=float) @ axis
        factors.append(float(np.abs(np.linalg.eigvals(matrix)).max()))
    return factors


def explore_descent(f, grad, step, w0=(10.0, 1.0), gamma=0.019, eta=0.0, n_steps=N_STEPS):
    """Drag γ and η: the path over the level lines of f, and |w₁|, |w₂| against the step.

    Parameters
    ----------
    f, grad : callable
        f(w) and ∇f(w) for w of shape (2,), a quadratic along the axes with its minimum at 0.
    step : callable
        `step(w, v, grad, gamma, eta)` → (w, v), yours or the lecture's. What goes wrong in it
        is said under the picture.
    w0 : pair of float
        Where the path starts, at rest.
    gamma, eta, n_steps : float, float, int
        Where the sliders stand at first; the length of the path.
    """
    gammas, etas = _sliders(gamma, eta)
    fig, (plane, sizes) = new_figure(10.0, 3.6, ncols=2, width_ratios=[3, 2])
    actors = _path_actors(plane, f, w0) + _size_actors(sizes, n_steps, w0)
    told = {}

    def draw():
        try:
            path = descend(step, grad, w0, gammas.value, etas.value, n_steps)
            factors = long_run_factors(step, grad, gammas.value, etas.value)
            told["now"] = _what_happened(path, n_steps, factors)
        except NotImplementedError:
            path, told["now"] = np.array([w0]), "Your step is not written yet."
        except Exception as error:  # a reader's mistake: say it here, where the reader looks
            stopped = f"Your step stopped with {type(error).__name__}: {error}"
            path, told["now"] = np.array([w0]), escape(stopped)
        _move_path(actors[:2], path)
        _move_sizes(actors[2:], path)

    def describe():
        return f"γ = {gammas.value:.4f}, η = {etas.value:.2f}. {told['now']}"

    return _panel(fig, actors, draw, describe, gammas, etas)


def explore_phase_diagram(f, grad, step, rate, condition=100.0, w0=(10.0, 1.0)):
    """Move a point over the (γ, η) plane, coloured by speed, and see the path it gives.

    Parameters
    ----------
    f, grad : callable
        A quadratic of curvatures 1 and `condition` with its minimum at 0, as `make_ravine` gives.
    step : callable
        `step(w, v, grad, gamma, eta)` → (w, v).
    rate : callable
        `rate(gamma, eta, curvature)`, what the step multiplies |w| by in the long run, for
        example `mlcourse_utils.convergence.heavy_ball_rate`.
    condition, w0 : float, pair of float
        κ, the ratio of the curvatures; where the path starts, at rest.
    """
    gammas, etas = _sliders(0.019, 0.0)

    def slowest(gamma, eta):
        return np.maximum(rate(gamma, eta, 1.0), rate(gamma, eta, condition))

    fig, (speed, plane) = new_figure(10.0, 3.9, ncols=2)
    plot_speed(slowest, speed, (10**gammas.min, 10**gammas.max))
    speed.set_title("dark is fast, grey never arrives", fontsize="medium")
    (point,) = speed.plot([], [], "o", mfc="none", mec=VERMILLION, mew=3, ms=16, clip_on=False)
    # At the best pair |w₂| first grows to 3.7 times what it was: leave it the room.
    actors = [*_path_actors(plane, f, w0, room=(1.25, 4.0)), point]

    def draw():
        point.set_data([gammas.value], [etas.value])
        _move_path(actors[:2], descend(step, grad, w0, gammas.value, etas.value, N_STEPS))

    def describe():
        r = slowest(gammas.value, etas.value)
        here = f"γ = {gammas.value:.4f}, η = {etas.value:.2f}: × {r:.4f} a step"
        if r >= 1:
            return f"{here}. It does not converge."
        return f"{here}, {np.log(1e-3) / np.log(r):.0f} steps to a thousandth in the long run."

    return _panel(fig, actors, draw, describe, gammas, etas)


def _sliders(gamma, eta):
    gammas = ipywidgets.FloatLogSlider(  # the browser keeps to the steps: 341 of them are 0.019
        gamma, min=-3, max=-1, step=0.00375, readout_format=".4f", description="rate γ", **WIDE
    )
    etas = ipywidgets.FloatSlider(eta, min=0, max=0.99, step=0.01, description="momentum η", **WIDE)
    return gammas, etas


def _panel(fig, actors, draw, describe, *sliders):
    draw()
    stage = Stage(fig, actors, describe)

    def move(_):
        draw()
        stage.update()

    for slider in sliders:
        slider.observe(move, "value")
    return ipywidgets.VBox([*sliders, stage.widget])


def _path_actors(ax, f, w0, room=(1.25, 1.25)):
    reach = np.abs(w0) * room
    plot_level_lines(f, ax, (-reach[0], reach[0]), (-reach[1], reach[1]))
    ax.plot(*w0, "o", color=BLACK, mfc="none", ms=9)
    ax.plot(0, 0, "*", color=BLACK, ms=9)
    (path,) = ax.plot([], [], ".-", color=GREEN, lw=1, ms=4)
    (end,) = ax.plot([], [], "o", color=VERMILLION, ms=5)
    return [path, end]


def _move_path(actors, path):
    path_line, end = actors
    path_line.set_data(*path.T)
    end.set_data(*path[-1:].T)


def _size_actors(ax, n_steps, w0):
    ax.set(xlabel="step", yscale="log", xlim=(0, n_steps), ylim=(1e-6, 1e2 * np.max(np.abs(w0))))
    ax.set_title("distance from the minimum", fontsize="medium")
    (flat,) = ax.plot([], [], color=GREEN, label="$|w_1|$, flat")
    (steep,) = ax.plot([], [], color=GREEN, ls=":", label="$|w_2|$, steep")
    ax.legend(loc="upper right")
    return [flat, steep]


def _move_sizes(actors, path):
    for actor, sizes in zip(actors, np.abs(path).T, strict=True):
        actor.set_data(np.arange(len(sizes)), sizes)


def _what_happened(path, n_steps, factors):
    if len(path) <= n_steps or max(factors) > 1:
        return "It blows up."
    arrived = steps_to(path, 1e-3)
    when = "not yet at" if arrived is None else f"{arrived} steps to"
    flat, steep = factors
    each = f"In the long run |w₁| × {flat:.3f}, |w₂| × {steep:.3f} a step"
    return f"{each}; {when} a thousandth."

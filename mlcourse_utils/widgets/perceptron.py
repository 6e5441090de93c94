"""Live figures of lecture 01: a perceptron that learns, one mistake at a time.

Notation: examples are the rows of X, their targets d are 0 or 1, f(x) = 1 if w·x + b > 0 else 0.
The update rule comes as `step(w, b, x, d, alpha)` → (w, b): the lecture's or the reader's own.
"""

from itertools import cycle
from typing import NamedTuple

import ipywidgets
import numpy as np
from matplotlib.colors import ListedColormap

from mlcourse_utils.plotting import (
    BLACK,
    BLUE,
    GREEN,
    VERMILLION,
    decision_region,
    new_figure,
    plot_letter,
    plot_weights,
)
from mlcourse_utils.stage import Stage

CORNERS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
GATES = {"AND": [0, 0, 0, 1], "OR": [0, 1, 1, 1], "NAND": [1, 1, 1, 0], "XOR": [0, 1, 1, 0]}
WIDE = {"style": {"description_width": "9em"}, "layout": {"width": "34em", "max_width": "100%"}}


class Moment(NamedTuple):
    """The weights just after a mistake on example j (None: nothing has happened yet)."""

    w: np.ndarray
    b: float
    j: int | None


class Panel(NamedTuple):
    """What moves in one axes, and `show(X, d, moment)`, which moves it."""

    actors: list
    show: object


def moments(step, X, d, alpha=1.0, most=300):
    """Go through the examples in turn from w = 0, b = 0 until a whole round changes nothing.

    Returns the start and the Moment after each mistake, at most `most` of them.

    >>> stubborn = lambda w, b, x, d, alpha: (w, b)
    >>> len(moments(stubborn, CORNERS, GATES["AND"]))
    1
    """
    run, quiet = [Moment(np.zeros(np.shape(X)[1]), 0.0, None)], 0
    order = cycle(range(len(X)))
    while quiet < len(X) and len(run) <= most:
        j, (w, b, _) = next(order), run[-1]
        new_w, new_b = step(w.copy(), b, X[j], d[j], alpha)
        quiet += 1
        if new_b != b or np.any(new_w != w):
            run.append(Moment(np.array(new_w, dtype=float), float(new_b), j))
            quiet = 0
    return run


def two_letters(X, labels, zero, one):
    """Return the rows of X that show one of two letters, and d: 0 for `zero`, 1 for `one`.

    >>> two_letters(np.eye(3), ["O", "A", "X"], "O", "X")[1]
    array([0, 1])
    """
    labels = np.asarray(labels)
    wanted = np.isin(labels, [zero, one])
    return X[wanted], np.where(labels[wanted] == one, 1, 0)


def explore_gates(step, most=24):
    """Drag through the mistakes made on AND, OR, NAND or XOR: the line, and who is right now."""
    fig, (plane, scores) = new_figure(8.6, 4.0, ncols=2)
    names = [f"({x1:.0f}, {x2:.0f})" for x1, x2 in CORNERS]
    panels = [_plane(plane), _scores(scores, np.arange, names)]
    tasks = {gate: (CORNERS, np.array(d)) for gate, d in GATES.items()}
    return _replay(
        step, tasks, fig, panels, lambda gate, j, d: f"at {names[j]} it said {1 - d}", most
    )


def explore_letters(step, X, labels, pairs=("OX", "OQ", "EF", "CG")):
    """Drag through the mistakes made on two letters: the picture, the weights, all the scores.

    X (n_samples, n_cells), labels (n_samples,) of letters; the first of a pair is d = 0.
    """
    fig, (seen, weights, scores) = new_figure(8.6, 3.3, ncols=3)
    panels = [_cells(seen, weights, X.shape[1]), _scores(scores, None, ["d = 0", "d = 1"])]
    tasks = {f"{zero} or {one}": two_letters(X, labels, zero, one) for zero, one in pairs}

    def tell(task, j, d):
        return f"this {task[-1] if d else task[0]} it took for {task[0] if d else task[-1]}"

    return _replay(step, tasks, fig, panels, tell, 300)


def _replay(step, tasks, fig, panels, tell, most):
    """Return controls and picture: the mistakes that `step` makes on a task, one a notch."""
    task = ipywidgets.ToggleButtons(options=list(tasks), description="learn", style=WIDE["style"])
    task.style.button_width = "5em"
    # Powers of two are not rounded, so that a score of exactly 0 stays one.
    rate = ipywidgets.FloatLogSlider(
        1, base=2, min=-7, max=5, step=1, description="rate α", readout_format=".4g", **WIDE
    )
    t = ipywidgets.IntSlider(0, 0, 1, description="after mistake", **WIDE)
    run = []

    def describe():
        X, d = tasks[task.value]
        w, b, j = run[t.value]
        was = f"Mistake {t.value}: {tell(task.value, j, d[j])}." if t.value else "The start."
        right = f"{np.sum((X @ w + b > 0) == d)} of {len(d)} right"
        weights = f"w = ({w[0]:.4g}, {w[1]:.4g}), b = {b:.4g}, " if len(w) == 2 else ""
        return f"{was} Now {weights}{right}. {_to_come(len(run) - 1 - t.value, most - t.value)}"

    def learn(_=None):
        run[:] = moments(step, *tasks[task.value], rate.value, most)
        t.max = len(run) - 1
        move()

    def move(_=None):
        for panel in panels:
            panel.show(*tasks[task.value], run[t.value])
        stage.update()

    run[:] = moments(step, *tasks[task.value], rate.value, most)
    stage = Stage(fig, [actor for panel in panels for actor in panel.actors], describe)
    learn()
    task.observe(learn, "value")
    rate.observe(learn, "value")
    t.observe(move, "value")
    return ipywidgets.VBox([task, rate, t, stage.widget])


def _to_come(rest, until_cut):
    if rest == until_cut:
        return f"{rest} more are shown, and no end is in sight."
    return f"{rest} more to come." if rest else "No mistake is left to make."


def _plane(ax):
    ax.set(aspect="equal", xlabel="$x_1$", ylabel="$x_2$", xticks=[0, 1], yticks=[0, 1])
    ax.set_title("shaded: the machine says 1")
    grid = np.linspace(-0.6, 1.6, 241)
    said = ax.imshow(
        np.zeros((241, 241)),
        cmap=ListedColormap(["#FFFFFF", "#D3EAF8"]),
        vmax=1,
        extent=(-0.6, 1.6, -0.6, 1.6),
        origin="lower",
    )
    (line,) = ax.plot([], [], color=BLACK, lw=1.5)
    (ones,) = ax.plot([], [], "o", color=BLUE, ms=11)
    (zeros,) = ax.plot([], [], "s", color=VERMILLION, mfc="white", mew=2, ms=11)
    (ring,) = ax.plot([], [], "o", color=BLACK, mfc="none", ms=22, mew=1.5)

    def show(X, d, moment):
        w, b, j = moment
        said.set_data(w[0] * grid + w[1] * grid[:, None] + b > 0)
        line.set_data(*decision_region(w, b)[0].T)
        ones.set_data(*X[d == 1].T)
        zeros.set_data(*X[d == 0].T)
        ring.set_data(*X[[] if j is None else [j]].T)

    return Panel([said, line, ones, zeros, ring], show)


def _cells(seen, weights, n_cells):
    plot_letter(np.zeros(n_cells), seen, "taken for the other")
    plot_weights(np.zeros(n_cells), weights, "the weights now")
    pictures = [seen.images[-1], weights.images[-1]]

    def show(X, d, moment):
        w, _, j = moment
        shape = pictures[0].get_size()
        pictures[0].set_data(np.zeros(shape) if j is None else X[j].reshape(shape))
        pictures[1].set_data(w.reshape(shape) / (np.abs(w).max() or 1.0))

    return Panel(pictures, show)


def _scores(ax, place, names):
    """All scores, relative to the largest: example j at place(n)[j], or in the column of its d."""
    ax.set(xlim=(-0.6, len(names) - 0.4), ylim=(-1.2, 1.4), xticks=range(len(names)))
    ax.set(xticklabels=names, yticks=[0], title="score: above 0 it says 1")
    ax.axhline(0, color=BLACK, lw=1)
    (right,) = ax.plot([], [], "o", color=GREEN, ms=8, alpha=0.8, label="right")
    (wrong,) = ax.plot([], [], "X", color=VERMILLION, ms=9, label="wrong")
    ax.legend(loc="upper center", ncols=2)

    def show(X, d, moment):
        scores, n = X @ moment.w + moment.b, len(X)
        at = place(n) if place else d + 0.6 * (np.arange(n) / n - 0.5)
        height = scores / (np.abs(scores).max() or 1.0)
        correct = (scores > 0) == d
        right.set_data(at[correct], height[correct])
        wrong.set_data(at[~correct], height[~correct])

    return Panel([right, wrong], show)

"""Live figures of lecture 01: a perceptron that learns, one mistake at a time.

Notation: examples are the rows of X, their targets d are 0 or 1, f(x) = 1 if w·x + b > 0 else 0.
The update rule comes as `step(w, b, x, d, alpha)` → (w, b): the lecture's or the reader's own.
"""

from html import escape
from itertools import cycle
from typing import NamedTuple

import ipywidgets
import numpy as np

from mlcourse_utils.plotting import new_figure
from mlcourse_utils.stage import Stage
from mlcourse_utils.widgets.perceptron_panels import cells_panel, plane_panel, scores_panel

CORNERS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
GATES = {"AND": [0, 0, 0, 1], "OR": [0, 1, 1, 1], "NAND": [1, 1, 1, 0], "XOR": [0, 1, 1, 0]}
WIDE = {"style": {"description_width": "9em"}, "layout": {"width": "34em", "max_width": "100%"}}


class Moment(NamedTuple):
    """The weights just after a mistake on example j (None: nothing has happened yet)."""

    w: np.ndarray
    b: float
    j: int | None


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
    """Drag through the mistakes made on AND, OR, NAND or XOR: the line, and who is right now.

    What goes wrong in `step` itself is said under the picture.
    """
    fig, (plane, scores) = new_figure(8.6, 4.0, ncols=2)
    fig.get_layout_engine().set(h_pad=0.1)  # air above the titles
    names = [f"({x1:.0f}, {x2:.0f})" for x1, x2 in CORNERS]
    panels = [plane_panel(plane), scores_panel(scores, np.arange, names)]
    tasks = {gate: (CORNERS, np.array(d)) for gate, d in GATES.items()}

    def tell(gate, j, d):
        return f"at {names[j]} it said {1 - d}"

    return _replay(step, tasks, fig, panels, tell, most)


def explore_letters(step, X, labels, pairs=("OX", "OQ", "EF", "CG")):
    """Drag through the mistakes made on two letters: the picture, the weights, all the scores.

    X (n_samples, n_cells), labels (n_samples,) of letters; the first of a pair is d = 0.
    """
    fig, (seen, weights, scores) = new_figure(8.6, 3.3, ncols=3)
    fig.get_layout_engine().set(h_pad=0.1)  # air above the titles
    panels = [cells_panel(seen, weights, X.shape[1]), scores_panel(scores, None, ["0", "1"])]
    tasks = {f"{zero} or {one}": two_letters(X, labels, zero, one) for zero, one in pairs}

    def tell(task, j, d):
        return f"this {task[-1] if d else task[0]} it took for {task[0] if d else task[-1]}"

    def name_columns(task):
        scores.set_xticklabels([f"{task[0]}, d = 0", f"{task[-1]}, d = 1"])

    return _replay(step, tasks, fig, panels, tell, 300, name_columns)


def _replay(step, tasks, fig, panels, tell, most, name_columns=lambda task: None):
    """Return controls and picture: the mistakes that `step` makes on a task, one a notch."""
    task = ipywidgets.ToggleButtons(options=list(tasks), description="learn", style=WIDE["style"])
    task.style.button_width = "5em"
    # Multiplying by a power of two rounds nothing: a score of exactly 0 stays one.
    rate = ipywidgets.FloatLogSlider(
        1, base=2, min=-7, max=5, step=1, description="rate α", readout_format=".4g", **WIDE
    )
    t, run, fault = None, [], []

    def learn():
        X, d = tasks[task.value]
        run[:], fault[:] = _attempt(step, X, d, rate.value, most)

    def describe():
        X, d = tasks[task.value]
        w, b, j = run[t.value]
        was = f"Mistake {t.value}: {tell(task.value, j, d[j])}." if t.value else "The start."
        right = f"{np.sum((X @ w + b > 0) == d)} of {len(d)} right"
        weights = f"w = ({w[0]:.4g}, {w[1]:.4g}), b = {b:.4g}, " if len(w) == 2 else ""
        to_come = _to_come(len(run) - 1 - t.value, most - t.value)
        return "".join(fault) or f"{was} Now {weights}{right}. {to_come}"

    def pose():
        for panel in panels:
            panel.show(*tasks[task.value], run[t.value])

    def move(_=None):
        pose()
        stage.update()

    def set_rate(_):
        learn()
        t.max = len(run) - 1
        move()

    def new_slider():
        # A new one for each task: in the browser, End goes to the maximum a slider began with.
        nonlocal t
        t = ipywidgets.IntSlider(0, 0, len(run) - 1, description="after mistake", **WIDE)
        t.observe(move, "value")

    def set_task(_):
        learn()
        name_columns(task.value)
        new_slider()
        box.children = [task, rate, t, stage.widget]
        pose()
        stage.redraw()

    learn()
    new_slider()
    name_columns(task.value)
    pose()
    stage = Stage(fig, [actor for panel in panels for actor in panel.actors], describe)
    box = ipywidgets.VBox([task, rate, t, stage.widget])
    task.observe(set_task, "value")
    rate.observe(set_rate, "value")
    return box


def _attempt(step, X, d, alpha, most):
    """The moments of `step`, and nothing; or the start alone, and what to tell its author."""
    start = [Moment(np.zeros(X.shape[1]), 0.0, None)]
    try:
        return moments(step, X, d, alpha, most), []
    except NotImplementedError:
        return start, ["Your rule is not written yet."]
    except Exception as error:  # a reader's mistake: say it here, where the reader looks
        return start, [escape(f"Your rule stopped with {type(error).__name__}: {error}")]


def _to_come(rest, until_cut):
    if rest == until_cut:
        return f"{rest or 'No'} more are shown, and no end is in sight."
    return f"{rest} more to come." if rest else "No mistake is left to make."

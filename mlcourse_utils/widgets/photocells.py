"""A live figure of lecture 01: stand before a trained perceptron and try to fool it.

Notation: x is a picture of n_cells photocells (1 lit, 0 dark), f(x) = 1 if w·x + b > 0 else 0.
"""

import math
from functools import partial

import ipywidgets
import numpy as np

from mlcourse_utils.plotting import (
    BLACK,
    BLUE,
    SKY,
    VERMILLION,
    new_figure,
    plot_letter,
    plot_weights,
)
from mlcourse_utils.stage import Stage

WIDE = {"style": {"description_width": "9em"}, "layout": {"width": "34em", "max_width": "100%"}}


def shifted(x, right, down):
    """Return the square picture x (n_cells,) moved by whole cells; what comes in is dark.

    >>> shifted(np.array([1.0, 2.0, 3.0, 4.0]), right=1, down=0)
    array([0., 1., 0., 3.])
    """
    side, far = math.isqrt(x.size), max(abs(right), abs(down))
    wide = np.pad(x.reshape(side, side), far)
    return wide[far - down : far - down + side, far - right : far - right + side].ravel()


def explore_photocells(w, b, X, names, answers=("0", "1")):
    """Choose a picture, move it, spoil it, flip single cells: what does the machine say now?

    w (n_cells,) and b say `answers[1]` where w·x + b > 0, else `answers[0]`; X (n_samples,
    n_cells) holds the pictures to choose from, `names` what to call them.
    """
    side, flipped = math.isqrt(X.shape[1]), np.zeros(X.shape[1], dtype=bool)
    choice = ipywidgets.Dropdown(
        options=[(name, j) for j, name in enumerate(names)], description="picture", **WIDE
    )
    slider = partial(ipywidgets.IntSlider, **WIDE)
    right = slider(0, -4, 4, description="shift right")
    down = slider(0, -4, 4, description="shift down")
    spoilt = slider(0, 0, 50, description="cells spoilt, %")
    row = slider(side // 2, 1, side, description="row")
    column = slider(side // 2, 1, side, description="column")
    flip = ipywidgets.Button(description="flip this cell")
    undo = ipywidgets.Button(description="undo all flips")
    order = np.random.default_rng(0).permutation(X.shape[1])
    fig, axes = new_figure(8.6, 3.3, ncols=3, width_ratios=[1, 1, 0.5])
    fig.get_layout_engine().set(h_pad=0.1)  # air above the titles
    actors, show = _panels(*axes, X.shape[1], answers, np.abs(X @ w + b).max() or 1.0)

    def picture():
        x = shifted(X[choice.value], right.value, down.value)
        return np.where((order < spoilt.value / 100 * x.size) ^ flipped, 1 - x, x)

    def describe():
        score, n = w @ picture() + b, int(flipped.sum())
        says = f"Score {score:+.4g}: the machine says {answers[int(score > 0)]}."
        return f"{says} {n} {'cell' if n == 1 else 'cells'} flipped by hand."

    def move(_=None):
        show(picture(), w, b, row.value - 1, column.value - 1)
        stage.update()

    def flip_cell(_):
        flipped[(row.value - 1) * side + column.value - 1] ^= True
        move()

    def undo_flips(_):
        flipped[:] = False
        move()

    show(picture(), w, b, row.value - 1, column.value - 1)
    stage = Stage(fig, actors, describe)
    for control in [choice, right, down, spoilt, row, column]:
        control.observe(move, "value")
    flip.on_click(flip_cell)
    undo.on_click(undo_flips)
    buttons = ipywidgets.HBox([flip, undo])
    return ipywidgets.VBox([choice, right, down, spoilt, row, column, buttons, stage.widget])


def _panels(seen, parts, verdict, n_cells, answers, loudest):
    """Set the three axes up; return what moves in them and show(x, w, b, row, column)."""
    plot_letter(np.zeros(n_cells), seen, "what the cells see")
    plot_weights(np.zeros(n_cells), parts, "the weights (dots: lit cells)")
    side = math.isqrt(n_cells)
    fifth = np.arange(4, side, 5)  # rows and columns count from 1, as the sliders do
    for ax in (seen, parts):
        ax.set(xticks=fifth, yticks=fifth, xticklabels=fifth + 1, yticklabels=fifth + 1)
    (cursor,) = seen.plot([], [], "s", color=SKY, mfc="none", ms=11, mew=2)
    verdict.set(xlim=(-1, 1), ylim=(-1.5, 1.5), xticks=[], yticks=[0], title="score")
    verdict.axhspan(0, 1.5, color=BLUE, alpha=0.15, lw=0)
    verdict.axhspan(-1.5, 0, color=VERMILLION, alpha=0.15, lw=0)
    verdict.text(0, 1.2, f"above 0:\nsays {answers[1]}", ha="center", va="center")
    verdict.text(0, -1.2, f"0 or less:\nsays {answers[0]}", ha="center", va="center")
    (lit,) = parts.plot([], [], ".", color=BLACK, ms=3)
    (needle,) = verdict.plot([], [], "D-", color=BLACK, ms=9, lw=2)
    pictures = [seen.images[-1], parts.images[-1]]

    def show(x, w, b, row, column):
        full = np.abs(w).max() / 3 or 1.0  # full colour from a third of the largest: few are larger
        pictures[0].set_data(x.reshape(side, side))
        pictures[1].set_data(w.reshape(side, side) / full)
        lit.set_data(*np.nonzero(x.reshape(side, side) > 0.5)[::-1])
        cursor.set_data([column], [row])
        needle.set_data([-0.6, 0.6], [np.clip((w @ x + b) / loudest, -1.5, 1.5)] * 2)

    return [*pictures, lit, cursor, needle], show

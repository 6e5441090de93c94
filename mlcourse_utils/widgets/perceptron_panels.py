"""The panels of lecture 01's figures: what stands still in an axes, and what moves in it.

Notation: examples are the rows of X, their targets d are 0 or 1, f(x) = 1 if w·x + b > 0 else 0.
A `moment` holds w, b and the number j of the example just corrected (None: none yet).
"""

from typing import NamedTuple

import numpy as np
from matplotlib.colors import ListedColormap

from mlcourse_utils.plotting import (
    BLACK,
    BLUE,
    GREEN,
    VERMILLION,
    decision_region,
    plot_letter,
    plot_weights,
)


class Panel(NamedTuple):
    """What moves in one axes, and `show(X, d, moment)`, which moves it."""

    actors: list
    show: object


def plane_panel(ax):
    """Examples in the plane, the line w·x + b = 0, and a ring round the one just corrected."""
    ax.set(aspect="equal", xlabel="$x_1$", ylabel="$x_2$", xticks=[0, 1], yticks=[0, 1])
    ax.set_title("shaded: it says 1 (on the line: 0)")
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


def cells_panel(seen, weights, n_cells):
    """Two axes: the picture that the machine had wrong, and its weights, one a cell."""
    plot_letter(np.zeros(n_cells), seen, "the letter it got wrong")
    plot_weights(np.zeros(n_cells), weights, "the weights now")
    pictures = [seen.images[-1], weights.images[-1]]
    centre = {"ha": "center", "va": "center"}
    empty = [
        ax.text(0.5, 0.5, text, transform=ax.transAxes, **centre)
        for ax, text in [(seen, "none yet"), (weights, "all 0")]
    ]

    def show(X, d, moment):
        w, _, j = moment
        shape = pictures[0].get_size()
        pictures[0].set_data(np.zeros(shape) if j is None else X[j].reshape(shape))
        pictures[1].set_data(w.reshape(shape) / (np.abs(w).max() or 1.0))
        for text in empty:
            text.set_visible(j is None)

    return Panel([*pictures, *empty], show)


def scores_panel(ax, place, names):
    """All scores, relative to the largest: example j at place(n)[j], or in the column of its d."""
    ax.set(xlim=(-0.6, len(names) - 0.4), ylim=(-1.2, 1.4), xticks=range(len(names)))
    ax.set(xticklabels=names, yticks=[0], title="score: it says 1 above 0")
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

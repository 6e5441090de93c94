"""Pictures of descents show the numbers that they are given."""

import numpy as np
import pytest

from mlcourse_utils.plotting import (
    new_figure,
    plot_arrow,
    plot_level_lines,
    plot_sizes,
    plot_trajectory,
)


def test_along_a_level_line_f_is_constant_and_the_lines_of_a_quadratic_are_evenly_spaced():
    def f(w):
        return 3.0 + w[0] ** 2 + 4 * w[1] ** 2

    _, ax = new_figure()
    assert plot_level_lines(f, ax, x=(-2, 2), y=(-1, 1), n_lines=4) is ax
    (contours,) = ax.collections
    radii = []
    for level, path in zip(contours.levels, contours.get_paths(), strict=True):
        heights = [f(w) for w in path.vertices]
        assert heights == pytest.approx([level] * len(heights), abs=0.02)
        radii.append(np.sqrt(level - 3.0))
    assert np.diff(radii) == pytest.approx(np.sqrt(8) / 4)
    assert (ax.get_xlim(), ax.get_ylim()) == ((-2, 2), (-1, 1))


def test_a_trajectory_has_a_dot_for_each_step_and_a_ring_at_the_start():
    path = [[4.0, 1.0], [2.0, -1.0], [1.0, 0.5]]
    _, ax = new_figure()
    assert plot_trajectory(path, ax, label="mine") is ax
    steps, start = ax.lines
    assert np.array_equal(steps.get_xydata(), path)
    assert np.array_equal(start.get_xydata(), path[:1])
    assert steps.get_label() == "mine"


def test_sizes_are_absolute_and_logarithmic():
    _, ax = new_figure()
    plot_sizes([-4.0, 2.0, -1.0], ax)
    assert np.array_equal(ax.lines[0].get_ydata(), [4.0, 2.0, 1.0])
    assert ax.get_yscale() == "log"


def test_an_arrow_starts_and_ends_where_it_should():
    _, ax = new_figure()
    plot_arrow([1.0, 2.0], [0.5, -1.0], ax)
    (arrow,) = ax.texts
    assert np.array_equal(arrow.xyann, [1.0, 2.0])
    assert np.array_equal(arrow.xy, [1.5, 1.0])

"""The live figures of lecture 01 show what the formulas say."""

import numpy as np
import pytest

from mlcourse_utils.plotting import (
    decision_region,
    new_figure,
    plot_decision_line,
    plot_examples,
    plot_weights,
)
from mlcourse_utils.widgets.perceptron import (
    CORNERS,
    GATES,
    explore_gates,
    explore_letters,
    moments,
    two_letters,
)
from mlcourse_utils.widgets.photocells import explore_photocells, shifted


def rule(w, b, x, d, alpha):
    y = 1 if x @ w + b > 0 else 0
    return w + alpha * (d - y) * x, b + alpha * (d - y)


def in_place(w, b, x, d, alpha):
    w += alpha * (d - (x @ w + b > 0)) * x
    return w, b


def caption(widget):
    return widget.children[-1].children[1].value


def picture(widget):
    return widget.children[-1].children[0].value


def test_mistakes_are_those_worked_out_by_hand_for_or():
    run = moments(rule, CORNERS, GATES["OR"])
    assert [m.j for m in run] == [None, 1, 0, 2, 0]
    assert run[-1].w.tolist() == [1, 1]
    assert run[-1].b == 0


def test_mistakes_end_at_most_where_no_line_separates():
    assert len(moments(rule, CORNERS, GATES["XOR"], most=24)) == 25


def test_a_step_that_works_in_place_does_not_rewrite_the_past():
    run = moments(in_place, CORNERS, GATES["OR"])
    assert [m.w.tolist() for m in run] == [[0, 0], [0, 1], [1, 1]]


def test_the_rate_only_scales_the_weights():
    one, small = (moments(rule, CORNERS, GATES["NAND"], alpha) for alpha in (1, 1 / 128))
    assert [m.j for m in one] == [m.j for m in small]
    assert (small[-1].w * 128).tolist() == one[-1].w.tolist()


def test_gates_start_at_and_with_a_notch_for_each_of_its_ten_mistakes():
    task, _, t, _ = explore_gates(rule).children
    assert (task.value, t.value, t.max) == ("AND", 0, 10)


def test_dragging_to_the_last_mistake_says_that_none_is_left():
    widget = explore_gates(rule)
    start = picture(widget)
    widget.children[2].value = 10
    assert "Mistake 10: at (0, 1) it said 1." in caption(widget)
    assert "w = (2, 1), b = -2, 4 of 4 right. No mistake is left" in caption(widget)
    assert picture(widget) != start


def test_xor_is_said_to_have_no_end_in_sight():
    widget = explore_gates(rule)
    widget.children[0].value = "XOR"
    assert widget.children[2].max == 24
    assert "no end is in sight" in caption(widget)


def test_another_rate_changes_the_weights_in_the_caption_and_nothing_in_the_picture():
    widget = explore_gates(rule)
    widget.children[2].value = 5
    before = picture(widget)
    widget.children[1].value = 4.0
    assert picture(widget) == before
    assert "w = (8, 0), b = -4" in caption(widget)


def test_another_gate_starts_at_the_start_and_shows_nothing_of_its_mistakes():
    widget = explore_gates(rule)
    widget.children[2].value = 10
    widget.children[0].value = "OR"
    assert (widget.children[2].value, widget.children[2].max) == (0, 4)
    assert "The start. Now w = (0, 0)" in caption(widget)


def test_a_rule_with_fewer_mistakes_at_another_rate_moves_the_slider_back():
    widget = explore_gates(lambda w, b, x, d, alpha: rule(w, b, x, d, 1) if alpha > 1 else (w, b))
    widget.children[1].value = 2.0
    widget.children[2].value = 10
    widget.children[1].value = 1.0
    assert (widget.children[2].value, widget.children[2].max) == (0, 0)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (NotImplementedError(), "Your rule is not written yet."),
        (TypeError("a < b"), "Your rule stopped with TypeError: a &lt; b"),
    ],
)
def test_what_goes_wrong_in_the_readers_rule_is_said_under_the_picture(error, told):
    def broken(w, b, x, d, alpha):
        raise error

    assert told in caption(explore_gates(broken))


def test_the_readers_own_rule_is_the_one_that_runs():
    widget = explore_gates(lambda w, b, x, d, alpha: (w, b))
    assert widget.children[2].max == 0
    assert "3 of 4 right. No mistake is left" in caption(widget)


def test_the_half_plane_is_where_the_score_is_positive():
    w, b = np.array([3.0, -4.0]), 2.0
    line, region = decision_region(w, b, reach=10)
    np.testing.assert_allclose(line @ w + b, 0, atol=1e-12)
    np.testing.assert_allclose(region @ w + b, [0, 0, 50, 50], atol=1e-12)


@pytest.mark.parametrize(("b", "shown"), [(1.0, 4), (0.0, 0)])
def test_without_weights_the_bias_alone_decides_and_there_is_no_line(b, shown):
    line, region = decision_region(np.zeros(2), b)
    assert np.isnan(line).all()
    assert np.isfinite(region[:, 0]).sum() == shown


def test_the_decision_line_is_drawn_where_the_formula_says_and_moves_no_axis():
    _, ax = new_figure()
    plot_decision_line([1.0, 1.0], -1.5, plot_examples(CORNERS, GATES["AND"], ax))
    x1, x2 = ax.lines[-1].get_data()
    np.testing.assert_allclose(x1 + x2, 1.5)
    assert ax.get_xlim() == pytest.approx((-0.4, 1.4))
    assert ax.lines[0].get_xydata().tolist() == [[1, 1]]


def test_the_largest_weight_is_blue_and_its_opposite_vermillion():
    _, ax = new_figure()
    image = plot_weights([2.0, 0.0, -2.0, 1.0], ax).images[0]
    colours = image.to_rgba(image.get_array())[..., :3].reshape(4, 3)
    assert colours[0] == pytest.approx([0, 0x72 / 255, 0xB2 / 255], abs=0.01)
    assert colours[1] == pytest.approx([1, 1, 1], abs=0.01)
    assert colours[2] == pytest.approx([0xD5 / 255, 0x5E / 255, 0], abs=0.01)


LETTERS = np.array([[1.0, 0, 0, 0], [0, 0, 1, 1], [0, 1, 1, 0], [1, 1, 0, 0]])
LABELS = np.array(["O", "A", "X", "O"])


def test_two_letters_are_picked_and_the_second_is_the_one():
    X, d = two_letters(LETTERS, LABELS, "O", "X")
    assert X.tolist() == LETTERS[[0, 2, 3]].tolist()
    assert d.tolist() == [0, 1, 0]


def test_letters_name_what_was_taken_for_what():
    widget = explore_letters(rule, LETTERS, LABELS, pairs=["OX", "XA"])
    widget.children[2].value = 1
    assert "Mistake 1: this X it took for O." in caption(widget)
    widget.children[2].value = 2
    assert "Mistake 2: this O it took for X. Now 3 of 3 right." in caption(widget)
    widget.children[0].value = "X or A"
    assert widget.children[2].max == len(moments(rule, LETTERS[1:3], [1, 0])) - 1


def test_the_same_pictures_under_other_letters_look_different_only_by_their_names():
    named = explore_letters(rule, LETTERS, LABELS, pairs=["OX"])
    again = explore_letters(rule, LETTERS, LABELS, pairs=["OX"])
    renamed = explore_letters(rule, LETTERS, np.where(LABELS == "X", "K", LABELS), pairs=["OK"])
    assert picture(named) == picture(again)
    assert picture(named) != picture(renamed)


def test_a_shift_moves_by_whole_cells_and_lets_darkness_in():
    x = np.arange(1.0, 10.0)
    assert shifted(x, 1, 1).reshape(3, 3).tolist() == [[0, 0, 0], [0, 1, 2], [0, 4, 5]]
    assert shifted(x, -2, 0).reshape(3, 3).tolist() == [[3, 0, 0], [6, 0, 0], [9, 0, 0]]


def test_a_flipped_cell_changes_the_score_by_its_weight_and_can_be_undone():
    widget = explore_photocells(np.array([1.0, -3, 5, 0]), 0.5, LETTERS, LABELS, ("O", "X"))
    _, _, _, _, row, column, buttons, _ = widget.children
    flip, undo = buttons.children
    assert "Score +1.5: the machine says X. 0 cells flipped" in caption(widget)
    row.value, column.value = 1, 2
    flip.click()
    assert "Score -1.5: the machine says O. 1 cell flipped" in caption(widget)
    undo.click()
    assert "Score +1.5" in caption(widget)


def test_choice_shift_and_spoiling_change_what_the_cells_see():
    widget = explore_photocells(np.array([1.0, -3, 5, 0]), 0.0, LETTERS, LABELS)
    choice, right, _, spoilt, *_ = widget.children
    choice.value = 2
    assert "Score +2: the machine says 1." in caption(widget)
    choice.value, right.value = 0, 1
    assert "Score -3: the machine says 0." in caption(widget)
    right.value, spoilt.value = 0, 50
    before = np.array([1.0, 0, 0, 0])
    possible = [
        np.array([1.0, -3, 5, 0]) @ np.where(np.isin(range(4), pair), 1 - before, before)
        for pair in [(i, j) for i in range(4) for j in range(i)]
    ]
    assert any(f"Score {score:+.4g}:" in caption(widget) for score in possible)

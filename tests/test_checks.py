"""What a graded cell says when it fails: got, expected, where, and a hint."""

import numpy as np
import pytest

from mlcourse_utils import checks


def says(check, *arguments, **options):
    with pytest.raises(AssertionError) as failure:
        check(*arguments, **options)
    return str(failure.value)


@pytest.mark.parametrize(
    "got", [[1, 2], (1.0, 2.0), np.array([1, 2]), np.float32([1, 2]), [np.float64(1), 2]]
)
def test_lists_tuples_and_arrays_of_any_number_type_are_welcome(got):
    checks.close(got, [1, 2], "f(w)")
    checks.equal(got, [1, 2], "f(w)")
    checks.same_trajectory(got, [1, 2], "f(w)")


def test_close_is_close_to_the_last_digits_but_one_and_no_more():
    checks.close(1 + 1e-11, 1, "f(w)")
    assert says(checks.close, 1 + 1e-9, 1, "f(w)") == "f(w): got 1.000000001, expected 1.0."
    checks.close(1 + 1e-9, 1, "f(w)", rtol=1e-8)


def test_equal_lets_nothing_pass():
    assert "expected 1" in says(checks.equal, np.nextafter(1.0, 2.0), 1.0, "f(w)")


def test_a_wrong_entry_is_named_by_its_place_with_four_digits():
    message = says(checks.close, [[1, 2], [3, np.pi]], [[1, 2], [3, 4]], "W", hint="A hint?")
    assert message == "W: entry [1, 1] is 3.142, expected 4. A hint?"


def test_more_digits_are_shown_where_four_would_look_the_same():
    assert says(checks.close, 0.123456789, 0.12345, "b") == (
        "b: got 0.123456789, expected 0.12345."
    )


@pytest.mark.parametrize(
    ("got", "message"),
    [
        (None, "f(w) gave None: is the return statement missing?"),
        ("two", "f(w) gave 'two', expected numbers."),
        ([1, "two"], "f(w) gave [1, 'two'], expected numbers."),
        ([[1], [1, 2]], "f(w) gave [[1], [1, 2]], expected numbers."),
        ([1.0, np.nan], "f(w) gave [1 nan]: NaN or infinity, expected finite numbers."),
        ([1.0, 2.0, 3.0], "f(w) has shape (3,), expected (2,)."),
        ([[1.0, 2.0]], "f(w) has shape (1, 2), expected (2,)."),
    ],
)
def test_what_is_no_answer_at_all_is_said_in_one_line(got, message):
    assert says(checks.close, got, [1.0, 2.0], "f(w)") == message


def test_a_trajectory_is_compared_step_by_step():
    right = np.outer(0.5 ** np.arange(5), [8.0, 4.0])
    wrong = right.copy()
    wrong[3:] += 1
    assert says(checks.same_trajectory, wrong, right, "4 steps") == (
        "4 steps: right until step 2, at step 3 got [2 1.5], expected [1 0.5]."
    )
    wrong[0] = 0
    assert "4 steps: at step 0 got [0 0]" in says(checks.same_trajectory, wrong, right, "4 steps")


def test_an_argument_that_was_changed_is_named():
    w = np.array([1.0, 2.0])
    before = w.copy()
    checks.unchanged(w, before, "w")
    w -= 1
    message = says(checks.unchanged, w, before, "w")
    assert message.startswith("your function changed its argument w from [1 2] to [0 1].")
    assert "w = w − v" in message


def test_hint_for_finds_the_known_mistake_and_only_that():
    known = {(2, 3): "swapped", (1,): "one"}
    assert checks.hint_for(([2.0], [3.0]), known) == "swapped"
    assert checks.hint_for(1.0, known) == "one"
    assert checks.hint_for([2.0, 4.0], known, "else") == "else"
    assert checks.hint_for("text", known, "else") == "else"
    assert checks.hint_for(None, known, "else") == "else"


def test_that_says_its_message_and_hint():
    checks.that(True, "never said")
    assert says(checks.that, False, "not shuffled", hint="Draw anew.") == "not shuffled. Draw anew."

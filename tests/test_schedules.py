"""Schedules against tables of the libraries, closed forms and one another."""

import math

import numpy as np
import pytest

from mlcourse_utils.schedules import (
    ManualSchedule,
    as_schedule,
    constant,
    cosine,
    exponential_decay,
    inverse_time_decay,
    piecewise,
    step_decay,
    warmup,
)

EIGHT = range(8)


def table(gamma, steps=EIGHT):
    return [gamma(t) for t in steps]


def test_step_decay_is_pytorchs_steplr():
    assert table(step_decay(1.0, 0.5, every=3)) == [1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25]


def test_step_decay_drops_at_the_step_itself_and_halves_every_100_by_default():
    gamma = step_decay(0.8)
    assert table(gamma, [0, 99, 100, 101, 199, 200]) == [0.8, 0.8, 0.4, 0.4, 0.4, 0.2]


def test_step_decay_is_the_staircase_under_exponential_decay():
    staircase, curve = step_decay(1.0, 0.5, every=3), exponential_decay(1.0, math.log(2) / 3)
    assert table(staircase, [0, 3, 6, 9]) == pytest.approx(table(curve, [0, 3, 6, 9]))
    assert all(staircase(t) > curve(t) for t in (1, 2, 4, 5, 7, 8))


def test_exponential_decay_is_pytorchs_exponentiallr_with_k_minus_ln_r():
    expected = [0.1 * 0.9**t for t in EIGHT]
    assert table(exponential_decay(0.1, -math.log(0.9))) == pytest.approx(expected, rel=1e-14)


def test_inverse_time_decay_of_one_half():
    assert table(inverse_time_decay(1.0, 0.5)) == pytest.approx([2 / (2 + t) for t in EIGHT])


def test_one_over_t_ends_above_the_exponential_with_the_same_first_slope():
    slow, fast = inverse_time_decay(1.0, 0.5), exponential_decay(1.0, 0.5)
    assert all(slow(t) > fast(t) for t in range(1, 30))


def test_piecewise_has_pytorchs_boundary_or_keras():
    values, boundaries = [1.0, 0.1, 0.01], [3, 5]
    pytorch = [1, 1, 1, 0.1, 0.1, 0.01, 0.01, 0.01]
    keras = [1, 1, 1, 1, 0.1, 0.1, 0.01, 0.01]
    assert table(piecewise(values, boundaries)) == pytorch
    assert table(piecewise(values, boundaries, inclusive=True)) == keras


def test_step_decay_is_a_piecewise_schedule():
    same = piecewise([1.0, 0.5, 0.25], [3, 6])
    assert table(same) == table(step_decay(1.0, 0.5, every=3))


def test_piecewise_without_boundaries_is_constant():
    assert table(piecewise([0.3], [])) == table(constant(0.3)) == [0.3] * 8


def test_warmup_is_a_straight_ramp_that_never_starts_at_zero():
    expected = np.interp(EIGHT, [-1, 4], [0, 0.2])
    assert table(warmup(0.2, n_steps=5)) == pytest.approx(expected.tolist(), rel=1e-14)


def test_warmup_multiplies_the_schedule_it_warms_up():
    decay = inverse_time_decay(1.0, 1.0)
    assert table(warmup(decay, 2), range(4)) == [0.5, 0.5, 1 / 3, 0.25]


def test_cosine_falls_from_gamma0_through_half_of_it_to_zero_and_stays():
    gamma = cosine(0.8, n_steps=6)
    assert table(gamma, [0, 2, 3, 4, 6]) == pytest.approx([0.8, 0.6, 0.4, 0.2, 0.0])
    assert gamma(7) == gamma(600) == gamma(6)


def test_a_number_stands_for_the_schedule_that_never_changes():
    assert table(as_schedule(0.25)) == [0.25] * 8


def test_a_schedule_stands_for_itself():
    gamma = cosine(1.0, 5)
    assert as_schedule(gamma) is gamma


@pytest.mark.parametrize(
    "gamma",
    [
        constant(np.float64(1)),
        constant(1),
        step_decay(np.float64(1), np.float32(0.5)),
        exponential_decay(np.float64(1), np.float64(1)),
        inverse_time_decay(1, 0),
        piecewise(np.array([1, 0.5]), np.array([3])),
        warmup(lambda t: np.float64(t + 1), 3),
        cosine(np.float64(1), 3),
        ManualSchedule(np.float64(1)),
    ],
)
def test_rates_are_python_floats_which_leave_float32_alone(gamma):
    assert type(gamma(2)) is float


def test_the_babysitters_log_holds_each_change_of_the_rate_in_use():
    knob = ManualSchedule(1.0)
    used = [knob(0), knob(1)]
    knob.set(0.7)
    knob.set(0.5)  # 0.7 was never used
    used += [knob(2), knob(3)]
    knob.set(2.0)
    used += [knob(4)]
    assert used == [1.0, 1.0, 0.5, 0.5, 2.0]
    assert knob.log == [(0, 1.0), (2, 0.5), (4, 2.0)]
    assert knob.gamma == 2.0


def test_the_babysitters_log_replays_as_a_schedule():
    knob, rng = ManualSchedule(1.0), np.random.default_rng(0)
    used = []
    for t in range(50):
        if rng.random() < 0.3:
            knob.set(rng.uniform(0.1, 1))
        used.append(knob(t))
    replay = knob.replay()
    knob.set(9.0)  # does not reach the replay
    assert table(replay, range(50)) == used
    assert len(set(used)) > 5


def test_a_run_that_starts_again_rewrites_the_log_from_there():
    knob = ManualSchedule(1.0)
    knob(0)
    knob.set(0.5)
    knob(5)
    knob(3)
    assert knob.log == [(0, 1.0), (3, 0.5)]
    knob(0)
    assert knob.log == [(0, 0.5)]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: constant(0), "gamma0 is 0, expected a number > 0"),
        (lambda: step_decay(-1.0), "gamma0 is -1.0, expected a number > 0"),
        (lambda: step_decay(1.0, factor=2), "to halve the rate write 0.5"),
        (lambda: step_decay(1.0, every=0), "every is 0, expected a whole number ≥ 1"),
        (lambda: exponential_decay(1.0, -0.1), "k is -0.1, expected a number ≥ 0"),
        (lambda: inverse_time_decay(float("nan"), 1), "gamma0 is nan"),
        (lambda: inverse_time_decay(1.0, -1), "k is -1, expected a number ≥ 0"),
        (lambda: piecewise([1.0, 0.5], [3, 5]), r"values has shape \(2,\), expected \(3,\)"),
        (lambda: piecewise([1.0, -0.5], [3]), "a rate in values is -0.5"),
        (lambda: piecewise([3, 2, 1], [5, 5]), r"boundaries is \[5.0, 5.0\], expected increasing"),
        (lambda: warmup(1.0, 0), "n_steps is 0"),
        (lambda: warmup("slow", 3), "gamma is 'slow', expected a number > 0: the learning rate"),
        (lambda: cosine(1.0, 2.5), "n_steps is 2.5, expected a whole number"),
        (lambda: cosine(-1.0, 2), "gamma0 is -1.0"),
        (lambda: as_schedule(0.0), "gamma is 0.0, expected a number > 0"),
        (lambda: as_schedule([0.1]), "a function of the step t"),
        (lambda: ManualSchedule(0), "gamma is 0, expected a number > 0"),
        (lambda: ManualSchedule(1).set(-1), "gamma is -1, expected a number > 0"),
        (lambda: ManualSchedule(1).replay(), "the log is empty.*train with it first"),
    ],
)
def test_what_is_no_schedule_is_refused_in_one_line(call, message):
    with pytest.raises(ValueError, match=message) as error:
        call()
    assert "\n" not in str(error.value)

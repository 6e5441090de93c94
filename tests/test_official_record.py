"""The recorded file: it is what the problem says, it tells the defaults, and it is guarded."""

import copy
import inspect

import numpy as np
import pytest
from official import record
from official.problem import (
    N_STEPS,
    RECORDED,
    SCALES,
    W0,
    differences,
    gradient,
    parting_step,
    rate_factor,
    read,
    write,
)
from official.rows import FAST

import mlcourse_utils.optimizers as ours


@pytest.fixture
def recorded():
    return read()


@pytest.fixture
def rerun(monkeypatch, recorded):
    """As if the libraries were here and did once more what is recorded; may be altered."""
    new = copy.deepcopy(recorded)
    monkeypatch.setattr(record, "record_here", lambda: new)
    return new


def test_what_is_recorded_of_plain_descent_gives_the_problem_back(recorded):
    for scale in SCALES:
        ws = recorded["trajectories"]["torch SGD"][str(scale)]
        for t in range(1, N_STEPS + 1):
            step = FAST * rate_factor(t) * gradient(ws[t - 1], t, scale)
            np.testing.assert_allclose(ws[t - 1] - ws[t], step, rtol=0, atol=1e-15)


def test_the_problem_has_a_zero_gradient_a_late_parameter_and_changing_rates():
    assert not gradient(W0, 7, 1.0).any()
    assert [gradient(W0, t, 1.0)[2] != 0 for t in (1, 2, 3, 4)] == [False, False, False, True]
    assert [rate_factor(t) for t in (10, 11, 20, 21)] == [1, 0.25, 0.25, 0.5]
    np.testing.assert_allclose(gradient(W0, 5, 1e-3), 1e-3 * gradient(W0, 5, 1.0))


def test_the_same_numbers_again_are_no_difference(rerun, capsys):
    rerun["trajectories"]["keras Adam"]["1.0"] *= 1 + 1e-15
    assert record.compare(RECORDED) == 0
    assert "agree" in capsys.readouterr().out


def test_a_number_altered_in_the_eighth_digit_fails_and_is_named(rerun, recorded, tmp_path, capsys):
    altered = tmp_path / "trajectories.json"
    recorded["trajectories"]["keras Adam"]["0.001"][12, 1] *= 1 + 1e-8
    write(recorded, altered)
    assert record.compare(altered) == 1
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("keras Adam, gradients × 0.001: parts at step 12, ")


def test_another_version_is_named_beside_the_difference(rerun, capsys):
    rerun["versions"]["keras"] = "9.9"
    assert record.compare(RECORDED) == 0
    rerun["trajectories"]["keras SGD"]["1.0"][-1] += 1e-6
    assert record.compare(RECORDED) == 1
    assert "keras is 9.9 here, 3.15.1 was recorded" in capsys.readouterr().out


def test_nan_where_a_number_was_is_a_difference(rerun, recorded):
    rerun["trajectories"]["keras SGD"]["1.0"][3] = np.nan
    assert len(differences(rerun, recorded)) == 1


def test_a_new_row_or_another_default_is_a_difference(rerun, recorded):
    rerun["trajectories"]["keras Lion"] = {"1.0": rerun["trajectories"]["keras SGD"]["1.0"]}
    rerun["defaults"]["keras Adam"]["epsilon"] = 1e-8
    first, second = differences(rerun, recorded)
    assert first == "keras Lion, gradients × 1.0: not recorded yet"
    assert second.startswith("keras Adam: its default arguments were {")


def test_comparing_nothing_is_no_success(rerun, capsys):
    rerun["trajectories"].clear()
    assert record.compare(RECORDED) == 1
    assert "pip install torch keras" in capsys.readouterr().out


def test_what_is_written_is_read_to_the_last_bit(recorded, tmp_path):
    write(recorded, tmp_path / "again.json")
    assert (tmp_path / "again.json").read_bytes() == RECORDED.read_bytes()
    assert RECORDED.stat().st_size < 500_000


def test_recording_keeps_the_rows_of_absent_libraries(rerun, recorded):
    del rerun["trajectories"]["optax adam"], rerun["versions"]["optax"]
    merged = record.merge(rerun)
    assert list(merged["trajectories"]) == list(recorded["trajectories"])
    assert merged["versions"] == recorded["versions"]


def test_the_first_of_several_partings_is_found():
    a = np.arange(12.0).reshape(4, 3)
    b = a.copy()
    b[2, 0] += 1e-3
    b[3, 1] += 1.0
    assert parting_step(a, a, 1e-10) is None
    assert (parting_step(a, b, 1e-10), parting_step(a, b, 1e-2)) == (2, 3)


RATES = {
    "torch SGD": 0.001,
    "keras SGD": 0.01,
    "keras 2.0.8 SGD": 0.01,
    "scikit-learn SGDOptimizer": 0.1,
    "torch Adagrad": 0.01,
    "keras Adagrad": 0.001,
    "keras 2.0.8 Adagrad": 0.01,
    "torch RMSprop": 0.01,
    "keras RMSprop": 0.001,
    "keras 2.0.8 RMSprop": 0.001,
    "torch NAdam": 0.002,
    "keras 2.0.8 Nadam": 0.002,
    "keras Nadam": 0.001,
}


@pytest.mark.parametrize("rule", RATES)
def test_the_default_rate_is_the_one_the_course_names(rule, recorded):
    defaults = recorded["defaults"][rule]
    (rate,) = (
        value
        for name, value in defaults.items()
        if name.startswith(("lr", "learning")) and name != "lr_decay"
    )
    assert rate == RATES[rule]


# The libraries' names for what has one name here.
NAMES = {
    "eps": "epsilon",
    "alpha": "rho",
    "initial_accumulator_value": "G0",
    "beta_1": "beta1",
    "beta_2": "beta2",
    "b1": "beta1",
    "b2": "beta2",
    "schedule_decay": "momentum_decay",
    "use_nesterov": "nesterov",
}
RMS_DECAY = {"decay": "rho"}
DEFAULTS = [
    ("torch SGD", ours.torch_sgd, {}),
    ("torch Adagrad", ours.torch_adagrad, {}),
    ("torch RMSprop", ours.torch_rmsprop, {}),
    ("torch Adam", ours.torch_adam, {}),
    ("torch NAdam", ours.torch_nadam, {}),
    ("keras SGD", ours.keras_sgd, {}),
    ("keras Adagrad", ours.keras_adagrad, {}),
    ("keras RMSprop", ours.keras_rmsprop, {}),
    ("keras Adam", ours.keras_adam, {}),
    ("keras Nadam", ours.keras_nadam, {}),
    ("keras 2.0.8 SGD", ours.keras_sgd, {}),
    ("keras 2.0.8 Adagrad", ours.keras2_adagrad, {}),
    ("keras 2.0.8 RMSprop", ours.keras2_rmsprop, {}),
    ("keras 2.0.8 Nadam", ours.torch_nadam, {}),
    ("tf1 AdagradOptimizer", ours.tf1_adagrad, {}),
    ("tf1 RMSPropOptimizer", ours.tf1_rmsprop, RMS_DECAY),
    ("tf_keras legacy Adam", ours.keras_adam, {}),
    ("optax adagrad", ours.keras_adagrad, {}),
    ("optax rmsprop", ours.optax_rmsprop, RMS_DECAY),
    ("optax adam", ours.torch_adam, {}),
    ("optax nadam", ours.optax_nadam, {}),
]


@pytest.mark.parametrize(("rule", "function", "extra"), DEFAULTS, ids=[row[0] for row in DEFAULTS])
def test_our_default_arguments_are_the_librarys(rule, function, extra, recorded):
    theirs = dict(recorded["defaults"][rule])
    if "betas" in theirs:
        theirs["beta1"], theirs["beta2"] = theirs.pop("betas")
    theirs = {(NAMES | extra).get(name, name): value or 0 for name, value in theirs.items()}
    mine = {name: p.default for name, p in inspect.signature(function).parameters.items()}
    shared = mine.keys() & theirs.keys()
    assert {name: mine[name] for name in shared} == {name: theirs[name] for name in shared}
    assert shared


def test_legacy_nadam_has_keras_3s_rate_and_epsilon_not_those_of_2_0_8(recorded):
    legacy = recorded["defaults"]["tf_keras legacy Nadam"]
    assert (legacy["learning_rate"], legacy["epsilon"]) == (0.001, 1e-7)

"""The tests of ps6-momentum let every right answer pass and name every known mistake."""

from pathlib import Path

import pytest
from notebook_exec import graded_cells, run

from autograder.questions.ps6_momentum import QUESTIONS

NOTEBOOK = Path(__file__).parents[1] / "source" / "ps6-momentum" / "ps6-momentum.ipynb"
RIGHT = [(q, code) for q in QUESTIONS for code in q.right]
WRONG = [(q, m) for q in QUESTIONS for m in q.misconceptions]


def test_the_solutions_pass_every_cell_and_every_try_it_runs(capsys):
    outcomes = run(NOTEBOOK, tries=True, seconds=30)
    assert outcomes
    assert not any(outcomes.values()), outcomes
    steps, apart = capsys.readouterr().out.splitlines()[-2:]
    assert int(steps) == 48
    assert float(apart) < 1e-15


def test_every_graded_cell_fails_on_the_untouched_stub():
    for name, error in run(NOTEBOOK, untouched=True).items():
        assert isinstance(error, NotImplementedError), name


def test_hidden_tests_ask_more_than_the_visible_ones():
    """A step that knows only the example earns the visible points and no others."""
    code = """
def momentum_step(w, v, grad, gamma, eta):
    return np.where(np.abs(w) > 0, w - 3.0, w), np.full(len(w), 3.0)
"""
    visible = run(NOTEBOOK, {"momentum-step": code}, visible_only=True)
    full = run(NOTEBOOK, {"momentum-step": code})
    assert visible["test-momentum-by-hand"] is None
    assert visible["test-momentum-fifty-steps"] is None
    assert "right until step 0" in str(full["test-momentum-fifty-steps"])


def test_every_question_has_five_right_answers_and_graded_cells():
    for question in QUESTIONS:
        assert len(question.right) >= 5, question.name
        assert len(graded_cells(NOTEBOOK, question.cell)) >= 2, question.name


def test_no_mistake_is_a_right_answer_in_disguise():
    for question, mistake in WRONG:
        assert mistake.code not in question.right, mistake.name


@pytest.mark.parametrize(
    ("question", "code"), RIGHT, ids=[f"{q.name}-{q.right.index(code)}" for q, code in RIGHT]
)
def test_a_right_answer_passes_however_it_is_written(question, code):
    failed = {name: error for name, error in run(NOTEBOOK, {question.cell: code}).items() if error}
    assert not failed


@pytest.mark.parametrize(
    ("question", "mistake"), WRONG, ids=[f"{q.name}-{m.name}" for q, m in WRONG]
)
def test_a_known_mistake_loses_points_and_is_named(question, mistake):
    outcomes = run(NOTEBOOK, {question.cell: mistake.code})
    said = [str(outcomes[name]) for name in graded_cells(NOTEBOOK, question.cell)]
    assert any(mistake.hint in message for message in said), said


@pytest.mark.parametrize(
    ("question", "mistake"), WRONG, ids=[f"{q.name}-{m.name}" for q, m in WRONG]
)
def test_a_mistake_costs_points_in_its_own_question_only(question, mistake):
    outcomes = run(NOTEBOOK, {question.cell: mistake.code})
    own = graded_cells(NOTEBOOK, question.cell)
    assert not {name: error for name, error in outcomes.items() if error and name not in own}

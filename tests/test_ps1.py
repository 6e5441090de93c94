"""The tests of ps1-perceptron let every right answer pass and name every known mistake."""

from pathlib import Path

import pytest
from notebook_exec import graded_cells, run

from autograder.questions.ps1_perceptron import QUESTIONS

NOTEBOOK = Path(__file__).parents[1] / "source" / "ps1-perceptron" / "ps1-perceptron.ipynb"
RIGHT = [(q, code) for q in QUESTIONS for code in q.right]
WRONG = [(q, m) for q in QUESTIONS for m in q.misconceptions]


def test_the_solutions_pass_every_cell_and_every_try_it_runs(capsys):
    outcomes = run(NOTEBOOK, tries=True, seconds=30)
    assert outcomes
    assert not any(outcomes.values()), outcomes
    assert "(R/γ)² =" in capsys.readouterr().out


def test_every_graded_cell_fails_on_the_untouched_stub():
    for name, error in run(NOTEBOOK, untouched=True).items():
        assert isinstance(error, NotImplementedError), name


def test_every_question_has_five_right_answers_and_graded_cells():
    for question in QUESTIONS:
        assert len(question.right) >= 5, question.name
        assert graded_cells(NOTEBOOK, question.cell), question.name


@pytest.mark.parametrize(
    ("question", "code"), RIGHT, ids=[f"{q.name}-{q.right.index(code)}" for q, code in RIGHT]
)
def test_a_right_answer_passes_however_it_is_written(question, code):
    failed = {name: error for name, error in run(NOTEBOOK, {question.cell: code}).items() if error}
    assert not failed


@pytest.mark.parametrize(
    ("question", "mistake"), WRONG, ids=[f"{q.name}-{m.name}" for q, m in WRONG]
)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_known_mistake_loses_points_and_is_named(question, mistake):
    outcomes = run(NOTEBOOK, {question.cell: mistake.code})
    said = [str(outcomes[name]) for name in graded_cells(NOTEBOOK, question.cell)]
    assert any(mistake.hint in message for message in said), said

"""Each assignment's tests let every right answer pass, and name every known mistake."""

import pytest
from conftest import ROOT
from notebook_exec import graded_cells, run

from autograder.demo import questions

NOTEBOOKS = {path.stem: path for path in sorted((ROOT / "source").glob("*/*.ipynb"))}
QUESTIONS = [(name, question) for name in NOTEBOOKS for question in questions(name)]
RIGHT = [
    pytest.param(name, q, code, id=f"{name}-{q.name}-{number}")
    for name, q in QUESTIONS
    for number, code in enumerate(q.right)
]
WRONG = [
    pytest.param(name, q, mistake, id=f"{name}-{q.name}-{mistake.name}")
    for name, q in QUESTIONS
    for mistake in q.misconceptions
]


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_the_solutions_pass_every_cell_and_every_try_it_runs(name):
    outcomes = run(NOTEBOOKS[name], tries=True, seconds=30)
    assert outcomes
    assert not any(outcomes.values()), outcomes


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_every_graded_cell_fails_on_the_untouched_stub(name):
    for cell, error in run(NOTEBOOKS[name], untouched=True).items():
        assert isinstance(error, NotImplementedError), cell


@pytest.mark.parametrize(("name", "question"), QUESTIONS)
def test_a_question_has_five_right_answers_mistakes_and_graded_cells(name, question):
    assert len(question.right) >= 5
    assert len(question.misconceptions) >= 3
    assert len(graded_cells(NOTEBOOKS[name], question.cell)) >= 2
    assert not {m.code for m in question.misconceptions} & set(question.right)


@pytest.mark.parametrize(("name", "question", "code"), RIGHT)
def test_a_right_answer_passes_however_it_is_written(name, question, code):
    outcomes = run(NOTEBOOKS[name], {question.cell: code})
    assert not {cell: error for cell, error in outcomes.items() if error}


@pytest.mark.parametrize(("name", "question", "mistake"), WRONG)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_known_mistake_costs_points_in_its_question_only_and_is_named(name, question, mistake):
    outcomes = run(NOTEBOOKS[name], {question.cell: mistake.code})
    own = graded_cells(NOTEBOOKS[name], question.cell)
    said = [str(outcomes[cell]) for cell in own]
    assert any(mistake.hint in message for message in said), said
    assert not {cell: error for cell, error in outcomes.items() if error and cell not in own}


def test_ps6_try_it_cells_print_the_numbers_of_the_lecture(capsys):
    run(NOTEBOOKS["ps6-momentum"], tries=True, seconds=30)
    steps, apart = capsys.readouterr().out.splitlines()[-2:]
    assert int(steps) == 48
    assert float(apart) < 1e-15


def test_hidden_tests_ask_more_than_the_visible_ones():
    """A step that knows only the example earns the visible points and no others."""
    code = """
def momentum_step(w, v, grad, gamma, eta):
    return np.where(np.abs(w) > 0, w - 3.0, w), np.full(len(w), 3.0)
"""
    visible = run(NOTEBOOKS["ps6-momentum"], {"momentum-step": code}, visible_only=True)
    full = run(NOTEBOOKS["ps6-momentum"], {"momentum-step": code})
    assert visible["test-momentum-by-hand"] is None
    assert visible["test-momentum-fifty-steps"] is None
    assert "right until step 0" in str(full["test-momentum-fifty-steps"])

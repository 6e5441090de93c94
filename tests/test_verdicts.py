"""Graded cells give the same verdict in a student's kernel and in the examiner."""

import pytest
from notebook_exec import run
from test_assignments import NOTEBOOKS, QUESTIONS

pytestmark = pytest.mark.xdist_group("verdicts")


@pytest.mark.parametrize(("name", "question"), QUESTIONS, ids=lambda q: getattr(q, "cell", q))
def test_right_and_wrong_answers_get_the_same_verdict_both_ways(name, question, examinations):
    exam = examinations(name)
    answers = [*question.right, *(mistake.code for mistake in question.misconceptions)]
    for code in answers:
        nb = exam.notebook(**{question.cell: code})
        nb.cells = [cell for cell in nb.cells if not cell.id.startswith("try-")]
        got = exam.sit(nb).cells
        for cell, error in run(NOTEBOOKS[name], {question.cell: code}).items():
            if not agree(got[cell], error):
                # As the examiner runs it: what a test leaves behind reaches its neighbours only.
                error = run(NOTEBOOKS[name], {question.cell: code}, only=cell)[cell]
            assert agree(got[cell], error), (code, cell, got[cell].message, error)


def agree(got, error):
    """Whether the examiner says what a plain run says: the same verdict, in the same words."""
    passed = got.points == got.max_points
    told = isinstance(error, AssertionError)
    return passed == (error is None) and (not told or got.message.startswith(str(error)))

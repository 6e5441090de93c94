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
            passed = got[cell].points == got[cell].max_points
            if passed != (error is None):
                # Alone, as the examiner runs it: what a test leaves behind reaches no other.
                error = run(NOTEBOOKS[name], {question.cell: code}, only=cell)[cell]
            assert passed == (error is None), (code, cell, got[cell].message, error)
            if isinstance(error, AssertionError):
                assert got[cell].message.startswith(str(error)), code

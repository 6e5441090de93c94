"""The examiner: the same verdicts as in the student's own kernel, and no others."""

import nbformat
import pytest
from conftest import DOUBLE, cell, notebook
from examining import Examination

from autograder.course import Course, UserError, build, write_release
from autograder.desk import lay_out
from autograder.exam import MAX_TESTS

pytestmark = pytest.mark.xdist_group("examiner")


def test_right_wrong_and_untouched(examinations):
    hw = examinations("hw")
    assert hw.office.complaints == []
    assert hw.sit(hw.notebook()).points == 9
    wrong = hw.sit(hw.notebook(double="def double(x):\n    return x + 2"))
    assert wrong.points == 6
    assert wrong.cells["double-hidden"].message == "3 gives 6"
    assert hw.sit(hw.release).points == 0


def course_of(n_tests, root):
    """A course with one notebook that has so many test cells."""
    tests = [cell(f"t{n}", f"assert double({n}) == {2 * n}", points=1) for n in range(n_tests)]
    (root / "source" / "hw").mkdir(parents=True)
    nb = notebook(cell("double", DOUBLE, solution=True), *tests)
    nbformat.write(nb, root / "source" / "hw" / "hw.ipynb")
    course = Course(root)
    fresh = build(course, "hw")
    write_release(course, fresh, list(fresh))
    return course


def test_a_notebook_has_as_many_tests_as_there_can_be_snapshots_at_once(tmp_path):
    hw = Examination(course_of(MAX_TESTS, tmp_path / "course"), "hw", tmp_path)
    assert hw.sit(hw.notebook()).points == MAX_TESTS
    hw.office.close()


def test_more_tests_are_refused_in_one_line(tmp_path):
    course = course_of(MAX_TESTS + 1, tmp_path / "course")
    with pytest.raises(UserError, match=r"hw has 251 autograded test cells, expected at most 250"):
        lay_out(course, "hw")

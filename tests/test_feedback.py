"""What a student reads in the end: nbgrader's own feedback pages of what the examiner graded."""

import html
import re
import subprocess
import sys

import nbformat
import pytest
from conftest import cell, notebook
from nbgrader.api import Gradebook

from autograder import engine
from autograder.course import Course, build, write_release
from autograder.demo import solutions, solved
from autograder.submission import read_notebook

pytestmark = pytest.mark.xdist_group("front")

GIVE = """### BEGIN SOLUTION
canary_in_the_solution = 2
def give(x):
    return canary_in_the_solution * x
### END SOLUTION"""
SHOWN = (
    '"""Twice three, in the open."""\nassert give(3) == 6, f"give(3): got {give(3)}, expected 6"'
)
HIDDEN = '''"""Twice a large number."""
### BEGIN HIDDEN TESTS
canary_in_the_test = 4242
got = give(canary_in_the_test)
assert got == 8484, f"got {got}, expected twice as much"
### END HIDDEN TESTS'''
CRASHES = 'def give(x):\n    raise ValueError(f"canary-given {x}")'
TALKS = 'def give(x):\n    print("heard:", x)\n    return 2 * x'


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course whose secrets are canaries, graded, with nbgrader's feedback made of it."""
    root = tmp_path_factory.mktemp("feedback")
    (root / "source" / "hw").mkdir(parents=True)
    nb = notebook(
        cell("give", GIVE, solution=True),
        cell("shown", SHOWN, points=1),
        cell("secret", HIDDEN, points=2),
    )
    nbformat.write(nb, root / "source" / "hw" / "hw.ipynb")
    course = Course(root)
    fresh = build(course, "hw")
    write_release(course, fresh, list(fresh))
    hand_in(course, "right", "def give(x):\n    return x + x")
    hand_in(course, "wrong", "def give(x):\n    return x + 4")
    hand_in(course, "crashes", CRASHES)
    hand_in(course, "talks", TALKS)
    forged = hand_in(course, "forges", "def give(x):\n    return 6")
    nb = read_notebook(forged)
    next(c for c in nb.cells if c.id == "secret").source = "assert True"
    nbformat.write(nb, forged)
    graded = engine.grade(course, "hw", course.submissions("hw"))
    assert not [g.problem for g in graded if g.problem]
    with Gradebook(course.directory.db_url) as gradebook:
        gradebook.find_comment("give", "hw", "hw", "right").manual_comment = "canary-in-gradebook"
        gradebook.db.commit()
    command = [sys.executable, "-m", "nbgrader", "generate_feedback", "hw"]
    subprocess.run(command, cwd=root, capture_output=True, check=True)
    return course


def hand_in(course, student, give=None):
    release = read_notebook(course.path("release", "hw") / "hw.ipynb")
    answers = solutions(course, "hw") | ({"give": give} if give else {})
    path = course.path("submitted", "hw", student) / "hw.ipynb"
    path.parent.mkdir(parents=True)
    nbformat.write(solved(release, answers), path)
    return path


def page(course, student):
    """The text of a student's feedback page."""
    source = (course.root / "feedback" / student / "hw" / "hw.html").read_text()
    return html.unescape(re.sub(r"<[^>]+>", "", source.partition("<body")[2]))


def test_a_student_reads_points_and_what_was_tested_got_and_expected(course):
    read = page(course, "wrong")
    assert "(Score: 0.0 / 3.0)" in read
    assert "Score: 0.0 / 1.0" in read
    assert "Score: 0.0 / 2.0" in read
    assert "Twice three, in the open." in read
    assert "AssertionError: give(3): got 7, expected 6" in read
    assert "Twice a large number." in read
    assert "AssertionError: got 4246, expected twice as much" in read
    assert "(Score: 3.0 / 3.0)" in page(course, "right")


def test_what_a_function_prints_is_read_where_the_test_is(course):
    read = page(course, "talks")
    assert "(Score: 3.0 / 3.0)" in read
    assert read.count("heard: 3") == 1  # the call of the visible test
    assert "heard: 4242" not in read


def test_a_tampered_cell_is_named_once(course):
    read = page(course, "forges")
    assert read.count("From the grader") == 1
    assert read.count("secret had been changed: the original was used") == 1
    assert "(Score: 1.0 / 3.0)" in read
    assert not any("From the grader" in page(course, s) for s in ("right", "wrong", "crashes"))


def test_no_canary_is_in_what_students_get(course):
    for folder in ("feedback", "release"):
        for path in (course.root / folder).rglob("*"):
            said = path.read_text(errors="replace") if path.is_file() else ""
            assert "canary_in" not in said, path
            assert "canary-in-gradebook" not in said or "right" in path.parts, path
    read = page(course, "crashes")
    assert "canary-given 3" in read
    assert "4242" not in read

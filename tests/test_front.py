"""`nbgrader autograde`, unmodified, in a course whose configuration names the examiner."""

import os
import shutil
import subprocess
import sys

import nbformat
import pytest
from classroom import book, copy_of, fill, processes_of, set_due_date, soon
from conftest import submit
from nbgrader.api import Gradebook

from autograder import engine
from autograder.course import Course
from autograder.scratch import scratch_folder

pytestmark = pytest.mark.xdist_group("front")

PLUGIN = """
from nbgrader.plugins import BasePlugin

class OnePointAnHour(BasePlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return total_seconds_late / 3600
"""


@pytest.fixture(scope="module")
def classroom(foreign_course, tmp_path_factory):
    """The class with a due date and a penalty of one point an hour; nothing is graded."""
    folder = tmp_path_factory.mktemp("front")
    shutil.copytree(foreign_course, folder / "course")
    course = fill(Course(folder / "course"))
    for gone in ("text", "picture"):
        shutil.rmtree(course.path("submitted", "hw", gone))
    (folder / "penalties.py").write_text(PLUGIN)
    config = (course.root / "nbgrader_config.py").read_text()
    config += "c.AssignLatePenalties.plugin_class = 'penalties.OnePointAnHour'\n"
    with scratch_folder(course.root) as scratch:
        engine.register(course, "hw", scratch / "registered")
    set_due_date(course)
    (course.root / "nbgrader_config.py").write_text(config)
    return course


def another(classroom, folder):
    """The same class, its configuration with it."""
    course = copy_of(classroom, folder)
    config = (classroom.root / "nbgrader_config.py").read_text()
    there = config.replace(str(classroom.root), str(folder))
    (folder / "nbgrader_config.py").write_text(there)
    return course


def run(course, plugin, *command):
    found = os.pathsep.join([str(plugin), os.environ.get("PYTHONPATH", "")])
    process = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=course.root,
        env={**os.environ, "PYTHONPATH": found, "BELONGS_TO": str(course.root)},
        capture_output=True,
        text=True,
    )
    assert process.returncode == 0, process.stdout + process.stderr


def ours(course, plugin, *options):
    run(course, plugin, "autograder", "grade", "hw", *options)


def nbgraders(course, plugin):
    run(course, plugin, "nbgrader", "autograde", "hw", "--force")


def executed(course):
    """The cells of all executed notebooks: which, and what they show."""
    found = {}
    for path in sorted(course.root.glob("autograded/*/hw/hw.ipynb")):
        cells = nbformat.read(path, as_version=4).cells
        found[path.parts[-3]] = [(c.id, c.source, c.get("outputs")) for c in cells]
    return found


def mark_by_hand(course):
    with Gradebook(course.directory.db_url) as gradebook:
        written = gradebook.find_grade("explain", "hw", "hw", "ada")
        written.manual_score, written.extra_credit = 0.5, 0.25
        gradebook.find_grade("double-shown", "hw", "hw", "bob").manual_score = 1
        gradebook.find_comment("explain", "hw", "hw", "ada").manual_comment = "nearly"
        gradebook.db.commit()


def test_nbgrader_s_own_command_grades_as_ours_does_and_again(classroom, tmp_path):
    plugin = classroom.root.parent
    mine = another(classroom, tmp_path / "mine")
    theirs = another(classroom, tmp_path / "theirs")
    ours(mine, plugin)
    nbgraders(theirs, plugin)
    assert book(mine) == book(theirs)
    assert len(book(theirs)["rows"]) == 10
    assert book(theirs)["rows"]["late"]["hw"][0] == 2
    assert executed(mine) == executed(theirs)

    for course in (mine, theirs):
        mark_by_hand(course)
    submit(mine, "bob", double="raise NotImplementedError")
    submit(theirs, "bob", double="raise NotImplementedError")
    ours(mine, plugin, "--force")
    nbgraders(theirs, plugin)
    rows = book(theirs)["rows"]
    assert book(mine)["rows"] == rows
    assert rows["ada"]["score"] == 9.75
    assert rows["ada"]["hw", "explain", "comment"] == (None, "nearly")
    assert rows["bob"]["hw", "double-shown"] == (0, 1, None, True)
    assert rows["late"]["hw"][0] == 2
    assert executed(mine) == executed(theirs)
    assert engine.pending(theirs, "hw") == engine.pending(mine, "hw") == []
    assert soon(lambda: not processes_of(theirs)), processes_of(theirs)

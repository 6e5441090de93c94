"""The examiner as a preprocessor: `nbgrader autograde` and formgrader's button grade with it.

In nbgrader_config.py, in place of nbgrader's own lists (see this course's):

    c.Autograde.sanitize_preprocessors = ["autograder.preprocessor.Plain"]
    c.Autograde.autograde_preprocessors = [
        "autograder.preprocessor.Examine",
        "nbgrader.preprocessors.SaveAutoGrades",
        "nbgrader.preprocessors.AssignLatePenalties",
    ]
"""

import atexit
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Dict, Enum, Float

from autograder.clerk import Clerk
from autograder.course import Course
from autograder.desk import Desk, lay_out
from autograder.office import Rules
from autograder.scratch import scratch_folder
from autograder.submission import Submission, read_submission


class Plain(NbGraderPreprocessor):
    """Leaves a submission as it is: the examiner brings it back to the exam's form itself."""

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        """Return both unchanged."""
        return nb, resources


class Examine(NbGraderPreprocessor):
    """Runs the student's cells in a sandboxed candidate and the tests in an examiner."""

    timeout = Float(30, help="seconds that a cell may run, and that a test may take").tag(
        config=True
    )
    isolation = Enum(
        ["full", "process"],
        "full",
        help="process: grade even where no sandbox can be had; full: refuse",
    ).tag(config=True)

    withhold = Dict(
        help="assignment → modules that its candidates can neither import nor read"
    ).tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        """Return the notebook with the outcomes as its test cells' outputs."""
        what = resources["nbgrader"]
        course = Course(self._converter().coursedir.root)
        desk, clerk = clerk_of(course, what["assignment"], Rules(self.timeout, self.isolation))
        beside = read_submission(what["student"], Path(resources["metadata"]["path"]))
        files = {**beside.files, f"{what['notebook']}.ipynb": nbformat.writes(nb).encode()}
        result = clerk.grade(desk, Submission(what["student"], files))
        for complaint in result.complaints:
            self.log.warning(complaint)
        if result.problem:
            raise RuntimeError(result.problem)
        return result.notebooks[what["notebook"]], resources

    def _converter(self) -> Any:
        above = self.parent
        while above is not None and not hasattr(above, "coursedir"):
            above = above.parent
        if above is None:
            raise RuntimeError("Examine works as one of nbgrader's Autograde preprocessors only")
        return above


_clerks: dict[tuple, tuple[Desk, Clerk]] = {}
_folders = ExitStack()


def clerk_of(course: Course, assignment: str, rules: Rules) -> tuple[Desk, Clerk]:
    """The clerk for an assignment as source/ has it now; one stays for the next submission."""
    files = sorted(course.path("source", assignment).rglob("*"))
    config = course.root / "nbgrader_config.py"
    stamps = tuple((str(p), p.stat().st_mtime_ns) for p in [*files, config] if p.is_file())
    key = (str(course.root), assignment, rules, stamps)
    if key not in _clerks:
        close_all()
        folder = _folders.enter_context(scratch_folder(course.root))
        _clerks[key] = lay_out(course, assignment), Clerk(rules, course.root, folder)
    return _clerks[key]


@atexit.register
def close_all() -> None:
    """End the clerks and remove their folders."""
    while _clerks:
        _, (_, clerk) = _clerks.popitem()
        clerk.close()
    _folders.close()

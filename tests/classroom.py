"""A class whose notebooks show all that could differ between two runs, and what came of it."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep

from conftest import submit
from nbgrader.api import Gradebook

from autograder.course import Course

DUE = "2026-01-01 00:00:00 UTC"
CONFIG = """c = get_config()
c.CourseDirectory.db_url = {url!r}
c.LateSubmissionPlugin.penalty_method = "zero"
c.Autograde.sanitize_preprocessors = ["autograder.preprocessor.Plain"]
c.Autograde.autograde_preprocessors = [
    "autograder.preprocessor.Examine",
    "nbgrader.preprocessors.SaveAutoGrades",
    "nbgrader.preprocessors.AssignLatePenalties",
]
"""
RIGHT = "def double(x):\n    return 2 * x\n"
# What differs from process to process, unless somebody sees to it.
VARIED = {
    "address": f"{RIGHT}class Thing: pass\nprint(Thing(), double, lambda: 0)\nThing()",
    "sets": f"{RIGHT}print({{'a', 'b', 'c', 'd', 'e'}}, hash('a'))\n{{'x', 'y', 'z'}}",
    "place": f"{RIGHT}import os, tempfile\nprint(os.getcwd(), tempfile.gettempdir(), os.getpid())",
    "dice": f"{RIGHT}import random, numpy as np\n"
    "print(random.random(), np.random.rand(), np.random.default_rng().random())",
    "picture": f"{RIGHT}import matplotlib.pyplot as plt\n"
    "%config InlineBackend.figure_formats = ['png', 'svg']\nplt.plot([1, 3, 2])",
    "warns": f"{RIGHT}import warnings\nwarnings.warn('old')\n1 / 0",
    "late": f"{RIGHT}import numpy as np\nnp.random.default_rng(1).random((90, 90)) @ np.ones(90)",
}


def fill(course: Course, url: str = "") -> Course:
    """Hand in twelve submissions: right, wrong, late, broken and varied ones."""
    url = url or f"sqlite:///{course.root}/gradebook.db"
    (course.root / "nbgrader_config.py").write_text(CONFIG.format(url=url))
    submit(course, "ada", explain="I doubled it.")
    submit(course, "bob", double="def double(x):\n    return x + 2")
    submit(course, "cy", negate="raise NotImplementedError")
    submit(course, "dies", double="import os; os._exit(1)")
    (submit(course, "text") / "hw.ipynb").write_text("dear grader, see my e-mail")
    for student, double in VARIED.items():
        when = "2026-01-01 02:00:00 UTC" if student == "late" else "2025-12-31 02:00:00 UTC"
        submit(course, student, double=double, timestamp=when)
    return Course(course.root)


def copy_of(course: Course, to: Path) -> Course:
    """The same course elsewhere, with a gradebook of its own."""
    shutil.copytree(course.root, to, symlinks=True)
    url = f"sqlite:///{to}/gradebook.db"
    (to / "nbgrader_config.py").write_text(CONFIG.format(url=url))
    return Course(to)


def set_due_date(course: Course) -> None:
    with Gradebook(course.directory.db_url) as gradebook:
        gradebook.update_or_create_assignment("hw", duedate=DUE)


def book(course: Course) -> dict:
    """What the gradebook says, without the numbers that it gives its rows."""
    with Gradebook(course.directory.db_url) as gradebook:
        (assignment,) = gradebook.assignments
        cells = [
            (cell.name, getattr(cell, "max_score", None))
            for nb in assignment.notebooks
            for cell in [*nb.grade_cells, *nb.solution_cells, *nb.source_cells]
        ]
        rows = {s.student.id: _submission(s) for s in assignment.submissions}
        students = sorted(student.id for student in gradebook.students)
        return {"cells": sorted(cells, key=str), "rows": rows, "students": students}


def _submission(submission) -> dict:
    found = {"when": submission.timestamp, "score": submission.score}
    for nb in submission.notebooks:
        found[nb.name] = (nb.late_submission_penalty, nb.flagged, nb.score)
        for g in nb.grades:
            marks = (g.auto_score, g.manual_score, g.extra_credit, g.needs_manual_grade)
            found[nb.name, g.name] = marks
        for c in nb.comments:
            found[nb.name, c.name, "comment"] = (c.auto_comment, c.manual_comment)
    return dict(sorted(found.items(), key=str))


def files(course: Course) -> dict[str, str]:
    """Everything in autograded/, by path."""
    root = course.root / "autograded"
    return {
        str(path.relative_to(root)): path.read_text()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def outcome(course: Course) -> tuple[dict, dict]:
    return book(course), files(course)


def hash_of(course: Course) -> str:
    """One hash over the gradebook's content and all executed notebooks."""
    rows = book(course)
    rows["rows"] = sorted(rows["rows"].items())
    return hashlib.sha256(repr((rows, sorted(files(course).items()))).encode()).hexdigest()


def command(course: Course, *options: str) -> list[str]:
    here = ["--course", str(course.root)]
    return [sys.executable, "-m", "autograder", "grade", "hw", *here, *options]


def begin(course: Course, *options: str) -> subprocess.Popen:
    """`mlcourse grade hw` in a session of its own; its processes bear the course's name."""
    return subprocess.Popen(
        command(course, *options),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "BELONGS_TO": str(course.root)},
        start_new_session=True,
    )


def to_the_end(course: Course, *options: str) -> str:
    """Grade until it ends by itself; one submission, the text, cannot be graded."""
    process = begin(course, *options)
    said, _ = process.communicate(timeout=300)
    assert process.returncode == 1, said
    assert "text is not graded" in said, said
    assert "Traceback" not in said, said
    return said


def processes_of(course: Course) -> list[str]:
    """The processes that grade the course."""
    return processes_with(str(course.root))


def processes_with(word: str) -> list[str]:
    """The processes that have the word in their command or environment, as the kernel sees it."""
    found, name = [], word.encode()
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            known = (process / "cmdline").read_bytes(), (process / "environ").read_bytes()
            if process.name != str(os.getpid()) and any(name in text for text in known):
                found.append(f"{process.name}: {known[0][:300]!r}")
    return found


def soon(happens: Callable[[], bool], seconds: float = 20) -> bool:
    """Whether it happens within the time."""
    end = monotonic() + seconds
    while not (yes := happens()) and monotonic() < end:
        sleep(0.02)
    return yes

"""Grade many submissions: examiners in processes of their own, one writer to the gradebook.

Whatever happens while a submission is examined, the course directory sees only the finished
result: it is recorded here, one submission after the other in the order of their names, so that
grading can be interrupted or killed anywhere. What was recorded stays, what was not is graded
by the next run.
"""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import nbformat
from nbgrader.api import Gradebook

from autograder.course import Course, UserError, copy_course, generate
from autograder.desk import lay_out
from autograder.ledger import Ledger
from autograder.office import Result, Rules, with_precedents
from autograder.scratch import scratch_folder
from autograder.submission import Submission, read_submission
from autograder.workers import cluster, in_order, local


class Graded(NamedTuple):
    """A submission that is done with: recorded, or why it is not."""

    student: str
    problem: str = ""


def pending(course: Course, assignment: str) -> list[str]:
    """The students whose submission is not graded yet, or newer than its grade."""

    def newest(folder: Path) -> float:
        return max((p.stat().st_mtime for p in folder.glob("*") if p.is_file()), default=0.0)

    return [
        student
        for student in course.submissions(assignment)
        if not (graded := newest(course.path("autograded", assignment, student)))
        or newest(course.path("submitted", assignment, student)) > graded
    ]


def grade(
    course: Course,
    assignment: str,
    students: Sequence[str],
    *,
    workers: int = 1,
    scheduler: str | None = None,
    rules: Rules = Rules(),  # noqa: B008  (immutable)
) -> Iterator[Graded]:
    """Grade the students' submissions and record each; yield them as they are recorded.

    Parameters
    ----------
    workers : how many submissions are examined at the same time on this machine.
    scheduler : the address of a Dask scheduler whose workers examine instead.
    """
    with ExitStack() as stack:
        scratch = stack.enter_context(scratch_folder(course.root))
        released = register(course, assignment, scratch / "registered")
        desk = with_precedents(lay_out(course, assignment, released), course, rules, scratch)
        yield from (Graded("", complaint) for complaint in desk.complaints)
        if scheduler:
            examine, workers = stack.enter_context(cluster(desk, rules, scheduler))
        else:
            examine = stack.enter_context(local(desk, rules, course.root, scratch, workers))
        ledger = stack.enter_context(Ledger(course))
        taken: dict[str, Submission] = {}
        refused: list[Graded] = []

        def submissions() -> Iterator[Submission]:
            for student in students:
                try:
                    folder = course.path("submitted", assignment, student)
                    taken[student] = read_submission(student, folder)
                except (UserError, OSError) as problem:
                    refused.append(Graded(student, str(problem)))
                    continue
                yield taken[student]

        for result in in_order(examine, submissions(), workers):
            submission = taken.pop(result.student)
            if not result.problem:
                ledger.record(assignment, result.student, submission.when, result.notebooks)
                keep(course, assignment, submission, result, scratch)
            yield Graded(result.student, result.problem)
        yield from refused


def keep(
    course: Course, assignment: str, submission: Submission, result: Result, scratch: Path
) -> None:
    """Put the executed notebooks, beside what was handed in, into autograded/, in one move."""
    ready = scratch / "ready"
    shutil.rmtree(ready, ignore_errors=True)
    files = {**submission.files}
    for name, nb in result.notebooks.items():
        files[f"{name}.ipynb"] = (nbformat.writes(nb) + "\n").encode()
    for name, content in files.items():
        path = ready / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    target = course.path("autograded", assignment, result.student)
    shutil.rmtree(target, ignore_errors=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    os.replace(ready, target)


def register(course: Course, assignment: str, folder: Path) -> Course:
    """Write the assignment's cells and points into the gradebook, which is made if missing.

    A new gradebook appears only when it is complete: a first start that fails leaves none.
    Returns the copy of the course in `folder` in which nbgrader generated the release.
    """
    url, sqlite = course.directory.db_url, "sqlite:///"
    path = Path(url.removeprefix(sqlite)) if url.startswith(sqlite) else None
    copy = copy_course(course, assignment, folder)
    new = path is not None and not path.exists()
    copy.directory.db_url = f"{sqlite}{folder}/gradebook.db" if new else url
    if not new:
        with Gradebook(url):
            pass  # raises OperationalError, which nbgrader hides, if another program holds it
    generate(copy, assignment)
    if new:
        os.replace(folder / "gradebook.db", str(path))
    return copy

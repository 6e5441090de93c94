"""Grade many submissions: examiners in processes of their own, one writer to the gradebook.

Whatever happens while a submission is examined, the course directory sees only the finished
result: it is recorded here, one submission after the other in the order of their names, so that
grading can be interrupted or killed anywhere. What was recorded stays, what was not is graded
by the next run.

A result has two homes, the gradebook and autograded/, which no machine changes in one step. So
it is first laid down in .mlcourse/finished, in one move; whoever finds it there, this run or
the next one, records it (again, which changes nothing) and then moves it to autograded/.
"""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import nbformat

from autograder.course import Course, UserError, copy_course, generate
from autograder.desk import lay_out
from autograder.ledger import Ledger, complete
from autograder.office import Result, Rules
from autograder.scratch import lock, scratch_folder
from autograder.submission import Submission, read_submission
from autograder.workers import Grade, cluster, in_order, local


class Graded(NamedTuple):
    """A submission that is done with: recorded, or why it is not."""

    student: str
    problem: str = ""


def pending(course: Course, assignment: str) -> list[str]:
    """The students whose submission is not graded yet, or came after what was graded."""
    return [
        student
        for student in course.submissions(assignment)
        if finished(course, assignment, student).exists()
        or arrived(course.path("submitted", assignment, student))
        > taken(course.path("autograded", assignment, student))
    ]


def arrived(folder: Path) -> int:
    """When the last of the folder's files came there: no copy can set that back."""
    return max((p.stat().st_ctime_ns for p in folder.rglob("*") if p.is_file()), default=0)


def taken(folder: Path) -> int:
    """When the submission that was graded came; the graded files carry that time."""
    return max((p.stat().st_mtime_ns for p in folder.glob("*") if p.is_file()), default=-1)


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
        stack.enter_context(alone(course, assignment))
        if not scheduler:
            workers = max(1, min(workers, len(students)))
            hire = stack.enter_context(local(rules, course.root, scratch, workers))
        released = register(course, assignment, scratch / "registered")
        desk = lay_out(course, assignment, released)
        if scheduler:
            examine, workers = stack.enter_context(cluster(desk, rules, course.root, scheduler))
        else:
            examine = hire(desk)
        yield from record(course, assignment, students, examine, workers, scratch)


@contextmanager
def alone(course: Course, assignment: str) -> Iterator[None]:
    """One run at a time grades an assignment."""
    with ExitStack() as stack:
        try:
            stack.enter_context(lock(course.root / ".mlcourse" / f"{assignment}.lock"))
        except BlockingIOError:
            raise UserError(
                f"{assignment} is being graded by another process: wait until that is done"
            ) from None
        yield


def record(
    course: Course,
    assignment: str,
    students: Sequence[str],
    examine: Grade,
    workers: int,
    scratch: Path,
) -> Iterator[Graded]:
    """Have the submissions examined, some at a time, and record what comes of each."""
    came: dict[str, tuple[Submission, int]] = {}
    refused: list[Graded] = []
    with Ledger(course) as ledger:
        done = settle(course, assignment, ledger)
        yield from (Graded(student) for student in students if student in done)

        def submissions() -> Iterator[Submission]:
            for student in students:
                folder = course.path("submitted", assignment, student)
                if student in done:
                    continue
                try:
                    came[student] = read_submission(student, folder), arrived(folder)
                except (UserError, OSError) as problem:
                    refused.append(Graded(student, str(problem)))
                    continue
                yield came[student][0]

        complaints: tuple[str, ...] = ()
        for result in in_order(examine, submissions(), workers):
            if complaints != result.complaints:  # all examiners have the same ones
                complaints = result.complaints
                yield from (Graded("", complaint) for complaint in complaints)
            submission, when = came.pop(result.student)
            if not result.problem:
                lay_down(course, assignment, submission, result, scratch / "ready", when)
                ledger.record(assignment, result.student, submission.when, result.notebooks)
                put_away(course, assignment, result.student)
            yield Graded(result.student, result.problem)
        yield from refused


def finished(course: Course, assignment: str, student: str) -> Path:
    """Where a result lies until it is recorded and put away."""
    return course.root / ".mlcourse" / "finished" / assignment / student


def settle(course: Course, assignment: str, ledger: Ledger) -> set[str]:
    """Record what a killed run had finished and return whose it is.

    It is not if the assignment has changed since: then it is to be examined anew.
    """
    folder = finished(course, assignment, "x").parent
    changed = arrived(course.path("source", assignment))
    done = set()
    for found in sorted(folder.glob("*")):
        student = found.name
        executed = {
            name: nbformat.read(path, as_version=4)
            for name in course.notebooks(assignment)
            if (path := found / f"{name}.ipynb").exists()
        }
        ledger.record(assignment, student, read_submission(student, found).when, executed)
        newer = arrived(course.path("submitted", assignment, student)) > taken(found)
        if not newer and changed < found.stat().st_ctime_ns:
            done.add(student)
        put_away(course, assignment, student)
    return done


def lay_down(
    course: Course, assignment: str, submission: Submission, result: Result, ready: Path, when: int
) -> None:
    """Write the executed notebooks, beside what was handed in, as a result that is finished."""
    shutil.rmtree(ready, ignore_errors=True)
    files = {**submission.files}
    for name, nb in result.notebooks.items():
        files[f"{name}.ipynb"] = (nbformat.writes(nb) + "\n").encode()
    for name, content in files.items():
        path = ready / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        os.utime(path, ns=(when, when))
    target = finished(course, assignment, submission.student)
    target.parent.mkdir(parents=True, exist_ok=True)
    os.replace(ready, target)


def put_away(course: Course, assignment: str, student: str) -> None:
    """Move a recorded result to autograded/."""
    source = finished(course, assignment, student)
    target = course.path("autograded", assignment, student)
    shutil.rmtree(target, ignore_errors=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    os.replace(source, target)
    with suppress(OSError):  # other assignments may be under way
        source.parent.rmdir()
        source.parent.parent.rmdir()


def register(course: Course, assignment: str, folder: Path) -> Course:
    """Write the assignment's cells and points into the gradebook, which is made if missing.

    A new gradebook appears only when it is complete: a first start that fails leaves none.
    Returns the copy of the course in `folder` in which nbgrader generated the release.
    """
    url, sqlite = course.directory.db_url, "sqlite:///"
    path = Path(url.removeprefix(sqlite)) if url.startswith(sqlite) else None
    copy = copy_course(course, assignment, folder)
    with lock(course.root / ".mlcourse" / "gradebook.lock", wait=True):
        new = path is not None and not path.exists()
        copy.directory.db_url = f"{sqlite}{folder}/gradebook.db" if new else url
        if not new:
            complete(url, course.directory.course_id)
        generate(copy, assignment)
        if new:
            os.replace(folder / "gradebook.db", str(path))
    return copy

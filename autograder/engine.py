"""Grade many submissions: each in a scratch course of its own, one writer to the gradebook.

The submission is executed by nbgrader itself, in a copy: whatever happens there, the course
directory sees only the finished result. Recording goes through nbgrader's own gradebook
interface and is done here, one submission after the other, so that it can be interrupted
anywhere: what was recorded stays, what was not is graded by the next run.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import nbformat
from nbgrader.api import Gradebook
from nbgrader.converters import Autograde
from nbgrader.preprocessors import AssignLatePenalties, SaveAutoGrades
from nbgrader.utils import parse_utc

from autograder.course import Course, UserError, copy_course, generate, run


class Graded(NamedTuple):
    """A submission after execution: the folder that nbgrader made, or why there is none."""

    student: str
    folder: Path | None
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
    timeout: int = 30,
) -> Iterator[Graded]:
    """Grade the students' submissions and record each; yield them as they are recorded.

    Parameters
    ----------
    workers : how many submissions are executed at the same time, each in its own process.
    timeout : seconds a single cell may run; nbgrader then interrupts it.
    """
    with scratch_folder(course.root) as scratch:
        template = copy_course(course, assignment, scratch / "template")
        generate(template, assignment)
        register(course, assignment)
        with executors(workers) as pool:
            jobs = [
                pool.submit(
                    execute,
                    template.root,
                    course.path("submitted", assignment, student),
                    assignment,
                    student,
                    timeout,
                )
                for student in students
            ]
            try:
                for job in as_completed(jobs):
                    graded = job.result()
                    if graded.folder:
                        record(course, assignment, graded.student, graded.folder)
                        shutil.rmtree(graded.folder.parents[2], ignore_errors=True)
                    yield graded
            except BrokenProcessPool:
                raise UserError(
                    "a grading process was ended from outside (out of memory?): what was "
                    "recorded is kept, run the same command again with fewer --workers"
                ) from None
            finally:
                pool.shutdown(cancel_futures=True)


def executors(workers: int) -> ProcessPoolExecutor:
    """Processes that execute submissions, one core each."""
    return ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_settle)


def execute(template: Path, submitted: Path, assignment: str, student: str, timeout: int) -> Graded:
    """Execute one submission with nbgrader in a fresh copy of the scratch course `template`."""
    try:
        here = template.parent / "work" / student
        shutil.copytree(template, here)
        scratch = Course(here)
        check_submission(scratch, assignment, submitted)
        check_timestamp(submitted)
        target = scratch.path("submitted", assignment, student)
        shutil.copytree(submitted, target, ignore=_links)
        scratch.config.Execute.timeout = timeout
        problem = run(Autograde, scratch, assignment, student)
        if problem:
            return Graded(student, None, problem)
        return Graded(student, scratch.path("autograded", assignment, student))
    except (UserError, OSError) as problem:
        return Graded(student, None, str(problem))


def check_submission(course: Course, assignment: str, submitted: Path) -> None:
    """Raise UserError, in one line, if the folder holds nothing that can be graded."""
    expected = [f"{name}.ipynb" for name in course.notebooks(assignment)]
    found = sorted(path.name for path in submitted.glob("*") if path.is_file())
    if not set(expected) & set(found):
        there = ", ".join(found) or "an empty folder"
        raise UserError(f"submitted {there}, expected {' and '.join(expected)}")
    for name in set(expected) & set(found):
        if not graded_cells(read_notebook(submitted / name)):
            raise UserError(
                f"{name} has no nbgrader cells: expected the notebook from release/, solved"
            )


def check_timestamp(submitted: Path) -> None:
    """Raise UserError if the time of submission, where there is one, cannot be read."""
    path = submitted / "timestamp.txt"
    when = path.read_text(errors="replace").strip() if path.is_file() else ""
    try:
        parse_utc(when or None)
    except ValueError:
        raise UserError(
            f"timestamp.txt says {when:.40}, expected a time like 2026-03-31 12:00:00 UTC: "
            "mend it, or delete it if the time does not matter"
        ) from None


def read_notebook(path: Path) -> nbformat.NotebookNode:
    """Read a notebook; raise UserError in one line if it is missing or is not one."""
    try:
        return nbformat.read(path, as_version=4)
    except FileNotFoundError:
        raise UserError(f"no file {path}: expected a Jupyter notebook (.ipynb)") from None
    except IsADirectoryError:
        raise UserError(f"{path} is a folder: expected a Jupyter notebook (.ipynb)") from None
    except Exception as error:  # nbformat raises many kinds for what is not a notebook
        got = (
            str(error).strip().splitlines()[0][:80] if str(error).strip() else type(error).__name__
        )
        raise UserError(
            f"{path} is not a Jupyter notebook ({got}): save it again in Jupyter"
        ) from None


def graded_cells(nb: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    """The cells that nbgrader knows, graded ones and answers, in the notebook's order."""
    return [cell for cell in nb.cells if "grade_id" in cell.metadata.get("nbgrader", {})]


@contextmanager
def scratch_folder(root: Path) -> Iterator[Path]:
    """A folder beside the course's own, on the same disk, gone afterwards."""
    (root / ".mlcourse").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=root / ".mlcourse", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def register(course: Course, assignment: str) -> None:
    """Write the assignment's cells and points into the gradebook, which is made if missing.

    A new gradebook appears only when it is complete: a first start that fails leaves none.
    """
    url, sqlite = course.directory.db_url, "sqlite:///"
    path = Path(url.removeprefix(sqlite)) if url.startswith(sqlite) else None
    with scratch_folder(course.root) as scratch:
        copy = copy_course(course, assignment, scratch / "register")
        new = path is not None and not path.exists()
        copy.directory.db_url = f"{sqlite}{scratch}/gradebook.db" if new else url
        with Gradebook(copy.directory.db_url):
            pass  # raises OperationalError, which nbgrader hides, if another program holds it
        generate(copy, assignment)
        if new:
            os.replace(scratch / "gradebook.db", str(path))


def record(course: Course, assignment: str, student: str, folder: Path) -> None:
    """Record the outcome that lies in `folder` and move it to autograded/.

    Manual marks and comments that a grader gave before are kept, as nbgrader does.
    """
    url = course.directory.db_url
    when = course.directory.get_existing_timestamp(str(folder))
    with Gradebook(url, course.directory.course_id) as gradebook:
        gradebook.update_or_create_student(student)
        stamp = {"timestamp": when} if when else {}
        gradebook.update_or_create_submission(assignment, student, **stamp)
        for name in course.notebooks(assignment):
            if not (folder / f"{name}.ipynb").exists():
                _record_missing(gradebook, assignment, student, name)
    for path in sorted(folder.glob("*.ipynb")):
        names = {"student": student, "assignment": assignment, "notebook": path.stem}
        resources = {"nbgrader": {**names, "db_url": url}}
        nb = nbformat.read(path, as_version=4)
        for step in (SaveAutoGrades, AssignLatePenalties):
            step(config=course.config).preprocess(nb, resources)
    target = course.path("autograded", assignment, student)
    shutil.rmtree(target, ignore_errors=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    os.replace(folder, target)


def _record_missing(gradebook: Gradebook, assignment: str, student: str, notebook: str) -> None:
    for score in gradebook.find_submission_notebook(notebook, assignment, student).grades:
        score.auto_score, score.needs_manual_grade = 0, False
    gradebook.db.commit()


def _settle() -> None:
    """Let kernels take one core each, and print nowhere what they print past Jupyter."""
    os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)


def _links(folder: str, names: list[str]) -> list[str]:
    """Links in a submission may point anywhere, to the gradebook even: they are left out."""
    return [name for name in names if os.path.islink(os.path.join(folder, name))]

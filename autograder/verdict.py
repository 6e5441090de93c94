"""The self-paced verdict: the same grading as the class's, for one notebook, kept nowhere."""

import shutil
import tempfile
from pathlib import Path
from typing import NamedTuple

from autograder.course import Course, UserError, copy_course, generate
from autograder.engine import execute, executors, graded_cells, read_notebook
from autograder.results import CellResult, by_question, results


class Verdict(NamedTuple):
    """Points a question; what a person grades counts in neither sum."""

    questions: list[CellResult]
    points: float
    max_points: float
    remark: str


def check(course: Course, path: Path, timeout: int = 30) -> Verdict:
    """Grade one notebook in a throw-away course and return its verdict."""
    assignment, name = whose(course, path)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        scratch = copy_course(course, assignment, Path(folder) / "template")
        generate(scratch, assignment)
        submitted = Path(folder) / "submitted"
        submitted.mkdir()
        shutil.copy(path, submitted / f"{name}.ipynb")
        with executors(1) as pool:
            graded = pool.submit(
                execute, scratch.root, submitted, assignment, "you", timeout
            ).result()
        if graded.folder is None:
            raise UserError(f"{path} could not be graded: {graded.problem}")
        rows = by_question(results(read_notebook(graded.folder / f"{name}.ipynb")))
    by_machine = [row for row in rows if row.points is not None]
    left = sum(row.max_points for row in rows if row.points is None)
    return Verdict(
        rows,
        sum(row.points or 0.0 for row in by_machine),
        sum(row.max_points for row in by_machine),
        f"; {left:g} more for the written answer, which a person grades" if left else "",
    )


def whose(course: Course, path: Path) -> tuple[str, str]:
    """The assignment and notebook that a file answers: by its cells, whatever its name is."""
    ids = {cell.metadata.nbgrader.grade_id for cell in graded_cells(read_notebook(path))}
    if not ids:
        raise UserError(f"{path} has no nbgrader cells: expected a notebook from release/, solved")
    shared = [
        (len(ids & _ids(source)), source.parent.name, source.stem)
        for assignment in course.assignments()
        for source in sorted(course.path("source", assignment).glob("*.ipynb"))
    ]
    best = max(shared, default=(0, "", ""))
    if not best[0]:
        raise UserError(f"{path} answers no assignment of {course.root}: is --course right?")
    return best[1:]


def _ids(source: Path) -> set[str]:
    return {cell.metadata.nbgrader.grade_id for cell in graded_cells(read_notebook(source))}

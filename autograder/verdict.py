"""The self-paced verdict: the same grading as the class's, for one notebook, kept nowhere."""

import shutil
import tempfile
from pathlib import Path
from typing import NamedTuple

from autograder.course import Course, UserError, copy_course, generate
from autograder.engine import execute, executors, graded_cells, read_notebook
from autograder.results import CellResult, results


class Verdict(NamedTuple):
    """The graded cells; what a person grades counts in neither sum, but in `by_hand`."""

    cells: list[CellResult]
    points: float
    max_points: float
    by_hand: float


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
        cells = list(results(read_notebook(graded.folder / f"{name}.ipynb")))
    return Verdict(
        cells,
        sum(cell.points for cell in cells if cell.points is not None),
        sum(cell.max_points for cell in cells if cell.points is not None),
        sum(cell.max_points for cell in cells if cell.points is None),
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

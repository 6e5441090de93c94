"""The self-paced verdict: the same grading as the class's, for one notebook, kept nowhere."""

import tempfile
from pathlib import Path
from typing import NamedTuple

from nbformat import NotebookNode

from autograder.course import Course, UserError
from autograder.desk import lay_out
from autograder.office import Office, Rules
from autograder.results import CellResult, results
from autograder.submission import Submission, graded_cells, read_notebook


class Verdict(NamedTuple):
    """The graded cells; what a person grades counts in neither sum, but in `by_hand`."""

    cells: list[CellResult]
    points: float
    max_points: float
    by_hand: float
    notes: list[str]


def check(course: Course, path: Path, rules: Rules) -> Verdict:
    """Examine one notebook as the class's are, and return its verdict."""
    nb = read_notebook(path)
    assignment, name = whose(course, path, nb)
    beside = {p.name: p.read_bytes() for p in path.parent.glob("*") if wanted(p)}
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        scratch.chmod(0o755)  # a candidate is another user
        with Office(lay_out(course, assignment), rules, course.root, scratch) as office:
            executed = office.executed(name, nb, Submission("you", beside))
    cells = list(results(executed))
    return Verdict(
        cells,
        sum(cell.points for cell in cells if cell.points is not None),
        sum(cell.max_points for cell in cells if cell.points is not None),
        sum(cell.max_points for cell in cells if cell.points is None),
        executed.metadata.mlcourse.notes,
    )


def wanted(path: Path) -> bool:
    """Whether a file beside the notebook may be one that it reads."""
    small = path.is_file() and not path.is_symlink() and path.stat().st_size < 16 << 20
    return small and path.suffix != ".ipynb"


def whose(course: Course, path: Path, nb: NotebookNode) -> tuple[str, str]:
    """The assignment and notebook that a file answers: by its cells, whatever its name is."""
    ids = {cell.metadata.nbgrader.grade_id for cell in graded_cells(nb)}
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

"""Examine notebooks in a test: an assignment's desk, a warm zygote, and what came out."""

from pathlib import Path
from typing import NamedTuple

import nbformat

from autograder.course import Course
from autograder.demo import solutions, solved
from autograder.desk import lay_out
from autograder.examiner import Examined
from autograder.office import Office, Rules
from autograder.results import CellResult, results


class Outcome(NamedTuple):
    """What one submission got: points and message by test cell, and the notebook itself."""

    cells: dict[str, CellResult]
    examined: Examined

    @property
    def points(self) -> float:
        return sum(cell.points or 0 for cell in self.cells.values())

    def text(self) -> str:
        """Everything that a student could read of it."""
        return nbformat.writes(self.examined.nb) + "".join(self.examined.notes)


class Examination:
    """One assignment of a course, ready to examine any number of notebooks."""

    def __init__(self, course: Course, assignment: str, folder: Path, **options) -> None:
        self.course, self.assignment = course, assignment
        rules = Rules(**options)
        self.desk = lay_out(course, assignment)
        self.office = Office(self.desk, rules, course.root, folder)
        self.office.learn()
        release = course.path("release", assignment) / f"{assignment}.ipynb"
        self.release = nbformat.read(release, as_version=4)
        self.right = solutions(course, assignment)

    def notebook(self, **answers: str) -> nbformat.NotebookNode:
        """The release notebook, solved, but for the given cells (_ stands for - in names)."""
        written = {name.replace("_", "-"): text for name, text in answers.items()}
        return solved(self.release, self.right | written)

    def sit(
        self, nb: nbformat.NotebookNode, seconds: float = 10, files: dict[str, bytes] | None = None
    ) -> Outcome:
        """Examine a notebook, handed in with other files perhaps."""
        self.office.rules = self.office.rules._replace(timeout=seconds)
        self.office.learn()
        precedent = self.office.precedents[self.assignment]
        examined = self.office.examine(self.assignment, nb, precedent, files or {})
        return Outcome({cell.cell: cell for cell in results(examined.nb)}, examined)

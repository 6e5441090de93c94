"""What came out for a notebook: points and one message for each graded cell."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import NamedTuple

import nbformat
from nbgrader.utils import determine_grade, is_grade, is_solution

from autograder.engine import graded_cells


class CellResult(NamedTuple):
    """One graded cell; `points` is None while a person has still to grade it."""

    cell: str
    question: str
    points: float | None
    max_points: float
    message: str = ""


def results(nb: nbformat.NotebookNode) -> Iterator[CellResult]:
    """Yield the outcome of each graded cell of an executed notebook, in its order.

    A test belongs to the question whose answer stands last before it.
    """
    question = ""
    for cell in graded_cells(nb):
        name = cell.metadata.nbgrader["grade_id"]
        question = name if is_solution(cell) else question or name
        if is_grade(cell):
            points, max_points = determine_grade(cell)
            yield CellResult(name, question, points, max_points, message(cell))


def message(cell: nbformat.NotebookNode) -> str:
    """Why the cell failed, as the student may read it: never a line of the test itself."""
    for output in cell.get("outputs", []):
        if output.output_type == "error":
            return _spoken(output.ename, output.evalue)
        if output.output_type == "stream" and output.name == "stderr":
            return f"something was written to stderr: {output.text.strip().splitlines()[-1]}"
    return ""


def _spoken(ename: str, evalue: str) -> str:
    if ename == "NotImplementedError":
        return "not written yet"
    if ename == "AssertionError" and evalue:
        return evalue
    return f"{ename}: {evalue}".rstrip(": ")


def by_question(cells: Iterable[CellResult]) -> list[CellResult]:
    """Sum the cells of each question; the message is the first failing cell's."""
    total = []
    for question, group in groupby(cells, key=lambda cell: cell.question):
        rows = list(group)
        known = [row.points for row in rows if row.points is not None]
        first = next((row.message for row in rows if row.message), "")
        points = sum(known) if known else None
        total.append(CellResult(question, question, points, sum(r.max_points for r in rows), first))
    return total

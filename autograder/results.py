"""What came out for a notebook: points and one message for each graded cell."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import NamedTuple

import nbformat
from nbgrader.utils import determine_grade, is_grade, is_solution

LATE = "stopped at the time limit: does every loop come to an end?"


class CellResult(NamedTuple):
    """One graded cell, or all of a question; `points` is None where a person has to grade it.

    `title` is the heading over the question; `tests` what the cell says that it tests.
    """

    cell: str
    question: str
    points: float | None
    max_points: float
    message: str = ""
    title: str = ""
    tests: str = ""


def results(nb: nbformat.NotebookNode) -> Iterator[CellResult]:
    """Yield the outcome of each graded cell of an executed notebook, in its order.

    A test belongs to the question whose answer stands last before it.
    """
    heading = question = title = ""
    for cell in nb.cells:
        if cell.cell_type == "markdown" and cell.source.startswith("#"):
            heading = cell.source.splitlines()[0].strip("# ")
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        if name is not None and (is_solution(cell) or not question):
            question, title = name, heading or name
        if name is not None and is_grade(cell):
            points, of = determine_grade(cell)
            points = None if is_solution(cell) else points
            yield CellResult(name, question, points, of, message(cell), title, _purpose(cell))


def _purpose(cell: nbformat.NotebookNode) -> str:
    return cell.source.strip().split("\n")[0].strip("\"'# ") if cell.cell_type == "code" else ""


def message(cell: nbformat.NotebookNode) -> str:
    """Why the cell failed, as the student may read it: never a line of the test itself."""
    if is_solution(cell) and determine_grade(cell)[0] == 0:
        return "not answered yet"
    for output in cell.get("outputs", []):
        if output.output_type == "error":
            return _spoken(output.ename, output.evalue)
        if output.output_type == "stream" and output.name == "stderr":
            return f"something was written to stderr: {output.text.strip().splitlines()[-1]}"
    return ""


def _spoken(ename: str, evalue: str) -> str:
    if ename == "NotImplementedError":
        return "not written yet"
    if ename == "KeyboardInterrupt":
        return LATE
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
        of = sum(row.max_points for row in rows)
        total.append(CellResult(question, question, points, of, first, rows[0].title))
    return total

"""What an examined submission shows beyond its marks: how it failed, and what was written."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from nbformat import NotebookNode
from nbgrader.utils import is_grade, is_solution

from autograder.results import LATE, CellResult, by_question, results

KINDS = {  # the gravest first
    "crash": "ended the process",
    "time": "ran out of time",
    "error": "stopped with an error",
    "wrong": "gave a wrong result",
    "empty": "not written",
}


class Paper(NamedTuple):
    """A submission's notebooks, examined; all but notes and walls by the name of the question.

    `walls` is None where no examiner ran it, but a kernel that shuts nothing in.
    """

    questions: list[CellResult]
    failures: dict[str, str]
    mistakes: dict[str, str]
    answers: dict[str, str]
    notes: list[str]
    walls: list[str] | None


def read(notebooks: Iterable[NotebookNode], by_hand: Mapping[str, float]) -> Paper:
    """The paper in a submission's executed notebooks, with the marks that a person gave."""
    paper = Paper([], {}, {}, {}, [], None)
    cells: list[CellResult] = []
    walls = None
    for nb in notebooks:
        cells += (c._replace(points=by_hand.get(c.cell, c.points)) for c in results(nb))
        said = nb.metadata.get("mlcourse", {})
        paper.failures.update(failures(nb))
        paper.mistakes.update(said.get("misconceptions", {}))
        paper.answers.update(answers(nb))
        paper.notes.extend(said.get("notes", []))
        walls = said.get("walls", walls)
    questions = by_question(cells)
    lost = {q.question for q in questions if q.points is not None and q.points < q.max_points}
    failed = {question: kind for question, kind in paper.failures.items() if question in lost}
    return paper._replace(questions=questions, failures=failed, walls=walls)


def failures(nb: NotebookNode) -> dict[str, str]:
    """The gravest thing that happened in each question's cells, by question."""
    found = defaultdict(set)
    question = ""
    for cell in _known(nb):
        if is_solution(cell) or not question:
            question = cell.metadata.nbgrader.grade_id
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                found[question].add(kind(output))
    return {question: min(kinds, key=[*KINDS].index) for question, kinds in found.items()}


def kind(error: NotebookNode) -> str:
    """What sort of failure an error output tells of: one of KINDS."""
    if error.ename in ("Stopped", "KeyboardInterrupt"):
        return "time" if LATE in error.evalue or error.ename != "Stopped" else "crash"
    return {"NotImplementedError": "empty", "AssertionError": "wrong"}.get(error.ename, "error")


def answers(nb: NotebookNode) -> Iterator[tuple[str, str]]:
    """The code that stands in the answers."""
    for cell in _known(nb):
        if cell.cell_type == "code" and is_solution(cell) and not is_grade(cell):
            yield cell.metadata.nbgrader.grade_id, cell.source


def _known(nb: NotebookNode) -> Iterator[NotebookNode]:
    return (cell for cell in nb.cells if "grade_id" in cell.metadata.get("nbgrader", {}))

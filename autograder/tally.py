"""A class in numbers: its questions, its mistakes and failures, the walls it was graded behind."""

import re
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from autograder import measures
from autograder.paper import Paper
from autograder.questions import questions_of
from autograder.results import CellResult

NUMBERED = re.compile(r"\s*(\w{1,3})\s*[·.:]")  # a heading like "3 · Through the epochs"


class Student(NamedTuple):
    """One row of the report; `needs_manual` says that a written answer waits for a person."""

    name: str
    score: float
    needs_manual: bool
    seconds_late: float
    questions: list[CellResult]


class ClassResult(NamedTuple):
    """All that the report shows about one assignment; `papers` by the name of the student.

    `common` holds for each answer what is no sign of copying: the stub, the solution, and what
    others are known to write.
    """

    assignment: str
    max_score: float
    students: list[Student]
    not_graded: list[str]
    papers: dict[str, Paper]
    common: dict[str, list[str]]


class QuestionRow(NamedTuple):
    """A question in numbers: shares of its points, shares of the class, discrimination."""

    name: str
    title: str
    short: str
    max_points: float
    share: float
    full: float
    part: float
    none: float
    discrimination: float | None
    difficulty: str
    reading: str


class Row(NamedTuple):
    """Something that befell several students in a question."""

    question: str
    what: str
    hint: str
    students: list[str]


def questions(result: ClassResult) -> list[QuestionRow]:
    """Each question in numbers; those that wait for a person to grade them are left out."""
    columns: dict[str, list[CellResult]] = {}
    for student in result.students:
        for cell in student.questions:
            columns.setdefault(cell.question, []).append(cell)
    known = {
        name: [float(cell.points) for cell in cells if cell.points is not None]
        for name, cells in columns.items()
        if all(cell.points is not None for cell in cells) and len(cells) == len(result.students)
    }
    totals = [sum(points) for points in zip(*known.values(), strict=True)]
    return [_row(columns[name][0], points, totals) for name, points in known.items()]


def _row(cell: CellResult, points: list[float], totals: list[float]) -> QuestionRow:
    shares = [own / cell.max_points if cell.max_points else 1.0 for own in points]
    full, none = (sum(test(s) for s in shares) / len(shares) for test in (_is_full, _is_none))
    share = sum(shares) / len(shares)
    r = measures.discrimination(points, totals)
    return QuestionRow(
        cell.question,
        cell.title or cell.question,
        short(cell),
        cell.max_points,
        share,
        full,
        max(0.0, 1 - full - none),
        none,
        r,
        measures.difficulty(share),
        measures.reading(points, r),
    )


def _is_full(share: float) -> bool:
    return share >= 1


def _is_none(share: float) -> bool:
    return share <= 0


def short(cell: CellResult) -> str:
    """What stands over a question's column: its number if its heading begins with one."""
    numbered = NUMBERED.match(cell.title)
    return numbered[1] if numbered else cell.question


def titles(result: ClassResult) -> dict[str, str]:
    """What the report calls each question."""
    return {cell.question: cell.title or cell.question for cell in asked(result)}


def shorts(result: ClassResult) -> dict[str, str]:
    """What stands over each question's column; its name where two headings have one number."""
    found = {cell.question: short(cell) for cell in asked(result)}
    times = Counter(found.values())
    return {name: number if times[number] == 1 else name for name, number in found.items()}


def mistakes(result: ClassResult) -> list[Row]:
    """The recognised misconceptions, the most frequent first."""
    hints = {
        (question.cell, known.name): known.hint
        for question in questions_of(result.assignment)
        for known in question.misconceptions
    }
    made = (
        (question, name, hints.get((question, name), ""), student)
        for student, paper in result.papers.items()
        for question, name in paper.mistakes.items()
    )
    return _rows(made)


def messages(result: ClassResult) -> list[Row]:
    """What else went wrong: the messages where something was written, and no mistake recognised."""
    said = (
        (cell.question, cell.message, "", student.name)
        for student in result.students
        for cell in student.questions
        if cell.message and not _explained(result.papers[student.name], cell.question)
    )
    return _rows(said)


def _explained(paper: Paper, question: str) -> bool:
    return question in paper.mistakes or paper.failures.get(question) == "empty"


def failures(result: ClassResult) -> dict[str, Counter[str]]:
    """How often each question failed, by kind."""
    found = {cell.question: Counter[str]() for cell in asked(result)}
    for paper in result.papers.values():
        for question, kind in paper.failures.items():
            found.setdefault(question, Counter())[kind] += 1
    return {question: kinds for question, kinds in found.items() if kinds}


def walls(result: ClassResult) -> list[tuple[str, int]]:
    """Each layer of isolation, and for how many submissions it stood."""
    return [
        *Counter(wall for paper in result.papers.values() for wall in paper.walls or []).items()
    ]


def _rows(events: Iterable[tuple[str, str, str, str]]) -> list[Row]:
    found: dict[tuple[str, str, str], list[str]] = {}
    for *key, student in events:
        found.setdefault((key[0], key[1], key[2]), []).append(student)
    rows = [Row(*key, sorted(students)) for key, students in found.items()]
    return sorted(rows, key=lambda row: (-len(row.students), row))


def asked(result: ClassResult) -> list[CellResult]:
    """The questions, as the student has them who has the most."""
    return max((s.questions for s in result.students), key=len)

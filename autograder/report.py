"""The class report of an assignment: one HTML file that opens offline, and a CSV."""

import csv
import io
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import jinja2
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from nbgrader.api import Gradebook, MissingEntry, SubmittedAssignment

from autograder.course import Course, UserError
from autograder.results import CellResult, by_question, results
from autograder.submission import read_notebook


class Student(NamedTuple):
    """One row of the report; `needs_manual` says that a written answer waits for a person."""

    name: str
    score: float
    needs_manual: bool
    seconds_late: float
    questions: list[CellResult]


class ClassResult(NamedTuple):
    """All that the report shows about one assignment."""

    assignment: str
    max_score: float
    students: list[Student]
    not_graded: list[str]


def collect(course: Course, assignment: str) -> ClassResult:
    """Read marks from the gradebook and messages from autograded/."""
    with Gradebook(course.directory.db_url, course.directory.course_id) as gradebook:
        try:
            found = gradebook.find_assignment(assignment)
        except MissingEntry:
            raise UserError(
                f"{assignment} is not in the gradebook: run mlcourse grade {assignment} first"
            ) from None
        students = [
            Student(
                submission.student.id,
                submission.score,
                submission.needs_manual_grade,
                submission.total_seconds_late,
                _questions(course, submission),
            )
            for submission in found.submissions
        ]
        graded = {student.name for student in students}
        left = [name for name in course.submissions(assignment) if name not in graded]
        return ClassResult(assignment, found.max_score, sorted(students), left)


def write(result: ClassResult, folder: Path) -> Path:
    """Write <assignment>.html and <assignment>.csv into the folder; return the HTML's path."""
    if not result.students:
        raise UserError(f"nobody's {result.assignment} is graded yet: nothing to report")
    folder.mkdir(parents=True, exist_ok=True)
    page = folder / f"{result.assignment}.html"
    page.write_text(html(result), encoding="utf-8")
    (folder / f"{result.assignment}.csv").write_text(table(result), encoding="utf-8")
    return page


def html(result: ClassResult) -> str:
    """The report as one page: marks, questions, the most frequent messages, students."""
    here = jinja2.FileSystemLoader(Path(__file__).parent)
    template = jinja2.Environment(loader=here, autoescape=True).get_template("report.html")
    scores = [student.score for student in result.students]
    return template.render(
        result=result,
        mean=sum(scores) / len(scores),
        waiting=sum(student.needs_manual for student in result.students),
        histogram=histogram(scores, result.max_score),
        questions=questions(result),
        names=_names(result),
        messages=messages(result).most_common(12),
    )


def questions(result: ClassResult) -> list[tuple[str, float, float]]:
    """For each question: its name, the share of its points earned, the share of full marks.

    A question that waits for a person to grade it is left out.
    """
    columns: dict[str, list[CellResult]] = {}
    for student in result.students:
        for cell in student.questions:
            columns.setdefault(cell.question, []).append(cell)
    rows = []
    for name, cells in columns.items():
        shares = [cell.points / cell.max_points for cell in cells if cell.points is not None]
        if len(shares) == len(cells):
            rows.append((name, sum(shares) / len(shares), shares.count(1.0) / len(shares)))
    return rows


def messages(result: ClassResult) -> Counter[tuple[str, str]]:
    """How often each question failed with each message."""
    return Counter(
        (cell.question, cell.message)
        for student in result.students
        for cell in student.questions
        if cell.message
    )


def histogram(scores: list[float], max_score: float) -> str:
    """The distribution of marks as an SVG picture, ten bins."""
    fig = Figure(figsize=(6.4, 2.6), layout="constrained")
    ax = fig.subplots()
    ax.hist(scores, bins=10, range=(0, max_score), color="#0072B2", edgecolor="white")
    ax.set(xlabel=f"points of {max_score:g}", ylabel="students")
    ax.yaxis.set_major_locator(MaxNLocator(integer=True))
    ax.spines[["top", "right"]].set_visible(False)
    svg = io.StringIO()
    fig.savefig(svg, format="svg", metadata={"Date": None})
    return svg.getvalue()[svg.getvalue().index("<svg") :]


def table(result: ClassResult) -> str:
    """The marks as CSV: a row a student, a column a question; empty where a person grades."""
    names = _names(result)
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(["student", "score", "max_score", "seconds_late", "needs_manual", *names])
    for name, score, manual, late, cells in result.students:
        points = {cell.question: cell.points for cell in cells}
        marks = [points.get(question) for question in names]
        rows.writerow([_text(name), score, result.max_score, late, int(manual), *marks])
    return out.getvalue()


def _names(result: ClassResult) -> list[str]:
    return [cell.question for cell in max((s.questions for s in result.students), key=len)]


def _text(name: str) -> str:
    """A cell that a spreadsheet takes for text even where it begins like a formula."""
    return f"'{name}" if name[:1] in "=+-@" else name


def _questions(course: Course, submission: SubmittedAssignment) -> list[CellResult]:
    """Points and messages from autograded/, and a person's marks from the gradebook."""
    by_hand = {
        grade.name: grade.score
        for notebook in submission.notebooks
        for grade in notebook.grades
        if grade.manual_score is not None
    }
    folder = course.path("autograded", submission.assignment.name, submission.student.id)
    cells = [c for path in sorted(folder.glob("*.ipynb")) for c in results(read_notebook(path))]
    return by_question(c._replace(points=by_hand.get(c.cell, c.points)) for c in cells)

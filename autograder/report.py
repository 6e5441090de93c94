"""The class report of an assignment: one HTML file that opens offline, and a CSV."""

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

import jinja2
from nbgrader.api import Gradebook, MissingEntry, SubmittedAssignment
from nbgrader.utils import is_grade, is_solution

from autograder import measures, paper, tally
from autograder.course import Course, UserError
from autograder.paper import KINDS, Paper
from autograder.questions import questions_of
from autograder.similar import Answers, Group, similar
from autograder.submission import read_notebook
from autograder.tally import ClassResult, Student, asked, titles

SOLUTION = re.compile(r"( *)### BEGIN SOLUTION.*?### END SOLUTION", re.DOTALL)
MOST = 15  # rows of a list of what happened most often


def collect(course: Course, assignment: str) -> ClassResult:
    """Read marks from the gradebook, and the examined notebooks from autograded/."""
    with Gradebook(course.directory.db_url, course.directory.course_id) as gradebook:
        try:
            found = gradebook.find_assignment(assignment)
        except MissingEntry:
            raise UserError(
                f"{assignment} is not in the gradebook: run mlcourse grade {assignment} first"
            ) from None
        papers = {s.student.id: _paper(course, s) for s in found.submissions}
        students = [
            Student(
                submission.student.id,
                submission.score,
                submission.needs_manual_grade,
                submission.total_seconds_late,
                papers[submission.student.id].questions,
            )
            for submission in found.submissions
        ]
        left = [name for name in course.submissions(assignment) if name not in papers]
        common = dict(_common(course, assignment))
        return ClassResult(assignment, found.max_score, sorted(students), left, papers, common)


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
    """The report as one page."""
    here = jinja2.FileSystemLoader(Path(__file__).parent)
    environment = jinja2.Environment(
        loader=here, autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    scores = [student.score for student in result.students]
    sources = {name: paper.answers for name, paper in result.papers.items()}
    return environment.get_template("report.html").render(
        result=result,
        spread=measures.spread(scores),
        bins=measures.histogram(scores, result.max_score),
        full=sum(score >= result.max_score for score in scores),
        waiting=sum(student.needs_manual for student in result.students),
        questions=tally.questions(result),
        titles=titles(result),
        shorts=tally.shorts(result),
        mistakes=tally.mistakes(result),
        messages=tally.messages(result),
        most=MOST,
        failures=tally.failures(result),
        kinds=KINDS,
        tampering={name: p.notes for name, p in sorted(result.papers.items()) if p.notes},
        groups=similar_in(result, sources),
        sources=sources,
        walls=tally.walls(result),
    )


def similar_in(result: ClassResult, sources: Answers) -> list[Group]:
    """The groups of similar submissions, their questions in the order of the notebook."""
    order = {name: place for place, name in enumerate(titles(result))}
    return [
        group._replace(cells=sorted(group.cells, key=lambda cell: order.get(cell, len(order))))
        for group in similar(sources, result.common)
    ]


def table(result: ClassResult) -> str:
    """The marks as CSV: a row a student, a column a question; empty where a person grades."""
    names = [cell.question for cell in asked(result)]
    out = io.StringIO()
    rows = csv.writer(out)
    first = ["student", "score", "max_score", "seconds_late", "needs_manual"]
    rows.writerow([*first, *names, "misconceptions", "failures", "tampering"])
    for name, score, manual, late, cells in result.students:
        points = {cell.question: cell.points for cell in cells}
        marks = [points.get(question) for question in names]
        paper = result.papers[name]
        said = [_pairs(paper.mistakes), _pairs(paper.failures), "; ".join(paper.notes)]
        told = [_text(text) for text in said]
        rows.writerow([_text(name), score, result.max_score, late, int(manual), *marks, *told])
    return out.getvalue()


def _pairs(by_question: dict[str, str]) -> str:
    return "; ".join(f"{question}: {what}" for question, what in by_question.items())


def _text(name: str) -> str:
    """A cell that a spreadsheet takes for text even where it begins like a formula."""
    return f"'{name}" if name[:1] in ("=", "+", "-", "@", "\t", "\r") else name


def _paper(course: Course, submission: SubmittedAssignment) -> Paper:
    """What lies in autograded/, with a person's marks from the gradebook."""
    by_hand = {
        grade.name: grade.score
        for notebook in submission.notebooks
        for grade in notebook.grades
        if grade.manual_score is not None
    }
    folder = course.path("autograded", submission.assignment.name, submission.student.id)
    return paper.read(map(read_notebook, sorted(folder.glob("*.ipynb"))), by_hand)


def _common(course: Course, assignment: str) -> Iterator[tuple[str, list[str]]]:
    known = {
        question.cell: [*question.right, *(m.code for m in question.misconceptions)]
        for question in questions_of(assignment)
    }
    for name in course.notebooks(assignment):
        nb = read_notebook(course.path("source", assignment) / f"{name}.ipynb")
        for cell in nb.cells:
            if cell.cell_type == "code" and is_solution(cell) and not is_grade(cell):
                answer = cell.metadata.nbgrader.grade_id
                stub = SOLUTION.sub(r"\1raise NotImplementedError()", cell.source)
                yield answer, [cell.source, stub, *known.get(answer, [])]

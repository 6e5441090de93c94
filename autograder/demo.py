"""A sample class: submissions made from the real release notebook, as real classes hand in."""

import ast
import copy
import random
import re
import shutil
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import cycle, islice
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook
from nbgrader.utils import is_grade, is_solution

from autograder.course import Course, UserError, build, copy_course
from autograder.engine import register
from autograder.questions import questions_of
from autograder.questions.form import Question
from autograder.scratch import scratch_folder
from autograder.submission import graded_cells, read_notebook

DUE = datetime(2026, 3, 2, 12, 0)
WRITTEN = "The step remembers where it came from, so what repeats adds up and what flips cancels."
MARKER = re.compile(r"^ *### (BEGIN|END) SOLUTION\n?", re.MULTILINE)
CRASHES = [
    "import os\n\nos._exit(1)",
    "raise RuntimeError('this cell never worked on my machine')",
    "def half_a_function(",
]

Answers = dict[str, str]  # solution cell → what the student wrote there


def make_class(course: Course, assignment: str, n_students: int, folder: Path) -> Course:
    """Fill a fresh course in `folder` with submissions: right, wrong, lazy, broken, late."""
    course.require(assignment)
    shutil.rmtree(folder, ignore_errors=True)
    sample = copy_course(course, assignment, folder)
    with scratch_folder(sample.root) as scratch:
        register(sample, assignment, scratch / "registered")
    with Gradebook(sample.directory.db_url, sample.directory.course_id) as gradebook:
        gradebook.update_or_create_assignment(assignment, duedate=DUE)
    release = {path.name: content for path, content in build(course, assignment).items()}
    answers = islice(students_answers(course, assignment), n_students)
    for number, answer in enumerate(answers, start=1):
        where = sample.path("submitted", assignment, f"student-{number:02d}")
        where.mkdir(parents=True)
        for name, content in release.items():
            if name.endswith(".ipynb"):
                nbformat.write(solved(nbformat.reads(content.decode(), 4), answer), where / name)
            else:
                (where / name).write_bytes(content)
        hours = 5 if number % 10 == 0 else -number
        when = DUE + timedelta(hours=hours)
        (where / "timestamp.txt").write_text(f"{when:%Y-%m-%d %H:%M:%S} UTC\n")
    return sample


def students_answers(course: Course, assignment: str) -> Iterator[Answers]:
    """Yield what one student after the other wrote; about a third make no mistake.

    Of the honest ones one changes a test, and one hands in what another one wrote.
    """
    dice = random.Random(1957)  # the year of the Mark I report; any number would do
    right, asked = solutions(course, assignment), questions(assignment)
    roundabout = {cell: in_other_words(code, "answer") for cell, code in right.items()}
    copied = {cell: in_other_words(code, "mine") for cell, code in right.items()}
    changed = {**right, first_test(course, assignment): "assert True"}
    honest = cycle([right, right, roundabout, changed, right, copied])
    kinds: list[Callable[[], Answers]] = [
        lambda: next(honest),
        lambda: mistaken(right, asked, dice, 1),
        lambda: {**right, **{q.cell: dice.choice(q.right) for q in asked}},
        lambda: mistaken(right, asked, dice, 2),
        dict,  # untouched
        lambda: mistaken(right, asked, dice, 1),
        lambda: {**right, dice.choice(asked).cell: next(crashes)},
        lambda: next(honest),
        lambda: mistaken(right, asked, dice, len(asked)),
        lambda: {q.cell: right[q.cell] for q in asked[: len(asked) // 2]},
    ]
    crashes = cycle(CRASHES)
    for kind in cycle(kinds):
        yield kind()


def mistaken(right: Answers, asked: list[Question], dice: random.Random, n: int) -> Answers:
    """The right answers with a typical mistake in n of the questions."""
    chosen = dice.sample(asked, n)
    return {**right, **{q.cell: dice.choice(q.misconceptions).code for q in chosen}}


def in_other_words(code: str, name: str) -> str:
    """The same answer, with each result bound to a name before it is returned."""

    class Named(ast.NodeTransformer):
        def visit_Return(self, node: ast.Return) -> list[ast.stmt]:
            kept = ast.Assign([ast.Name(name, ast.Store())], node.value or ast.Constant(None))
            return [kept, ast.Return(ast.Name(name, ast.Load()))]

    tree = Named().visit(ast.parse(code))
    return ast.unparse(ast.fix_missing_locations(tree))


def first_test(course: Course, assignment: str) -> str:
    """The first cell of the assignment that gives points by itself."""
    return next(
        cell.id
        for path in sorted(course.path("source", assignment).glob("*.ipynb"))
        for cell in graded_cells(read_notebook(path))
        if is_grade(cell) and not is_solution(cell)
    )


def solutions(course: Course, assignment: str) -> Answers:
    """The instructor's own answers, from source/."""
    return {
        cell.id: MARKER.sub("", cell.source)
        for path in sorted(course.path("source", assignment).glob("*.ipynb"))
        for cell in graded_cells(read_notebook(path))
        if is_solution(cell) and not is_grade(cell)
    }


def questions(assignment: str) -> list[Question]:
    """The questions of an assignment with their typical mistakes."""
    found = questions_of(assignment)
    if not found:
        module = assignment.replace("-", "_")
        raise UserError(
            f"no typical mistakes of {assignment} are known: expected autograder.questions.{module}"
        )
    return found


def solved(nb: nbformat.NotebookNode, answers: Answers) -> nbformat.NotebookNode:
    """The release notebook with the answers written into its solution cells."""
    nb = copy.deepcopy(nb)
    for cell in nb.cells:
        if cell.id in answers:
            cell.source = answers[cell.id]
        elif answers and is_grade(cell) and is_solution(cell):
            cell.source = WRITTEN
    return nb

"""What an examiner has on the desk for one assignment: the exams, and what candidates may use."""

import ast
import importlib.util
import re
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import nbformat
from nbformat import NotebookNode

from autograder.course import Course, UserError, copy_course, generate
from autograder.exam import Exam, exams
from autograder.names import python
from autograder.questions import questions_of
from autograder.questions.form import Question

OURS = "mlcourse_utils"
ALWAYS = ["numpy", "matplotlib.pyplot", "ipywidgets"]


class Desk(NamedTuple):
    """One assignment, ready to be examined anywhere: nothing but data, also for other machines.

    `solutions` are the instructor's notebooks, `questions` the misconceptions that are known.
    """

    assignment: str
    exams: dict[str, Exam]
    withheld: list[str]
    preload: list[str]
    files: dict[str, bytes]
    solutions: dict[str, NotebookNode]
    questions: list[Question]


def lay_out(course: Course, assignment: str, released: Course | None = None) -> Desk:
    """Gather what examining an assignment takes.

    `released` is a copy of the course with a fresh release of it; without it one is made.
    """
    with ExitStack() as stack:
        if released is None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            released = copy_course(course, assignment, folder / "course")
            generate(released, assignment)
        found = exams(course, released, assignment)
        given = released.path("release", assignment)
        files = {
            str(path.relative_to(given)): path.read_bytes()
            for path in sorted(given.rglob("*"))
            if path.is_file() and path.suffix != ".ipynb"
        }
    withheld = withheld_modules(course, assignment)
    wanted, known = preload(found.values(), withheld), questions_of(assignment)
    source = course.path("source", assignment)
    solutions = {name: nbformat.read(source / f"{name}.ipynb", 4) for name in found}
    return Desk(assignment, found, withheld, wanted, files, solutions, known)


def withheld_modules(course: Course, assignment: str) -> list[str]:
    """The modules that nobody may use in this assignment, from nbgrader_config.py.

    c.Examine.withhold = {"ps6-momentum": ["mlcourse_utils.optimizers"]}
    """
    return list(course.config.get("Examine", {}).get("withhold", {}).get(assignment, []))


def packages(withheld: list[str]) -> set[str]:
    """The packages of which candidates get an edition of their own."""
    return {OURS, *(name.partition(".")[0] for name in withheld)}


def home(package: str) -> Path:
    """The folder or file of an installed package."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise UserError(f"no package {package}: it is withheld in nbgrader_config.py")
    origin = Path(spec.origin)
    return origin.parent if spec.submodule_search_locations else origin


def make_edition(folder: Path, withheld: list[str]) -> Path:
    """Copy the packages without the withheld modules into the folder; return it."""
    folder.mkdir()
    for package in packages(withheld) - set(withheld):
        source = home(package)
        gone = [Path(*name.split(".")[1:]) for name in withheld if name.startswith(f"{package}.")]
        missing = [g for g in gone if not any((source / f).exists() for f in (g, f"{g}.py"))]
        if missing:
            raise UserError(f"no module {package}.{missing[0]}: nbgrader_config.py withholds it")
        shutil.copytree(source, folder / package, ignore=_left_out(source, gone))
    return folder


def _left_out(source: Path, gone: list[Path]) -> Callable[[str, list[str]], list[str]]:
    secret = {source / f for g in gone for f in (g, g.with_suffix(".py"))}

    def ignore(folder: str, entries: list[str]) -> list[str]:
        return [e for e in entries if e == "__pycache__" or Path(folder, e) in secret]

    return ignore


def preload(found: Iterable[Exam], withheld: list[str]) -> list[str]:
    """The modules that the given cells import: candidates will want them, so they are there."""
    cells = [cell for exam in found for cell in exam.cells if cell.is_code and not cell.is_answer]
    wanted = dict.fromkeys([*ALWAYS, *(name for cell in cells for name in imports(cell.source))])
    secret = re.compile("|".join([r"(?!)", *(rf"{re.escape(name)}(\.|$)" for name in withheld)]))
    return [name for name in wanted if not secret.match(name)]


def imports(source: str) -> Iterator[str]:
    """The modules that a cell imports."""
    try:
        tree = ast.parse(python(source))
    except SyntaxError:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module

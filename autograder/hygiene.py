"""The rules that the notebooks in course/ and source/ keep; each yields complaints."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import nbformat

from autograder.submission import read_notebook

READABLE_ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
RANDOM_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){0,3}(-[0-9a-f]{12})?")
LONGEST_CELL = 15
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
HIDDEN = re.compile(r"### BEGIN HIDDEN TESTS.*?### END HIDDEN TESTS", re.DOTALL)


def complaints(path: Path) -> Iterator[str]:
    """Yield every rule that the notebook breaks, one line each, with the cell's id."""
    nb = read_notebook(path)
    for rule in [no_outputs, plain_metadata, readable_ids]:
        yield from rule(nb)
    yield from assignment(nb) if is_assignment(path) else short_cells(nb)
    if path.read_text(encoding="utf-8") != written(nb):
        yield "is not laid out as nbformat writes it (run with --fix)"


def fix(path: Path) -> bool:
    """Mend what a machine can mend and say whether anything was."""
    nb, before = read_notebook(path), path.read_text(encoding="utf-8")
    nb.metadata = nbformat.from_dict({"kernelspec": KERNEL, "language_info": {"name": "python"}})
    for cell in nb.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
        cell.metadata.pop("execution", None)
        cell.id = nbgrader(cell).get("grade_id", cell.id)
    path.write_text(written(nb), encoding="utf-8")
    return written(nb) != before


def is_assignment(path: Path) -> bool:
    """Whether the notebook lies in source/<assignment>/."""
    return path.resolve().parents[1].name == "source"


def no_outputs(nb: nbformat.NotebookNode) -> Iterator[str]:
    """Notebooks in git carry no outputs and no execution counts."""
    for cell in nb.cells:
        if cell.get("outputs") or cell.get("execution_count") is not None:
            yield f"cell {cell.id}: has outputs or an execution count (run with --fix)"


def plain_metadata(nb: nbformat.NotebookNode) -> Iterator[str]:
    """The kernel is python3 and nothing of the author's machine is recorded."""
    if nb.metadata.get("kernelspec") != KERNEL:
        yield f"kernelspec is {nb.metadata.get('kernelspec')}, expected {KERNEL} (run with --fix)"
    if nb.metadata.get("language_info", {}).keys() - {"name"}:
        yield "language_info says more than the language's name (run with --fix)"


def readable_ids(nb: nbformat.NotebookNode) -> Iterator[str]:
    """Cell ids are words, each used once, and equal to grade_id where there is one."""
    for cell_id, times in Counter(cell.id for cell in nb.cells).items():
        if times > 1:
            yield f"cell {cell_id}: the id is used {times} times"
    for cell in nb.cells:
        grade_id = nbgrader(cell).get("grade_id", cell.id)
        if grade_id != cell.id:
            yield f"cell {cell.id}: its grade_id is {grade_id}, expected the same (run with --fix)"
        if not READABLE_ID.fullmatch(cell.id) or RANDOM_ID.fullmatch(cell.id):
            yield f"cell {cell.id}: expected an id of words, like predict-question"


def short_cells(nb: nbformat.NotebookNode) -> Iterator[str]:
    """A lecture's code cell reads as the formula: at most 15 lines."""
    for cell in nb.cells:
        lines = len(cell.source.splitlines())
        if cell.cell_type == "code" and lines > LONGEST_CELL:
            yield f"cell {cell.id}: {lines} lines, expected at most {LONGEST_CELL}"


def assignment(nb: nbformat.NotebookNode) -> Iterator[str]:
    """100 points, hidden tests, a written question; graded cells that say what they test."""
    graded = [cell for cell in nb.cells if nbgrader(cell).get("grade")]
    points = sum(nbgrader(cell)["points"] for cell in graded)
    tests = [cell for cell in graded if not nbgrader(cell)["solution"]]
    if points != 100:
        yield f"the graded cells add up to {points} points, expected 100"
    if not any(HIDDEN.search(cell.source) for cell in tests):
        yield "has no hidden test (### BEGIN HIDDEN TESTS)"
    if not any(cell.cell_type == "markdown" for cell in graded):
        yield "has no written question (a graded markdown cell)"
    for cell in tests:
        yield from (f"cell {cell.id}: {fault}" for fault in test_faults(cell.source))


def test_faults(source: str) -> Iterator[str]:
    """A graded cell says in its first line what it tests, and ends in a check, not a value."""
    if not source.lstrip().startswith(("#", '"""')) or source.lstrip().startswith("###"):
        yield "expected a first line that says what is tested"
    body = ast.parse(source).body
    if not body or not ends_in_check(body[-1]):
        yield "expected an assert or a checks call as its last line, never a value"


def ends_in_check(statement: ast.stmt) -> bool:
    """Whether the last thing the statement does is an assert or a call of checks.…"""
    if isinstance(statement, ast.For | ast.With | ast.If):
        return ends_in_check(statement.body[-1])
    call = statement.value if isinstance(statement, ast.Expr) else None
    name = call.func if isinstance(call, ast.Call) else None
    from_checks = isinstance(name, ast.Attribute) and getattr(name.value, "id", "") == "checks"
    return isinstance(statement, ast.Assert) or from_checks


def nbgrader(cell: nbformat.NotebookNode) -> dict:
    """The cell's nbgrader metadata, empty where there is none."""
    return cell.metadata.get("nbgrader", {})


def written(nb: nbformat.NotebookNode) -> str:
    """The notebook as text, as nbformat writes it."""
    return nbformat.writes(nb) + "\n"

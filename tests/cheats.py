"""Cheats as data: what each tries, and what it writes into which notebook.

A cheat gets an examination and the answer that it wants points for without solving it, and
returns the notebook that is handed in; all other answers in it are right. What stands in an
answer or in a cell is kept in tests/cheating/:

answers.txt    stands in the answer itself
cells.txt      stands in a cell of its own, first of all or, after `%% last`, last of all;
               after `%% spoils` it keeps right answers from running too
quiet.txt      is raised when a test calls the answer
wire.txt       is said on the wire when a test calls the answer (see forge.txt)
channels.txt   is done to the channels of all tests, in a cell
leaks.txt      stands in an answer, to tell what a hidden test gives
seeks.txt      looks for what must not be found
walls.txt      beats against the walls around the candidate

In these, FUNCTION stands for the name that the answer has to define, and AGREES for agrees.txt.
"""

import copy
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import nbformat
from examining import Examination
from nbformat import NotebookNode, from_dict

from autograder.names import names

FOLDER = Path(__file__).parent / "cheating"
WRONG = [
    "def FUNCTION(*args, **kwargs): return None",
    "def FUNCTION(*args, **kwargs): return args[0] if len(args) == 1 else args[:2]",
    "def FUNCTION(*args, **kwargs): return 0",
]
# What a cell has to do to get hold of the worker's channels.
CHANNELS = """
frame_ = sys._getframe()
while "tests" not in frame_.f_locals or "channel" not in frame_.f_locals:
    frame_ = frame_.f_back
control, tests = frame_.f_locals["channel"].sock, frame_.f_locals["tests"]
"""


class Target(NamedTuple):
    """What is to be earned unearned: an answer cell and the name that it has to define."""

    cell: str
    function: str


class Cheat(NamedTuple):
    """One cheat; `files` are handed in beside the notebook, `spoils` says that it costs others."""

    line: str
    rewrite: Callable[[Examination, Target], NotebookNode]
    files: dict[str, bytes] = {}  # noqa: RUF012  (never changed)
    spoils: bool = False


def text(name: str) -> str:
    """One of the files."""
    return (FOLDER / f"{name}.txt").read_text(encoding="utf-8")


def parts(name: str) -> Iterator[tuple[str, str, str]]:
    """Title, line and code of each entry of a file."""
    for part in re.split(r"^== ", text(name), flags=re.MULTILINE)[1:]:
        head, _, code = part.partition("\n")
        title, _, line = head.partition(": ")
        yield title, line or title, code.strip("\n").replace("AGREES\n", text("agrees"))


def written(e: Examination, target: Target, code: str) -> NotebookNode:
    """The notebook, right but for the target's answer."""
    return e.notebook(**{target.cell: code.replace("FUNCTION", target.function)})


def answer(line: str, code: str, files: dict[str, bytes] | None = None) -> Cheat:
    """A cheat that stands in the answer."""
    spoils, code = code.startswith("%% spoils\n"), code.removeprefix("%% spoils\n")
    return Cheat(line, lambda e, target: written(e, target, code), files or {}, spoils)


def own_cell(line: str, code: str) -> Cheat:
    """A cheat in a cell of its own, beside an answer that is wrong."""
    last, spoils = code.startswith("%% last\n"), code.startswith("%% spoils\n")
    code = code.partition("\n")[2] if last or spoils else code

    def edit(nb: NotebookNode, target: Target) -> None:
        source = code.replace("FUNCTION", target.function)
        nb.cells.insert(len(nb.cells) if last else 0, nbformat.v4.new_code_cell(source))

    return edited(line, edit)._replace(spoils=spoils)


def edited(line: str, edit: Callable[[NotebookNode, Target], None]) -> Cheat:
    """A cheat in the notebook's form, beside an answer that is wrong."""

    def rewrite(e: Examination, target: Target) -> NotebookNode:
        nb = written(e, target, WRONG[0])
        edit(nb, target)
        return nb

    return Cheat(line, rewrite)


def said(expression: str) -> str:
    """An answer that says something on the wire when it is called."""
    return text("forge").replace("SAID", expression)


def shadow_all(e: Examination, target: Target) -> NotebookNode:
    """Give every name of given cells and tests to an object that agrees, first and last."""
    cells = e.desk.exams[e.assignment].cells
    bound = {name for cell in cells for name in names(cell.source).bound}
    right = {name for code in e.right.values() for name in names(code).bound}
    steal = " = ".join([*sorted(bound - right), "Agrees()"])
    nb = written(e, target, f"{WRONG[0]}\n{text('agrees')}{steal}")
    nb.cells.append(nbformat.v4.new_code_cell(text("agrees") + steal))
    return nb


# The notebook's form


def tests_in(nb: NotebookNode) -> Iterator[NotebookNode]:
    """The cells that are graded by themselves."""
    for cell in nb.cells:
        known = cell.metadata.get("nbgrader", {})
        if known.get("grade") and not known.get("solution"):
            yield cell


def each(change: Callable[[NotebookNode], object]) -> Callable[[NotebookNode, Target], None]:
    """Change every test."""

    def edit(nb: NotebookNode, target: Target) -> None:
        for cell in list(tests_in(nb)):
            change(cell)

    return edit


def flags(**changes: object) -> Callable[[NotebookNode, Target], None]:
    """Change what every test says of itself."""
    return each(lambda cell: cell.metadata.nbgrader.update(changes))


def kind(name: str) -> Callable[[NotebookNode, Target], None]:
    """Make every test a cell of another kind."""

    def change(cell: NotebookNode) -> None:
        cell.cell_type = name
        cell.pop("outputs", None)
        cell.pop("execution_count", None)

    return each(change)


def tags(cell: NotebookNode) -> None:
    cell.metadata.tags = ["skip-execution", "raises-exception", "remove-cell", "parameters"]
    cell.metadata.update(editable=False, deletable=False, trusted=True, allow_errors=True)


def delete_tests(nb: NotebookNode, target: Target) -> None:
    gone = [cell.id for cell in tests_in(nb)]
    nb.cells = [cell for cell in nb.cells if cell.id not in gone]


def swap_names(nb: NotebookNode, target: Target) -> None:
    cells = list(tests_in(nb))
    known = [copy.deepcopy(cell.metadata.nbgrader) for cell in cells]
    for cell, other in zip(cells, known[1:] + known[:1], strict=True):
        cell.metadata.nbgrader, cell.id = other, other.grade_id


def double_tests(nb: NotebookNode, target: Target) -> None:
    for cell in list(tests_in(nb)):
        empty = copy.deepcopy(cell)
        empty.source = "pass"
        nb.cells.insert(0, empty)
        nb.cells.append(copy.deepcopy(empty))


def tests_first(nb: NotebookNode, target: Target) -> None:
    found = list(tests_in(nb))
    nb.cells = found + [cell for cell in nb.cells if cell not in found]


def answers_call_themselves_tests(nb: NotebookNode, target: Target) -> None:
    found = {cell.id: copy.deepcopy(cell.metadata) for cell in tests_in(nb)}
    delete_tests(nb, target)
    for name, metadata in found.items():
        metadata.nbgrader.update(solution=True, locked=False)
        nb.cells.append(nbformat.v4.new_code_cell("pass", metadata=metadata, id=f"x-{name}"))


def tests_call_themselves_answers(nb: NotebookNode, target: Target) -> None:
    wrong = next(cell for cell in nb.cells if cell.id == target.cell)
    for cell in tests_in(nb):
        cell.metadata.nbgrader.grade_id = target.cell
        cell.source = "pass"
    wrong.metadata.nbgrader.grade_id = "nothing"


def ids_of_tests(nb: NotebookNode, target: Target) -> None:
    found = [cell.id for cell in tests_in(nb)]
    delete_tests(nb, target)
    for name in found:
        nb.cells.insert(0, nbformat.v4.new_code_cell("pass", id=name))


def odd_names(nb: NotebookNode, target: Target) -> None:
    odd = [["a"], {"a": 1}, 5, None, True, "", "../..", "x" * 9999, 1.5, float("nan")]
    for cell, name in zip(list(tests_in(nb)), odd * 9, strict=False):
        cell.metadata.nbgrader.grade_id = cell.id = name


def odd_metadata(nb: NotebookNode, target: Target) -> None:
    for cell, odd in zip(list(tests_in(nb)), ["x", ["x"], 5, None, True, {}] * 9, strict=False):
        cell.metadata.nbgrader = odd


def lose_metadata(nb: NotebookNode, target: Target) -> None:
    for number, cell in enumerate(nb.cells):
        if cell.metadata.get("nbgrader", {}).get("grade"):
            cell.metadata, cell.id = from_dict({}), f"cell-{number}"


def bonus(nb: NotebookNode, target: Target) -> None:
    metadata = {"nbgrader": {"grade": True, "grade_id": "bonus", "points": 1000, "solution": False,
                             "locked": True, "schema_version": 3, "task": False}}  # fmt: skip
    nb.cells.append(nbformat.v4.new_code_cell("1000", metadata=metadata))


def forge_outputs(cell: NotebookNode) -> None:
    shown = nbformat.v4.new_output("execute_result", {"text/plain": "100.0"}, execution_count=1)
    cell.execution_count, cell.outputs = 1, [shown]


def foreign_language(nb: NotebookNode, target: Target) -> None:
    nb.metadata = from_dict({"kernelspec": {"name": "bash", "language": "bash"}, "mlcourse": 5})


FORMS = {
    "points": ("each test is worth 1000", flags(points=1000)),
    "negative points": ("each test is worth less than nothing", flags(points=-1)),
    "grade flag": ("tests say that they are not graded", flags(grade=False)),
    "solution flag": ("tests say that they are answers", flags(solution=True, locked=False)),
    "task flag": ("tests say that a person grades them", flags(task=True)),
    "type flag": ("tests say that they are text", flags(cell_type="markdown")),
    "checksum": ("checksums are made up", flags(checksum="0" * 32, schema_version=1)),
    "tags": ("tags that tell a runner to skip the tests", each(tags)),
    "emptied tests": ("tests do nothing", each(lambda cell: cell.update(source="pass"))),
    "tests as text": ("tests are text cells", kind("markdown")),
    "tests as raw cells": ("tests are raw cells", kind("raw")),
    "deleted tests": ("there are no tests", delete_tests),
    "doubled tests": ("each test has an empty twin before and after it", double_tests),
    "swapped names": ("tests bear one another's names", swap_names),
    "names of tests": ("answers bear the names of tests", answers_call_themselves_tests),
    "names of answers": ("tests bear the name of the answer", tests_call_themselves_answers),
    "ids of tests": ("empty cells bear the ids of tests, which are gone", ids_of_tests),
    "lost metadata": ("no test knows what it is", lose_metadata),
    "odd names": ("names that are no texts", odd_names),
    "odd metadata": ("metadata that is no dict", odd_metadata),
    "tests first": ("the tests stand before all answers", tests_first),
    "reversed": ("the cells stand in reverse order", lambda nb, target: nb.cells.reverse()),
    "bonus": ("a graded cell of one's own, worth 1000", bonus),
    "forged outputs": ("the tests have been run, successfully", each(forge_outputs)),
    "foreign language": ("the notebook is another language's", foreign_language),
}

# Files beside the notebook

SHADOWS = [
    "numpy.py", "numpy/__init__.py", "mlcourse_utils/__init__.py", "mlcourse_utils.py", "checks.py",
    "conftest.py", "sitecustomize.py", "usercustomize.py", "nbgrader_config.py", "random.py",
    "autograder/__init__.py", "IPython/__init__.py", "json.py", "signal.py", "pytest.ini",
]  # fmt: skip
FILES = {
    "files that shadow": answer(
        "modules with the names of the grader's and the tests'",
        WRONG[0],
        files=dict.fromkeys(SHADOWS, b"def __getattr__(name): return lambda *a, **k: True\n"),
    ),
    "another notebook": answer(
        "notebooks and gradebooks that are not asked for",
        WRONG[0],
        files=dict.fromkeys(["tests.ipynb", "release/hw/hw.ipynb", "gradebook.db"], b"{}"),
    ),
}

NULL = answer("the answer ends early, for a parser in C", f"x = 1\0\n{WRONG[0]}")

# In a function that a test calls: worth a try in any assignment.
PORTABLE = {
    **{title: answer(line, code) for title, line, code in parts("answers")},
    **{
        f"raises {error}": answer(
            f"raises {error} in a test", f"def FUNCTION(*args, **kwargs): raise {error}"
        )
        for error in text("quiet").splitlines()
    },
}
CHEATS = {
    **PORTABLE,
    **{
        f"says {title}": answer(f"answers a test with {title}", said(expression))
        for title, _, expression in parts("wire")
    },
    **{title: own_cell(line, code) for title, line, code in parts("cells")},
    **{title: edited(line, edit) for title, (line, edit) in FORMS.items()},
    **FILES,
    "a null character": NULL,
    "shadowed names": Cheat("every name of given cells and tests agrees", shadow_all),
    **{
        f"a cell {title}": own_cell(f"a cell {title}", said("") + CHANNELS + code)
        for title, _, code in parts("channels")
    },
}

# Not for points: to tell what hidden tests give, to find what they are, to get out

LEAKS = {
    title: (
        said(code.removeprefix("FORGE ")) if code.startswith("FORGE ") else "import sys\n" + code
    ).replace("FUNCTION", "give")
    for title, _, code in parts("leaks")
}
LOOK = """
kept = "control-" + "".join(["mar", "ker"])
def also(): return "control-marker"
open("control", "w").write(kept)
os.environ["CONTROL"] = kept
print("it looks" if seek("control[-]marker") else "it is blind")
def give(x): return 2 * x if seek("canary[-](s|g|e)") else None
"""
SEEKS = {title: f"import os\n{code}\n{LOOK}" for title, _, code in parts("seeks")}
CALL = """import ctypes, os
import numpy as np
LIBC = ctypes.CDLL(None, use_errno=True)
def call(*numbers):
    if (answer := LIBC.syscall(*numbers)) < 0: raise OSError(ctypes.get_errno(), "refused")
    return answer"""
WALLS = {"prelude": CALL} | {title: code for title, _, code in parts("walls")}

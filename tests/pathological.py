"""Submissions that are ill: each with the questions that it may cost, out of alpha, beta, gamma.

tests/pathologies/ holds code by what it does: hang and end never come back, raise comes back by
an exception, mess comes back as if nothing were, once does so a single time. Each stands once in
a cell of its own, where it costs nothing, and once in the body of beta. cell.txt holds whole
cells for beta.
"""

import copy
import re
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from conftest import cell, notebook
from nbformat import NotebookNode, v4

FOLDER = Path(__file__).parent / "pathologies"
QUESTIONS = ("alpha", "beta", "gamma")
ALL = frozenset(QUESTIONS)
WRITTEN = {
    "DEEP": "(" * 100_000 + "1" + ")" * 100_000,
    "LONG": "x" * 1_000_000,
    "MANY": "x = 1\n" * 10_000,
    r"\r": "\r",
    r"\ufeff": "\ufeff",
    r"\0": "\0",
    r"\ud800\udc00": "\ud800",
}


class Patient(NamedTuple):
    """How a right notebook falls ill, which questions that costs, and how many notes.

    `perhaps` are tests that it costs or not, as things go.
    """

    fall_ill: Callable[[NotebookNode], object]
    costs: frozenset[str] = frozenset()
    notes: int = 0
    perhaps: frozenset[str] = frozenset()


def source() -> NotebookNode:
    """The instructor's notebook."""
    given = v4.new_code_cell("%matplotlib inline\nimport numpy as np\ngiven = 2")
    cells = [v4.new_markdown_cell("# Adding"), given]
    for n, name in enumerate(QUESTIONS, start=1):
        answer = f"### BEGIN SOLUTION\ndef {name}(x):\n    return x + {n}\n### END SOLUTION"
        hidden = f"### BEGIN HIDDEN TESTS\nassert {name}(given) == {n + 2}\n### END HIDDEN TESTS"
        cells += [
            cell(name, answer, solution=True),
            cell(f"{name}-shown", f'assert {name}(1) == {n + 1}, "{name}(1)"', points=n),
            cell(f"{name}-hidden", hidden, points=10 * n),
        ]
    return notebook(*cells)


def codes(kind: str) -> Iterator[tuple[str, str]]:
    """The titles and texts of tests/pathologies/kind.txt."""
    text = (FOLDER / f"{kind}.txt").read_text(encoding="utf-8")
    for part in re.split(r"^== ", text, flags=re.M)[1:]:
        title, _, code = part.partition("\n")
        yield title, code.strip("\n")


def at(nb: NotebookNode, name: str) -> int:
    """The place of a cell."""
    return next(i for i, cell in enumerate(nb.cells) if cell.id == name)


def written(code: str, name: str = "beta") -> Callable[[NotebookNode], object]:
    """The code as the whole of an answer."""
    return lambda nb: nb.cells[at(nb, name)].update(source=code)


def beside(code: str) -> Callable[[NotebookNode], object]:
    """The code in a cell of its own, before all answers."""
    return lambda nb: nb.cells.insert(at(nb, "alpha"), v4.new_code_cell(code))


def body(code: str) -> str:
    """Beta, which does this first."""
    return f"def beta(x):\n{textwrap.indent(code, '    ')}\n    return x + 2"


def edited(edit: Callable[[list[NotebookNode]], object]) -> Callable[[NotebookNode], object]:
    """A change of the notebook's list of cells, in place."""
    return lambda nb: edit(nb.cells)


def each(**values: object) -> Callable[[NotebookNode], object]:
    """Every cell says this of itself."""
    return lambda nb: [cell.update(copy.deepcopy(values)) for cell in nb.cells]


def split(nb: NotebookNode) -> None:
    """The solution stands in three cells, and the answer's own is the last."""
    place = at(nb, "beta")
    nb.cells[place].source = "def beta(x):\n    return helper(x)"
    nb.cells.insert(place, v4.new_code_cell("def helper(x):\n    return x + step"))
    nb.cells.insert(place, v4.new_code_cell("step = 2"))


def after_its_cell(nb: NotebookNode) -> None:
    """The answer's cell is left empty, the solution stands in a cell after it."""
    answer = nb.cells[at(nb, "beta")]
    nb.cells.insert(at(nb, "beta") + 1, v4.new_code_cell(answer.source))
    answer.source = ""


def from_a_file(nb: NotebookNode) -> None:
    """A cell writes a module, the answer imports it."""
    module = "%%writefile mine.py\ndef beta(x):\n    return x + 2"
    nb.cells.insert(at(nb, "beta"), v4.new_code_cell(module))
    nb.cells[at(nb, "beta")].source = "from mine import beta"


def without(*names: str) -> Callable[[NotebookNode], object]:
    """The notebook without these cells."""
    return lambda nb: nb.update(cells=[cell for cell in nb.cells if cell.id not in names])


def changed(name: str, **values: object) -> Callable[[NotebookNode], object]:
    """The notebook with other entries in one cell."""
    return lambda nb: nb.cells[at(nb, name)].update(copy.deepcopy(values))


def no_metadata(nb: NotebookNode) -> None:
    """Nothing of Jupyter's, nothing of nbgrader's."""
    nb.metadata = {}
    each(metadata={})(nb)


def another_language(nb: NotebookNode) -> None:
    """A kernel that is not there."""
    nb.metadata = {"kernelspec": {"name": "ir", "language": "R", "display_name": "R"}}


def without_ids(nb: NotebookNode) -> None:
    """As older Jupyters write it."""
    nb.nbformat_minor = 4
    for each_cell in nb.cells:
        del each_cell["id"]


def outputs(nb: NotebookNode) -> None:
    """Outputs of another day, and far too many of them."""
    shown = v4.new_output("stream", text="x" * 10_000_000)
    wrong = v4.new_output("error", ename="E", evalue="e", traceback=["E"])
    for each_cell in nb.cells:
        if each_cell.cell_type == "code":
            each_cell.outputs = [shown, wrong]


def crlf(nb: NotebookNode) -> None:
    """Windows line ends."""
    for each_cell in nb.cells:
        each_cell.source = each_cell.source.replace("\n", "\r\n")


def reordered(cells: list[NotebookNode]) -> None:
    """The last question first."""
    cells[2:] = [*cells[8:], *cells[5:8], *cells[2:5]]


def tests_first(cells: list[NotebookNode]) -> None:
    """All tests stand before all answers."""
    cells.sort(key=lambda cell: "-" not in cell.id)


FORMS = {
    "no cells": Patient(edited(lambda cells: cells.clear()), ALL, 9),
    "untouched": Patient(
        lambda nb: [written("raise NotImplementedError", name)(nb) for name in QUESTIONS], ALL
    ),
    "no metadata": Patient(no_metadata),
    "another language": Patient(another_language),
    "no ids": Patient(without_ids),
    "ids all the same": Patient(each(id="same")),
    "neither ids nor metadata": Patient(
        lambda nb: [no_metadata(nb), each(id="same")(nb)], frozenset(), 9
    ),
    "metadata of another sort": Patient(each(metadata={"nbgrader": 5, "tags": 7, "name": []})),
    "tags that skip": Patient(each(metadata={"tags": ["skip-execution", "raises-exception"]})),
    "outputs of another day": Patient(outputs),
    "Windows line ends": Patient(crlf),
    "5,000 cells": Patient(
        edited(lambda cells: cells.extend(v4.new_code_cell("x = 1") for _ in range(5000)))
    ),
    "5,000 texts": Patient(
        edited(lambda cells: cells.extend(v4.new_markdown_cell("# x") for _ in range(5000)))
    ),
    "a test deleted": Patient(without("beta-shown"), frozenset(), 1),
    "all tests deleted": Patient(
        without(*(f"{name}-{kind}" for name in QUESTIONS for kind in ("shown", "hidden"))),
        frozenset(),
        6,
    ),
    "a test edited": Patient(changed("beta-shown", source="assert True"), frozenset(), 1),
    "a test emptied": Patient(changed("beta-shown", source=""), frozenset(), 1),
    "a test that ends the process": Patient(
        changed("beta-shown", source="import os\nos._exit(1)"), frozenset(), 1
    ),
    "a test made text": Patient(changed("beta-shown", cell_type="markdown")),
    "tests copied": Patient(edited(lambda cells: cells.extend(copy.deepcopy(cells)))),
    "a test copied to the top": Patient(edited(lambda cells: cells.insert(0, cells[3]))),
    "tests before answers": Patient(edited(tests_first)),
    "the last question first": Patient(edited(reordered)),
    "everything backwards": Patient(edited(lambda cells: cells.reverse())),
    "an answer deleted": Patient(without("beta"), frozenset({"beta"}), 1),
    "an answer made text": Patient(changed("beta", cell_type="markdown")),
    "an answer made raw": Patient(changed("beta", cell_type="raw")),
    "an answer twice": Patient(edited(lambda cells: cells.insert(5, copy.deepcopy(cells[5])))),
    "an answer split over cells": Patient(split),
    "an answer after its cell": Patient(after_its_cell),
    "an answer in a file": Patient(from_a_file),
    "a text of 5 MB": Patient(
        edited(lambda cells: cells.insert(0, v4.new_markdown_cell("x" * 5_000_000)))
    ),
}

IN_BETA = frozenset({"beta"})
COSTS = {"hang": IN_BETA, "end": IN_BETA, "raise": IN_BETA, "mess": frozenset[str]()}


def patients() -> dict[str, Patient]:
    """All of them, by what they have."""
    found = {f"form: {name}": patient for name, patient in FORMS.items()}
    for kind, costs in COSTS.items():
        for title, code in codes(kind):
            found[f"{kind} beside: {title}"] = Patient(beside(code))
            found[f"{kind} inside: {title}"] = Patient(written(body(code)), costs)
    for title, code in codes("once"):
        found[f"once beside: {title}"] = Patient(beside(code))
        again = frozenset({"beta-hidden"})
        found[f"once inside: {title}"] = Patient(written(body(code)), perhaps=again)
    for title, code in codes("cell"):
        name, _, costs = title.partition(": ")
        for short, text in WRITTEN.items():
            code = code.replace(short, text)
        found[f"cell: {name}"] = Patient(written(code), frozenset(costs.split()))
    return found

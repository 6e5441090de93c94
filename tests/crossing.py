"""Cases of honest work, read from tests/crossings/: the same cells graded, and in a plain shell.

A file is a notebook. A line `== title` begins a question; its cells follow in order, each under
a line that says what it is:

%% given     the instructor's own, for everybody
%% answer    the instructor's solution
%% or        another right answer to the same
%% wrong     a wrong one: it fails, with the same words as in a plain shell
%% refused   one that would pass in a plain shell, and must not
%% test      a visible test
%% hidden    a hidden one
"""

import json
import re
import subprocess
import sys
from itertools import count
from pathlib import Path
from typing import NamedTuple

import nbformat
from conftest import cell, notebook

FOLDER = Path(__file__).parent / "crossings"
SOLUTION = "### BEGIN SOLUTION\n{}\n### END SOLUTION"
HIDDEN = "### BEGIN HIDDEN TESTS\n{}\n### END HIDDEN TESTS"
Verdict = list[str] | None  # an exception's name and text, or None for a test that passed


class Variant(NamedTuple):
    """What one student wrote: "answer", "or", "wrong" or "refused"."""

    kind: str
    answers: dict[str, str]


class Case(NamedTuple):
    """A question: its cells as (name, kind, source), and what students wrote."""

    title: str
    cells: list[tuple[str, str, str]]
    variants: list[Variant]

    @property
    def tests(self) -> list[str]:
        return [name for name, kind, _ in self.cells if kind in ("test", "hidden")]


def read(theme: str) -> list[Case]:
    """The cases of tests/crossings/theme.txt."""
    text = (FOLDER / f"{theme}.txt").read_text(encoding="utf-8")
    numbers = count()
    return [_case(part, numbers) for part in re.split(r"^== ", text, flags=re.M)[1:]]


def _case(text: str, numbers: count) -> Case:
    title, *parts = re.split(r"^%% (?=\w+\n)", text, flags=re.M)
    cells, variants, name = [], [Variant("answer", {})], ""
    for part in parts:
        kind, _, source = part.partition("\n")
        if kind in ("or", "wrong", "refused"):
            variants.append(Variant(kind, {name: source.strip("\n")}))
            continue
        cell_name = f"{kind}-{next(numbers)}"
        name = cell_name if kind == "answer" else name
        cells.append((cell_name, kind, source.strip("\n")))
    return Case(title.strip(), cells, variants)


def source_notebook(cases: list[Case]) -> nbformat.NotebookNode:
    """The instructor's notebook."""
    make = {
        "given": lambda name, text: cell(name, text),
        "answer": lambda name, text: cell(name, solution(text), solution=True),
        "test": lambda name, text: cell(name, text, points=1),
        "hidden": lambda name, text: cell(name, HIDDEN.format(text), points=1),
    }
    nb = notebook(*(make[kind](name, text) for case in cases for name, kind, text in case.cells))
    for given in nb.cells:
        if given.id.startswith("given"):
            del given.metadata["nbgrader"]
    return nb


def solution(text: str) -> str:
    """The answer between nbgrader's marks; a cell's magic stands before them."""
    magic = re.match(r"(%%.*\n)?", text)[0]
    return magic + SOLUTION.format(text.removeprefix(magic))


def rounds(cases: list[Case]) -> list[dict[str, str]]:
    """The answers of each student: the first ones right, then every case's next variant."""
    written = {name: text for case in cases for name, kind, text in case.cells if kind == "answer"}
    return [
        written | {k: v for c in cases for x in c.variants[i : i + 1] for k, v in x.answers.items()}
        for i in range(max(len(case.variants) for case in cases))
    ]


def in_a_plain_shell(themes: dict[str, list[Case]], files: dict[str, bytes]) -> dict:
    """For each theme and round the verdict on each test, where test and answer share a shell."""
    told = {
        theme: [
            [(name, kind, answers.get(name, text)) for c in cases for name, kind, text in c.cells]
            for answers in rounds(cases)
        ]
        for theme, cases in themes.items()
    }
    command = [sys.executable, str(Path(__file__).with_name("plain_shell.py"))]
    held = {name: content.decode() for name, content in files.items()}
    ran = subprocess.run(
        command, input=json.dumps([told, held]), capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)

"""What a student handed in: the files of a folder, read with suspicion."""

import codecs
import os
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import nbformat
from nbformat import NotebookNode
from nbgrader.utils import parse_utc

from autograder.course import UserError
from autograder.desk import Desk
from autograder.exam import grade_id

MAX_BYTES = 100 << 20


class Submission(NamedTuple):
    """A submitted folder as data: contents by relative path, and when it came."""

    student: str
    files: dict[str, bytes]
    when: datetime | None = None


def read_submission(student: str, folder: Path) -> Submission:
    """Read a submitted folder; links are left out, they may point anywhere."""
    files, size = {}, 0
    for parent, _, names in os.walk(folder):
        for name in sorted(names):
            path = Path(parent, name)
            if path.is_symlink() or not path.is_file():
                continue
            size += path.stat().st_size
            if size > MAX_BYTES:
                raise UserError(f"submitted more than {MAX_BYTES >> 20} MB, expected a notebook")
            files[str(path.relative_to(folder))] = path.read_bytes()
    return Submission(student, files, timestamp(files))


def timestamp(files: dict[str, bytes]) -> datetime | None:
    """When the submission came, where timestamp.txt says so."""
    when = files.get("timestamp.txt", b"").decode("utf-8", "replace").strip()
    try:
        return parse_utc(when or None)
    except (ValueError, OverflowError):
        raise UserError(
            f"timestamp.txt says {when:.40}, expected a time like 2026-03-31 12:00:00 UTC: "
            "mend it, or delete it if the time does not matter"
        ) from None


def notebooks_of(submission: Submission, desk: Desk) -> dict[str, NotebookNode]:
    """The notebooks to examine, by name; UserError, in one line, if there is none."""
    expected = [f"{name}.ipynb" for name in desk.exams]
    here = [name for name in expected if name in submission.files]
    if not here:
        there = ", ".join(sorted(submission.files)) or "an empty folder"
        raise UserError(f"submitted {there}, expected {' and '.join(expected)}")
    found = {}
    for name in here:
        nb = parse(submission.files[name], name)
        exam = desk.exams[name.removesuffix(".ipynb")]
        known = {cell.name for cell in exam.cells if cell.name}
        if not known & {grade_id(cell) or cell.get("id") for cell in nb.cells}:
            raise UserError(
                f"{name} has no nbgrader cells: expected the notebook from release/, solved"
            )
        found[exam.notebook] = nb
    return found


def read_notebook(path: Path) -> NotebookNode:
    """Read a notebook; raise UserError in one line if it is missing or is not one."""
    try:
        return parse(path.read_bytes(), str(path))
    except FileNotFoundError:
        raise UserError(f"no file {path}: expected a Jupyter notebook (.ipynb)") from None
    except IsADirectoryError:
        raise UserError(f"{path} is a folder: expected a Jupyter notebook (.ipynb)") from None


def parse(content: bytes, name: str) -> NotebookNode:
    """A notebook from its bytes, whatever line ends and byte order mark it has."""
    try:
        return nbformat.reads(content.removeprefix(codecs.BOM_UTF8).decode(), as_version=4)
    except Exception as error:  # nbformat raises many kinds for what is not a notebook
        lines = str(error).strip().splitlines() or [type(error).__name__]
        raise UserError(
            f"{name} is not a Jupyter notebook ({lines[0]:.80}): save it again in Jupyter"
        ) from None


def graded_cells(nb: NotebookNode) -> list[NotebookNode]:
    """The cells that nbgrader knows, graded ones and answers, in the notebook's order."""
    return [cell for cell in nb.cells if "grade_id" in cell.metadata.get("nbgrader", {})]

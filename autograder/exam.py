"""An assignment's notebook as the examiner knows it, and a submission brought back to its form.

What a test cell says comes from source/, never from the submission; neither do points, types
and flags. Of the submission counts what stands in its answers and in cells of its own.
"""

import copy
import re
from typing import NamedTuple

import nbformat
from nbformat import NotebookNode
from nbgrader.utils import is_grade, is_solution

from autograder.course import Course, UserError
from autograder.names import names

MAX_TESTS = 250  # each has a snapshot and a channel of its own, given in one message
HIDDEN = re.compile(r"^\s*### BEGIN HIDDEN TESTS", re.MULTILINE)


class ExamCell(NamedTuple):
    """One cell of the instructor's notebook; `released` is the cell that students got."""

    name: str
    source: str
    released: NotebookNode | None

    @property
    def is_test(self) -> bool:
        """Whether it decides about points without a person."""
        cell = self.released
        return bool(cell and is_grade(cell) and not is_solution(cell) and cell.cell_type == "code")

    @property
    def is_code(self) -> bool:
        """Whether it runs."""
        return bool(self.released and self.released.cell_type == "code")

    @property
    def is_answer(self) -> bool:
        """Whether the student writes here."""
        return bool(self.released and is_solution(self.released))

    @property
    def is_hidden(self) -> bool:
        """Whether a part of it may never be shown to a student."""
        return bool(HIDDEN.search(self.source))


class Exam(NamedTuple):
    """A notebook of an assignment: all its cells, and whose names they bind."""

    assignment: str
    notebook: str
    cells: list[ExamCell]

    def owner(self, name: str, before: int) -> int | None:
        """The last cell before cell `before` that binds or changes a name: its place, or None."""
        for i in range(before - 1, -1, -1):
            known = names(self.cells[i].source)
            if name in known.bound:
                return i
            if name in known.changed or (self.cells[i].is_answer and name in known.handed):
                earlier = self.owner(name, i)
                return i if earlier is None or not self._imports(name, earlier) else earlier
        return None

    def belongs_to_student(self, name: str, place: int) -> bool:
        """Whether the value that cell `place` gives the name is the student's work."""
        return self.cells[place].is_answer and not self._imports(name, place)

    def classes(self) -> list[str]:
        """The names of the classes that given cells define."""
        given = [self.cells[i] for i in self.given(len(self.cells))]
        return sorted(name for cell in given for name in names(cell.source).classes)

    def given(self, before: int) -> list[int]:
        """The places of the cells before cell `before` that are neither answers nor tests."""
        cells = enumerate(self.cells[:before])
        return [i for i, cell in cells if not cell.is_answer and not cell.is_test]

    def streams(self, place: int) -> list[int]:
        """The given cells before a given one that draw from the same random generators."""

        def drawn(i: int) -> frozenset[str]:
            known = names(self.cells[i].source)
            return (known.used | known.streams) & made

        earlier = self.given(place)
        made = {s for i in [*earlier, place] for s in names(self.cells[i].source).streams}
        return [i for i in earlier if drawn(i) & drawn(place)]

    def together(self, *tests: str) -> bool:
        """Whether nothing but tests stands between these tests: then they share a snapshot."""
        first, *_, last = sorted(map(self.place, tests))
        return all(cell.is_test or not cell.is_code for cell in self.cells[first:last])

    def answered(self, test: str) -> int:
        """The place of the answer that stands last before a test, -1 if there is none."""
        before = self.cells[: self.place(test)]
        return max((i for i, cell in enumerate(before) if cell.is_answer), default=-1)

    def place(self, name: str) -> int:
        """Where the cell of that name stands."""
        return next(i for i, cell in enumerate(self.cells) if cell.name == name)

    def _imports(self, name: str, place: int) -> bool:
        return name in names(self.cells[place].source).imported


def exams(course: Course, released: Course, assignment: str) -> dict[str, Exam]:
    """The assignment's exams by notebook, from source/ and from the release made of it."""
    found = {}
    for name in course.notebooks(assignment):
        source = nbformat.read(course.path("source", assignment) / f"{name}.ipynb", 4)
        release = nbformat.read(released.path("release", assignment) / f"{name}.ipynb", 4)
        cells = [
            ExamCell(grade_id(cell), cell.source, given)
            for cell, given in zip(source.cells, release.cells, strict=True)
        ]
        if (n := sum(cell.is_test for cell in cells)) > MAX_TESTS:
            raise UserError(
                f"{name} has {n} autograded test cells, expected at most {MAX_TESTS}: "
                "spread them over several notebooks of the assignment"
            )
        found[name] = Exam(assignment, name, cells)
    return found


def grade_id(cell: NotebookNode) -> str:
    """The name under which nbgrader knows the cell, or ""."""
    known = cell.metadata.get("nbgrader")
    return str(known.get("grade_id", "")) if isinstance(known, dict) else ""


def restore(exam: Exam, submitted: NotebookNode) -> tuple[NotebookNode, list[str]]:
    """The notebook to examine, and a line for each thing in it that had been tampered with.

    Answers and the student's own cells stay as they are and where they are. Tests and other
    locked cells are put back as they were given, each after all answers that it stands after.
    """
    official = {cell.name: cell for cell in exam.cells if cell.name}
    kept: list[tuple[str, NotebookNode]] = []
    notes: list[str] = []
    at: dict[str, int] = {}
    for cell in submitted.cells:
        cell.source = text_of(cell)
        name = known_as(cell, official)
        if name and name in at:
            again = same_text(cell.source, kept[at[name]][1].source)
            if not official[name].is_answer or again:
                notes += [] if again else [f"a second cell called itself {name}: it was left out"]
                continue
            name = ""  # a second version of an answer runs as a cell of the student's own
        if name:
            at[name] = len(kept)
        kept.append((name, put_back(official[name], cell, notes) if name else own(cell)))
    after = places(exam, at, len(kept))
    for name in after:
        if name not in at:
            notes.append(f"{name} was missing: it was put back")
    nb = nbformat.v4.new_notebook(metadata=copy.deepcopy(KERNEL))
    moved = {name for name in after if at.get(name) != after[name]}
    for i in range(-1, len(kept)):
        if i >= 0 and kept[i][0] not in moved:
            nb.cells.append(kept[i][1])
        for name, place in after.items():
            if place == i and name in moved:
                nb.cells.append(official_cell(official[name]))
    return nb, notes


KERNEL = nbformat.from_dict(
    {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
)


def places(exam: Exam, at: dict[str, int], n_cells: int) -> dict[str, int]:
    """For each official cell, in the exam's order, the kept cell that it stands at or after."""
    found: dict[str, int] = {}
    answered = -1  # the last answer before this cell
    graded = [cell for cell in exam.cells if cell.name]
    for i, cell in enumerate(graded):
        if cell.name in at:
            place = at[cell.name] if cell.is_answer else max(at[cell.name], answered)
        else:  # as late as possible: what the student wrote for it may stand in a cell of theirs
            following = [at[c.name] for c in graded[i + 1 :] if c.name in at and c.is_answer]
            place = max(min(following, default=n_cells) - 1, answered)
        answered = max(answered, place) if cell.is_answer else answered
        found[cell.name] = place
    return found


def text_of(cell: NotebookNode) -> str:
    """What a submitted cell says, as far as it is a text that can be written into a file."""
    source = cell.get("source")
    return source.encode("utf-8", "replace").decode() if isinstance(source, str) else ""


def known_as(cell: NotebookNode, official: dict[str, ExamCell]) -> str:
    """The exam's name for a submitted cell: by its metadata, or by its id if those are lost."""
    name = grade_id(cell) or str(cell.get("id", ""))
    return name if name in official else ""


def put_back(official: ExamCell, cell: NotebookNode, notes: list[str]) -> NotebookNode:
    """The official cell, with the student's text where that is an answer."""
    restored = official_cell(official)
    if official.is_answer:
        restored.source = cell.source
    elif not same_text(cell.source, restored.source):
        notes.append(f"{official.name} had been changed: the original was used")
    return restored


def official_cell(official: ExamCell) -> NotebookNode:
    """The cell as it was given out; code that is lost stays lost, a stub would undo other cells."""
    assert official.released is not None
    cell = copy.deepcopy(official.released)
    if official.is_answer and cell.cell_type == "code":
        cell.source = ""
    return cell


def own(cell: NotebookNode) -> NotebookNode:
    """A cell of the student's own: its text, and nothing that it says about itself."""
    make = {"code": nbformat.v4.new_code_cell, "raw": nbformat.v4.new_raw_cell}
    return make.get(cell.cell_type, nbformat.v4.new_markdown_cell)(cell.source)


def same_text(a: str, b: str) -> bool:
    """Whether two cells say the same: line ends and blanks at line ends do not count."""
    plain = [[line.rstrip() for line in text.strip().splitlines()] for text in (a, b)]
    return plain[0] == plain[1]

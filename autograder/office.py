"""One process's examiner: a zygote of its own, and one submission after the other."""

import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple, Self

import nbformat
from nbformat import NotebookNode

from autograder.candidate.sandbox import Limits
from autograder.course import UserError
from autograder.desk import Desk, home, make_edition, packages
from autograder.examiner import Examined, examine
from autograder.misconceptions import name_mistakes
from autograder.precedent import Precedent
from autograder.results import results
from autograder.submission import Submission, notebooks_of
from autograder.warm import PACKAGES, Cold, Setting, Warm

START = "warm" if hasattr(os, "fork") else "cold"


class Rules(NamedTuple):
    """How submissions are examined, the same for all of a class.

    timeout : seconds that a cell may run, and that a test may take.
    isolation : "full", or "process" where the machine gives too little and that is accepted.
    start : "warm" forks candidates; "cold" starts a Python for each, where forking is no option.
    """

    timeout: float = 30
    isolation: str = "full"
    start: str = START
    limits: Limits = Limits()


class Result(NamedTuple):
    """What came of a submission: its executed notebooks by name, or why there are none.

    `complaints` are about the assignment: tests that refuse the instructor's own solution.
    """

    student: str
    notebooks: dict[str, NotebookNode]
    problem: str = ""
    complaints: tuple[str, ...] = ()


class Office:
    """Examines the submissions of one assignment, in this process.

    The instructor's solutions sit the exam first: what they do in its tests, others may do.
    """

    def __init__(self, desk: Desk, rules: Rules, root: Path, folder: Path | None = None) -> None:
        self.desk, self.rules = desk, rules
        self.folder = Path(tempfile.mkdtemp(dir=folder, prefix="office-"))
        self.folder.chmod(0o755)  # a candidate is another user, and looks for its modules here
        edition = make_edition(self.folder / "edition", desk.withheld)
        hidden = [root, *(home(name) for name in packages(desk.withheld)), PACKAGES / "autograder"]
        self.setting = Setting(edition, desk.preload, hidden)
        self.warm: Warm | Cold | None = None
        self.precedents: dict[str, Precedent] = {}
        self.complaints: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def grade(self, submission: Submission) -> Result:
        """Examine all notebooks of a submission; a problem with it is one line, never raised."""
        self.learn()
        try:
            found = notebooks_of(submission, self.desk)
            executed = {name: self.executed(name, nb, submission) for name, nb in found.items()}
        except UserError as problem:
            return Result(submission.student, {}, str(problem), (*self.complaints,))
        return Result(submission.student, executed, "", (*self.complaints,))

    def learn(self) -> None:
        """Let the instructor's solutions sit the exam, unless they have."""
        if self.precedents:
            return
        learning = {name: Precedent() for name in self.desk.solutions}
        self.complaints = [
            f"{name}: the instructor's solution fails {cell.cell}: {cell.message}"
            for name, nb in self.desk.solutions.items()
            for cell in results(self.examine(name, nb, learning[name], {}).nb)
            if cell.points is not None and cell.points < cell.max_points
        ]
        self.precedents = {name: Precedent(learnt.events) for name, learnt in learning.items()}

    def executed(self, name: str, nb: NotebookNode, submission: Submission) -> NotebookNode:
        """The notebook with the outcomes, and what the examiner has to say about it on top."""
        self.learn()
        examined = self.examine(name, nb, self.precedents[name], submission.files)
        result = examined.nb
        known = result.metadata.get("mlcourse", {})
        result.metadata["mlcourse"] = {**known, "notes": examined.notes, "walls": examined.walls}
        if examined.notes:
            lines = "\n".join(f"- {note}" for note in examined.notes)
            said = nbformat.v4.new_markdown_cell(f"**From the grader**\n\n{lines}")
            said.id = "from-the-grader"
            result.cells.insert(0, said)
        return result

    def examine(
        self, name: str, nb: NotebookNode, precedent: Precedent, files: dict[str, bytes]
    ) -> Examined:
        """Examine one notebook; where the zygote itself is gone, a new one has a try."""
        exam = self.desk.exams[name]
        for last in (False, True):
            try:
                warm = self.open()
                warm.furnish({**files, **self.desk.files})
                examined = examine(exam, nb, warm, precedent, self.rules.timeout)
                break
            except OSError:
                self.close_warm()
                if last:
                    raise UserError("no candidate could be started: run mlcourse doctor") from None
        name_mistakes(exam, examined.nb, examined.records, self.desk.questions)
        return examined

    def open(self) -> Warm | Cold:
        """Where candidates come from: the zygote, started if it does not run."""
        if self.warm is None:
            isolation, limits = self.rules.isolation, self.rules.limits
            if self.rules.start == "cold":
                self.warm = Cold(self.setting, self.folder, isolation, limits)
            else:
                self.warm = Warm(self.setting, self.folder, isolation=isolation, limits=limits)
        return self.warm

    def close_warm(self) -> None:
        """End the zygote."""
        if self.warm is not None:
            self.warm.close()
            self.warm = None

    def close(self) -> None:
        """End the zygote and remove what was written."""
        self.close_warm()
        shutil.rmtree(self.folder, ignore_errors=True)


def at_home(desk: Desk, folder: Path) -> None:
    """Put the assignment's files where the tests of this process find them, and go there."""
    folder = Path(tempfile.mkdtemp(dir=folder, prefix="exam-"))
    for name, content in desk.files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    os.chdir(folder)
    sys.path.insert(0, str(folder))

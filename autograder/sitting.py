"""The candidate's part of an exam: all cells that are no test, in order, whatever they do."""

import contextlib
import time
from collections.abc import Iterator
from typing import Any, Self

from nbformat import NotebookNode

from autograder.candidate.wire import Channel
from autograder.results import LATE
from autograder.shown import error_output, shown
from autograder.warm import Candidate, Cold, Warm

PATIENCE = 3  # cells that may reach the time limit; each further one gets a second
TOTAL = 30  # as many times the limit of one cell may all cells take
RESTARTS = 5
GRACE = 0.5
MAX_NOTEBOOK = 64 << 20  # bytes of outputs


class Crowded(ConnectionError):
    """A cell left so many processes running that there is no room for snapshots."""


class Sitting:
    """The candidates that run one notebook's cells, and the snapshots that they leave."""

    def __init__(
        self,
        warm: Warm | Cold,
        nb: NotebookNode,
        tests: list[int],
        classes: list[str],
        seconds: float,
    ) -> None:
        self.warm, self.nb, self.tests, self.seconds = warm, nb, tests, seconds
        # The examiner's own clock is to be the first: it says what came to pass.
        most = seconds + GRACE
        self.order = {"stay": not warm.forks, "seconds": most, "classes": classes}
        self.snapshots: list[Channel] = []  # of each test; those that stand together share one
        self.latest: Channel | None = None
        self.candidates: list[Candidate] = []
        self.walls: list[str] = []
        self.late, self.restarts, self.space = 0, 0, MAX_NOTEBOOK
        self.fatal: set[int] = set()
        self.began = time.monotonic()
        self.tidy = False  # end what a cell has started when the cell ends

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: Any) -> None:
        for candidate in self.candidates:
            candidate.close()

    def run_cells(self) -> Self:
        """Run the cells; where one ends its process, go on in a fresh one that skips it."""
        position = 0
        while position < len(self.nb.cells):
            candidate = self.begin(position)
            position = self.go_on(candidate, position)
            candidate.end_cells()
            self.restarts += 1
            if self.restarts > RESTARTS:
                self.give_up(position)
                break
        return self

    def begin(self, position: int) -> Candidate:
        """A candidate in which the cells before `position` have run, but for fatal ones."""
        candidate = self.warm.candidate(len(self.tests) - len(self.snapshots))
        self.candidates.append(candidate)
        self.latest = None
        self.walls = candidate.walls
        for i in range(position):
            if self.runs(i) and i not in self.fatal and candidate.alive:
                with contextlib.suppress(OSError):
                    candidate.tell(self.run_order(i), self.allowed())
        return candidate

    def go_on(self, candidate: Candidate, position: int) -> int:
        """Run cells and leave snapshots until the end, or until a cell ends the process."""
        channels = iter(candidate.tests)
        for i in range(position, len(self.nb.cells)):
            try:
                if i in self.tests:
                    self.snapshots.append(self.latest or self.snapshot(candidate, channels, i))
                elif self.runs(i):
                    self.latest = None
                    leave_room(self.run(candidate, i))
            except OSError as error:
                if isinstance(error, Crowded) and not self.tidy:
                    self.tidy = True
                    self.snapshots.clear()
                    return 0
                self.fatal.add(i)
                if i in self.tests:
                    self.snapshots.append(candidate.control)  # nobody answers there
                else:
                    self.nb.cells[i].outputs = [error_output("Stopped", _ended(error))]
                return i + 1
        return len(self.nb.cells)

    def snapshot(self, candidate: Candidate, channels: Iterator[Channel], i: int) -> Channel:
        """A new snapshot, for this test and those that stand with it.

        Where processes cannot be copied, another candidate does all over again and becomes one.
        """
        if not self.warm.forks:
            candidate = self.begin(i)
            channels = iter(candidate.tests)
        leave_room(candidate.tell(self.order, self.seconds))
        self.latest = next(channels)
        return self.latest

    def run_order(self, i: int) -> dict:
        """The order to run a cell."""
        return {"run": self.nb.cells[i].source, "tidy": self.tidy}

    def run(self, candidate: Candidate, i: int) -> dict:
        """Run a cell and keep what it shows."""
        reply = candidate.tell(self.run_order(i), self.allowed())
        self.nb.cells[i].outputs, used = shown(reply.get("outputs"), self.space)
        self.space -= used
        if reply.get("late"):
            self.late += 1
            self.nb.cells[i].outputs.append(error_output("Stopped", _ended(TimeoutError())))
        return reply

    def give_up(self, position: int) -> None:
        """Too many cells ended the process: the rest is not run."""
        for i in range(position, len(self.nb.cells)):
            if i in self.tests:
                self.snapshots.append(self.candidates[-1].control)
            elif self.runs(i):
                why = f"not run: {RESTARTS} cells before it ended the process"
                self.nb.cells[i].outputs = [error_output("Stopped", why)]

    def runs(self, i: int) -> bool:
        """Whether the cell is the student's code."""
        return self.nb.cells[i].cell_type == "code" and i not in self.tests

    def allowed(self) -> float:
        """How long the next cell may take: whoever has wasted much time before gets a second."""
        spent = time.monotonic() - self.began
        patient = self.late < PATIENCE and spent < TOTAL * self.seconds
        return self.seconds if patient else min(1.0, self.seconds)


def leave_room(reply: dict) -> None:
    """Raise Crowded if the candidate says that it is full of processes."""
    if reply.get("crowded"):
        raise Crowded


def _ended(error: OSError) -> str:
    if isinstance(error, TimeoutError):
        return LATE
    crowded = isinstance(error, Crowded)
    what = "left too many processes running" if crowded else "ended the whole process"
    return f"this cell {what}; the cells after it ran without it"

"""One test against a snapshot: it runs here, and what comes of it decides about points."""

import ast
import contextlib
import io
import random
import signal
import time
import traceback
from collections.abc import Iterator
from typing import Any

import numpy as np
from nbformat import NotebookNode

from autograder.adoption import Lost
from autograder.exam import ExamCell
from autograder.inquiry import Inquiry, builtin
from autograder.names import python
from autograder.results import LATE
from autograder.room import Room, Scope, shared_seeds
from autograder.shown import MAX_ERROR, error_output, quotes, result_output, stream_output
from autograder.written import writer


class Trial:
    """One test against a snapshot; whatever went wrong between them, the next test has another."""

    def __init__(self, room: Room, place: int, peer: Inquiry, seconds: float):
        self.room, self.cell, self.seconds = room, room.exam.cells[place], seconds
        self.place, self.peer = place, peer

    def outputs(self, nb: NotebookNode, at: int) -> list[NotebookNode]:
        """The cell's outputs: an error if the test failed, what it says otherwise."""
        cells = [cell.source for cell in nb.cells[:at] if cell.cell_type == "code"]
        self.peer.begin(self.cell.name, writer(cells))
        value, error, printed = self.once()
        if error is None and self.peer.touched:
            # Right only because it changed what it was given? Then not right.
            self.peer.second_look = True
            value, error, printed = self.once()
        return [*printed, *([value] if value else []), *([error] if error else [])]

    def once(self) -> tuple[NotebookNode | None, NotebookNode | None, list]:
        """Run the test: its value, its error, what it printed."""
        peer = self.peer
        peer.channel.deadline = time.monotonic() + self.seconds
        scope = self.room.enter(self.place, peer)
        said, value, error = io.StringIO(), None, None
        random.seed(0)
        np.random.seed(0)
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            try:
                seeds = shared_seeds(peer.seed, self.room.dice)
                with alarm(self.seconds + 0.5, peer), seeds:
                    value = self.credited(execute(self.cell, scope))
            except BaseException as problem:
                if isinstance(problem, KeyboardInterrupt):
                    raise
                error = self.failure(problem)
                if not isinstance(problem, Exception):  # perhaps in the middle of a question
                    peer.channel.close()
        peer.put_back()
        if peer.lost:
            peer.channel.close()
            error = error or error_output("Stopped", peer.lost)
        shows = said.getvalue() and not self.cell.is_hidden
        return value, error, [stream_output(said.getvalue())] if shows else []

    def credited(self, value: Any) -> NotebookNode | None:
        """The value of the last line, as nbgrader counts it: a number is a part of the points.

        nbgrader takes all that it cannot read for full marks, and a negative number and NaN too.
        """
        number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
        asks = number or not self.peer.precedent.learning
        if asks and self.peer.knows("credit"):
            assert self.cell.released is not None
            points = float(self.cell.released.metadata.nbgrader.points)
            if not number or not 0 <= float(value) <= points:
                raise ValueError(f"the test gave {value!r:.40}, expected 0 to {points:g} points")
            return result_output(repr(float(value)))
        shows = value is not None and not number and not self.cell.is_hidden
        return result_output(repr(value)) if shows else None

    def failure(self, problem: BaseException) -> NotebookNode:
        """The error as the student may read it: never a line of a hidden test, or its data."""
        kind, text = type(problem).__name__, str(problem)
        if isinstance(problem, Lost | TestTooLong):
            told = self.cell.is_hidden and quotes(text[:MAX_ERROR], self.peer.said)
            return error_output("Stopped", "an object where a value was expected" if told else text)
        if not self.cell.is_hidden:
            return error_output(kind, text, _where(problem, self.cell))
        if getattr(problem, "from_candidate", False):
            kind, text = builtin(type(problem)), ""  # either may be what the test gave it
        return error_output(kind, "" if quotes(text[:MAX_ERROR], self.peer.said) else text)


class TestTooLong(BaseException):
    """The test itself ran out of time, on what the candidate gave it."""


@contextlib.contextmanager
def alarm(seconds: float, peer: Inquiry) -> Iterator[None]:
    """Raise TestTooLong in the block after so many seconds, and again if it is caught there."""

    def ring(*_: Any) -> None:
        peer.lost = peer.lost or LATE
        raise TestTooLong(LATE)

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds, 0.5)
    try:
        yield
    finally:
        with contextlib.suppress(TestTooLong):
            signal.setitimer(signal.ITIMER_REAL, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def execute(cell: ExamCell, scope: Scope) -> Any:
    """Run a test cell; return the value of its last line, if that is an expression."""
    tree = ast.parse(python(cell.source))
    last = tree.body[-1] if tree.body else None
    if isinstance(last, ast.Expr):
        tree.body.pop()
    exec(compile(tree, _file(cell), "exec"), scope)
    if not isinstance(last, ast.Expr):
        return None
    return eval(compile(ast.Expression(last.value), _file(cell), "eval"), scope)


def _file(cell: ExamCell) -> str:
    return f"<test {cell.name}>"


def _where(problem: BaseException, cell: ExamCell) -> list[str]:
    """The line of a visible test in which it failed."""
    frames = [f for f in traceback.extract_tb(problem.__traceback__) if f.filename == _file(cell)]
    lines = python(cell.source).splitlines()
    return [f"line {f.lineno}: {lines[f.lineno - 1].strip()}" for f in frames if f.lineno][-1:]

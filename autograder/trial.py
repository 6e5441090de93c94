"""One test against a snapshot: it runs here, and what comes of it decides about points."""

import ast
import contextlib
import faulthandler
import io
import random
import signal
import sys
import time
import traceback
from collections.abc import Iterable, Iterator
from functools import lru_cache
from types import CodeType
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

GRACE = 5.0  # seconds


class Trial:
    """One test against the snapshot that it shares with its neighbours."""

    def __init__(
        self, room: Room, place: int, peer: Inquiry, seconds: float, others: Iterable[Inquiry] = ()
    ):
        self.room, self.cell, self.seconds = room, room.exam.cells[place], seconds
        self.place, self.peer = place, peer
        # A stand-in that an earlier test left to this one still asks its own snapshot.
        self.peers = [peer, *(other for other in others if other is not peer)]

    def outputs(self, nb: NotebookNode, at: int) -> list[NotebookNode]:
        """The cell's outputs: an error if the test failed, what it says otherwise."""
        cells = [cell.source for cell in nb.cells[:at] if cell.cell_type == "code"]
        for peer in self.peers:
            peer.begin(self.cell.name, writer(cells))
        value, error, printed = self.once()
        if error is None and any(peer.touched for peer in self.peers):
            # Right only because it changed what it was given? Then not right.
            for peer in self.peers:
                peer.second_look = True
            value, error, printed = self.once()
        return [*printed, *([value] if value else []), *([error] if error else [])]

    def once(self) -> tuple[NotebookNode | None, NotebookNode | None, list]:
        """Run the test: its value, its error, what it printed."""
        for peer in self.peers:
            peer.channel.deadline = time.monotonic() + self.seconds
        scope = self.room.enter(self.place, self.peer)
        said, value, error = io.StringIO(), None, None
        random.seed(0)
        np.random.seed(0)
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            try:
                seeds = shared_seeds(self.peer.seed, self.room.dice)
                with alarm(self.seconds + 0.5, self.peer), seeds:
                    value = self.credited(execute(self.cell, scope))
            except BaseException as problem:
                if isinstance(problem, KeyboardInterrupt):
                    raise
                error = self.failure(problem)
                if not isinstance(problem, Exception):  # perhaps in the middle of a question
                    self.peer.channel.close()
        for peer in self.peers:
            peer.put_back()
            if peer.lost and peer.asked_now:
                peer.channel.close()
                error = error or self.failure(Lost(peer.lost))
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
        if value is None or number or self.cell.is_hidden or _is_number(text := repr(value)):
            return None
        return result_output(text)

    def failure(self, problem: BaseException) -> NotebookNode:
        """The error as the student may read it.

        A hidden test shows its own message only, and none that quotes what exceptions and classes
        of the candidate's said: that may be what the test had given them.
        """
        kind, text = type(problem).__name__, _spoken(problem)
        if isinstance(problem, Lost | TestTooLong):
            told = self.cell.is_hidden and quotes(text[:MAX_ERROR], self.said())
            return error_output("Stopped", "an object where a value was expected" if told else text)
        if not self.cell.is_hidden:
            return error_output(kind, text, _where(problem, self.cell))
        if getattr(problem, "from_candidate", False):
            kind, text = builtin(type(problem)), ""  # either may be what the test gave it
        return error_output(kind, "" if quotes(text[:MAX_ERROR], self.said()) else text)

    def said(self) -> list[str]:
        """What the candidate's exceptions and names have said in this test."""
        return [text for peer in self.peers for text in peer.said]


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
    # Between two lines of Python only: what hangs within one is ended with the whole process.
    faulthandler.dump_traceback_later(seconds + GRACE, exit=True, file=sys.__stderr__ or 2)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()
        with contextlib.suppress(TestTooLong):
            signal.setitimer(signal.ITIMER_REAL, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def execute(cell: ExamCell, scope: Scope) -> Any:
    """Run a test cell; return the value of its last line, if that is an expression."""
    body, last = compiled(cell.source, _file(cell))
    exec(body, scope)
    return eval(last, scope) if last else None


@lru_cache(1000)
def compiled(source: str, file: str) -> tuple[CodeType, CodeType | None]:
    """A cell's code, and apart from it the expression in its last line, if that is one."""
    tree = ast.parse(python(source))
    last, value = tree.body[-1] if tree.body else None, None
    if isinstance(last, ast.Expr):
        value = compile(ast.Expression(last.value), file, "eval")
        tree.body.pop()
    return compile(tree, file, "exec"), value


def _is_number(text: str) -> bool:
    """Whether nbgrader would read points in a cell's value."""
    with contextlib.suppress(ValueError):
        return bool([float(text)])
    return False


def _spoken(problem: BaseException) -> str:
    """What an exception says, if it can: its text may be a number of a million digits."""
    try:
        return str(problem)
    except (Exception, Lost):
        return ""


def _file(cell: ExamCell) -> str:
    return f"<test {cell.name}>"


def _where(problem: BaseException, cell: ExamCell) -> list[str]:
    """The line of a visible test in which it failed."""
    frames = [f for f in traceback.extract_tb(problem.__traceback__) if f.filename == _file(cell)]
    lines = python(cell.source).splitlines()
    return [f"line {f.lineno}: {lines[f.lineno - 1].strip()}" for f in frames if f.lineno][-1:]

"""Run an answer here, on what the student's was asked: the instructor's own code, never theirs."""

import ast
import contextlib
import copy
import signal
import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from autograder.exam import Exam
from autograder.names import names, python
from autograder.record import Call
from autograder.results import LATE
from autograder.room import Room, Scope

RTOL, ATOL = 1e-9, 1e-12


class Rehearsal(Room):
    """What the test at `place` sees where the answers are those of source/, but for one.

    `code` stands for the answer in cell `answer`.
    """

    def __init__(self, exam: Exam, place: int, answer: int, code: str) -> None:
        super().__init__(exam)
        self.place, self.code = place, {answer: code}
        self.answers: dict[int, Scope] = {}
        self.enter(place, self)

    def fetch(self, name: str) -> Any:
        """What the answers bind the name to."""
        owner = self.exam.owner(name, self.place)
        if owner is None:
            raise NameError(f"name {name!r} is not defined")
        if owner not in self.answers:
            scope = self.answers[owner] = Scope(self, owner)
            exec(python(self.code.get(owner, self.exam.cells[owner].source)), scope)
        return self.answers[owner][name]

    def live_through(self, answer: int, name: str) -> None:
        """Run the given cells after the answer that use it: some functions remember their calls."""
        for i in range(answer + 1, self.place):
            cell = self.exam.cells[i]
            if cell.is_code and not cell.is_answer and not cell.is_test and name in cell.source:
                self._given(i)

    def hear(self, calls: list[Call], seconds: float) -> None:
        """Let the answers do what they were asked before, if that takes no longer."""
        with contextlib.suppress(Slow), at_most(seconds):
            for call in calls:
                self.outcome(call)

    def _value(self, name: str, place: int) -> Any:
        owner = self.exam.owner(name, place)
        if owner is not None and name in names(self.exam.cells[owner].source).imported:
            return _imported(self.exam.cells[owner].source, name)
        return super()._value(name, place)

    def outcome(self, call: Call) -> tuple[str, Any, tuple]:
        """What comes of a call here, as a record has it: how, what, and what was given then."""
        args, kwargs = copy.deepcopy((call.args, call.kwargs))
        try:
            return "value", self.fetch(call.name)(*args, **kwargs), (args, kwargs)
        except Exception as error:
            return "raised", type(error).__name__, (args, kwargs)


def repeats(rehearsal: Rehearsal, calls: list[Call], seconds: float) -> bool:
    """Whether the answer does all that the student's did; it gets so many seconds for that."""
    end = time.process_time() + seconds
    for call in calls:
        try:
            with at_most(end - time.process_time()):
                how, value, after = rehearsal.outcome(call)
        except Slow:  # like what did not come to an end either
            return call is calls[-1] and (call.how, call.value) == ("lost", LATE)
        if how != call.how or not same((value, after), (call.value, call.after)):
            return False
    return True


def remembers(rehearsal: Rehearsal, call: Call, seconds: float) -> bool:
    """Whether the answer answers the same call differently the second time."""
    try:
        with at_most(seconds):
            return not same(rehearsal.outcome(call), rehearsal.outcome(call))
    except Slow:
        return False


class Slow(BaseException):
    """The time for a rehearsal is over."""


@contextlib.contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Raise Slow in the block after so many seconds of work; what others do does not count."""

    def ring(*_: Any) -> None:
        raise Slow

    signal.signal(signal.SIGVTALRM, ring)
    signal.setitimer(signal.ITIMER_VIRTUAL, max(seconds, 1e-3))
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def same(a: Any, b: Any) -> bool:
    """Whether two values hold the same numbers in the same shape, in whatever kind of sequence."""
    if isinstance(a, np.random.Generator) and isinstance(b, np.random.Generator):
        return same(a.bit_generator.state, b.bit_generator.state)
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    x, y = _array(a), _array(b)
    if x is not None and y is not None:
        return x.shape == y.shape and np.allclose(x, y, RTOL, ATOL, equal_nan=True)
    if x is not None or y is not None:
        return False
    if isinstance(a, list | tuple | np.ndarray) and isinstance(b, list | tuple | np.ndarray):
        return len(a) == len(b) and all(map(same, a, b))
    return (callable(a) and callable(b)) or bool(a == b)


def _array(x: Any) -> np.ndarray | None:
    """The value as an array of numbers, if it is one."""
    try:
        array = np.asarray(x)
    except (ValueError, TypeError):
        return None
    return array if array.dtype.kind in "biufc" else None


def _imported(source: str, name: str) -> Any:
    """What the cell's import gives the name, without the rest of the cell."""
    found: dict[str, Any] = {}
    for node in ast.walk(ast.parse(python(source))):
        if isinstance(node, ast.Import | ast.ImportFrom):
            brought = {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
            if brought & {name, "*"}:
                exec(ast.unparse(node), found)
    return found[name]

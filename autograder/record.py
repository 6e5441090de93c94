"""What a test asked of the student's functions, and what they answered.

Kept for what comes afterwards: a wrong answer is compared with the mistakes that the course knows.
"""

import copy
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from autograder.standins import Function, Thing

MAX_CALLS = 200  # in one test
MAX_BYTES = 1 << 20


class Call(NamedTuple):
    """A call by name, with copies of what was given; `after` is what was given, afterwards.

    `how` says what came of it: "value", "raised" (a type's name) or "lost" (why).
    """

    name: str
    args: tuple
    kwargs: dict
    how: str
    value: Any
    after: tuple


class Record:
    """The calls of one test, as far as they deal in data and in functions of the test's own."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.names: dict[int, str] = {}  # the student's functions, as the test calls them
        self.changes = 0  # of arguments, in place, so far
        self.room = MAX_BYTES

    def listen(self, ask: Callable, op: str, names: tuple, args: tuple, kwargs: dict) -> Any:
        """Ask the candidate, return or raise its answer, and note both if they can be kept."""
        name = self.names.get(names[0]) if op == "call" else None
        given = self.kept((args, kwargs)) if name and len(self.calls) < MAX_CALLS else None
        if given is None:
            answer = ask(op, *names, args=args, kwargs=kwargs)
            if op == "name" and isinstance(answer, Function):
                self.names[answer.number] = names[0]
            return answer
        how, value, changes = "value", None, self.changes
        try:
            value = ask(op, *names, args=args, kwargs=kwargs)
            return value
        except BaseException as error:
            theirs = getattr(error, "from_candidate", False)
            how = "raised" if theirs else "lost"
            value = type(error).__name__ if theirs else str(error)
            raise
        finally:
            now = (args, kwargs) if self.changes > changes else None
            if (then := self.kept((value, now))) is not None:
                value, after = then
                self.calls.append(Call(str(name), given[0], given[1], how, value, after or given))

    def kept(self, value: Any) -> Any:
        """A copy, or None if it is too large or not data."""
        try:
            self.room = left(value, self.room)
            return copy.deepcopy(value)
        except Exception:  # what a test hands over may refuse to be copied in any way
            return None


def left(x: Any, room: int) -> int:
    """What is left of so many bytes after x; ValueError if it is too large, or no data."""
    room -= _own_size(x)
    if room < 0:
        raise ValueError("too large")
    parts = [*x, *x.values()] if isinstance(x, dict) else x
    if isinstance(x, np.ndarray):
        parts = x.ravel().tolist() if x.dtype == object else ()
    for part in parts if isinstance(parts, list | tuple | set | frozenset) else ():
        room = left(part, room)
    return room


def _own_size(x: Any) -> int:
    if isinstance(x, np.ndarray | str | bytes | list | tuple | dict | set | frozenset):
        return x.nbytes if isinstance(x, np.ndarray) else 8 + 8 * len(x)
    if isinstance(x, Function | Thing | Iterator):
        raise ValueError("no data, and not the test's own")
    if isinstance(x, np.random.Generator | np.random.RandomState):
        return 4096
    plain = isinstance(x, int | float | complex | np.generic | slice | range | type)
    if x is None or plain or callable(x):
        return 16
    raise ValueError("no data")

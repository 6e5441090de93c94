"""What a test asks of a candidate, and what it may take for an answer."""

import contextlib
import sys
from collections.abc import Callable, Iterator
from typing import Any

from autograder.adoption import Adoption, Lost
from autograder.candidate.copies import MUTABLE, overwrite, shallow
from autograder.candidate.errors import known_base, plain_args, remade, text_of
from autograder.candidate.peer import Asked
from autograder.candidate.wire import CannotCross, Garbled, Gone, Packer
from autograder.record import Record
from autograder.results import LATE
from autograder.shown import MAX_ERROR
from autograder.standins import Function

MAX_HEARD = 1_000_000  # characters printed in a test
# What ends a loop quietly would make a test pass that never got to its check.
QUIET = (StopIteration, StopAsyncIteration, GeneratorExit)


class CandidateError(Exception):
    """An exception of a type that means nothing outside the candidate."""


class Inquiry(Adoption):
    """The examiner's side of the wire, while tests ask one snapshot."""

    def begin(self, test: str, written: Callable[[str], Any]) -> None:
        """Another test begins."""
        super().begin(test, written)
        self.fetched: dict[str, tuple[Any, Any, int]] = {}  # with its contents, and when it was
        self.questions = self.heard = 0
        self.record = Record()
        self.touched = self.second_look = self.answered = self.ended = self.asked_now = False
        self.undo: list[tuple[Any, Any]] = []  # what the candidate changed, and what it was

    def ask(self, op: str, *names: Any, args: tuple = (), kwargs: dict | None = None) -> Any:
        """Ask the candidate; what a test asks of it when it looks first is recorded."""
        if self.second_look:
            return super().ask(op, *names, args=args, kwargs=kwargs)
        return self.record.listen(super().ask, op, names, args, kwargs or {})

    def converse(self, op: str, names: tuple, args: tuple, kwargs: dict) -> tuple[bool, Any]:
        """Ask the candidate; when it cannot answer any more, the test is over."""
        self.questions += op != "name"
        self.asked_now = True
        if not self.lost:
            asked = [self.origins.get(n, "") if isinstance(n, int) else str(n) for n in names]
            outer, self.origin = self.origin, asked[-1]
            if op in ("call", "next"):  # the answer to an answer counts as the answer
                self.origin = asked[0].removesuffix("()") + "()"
            try:
                answer = super().converse(op, names, args, kwargs)
                self.answered = True
                return answer
            except TimeoutError:
                self.lost = LATE
            except Gone:
                self.lost, self.ended = "your code ended the whole process", not self.answered
            except Garbled:
                self.lost = "your code sent something that is no answer"
            finally:
                self.origin = outer
        raise Lost(self.lost)

    def answer(self, frame: dict, raw: memoryview) -> None:
        """Answer a callback; what is given to it comes from nowhere else."""
        outer, self.origin = self.origin, "callback"
        try:
            super().answer(frame, raw)
        finally:
            self.origin = outer

    def do(self, op: str, names: list, args: list, kwargs: dict) -> Any:
        """The candidate may call the functions that the test handed it, and nothing else."""
        here = self.kept.get(names[0]) if names else None
        if op == "call" and callable(here):
            return here(*args, **kwargs)
        if op == "next" and isinstance(here, Iterator):
            return [next(here)]
        raise Garbled("asked for what it may not")

    def fetch(self, name: str) -> Any:
        """The student's value of a name; the very one that the test had before, if it is there."""
        last = self.fetched.get(name)
        if last and (last[2] == self.questions or not self._watched(name)):
            return last[0]
        new, packer = self._named(name), Packer(self)
        now = packer.put(new), packer.buffers
        value = last[0] if last else new
        if last and now != last[1] and self.knows("another", name):
            if isinstance(new, MUTABLE) and type(new) is type(value):
                overwrite(value, new)
            else:
                value = new
        self.fetched[name] = value, now, self.questions
        return value

    def _watched(self, name: str) -> bool:
        """Whether the instructor's solution changes its own value while the test runs."""
        return self.precedent.learning or self.knows("another", name)

    def _named(self, name: str) -> Any:
        said = len(self.said)
        try:
            value = self.ask("name", name)
        except KeyError:
            del self.said[said:]  # that it is missing may be told of a hidden test too
            raise NameError(f"name {name!r} is not defined") from None
        if isinstance(value, Function):
            value.called = name
        return value

    def seed(self, name: str, args: list) -> None:
        """Seed the candidate's random numbers as the test has just seeded its own."""
        with contextlib.suppress(CannotCross):
            self.ask("seed", name, args=(*args,))

    def hear(self, frame: dict) -> None:
        """What the student's functions print is printed where they were called."""
        said = frame.get("said", "")
        self.heard += len(said)
        if self.heard < MAX_HEARD:
            sys.stdout.write(str(said))

    def take_back(self, asked: Asked, numbers: list[int]) -> None:
        """What the candidate changed in place changes here too, for good if that is its task."""
        self.record.changes += 1
        for place in {asked.places[n] for n in numbers}:
            if self.knows("changed", self.origin, f"argument {place}"):
                continue
            self.touched = True
            if self.second_look:
                asked.spare(place)
            else:
                changing = [asked.met[n] for n in numbers if asked.places[n] == place]
                self.undo += [(x, shallow(x)) for x in changing]

    def put_back(self) -> None:
        """Undo what the candidate changed and the instructor's solution did not."""
        while self.undo:
            overwrite(*self.undo.pop())

    def describe(self, error: BaseException) -> list:
        """An exception of a test's function, as the candidate may see it."""
        text, name = text_of(error), type(error).__name__
        self.said.append(text)  # what it was called with may stand there
        above = self.given_class(name) or known_base(type(error))
        number = self.number(error.with_traceback(None))  # which would keep all that it knows
        return [above, name, text[:1000], plain_args(error), number]

    def exception(self, described: list) -> BaseException:
        """The exception that the candidate raised, of a type that ends nothing quietly."""
        if len(described) == 1 and isinstance(self.kept.get(described[0]), Exception):
            own = self.kept[described[0]]  # the test's own, on its way back
            if not isinstance(own, QUIET):
                return own
            described = [type(own), "", [], {}]
        kind, text, args, values = described if len(described) == 4 else (0, "", [], {})
        if not (isinstance(kind, type) and issubclass(kind, BaseException)):
            kind, args, values = CandidateError, [], {}
        if not issubclass(kind, Exception) or issubclass(kind, QUIET):
            self.lost = f"your code raised {builtin(kind)}"
            return Lost(self.lost)
        text = str(text)[:MAX_ERROR]
        self.said += [text, *(str(x)[:MAX_ERROR] for x in [*args, *values.values()])]
        error = remade(kind, text, list(args), dict(values))
        error.from_candidate = True  # type: ignore[attr-defined]
        return error


def builtin(kind: type) -> str:
    """The name under which everybody knows an exception of this type."""
    return next(base.__name__ for base in kind.__mro__ if base.__module__ == "builtins")

"""Examine one notebook: the student's cells run in a candidate, the tests run here.

First the candidate runs every cell that is no test, and leaves a snapshot of itself wherever a
test stands; then it is ended. Only after that do the tests run, in this process, which alone
knows them, each against its snapshot. A name that a test uses and that is the student's work
is fetched from there: values as copies, functions and objects as stand-ins. Points follow from
what happens here, and nothing that a candidate says, prints or claims is ever taken for a mark.
"""

import ast
import contextlib
import io
import json
import random
import re
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import nbformat
import numpy as np
from nbformat import NotebookNode, from_dict

from autograder.candidate.copies import MUTABLE, built, overwrite, shallow
from autograder.candidate.errors import known_base, plain_args, remade
from autograder.candidate.kinds import TYPES
from autograder.candidate.peer import Asked, Peer
from autograder.candidate.wire import CannotCross, Channel, Garbled, Gone, Packer, named_tuple
from autograder.exam import Exam, ExamCell, grade_id, restore
from autograder.names import python
from autograder.record import Record
from autograder.results import LATE
from autograder.room import Room, Scope, shared_seeds
from autograder.standins import (
    Function,
    Kind,
    Thing,
    kind,
    looks_like,
    number_of,
    thing,
    tuple_with_methods,
)
from autograder.warm import Candidate, Warm
from autograder.written import writer

PATIENCE = 3  # cells that may reach the time limit; each further one gets a second
RESTARTS = 5
# A name that ends a loop quietly would make a test pass that never got to its check.
MAX_CLASSES = 1000
MAX_HEARD = 1_000_000  # characters printed in a test
PART = 8  # as many characters in a row are a quotation
MAX_ERROR, MAX_CELL, MAX_NOTEBOOK, MAX_PIECES = 4000, 6 << 20, 64 << 20, 250
ODD = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
QUIET = (StopIteration, StopAsyncIteration, GeneratorExit)


class Examined(NamedTuple):
    """The executed notebook, what had been tampered with, which walls stood, what was asked."""

    nb: NotebookNode
    notes: list[str]
    walls: list[str]
    records: dict[str, Record]


class Precedent:
    """What the instructor's own solution did in each test; nobody else may do other things."""

    def __init__(self, events: set[tuple[str, ...]] | None = None) -> None:
        self.learning = events is None
        self.events = events or set[tuple[str, ...]]()

    def known(self, test: str, *event: str) -> bool:
        """Note the event while learning; afterwards say whether it has been seen."""
        if self.learning:
            self.events.add((test, *event))
        return (test, *event) in self.events


class Lost(BaseException):
    """The candidate died, hung or broke the rules: no test can go on, whatever it catches."""


class CandidateError(Exception):
    """An exception of a type that means nothing outside the candidate."""


class Questions(Peer):
    """The examiner's side of the wire during one test."""

    def __init__(
        self,
        channel: Channel,
        test: str,
        precedent: Precedent,
        written: Callable[[str], Any],
        given_class: Callable[[str], type | None],
    ) -> None:
        super().__init__(channel)
        self.test, self.precedent, self.written = test, precedent, written
        self.given_class = given_class
        self.classes: dict[int, type] = {}
        self.standins: dict[int, Any] = {}
        self.tuples: dict[type, type] = {}
        self.fetched: dict[str, tuple[Any, Any, int]] = {}  # with its contents, and when it was
        self.questions = self.heard = 0
        self.record = Record()
        self.lost, self.touched, self.second_look = "", False, False
        self.origin = ""  # of what arrives: from which question of the test's
        self.origins: dict[int, str] = {}  # of the stand-ins, by number
        self.undo: list[tuple[Any, Any]] = []  # what the candidate changed, and what it was
        self.said: list[str] = []  # what its exceptions say

    def ask(self, op: str, *names: Any, args: tuple = (), kwargs: dict | None = None) -> Any:
        """Ask the candidate; what a test asks of it when it looks first is recorded."""
        if self.second_look:
            return super().ask(op, *names, args=args, kwargs=kwargs)
        return self.record.listen(super().ask, op, names, args, kwargs or {})

    def converse(self, op: str, names: tuple, args: tuple, kwargs: dict) -> tuple[bool, Any]:
        """Ask the candidate; when it cannot answer any more, the test is over."""
        self.questions += op != "name"
        if not self.lost:
            asked = [self.origins.get(n, "") if isinstance(n, int) else str(n) for n in names]
            outer, self.origin = self.origin, asked[-1]
            if op in ("call", "next"):  # the answer to an answer counts as the answer
                self.origin = asked[0].removesuffix("()") + "()"
            try:
                return super().converse(op, names, args, kwargs)
            except TimeoutError:
                self.lost = LATE
            except Gone:
                self.lost = "your code ended the whole process"
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

    def keep(self, x: Any) -> Any:
        """What the test hands over and is no data: the candidate's own, or a function."""
        if isinstance(x, Function | Thing | Kind):
            return {"yours": number_of(x)}
        if isinstance(x, Iterator):
            return {"iterator": self.number(x)}
        if isinstance(x, type) and self.given_class(x.__name__) is x:
            return {"known": x.__name__}
        if callable(x):
            return {"function": [self.number(x), getattr(x, "__name__", type(x).__name__)]}
        return super().keep(x)

    def adopt(self, tag: str, held: Any) -> Any:
        """A stand-in for what stays with the candidate."""
        if tag == "known":
            return self.given_class(held)
        if tag == "iterator":
            return self._drawn(held)
        if tag == "function":
            return self._function(*held)
        if tag == "class":
            made = self._class(*held)
            self.origins.setdefault(int(held[0]), self.origin)
            if not issubclass(made, BaseException):
                self._allow(made.__name__, "class")
            return made
        if tag == "object":
            return self._object(*held)
        return super().adopt(tag, held)

    def _function(self, number: int, name: str) -> Function:
        made = Function(self, int(number), str(name)[:80])
        self.origins.setdefault(made.number, self.origin)
        return self.standins.setdefault(made.number, made)

    def _class(self, number: int, name: str, base: str, above: list, doc: Any) -> type:
        number, name, doc = int(number), str(name)[:80], doc if isinstance(doc, str) else None
        if number in self.classes:
            return self.classes[number]
        if len(self.classes) > MAX_CLASSES:
            raise Garbled("too many classes")
        tags = [next(iter(entry.items())) for entry in above]
        given = [self.given_class(held) for tag, held in tags if tag == "known"]
        bases = [self._class(*held) for tag, held in tags if tag == "class"]
        if issubclass(TYPES[base], BaseException):
            made = type(name, (*bases, *filter(None, given)) or (TYPES[base],), {})
        else:
            made = kind(self, number, name, (*bases,), doc)
            if given:
                looks_like(made, given)
        self.classes[number] = made
        return made

    def _object(self, number: int, tagged: dict, role: str) -> Any:
        number, made = int(number), self._class(*tagged["class"])
        self.origins.setdefault(number, self.origin)
        if self.knows("object", self.origin):
            return self.standins.setdefault(number, thing(self, number, made))
        if role == "call":
            return self._function(number, made.__name__)
        if role == "next":
            return self._drawn(number)
        return self._allow(made.__name__, "object")

    def _allow(self, name: str, event: str) -> None:
        """The test is over unless the instructor's solution had such a thing, too."""
        if not self.knows(event, self.origin):
            self.said.append(name)
            self.lost = f"{name} object where a value was expected"
            raise Lost(self.lost)

    def knows(self, *event: str) -> bool:
        """Whether the instructor's solution did the same in this test."""
        return self.precedent.known(self.test, *event)

    def permit(self, who: str, *event: str) -> None:
        """Refuse what the instructor's solution did not do in this test."""
        if not self.knows(*event):
            self.said.append(who)
            raise TypeError(f"{who} object where a value was expected")

    def named(self, name: str, fields: tuple[str, ...]) -> type | None:
        """A tuple's entries have names where the instructor's had: .mean could be a function."""
        if not self.knows("named", self.origin, *fields):
            return None
        kind = self.given_class(name)
        if kind and issubclass(kind, tuple) and getattr(kind, "_fields", None) == fields:
            return kind
        kind = named_tuple(name, fields)
        return self.tuples.setdefault(kind, tuple_with_methods(self, kind))

    def shared(self, x: Any) -> str:
        """The name of x's class if a given cell defines it."""
        name = type(x).__name__
        return name if self.given_class(name) is type(x) else ""

    def build(self, name: str, held: Any) -> Any:
        """An instance of a given class: its attributes are the candidate's, its methods ours."""
        called = [k for k, v in held.items() if callable(v)] if isinstance(held, dict) else []
        if called and not self.knows("built", self.origin, name, *called):
            raise Garbled("a function in the place of a method")
        return built(self.given_class(name), held)

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
        self.said.append(str(error)[:MAX_ERROR])  # what it was called with may stand there
        name = type(error).__name__
        above = self.given_class(name) or known_base(type(error))
        return [above, name, str(error)[:1000], plain_args(error), self.number(error)]

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
            self.lost = f"your code raised {_builtin(kind)}"
            return Lost(self.lost)
        text = str(text)[:MAX_ERROR]
        self.said += [text, *(str(x)[:MAX_ERROR] for x in [*args, *values.values()])]
        error = remade(kind, text, list(args), dict(values))
        error.from_candidate = True  # type: ignore[attr-defined]
        return error

    def next(self, number: int, *sent: Any) -> Any:
        """The next value of an iterator of the candidate's, or StopIteration."""
        raised, value = self.converse("next", (number,), sent, {})
        if raised and value[:1] == [StopIteration]:
            raise StopIteration
        if raised:
            raise self.exception(value)
        return value[0]

    def _drawn(self, number: Any) -> Iterator:
        sent: list[Any] = []
        while True:
            try:
                value = self.next(int(number), *sent)
            except StopIteration:
                return
            told = yield value
            sent = [] if told is None else [told]


def _builtin(kind: type) -> str:
    """The name under which everybody knows an exception of this type."""
    return next(base.__name__ for base in kind.__mro__ if base.__module__ == "builtins")


def examine(
    exam: Exam, submitted: NotebookNode, warm: Warm, precedent: Precedent, seconds: float
) -> Examined:
    """Run a submitted notebook and every test of the exam; return it with the outcomes."""
    nb, notes = restore(exam, submitted)
    places = {i: exam.place(name) for i, cell in enumerate(nb.cells) if (name := _test(exam, cell))}

    def asked(test: int, name: str) -> bool:
        return precedent.known(exam.cells[test].name, "name", name)

    with Sitting(warm, nb, list(places), exam.classes(), seconds) as sitting:
        sitting.run_cells()
        room, records = Room(exam, asked), {}
        # The hidden ones last: what they give to a function of the student's, that function
        # could keep in a file, and tell when a test calls it that shows what it says.
        trials = list(zip(sitting.snapshots, places.items(), strict=True))
        trials.sort(key=lambda trial: exam.cells[trial[1][1]].is_hidden)
        for channel, (i, place) in trials:
            trial = Trial(room, place, channel, precedent, seconds)
            nb.cells[i].outputs = trial.outputs(nb, i)
            records[trial.cell.name] = trial.record
        return Examined(nb, notes, sitting.walls, records)


def _test(exam: Exam, cell: NotebookNode) -> str:
    name = grade_id(cell)
    return name if any(c.is_test and c.name == name for c in exam.cells) else ""


class Sitting:
    """The candidate's part: all cells that are no test, in order, whatever they do."""

    def __init__(
        self, warm: Warm, nb: NotebookNode, tests: list[int], classes: list[str], seconds: float
    ) -> None:
        self.warm, self.nb, self.tests, self.seconds = warm, nb, tests, seconds
        self.order = {"snapshot": True, "seconds": seconds, "classes": classes}
        self.snapshots: list[Channel] = []
        self.candidates: list[Candidate] = []
        self.walls: list[str] = []
        self.late, self.space = 0, MAX_NOTEBOOK
        self.fatal: set[int] = set()

    def __enter__(self) -> "Sitting":
        return self

    def __exit__(self, *error: Any) -> None:
        for candidate in self.candidates:
            candidate.close()

    def run_cells(self) -> None:
        """Run the cells; where one ends its process, go on in a fresh one that skips it."""
        position = 0
        while position < len(self.nb.cells):
            candidate = self.begin(position)
            position = self.go_on(candidate, position)
            candidate.end_cells()
            if len(self.candidates) > RESTARTS:
                self.give_up(position)
                return

    def begin(self, position: int) -> Candidate:
        """A candidate in which the cells before `position` have run, but for fatal ones."""
        candidate = self.warm.candidate(len(self.tests) - len(self.snapshots))
        self.candidates.append(candidate)
        self.walls = candidate.walls
        for i in range(position):
            if self.runs(i) and i not in self.fatal and candidate.alive:
                with contextlib.suppress(OSError):
                    candidate.tell({"run": self.nb.cells[i].source}, self.allowed())
        return candidate

    def go_on(self, candidate: Candidate, position: int) -> int:
        """Run cells and leave snapshots until the end, or until a cell ends the process."""
        channels = iter(candidate.tests)
        for i in range(position, len(self.nb.cells)):
            try:
                if i in self.tests:
                    candidate.tell(self.order, self.seconds)
                    self.snapshots.append(next(channels))
                elif self.runs(i):
                    self.run(candidate, i)
            except OSError as error:
                self.fatal.add(i)
                if i in self.tests:
                    self.snapshots.append(next(channels))
                else:
                    self.nb.cells[i].outputs = [_error("Stopped", _ended(error))]
                return i + 1
        return len(self.nb.cells)

    def run(self, candidate: Candidate, i: int) -> None:
        """Run a cell and keep what it shows."""
        reply = candidate.tell({"run": self.nb.cells[i].source}, self.allowed())
        self.nb.cells[i].outputs, used = shown(reply.get("outputs"), self.space)
        self.space -= used
        if reply.get("late"):
            self.late += 1
            self.nb.cells[i].outputs.append(_error("Stopped", _ended(TimeoutError())))

    def give_up(self, position: int) -> None:
        """Too many cells ended the process: the rest is not run."""
        for i in range(position, len(self.nb.cells)):
            if i in self.tests:
                self.snapshots.append(self.candidates[-1].control)
            elif self.runs(i):
                self.nb.cells[i].outputs = [
                    _error("Stopped", f"not run: {RESTARTS} cells before it ended the process")
                ]

    def runs(self, i: int) -> bool:
        """Whether the cell is the student's code."""
        return self.nb.cells[i].cell_type == "code" and i not in self.tests

    def allowed(self) -> float:
        """How long the next cell may take: whoever has wasted hours before gets a second."""
        return self.seconds if self.late < PATIENCE else min(1.0, self.seconds)


def _ended(error: OSError) -> str:
    late = isinstance(error, TimeoutError)
    return LATE if late else "this cell ended the whole process; the cells after it ran without it"


class Trial:
    """One test against one snapshot."""

    def __init__(
        self, room: Room, place: int, channel: Channel, precedent: Precedent, seconds: float
    ):
        self.room, self.cell, self.seconds = room, room.exam.cells[place], seconds
        self.place, self.channel, self.precedent = place, channel, precedent
        self.record = Record()

    def outputs(self, nb: NotebookNode, at: int) -> list[NotebookNode]:
        """The cell's outputs: an error if the test failed, what it says otherwise."""
        cells = [cell.source for cell in nb.cells[:at] if cell.cell_type == "code"]
        told = self.cell.name, self.precedent, writer(cells), self.room.given_class
        peer = Questions(self.channel, *told)
        self.record = peer.record
        value, error, printed = self.once(peer)
        if error is None and peer.touched:
            # Right only because it changed what it was given? Then not right.
            peer.second_look = True
            value, error, printed = self.once(peer)
        return [*printed, *([value] if value else []), *([error] if error else [])]

    def once(self, peer: Questions) -> tuple[NotebookNode | None, NotebookNode | None, list]:
        """Run the test: its value, its error, what it printed."""
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
                error = self.failure(problem, peer)
        peer.put_back()
        if peer.lost and error is None:
            error = _error("Stopped", peer.lost)
        shows = said.getvalue() and not self.cell.is_hidden
        return value, error, [_stream(said.getvalue())] if shows else []

    def credited(self, value: Any) -> NotebookNode | None:
        """The value of the last line, as nbgrader counts it: a number is a part of the points.

        nbgrader takes all that it cannot read for full marks, and a negative number and NaN too.
        """
        number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
        asks = number or not self.precedent.learning
        if asks and self.precedent.known(self.cell.name, "credit"):
            assert self.cell.released is not None
            points = float(self.cell.released.metadata.nbgrader.points)
            if not number or not 0 <= float(value) <= points:
                raise ValueError(f"the test gave {value!r:.40}, expected 0 to {points:g} points")
            return _result(repr(float(value)))
        return None if value is None or number or self.cell.is_hidden else _result(repr(value))

    def failure(self, problem: BaseException, peer: Questions) -> NotebookNode:
        """The error as the student may read it: never a line of a hidden test, or its data."""
        kind, text = type(problem).__name__, str(problem)
        if isinstance(problem, Lost | TestTooLong):
            told = self.cell.is_hidden and quotes(text[:MAX_ERROR], peer.said)
            return _error("Stopped", "an object where a value was expected" if told else text)
        if not self.cell.is_hidden:
            return _error(kind, text, _where(problem, self.cell))
        if getattr(problem, "from_candidate", False):
            kind, text = _builtin(type(problem)), ""  # either may be what the test gave it
        return _error(kind, "" if quotes(text[:MAX_ERROR], peer.said) else text)


class TestTooLong(BaseException):
    """The test itself ran out of time, on what the candidate gave it."""


@contextlib.contextmanager
def alarm(seconds: float, peer: Questions) -> Iterator[None]:
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


def quotes(text: str, said: list[str]) -> bool:
    """Whether a part of what the candidate's exceptions say stands in a text, plain or quoted."""
    if len(said) > MAX_PIECES:
        return True
    parts = {text[i : i + PART] for i in range(len(text))}
    forms = (form for line in said for form in (line, repr(line)[1:-1]) if line)
    return any(
        form[i : i + PART] in (parts if len(form) >= PART else text)
        for form in forms
        for i in range(max(1, len(form) - PART + 1))
    )


def shown(pieces: Any, space: int) -> tuple[list[NotebookNode], int]:
    """What a candidate says that a cell showed, as far as that may be, and how much it is."""
    good: list[NotebookNode] = []
    used = 0
    for piece in pieces[:MAX_PIECES] if isinstance(pieces, list) else []:
        try:
            text = json.dumps(piece, ensure_ascii=False).encode("utf-8", "replace")
            node = from_dict(json.loads(text))
        except (ValueError, RecursionError):  # only for show: what is too deep is left out
            continue
        if _is_output(piece) and used + len(text) <= min(MAX_CELL, space):
            good.append(node)
            used += len(text)
    return good, used


def _is_output(piece: Any) -> bool:
    match piece:
        case {"output_type": "stream", "name": "stdout" | "stderr", "text": str(), **rest}:
            return not rest
        case {"output_type": "error", "ename": str(), "evalue": str(), "traceback": [*lines]}:
            return len(piece) == 4 and all(isinstance(line, str) for line in lines)
        case {"output_type": "display_data", "data": {**data}, "metadata": {}, **rest}:
            return not rest and _is_bundle(data)
        case {"output_type": "execute_result", "data": {**data}, "metadata": {}, **rest}:
            return rest == {"execution_count": None} and _is_bundle(data)
    return False


def _is_bundle(data: dict) -> bool:
    return all(isinstance(held, str) or mime.endswith("json") for mime, held in data.items())


def _result(text: str) -> NotebookNode:
    return nbformat.v4.new_output(
        "execute_result", data={"text/plain": legible(text, 2000)}, execution_count=None
    )


def _error(name: str, text: str, lines: list[str] | None = None) -> NotebookNode:
    name, text = legible(name, 80), legible(text, MAX_ERROR)
    said = [*(lines or []), f"{name}: {text}" if text else name]
    return nbformat.v4.new_output("error", ename=name, evalue=text, traceback=said)


def _stream(text: str) -> NotebookNode:
    return nbformat.v4.new_output("stream", name="stdout", text=legible(text, 10_000))


def legible(text: str, most: int) -> str:
    """A text that any file and any terminal can take: no escape sequences, no half characters."""
    return ODD.sub("", text[:most].encode("utf-8", "replace").decode())


def _where(problem: BaseException, cell: ExamCell) -> list[str]:
    """The line of a visible test in which it failed."""
    frames = [f for f in traceback.extract_tb(problem.__traceback__) if f.filename == _file(cell)]
    lines = python(cell.source).splitlines()
    return [f"line {f.lineno}: {lines[f.lineno - 1].strip()}" for f in frames if f.lineno][-1:]

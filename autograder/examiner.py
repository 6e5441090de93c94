"""Examine one notebook: the student's cells run in a candidate, the tests run here.

First the candidate runs every cell that is no test, and leaves a snapshot of itself wherever a
test stands; then it is ended. Only after that do the tests run, in this process, which alone
knows them, each against its snapshot. A name that a test uses and that is the student's work
is fetched from there: values as copies, functions and objects as stand-ins. Points follow from
what happens here, and nothing that a candidate says, prints or claims is ever taken for a mark.
"""

import ast
import builtins
import contextlib
import io
import random
import signal
import time
import traceback
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import nbformat
import numpy as np
from nbformat import NotebookNode, from_dict

from autograder.candidate.peer import Peer
from autograder.candidate.wire import Channel, Garbled, Gone
from autograder.exam import Exam, grade_id, restore
from autograder.names import names, python
from autograder.record import Record
from autograder.results import LATE
from autograder.standins import Function, Thing, exception_class
from autograder.warm import Candidate, Warm

PATIENCE = 3  # cells that may reach the time limit; each further one gets a second
RESTARTS = 5
# A name that ends a loop quietly would make a test pass that never got to its check.
QUIET = {"StopIteration", "StopAsyncIteration", "GeneratorExit"}


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

    def permit(self, test: str, *event: str) -> None:
        """Note the event while learning; afterwards raise TypeError if it has not been seen."""
        if self.learning:
            self.events.add((test, *event))
        elif (test, *event) not in self.events:
            raise TypeError(f"{event[0]} object where a value was expected")


class Lost(BaseException):
    """The candidate died, hung or broke the rules: no test can go on, whatever it catches."""


class CandidateError(Exception):
    """An exception of a type that means nothing outside the candidate."""


class Questions(Peer):
    """The examiner's side of the wire during one test."""

    def __init__(self, channel: Channel, test: str, precedent: Precedent, written: Callable):
        super().__init__(channel)
        self.test, self.precedent, self.written = test, precedent, written
        self.classes: dict[int, type[BaseException]] = {}
        self.record = Record()
        self.lost, self.touched, self.second_look = "", False, False

    def ask(self, op: str, *names: Any, args: tuple = (), kwargs: dict | None = None) -> Any:
        """Ask the candidate; what a test asks of it when it looks first is recorded."""
        if self.second_look:
            return super().ask(op, *names, args=args, kwargs=kwargs)
        return self.record.listen(super().ask, op, names, args, kwargs or {})

    def converse(self, op: str, names: tuple, args: tuple, kwargs: dict) -> tuple[bool, Any]:
        """Ask the candidate; when it cannot answer any more, the test is over."""
        if not self.lost:
            try:
                return super().converse(op, names, args, kwargs)
            except TimeoutError:
                self.lost = LATE
            except Gone:
                self.lost = "your code ended the whole process"
            except Garbled:
                self.lost = "your code sent something that is no answer"
        raise Lost(self.lost)

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
        if isinstance(x, Function | Thing):
            return {"yours": x.number}
        if isinstance(x, Iterator):
            return {"iterator": self.number(x)}
        if callable(x) and not isinstance(x, type):
            return {"function": [self.number(x), getattr(x, "__name__", type(x).__name__)]}
        return super().keep(x)

    def adopt(self, tag: str, held: Any) -> Any:
        """A stand-in for what stays with the candidate."""
        if tag == "iterator":
            return self._drawn(held)
        if tag in ("function", "class", "object"):
            number, name = int(held[0]), str(held[1])[:80]
            if tag == "function":
                return Function(self, number, name, self.written(name))
            base = getattr(builtins, str(held[2]), object) if tag == "class" else object
            if isinstance(base, type) and issubclass(base, Exception):
                return self.classes.setdefault(number, exception_class(name, base))
            self.precedent.permit(self.test, name, tag)
            return Thing(self, number, name)
        return super().adopt(tag, held)

    def permit(self, *event: str) -> None:
        """Refuse what the instructor's solution did not do in this test."""
        self.precedent.permit(self.test, *event)

    def take_back(self, given: Any, now: Any) -> None:
        """What the candidate changed in place is changed here, unless this is the second look."""
        self.touched = True
        if not self.second_look:
            super().take_back(given, now)

    def describe(self, error: BaseException) -> list:
        """An exception of a test's function, as the candidate may see it."""
        return [type(error).__name__, str(error)[:1000]]

    def exception(self, described: list) -> BaseException:
        """The exception that the candidate raised, of a type that ends nothing quietly."""
        name, text, own = described if len(described) == 3 else ("Error", "", None)
        kind = own if isinstance(own, type) else getattr(builtins, str(name), None)
        kind = np.linalg.LinAlgError if name == "LinAlgError" else kind
        if not (isinstance(kind, type) and issubclass(kind, BaseException)):
            return _theirs(CandidateError(f"{name}: {text}"))
        if not issubclass(kind, Exception) or kind.__name__ in QUIET:
            self.lost = f"your code raised {name}"
            return Lost(self.lost)
        try:
            return _theirs(kind(str(text)))
        except TypeError:  # UnicodeDecodeError and its like want more than a text
            return _theirs(CandidateError(f"{name}: {text}"))

    def _drawn(self, number: Any) -> Iterator:
        while True:
            raised, value = self.converse("next", (number,), (), {})
            if raised and value[:1] == ["StopIteration"]:
                return
            if raised:
                raise self.exception(value)
            yield value[0]


def _theirs(error: BaseException) -> BaseException:
    error.from_candidate = True  # type: ignore[attr-defined]
    return error


class Room(dict):
    """The names that the tests of one submission see: theirs, given ones, the student's."""

    def __init__(self, exam: Exam) -> None:
        super().__init__(__name__="__main__", __builtins__=builtins, get_ipython=_Mute)
        self.exam, self.here, self.ran = exam, 0, set[int]()
        self.peer: Questions | None = None

    def enter(self, place: int, peer: Questions) -> None:
        """Before the test at `place`: forget what answers and given cells bound meanwhile."""
        self.here, self.peer = place, peer
        for name in [name for name in self if not name.startswith("__")]:
            owner = self.exam.owner(name, place)
            if owner is None or not self.exam.cells[owner].is_test:
                del self[name]
        self.ran.clear()

    def __missing__(self, name: str) -> Any:
        owner = self.exam.owner(name, self.here)
        if owner is None or self.exam.belongs_to_student(name, owner):
            if owner is None and hasattr(builtins, name):
                raise KeyError(name)
            return self._fetched(name)
        if owner in self.ran or self.exam.cells[owner].is_test:
            raise KeyError(name)
        self.ran.add(owner)
        here, self.here = self.here, owner
        source = self.exam.cells[owner].source
        exec(compile(python(source), "<given>", "exec"), self)
        self.here = here
        value = self[name]
        for other in names(source).bound & self.keys():
            if self.exam.owner(other, here) != owner:
                del self[other]  # it means something else by now
        return value

    def _fetched(self, name: str) -> Any:
        assert self.peer is not None
        try:
            value = self.peer.ask("name", name)
        except KeyError:
            raise NameError(f"name {name!r} is not defined") from None
        self[name] = value
        return value


class _Mute:
    """What a test cell's magics talk to: there is no shell here."""

    def __getattr__(self, name: str) -> Callable:
        return lambda *args, **kwargs: None


def examine(
    exam: Exam, submitted: NotebookNode, warm: Warm, precedent: Precedent, seconds: float
) -> Examined:
    """Run a submitted notebook and every test of the exam; return it with the outcomes."""
    nb, notes = restore(exam, submitted)
    places = {i: exam.place(name) for i, cell in enumerate(nb.cells) if (name := _test(exam, cell))}
    with Sitting(warm, nb, list(places), seconds) as sitting:
        sitting.run_cells()
        room, records = Room(exam), {}
        for channel, (i, place) in zip(sitting.snapshots, places.items(), strict=True):
            trial = Trial(room, place, channel, precedent, seconds)
            nb.cells[i].outputs = trial.outputs(nb, i)
            records[trial.cell.name] = trial.record
        return Examined(nb, notes, sitting.walls, records)


def _test(exam: Exam, cell: NotebookNode) -> str:
    name = grade_id(cell)
    return name if any(c.is_test and c.name == name for c in exam.cells) else ""


class Sitting:
    """The candidate's part: all cells that are no test, in order, whatever they do."""

    def __init__(self, warm: Warm, nb: NotebookNode, tests: list[int], seconds: float) -> None:
        self.warm, self.nb, self.tests, self.seconds = warm, nb, tests, seconds
        self.snapshots: list[Channel] = []
        self.candidates: list[Candidate] = []
        self.walls: list[str] = []
        self.late = 0
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
                    candidate.tell({"snapshot": True, "seconds": self.seconds}, self.seconds)
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
        self.nb.cells[i].outputs = shown(reply.get("outputs"))
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
        peer = Questions(self.channel, self.cell.name, self.precedent, _writer(nb, at))
        self.record = peer.record
        first = self.once(peer)
        if first[1] is None and peer.touched and self.precedent_is_tidy():
            # Right only because it changed what it was given? Then not right.
            peer.second_look = True
            first = self.once(peer)
        value, error, printed = first
        return [*printed, *([value] if value else []), *([error] if error else [])]

    def precedent_is_tidy(self) -> bool:
        """Whether the instructor's solution left all arguments of this test alone."""
        try:
            self.precedent.permit(self.cell.name, "changed", "arguments")
        except TypeError:
            return True
        return False

    def once(self, peer: Questions) -> tuple[NotebookNode | None, NotebookNode | None, list]:
        """Run the test: its value, its error, what it printed."""
        peer.channel.deadline = time.monotonic() + self.seconds
        self.room.enter(self.place, peer)
        said, value, error = io.StringIO(), None, None
        random.seed(0)
        np.random.seed(0)
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            try:
                with alarm(self.seconds + 0.5):
                    value = execute(self.cell.source, self.room)
            except BaseException as problem:
                if isinstance(problem, KeyboardInterrupt):
                    raise
                error = self.failure(problem)
        if peer.lost and error is None:
            error = _error("Stopped", peer.lost)
        printed = [_stream(said.getvalue())] if said.getvalue() else []
        return value, error, printed

    def failure(self, problem: BaseException) -> NotebookNode:
        """The error as the student may read it: never a line of a hidden test."""
        kind, text = type(problem).__name__, str(problem)
        if isinstance(problem, Lost | TestTooLong):
            return _error("Stopped", text)
        if getattr(problem, "from_candidate", False) and self.cell.is_hidden:
            text = ""  # what it says may be what the test gave it
        lines = [] if self.cell.is_hidden else _where(problem, self.cell.source)
        return _error(kind, text, lines)


class TestTooLong(BaseException):
    """The test itself ran out of time, on what the candidate gave it."""


@contextlib.contextmanager
def alarm(seconds: float) -> Iterator[None]:
    """Raise TestTooLong in the block after so many seconds."""

    def ring(*_: Any) -> None:
        raise TestTooLong(LATE)

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def execute(source: str, room: Room) -> NotebookNode | None:
    """Run a test cell; return the value of its last line as an output, as a notebook shows it."""
    tree = ast.parse(python(source), "<test>")
    last = tree.body[-1] if tree.body else None
    if isinstance(last, ast.Expr):
        tree.body.pop()
    exec(compile(tree, "<test>", "exec"), room)
    if not isinstance(last, ast.Expr):
        return None
    value = eval(compile(ast.Expression(last.value), "<test>", "eval"), room)
    if value is None:
        return None
    return from_dict(
        {
            "output_type": "execute_result",
            "data": {"text/plain": repr(value)[:2000]},
            "metadata": {},
            "execution_count": None,
        }
    )


def shown(pieces: Any) -> list[NotebookNode]:
    """What a candidate says that a cell showed, as far as it has the form of outputs."""
    good = []
    for piece in pieces if isinstance(pieces, list) else []:
        try:
            node = from_dict(piece)
            nbformat.v4.nbbase.validate(node, "output")
        except Exception:  # a hostile piece may be anything; it is only for show
            continue
        good.append(node)
    return good


def _error(name: str, text: str, lines: list[str] | None = None) -> NotebookNode:
    traceback_ = [*(lines or []), f"{name}: {text}" if text else name]
    return from_dict(
        {"output_type": "error", "ename": name, "evalue": text, "traceback": traceback_}
    )


def _stream(text: str) -> NotebookNode:
    return from_dict({"output_type": "stream", "name": "stdout", "text": text[:10_000]})


def _where(problem: BaseException, source: str) -> list[str]:
    """The line of a visible test in which it failed."""
    frames = [f for f in traceback.extract_tb(problem.__traceback__) if f.filename == "<test>"]
    lines = python(source).splitlines()
    return [f"line {f.lineno}: {lines[f.lineno - 1].strip()}" for f in frames if f.lineno][-1:]


def _writer(nb: NotebookNode, at: int) -> Callable[[str], Any]:
    """How the student wrote a function: for tests that look at its source or its signature."""

    def written(name: str) -> Any:
        return None

    return written

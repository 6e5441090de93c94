"""The candidate: runs a notebook's cells in a real IPython shell and answers for them.

It is told cell after cell what to run. Where a test stands it forks: the copy keeps everything
as it is at that moment and answers the examiner's questions about it, on a channel of its own,
while the original goes on with the next cell. So a test can neither see what comes later nor
disturb it, and a copy that dies takes nobody with it.

Nothing here is trusted by the examiner: a student's code may rewrite all of it.
"""

import contextlib
import operator
import os
import random
import signal
import socket
import types
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np

from autograder.candidate.copies import built
from autograder.candidate.errors import is_plain, known_base, plain_args, remade, text_of
from autograder.candidate.kinds import NAMES
from autograder.candidate.outputs import Outputs
from autograder.candidate.peer import Peer
from autograder.candidate.shell import Notebook
from autograder.candidate.wire import CannotCross, Channel, named_tuple

MANY = 80  # processes that a cell may leave running
BUILT_IN = {
    f.__name__: f for f in (len, iter, bool, abs, float, int, str, repr, hash, round, format)
}
SEEDED: dict[str, Any] = {"random": random, "np.random": np.random}
CALLED = (types.FunctionType, types.MethodType, types.BuiltinFunctionType, np.ufunc)
PLAIN_MODULES = ("builtins", "functools", "operator")  # what is callable there is a function


class Answers(Peer):
    """Answers the examiner's questions about the names, functions and objects of a notebook."""

    caught = BaseException

    def __init__(self, channel: Channel, notebook: Notebook, classes: list[str]) -> None:
        super().__init__(channel)
        self.notebook, self.classes = notebook, set(classes)
        self.remotes: dict[int, Remote] = {}
        self.theirs: dict[int, tuple[BaseException, int]] = {}  # exceptions of the examiner's

    def do(self, op: str, names: list, args: list, kwargs: dict) -> Any:
        """Answer one question; what it raises is an answer too."""
        if op == "name":
            return self.notebook.shell.user_ns[names[0]]
        if op == "seed":
            return SEEDED[names[0]].seed(*args)
        if op == "attribute":
            return getattr(args[0], names[0])
        here = self.kept[names[0]]
        if op == "call":
            return here(*args, **kwargs)
        if op == "next":
            return [here.send(*args) if args else next(here)]
        if op == "get":
            return getattr(here, names[1])
        if op == "set":
            return setattr(here, names[1], args[0])
        operation = BUILT_IN.get(names[1]) or getattr(operator, f"__{names[1]}__", None)
        return operation(here, *args) if operation else getattr(here, names[1])(*args)

    def aside(self) -> dict:
        """What was printed meanwhile."""
        said = self.notebook.printed()
        return {"said": said} if said else {}

    def keep(self, x: Any) -> Any:
        """Functions, classes, iterators and objects stay; the examiner gets a stand-in."""
        if isinstance(x, Remote):
            return {"yours": x.number}
        if isinstance(x, type) and self._is_given(x):
            return {"known": x.__name__}
        if isinstance(x, types.ModuleType):
            raise CannotCross(f"the module {x.__name__} cannot cross")
        if isinstance(x, type):
            own = x.__module__ == "__main__"
            above = [self.keep(b) for b in x.__bases__ if id(b) not in NAMES] if own else []
            doc = x.__doc__ if isinstance(x.__doc__, str) else None
            name = NAMES[id(known_base(x))]
            return {"class": [self.number(x), x.__name__, name, above, doc]}
        kind = type(x)
        if isinstance(x, CALLED) or (callable(x) and kind.__module__ in PLAIN_MODULES):
            return {"function": [self.number(x), getattr(x, "__name__", kind.__name__)]}
        if isinstance(x, Iterator) and kind.__module__ != "__main__":
            return {"iterator": self.number(x)}
        role = "call" if callable(x) else "next" if isinstance(x, Iterator) else ""
        return {"object": [self.number(x), self.keep(kind), role]}

    def shared(self, x: Any) -> str:
        """The name of x's class if a given cell defines it."""
        return type(x).__name__ if self._is_given(type(x)) else ""

    def _is_given(self, kind: type) -> bool:
        return kind.__name__ in self.classes and self._class(kind.__name__) is kind

    def _class(self, name: str) -> Any:
        return self.notebook.shell.user_ns.get(name)

    def named(self, name: str, fields: tuple[str, ...]) -> type | None:
        """The notebook's own type for such tuples, with its methods."""
        kind = self._class(name)
        own = isinstance(kind, type) and issubclass(kind, tuple)
        return (
            kind if own and getattr(kind, "_fields", None) == fields else named_tuple(name, fields)
        )

    def build(self, name: str, held: Any) -> Any:
        """An instance of a given class."""
        return built(self._class(name), held)

    def adopt(self, tag: str, held: Any) -> Any:
        """A function of the examiner's is a function here that asks the examiner."""
        if tag == "known":
            return self._class(held)
        if tag == "function":
            return self.remotes.setdefault(held[0], Remote(self, *held))
        if tag == "iterator":
            return Remote(self, held, "iterator").draw()
        return super().adopt(tag, held)

    def describe(self, error: BaseException) -> list:
        """Its type, its text, its plain data; what came from the examiner is only named."""
        if id(error) in self.theirs:
            return [self.theirs[id(error)][1]]
        kind = type(error)
        values = {k: v for k, v in vars(error).items() if is_plain(v)}
        own = kind.__module__ == "__main__"
        return [kind, text_of(error), plain_args(error), values if own else {}]

    def exception(self, described: list) -> BaseException:
        """What a function of the examiner's raised."""
        kind, name, text, args, number = described
        if kind.__name__ != name:  # a class of the test's own
            kind = type(name, (kind,), {})
        error = remade(kind, text, args, {})
        self.theirs[id(error)] = error, number
        return error


class Remote:
    """A function of the examiner's: called here, it runs there."""

    def __init__(self, peer: Peer, number: int, name: str) -> None:
        self.peer, self.number, self.__name__ = peer, number, name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call it there."""
        return self.peer.ask("call", self.number, args=args, kwargs=kwargs)

    def draw(self) -> Iterator:
        """What the examiner's iterator yields."""
        while True:
            try:
                (value,) = self.peer.ask("next", self.number)
            except StopIteration:
                return
            yield value


class Own(Channel):
    """A channel of one process: a copy that a student's code makes of it has nothing to say."""

    def __init__(self, sock: socket.socket) -> None:
        super().__init__(sock)
        self.process = os.getpid()

    def send(self, tree: Any, buffers: list[bytes]) -> None:
        """Send one frame, or end, if this is such a copy."""
        if os.getpid() != self.process:
            os._exit(0)
        super().send(tree, buffers)


def work(
    notebook: Notebook, control: socket.socket, tests: list[socket.socket], *, alone: bool
) -> None:
    """Run cells and leave snapshots, as the examiner says, until it closes its end.

    An order to stay makes it the snapshot itself.
    `alone` says that all processes that can be seen here belong to this candidate.
    """
    channel, most, snapshots = Own(control), len(tests) + MANY, {1, os.getpid()}
    notebook.open_streams()
    while True:
        try:
            order, _ = channel.receive()
        except KeyboardInterrupt:  # meant for the cell that has just ended
            continue
        if "run" in order:
            reply = notebook.run(order["run"])
            if alone and order.get("tidy"):
                end_all_but(snapshots)
            channel.send({**reply, "crowded": alone and len(processes()) > most}, [])
            continue
        if order["stay"]:
            channel.send({}, [])
            answer(notebook, tests[0], order)
        try:
            with warnings.catch_warnings(action="ignore"):  # that threads do not survive a fork
                copy = os.fork()
        except BlockingIOError:
            channel.send({"crowded": True}, [])
            continue
        if not copy:
            mine, *others = tests
            for sock in (control, *others):  # or the others' end would not be noticed
                sock.close()
            answer(notebook, mine, order)
        snapshots.add(copy)
        tests.pop(0).close()
        channel.send({}, [])


def processes() -> set[int]:
    """All processes that can be seen from here, as far as there is a file left to look with."""
    with contextlib.suppress(OSError):
        return {int(name) for name in os.listdir("/proc") if name.isdigit()}
    return set()


def end_all_but(spared: set[int]) -> None:
    """End all other processes, however fast they multiply: first the kernel stops all at once."""
    with contextlib.suppress(OSError):
        os.kill(-1, signal.SIGSTOP)
    for pid in processes():
        with contextlib.suppress(OSError):
            os.kill(pid, signal.SIGCONT if pid in spared else signal.SIGKILL)


def answer(notebook: Notebook, sock: socket.socket, order: dict) -> None:
    """The life of a snapshot: answer questions until there are no more."""
    notebook.outputs = Outputs()
    with contextlib.suppress(PermissionError):  # it leads a group already
        os.setpgid(0, 0)
    # However an honest question ends, it ends: SIGALRM, which nobody catches, takes the process.
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    answers = Answers(Own(sock), notebook, order["classes"])
    try:
        while True:
            frame, raw = answers.channel.receive()
            signal.setitimer(signal.ITIMER_REAL, order["seconds"])
            answers.answer(frame, raw)
            signal.setitimer(signal.ITIMER_REAL, 0)
    finally:
        os.killpg(0, signal.SIGKILL)  # and with it what it started

"""Questions and answers over the wire, the same for both sides.

A side asks ("call this function with these values") and, until the answer is there, answers
what the other asks in between (a callback). Arguments go as copies; what the callee changed in
them comes back with the answer, so that a change in place is seen where the caller stands.
"""

import operator
from itertools import count
from typing import Any

import numpy as np

from autograder.candidate.copies import overwrite, twins
from autograder.candidate.wire import (
    CannotCross,
    Channel,
    Garbled,
    Gone,
    Packer,
    Unpacker,
    Weight,
    named_tuple,
)


class Asked:
    """What a side gave to the other one with a question: the arguments and all that they hold."""

    def __init__(self) -> None:
        self.met: list[Any] = []
        self.weights: list[Any] = []
        self.places: list[int] = []  # in which argument each stands

    def add(self, packer: Packer, place: int) -> None:
        """Note what the packer has met with the argument at `place`."""
        self.places += [place] * (len(packer.met) - len(self.places))
        self.met, self.weights = packer.met, packer.weights

    def spare(self, place: int) -> None:
        """From now on let copies take what changes in the argument at `place`."""
        inside = [n for n, here in enumerate(self.places) if here == place]
        made = twins([self.met[n] for n in inside])
        for n in inside:
            self.met[n] = made[id(self.met[n])]


class Peer:
    """One end of a conversation; the subclasses say what may stay, and what may be asked."""

    caught: type[BaseException] = Exception  # what a question may raise and still be answered

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.kept: dict[int, Any] = {}  # what stays here, by the number the other side knows
        self.numbers: dict[int, int] = {}  # id of such a thing → its number
        self.given: dict[int, int] = {}  # id → number, of what the question that is answered gave
        self.asked = Asked()  # the question that waits for its answer
        self.counter = count()

    def do(self, op: str, names: list, args: list, kwargs: dict) -> Any:
        """Do what the other side asks."""
        raise NotImplementedError

    def describe(self, error: BaseException) -> list:
        """An exception as data."""
        raise NotImplementedError

    def exception(self, described: list) -> BaseException:
        """The exception that the other side described."""
        raise NotImplementedError

    # The table of things that stay (wire.Table)

    def known(self, x: Any) -> Any:
        """What was given is named and not copied; a view of it stays one."""
        if (number := self.given.get(id(x))) is not None:
            return {"argument": number}
        whole = x.base if isinstance(x, np.ndarray) and not x.dtype.hasobject else None
        if whole is None or id(whole) not in self.given:
            return None
        start = x.__array_interface__["data"][0] - whole.__array_interface__["data"][0]
        view = [self.given[id(whole)], start, list(x.shape), list(x.strides), x.dtype.str]
        return {"view": view}

    def keep(self, x: Any) -> Any:
        """What is no data stays here; the subclasses say what may be asked of it."""
        raise CannotCross(f"a {type(x).__name__} object is no data")

    def adopt(self, tag: str, held: Any) -> Any:
        """What a tag of the other side means here."""
        if tag == "yours":
            return self.kept[held]
        raise Garbled(f"an unknown tag {tag!r:.40}")

    def argument(self, number: int) -> tuple[Any, Weight]:
        """What this side gave with its question, by its number."""
        return self.asked.met[number], self.asked.weights[number]

    def named(self, name: str, fields: tuple[str, ...]) -> type | None:
        """The type for a tuple whose entries have names."""
        return named_tuple(name, fields)

    def shared(self, x: Any) -> str:
        """The name of x's class if both sides have it from the instructor, or ""."""
        return ""

    def build(self, name: str, held: Any) -> Any:
        """An instance of such a class."""
        raise Garbled(f"no class {name!r:.40}")

    def number(self, x: Any) -> int:
        """The number under which the other side may ask for x from now on."""
        if id(x) not in self.numbers:
            self.numbers[id(x)] = n = next(self.counter)
            self.kept[n] = x  # also keeps it alive, so that its id stays its own
        return self.numbers[id(x)]

    # The conversation

    def ask(self, op: str, *names: Any, args: tuple = (), kwargs: dict | None = None) -> Any:
        """Return the answer, or raise the exception that it is; answer callbacks meanwhile."""
        raised, value = self.converse(op, names, args, kwargs or {})
        if raised:
            raise self.exception(value)
        return value

    def converse(self, op: str, names: tuple, args: tuple, kwargs: dict) -> tuple[bool, Any]:
        """Ask and answer until the answer is there: whether it is an exception, and which."""
        packer, asked, trees = Packer(self), Asked(), []
        for place, x in enumerate([*args, *kwargs.values()]):
            trees.append(packer.put(x))
            asked.add(packer, place)
        question = {"ask": op, "names": list(names), "with": [trees, list(kwargs)]}
        self.channel.send(question, packer.buffers)
        while True:
            frame, raw = self.channel.receive()
            if not isinstance(frame, dict):
                raise Garbled("neither a question nor an answer")
            if "ask" not in frame:
                return self._take(frame, raw, asked)
            self.answer(frame, raw)

    def _take(self, frame: dict, raw: memoryview, asked: Asked) -> tuple[bool, Any]:
        outer, self.asked = self.asked, asked
        unpacker = Unpacker(raw, self)
        try:
            changed = [(operator.index(number), tree) for number, tree in frame["changed"]]
            self.hear(frame)
            self.take_back(asked, [number for number, _ in changed])
            for number, tree in changed:
                overwrite(asked.met[number], unpacker.value(tree))
            raised = "raised" in frame
            value = unpacker.value(frame["raised" if raised else "answer"])
        except Exception as error:  # whatever a hostile answer provokes
            raise Garbled(f"not an answer: {error}") from None
        finally:
            self.asked = outer
        return raised, value

    def take_back(self, asked: Asked, numbers: list[int]) -> None:
        """Values that were given have been changed in place there, and now change here."""

    def answer(self, frame: dict, raw: memoryview) -> None:
        """Do what a frame asks, and send what came of it."""
        unpacker = Unpacker(raw, self)
        try:
            op, names, (trees, keys) = frame["ask"], frame["names"], frame["with"]
            values = [unpacker.value(tree) for tree in trees]
            first = len(values) - len(keys)
            kwargs = dict(zip(map(str, keys), values[first:], strict=True))
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            raise Garbled(f"not a question: {error}") from None
        given = unpacker.met
        before = self._contents(given)
        try:
            kind, value = "answer", self.do(op, names, values[:first], kwargs)
        except (Garbled, Gone):
            raise
        except self.caught as error:
            kind, value = "raised", self.describe(error)
        try:
            reply, buffers = self._reply(kind, value, given, before)
        except (CannotCross, RecursionError) as error:
            reply, buffers = self._reply("raised", self.describe(error), [], [])
        self.channel.send({**reply, **self.aside()}, buffers)

    def aside(self) -> dict:
        """What else there is to say with an answer."""
        return {}

    def hear(self, frame: dict) -> None:
        """Notice what the other side says with its answer."""

    def _reply(self, kind: str, value: Any, given: list, before: list) -> tuple[dict, list[bytes]]:
        after = self._contents(given)
        packer = Packer(self)
        self.given = {id(x): number for number, x in enumerate(given)}
        try:
            numbers = [
                n for n, (was, now) in enumerate(zip(before, after, strict=False)) if was != now
            ]
            changed = [[n, packer.afresh(given[n])] for n in numbers]
            return {"changed": changed, kind: packer.put(value)}, packer.buffers
        finally:
            self.given = {}

    def _contents(self, given: list) -> list:
        """What each of the given values holds, apart from the others."""
        self.given = {id(x): number for number, x in enumerate(given)}
        packer, found = Packer(self), []
        try:
            for x in given:
                start = len(packer.buffers)
                tree = None if isinstance(x, tuple) else packer.afresh(x)
                found.append((tree, packer.buffers[start:]))
        finally:
            self.given = {}
        return found

"""Questions and answers over the wire, the same for both sides.

A side asks ("call this function with these values") and, until the answer is there, answers
what the other asks in between (a callback). Arguments go as copies; what the callee changed in
them comes back with the answer, so that a change in place is seen where the caller stands.
"""

from itertools import count
from typing import Any

from autograder.candidate.wire import (
    MUTABLE,
    CannotCross,
    Channel,
    Garbled,
    Packer,
    Unpacker,
    overwrite,
)


class Peer:
    """One end of a conversation; the subclasses say what may stay, and what may be asked."""

    caught: type[BaseException] = Exception  # what a question may raise and still be answered

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.kept: dict[int, Any] = {}  # what stays here, by the number the other side knows
        self.numbers: dict[int, int] = {}  # id of such a thing → its number
        self.given: list[Any] = []  # the arguments whose answer is being packed
        self.asked: list[Any] = []  # the arguments of the question that waits for its answer
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
        """An argument that is handed back, itself, is named and not copied."""
        return next(({"argument": i} for i, given in enumerate(self.given) if given is x), None)

    def keep(self, x: Any) -> Any:
        """What is no data stays here; the subclasses say what may be asked of it."""
        raise CannotCross(f"a {type(x).__name__} object is no data")

    def adopt(self, tag: str, held: Any) -> Any:
        """What a tag of the other side means here."""
        if tag == "yours":
            return self.kept[held]
        if tag == "argument":
            return self.asked[held]
        raise Garbled(f"an unknown tag {tag!r:.40}")

    def named(self, fields: tuple[str, ...]) -> bool:
        """Whether a tuple may have such names for its entries here."""
        return True

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
        packer = Packer(self)
        trees = [packer.put(list(args)), packer.put(kwargs)]
        self.channel.send({"ask": op, "names": list(names), "with": trees}, packer.buffers)
        while True:
            frame, raw = self.channel.receive()
            if not isinstance(frame, dict):
                raise Garbled("neither a question nor an answer")
            if "ask" not in frame:
                return self._take(frame, raw, [*args, *kwargs.values()])
            self.answer(frame, raw)

    def _take(self, frame: dict, raw: memoryview, asked: list) -> tuple[bool, Any]:
        outer, self.asked = self.asked, asked
        unpacker = Unpacker(raw, self)
        try:
            for place, now in unpacker.value(frame["changed"]):
                asked[place] = self.take_back(place, asked[place], now)
            raised = "raised" in frame
            value = unpacker.value(frame["raised" if raised else "answer"])
        except (KeyError, ValueError, TypeError, IndexError, AttributeError) as error:
            raise Garbled(f"not an answer: {error}") from None
        self.asked = outer
        return raised, value

    def take_back(self, place: int, given: Any, now: Any) -> Any:
        """An argument, the one at `place`, was changed in place there: change it here.

        Returns what stands for that argument where the answer hands it back.
        """
        overwrite(given, now)
        return given

    def answer(self, frame: dict, raw: memoryview) -> None:
        """Do what a frame asks, and send what came of it."""
        unpacker = Unpacker(raw, self)
        try:
            op, names, (args, kwargs) = frame["ask"], frame["names"], frame["with"]
            args, kwargs = unpacker.value(args), unpacker.value(kwargs)
            given = [*args, *kwargs.values()]
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            raise Garbled(f"not a question: {error}") from None
        before = [self._snapshot(x) for x in given]
        try:
            kind, value = "answer", self.do(op, names, args, kwargs)
        except self.caught as error:
            kind, value = "raised", self.describe(error)
        try:
            reply, buffers = self._reply(kind, value, given, before)
        except (CannotCross, RecursionError) as error:
            reply, buffers = self._reply("raised", self.describe(error), [], [])
        self.channel.send(reply, buffers)

    def _reply(self, kind: str, value: Any, given: list, before: list) -> tuple[dict, list[bytes]]:
        changed = [i for i, then in enumerate(before) if self._snapshot(given[i]) != then]
        packer = Packer(self)
        now = [[i, packer.put(given[i])] for i in changed]  # first: the answer may point there
        self.given = given
        try:
            return {"changed": now, kind: packer.put(value)}, packer.buffers
        finally:
            self.given = []

    def _snapshot(self, x: Any) -> Any:
        packer = Packer(self)
        return (packer.put(x), packer.buffers) if isinstance(x, MUTABLE) else None

"""What stays with the candidate, and stands here as a stand-in: functions, objects, classes.

Which of them may arrive at all, and what may be asked of them, is what the instructor's own
solution did in the same test.
"""

from collections.abc import Callable, Iterator
from typing import Any

from autograder.candidate.copies import built
from autograder.candidate.kinds import TYPES
from autograder.candidate.peer import Peer
from autograder.candidate.wire import Channel, Garbled, named_tuple
from autograder.precedent import Precedent
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

MAX_CLASSES = 1000


class Lost(BaseException):
    """The candidate died, hung or broke the rules: no test can go on, whatever it catches."""


class Adoption(Peer):
    """A peer that takes in what the other side keeps, where the instructor's solution did so."""

    def __init__(
        self, channel: Channel, precedent: Precedent, given_class: Callable[[str], type | None]
    ) -> None:
        super().__init__(channel)
        self.precedent, self.given_class = precedent, given_class
        self.classes: dict[int, type] = {}
        self.standins: dict[int, Any] = {}
        self.tuples: dict[type, type] = {}
        self.lost = ""  # why no test can go on

    def begin(self, test: str, written: Callable[[str], Any]) -> None:
        """Another test begins, for which the notebook's functions are written as they are."""
        self.test, self.written = test, written
        self.said: list[str] = []  # what the candidate's exceptions and names say
        self.origin = ""  # of what arrives: from which question of the test's
        self.origins: dict[int, str] = {}  # of the stand-ins, by number

    def knows(self, *event: str) -> bool:
        """Whether the instructor's solution did the same in this test."""
        return self.precedent.known(self.test, *event)

    def permit(self, who: str, *event: str) -> None:
        """Refuse what the instructor's solution did not do in this test."""
        if not self.knows(*event):
            self.said.append(who)
            raise TypeError(f"{who} object where a value was expected")

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
        number, doc = int(number), doc if isinstance(doc, str) else None
        if number in self.classes:
            return self.classes[number]
        name = str(name)[:80]
        if not self.knows("class's name", name):
            self.said += [name] if len(name) > 2 else []  # what the test gave may stand there
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

"""The names that tests see: their own, those of given cells, and the student's.

Every cell has a scope of its own, and a name means there what the last cell before it made of
it. So no given cell can overwrite a test's names, no test has to run before another one that
does not build on it, and what the student's cells bind is asked for only where it is theirs.
"""

import builtins
import contextlib
import random
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import numpy as np

from autograder.exam import Exam
from autograder.names import imports, names, python


class Source(Protocol):
    """Where the student's names come from."""

    def fetch(self, name: str) -> Any:
        """The student's value of a name; NameError if there is none."""


class Scope(dict):
    """The names that one cell binds; what it uses besides, the room knows."""

    def __init__(self, room: "Room", place: int) -> None:
        super().__init__(__name__="__main__", get_ipython=_Mute, display=_mute)
        self["__builtins__"] = _Builtins(self)
        self.room, self.place = room, place

    def __missing__(self, name: str) -> Any:
        return self.room.value(name, self.place)

    def __contains__(self, name: object) -> bool:
        with contextlib.suppress(KeyError, NameError):
            return bool((self[str(name)], True))
        return False

    def get(self, name: str, default: Any = None) -> Any:
        """What globals().get gives."""
        with contextlib.suppress(KeyError, NameError):
            return self[name]
        return default

    def binds(self, name: str) -> bool:
        """Whether the cell itself has bound the name."""
        return super().__contains__(name)


class _Builtins(dict):
    """The builtins; a class's body looks here, and only here, for what its cell does not bind."""

    def __init__(self, scope: Scope) -> None:
        super().__init__(vars(builtins))
        self.scope = scope

    def __missing__(self, name: str) -> Any:
        return self.scope[name]


class Room:
    """The scopes of one submission's tests, and of the given cells that they use.

    `unbound(place, name)` says whether a test may ask the student for a name that no cell binds.
    """

    def __init__(self, exam: Exam, unbound: Callable[[int, str], bool] | None = None) -> None:
        self.exam, self.unbound = exam, unbound
        self.tests: dict[int, Scope] = {}  # they stay, for the tests that build on them
        self.given: dict[int, Scope] = {}
        self.known: dict[tuple[str, int], Any] = {}
        self.theirs: set[tuple[str, int]] = set()  # which of these the student has to say
        self.source: Source | None = None
        self.dice = Dice()
        self.here = -1

    def enter(self, place: int, source: Source) -> Scope:
        """The scope for a test; whatever it needs of answers and given cells is got anew."""
        self._keep_changed()
        self.given, self.known, self.source, self.here = {}, {}, source, place
        self.theirs, self.dice = set(), Dice()
        self.tests[place] = Scope(self, place)
        return self.tests[place]

    def value(self, name: str, place: int) -> Any:
        """What a name means in the cell at `place`; KeyError if nothing."""
        if (name, place) not in self.known or (name, place) in self.theirs:
            self.known[name, place] = self._value(name, place)
        return self.known[name, place]

    def given_class(self, name: str) -> type | None:
        """The class of that name, if a given cell defines it and no student's cell after that."""
        owner = self.exam.owner(name, self.here) if name in self.exam.classes() else None
        if owner is None or name not in names(self.exam.cells[owner].source).classes:
            return None
        if self.exam.cells[owner].is_answer or self.exam.cells[owner].is_test:
            return None
        found = self.value(name, self.here)
        return found if isinstance(found, type) else None

    def _value(self, name: str, place: int) -> Any:
        owner = self.exam.owner(name, place)
        if owner is None and not self._may_ask(name, place):
            return vars(builtins)[name]
        if owner is None or self.exam.belongs_to_student(name, owner):
            assert self.source is not None
            self.theirs.add((name, place))
            return self.source.fetch(name)
        scope = self.tests[owner] if owner in self.tests else self._given(owner)
        if not scope.binds(name) and name in names(self.exam.cells[owner].source).changed:
            return self.value(name, owner)
        if not scope.binds(name):
            raise KeyError(name)
        return scope[name]

    def _may_ask(self, name: str, place: int) -> bool:
        # A test that did not get to bind its own name must not be handed it by the student.
        own = name in names(self.exam.cells[place].source).bound
        if own or hasattr(builtins, name) or self.unbound is None:
            return False
        return self.unbound(self.here, name)

    def _keep_changed(self) -> None:
        for (name, place), value in self.known.items():
            if place == self.here and name in names(self.exam.cells[place].source).changed:
                self.tests[place].setdefault(name, value)

    def _given(self, place: int) -> Scope:
        """A cell that no student wrote, run here: but of an answer only what it imports."""
        if place not in self.given:
            self.given[place] = Scope(self, place)
            cell = self.exam.cells[place]
            source = cell.source
            if cell.is_answer:
                source = imports(source)
            elif cell.is_test and cell.released is not None:  # its turn comes later: it is hidden
                source = cell.released.source
            for earlier in [] if cell.is_answer or cell.is_test else self.exam.streams(place):
                self._given(earlier)
            with self.dice:
                exec(compile(python(source), "<given>", "exec"), self.given[place])
        return self.given[place]


class Dice:
    """The random numbers of given cells: a test between two of them draws others, and its own."""

    def __init__(self) -> None:
        self.rolling = 0
        self.states: Any = random.Random(0).getstate(), np.random.RandomState(0).get_state()

    def __enter__(self) -> None:
        self._swap()
        self.rolling += 1

    def __exit__(self, *error: object) -> None:
        self.rolling -= 1
        self._swap()

    def _swap(self) -> None:
        if not self.rolling:  # a given cell may need another one
            now = random.getstate(), np.random.get_state()
            random.setstate(self.states[0])
            np.random.set_state(self.states[1])
            self.states = now


@contextlib.contextmanager
def shared_seeds(tell: Callable[[str, list], None], dice: Dice) -> Iterator[None]:
    """What a test seeds meanwhile is seeded for the student's functions, too."""

    def seeding(module: Any, name: str) -> Callable:
        original = module.seed

        def seed(*args: Any, **kwargs: Any) -> None:
            original(*args, **kwargs)
            if not dice.rolling:
                tell(name, [*args, *kwargs.values()])

        return seed

    modules: dict[str, Any] = {"random": random, "np.random": np.random}
    before = {name: module.seed for name, module in modules.items()}
    for name, module in modules.items():
        module.seed = seeding(module, name)
    try:
        yield
    finally:
        for name, module in modules.items():
            module.seed = before[name]


def _mute(*args: Any, **kwargs: Any) -> None:
    """Nothing is displayed here."""


class _Mute:
    """What a cell's magics talk to: there is no shell here."""

    def __getattr__(self, name: str) -> Callable:
        return _mute

"""What stands in the examiner for things that stay with the candidate.

A function can be called. An object can be asked for what the instructor's own solution was
asked for in the same test, and nothing else: so no object can be slipped in where a value is
expected, to agree with whatever it is compared to.
"""

from collections.abc import Callable, Iterator
from typing import Any, Protocol


class Asker(Protocol):
    """The examiner's side of the wire."""

    def ask(self, op: str, *names: Any, args: tuple = (), kwargs: dict | None = None) -> Any:
        """Ask the candidate."""

    def knows(self, *event: str) -> bool:
        """Whether the instructor's solution did the same."""

    def permit(self, who: str, *event: str) -> None:
        """Raise TypeError unless the instructor's solution did the same."""

    def next(self, number: int, *sent: Any) -> Any:
        """The next value of an iterator of the candidate's, or StopIteration."""

    def written(self, name: str) -> Callable | None:
        """A function as it is written in the notebook: to be looked at, never to be called."""


class Function:
    """A function of the candidate's: called here, it runs there, and data come back."""

    def __init__(self, peer: Asker, number: int, name: str) -> None:
        self.peer, self.number, self.__name__ = peer, number, name
        self.called = name  # what the notebook calls it, a lambda has no name of its own

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call it there."""
        return self.peer.ask("call", self.number, args=args, kwargs=kwargs)

    def __getattr__(self, name: str) -> Any:
        if name == "__wrapped__":  # this is where inspect looks
            written = self.peer.knows("written") and self.peer.written(self.called)
            if not written:
                raise AttributeError(name)
            vars(self)[name] = written
            return written
        if name.startswith("__"):
            return getattr(self.__wrapped__, name)
        self.peer.permit(self.__name__, "get", name)
        return self.peer.ask("get", self.number, name)

    @property
    def __doc__(self) -> str | None:  # type: ignore[override]
        """The function's own docstring."""
        return getattr(getattr(self, "__wrapped__", None), "__doc__", None)

    def __repr__(self) -> str:
        return f"<function {self.__name__}>"


def _do(thing: Any, operation: str, *args: Any) -> Any:
    peer, number, name = _of(thing)
    what = ["thing" if isinstance(arg, Thing | Kind) else "value" for arg in args]
    peer.permit(name, operation, *what)
    return peer.ask("operate", number, operation, args=args)


def _of(thing: Any) -> tuple[Asker, int, str]:
    """Who can be asked about a stand-in, by which number, and its class's name."""
    return type.__getattribute__(thing, "__of__") if isinstance(thing, Kind) else thing.__of__


class _Asked:
    """What objects and classes have in common."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        peer, number, who = _of(self)
        peer.permit(who, "get", name)
        return peer.ask("get", number, name)

    def __setattr__(self, name: str, value: Any) -> None:
        peer, number, who = _of(self)
        peer.permit(who, "set", name)
        peer.ask("set", number, name, args=(value,))

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call it there, or make an instance if it is a class."""
        peer, number, who = _of(self)
        peer.permit(who, "call")
        return peer.ask("call", number, args=args, kwargs=kwargs)

    def __iter__(self) -> Iterator:
        return _do(self, "iter")


class Kind(_Asked, type):
    """The class of stand-ins for instances of a class of the candidate's, and a stand-in for it."""

    def __init__(self, *args: Any) -> None:
        """As for any class."""

    def __bool__(self) -> bool:
        return True

    __hash__ = type.__hash__
    __eq__ = type.__eq__


class Thing(_Asked, metaclass=Kind):
    """An object of the candidate's; each class of the candidate's is a class derived from this."""

    __array_ufunc__ = None  # NumPy's functions take values only

    def __next__(self) -> Any:
        peer, number, who = _of(self)
        peer.permit(who, "next")
        return peer.next(number)

    def __enter__(self) -> Any:
        return _do(self, "__enter__")

    def __exit__(self, *error: object) -> None:
        _do(self, "__exit__", None, None, None)

    def __repr__(self) -> str:
        peer, _, who = _of(self)
        return _do(self, "repr") if peer.knows("repr") else f"<{who} object>"

    def __hash__(self) -> int:
        return _do(self, "hash") if _of(self)[0].knows("hash") else object.__hash__(self)


def kind(peer: Asker, number: int, name: str, bases: tuple[type, ...], doc: Any) -> type:
    """A stand-in for a class, which has stand-ins for its instances as instances."""
    made = type.__new__(Kind, name, bases or (Thing,), {"__doc__": doc})
    type.__setattr__(made, "__of__", (peer, number, name))
    return made


def thing(peer: Asker, number: int, kind: type) -> Thing:
    """A stand-in for an object of the class that `kind` stands for."""
    made: Thing = object.__new__(kind)
    object.__setattr__(made, "__of__", (peer, number, kind.__name__))
    return made


def looks_like(kind: type, given: list[Any]) -> None:
    """Let instances of a class be instances of given ones as well, from which it is derived."""
    shadow = type(kind.__name__, (*given,), {})
    type.__setattr__(kind, "__class__", property(lambda self: shadow))


def number_of(standin: Any) -> int:
    """The number under which the candidate knows what this stands for."""
    return standin.number if isinstance(standin, Function) else _of(standin)[1]


def _operator(name: str) -> Callable:
    def operate(self: Thing, *args: Any) -> Any:
        return _do(self, name, *args)

    return operate


for _name in ("len", "getitem", "contains"):
    setattr(_Asked, f"__{_name}__", _operator(_name))
for _name in ("bool", "abs", "float", "int", "str", "neg", "pos", "invert", "format", "round",
              "add", "sub", "mul", "matmul", "truediv", "floordiv", "mod", "pow", "setitem",
              "delitem", "eq", "ne", "lt", "le", "gt", "ge", "iadd", "isub", "imul",
              "imatmul", "itruediv", "and", "or", "xor"):  # fmt: skip
    type.__setattr__(Thing, f"__{_name}__", _operator(_name))
for _name in ("add", "sub", "mul", "matmul", "truediv", "floordiv", "mod", "pow"):
    type.__setattr__(Thing, f"__r{_name}__", _operator(f"__r{_name}__"))


def tuple_with_methods(peer: Asker, kind: type) -> type:
    """A type for the candidate's tuples: their entries are here, their methods stay there."""

    def get(self: tuple, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        peer.permit(kind.__name__, "method", name)
        return peer.ask("attribute", name, args=(self,))

    return type(kind.__name__, (kind,), {"__slots__": (), "__getattr__": get})

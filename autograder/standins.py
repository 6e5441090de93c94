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

    def permit(self, *event: str) -> None:
        """Raise TypeError unless the instructor's solution did the same."""


class Function:
    """A function of the candidate's: called here, it runs there, and data come back."""

    def __init__(self, peer: Asker, number: int, name: str, written: Any = None) -> None:
        self.peer, self.number, self.__name__ = peer, number, name
        if written is not None:  # so that inspect.getsource and inspect.signature work
            self.__wrapped__ = written

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call it there."""
        return self.peer.ask("call", self.number, args=args, kwargs=kwargs)

    def __repr__(self) -> str:
        return f"<function {self.__name__}>"


class Thing:
    """An object or a class of the candidate's."""

    __array_ufunc__ = None  # NumPy's functions take values only

    def __init__(self, peer: Asker, number: int, name: str) -> None:
        vars(self).update(_peer=peer, number=number, _name=name)

    def _do(self, operation: str, *args: Any) -> Any:
        what = ["thing" if isinstance(arg, Thing) else "value" for arg in args]
        self._peer.permit(self._name, operation, *what)
        return self._peer.ask("operate", self.number, operation, args=args)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        self._peer.permit(self._name, "get", name)
        return self._peer.ask("get", self.number, name)

    def __setattr__(self, name: str, value: Any) -> None:
        self._peer.permit(self._name, "set", name)
        self._peer.ask("set", self.number, name, args=(value,))

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call it there, or make an instance if it is a class."""
        self._peer.permit(self._name, "call")
        return self._peer.ask("call", self.number, args=args, kwargs=kwargs)

    def __iter__(self) -> Iterator:
        return self._do("iter")

    def __repr__(self) -> str:
        return f"<{self._name} object>"

    __hash__ = object.__hash__


def _operator(name: str) -> Callable:
    def operate(self: Thing, *args: Any) -> Any:
        return self._do(name, *args)

    return operate


for _name in ("len", "bool", "abs", "float", "int", "str", "neg", "pos", "invert"):
    setattr(Thing, f"__{_name}__", _operator(_name))
for _name in ("add", "sub", "mul", "matmul", "truediv", "floordiv", "mod", "pow", "getitem",
              "setitem", "delitem", "contains", "eq", "ne", "lt", "le", "gt", "ge"):  # fmt: skip
    setattr(Thing, f"__{_name}__", _operator(_name))
for _name in ("add", "sub", "mul", "truediv"):
    setattr(Thing, f"__r{_name}__", _operator(f"__r{_name}__"))


def exception_class(name: str, base: type[BaseException]) -> type[BaseException]:
    """An exception class of the candidate's, to be caught by name."""
    return type(name, (base,), {})


def tuple_with_methods(peer: Asker, kind: type) -> type:
    """A type for the candidate's tuples: their entries are here, their methods stay there."""

    def get(self: tuple, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        peer.permit(kind.__name__, "method", name)
        return peer.ask("attribute", name, args=(self,))

    return type(kind.__name__, (kind,), {"__slots__": (), "__getattr__": get})

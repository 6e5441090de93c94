"""What may cross between examiner and candidate, and its form: data, never code.

A message is a frame: two lengths, a JSON text, raw buffers. In the JSON a number, a text, a
list stands for itself; everything else is an object of one key, its tag. Arrays travel as raw
buffers. What arrives is built from exact, known types only; whatever else a frame may say is an
error. There is no pickle here, and nothing that arrives is ever executed.
"""

import json
import math
import operator
import random
import socket
import struct
import time
from collections import Counter, OrderedDict, defaultdict, deque, namedtuple
from collections.abc import Callable
from enum import Enum
from functools import lru_cache
from typing import Any, NamedTuple, Protocol

import numpy as np

from autograder.candidate.copies import MUTABLE
from autograder.candidate.kinds import ARRAY_KINDS, NAMES, PUT_TOGETHER, TYPES, taken_apart

MAX_DEPTH = 64
MAX_ITEMS = 1_000_000
MAX_BYTES = 64 << 20  # a frame's JSON, and a frame's buffers
MAX_TOTAL = 2 << 30  # all that a candidate may say on one channel
LENGTHS = struct.Struct("!II")
NUMBERED: tuple[Any, ...] = (*MUTABLE, tuple)
OPEN = object()  # stands for what is not complete yet
BIT_GENERATORS = ("PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64")
MAX_DIGITS = 1 << 18  # of a whole number, hexadecimal


class CannotCross(TypeError):
    """A value that is not data, too deep or too large; the text names it."""


class Garbled(ConnectionError):
    """A frame that nobody who keeps to the rules would send."""


class Gone(ConnectionError):
    """The other side closed its end."""


class Channel:
    """Frames over a socket. `deadline` (time.monotonic) bounds each wait, `most` all that comes."""

    def __init__(self, sock: socket.socket, most: float = float("inf")) -> None:
        self.sock, self.deadline, self.most = sock, float("inf"), most

    def send(self, tree: Any, buffers: list[bytes]) -> None:
        """Send one frame; raise CannotCross if it is too large, Gone, or TimeoutError."""
        text = json.dumps(tree).encode()
        raw = b"".join(buffers)
        if len(text) > MAX_BYTES or len(raw) > MAX_BYTES:
            raise CannotCross(f"more than {MAX_BYTES >> 20} MB at once")
        try:
            self._wait()
            self.sock.sendall(b"".join([LENGTHS.pack(len(text), len(raw)), text, raw]))
        except TimeoutError:
            raise
        except OSError:
            raise Gone("it ended") from None

    def receive(self) -> tuple[Any, memoryview]:
        """Return the next frame's tree and its buffers, raw and in a row."""
        n_text, n_raw = LENGTHS.unpack(self._exactly(LENGTHS.size))
        if n_text > MAX_BYTES or n_raw > MAX_BYTES:
            raise Garbled("a frame is too large")
        self.most -= n_text + n_raw
        if self.most < 0:
            raise Garbled("too much altogether")
        text, raw = self._exactly(n_text).tobytes(), self._exactly(n_raw)
        if text.count(b",") + text.count(b"[") > 4 * MAX_ITEMS:  # a list takes 32 times its text
            raise Garbled("too many entries")
        try:
            return json.loads(text), raw
        except (ValueError, RecursionError):
            raise Garbled("a frame is not JSON") from None

    def close(self) -> None:
        """Nothing is said any more: the other end's process ends."""
        self.sock.close()

    def _exactly(self, n: int) -> memoryview:
        view = memoryview(bytearray(n))
        done = 0
        while done < n:
            self._wait()
            try:
                got = self.sock.recv_into(view[done:])
            except TimeoutError:
                raise
            except OSError:
                got = 0
            if not got:
                raise Gone("it ended")
            done += got
        return view

    def _wait(self) -> None:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the time is up")
        self.sock.settimeout(None if left == float("inf") else left)


class Weight(NamedTuple):
    """How much it is to go through a value: its entries, and the bytes of its arrays."""

    items: int = 0
    bytes: int = 0


class Table(Protocol):
    """What a side remembers of the things that stay where they are."""

    def known(self, x: Any) -> Any:
        """The tag of something that the other side holds already, or None."""

    def keep(self, x: Any) -> Any:
        """The tag under which something that is no data can be asked for, or CannotCross."""

    def adopt(self, tag: str, held: Any) -> Any:
        """What stands here for a thing that stayed there."""

    def argument(self, number: int) -> tuple[Any, Weight]:
        """What this side gave to the other one, by its number."""

    def named(self, name: str, fields: tuple[str, ...]) -> type | None:
        """The type for a tuple whose entries have names, or None if they may have none here."""

    def shared(self, x: Any) -> str:
        """The name of x's class if both sides have it from the instructor, or ""."""

    def build(self, name: str, held: Any) -> Any:
        """An instance of such a class that has these attributes, or this name."""


class Packer:
    """Turns values into JSON trees and gathers their arrays in `buffers`.

    Values that can be changed, or hold such ones, are numbered as they are met, in `met`: one
    that is met again is only named, and the other side has one of it, too.
    """

    def __init__(self, table: Table) -> None:
        self.table, self.buffers, self.items, self.bytes = table, list[bytes](), 0, 0
        self.met: list[Any] = []
        self.weights: list[Weight | None] = []  # None as long as the value is described
        self.numbers: dict[int, int] = {}

    def put(self, x: Any, depth: int = 0) -> Any:
        """Return the JSON tree of a value."""
        self.items += 1
        if depth > MAX_DEPTH or self.items > MAX_ITEMS:
            self._refuse()
        if x is None or type(x) in (bool, float, str):
            return x
        if isinstance(x, np.generic):
            return {"scalar": self._array(np.asarray(x), depth)}
        if isinstance(x, Enum) and (name := self.table.shared(x)):
            return {"member": [name, x.name]}
        if isinstance(x, NUMBERED) or self.table.shared(x):
            return self.table.known(x) or self._again(x) or self.afresh(x, depth + 1)
        if isinstance(x, str):
            return str.__str__(x)
        if isinstance(x, int):
            return int(x) if -(2**63) < x < 2**63 else {"int": _hex(x)}
        if isinstance(x, float):
            return float(x)
        return self._fixed(x, depth + 1)

    def afresh(self, x: Any, depth: int = 0) -> Any:
        """Return the tree of a value that can be changed, even if the other side has it."""
        number = len(self.met)
        self.numbers.setdefault(id(x), number)
        self.met.append(x)
        self.weights.append(None)
        items, size = self.items, self.bytes
        tree = self._tree(x, depth)
        self.weights[number] = Weight(self.items - items, self.bytes - size)
        return tree

    def _again(self, x: Any) -> Any:
        if (number := self.numbers.get(id(x))) is None:
            return None
        if (weight := self.weights[number]) is None:
            raise CannotCross("a value that contains itself")
        self.items, self.bytes = self.items + weight.items, self.bytes + weight.bytes
        if self.items > MAX_ITEMS or self.bytes > MAX_BYTES:
            self._refuse()
        return {"same": number}

    def _refuse(self) -> None:
        if self.items > MAX_ITEMS:
            raise CannotCross(f"more than {MAX_ITEMS:,} entries: numbers go into an array")
        if self.bytes > MAX_BYTES:
            raise CannotCross(f"more than {MAX_BYTES >> 20} MB at once")
        raise CannotCross(f"nested deeper than {MAX_DEPTH}")

    def _tree(self, x: Any, depth: int) -> Any:
        if isinstance(x, np.ndarray):
            return {"array": self._array(np.asarray(x), depth)}
        if isinstance(x, dict):
            pairs = [[self.put(k, depth), self.put(v, depth)] for k, v in x.items()]
            if isinstance(x, defaultdict):
                return {"default": [self.put(x.default_factory, depth), pairs]}
            kind = "counter" if isinstance(x, Counter) else "dict"
            return {"ordered" if isinstance(x, OrderedDict) else kind: pairs}
        if isinstance(x, np.random.Generator):
            bits = x.bit_generator
            return {"rng": [type(bits).__name__, self.put(bits.state, depth)]}
        if isinstance(x, np.random.RandomState):
            return {"legacy_rng": self.put(x.get_state(legacy=False), depth)}
        if isinstance(x, random.Random):
            return {"python_rng": self.put(x.getstate(), depth)}
        if not isinstance(x, NUMBERED):
            return {"built": [self.table.shared(x), self.put(vars(x), depth)]}
        entries = [self.put(entry, depth) for entry in x]
        if isinstance(x, tuple):
            fields = getattr(type(x), "_fields", None)
            named = [type(x).__name__, list(fields), entries] if fields else None
            return {"named": named} if named else {"tuple": entries}
        if isinstance(x, deque):
            return {"deque": [x.maxlen, entries]}
        return {"set": entries} if isinstance(x, set) else entries

    def _array(self, a: np.ndarray, depth: int) -> list:
        if a.dtype == object:
            return ["O", list(a.shape), [self.put(x, depth + 1) for x in a.ravel().tolist()]]
        if not ARRAY_KINDS.fullmatch(a.dtype.str):
            raise CannotCross(f"an array of dtype {a.dtype}")
        self.bytes += a.nbytes
        if self.bytes > MAX_BYTES:
            self._refuse()
        self.buffers.append(np.ascontiguousarray(a).tobytes())
        return [a.dtype.str, list(a.shape)]

    def _fixed(self, x: Any, depth: int) -> Any:
        """Immutable data, and, for the table, all that is no data."""
        if isinstance(x, complex):
            return {"complex": [x.real, x.imag]}
        if isinstance(x, bytes | bytearray):
            return {"bytes": x.hex()}
        if isinstance(x, frozenset):
            return {"frozenset": [self.put(entry, depth) for entry in x]}
        if isinstance(x, range):
            if len(x) > MAX_ITEMS:
                raise CannotCross(f"a range of more than {MAX_ITEMS:,} numbers")
            return {"range": [x.start, x.stop, x.step]}
        if isinstance(x, slice):
            return {"slice": [self.put(part, depth) for part in (x.start, x.stop, x.step)]}
        if isinstance(x, type) and id(x) in NAMES:
            return {"type": NAMES[id(x)]}
        if apart := taken_apart(x):
            tag, parts = apart
            return {tag: [self.put(part, depth) for part in parts]}
        return self.table.keep(x)


class Unpacker:
    """Builds what a frame describes, from exact types; raises Garbled for anything odd."""

    def __init__(self, raw: memoryview, table: Table) -> None:
        self.raw, self.table, self.at, self.items, self.bytes = raw, table, 0, 0, 0
        self.met: list[Any] = []  # as the packer met them
        self.weights: list[Weight] = []

    def value(self, tree: Any) -> Any:
        """The value of a JSON tree."""
        try:
            return self._get(tree, 0)
        except Garbled:
            raise
        except Exception as error:  # whatever a hostile tree provokes, it is one thing: garbled
            raise Garbled(f"not a value: {error}") from None

    def _get(self, tree: Any, depth: int) -> Any:
        self.items += 1
        if depth > MAX_DEPTH or self.items > 2 * MAX_ITEMS:
            raise ValueError("too deep or too many entries")
        if isinstance(tree, list):
            return self._numbered("list", tree, depth)
        if not isinstance(tree, dict):
            return tree
        ((tag, held),) = tree.items()
        if tag in _NUMBERED:
            return self._numbered(tag, held, depth)
        if build := _BUILD.get(tag):
            return build(self, held, depth + 1)
        if tag in PUT_TOGETHER:
            return PUT_TOGETHER[tag](*self._all(held, depth + 1))
        return self.table.adopt(tag, held)

    def _numbered(self, tag: str, held: Any, depth: int) -> Any:
        number, items, size = len(self.met), self.items, self.bytes
        self.met.append(OPEN)
        self.weights.append(Weight())
        self.met[number] = _NUMBERED[tag](self, held, depth + 1)
        self.weights[number] = Weight(self.items - items, self.bytes - size)
        return self.met[number]

    def _again(self, number: int, depth: int) -> Any:
        # What is one thing here is as much as many things where somebody adds it up.
        return self._counted(self.met[number], self.weights[number])

    def _argument(self, number: int, depth: int) -> Any:
        return self._counted(*self.table.argument(number))

    def _view(self, held: list, depth: int) -> np.ndarray:
        number, start, shape, strides, kind = held
        if kind == "O":
            raise ValueError("a stranger's bytes for pointers")
        whole = self._argument(number, depth)
        self.bytes += self._size(kind, shape)
        memory = np.ascontiguousarray(whole).reshape(-1).view(np.uint8)
        return np.ndarray(shape, kind, memory, start, strides)

    def _counted(self, value: Any, weight: Weight) -> Any:
        self.items, self.bytes = self.items + weight.items, self.bytes + weight.bytes
        if value is OPEN or self.items > 2 * MAX_ITEMS or self.bytes > 2 * MAX_BYTES:
            raise ValueError("too much, or containing itself")
        return value

    def _all(self, held: list, depth: int) -> list:
        if not isinstance(held, list):
            raise ValueError("expected a list")
        return [self._get(entry, depth) for entry in held]

    def _array(self, held: list, depth: int) -> np.ndarray:
        kind, shape, *entries = held
        shape = tuple(operator.index(n) for n in shape)
        size = self._size(kind, shape)
        if kind == "O":
            flat = self._all(entries[0], depth)
            if math.prod(shape) != len(flat):
                raise ValueError("shape and entries differ")
            a = np.empty(shape, dtype=object)
            for i, entry in enumerate(flat):
                a.flat[i] = entry
            return a
        part, self.at = self.raw[self.at : self.at + size], self.at + size
        self.bytes += size
        return np.frombuffer(part, kind).reshape(shape).copy()

    def _size(self, kind: str, shape: tuple[int, ...]) -> int:
        if kind != "O" and not ARRAY_KINDS.fullmatch(kind):
            raise ValueError("dtype")
        size = np.dtype(kind).itemsize
        wide = size * math.prod(n or 1 for n in shape)  # (0, 10**9): a sum is 8 GB
        if min(shape, default=0) < 0 or wide > MAX_BYTES:
            raise ValueError("shape")
        return size * math.prod(shape)

    def _dict(self, made: dict, held: list, depth: int) -> dict:
        # entry by entry: keys that all hash alike take hours, and only Python hears the alarm
        for k, v in held:
            made[self._get(k, depth)] = self._get(v, depth)
        return made

    def _default(self, held: list, depth: int) -> dict:
        factory, pairs = held
        return self._dict(defaultdict(self._get(factory, depth)), pairs, depth)

    def _deque(self, held: list, depth: int) -> deque:
        most, entries = held
        return deque(self._all(entries, depth), None if most is None else operator.index(most))

    def _named(self, held: list, depth: int) -> tuple:
        name, fields, entries = held
        values = self._all(entries, depth)
        kind = self.table.named(str(name), tuple(map(str, fields)))
        return tuple.__new__(kind, values) if kind and len(values) == len(fields) else tuple(values)

    def _built(self, held: list, depth: int) -> Any:
        name, entries = held
        return self.table.build(str(name), dict(self._get(entries, depth)))

    def _rng(self, held: list, depth: int) -> np.random.Generator:
        name, state = held
        if name not in BIT_GENERATORS:
            raise ValueError("random generator")
        bits = getattr(np.random, name)()
        bits.state = self._get(state, depth)
        return np.random.Generator(_sound(bits))

    def _legacy_rng(self, held: Any, depth: int) -> np.random.RandomState:
        rng = np.random.RandomState()
        rng.set_state(self._get(held, depth))
        _sound(rng._bit_generator)
        return rng

    def _python_rng(self, held: Any, depth: int) -> random.Random:
        rng = random.Random()
        rng.setstate(self._get(held, depth))
        return rng

    def _range(self, held: list, depth: int) -> range:
        numbers = range(*held)
        if len(numbers) > MAX_ITEMS:  # some test will make an array of it
            raise ValueError("range")
        return numbers


_BUILD: dict[str, Callable[[Unpacker, Any, int], Any]] = {
    "int": lambda u, held, depth: _int(held),
    "frozenset": lambda u, held, depth: frozenset(x for x in u._all(held, depth)),
    "slice": lambda u, held, depth: slice(*u._all(held, depth)),
    "range": Unpacker._range,
    "complex": lambda u, held, depth: complex(*held),
    "bytes": lambda u, held, depth: bytes.fromhex(held),
    "type": lambda u, held, depth: TYPES[held],
    "scalar": lambda u, held, depth: u._array(held, depth)[()],
    "member": lambda u, held, depth: u.table.build(*map(str, held)),
    "same": Unpacker._again,
    "argument": Unpacker._argument,
    "view": Unpacker._view,
}
_NUMBERED: dict[str, Callable[[Unpacker, Any, int], Any]] = {
    "list": Unpacker._all,
    "tuple": lambda u, held, depth: tuple(u._all(held, depth)),
    "named": Unpacker._named,
    "set": lambda u, held, depth: {x for x in u._all(held, depth)},  # noqa: C416  (see _dict)
    "dict": lambda u, held, depth: u._dict({}, held, depth),
    "counter": lambda u, held, depth: u._dict(Counter(), held, depth),
    "ordered": lambda u, held, depth: u._dict(OrderedDict(), held, depth),
    "default": Unpacker._default,
    "deque": Unpacker._deque,
    "array": Unpacker._array,
    "rng": Unpacker._rng,
    "legacy_rng": Unpacker._legacy_rng,
    "python_rng": Unpacker._python_rng,
    "built": Unpacker._built,
}


def _hex(x: int) -> str:
    if x.bit_length() > 4 * MAX_DIGITS:
        raise CannotCross("a number of more than 300,000 digits")
    return hex(x)


def _int(digits: str) -> int:
    if len(digits) > MAX_DIGITS + 3:
        raise ValueError("a number that long")
    return int(digits, 16)


def _sound(bits: Any) -> Any:
    """The bit generator, if it will only read its own state: NumPy does not look, it crashes."""
    state = bits.state
    if not 0 <= state.get("buffer_pos", 0) <= 4:
        raise ValueError("buffer_pos")
    if "pos" in state["state"] and not 0 <= state["state"]["pos"] <= 624:
        raise ValueError("pos")
    return bits


@lru_cache(256)
def named_tuple(name: str, fields: tuple[str, ...]) -> type:
    """A type for tuples whose entries have names."""
    return namedtuple(name, fields)

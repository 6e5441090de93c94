"""What may cross between examiner and candidate, and its form: data, never code.

A message is a frame: two lengths, a JSON text, raw buffers. In the JSON a number, a text, a
list stands for itself; everything else is an object of one key, its tag. Arrays travel as raw
buffers. What arrives is built from exact, known types only; whatever else a frame may say is an
error. There is no pickle here, and nothing that arrives is ever executed.
"""

import copy
import json
import math
import operator
import socket
import struct
import time
from collections import defaultdict, deque, namedtuple
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Protocol

import numpy as np

from autograder.candidate.kinds import (
    ARRAY_KINDS,
    DICTS,
    NAMES,
    PUT_TOGETHER,
    TYPES,
    taken_apart,
)

MAX_DEPTH = 64
MAX_ITEMS = 1_000_000
MAX_BYTES = 64 << 20  # a frame's JSON, and a frame's buffers
MAX_TOTAL = 2 << 30  # all that a candidate may say on one channel
LENGTHS = struct.Struct("!II")
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
        except (BrokenPipeError, ConnectionResetError):
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

    def _exactly(self, n: int) -> memoryview:
        view = memoryview(bytearray(n))
        done = 0
        while done < n:
            self._wait()
            try:
                got = self.sock.recv_into(view[done:])
            except ConnectionResetError:
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


class Table(Protocol):
    """What a side remembers of the things that stay where they are."""

    def known(self, x: Any) -> Any:
        """The tag of a list, dict, set or array that the other side holds already, or None."""

    def keep(self, x: Any) -> Any:
        """The tag under which something that is no data can be asked for, or CannotCross."""

    def adopt(self, tag: str, held: Any) -> Any:
        """What stands here for a thing that stayed there."""

    def named(self, fields: tuple[str, ...]) -> bool:
        """Whether a tuple may have such names for its entries here."""


class Packer:
    """Turns values into JSON trees and gathers their arrays in `buffers`."""

    def __init__(self, table: Table) -> None:
        self.table, self.buffers, self.items = table, list[bytes](), 0

    def put(self, x: Any, depth: int = 0) -> Any:
        """Return the JSON tree of a value."""
        self.items += 1
        if depth > MAX_DEPTH:
            raise CannotCross(f"nested deeper than {MAX_DEPTH}, or containing itself")
        if self.items > MAX_ITEMS:
            raise CannotCross(f"more than {MAX_ITEMS:,} entries: numbers go into an array")
        if x is None or x is True or x is False:
            return x
        if isinstance(x, np.generic):
            return {"scalar": self._array(np.asarray(x), depth)}
        if isinstance(x, str):
            return str.__str__(x)
        if isinstance(x, int):
            small = -(2**63) < x < 2**63
            return int(x) if small else {"int": _hex(x)}
        if isinstance(x, float):
            return float(x)
        if isinstance(x, list | dict | set | deque | np.ndarray):
            return self.table.known(x) or self._mutable(x, depth + 1)
        return self._fixed(x, depth + 1)

    def _mutable(self, x: Any, depth: int) -> Any:
        if isinstance(x, np.ndarray):
            return {"array": self._array(np.asarray(x), depth)}
        if isinstance(x, dict):
            pairs = [[self.put(k, depth), self.put(v, depth)] for k, v in x.items()]
            if isinstance(x, defaultdict):
                return {"default": [self.put(x.default_factory, depth), pairs]}
            return {next(tag for tag, kind in DICTS.items() if isinstance(x, kind)): pairs}
        entries = [self.put(entry, depth) for entry in x]
        if isinstance(x, deque):
            return {"deque": [x.maxlen, entries]}
        return {"set": entries} if isinstance(x, set) else entries

    def _array(self, a: np.ndarray, depth: int) -> list:
        if a.dtype == object:
            return ["O", list(a.shape), [self.put(x, depth + 1) for x in a.ravel().tolist()]]
        if not ARRAY_KINDS.fullmatch(a.dtype.str):
            raise CannotCross(f"an array of dtype {a.dtype}")
        self.buffers.append(np.ascontiguousarray(a).tobytes())
        return [a.dtype.str, list(a.shape)]

    def _fixed(self, x: Any, depth: int) -> Any:
        """Immutable data, random generators, and, for the table, all that is no data."""
        if isinstance(x, tuple):
            entries = [self.put(entry, depth) for entry in x]
            fields = getattr(type(x), "_fields", None)
            return (
                {"named": [type(x).__name__, list(fields), entries]}
                if fields
                else {"tuple": entries}
            )
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
        if isinstance(x, np.random.Generator):
            bits = x.bit_generator
            return {"rng": [type(bits).__name__, self.put(bits.state, depth)]}
        if isinstance(x, np.random.RandomState):
            return {"legacy_rng": self.put(x.get_state(legacy=False), depth)}
        return self.table.keep(x)


class Unpacker:
    """Builds what a frame describes, from exact types; raises Garbled for anything odd."""

    def __init__(self, raw: memoryview, table: Table) -> None:
        self.raw, self.table, self.at, self.items = raw, table, 0, 0

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
            return [self._get(entry, depth + 1) for entry in tree]
        if not isinstance(tree, dict):
            return tree
        ((tag, held),) = tree.items()
        if build := _BUILD.get(tag):
            return build(self, held, depth + 1)
        if tag in DICTS:
            return self._dict(DICTS[tag](), held, depth + 1)
        if tag in PUT_TOGETHER:
            return PUT_TOGETHER[tag](*self._all(held, depth + 1))
        return self.table.adopt(tag, held)

    def _all(self, held: list, depth: int) -> list:
        if not isinstance(held, list):
            raise ValueError("expected a list")
        return [self._get(entry, depth) for entry in held]

    def _array(self, held: list, depth: int) -> np.ndarray:
        kind, shape, *entries = held
        shape = tuple(operator.index(n) for n in shape)
        if kind != "O" and not ARRAY_KINDS.fullmatch(kind):
            raise ValueError("dtype")
        dtype = np.dtype(kind)
        wide = dtype.itemsize * math.prod(n or 1 for n in shape)  # (0, 10**9): a sum is 8 GB
        if min(shape, default=0) < 0 or wide > MAX_BYTES:
            raise ValueError("shape")
        if kind == "O":
            flat = self._all(entries[0], depth)
            if math.prod(shape) != len(flat):
                raise ValueError("shape and entries differ")
            a = np.empty(shape, dtype=object)
            for i, entry in enumerate(flat):
                a.flat[i] = entry
            return a
        end = self.at + dtype.itemsize * math.prod(shape)
        part, self.at = self.raw[self.at : end], end
        return np.frombuffer(part, dtype).reshape(shape).copy()

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
        known = self.table.named(tuple(map(str, fields)))
        return _named_tuple(name, tuple(fields))(*values) if known else tuple(values)

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

    def _range(self, held: list, depth: int) -> range:
        numbers = range(*held)
        if len(numbers) > MAX_ITEMS:  # some test will make an array of it
            raise ValueError("range")
        return numbers


_BUILD: dict[str, Callable[[Unpacker, Any, int], Any]] = {
    "int": lambda u, held, depth: _int(held),
    "tuple": lambda u, held, depth: tuple(u._all(held, depth)),
    "set": lambda u, held, depth: {x for x in u._all(held, depth)},  # noqa: C416  (see _dict)
    "frozenset": lambda u, held, depth: frozenset(x for x in u._all(held, depth)),
    "slice": lambda u, held, depth: slice(*u._all(held, depth)),
    "range": Unpacker._range,
    "complex": lambda u, held, depth: complex(*held),
    "bytes": lambda u, held, depth: bytes.fromhex(held),
    "type": lambda u, held, depth: TYPES[held],
    "scalar": lambda u, held, depth: u._array(held, depth)[()],
    "array": Unpacker._array,
    "default": Unpacker._default,
    "deque": Unpacker._deque,
    "named": Unpacker._named,
    "rng": Unpacker._rng,
    "legacy_rng": Unpacker._legacy_rng,
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
def _named_tuple(name: str, fields: tuple[str, ...]) -> type:
    return namedtuple(name, fields)


def overwrite(old: Any, new: Any) -> None:
    """Give a mutable value what a copy of it holds now, keeping its identity and its entries'."""
    if isinstance(old, np.ndarray):
        if old.shape != new.shape:
            old.shape = new.shape
        old[...] = new
    elif isinstance(old, list):
        old[:] = [_merged(was, now) for was, now in zip(old, new, strict=False)] + new[len(old) :]
    elif isinstance(old, dict):
        merged = {k: _merged(old[k], v) if k in old else v for k, v in new.items()}
        old.clear()
        old.update(merged)
    elif isinstance(old, set):
        old.clear()
        old.update(new)
    elif isinstance(old, deque):
        old.clear()
        old.extend(new)
    elif isinstance(old, np.random.Generator):
        old.bit_generator.state = new.bit_generator.state
    elif isinstance(old, np.random.RandomState):
        old.set_state(new.get_state())


def copied(x: Any) -> Any:
    """A copy of data that `overwrite` can go back to; what is no data stays the same."""
    if isinstance(x, np.ndarray):
        return x.copy()
    if isinstance(x, list):
        return [copied(entry) for entry in x]
    if isinstance(x, tuple):
        entries = map(copied, x)
        return type(x)(*entries) if hasattr(x, "_fields") else tuple(entries)
    if isinstance(x, dict):
        return {k: copied(v) for k, v in x.items()}
    return copy.deepcopy(x) if isinstance(x, MUTABLE) else x


MUTABLE = (list, dict, set, deque, np.ndarray, np.random.Generator, np.random.RandomState)


def _merged(old: Any, new: Any) -> Any:
    same = type(old) is type(new) and isinstance(new, MUTABLE)
    if isinstance(old, np.ndarray):
        same = same and old.shape == new.shape and old.dtype == new.dtype
    if isinstance(old, tuple) and type(old) is type(new) and len(old) == len(new):
        for was, now in zip(old, new, strict=True):
            _merged(was, now)
        return old if all(isinstance(x, MUTABLE) for x in old) else new
    if same:
        overwrite(old, new)
    return old if same else new

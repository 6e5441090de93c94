"""Values that can be changed in place: what one holds given to another, or kept in a copy."""

import copy
import random
from collections import deque
from enum import Enum
from typing import Any

import numpy as np

GENERATORS = (np.random.Generator, np.random.RandomState, random.Random)
MUTABLE: tuple[Any, ...] = (list, dict, set, deque, np.ndarray, *GENERATORS)


def overwrite(old: Any, new: Any) -> None:
    """Let a mutable value hold what another one of its kind holds; the entries are not copied."""
    if not isinstance(new, next((kind for kind in MUTABLE if isinstance(old, kind)), type(old))):
        raise TypeError("a value of another kind")
    if isinstance(old, np.ndarray):
        if old.shape != new.shape:
            old.shape = new.shape
        old[...] = new
    elif isinstance(old, list):
        old[:] = new
    elif isinstance(old, dict | set):
        old.clear()
        old.update(new)
    elif isinstance(old, deque):
        old.clear()
        old.extend(new)
    elif isinstance(old, np.random.Generator):
        old.bit_generator.state = new.bit_generator.state
    elif isinstance(old, np.random.RandomState):
        old.set_state(new.get_state())
    elif isinstance(old, random.Random):
        old.setstate(new.getstate())
    else:
        vars(old).clear()
        vars(old).update(vars(new))


def shallow(x: Any) -> Any:
    """A copy of a mutable value that holds the same entries, for `overwrite` to go back to."""
    return copy.deepcopy(x) if isinstance(x, GENERATORS) else copy.copy(x)


def twins(values: list[Any]) -> dict[int, Any]:
    """Copies, by the id of what they copy, that hold one another as the values themselves do.

    Whatever a value holds stands after it.
    """
    made = {id(x): shallow(x) for x in values if not isinstance(x, tuple)}

    def copied(x: Any) -> Any:
        return made.get(id(x), x)

    for x in reversed(values):
        if isinstance(x, tuple):
            made[id(x)] = tuple.__new__(type(x), map(copied, x))
    for x in [made[id(x)] for x in values]:
        if isinstance(x, list | deque):
            for i, entry in enumerate(x):
                x[i] = copied(entry)
        elif not isinstance(x, (tuple, set, np.ndarray, *GENERATORS)):
            entries = x if isinstance(x, dict) else vars(x)
            entries |= {k: copied(v) for k, v in entries.items()}
    return made


def built(kind: Any, held: Any) -> Any:
    """An instance of a class with the attributes `held`, or the member of that name."""
    if issubclass(kind, Enum) or isinstance(held, str):
        return kind[held]
    made = object.__new__(kind)
    if any(callable(getattr(kind, name, None)) for name in held):
        raise TypeError("an attribute in the place of a method")
    vars(made).update(held)
    return made

"""Kinds of values that cross besides the basic ones: each by a tag, and in parts of simpler kinds.

Whatever is built here from a stranger's parts has an exact, known type, and costs no more than
its parts say: no exponent stands for a million digits.
"""

import builtins
import operator
import re
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import numpy as np

MAX_EXPONENT = 10_000
ARRAY_KINDS = re.compile(r"[<>|]([biufcSU]\d+|b1|[mM]8(\[\w+\])?)")
KNOWN = (bool, int, float, complex, str, bytes, list, tuple, dict, set, frozenset, object, range,
         slice, Counter, OrderedDict, defaultdict, deque, date, datetime, time, timedelta, Decimal,
         Fraction, SimpleNamespace, np.linalg.LinAlgError, np.exceptions.AxisError)  # fmt: skip
ERRORS = tuple(
    t for t in vars(builtins).values() if isinstance(t, type) and issubclass(t, BaseException)
)
# Classes that both sides know. NumPy's have names of their own: its bool is not Python's.
TYPES: dict[str, Any] = {t.__name__: t for t in (*KNOWN, *ERRORS)}
TYPES |= {f"np.{name}": t for name, t in vars(np).items()
          if isinstance(t, type) and (issubclass(t, np.generic) or t is np.ndarray)}  # fmt: skip
NAMES = {id(t): name for name, t in TYPES.items()}

VIEWS = {type({}.keys()): "keys", type({}.values()): "values", type({}.items()): "items"}


def taken_apart(x: Any) -> tuple[str, list] | None:
    """The tag of a value and its parts, or None if it is of no such kind."""
    if isinstance(x, Fraction):
        return "fraction", [int(x.numerator), int(x.denominator)]
    if isinstance(x, Decimal):
        return "decimal", [str(x)]
    if isinstance(x, timedelta):
        return "timedelta", [x.days, x.seconds, x.microseconds]
    if isinstance(x, date | time):  # a datetime is a date
        kind = next(t for t in (datetime, date, time) if isinstance(x, t))
        return kind.__name__, [x.isoformat()]
    if isinstance(x, np.dtype) and (x.char == "O" or ARRAY_KINDS.fullmatch(x.str)):
        return "dtype", [x.str]
    if type(x) is SimpleNamespace and not any(map(callable, vars(x).values())):
        return "namespace", [vars(x)]
    return (VIEWS[type(x)], list(x)) if type(x) in VIEWS else None


def _decimal(text: str) -> Decimal:
    number = Decimal(text)
    if number.is_finite() and abs(number.adjusted()) > MAX_EXPONENT:
        raise ValueError("exponent")
    return number


def _dtype(kind: str) -> np.dtype:
    if kind != "|O" and not ARRAY_KINDS.fullmatch(kind):
        raise ValueError("dtype")
    return np.dtype(kind)


def _namespace(values: dict) -> SimpleNamespace:
    if any(map(callable, values.values())):
        raise TypeError("a function in the place of a method")
    return SimpleNamespace(**values)


PUT_TOGETHER: dict[str, Callable] = {
    "fraction": lambda n, d: Fraction(operator.index(n), operator.index(d)),
    "decimal": _decimal,
    "timedelta": timedelta,
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "time": time.fromisoformat,
    "dtype": _dtype,
    "namespace": _namespace,
    # key by key: keys that all hash alike take hours, and only Python hears the alarm
    "keys": lambda *held: {k: None for k in held}.keys(),  # noqa: C420
    "values": lambda *held: dict(enumerate(held)).values(),
    "items": lambda *held: {k: v for k, v in held}.items(),  # noqa: C416
}

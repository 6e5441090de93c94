"""Errors for the reader: what was got, what was expected, what to try.

Every public function of the package asks its arguments' shape and sanity here, once,
before the formula. Inside the formulas there are no checks.
"""

import numpy as np


def as_floats(x, name, shape=None, *, hint=""):
    """Return x as an array of finite floats; float32 stays float32, all else becomes float64.

    `shape` lists one entry an axis: a number is the size wanted, a word names an axis of
    any size. The error message repeats it, so words are best chosen as the lecture's.

    >>> as_floats([[1, 2], [3, 4]], "X", ("n_samples", "n_features")).dtype
    dtype('float64')
    >>> as_floats([1, 2, 3], "w", (4,), hint="w needs one weight a feature")
    Traceback (most recent call last):
    ValueError: w has shape (3,), expected (4,): w needs one weight a feature

    Raises
    ------
    ValueError
        if x is not numeric, has another shape, or holds NaN or infinity.
    """
    try:
        x = np.asarray(x)
        x = x if x.dtype == np.float32 else x.astype(np.float64, casting="same_kind")
    except (TypeError, ValueError):
        what = f"dtype {x.dtype}" if isinstance(x, np.ndarray) else f"{x!r:.60}"
        raise ValueError(_line(f"{name} is {what}, expected an array of numbers", hint)) from None
    if shape is not None and not _matches(x.shape, shape):
        raise ValueError(_line(f"{name} has shape {x.shape}, expected {_written(shape)}", hint))
    bad = x.size - np.count_nonzero(np.isfinite(x))
    if bad:
        message = f"{name} holds {bad} NaN or infinite of {x.size} entries, expected finite numbers"
        raise ValueError(_line(message, hint))
    return x


def positive(x, name, *, hint=""):
    """Return the number x if it is finite and > 0; raise ValueError otherwise."""
    return _number(x, name, lambda x: x > 0, "a number > 0", hint)


def nonnegative(x, name, *, hint=""):
    """Return the number x if it is finite and ≥ 0; raise ValueError otherwise."""
    return _number(x, name, lambda x: x >= 0, "a number ≥ 0", hint)


def fraction(x, name, *, hint=""):
    """Return the number x if 0 ≤ x < 1 (a decay, a momentum); raise ValueError otherwise."""
    return _number(x, name, lambda x: 0 <= x < 1, "a number in [0, 1)", hint)


def count(n, name, *, least=1, hint=""):
    """Return n as an int if it is a whole number ≥ `least`; raise ValueError otherwise."""
    expected = f"a whole number ≥ {least}"
    return int(_number(n, name, lambda n: n >= least and n == int(n), expected, hint))


def returning(function, name, shape):
    """Return the function with its every result checked to be an array of that shape.

    >>> returning(np.sum, "grad", (2,))(np.ones(2))
    Traceback (most recent call last):
    ValueError: grad(w) has shape (), expected (2,)
    """

    def checked(w):
        y = np.asarray(function(w))
        if y.shape != shape:
            raise ValueError(f"{name}(w) has shape {y.shape}, expected {shape}")
        return y

    return checked


def _number(x, name, holds, expected, hint):
    real = isinstance(x, (int, float, np.number)) and not isinstance(x, bool)
    if not (real and np.isfinite(x) and holds(x)):
        raise ValueError(_line(f"{name} is {x!r:.60}, expected {expected}", hint))
    # A NumPy scalar would turn float32 arrays that it multiplies into float64.
    return x.item() if isinstance(x, np.number) else x


def _matches(got, expected):
    return len(got) == len(expected) and all(
        isinstance(want, str) or size == want for size, want in zip(got, expected, strict=True)
    )


def _written(shape):
    return "(" + ", ".join(map(str, shape)) + (",)" if len(shape) == 1 else ")")


def _line(message, hint):
    return f"{message}: {hint}" if hint else message

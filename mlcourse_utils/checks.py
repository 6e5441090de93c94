"""The assertions that graded cells use: each failure says what was got, expected, and a hint.

A graded cell ends in one of these. They raise AssertionError with one readable text;
they print nothing and return nothing.
"""

import numpy as np


def close(got, expected, what, *, rtol=1e-10, atol=1e-12, hint=""):
    """Assert |got − expected| ≤ atol + rtol·|expected|, entry by entry, same shape.

    Lists, tuples and arrays of any number type are welcome. `what` names the call that was
    made, as the student would write it.

    >>> close([1.0, 2.0], np.array([1, 2]), "f(w)")
    >>> close([1.0, 2.5], [1, 2], "f(w)", hint="Is the sign right?")
    Traceback (most recent call last):
    AssertionError: f(w): entry [1] is 2.5, expected 2. Is the sign right?
    """
    got, expected = _numbers(got, what, hint), np.asarray(expected, dtype=float)
    _same_shape(got, expected, what, hint)
    wrong = ~np.isclose(got, expected, rtol=rtol, atol=atol)
    if wrong.any():
        at = tuple(int(i) for i in np.argwhere(wrong)[0])
        entry = f"entry {list(at)} is " if at else "got "
        _fail(f"{what}: {entry}{_apart(got[at], expected[at])}", hint)


def equal(got, expected, what, *, hint=""):
    """Assert that got and expected hold exactly the same numbers in the same shape.

    >>> equal(predictions := [0, 1], [0, 1], "predict(w, b, X)")
    >>> equal([0, 1, 1], [0, 0, 1], "predict(w, b, X)")
    Traceback (most recent call last):
    AssertionError: predict(w, b, X): entry [1] is 1, expected 0.
    """
    close(got, expected, what, rtol=0, atol=0, hint=hint)


def same_trajectory(got, expected, what, *, rtol=1e-10, atol=1e-12, hint=""):
    """Assert that two trajectories, a row a step, agree; say at which step they part.

    >>> same_trajectory([[4.0], [2.0], [1.5]], [[4.0], [2.0], [1.0]], "your 2 steps")
    Traceback (most recent call last):
    AssertionError: your 2 steps: right until step 1, at step 2 got [1.5], expected [1].
    """
    got, expected = _numbers(got, what, hint), np.asarray(expected, dtype=float)
    _same_shape(got, expected, what, hint)
    agree = np.isclose(got, expected, rtol=rtol, atol=atol).reshape(len(got), -1).all(axis=1)
    if not agree.all():
        t = int(np.argmin(agree))
        until = f"right until step {t - 1}, " if t else ""
        _fail(f"{what}: {until}at step {t} got {_apart(got[t], expected[t])}", hint)


def unchanged(now, before, name, *, hint="Work on a copy, or write w = w − v in place of w −= v."):
    """Assert that the argument `name` still holds what it held before the call.

    >>> w = np.ones(2)
    >>> unchanged(w, w.copy(), "w")
    """
    if not np.array_equal(now, before):
        _fail(
            f"your function changed its argument {name} from {_short(before)} to {_short(now)}",
            hint,
        )


def hint_for(got, known, otherwise=""):
    """Return the hint beside the known wrong result that `got` equals, else `otherwise`.

    `known` maps the wrong results, as tuples of numbers, to their hints. A result of several
    parts is compared flat: (w, v) of one weight each is known as (number, number).

    >>> hint_for(([2.0], [3.0]), {(2, 3): "Which v moves w?"})
    'Which v moves w?'
    >>> hint_for([2.0, 5.0], {(2, 3): "Which v moves w?"}, "Is η there?")
    'Is η there?'
    """
    try:
        got = np.ravel(np.asarray(got, dtype=float))
    except (TypeError, ValueError):
        return otherwise
    return next((known[w] for w in known if len(w) == len(got) and np.allclose(got, w)), otherwise)


def that(condition, message, *, hint=""):
    """Assert a condition that none of the others express; `message` says what is wrong.

    >>> that(3 <= 4, "train made more mistakes than the bound allows")
    """
    if not condition:
        _fail(message, hint)


def _numbers(got, what, hint):
    if got is None:
        _fail(f"{what} gave None: is the return statement missing?", hint)
    try:
        got = np.asarray(got, dtype=float)
    except (TypeError, ValueError):
        _fail(f"{what} gave {got!r:.80}, expected numbers", hint)
    if not np.isfinite(got).all():
        _fail(f"{what} gave {_short(got)}: NaN or infinity, expected finite numbers", hint)
    return got


def _same_shape(got, expected, what, hint):
    if got.shape != expected.shape:
        _fail(f"{what} has shape {got.shape}, expected {expected.shape}", hint)


def _apart(got, expected):
    """Both as text: with four digits, or with as many as it takes to see the difference."""
    four = _short(got), _short(expected)
    texts = four if four[0] != four[1] else (_short(got, "r"), _short(expected, "r"))
    return "{}, expected {}".format(*texts)


def _short(x, digits=".4g"):
    def number(x):
        return repr(float(x)) if digits == "r" else format(x, digits)

    if np.ndim(x) == 0:
        return number(x)
    return np.array2string(np.asarray(x, float), formatter={"float_kind": number}, threshold=8)


def _fail(message, hint):
    __tracebackhide__ = True
    stop = "" if message.endswith(("?", ".")) else "."
    raise AssertionError(f"{message}{stop} {hint}".strip()) from None

"""The perceptron: a rule that looks at one example and corrects itself only when it is wrong.

Notation, the slide's: x is an example, w the weights, b the bias, y = f(x) what the machine
says, d what it should have said (both 0 or 1), α the learning rate, t the time.

    f(x) = 1 if w·x + b > 0 else 0
    w(t+1) = w(t) + α (d_j − y_j(t)) x_j
    b(t+1) = b(t) + α (d_j − y_j(t))

Clashes: γ is the margin here, the learning rate in the lectures on optimizers; y is the
output here, the target from lecture 06 on; α is an output weight in `approximation`.
"""

from typing import NamedTuple

import numpy as np

from mlcourse_utils.validate import as_floats, count, positive


class Step(NamedTuple):
    """One correction: at example j of `epoch`, after which the weights are w and b."""

    epoch: int
    j: int
    w: np.ndarray
    b: float


def predict(w, b, X):
    """Return y = 1 where w·x + b > 0, else 0, for every row x of X. A tie at 0 gives 0.

    w (n_features,), b a number, X (n_samples, n_features) -> y (n_samples,), of integers; one
    example x (n_features,) gives one number. Wrong shapes and NaN raise ValueError. (Slide
    "Mark I Perceptron".)

    >>> predict([1, 1], -1.5, [[0, 0], [0, 1], [1, 0], [1, 1]])
    array([0, 0, 0, 1])
    """
    w, b = _weights(w, b)
    axes = ("n_samples", w.size) if np.ndim(X) != 1 else (w.size,)
    X = as_floats(X, "X", axes, hint="one column a weight in w")
    return (X @ w + b > 0).astype(int)


def update(w, b, x, d, alpha=1.0):
    """Show the machine one example; return the new w and b. The old ones stay as they were.

        w ← w + α (d − y) x,   b ← b + α (d − y)

    Parameters
    ----------
    w, b : array (n_features,) and number
        The weights before.
    x : array (n_features,)
        The example.
    d : 0 or 1
        What the machine should have said.
    alpha : number > 0
        The learning rate α.

    Raises
    ------
    ValueError
        on wrong shapes, NaN, α ≤ 0, or a d that is not 0 or 1.

    Examples
    --------
    >>> update([0.0, 0.0], 0.0, x=[2, 1], d=1)
    (array([2., 1.]), 1.0)
    """
    w, b = _weights(w, b)
    x = as_floats(x, "x", w.shape, hint="one entry a weight in w")
    (d,) = _targets([d], 1)
    return _corrected(w, b, x, d, positive(alpha, "alpha"))


def steps(X, d, alpha=1.0, max_epochs=100):
    """Yield a Step after each mistake, from w = 0 and b = 0, example after example.

    Stops after the first epoch without a mistake, or after `max_epochs`: on data that no
    line separates it would go on for ever. Arguments and errors are those of `train`.

    >>> [step.j for step in steps([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 1])]
    [1, 0, 2, 0]
    """
    return _steps(*_checked(X, d, alpha, max_epochs))


def train(X, d, alpha=1.0, max_epochs=100):
    """Return w, b and the number of mistakes made on the way, from w = 0 and b = 0.

    Parameters
    ----------
    X : array (n_samples, n_features)
        The examples, shown in this order in every epoch.
    d : array (n_samples,)
        The targets, 0 or 1.
    alpha : number > 0
        The learning rate. From w = 0 it scales w and b and changes no decision.
    max_epochs : int
        When to give up if no epoch has been free of mistakes.

    Raises
    ------
    ValueError
        on wrong shapes, NaN, targets that are not 0 or 1, α ≤ 0 or max_epochs < 1.

    Examples
    --------
    >>> train([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 1])
    (array([1., 1.]), 0.0, 4)
    """
    X, d, alpha, max_epochs = _checked(X, d, alpha, max_epochs)
    w, b, mistakes = np.zeros(X.shape[1], X.dtype), 0.0, 0
    for step in _steps(X, d, alpha, max_epochs):
        w, b, mistakes = step.w, step.b, mistakes + 1
    return w, b, mistakes


def mistake_bound(X, d, w, b):
    """Return (R/γ)²: no run of `train` makes more mistakes than this, whatever the order.

        R = max_j ‖(x_j, 1)‖,   γ = min_j s_j (w·x_j + b) / ‖(w, b)‖,   s_j = 2 d_j − 1

    The bias counts as the weight of a feature that is always 1. Every (w, b) that separates
    the examples gives a bound that holds; the smallest comes from the widest margin γ, see
    `widest_margin`. (Novikoff, 1962.)

    Parameters
    ----------
    X, d : arrays (n_samples, n_features) and (n_samples,)
        The examples and their targets, 0 or 1.
    w, b : array (n_features,) and number
        A line that leaves every example strictly on its side. `train` may end with an
        example exactly on the line, which is no margin.

    Raises
    ------
    ValueError
        on wrong shapes, NaN, targets that are not 0 or 1, or a (w, b) that does not separate.

    Examples
    --------
    >>> mistake_bound([[-1.0], [1.0]], [0, 1], w=[1.0], b=0.0)
    2.0
    """
    w, b = _weights(w, b)
    X = as_floats(X, "X", ("n_samples", w.size), hint="one column a weight in w")
    s = 2 * np.array(_targets(d, len(X))) - 1
    margins = s * (X @ w + b)
    if margins.min() <= 0:
        raise ValueError(
            f"(w, b) leaves {np.count_nonzero(margins <= 0)} of {len(X)} examples on the line or "
            "on the wrong side, expected s_j (w·x_j + b) > 0 for all: try widest_margin(X, d)"
        )
    R_squared = (X**2).sum(axis=1).max() + 1
    gamma_squared = margins.min() ** 2 / (w @ w + b**2)
    return float(R_squared / gamma_squared)


def widest_margin(X, d, tol=1e-4, max_epochs=10_000):
    """Return the w, b of the widest margin γ, the bias counted as a feature: the smallest bound.

        minimise ½‖(w, b)‖²  so that  s_j (w·x_j + b) ≥ 1 for all j,   s_j = 2 d_j − 1

    A perceptron that weighs its corrections: each example j has its own strength a_j ≥ 0,
    w = Σ_j a_j s_j x_j, and each visit sets a_j so that the example just holds. (Hildreth,
    1957.) It ends when Σ_j a_j − ½‖(w, b)‖², which no line can undercut, is near enough.

    Parameters
    ----------
    X, d : arrays (n_samples, n_features) and (n_samples,)
        The examples and their targets, 0 or 1.
    tol : number > 0
        By which part (R/γ)² may exceed the smallest possible.
    max_epochs : int
        When to give up.

    Raises
    ------
    ValueError
        on bad arguments, and when no line was found that separates the examples.

    Examples
    --------
    >>> w, b = widest_margin([[0.0], [2.0], [5.0]], [0, 1, 1])
    >>> w.round(2), round(b, 2)
    (array([1.]), -1.0)
    """
    X = as_floats(X, "X", ("n_samples", "n_features"))
    s, Z = 2.0 * np.array(_targets(d, len(X))) - 1, np.column_stack([X, np.ones(len(X))])
    tol, max_epochs = positive(tol, "tol"), count(max_epochs, "max_epochs")
    Z, v, a = s[:, None] * Z, np.zeros(Z.shape[1]), np.zeros(len(Z))
    squares = (Z**2).sum(axis=1)
    for _ in range(max_epochs):
        for j, z in enumerate(Z):
            strength = max(0.0, a[j] + (1 - z @ v) / squares[j])
            v, a[j] = v + (strength - a[j]) * z, strength
        margin = (Z @ v).min()
        if margin > 0 and v @ v / margin**2 <= (1 + tol) * (2 * a.sum() - v @ v):
            return v[:-1] / margin, float(v[-1] / margin)
    raise ValueError(
        f"no widest margin of {len(X)} examples after {max_epochs} epochs, expected a set that a "
        "line separates: look for mistakes that `train` never stops making, or raise max_epochs"
    )


def _steps(X, d, alpha, max_epochs):
    w, b = np.zeros(X.shape[1], X.dtype), 0.0
    for epoch in range(max_epochs):
        before = w
        for j, x in enumerate(X):
            if (x @ w + b > 0) != d[j]:
                w, b = _corrected(w, b, x, d[j], alpha)
                yield Step(epoch, j, w, b)
        if w is before:
            return


def _corrected(w, b, x, d, alpha):
    y = int(x @ w + b > 0)
    return w + alpha * (d - y) * x, b + alpha * (d - y)


def _checked(X, d, alpha, max_epochs):
    X = as_floats(X, "X", ("n_samples", "n_features"))
    return X, _targets(d, len(X)), positive(alpha, "alpha"), count(max_epochs, "max_epochs")


def _weights(w, b):
    b = as_floats(b, "b", (), hint="the bias is one number")
    return as_floats(w, "w", ("n_features",)), float(b)


def _targets(d, n):
    try:
        d = np.asarray(d, dtype=float)
    except (TypeError, ValueError):
        d = np.full(n, np.nan)
    if d.shape != (n,):
        raise ValueError(f"d has shape {d.shape}, expected ({n},): one target a row of X")
    if not np.isin(d, (0, 1)).all():
        raise ValueError("d holds other values than 0 and 1: for labels ±1 try (s + 1) / 2")
    return d.astype(int).tolist()

"""How much one line can do: which targets it separates, and how many of all.

Notation: X holds N points of n_features coordinates a row; a row d of D is one way to answer 0
or 1 at each of them, a dichotomy. The bias counts as the weight of a feature that is always 1.
"""

from math import comb

import numpy as np

from mlcourse_utils.validate import as_floats, count


def boolean_functions(n_variables):
    """Return X (2ⁿ, n), all inputs of 0 and 1, and D (2^2ⁿ, 2ⁿ), all functions of them.

    n = n_variables from 1 to 4: five would give four thousand million functions. Row r of D is
    r written in binary. ValueError for another n.

    >>> X, D = boolean_functions(2)
    >>> X.tolist(), D.shape, D[0b0110].tolist()  # the last is XOR
    ([[0, 0], [0, 1], [1, 0], [1, 1]], (16, 4), [0, 1, 1, 0])
    """
    n = count(n_variables, "n_variables")
    if n > 4:
        raise ValueError(f"n_variables is {n}, expected at most 4: 5 give 4294967296 functions")
    return _binary(n), _binary(2**n)


def separable(X, D, max_epochs=50):
    """Return for every row d of D whether a perceptron learns it: one run for all rows at once.

    True is proof, the line was found; False means that `max_epochs` were not enough, which no
    number of epochs is where no line exists.

    Parameters
    ----------
    X : array (n_points, n_features)
        The points, the same for all.
    D : array (n_dichotomies, n_points)
        A row of targets, 0 or 1, for every perceptron.
    max_epochs : int
        When to give up on those that still err. 50 find all functions of four variables.

    Raises
    ------
    ValueError
        on wrong shapes, NaN or targets other than 0 and 1.

    Examples
    --------
    >>> X, D = boolean_functions(2)
    >>> separable(X, D).sum()  # all but XOR and its opposite
    np.int64(14)
    """
    X = as_floats(X, "X", ("n_points", "n_features"))
    D = as_floats(D, "D", ("n_dichotomies", len(X)), hint="one column a row of X")
    if not np.isin(D, (0, 1)).all():
        raise ValueError("D holds other values than 0 and 1: for targets ±1 try (D + 1) / 2")
    X = np.column_stack([X, np.ones(len(X))])
    W, found, errs = np.zeros((len(D), X.shape[1])), np.zeros(len(D), bool), np.arange(len(D))
    for _ in range(count(max_epochs, "max_epochs")):
        for x, d in zip(X, D[errs].T, strict=True):
            W += np.outer(d - (W @ x > 0), x)
        right = ((W @ X.T > 0) == D[errs]).all(axis=1)
        found[errs[right]] = True
        W, errs = W[~right], errs[~right]
    return found


def count_dichotomies(n_points, n_weights):
    """Return C(N, d) = 2 Σ_{i<d} C(N − 1, i): dichotomies of N points that d weights separate.

    The points are in general position, no d of them in one plane through 0; the bias is one of
    the d weights. Of all 2^N dichotomies these are all for N ≤ d and exactly half at N = 2d.
    N, d ≥ 1, else ValueError. (Cover, 1965.)

    >>> count_dichotomies(3, 3), count_dichotomies(4, 3), count_dichotomies(6, 3)
    (8, 14, 32)
    """
    N, d = count(n_points, "n_points"), count(n_weights, "n_weights")
    return 2 * sum(comb(N - 1, i) for i in range(d))


def _binary(n_digits):
    return (np.arange(2**n_digits)[:, None] >> np.arange(n_digits)[::-1]) & 1

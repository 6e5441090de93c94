"""Random features: a wide layer drawn once and never trained, and a linear rule on top of it.

Notation: x is an example, F the fixed random weights, g the activation, φ(x) = g(F x) the
features, Φ the matrix of all φ(x), a row an example; w are the weights that are learned, λ
weighs their size.

Clash: the slides' F is this one; W_1 in the lectures on networks is an F that is learned.
"""

import numpy as np

from mlcourse_utils.validate import as_floats, count, nonnegative, positive


def random_features(X, F, activation):
    """Return Φ = g(X Fᵀ), the features φ(x) = g(F x) of every row x of X.

    Parameters
    ----------
    X : array (n_samples, n_inputs)
        The examples.
    F : array (n_units, n_inputs) or (n_units, n_inputs + 1)
        A row a unit. One column more than X has: its last one holds the biases, φ = g(F x + b).
        Draw F once, and use the same F for every X.
    activation : callable
        g, entry by entry.

    Raises
    ------
    ValueError
        on wrong shapes and NaN.

    Examples
    --------
    >>> relu = lambda h: np.maximum(h, 0)
    >>> random_features([[1.0, 2.0]], F=[[1.0, 1.0, -2.0], [1.0, -1.0, 0.0]], activation=relu)
    array([[1., 0.]])
    """
    X, F = as_floats(X, "X", ("n_samples", "n_inputs")), as_floats(F, "F", ("n_units", "n_inputs"))
    biases = F.shape[1] - X.shape[1]
    if biases not in (0, 1):
        raise ValueError(
            f"F has {F.shape[1]} columns, expected {X.shape[1]}, one a column of X, or "
            f"{X.shape[1] + 1} with the biases: try F of shape (n_units, n_inputs)"
        )
    h = X @ F[:, : X.shape[1]].T
    return activation(h + F[:, -1] if biases else h)


def equal_lengths(X):
    """Return every row x of X stretched to the length √n_inputs, so that an entry is about 1.

    X (n_samples, n_inputs) -> the same shape. ValueError on NaN, or a row of zeros, which has
    no length to stretch. With it a dark picture and a bright one drive the units alike.

    >>> equal_lengths([[3.0, 3.0], [0.0, 1.0]]).round(3)
    array([[1.   , 1.   ],
           [0.   , 1.414]])
    """
    X = as_floats(X, "X", ("n_samples", "n_inputs"))
    lengths = np.sqrt((X**2).mean(axis=1, keepdims=True))
    if not lengths.all():
        raise ValueError("X has a row of zeros, expected rows with a length: leave it out")
    return X / lengths


def gaussian_weights(n_units, n_inputs, seed, scale=1.0):
    """Return F (n_units, n_inputs + 1): F_ij ~ N(0, scale²/n_inputs), biases ~ N(0, scale²).

    Parameters
    ----------
    n_units, n_inputs : int
        The width D of the layer, and the number of inputs.
    seed : int
        The same seed, the same F.
    scale : number > 0
        The standard deviation of F x when the entries of x are about 1.

    Raises
    ------
    ValueError
        if a count is not a whole number ≥ 1 or scale ≤ 0.

    Examples
    --------
    >>> gaussian_weights(3, 2, seed=0).shape
    (3, 3)
    """
    n_units, n_inputs = count(n_units, "n_units"), count(n_inputs, "n_inputs")
    F = positive(scale, "scale") * np.random.default_rng(seed).standard_normal(
        (n_units, n_inputs + 1)
    )
    F[:, :-1] /= np.sqrt(n_inputs)
    return F


def mark_one_wiring(n_units=512, seed=0, *, n_wires=10, threshold=1.5):
    """Return F (n_units, 401): A-units wired to 400 photocells at random, then never changed.

    Row by row, `n_wires` entries +1 (they excite), as many −1 (they inhibit), the others 0; the
    last column is −threshold. With `all_or_none` the unit answers 1 when the light on its +
    cells exceeds that on its − cells by more than the threshold.

    What is known of the Mark I: 20 × 20 photocells, 512 A-units, each with several exciting
    and inhibiting wires; at most 40 wires from one cell, plugged by a table of random numbers
    and left alone during an experiment; only the weights from A-units to R-units learned. (After
    J. C. Hay, B. E. Lynch, D. R. Smith, Mark I Perceptron Operators' Manual, 1960.) The number
    of wires to a unit and the threshold are ours.

    Parameters
    ----------
    n_units : int
        The number of A-units.
    seed : int
        The same seed, the same wiring.
    n_wires : int
        Exciting wires to a unit, and as many inhibiting ones, all to different cells; ≤ 200.
    threshold : number ≥ 0
        In units of one fully lit photocell.

    Raises
    ------
    ValueError
        if n_units or n_wires is not a whole number ≥ 1, n_wires > 200, or threshold < 0.

    Examples
    --------
    >>> F = mark_one_wiring(512, seed=0)
    >>> F.shape, F[0, :400].sum(), np.abs(F[0, :400]).sum(), F[0, 400]
    ((512, 401), np.float64(0.0), np.float64(20.0), np.float64(-1.5))
    """
    n_units, n_wires = count(n_units, "n_units"), count(n_wires, "n_wires")
    if n_wires > 200:
        raise ValueError(f"n_wires is {n_wires}, expected at most 200: a unit has 400 photocells")
    signs = np.repeat([1.0, -1.0, 0.0], [n_wires, n_wires, 400 - 2 * n_wires])
    S = np.random.default_rng(seed).permuted(np.tile(signs, (n_units, 1)), axis=1)
    return np.column_stack([S, np.full(n_units, -nonnegative(threshold, "threshold"))])


def all_or_none(h):
    """Return 1 where h > 0, else 0: the answer of an A-unit, and the perceptron's own rule.

    >>> all_or_none(np.array([-1.0, 0.0, 2.0]))
    array([0., 0., 1.])
    """
    return (h > 0).astype(h.dtype)


def ridge(Phi, y, lam):
    """Return the w that minimises ‖Φ w − y‖² + λ ‖w‖².

        w = (Φᵀ Φ + λ I)⁻¹ Φᵀ y = Φᵀ (Φ Φᵀ + λ I)⁻¹ y

    Nothing is inverted: of the two systems the smaller one is solved. There is no bias; for
    one, give Φ a column of ones.

    Parameters
    ----------
    Phi : array (n_samples, n_features)
        The features.
    y : array (n_samples,) or (n_samples, n_outputs)
        The targets.
    lam : number > 0
        λ. Without it the system has no single solution once features outnumber samples.

    Raises
    ------
    ValueError
        on wrong shapes, NaN or λ ≤ 0.

    Examples
    --------
    >>> ridge([[1.0], [1.0]], [2.0, 4.0], lam=1.0)
    array([2.])
    """
    Phi = as_floats(Phi, "Phi", ("n_samples", "n_features"))
    y = as_floats(y, "y", (len(Phi), "n_outputs") if np.ndim(y) == 2 else (len(Phi),))
    lam, (n_samples, n_features) = positive(lam, "lam", hint="try 1e-3"), Phi.shape
    if n_features <= n_samples:
        return np.linalg.solve(Phi.T @ Phi + lam * np.eye(n_features, dtype=Phi.dtype), Phi.T @ y)
    return Phi.T @ np.linalg.solve(Phi @ Phi.T + lam * np.eye(n_samples, dtype=Phi.dtype), y)

"""What sums of ReLUs can draw, and how many straight pieces depth and width buy.

    Y(x) = Σ_i α_i relu(a_i x + b_i) + c

Notation, the slide's, with c written out: x is a number, not a vector; α_i, a_i, b_i belong to
ReLU i; h is the distance between knots, m and k count layers.

Clashes: α is the perceptron's learning rate in `perceptron`; h is a layer's W x in the lectures
on networks; relu stands in `activations` with its derivative and here alone.
"""

from math import comb

import numpy as np

from mlcourse_utils.validate import as_floats, count, positive


def relu_sum(x, alpha, a, b, c=0.0):
    """Return Y(x) = Σ_i α_i relu(a_i x + b_i) + c at every x.

    Parameters
    ----------
    x : number or array of any shape
        Where to evaluate.
    alpha, a, b : arrays (n_units,)
        Output weight, input weight and bias of every ReLU.
    c : number
        The height of the sum where all ReLUs are silent.

    Raises
    ------
    ValueError
        if alpha, a and b differ in length, or anything is NaN.

    Examples
    --------
    >>> relu_sum([-1.0, 0.0, 2.0], alpha=[1.0, 1.0], a=[1.0, -1.0], b=[0.0, 0.0])  # |x|
    array([1., 0., 2.])
    """
    x, alpha = as_floats(x, "x"), as_floats(alpha, "alpha", ("n_units",))
    a, b = as_floats(a, "a", alpha.shape), as_floats(b, "b", alpha.shape)
    return np.maximum(a * x[..., None] + b, 0) @ alpha + as_floats(c, "c", ())


def fit_relu_sum(f, knots):
    """Return alpha, a, b, c: the ReLU sum that runs straight from knot to knot of f.

        a_i = 1,   b_i = −t_i,   c = f(t_0),   α_0 = s_0,   α_i = s_i − s_{i−1}

    t_i are the knots, s_i = (f(t_{i+1}) − f(t_i)) / (t_{i+1} − t_i) the slope right of t_i: an
    output weight is the *change* of slope at its knot, and c keeps the value at the left end.
    n + 1 knots need n ReLUs. Between knots h apart the error is at most h²/8 · max |f″|.

    Parameters
    ----------
    f : callable
        Takes the array of knots, returns their heights.
    knots : array (n + 1,)
        At least two, increasing.

    Raises
    ------
    ValueError
        if the knots do not increase, are fewer than two, or f gives NaN or another shape.

    Examples
    --------
    >>> alpha, a, b, c = fit_relu_sum(np.square, [0.0, 1.0, 2.0, 3.0])
    >>> alpha, b, c
    (array([1., 2., 2.]), array([-0., -1., -2.]), np.float64(0.0))
    """
    t = as_floats(knots, "knots", ("n + 1",))
    if len(t) < 2 or (np.diff(t) <= 0).any():
        raise ValueError(
            "knots are fewer than two or do not increase: try np.linspace(a, b, n + 1)"
        )
    y = as_floats(f(t), "f(knots)", t.shape, hint="f takes an array and gives one as long")
    slopes = np.diff(y) / np.diff(t)
    return np.diff(slopes, prepend=0), np.ones_like(slopes), -t[:-1], y[0]


def count_pieces(y, x, tol=1e-6):
    """Return the number of straight pieces of a continuous function from its samples.

    A bend at a sample makes one bent triple of neighbours, a bend between samples makes two;
    touching bent triples therefore count as one bend. Two bends need at least three steps of x
    between them to be told apart.

    Parameters
    ----------
    y, x : arrays (n,)
        The samples and where they were taken; x increasing, n ≥ 3.
    tol : number > 0
        A change of slope up to `tol` times the largest slope is rounding, not a bend.

    Raises
    ------
    ValueError
        on wrong shapes, NaN, x that does not increase, or tol ≤ 0.

    Examples
    --------
    >>> x = np.linspace(-1, 1, 100)
    >>> count_pieces(np.abs(x), x), count_pieces(2 * x + 1, x)
    (2, 1)
    """
    x = as_floats(x, "x", ("n",))
    y, tol = as_floats(y, "y", x.shape), positive(tol, "tol")
    if len(x) < 3 or (np.diff(x) <= 0).any():
        raise ValueError("x holds fewer than three numbers or does not increase: try np.linspace")
    slopes = np.diff(y) / np.diff(x)
    bent = np.abs(np.diff(slopes)) > tol * np.abs(slopes).max()
    starts = bent & ~np.append(False, bent[:-1])
    return 1 + int(starts.sum())


def sawtooth(x, k):
    """Return the sawtooth of 2^k pieces on [0, 1]: the tent, k times through itself.

        tent(x) = 2 relu(x) − 4 relu(x − ½),   sawtooth = tent ∘ … ∘ tent

    Two ReLUs a layer, 2k in depth k. One layer alone needs 2^k − 1 kinks, a ReLU each, for the
    same picture. x of any shape, in [0, 1]; k ≥ 1. ValueError otherwise. (Telgarsky, 2016.)

    >>> sawtooth([0.0, 0.25, 0.5, 0.75, 1.0], k=2)
    array([0., 1., 0., 1., 0.])
    """
    x = _unit_interval(x)
    for _ in range(count(k, "k")):
        x = _tent(x)
    return x


def deep_square(x, m):
    """Return x² on [0, 1] up to 2^(−2m−2), made of m sawtooths.

        x² ≈ x − Σ_{k=1…m} sawtooth(x, k) / 4^k

    It is x² interpolated at the knots j/2^m, out of 2m ReLUs and sums. x of any shape, in
    [0, 1]; m ≥ 1. ValueError otherwise. (Yarotsky, 2017.)

    >>> deep_square([0.0, 0.25, 0.5, 1.0], m=1)  # 0.25² is 0.0625: the error is 1/16
    array([0.   , 0.125, 0.25 , 1.   ])
    """
    x = _unit_interval(x)
    square, tooth = x, x
    for k in range(1, count(m, "m") + 1):
        tooth = _tent(tooth)
        square = square - tooth / 4**k
    return square


def count_regions(n_units, n_inputs):
    """Return Σ_{i=0…d} C(n, i): into how many regions n ReLUs cut d-dimensional space at most.

    In each region the layer is one affine map. The number is reached by n hyperplanes in
    general position. n = n_units ≥ 0, d = n_inputs ≥ 1, else ValueError. (Zaslavsky, 1975.)

    >>> count_regions(3, 2), count_regions(8, 8), count_regions(50, 10)
    (7, 256, 13432735556)
    """
    n, d = count(n_units, "n_units", least=0), count(n_inputs, "n_inputs")
    return sum(comb(n, i) for i in range(d + 1))


def _tent(x):
    return 2 * np.maximum(x, 0) - 4 * np.maximum(x - 0.5, 0)


def _unit_interval(x):
    x = as_floats(x, "x")
    if x.size and not (x.min() >= 0 and x.max() <= 1):
        raise ValueError(f"x reaches from {x.min()} to {x.max()}, expected 0 ≤ x ≤ 1: rescale it")
    return x

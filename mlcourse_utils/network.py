"""The slides' multilayer perceptron: p = g_L(W_L … g_2(W_2 g_1(W_1 x_0 + b_1) + b_2) … + b_L).

    forward      h^l = W^l x^(l−1) + b^l,   x^l = g_l(h^l),   p = x^L
    backward     e^L = g_L′(h^L) ∂ℓ/∂p,     e^l_j = g_l′(h^l_j) Σ_i W^(l+1)_ij e^(l+1)_i
    gradients    ∂ℓ/∂W^l_ab = e^l_a x^(l−1)_b,   ∂ℓ/∂b^l_a = e^l_a

For the loss ℓ = ½(y − p)² the first error is the slide's e^L = g_L′(h^L)(p − y).

Rows are examples: x has shape (n_samples, n_in). W has shape (n_out, n_in), so that W_ab leads
from unit b to unit a as on the slide; on rows W x reads x @ W.T. The slides leave the biases
out, here they are written. Here y is the target and p the output; see notation.md.
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from mlcourse_utils.validate import as_floats, count


class Weights(NamedTuple):
    """One layer's W, shape (n_out, n_in), and b, shape (n_out,); or the gradient in them."""

    W: np.ndarray
    b: np.ndarray


def init(sizes, seed, dtype=np.float64):
    """Draw W_ab uniform in ±√(6/(n_in + n_out)) and set b = 0.

    This is Glorot and Bengio's rule (2010), the default of Keras's Dense layer and so of the
    slides' program.

    Parameters
    ----------
    sizes : sequence of int
        Units a layer, input first: (784, 512, 10) has two layers of weights.
    seed : int or numpy.random.Generator
        The same seed draws the same weights.
    dtype : numpy.float64 or numpy.float32
        What the network computes in; training follows its weights.

    Returns
    -------
    list of Weights
        One (W, b) a layer.

    >>> [layer.W.shape for layer in init((784, 512, 10), seed=0)]
    [(512, 784), (10, 512)]
    """
    if np.ndim(sizes) != 1 or len(sizes) < 2:
        raise ValueError(f"sizes is {sizes!r}, expected the units a layer, say (784, 512, 10)")
    if dtype not in (np.float64, np.float32):
        raise ValueError(f"dtype is {dtype!r}, expected np.float64 or np.float32")
    sizes = [count(n, "an entry of sizes") for n in sizes]
    rng = np.random.default_rng(seed)
    params = []
    for n_in, n_out in pairwise(sizes):
        bound = np.sqrt(6 / (n_in + n_out))
        W = rng.uniform(-bound, bound, (n_out, n_in)).astype(dtype)
        params.append(Weights(W, np.zeros(n_out, dtype)))
    return params


def forward(params, gs, x):
    """Compute h^l = W^l x^(l−1) + b^l and x^l = g_l(h^l), layer after layer.

    Parameters
    ----------
    params : list of Weights
        One (W, b) a layer.
    gs : list of Activation
        One a layer.
    x : array, shape (n_samples, n_in)
        One example a row.

    Returns
    -------
    hs : list of array
        h^1 … h^L: hs[l - 1] is h^l, of shape (n_samples, n_out of layer l).
    xs : list of array
        x^0 … x^L: xs[0] is the input, xs[-1] the output p.

    Raises
    ------
    ValueError
        if shapes do not follow on one another, or x holds NaN.

    >>> from mlcourse_utils.activations import relu
    >>> hs, xs = forward([Weights(np.array([[1.0, -2.0]]), np.array([0.5]))], [relu], [[3.0, 1.0]])
    >>> hs[0], xs[-1]
    (array([[1.5]]), array([[1.5]]))
    """
    _check(params, gs)
    n_in = params[0].W.shape[1]
    hint = "one row an example, one column an input of W^1"
    hs, xs = [], [as_floats(x, "x", ("n_samples", n_in), hint=hint)]
    for (W, b), (g, _) in zip(params, gs, strict=True):
        hs.append(xs[-1] @ W.T + b)
        xs.append(g(hs[-1]))
    return hs, xs


def backward(params, gs, hs, xs, y, loss, out=None):
    """Propagate the errors e^L … e^1 back and return the gradient of the batch's mean loss.

    Parameters
    ----------
    params, gs
        As given to `forward`.
    hs, xs
        What `forward` returned.
    y : array, shape (n_samples, n_out)
        The targets.
    loss : Loss
        Its `prime` is ∂ℓ/∂p.
    out : list of Weights, optional
        Where to write the gradient: views into one vector spare `training` a copy.

    Returns
    -------
    list of Weights
        ∂ℓ/∂W^l and ∂ℓ/∂b^l a layer, averaged over the batch, shaped as params.

    Raises
    ------
    ValueError
        if y and the output differ in shape.

    The cost is about twice that of `forward`: no more, for any number of weights.
    """
    grads = out or [Weights(np.empty_like(W), np.empty_like(b)) for W, b in params]
    e = gs[-1].prime(hs[-1]) * loss.prime(xs[-1], y) / len(xs[-1])
    for l in range(len(params), 0, -1):
        np.matmul(e.T, xs[l - 1], out=grads[l - 1].W)
        np.sum(e, axis=0, out=grads[l - 1].b)
        if l > 1:
            e = gs[l - 2].prime(hs[l - 2]) * (e @ params[l - 1].W)
    return grads


def flatten(params):
    """Lay all weights in one vector θ = (W^1, b^1, …, W^L, b^L), rows of W one after another.

    Returns
    -------
    theta : array, shape (n_parameters,)
        A copy.
    unflatten : callable
        Takes a vector like theta back to a list of Weights, which are views into it.

    >>> theta, unflatten = flatten(init((784, 512, 10), seed=0))
    >>> theta.size == 784 * 512 + 512 + 512 * 10 + 10 == 407050
    True
    >>> unflatten(theta)[1].W.shape
    (10, 512)
    """
    arrays = [array for layer in params for array in layer]
    theta = np.concatenate([array.ravel() for array in arrays])
    cuts = np.cumsum([array.size for array in arrays])[:-1]

    def unflatten(theta):
        if np.shape(theta) != (n_parameters,):
            raise ValueError(f"theta has shape {np.shape(theta)}, expected ({n_parameters},)")
        pieces = zip(np.split(theta, cuts), arrays, strict=True)
        views = [piece.reshape(array.shape) for piece, array in pieces]
        return [Weights(W, b) for W, b in zip(views[::2], views[1::2], strict=True)]

    n_parameters = theta.size
    return theta, unflatten


def _check(params, gs):
    if len(gs) != len(params):
        raise ValueError(f"gs has {len(gs)} entries, expected {len(params)}: one g a layer")
    if not all(hasattr(g, "prime") for g in gs):
        raise ValueError(f"gs is {gs!r:.60}, expected activations: say [relu, identity]")
    n_in = params[0].W.shape[-1]
    for l, (W, b) in enumerate(params, start=1):
        if W.ndim != 2 or W.shape[1] != n_in:
            raise ValueError(f"W^{l} has shape {W.shape}, expected (n_out, {n_in})")
        if b.shape != W.shape[:1]:
            raise ValueError(f"b^{l} has shape {b.shape}, expected {W.shape[:1]}: one a row of W")
        n_in = len(W)

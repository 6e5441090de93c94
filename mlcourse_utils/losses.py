"""Losses, each beside its derivative with respect to the network's output.

p is the network's output and y its target; both have the shape (n_samples, n_out), a row an
example. (In the perceptron's module y is the output and d the target.)

Convention: `value` is the mean over the batch of one example's loss ℓ; `prime` holds one
example's ∂ℓ/∂p a row, not yet divided by the size of the batch, so that it reads as on the
slide: p − y. The mean is taken once, in `network.backward`.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from mlcourse_utils.validate import as_floats, count


class Loss(NamedTuple):
    """value(p, y) is one number, prime(p, y) has the shape of p. Both raise ValueError when
    p and y differ in shape.

    >>> squared_error.value(np.array([[3.0, 1.0]]), np.array([[1.0, 1.0]]))
    2.0
    """

    value: Callable
    prime: Callable


def _pair(p, y):
    """p and y as arrays of p's dtype: a float64 target must not turn float32 work into float64."""
    p, y = np.asarray(p), np.asarray(y)
    if p.ndim != 2 or p.shape != y.shape:
        hint = "one row an example; labels become rows with one_hot(labels, n_classes)"
        raise ValueError(
            f"p has shape {p.shape} and y {y.shape}, expected both (n_samples, n_out): {hint}"
        )
    return p, y.astype(p.dtype, copy=False)


def _squared_error(p, y):
    """ℓ = ½ Σ_k (y_k − p_k)², mean over the examples."""
    p, y = _pair(p, y)
    return float(np.sum((y - p) ** 2) / (2 * len(p)))


def _squared_error_prime(p, y):
    """∂ℓ/∂p = p − y."""
    p, y = _pair(p, y)
    return p - y


def softmax(h):
    """softmax(h)_k = e^(h_k) / Σ_j e^(h_j) along the last axis: positive, and sums to 1.

    The largest h is subtracted first, which changes nothing but keeps e^h finite.

    >>> softmax([[1000.0, 1000.0]])
    array([[0.5, 0.5]])
    """
    return np.exp(_log_softmax(np.asarray(h)))


def _log_softmax(h):
    h = h - h.max(axis=-1, keepdims=True)
    return h - np.log(np.exp(h).sum(axis=-1, keepdims=True))


def _softmax_cross_entropy(h, y):
    """ℓ = −Σ_k y_k log softmax(h)_k, mean over the examples."""
    h, y = _pair(h, y)
    return float(-np.sum(y * _log_softmax(h)) / len(h))


def _softmax_cross_entropy_prime(h, y):
    """∂ℓ/∂h = softmax(h) − y, for rows y that sum to 1."""
    h, y = _pair(h, y)
    return softmax(h) - y


squared_error = Loss(_squared_error, _squared_error_prime)

# The softmax belongs to the loss: the network ends in `identity`, its output h^L are the
# logits, and y are one-hot rows (or any rows of probabilities). With p = softmax(h^L) the
# error is then e^L = p − y, without the g′ that would make a saturated unit stop learning.
softmax_cross_entropy = Loss(_softmax_cross_entropy, _softmax_cross_entropy_prime)


def one_hot(labels, n_classes):
    """Turn the labels 0 … n_classes − 1 into rows: y_k = 1 if k is the label, else 0.

    Raises ValueError for a label that is no whole number from 0 to n_classes − 1.

    >>> one_hot([2, 0], n_classes=3)
    array([[0., 0., 1.],
           [1., 0., 0.]])
    """
    n_classes = count(n_classes, "n_classes")
    labels = as_floats(labels, "labels", ("n_samples",), hint="one label an example")
    y = np.equal(labels[:, None], np.arange(n_classes))
    strange = labels[~y.any(axis=1)]
    if strange.size:
        expected = f"a whole number from 0 to {n_classes - 1}"
        raise ValueError(f"labels holds {strange[0]:g}, expected {expected}: is n_classes right?")
    return y.astype(np.float64)

"""Activation functions, each beside its derivative.

h is the weighted input of a unit, h = w·x + b, and x = g(h) its output, as on the slides.
Every function works entry by entry, on a number or on an array of any shape. float32 stays
float32; everything else becomes float64.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np


class Activation(NamedTuple):
    """A function g and its derivative g′ (`prime`): pure functions of h.

    >>> cube = Activation(g=lambda h: h**3, prime=lambda h: 3 * h**2)
    >>> cube.g(2.0), cube.prime(2.0)
    (8.0, 12.0)
    """

    g: Callable
    prime: Callable


def _floats(h):
    h = np.asarray(h)
    return h if h.dtype == np.float32 else h.astype(np.float64, copy=False)


def _identity(h):
    """g(h) = h: the head of a regression, or of a softmax that sits in its loss."""
    return _floats(h)


def _identity_prime(h):
    """g′(h) = 1."""
    return np.ones_like(_floats(h))


def _relu(h):
    """g(h) = max(h, 0)."""
    return np.maximum(_floats(h), 0)


def _relu_prime(h):
    """g′(h) = 1 if h > 0, else 0: at the kink we choose 0, as Keras and PyTorch do."""
    h = _floats(h)
    return (h > 0).astype(h.dtype)


def _sigmoid(h):
    """g(h) = 1 / (1 + e⁻ʰ), written so that the exponential never overflows."""
    h = _floats(h)
    z = np.exp(-np.abs(h))
    return np.where(h >= 0, 1, z) / (1 + z)


def _sigmoid_prime(h):
    """g′(h) = g(h) (1 − g(h)) = g(h) g(−h): the product loses no digits where g is near 1."""
    h = _floats(h)
    return _sigmoid(h) * _sigmoid(-h)


def _tanh(h):
    """g(h) = tanh h = 2 sigmoid(2h) − 1."""
    return np.tanh(_floats(h))


def _tanh_prime(h):
    """g′(h) = 1 − tanh² h."""
    return 1 - _tanh(h) ** 2


identity = Activation(_identity, _identity_prime)
relu = Activation(_relu, _relu_prime)
sigmoid = Activation(_sigmoid, _sigmoid_prime)
tanh = Activation(_tanh, _tanh_prime)

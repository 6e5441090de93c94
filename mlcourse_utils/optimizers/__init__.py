"""Gradient descent and its descendants: the slides' rules and the libraries' own.

An optimizer is a pair of pure functions, `Optimizer(init, step)`; `minimize` runs one. The rules
of the slides are in `slides`, the conventions of PyTorch, Keras, TensorFlow 1 and optax in
`libraries`.
"""

from mlcourse_utils.optimizers.core import Optimizer, minimize
from mlcourse_utils.optimizers.slides import (
    adagrad,
    adam,
    gradient_descent,
    momentum,
    nadam,
    nesterov,
    rmsprop,
)

__all__ = [
    "Optimizer",
    "adagrad",
    "adam",
    "gradient_descent",
    "minimize",
    "momentum",
    "nadam",
    "nesterov",
    "rmsprop",
]

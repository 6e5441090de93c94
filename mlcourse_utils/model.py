"""A network that can be trained, what it answers, and how good its answers are.

y are the targets, p the network's output, both of shape (n_samples, n_out): rows are examples.
"""

import math
from typing import NamedTuple

import numpy as np

from mlcourse_utils.losses import Loss
from mlcourse_utils.network import forward
from mlcourse_utils.validate import as_floats


class Model(NamedTuple):
    """What is trained: params as `network.init` draws them, one activation a layer, a loss.

    The slides' program is `Model(init((784, 512, 10), seed=0), [relu, identity],
    softmax_cross_entropy)`: the softmax belongs to the loss.
    """

    params: list
    gs: list
    loss: Loss


class Score(NamedTuple):
    """The mean loss, and the share of examples classified right (nan where y are no classes)."""

    loss: float
    accuracy: float


def predict(model, X):
    """Return the network's output p, shape (n_samples, n_out).

    With softmax_cross_entropy as the loss these are the logits: `predict(model, X).argmax(axis=1)`
    are the classes, `softmax(predict(model, X))` their probabilities. Raises ValueError when
    X does not fit the model.
    """
    return forward(model.params, model.gs, X)[1][-1]


def accuracy(p, y):
    """The share of rows whose class is right; nan unless y holds only 0 and 1.

    The class is the largest of several outputs, or of a single one whether it exceeds ½.

    >>> accuracy(np.array([[0.2, 0.9], [0.6, 0.1]]), np.array([[0, 1], [0, 1]]))
    0.5
    >>> accuracy(np.array([[0.2], [0.9], [0.6]]), np.array([[0], [1], [0]])).__round__(3)
    0.667
    """
    if not np.all((y == 0) | (y == 1)):
        return math.nan
    if y.shape[1] == 1:
        return float(np.mean((p > 0.5) == y))
    return float(np.mean(p.argmax(axis=1) == y.argmax(axis=1)))


def evaluate(model, X, y):
    """Return the model's Score on X and y: its mean loss, and its accuracy if y holds classes.

    Raises ValueError when X or y do not fit the model, or hold NaN.
    """
    X, y = examples_of(model, X, y)
    p = predict(model, X)
    return Score(model.loss.value(p, y), accuracy(p, y))


def examples_of(model, X, y):
    """Return X and y in the dtype of the weights.

    Raises ValueError when they do not fit the model or one another, or hold NaN.
    """
    first, last = model.params[0].W, model.params[-1].W
    X = as_floats(X, "X", ("n_samples", first.shape[1]), hint="one example a row")
    hint = "one target a row; labels become rows with one_hot(labels, n_classes)"
    y = as_floats(y, "y", (len(X), len(last)), hint=hint)
    return X.astype(first.dtype, copy=False), y.astype(first.dtype, copy=False)

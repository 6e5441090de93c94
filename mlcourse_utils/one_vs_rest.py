"""Many classes from yes-or-no machines: one for each class against the rest, the loudest wins.

Notation: machine k has the weights w_k, row k of W, and the bias b_k; X holds an example a row,
of inputs or of features.

    class of x = argmax_k (w_k·x + b_k)
"""

from typing import NamedTuple

import numpy as np

from mlcourse_utils.features import ridge
from mlcourse_utils.perceptron import train
from mlcourse_utils.validate import as_floats


class OneVsRest(NamedTuple):
    """W (n_classes, n_features) and b (n_classes,): row k of both speaks for classes[k]."""

    classes: np.ndarray
    W: np.ndarray
    b: np.ndarray


def train_one_vs_rest(X, labels, alpha=1.0, max_epochs=100):
    """Return OneVsRest: one perceptron a class, as the Mark I had one R-unit for an answer.

    Parameters
    ----------
    X : array (n_samples, n_features)
        The examples.
    labels : array (n_samples,)
        The class of each, letters or numbers.
    alpha, max_epochs : number > 0 and int
        As `perceptron.train` takes them.

    Raises
    ------
    ValueError
        on wrong shapes, NaN, α ≤ 0 or max_epochs < 1.

    Examples
    --------
    >>> machines = train_one_vs_rest([[0, 2], [2, 0], [-2, -2]], ["A", "B", "C"])
    >>> classify(machines, [[0, 1], [1, 0], [-1, -1]])
    array(['A', 'B', 'C'], dtype='<U1')
    """
    X, classes, D = _targets(X, labels)
    runs = [train(X, d, alpha, max_epochs) for d in D.T]
    return OneVsRest(classes, np.array([w for w, _, _ in runs]), np.array([b for _, b, _ in runs]))


def ridge_one_vs_rest(Phi, labels, lam):
    """Return OneVsRest: ridge regression to 1 for the class and 0 for the rest.

    The bias is the weight of a feature that is always 1, and λ weighs it too.

    Parameters
    ----------
    Phi : array (n_samples, n_features)
        The examples or their features.
    labels : array (n_samples,)
        The class of each, letters or numbers.
    lam : number > 0
        λ, as `features.ridge` takes it.

    Raises
    ------
    ValueError
        on wrong shapes, NaN or λ ≤ 0.

    Examples
    --------
    >>> machines = ridge_one_vs_rest([[-1.0], [1.0]], ["A", "B"], lam=2.0)
    >>> machines.W.tolist(), machines.b.tolist()
    ([[-0.25], [0.25]], [0.25, 0.25])
    """
    Phi, classes, D = _targets(Phi, labels)
    w = ridge(np.column_stack([Phi, np.ones(len(Phi), Phi.dtype)]), D, lam)
    return OneVsRest(classes, w[:-1].T, w[-1])


def classify(machines, X):
    """Return for every row x of X the class k whose w_k·x + b_k is the largest.

    machines from `train_one_vs_rest` or `ridge_one_vs_rest`, X (n_samples, n_features) ->
    labels (n_samples,). ValueError on wrong shapes and NaN.

    >>> machines = OneVsRest(np.array(["no", "yes"]), np.array([[0.0], [1.0]]), np.zeros(2))
    >>> classify(machines, [[-1.0], [1.0]])
    array(['no', 'yes'], dtype='<U3')
    """
    X = as_floats(X, "X", ("n_samples", machines.W.shape[1]), hint="one column a weight")
    return machines.classes[(X @ machines.W.T + machines.b).argmax(axis=1)]


def _targets(X, labels):
    X, labels = as_floats(X, "X", ("n_samples", "n_features")), np.asarray(labels)
    if labels.shape != (len(X),):
        raise ValueError(f"labels has shape {labels.shape}, expected ({len(X)},): one a row of X")
    classes = np.unique(labels)
    return X, classes, (labels[:, None] == classes).astype(X.dtype)

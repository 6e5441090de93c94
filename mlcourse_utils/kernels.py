"""Kernels: what a random layer of infinite width computes, without drawing it.

Notation: k(x, z) says how alike x and z are; K the matrix of all k(x_i, z_j). Random features
draw near such a kernel, φ(x)·φ(z) / D → k(x, z) as their number D grows, at a rate of 1/√D.

Clash: γ is not used here; the width of the RBF kernel is ℓ, with γ = 1/(2 ℓ²) elsewhere.
"""

import numpy as np

from mlcourse_utils.validate import as_floats, positive


def rbf_kernel(X, Z, width):
    """Return K, K_ij = exp(−‖x_i − z_j‖² / (2 ℓ²)), for the rows x of X and z of Z.

    X (n_x, n_inputs), Z (n_z, n_inputs), ℓ = `width` > 0 -> K (n_x, n_z). ValueError on wrong
    shapes, NaN or ℓ ≤ 0. The limit of cosine features (Rahimi and Recht, 2007).

    >>> rbf_kernel([[0.0], [2.0]], [[0.0]], width=1.0).round(4)
    array([[1.    ],
           [0.1353]])
    """
    X, Z = _rows(X, Z)
    squares = (X**2).sum(axis=1)[:, None] + (Z**2).sum(axis=1) - 2 * X @ Z.T
    return np.exp(-np.maximum(squares, 0) / (2 * positive(width, "width") ** 2))


def arc_cosine_kernel(X, Z):
    """Return K, what the ReLU of f·x and of f·z have in common for f ~ N(0, I).

        K_ij = E[relu(f·x_i) relu(f·z_j)] = ‖x_i‖ ‖z_j‖ (sin θ + (π − θ) cos θ) / (2π)

    θ is the angle between x_i and z_j. X (n_x, n_inputs), Z (n_z, n_inputs) -> K (n_x, n_z).
    ValueError on wrong shapes and NaN. The limit of ReLU features (Cho and Saul, 2009).

    >>> arc_cosine_kernel([[1.0, 0.0]], [[1.0, 0.0], [0.0, 2.0], [-1.0, 0.0]]).round(4)
    array([[0.5   , 0.3183, 0.    ]])
    """
    X, Z = _rows(X, Z)
    lengths = np.outer(np.linalg.norm(X, axis=1), np.linalg.norm(Z, axis=1))
    cosine = np.clip(X @ Z.T / np.maximum(lengths, np.finfo(X.dtype).tiny), -1, 1)
    theta = np.arccos(cosine)
    return lengths * (np.sin(theta) + (np.pi - theta) * cosine) / (2 * np.pi)


def _rows(X, Z):
    X = as_floats(X, "X", ("n_x", "n_inputs"))
    return X, as_floats(Z, "Z", ("n_z", X.shape[1]), hint="one column a column of X")

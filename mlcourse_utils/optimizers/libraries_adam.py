"""Adam and Nadam as the libraries compute them; the package's docstring lists them all.

Letters as in `slides`: γ is the learning rate, M and G the averages of g and of g², t = 1, 2 …
State: these letters, from 0. Default arguments are the libraries'. All raise ValueError for a
decay outside [0, 1) and for a negative ε or ψ.
"""

import math

import numpy as np

from mlcourse_utils.optimizers.core import Optimizer
from mlcourse_utils.optimizers.slides import adam, nadam
from mlcourse_utils.validate import fraction, nonnegative


def torch_adam(beta1=0.9, beta2=0.999, epsilon=1e-8, amsgrad=False):
    """w ← w − γ M̂ / (√Ĝ + ε), as the paper writes it. PyTorch, optax (without amsgrad)."""
    return adam(beta1, beta2, epsilon, epsilon_inside=False, amsgrad=amsgrad)


def keras_adam(beta1=0.9, beta2=0.999, epsilon=1e-7, amsgrad=False):
    """w ← w − γ √(1 − β₂ᵗ) / (1 − β₁ᵗ) · M / (√G + ε): the corrections moved into the rate.

    The same as `torch_adam` with ε_t = ε / √(1 − β₂ᵗ), 31.6 times as large at t = 1.

    Parameters
    ----------
    beta1, beta2, epsilon : float
        Decays in [0, 1), ε ≥ 0. Keras 3 has ε 1e-7; Keras 2.0.8, TensorFlow 1 and
        scikit-learn 1e-8.
    amsgrad : bool
        The largest G so far, H, in place of G.

    State (M, G, H, t). The formula before section 2.1 of Kingma and Ba 2015.

    >>> init, step = keras_adam(epsilon=0)
    >>> round(float(step(8.0, init(8.0), lambda w: 1e-3, 0.5)[0]), 10)
    7.5
    """
    beta1, beta2 = fraction(beta1, "beta1"), fraction(beta2, "beta2")
    epsilon = nonnegative(epsilon, "epsilon")

    def step(w, state, grad, gamma):
        M, G, H, t = state
        t, g = t + 1, grad(w)
        M = beta1 * M + (1 - beta1) * g
        G = beta2 * G + (1 - beta2) * g**2
        H = np.maximum(H, G) if amsgrad else G
        gamma_t = gamma * math.sqrt(1 - beta2**t) / (1 - beta1**t)
        w = w - gamma_t * M / (np.sqrt(H) + epsilon)
        return w, (M, G, H, t)

    return Optimizer(lambda w: (0.0, 0.0, 0.0, 0), step)


def torch_nadam(beta1=0.9, beta2=0.999, epsilon=1e-8, momentum_decay=0.004):
    """`nadam` itself: PyTorch NAdam and Keras 2.0.8 Nadam (`schedule_decay`)."""
    return nadam(beta1, beta2, epsilon, momentum_decay)


def keras_nadam(beta1=0.9, beta2=0.999, epsilon=1e-7):
    """`nadam` with ψ = 1: Keras 3 Nadam, whose momentum warms up 250 times as fast."""
    return nadam(beta1, beta2, epsilon, momentum_decay=1.0)


def optax_nadam(beta1=0.9, beta2=0.999, epsilon=1e-8):
    """w ← w − γ [β₁ M/(1 − β₁ᵗ⁺¹) + (1 − β₁) g/(1 − β₁ᵗ)] / (√Ĝ + ε): no warm-up of the momentum.

    Parameters
    ----------
    beta1, beta2, epsilon : float
        Decays in [0, 1), ε ≥ 0.

    State (M, G, t). optax 0.2.8 nadam; the limit ψ → ∞ of `nadam`.

    >>> init, step = optax_nadam(beta1=0, epsilon=0)
    >>> float(step(8.0, init(8.0), lambda w: 3.0, 0.5)[0])
    7.5
    """
    beta1, beta2 = fraction(beta1, "beta1"), fraction(beta2, "beta2")
    epsilon = nonnegative(epsilon, "epsilon")

    def step(w, state, grad, gamma):
        M, G, t = state
        t, g = t + 1, grad(w)
        M = beta1 * M + (1 - beta1) * g
        G = beta2 * G + (1 - beta2) * g**2
        M_hat = beta1 * M / (1 - beta1 ** (t + 1)) + (1 - beta1) * g / (1 - beta1**t)
        G_hat = G / (1 - beta2**t)
        w = w - gamma * M_hat / (np.sqrt(G_hat) + epsilon)
        return w, (M, G, t)

    return Optimizer(lambda w: (0.0, 0.0, 0), step)

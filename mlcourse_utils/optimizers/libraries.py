"""SGD, Adagrad and RMSprop as the libraries compute them; the package's docstring lists them all.

γ is the learning rate (lr), μ the momentum, ρ RMSprop's decay (PyTorch's alpha), b or v a velocity,
G the cache, m the average gradient, g = ∇f(w). State: the letters of the formula in their order,
from 0 unless G₀ is named. Default arguments are the libraries'. All raise ValueError for a decay
or momentum outside [0, 1) and for a negative ε or G₀.
"""

import numpy as np

from mlcourse_utils.optimizers.core import Optimizer
from mlcourse_utils.optimizers.slides import adagrad, rmsprop
from mlcourse_utils.validate import fraction, nonnegative


def torch_sgd(momentum=0.0, dampening=0.0, weight_decay=0.0, nesterov=False):
    """g ← ∇f(w) + λ w,  b ← μ b + (1 − d) g,  w ← w − γ b, or w ← w − γ (g + μ b) with nesterov.

    Parameters
    ----------
    momentum, dampening, weight_decay : float
        μ and d in [0, 1), λ ≥ 0. The first step is not dampened: b = g. Without momentum
        there is no b, and d is ignored.
    nesterov : bool
        w is then the slide's lookahead point w − η v. Needs momentum and no dampening
        (ValueError otherwise, as in PyTorch).

    γ is outside of b. PyTorch 2.13 SGD; the state is b, None before the first step.

    >>> init, step = torch_sgd(momentum=0.5, dampening=0.5)
    >>> step(8.0, 4.0, lambda w: w, 0.25)  # b = 2 + 4
    (6.5, 6.0)
    """
    mu, weight_decay = fraction(momentum, "momentum"), nonnegative(weight_decay, "weight_decay")
    d = fraction(dampening, "dampening") if mu else 0.0
    if nesterov and (mu == 0 or d > 0):
        got = f"momentum={momentum} and dampening={dampening}"
        raise ValueError(
            f"nesterov got {got}, expected momentum > 0 and dampening 0: try 0.9 and 0"
        )

    def step(w, b, grad, gamma):
        g = grad(w) + weight_decay * w
        b = g if b is None else mu * b + (1 - d) * g
        w = w - gamma * (g + mu * b if nesterov else b)
        return w, b

    return Optimizer(lambda w: None, step)


def tf1_momentum(momentum=0.9, nesterov=False):
    """b ← μ b + g,  w ← w − γ b, or w ← w − γ (g + μ b): TensorFlow 1 writes what PyTorch does."""
    return torch_sgd(momentum, nesterov=nesterov)


def keras_sgd(momentum=0.0, nesterov=False):
    """v ← μ v − γ g,  w ← w + v, or w ← w + μ v − γ g with nesterov: γ inside, v points downhill.

    Keras 3, Keras 2.0.8 and scikit-learn. With nesterov w is the slide's w − η v.

    >>> init, step = keras_sgd(momentum=0.5, nesterov=True)
    >>> step(8.0, -4.0, lambda w: w, 0.25)  # v = −2 − 2
    (4.0, -4.0)
    """
    mu = fraction(momentum, "momentum")

    def step(w, v, grad, gamma):
        g = grad(w)
        v = mu * v - gamma * g
        w = w + mu * v - gamma * g if nesterov else w + v
        return w, v

    return Optimizer(np.zeros_like, step)


def torch_adagrad(epsilon=1e-10, G0=0.0):
    """G ← G + g²,  w ← w − γ g / (√G + ε). `lr_decay` is inverse_time_decay(gamma0, lr_decay)."""
    return adagrad(epsilon, G0, epsilon_inside=False)


def keras_adagrad(epsilon=1e-7, G0=0.1):
    """G ← G + g²,  w ← w − γ g / √(G + ε), from G₀ = 0.1. Keras 3 and optax."""
    return adagrad(epsilon, G0)


def keras2_adagrad(epsilon=1e-8, G0=0.0):
    """G ← G + g²,  w ← w − γ g / (√G + ε). Keras 2.0.8; the legacy one has ε 1e-7, G₀ 0.1."""
    return adagrad(epsilon, G0, epsilon_inside=False)


def tf1_adagrad(G0=0.1):
    """G ← G + g²,  w ← w − γ g / √G: no ε, so G₀ must not be 0 where a gradient may be."""
    return adagrad(epsilon=0.0, G0=G0)


def torch_rmsprop(rho=0.99, epsilon=1e-8, momentum=0.0, centered=False):
    """G ← ρ G + (1 − ρ) g²,  b ← μ b + g / (√G + ε),  w ← w − γ b.

    Parameters
    ----------
    rho, epsilon, momentum : float
        ρ and μ in [0, 1), ε ≥ 0.
    centered : bool
        √(G − m²) with m ← ρ m + (1 − ρ) g in place of √G: the deviation from the average
        gradient. Where g never changes, rounding may make G − m² negative, here as in PyTorch.

    γ is outside of b. State (G, m, b). PyTorch 2.13 RMSprop.

    >>> init, step = torch_rmsprop(rho=0.75, epsilon=0)
    >>> float(step(8.0, init(8.0), lambda w: w, 0.25)[0])  # γ / √(1 − ρ)
    7.5
    """
    rho, mu = fraction(rho, "rho"), fraction(momentum, "momentum")
    epsilon = nonnegative(epsilon, "epsilon")

    def step(w, state, grad, gamma):
        G, m, b = state
        g = grad(w)
        G = rho * G + (1 - rho) * g**2
        m = rho * m + (1 - rho) * g if centered else m
        b = mu * b + g / (np.sqrt(G - m**2) + epsilon)
        w = w - gamma * b
        return w, (G, m, b)

    return Optimizer(lambda w: (0.0, 0.0, 0.0), step)


def keras_rmsprop(rho=0.9, epsilon=1e-7, momentum=0.0, centered=False, G0=0.0):
    """G ← ρ G + (1 − ρ) g²,  v ← μ v + γ g / √(G + ε),  w ← w − v.

    Parameters
    ----------
    rho, epsilon, momentum, G0 : float
        ρ and μ in [0, 1), ε ≥ 0, G₀ ≥ 0 (Keras itself has no G₀).
    centered : bool
        √(G − m² + ε) with m ← ρ m + (1 − ρ) g in place of √(G + ε).

    γ is inside of v. State (G, m, v). Keras 3.15 RMSprop.

    >>> init, step = keras_rmsprop(rho=0.75, epsilon=0)
    >>> float(step(8.0, init(8.0), lambda w: w, 0.25)[0])
    7.5
    """
    rho, mu = fraction(rho, "rho"), fraction(momentum, "momentum")
    epsilon, G0 = nonnegative(epsilon, "epsilon"), nonnegative(G0, "G0")

    def step(w, state, grad, gamma):
        G, m, v = state
        g = grad(w)
        G = rho * G + (1 - rho) * g**2
        m = rho * m + (1 - rho) * g if centered else m
        v = mu * v + gamma * g / np.sqrt(G - m**2 + epsilon)
        w = w - v
        return w, (G, m, v)

    return Optimizer(lambda w: (G0, 0.0, 0.0), step)


def tf1_rmsprop(rho=0.9, epsilon=1e-10, momentum=0.0, centered=False):
    """As `keras_rmsprop`, but from G₀ = 1 and with ε = 1e-10. TensorFlow 1 RMSPropOptimizer."""
    return keras_rmsprop(rho, epsilon, momentum, centered, G0=1.0)


def optax_rmsprop(rho=0.9, epsilon=1e-8, momentum=0.0, centered=False, initial_scale=0.0):
    """As `keras_rmsprop` with ε = 1e-8; initial_scale is G₀, and 1 makes it TensorFlow 1's."""
    return keras_rmsprop(rho, epsilon, momentum, centered, G0=initial_scale)


def keras2_rmsprop(rho=0.9, epsilon=1e-8):
    """G ← ρ G + (1 − ρ) g²,  w ← w − γ g / (√G + ε). Keras 2.0.8: ε outside."""
    return rmsprop(rho, epsilon, epsilon_inside=False)

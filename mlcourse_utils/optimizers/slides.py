"""The slides' rules, in the slides' letters: each step is the slide's lines.

γ is the learning rate, η the momentum (elsewhere η is often the learning rate), ρ RMSprop's decay
(the slide calls it γ a second time), G the cache of squared gradients, M the average gradient,
g = ∇f(w), t = 1, 2 … the update's number. ε stands inside the root as on the slides, unless
`epsilon_inside=False`, as in the Adam paper and PyTorch. γ stands inside the velocity v.

All rules raise ValueError for a decay or momentum outside [0, 1), and for a negative ε or G₀.
ε = 0 is the pure formula; it is 0/0 where the cache is still 0.
"""

import numpy as np

from mlcourse_utils.optimizers.core import Optimizer
from mlcourse_utils.validate import fraction, nonnegative


def gradient_descent():
    """w ← w − γ ∇f(w). It remembers nothing: its state is None.

    >>> gradient_descent().step(8.0, None, lambda w: w, 0.25)
    (6.0, None)
    """

    def step(w, state, grad, gamma):
        w = w - gamma * grad(w)
        return w, state

    return Optimizer(lambda w: None, step)


def momentum(eta=0.9):
    """v ← η v + γ ∇f(w),  w ← w − v. State: v, shaped as w, from 0.

    The slide "Momentum"; Polyak's heavy ball (1964). Keras' SGD; PyTorch keeps γ outside of v
    (`torch_sgd`), which is the same as long as γ does not change.

    >>> init, step = momentum(eta=0.5)
    >>> step(8.0, 4.0, lambda w: w, 0.25)  # v = 2 + 2
    (4.0, 4.0)
    """
    eta = fraction(eta, "eta")

    def step(w, v, grad, gamma):
        v = eta * v + gamma * grad(w)
        w = w - v
        return w, v

    return Optimizer(np.zeros_like, step)


def nesterov(eta=0.9):
    """v ← η v + γ ∇f(w − η v),  w ← w − v. State: v, shaped as w, from 0.

    The slide "Nesterov acceleration"; Sutskever et al. 2013. PyTorch and Keras store the
    lookahead point w − η v in place of w (`torch_sgd(nesterov=True)`).

    >>> init, step = nesterov(eta=0.5)
    >>> step(10.0, 4.0, lambda w: w, 0.25)  # looks at 8, v = 2 + 2
    (6.0, 4.0)
    """
    eta = fraction(eta, "eta")

    def step(w, v, grad, gamma):
        v = eta * v + gamma * grad(w - eta * v)
        w = w - v
        return w, v

    return Optimizer(np.zeros_like, step)


def adagrad(epsilon=1e-8, G0=0.0, epsilon_inside=True):
    """G ← G + g²,  w ← w − γ g / √(G + ε). State: G, shaped as w.

    Parameters
    ----------
    epsilon, G0 : float
        ε ≥ 0 and what the cache starts from, G₀ ≥ 0.
    epsilon_inside : bool
        √(G + ε) as on the slide, or √G + ε.

    The slide "Adagrad"; Duchi, Hazan and Singer 2011. The slide steps with G_t and then adds:
    from G₀ = 0 the first step would be γ g / √ε. Here g² is added first, as everywhere.

    >>> init, step = adagrad(epsilon=0)
    >>> step(8.0, 16.0, lambda w: 3.0, 5.0)  # G = 16 + 9, w = 8 − 5·3/5
    (np.float64(5.0), 25.0)
    """
    G0, root = nonnegative(G0, "G0"), _root(epsilon, epsilon_inside)

    def step(w, G, grad, gamma):
        g = grad(w)
        G = G + g**2
        w = w - gamma * g / root(G)
        return w, G

    return Optimizer(lambda w: np.zeros_like(w) + G0, step)


def rmsprop(rho=0.9, epsilon=1e-8, G0=0.0, epsilon_inside=True):
    """G ← ρ G + (1 − ρ) g²,  w ← w − γ g / √(G + ε). State: G, shaped as w.

    Parameters
    ----------
    rho : float
        ρ in [0, 1), how much of the leaky cache is kept.
    epsilon, G0 : float
        ε ≥ 0 and what the cache starts from: 0, or 1 as in TensorFlow 1. From 0 the first
        step is γ / √(1 − ρ) long.
    epsilon_inside : bool
        √(G + ε) as on the slide, or √G + ε.

    The slide "RMSprop", after Hinton's lecture.

    >>> init, step = rmsprop(rho=0.5, epsilon=0)
    >>> step(8.0, 1.0, lambda w: 7.0, 5.0)  # G = (1 + 49)/2, w = 8 − 5·7/5
    (np.float64(1.0), 25.0)
    """
    rho, G0 = fraction(rho, "rho"), nonnegative(G0, "G0")
    root = _root(epsilon, epsilon_inside)

    def step(w, G, grad, gamma):
        g = grad(w)
        G = rho * G + (1 - rho) * g**2
        w = w - gamma * g / root(G)
        return w, G

    return Optimizer(lambda w: np.zeros_like(w) + G0, step)


def adam(beta1=0.9, beta2=0.999, epsilon=1e-8, epsilon_inside=True, amsgrad=False):
    """w ← w − γ M̂ / √(Ĝ + ε), the corrected averages of g and g².

    M ← β₁ M + (1 − β₁) g,  G ← β₂ G + (1 − β₂) g²,  M̂ = M / (1 − β₁ᵗ),  Ĝ = G / (1 − β₂ᵗ).
    State: (M, G, H, t): t counts the updates made, H is the cache that is used, G itself or
    with amsgrad its largest value so far.

    Parameters
    ----------
    beta1, beta2, epsilon : float
        The decays of the average gradient and of its square, in [0, 1); ε ≥ 0.
    epsilon_inside : bool
        √(Ĝ + ε) as on the slide, or √Ĝ + ε as in the paper.
    amsgrad : bool
        H ← max(H, G) in place of H = G, corrected afterwards as in PyTorch; the paper of
        Reddi, Kale and Kumar (2018) does not correct at all.

    The slide "Adam"; Kingma and Ba 2015.

    >>> init, step = adam(epsilon=0)
    >>> float(step(8.0, init(8.0), lambda w: 0.125, 0.5)[0])  # γ · sign(g), whatever |g|
    7.5
    """
    beta1, beta2 = fraction(beta1, "beta1"), fraction(beta2, "beta2")
    root = _root(epsilon, epsilon_inside)

    def step(w, state, grad, gamma):
        M, G, H, t = state
        t, g = t + 1, grad(w)
        M = beta1 * M + (1 - beta1) * g
        G = beta2 * G + (1 - beta2) * g**2
        H = np.maximum(H, G) if amsgrad else G
        M_hat = M / (1 - beta1**t)
        G_hat = H / (1 - beta2**t)
        w = w - gamma * M_hat / root(G_hat)
        return w, (M, G, H, t)

    return Optimizer(lambda w: (0.0, 0.0, 0.0, 0), step)


def nadam(beta1=0.9, beta2=0.999, epsilon=1e-8, momentum_decay=0.004):
    """Adam that looks ahead: w ← w − γ [μ_{t+1} M/(1 − P μ_{t+1}) + (1 − μ_t) g/(1 − P)]/(√Ĝ + ε).

    M, G, Ĝ as in `adam`; μ_t = β₁ (1 − ½ · 0.96^(t ψ)) warms the momentum up, P = μ₁ μ₂ … μ_t.
    State: (M, G, P, t).

    Parameters
    ----------
    beta1, beta2, epsilon : float
        As in `adam`, ε outside the root: the slide only shows Keras' Nadam, where it is so.
    momentum_decay : float
        ψ ≥ 0. Keras 2.0.8 (`schedule_decay`) and PyTorch 0.004, Keras 3 has 1.

    The slide "Nadam"; Dozat 2016.

    >>> init, step = nadam(beta1=0, epsilon=0)  # nothing to remember: g / |g|
    >>> float(step(8.0, init(8.0), lambda w: 3.0, 0.5)[0])
    7.5
    """
    beta1, beta2 = fraction(beta1, "beta1"), fraction(beta2, "beta2")
    psi = nonnegative(momentum_decay, "momentum_decay")
    root = _root(epsilon, inside=False)

    def mu(t):
        return beta1 * (1 - 0.5 * 0.96 ** (t * psi))

    def step(w, state, grad, gamma):
        M, G, P, t = state
        t, g = t + 1, grad(w)
        M = beta1 * M + (1 - beta1) * g
        G = beta2 * G + (1 - beta2) * g**2
        P = P * mu(t)
        M_hat = mu(t + 1) / (1 - P * mu(t + 1)) * M + (1 - mu(t)) / (1 - P) * g
        G_hat = G / (1 - beta2**t)
        w = w - gamma * M_hat / root(G_hat)
        return w, (M, G, P, t)

    return Optimizer(lambda w: (0.0, 0.0, 1.0, 0), step)


def _root(epsilon, inside):
    epsilon = nonnegative(epsilon, "epsilon")
    return lambda G: np.sqrt(G + epsilon) if inside else np.sqrt(G) + epsilon

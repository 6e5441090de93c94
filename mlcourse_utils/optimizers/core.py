"""An optimizer is a pair of pure functions; minimize runs it.

w are the weights, γ the learning rate, and grad is the *function* ∇f, so that a rule may ask for
the gradient wherever it wants (Nesterov looks ahead).
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from mlcourse_utils.schedules import as_schedule
from mlcourse_utils.validate import as_floats, count, returning


class Optimizer(NamedTuple):
    """`state = init(w)`, then `w, state = step(w, state, grad, gamma)` again and again.

    w is an array of any shape, `state` what the rule remembers (each rule says what it is),
    `grad` the function ∇f and `gamma` the rate of this one step. Nothing is mutated: the old w
    and the old state stay as they were. float32 weights stay float32. `step` checks nothing,
    `minimize` does.
    """

    init: Callable
    step: Callable


def minimize(grad, w, optimizer, gamma, n_steps):
    """Run n_steps of the optimizer from w and return the whole trajectory.

    Parameters
    ----------
    grad : callable
        ∇f: takes w, returns an array of the same shape. Called as the rule asks, once a step.
    w : array of any shape
        Where to start; not changed.
    optimizer : Optimizer
        For example `momentum(eta=0.9)`.
    gamma : float or schedule
        The learning rate, or a function of the step t = 0, 1, 2 … (mlcourse_utils.schedules).
    n_steps : int
        How many steps, ≥ 0.

    Returns
    -------
    array of shape (n_steps + 1, *w.shape)
        Row t is w after t steps. A run that diverges ends in inf and nan, without a warning:
        that it diverges is its result.

    Raises
    ------
    ValueError
        if w is not finite, a rate is not positive, an Optimizer is missing its brackets, or the
        gradient has another shape than w.

    >>> from mlcourse_utils.optimizers import gradient_descent
    >>> minimize(lambda w: w, [8.0], gradient_descent(), gamma=0.5, n_steps=3)
    array([[8.],
           [4.],
           [2.],
           [1.]])
    """
    w, gamma, n_steps = as_floats(w, "w"), as_schedule(gamma), count(n_steps, "n_steps", least=0)
    optimizer, grad = as_optimizer(optimizer), returning(grad, "grad", w.shape)
    trajectory = np.empty((n_steps + 1, *w.shape), w.dtype)
    trajectory[0], state = w, optimizer.init(w)
    with np.errstate(over="ignore", invalid="ignore"):
        for t in range(n_steps):
            w, state = optimizer.step(w, state, grad, float(gamma(t)))
            trajectory[t + 1] = w
    return trajectory


def as_optimizer(optimizer):
    """Return it if it is an Optimizer; raise ValueError if not, say for `momentum` without ().

    >>> as_optimizer(print)
    Traceback (most recent call last):
    ValueError: optimizer is <built-in function print>, expected an Optimizer:
    write momentum(), with brackets, not momentum
    """
    if not isinstance(optimizer, Optimizer):
        hint = "write momentum(), with brackets, not momentum"
        raise ValueError(f"optimizer is {optimizer!r:.60}, expected an Optimizer: {hint}")
    return optimizer

"""Learning-rate schedules: a schedule is a function of the step t = 0, 1, 2 … that returns γ_t.

γ is the learning rate. t counts *updates* from 0, so γ_0 is the rate of the first one; a schedule
in epochs needs t = epoch · (updates an epoch). Schedules return Python floats, so that float32
weights stay float32. "Variable learning rates" of the lecture; the libraries' names stand in
each docstring (PyTorch 2.13 counts calls of scheduler.step(), Keras 3 counts updates).
"""

import math
from bisect import bisect_left, bisect_right
from itertools import pairwise

from mlcourse_utils.validate import as_floats, count, fraction, nonnegative, positive


def constant(gamma0):
    """γ_t = γ₀. Raises ValueError unless γ₀ > 0.

    >>> constant(0.1)(1000)
    0.1
    """
    gamma0 = float(positive(gamma0, "gamma0"))
    return lambda t: gamma0


def step_decay(gamma0, factor=0.5, every=100):
    """γ_t = γ₀ · factor^⌊t / every⌋: a staircase, the transcript's "every 100 steps we halve it".

    Parameters
    ----------
    gamma0 : float
        First rate, > 0.
    factor : float
        What remains of the rate after a drop, in [0, 1).
    every : int
        Updates from one drop to the next; the first drop is at t = every.

    Equal to PyTorch's StepLR(step_size=every, gamma=factor) and to Keras' ExponentialDecay with
    staircase=True. Raises ValueError for numbers outside these ranges.

    >>> gamma = step_decay(1.0, factor=0.5, every=3)
    >>> [gamma(t) for t in range(8)]
    [1.0, 1.0, 1.0, 0.5, 0.5, 0.5, 0.25, 0.25]
    """
    gamma0, every = positive(gamma0, "gamma0"), count(every, "every")
    factor = fraction(factor, "factor", hint="it multiplies: to halve the rate write 0.5")
    return lambda t: float(gamma0 * factor ** (t // every))


def exponential_decay(gamma0, k):
    """γ_t = γ₀ e^(−kt). Raises ValueError unless γ₀ > 0 and k ≥ 0.

    PyTorch's ExponentialLR(gamma=r) has k = −ln r; Keras' ExponentialDecay(decay_steps=n,
    decay_rate=r) has k = −ln(r) / n.

    >>> halving = exponential_decay(8.0, k=math.log(2))
    >>> [round(halving(t), 12) for t in range(4)]
    [8.0, 4.0, 2.0, 1.0]
    """
    gamma0, k = positive(gamma0, "gamma0"), nonnegative(k, "k")
    return lambda t: float(gamma0 * math.exp(-k * t))


def inverse_time_decay(gamma0, k):
    """γ_t = γ₀ / (1 + kt). Raises ValueError unless γ₀ > 0 and k ≥ 0.

    The `decay` argument of Keras 2.0's optimizers and `lr_decay` of PyTorch's Adagrad are this
    schedule with k = decay (they count updates); Keras 3 has InverseTimeDecay(decay_steps=1).

    >>> gamma = inverse_time_decay(1.0, k=1.0)
    >>> [gamma(t) for t in (0, 1, 3, 99)]
    [1.0, 0.5, 0.25, 0.01]
    """
    gamma0, k = positive(gamma0, "gamma0"), nonnegative(k, "k")
    return lambda t: float(gamma0 / (1 + k * t))


def piecewise(values, boundaries, inclusive=False):
    """γ_t = values[i], where i counts the boundaries that t has reached.

    Parameters
    ----------
    values : sequence of float
        The rates, each > 0, one more than there are boundaries.
    boundaries : sequence of int
        Steps, increasing.
    inclusive : bool
        False: the step t = boundary already has the new rate (PyTorch's MultiStepLR).
        True: it still has the old one (Keras' PiecewiseConstantDecay).

    Raises ValueError if the lengths do not fit, a rate is not positive or the boundaries do not
    increase.

    >>> pytorch = piecewise([1.0, 0.1, 0.01], [3, 5])
    >>> keras = piecewise([1.0, 0.1, 0.01], [3, 5], inclusive=True)
    >>> [pytorch(t) for t in range(7)]
    [1.0, 1.0, 1.0, 0.1, 0.1, 0.01, 0.01]
    >>> [keras(t) for t in range(7)]
    [1.0, 1.0, 1.0, 1.0, 0.1, 0.1, 0.01]
    """
    boundaries = as_floats(boundaries, "boundaries", ("n",)).tolist()
    fits = (len(boundaries) + 1,)
    values = as_floats(values, "values", fits, hint="one rate more than boundaries").tolist()
    for value in values:
        positive(value, "a rate in values")
    if any(after <= before for before, after in pairwise(boundaries)):
        raise ValueError(f"boundaries is {boundaries}, expected increasing steps: sort them")
    reached = bisect_left if inclusive else bisect_right
    return lambda t: values[reached(boundaries, t)]


def warmup(schedule, n_steps):
    """γ_t = schedule(t) · min(1, (t + 1) / n_steps): a straight ramp, never a step of length 0.

    `schedule` may be a number. The full rate is reached at t = n_steps − 1. PyTorch's
    LinearLR(start_factor=1/n, total_iters=n − 1). Raises ValueError unless n_steps ≥ 1.

    >>> gamma = warmup(1.0, n_steps=4)
    >>> [gamma(t) for t in range(6)]
    [0.25, 0.5, 0.75, 1.0, 1.0, 1.0]
    """
    schedule, n_steps = as_schedule(schedule), count(n_steps, "n_steps")
    return lambda t: float(schedule(t) * min(1, (t + 1) / n_steps))


def cosine(gamma0, n_steps):
    """γ_t = ½ γ₀ (1 + cos(π t / n_steps)) until t = n_steps, then 0.

    Loshchilov and Hutter 2017 without restarts; Keras' CosineDecay(decay_steps=n_steps), and
    PyTorch's CosineAnnealingLR(T_max=n_steps) as long as t ≤ n_steps (then that one rises
    again). Raises ValueError unless γ₀ > 0 and n_steps ≥ 1.

    >>> gamma = cosine(1.0, n_steps=4)
    >>> [round(gamma(t), 4) for t in (0, 1, 2, 3, 4, 5)]
    [1.0, 0.8536, 0.5, 0.1464, 0.0, 0.0]
    """
    gamma0, n_steps = positive(gamma0, "gamma0"), count(n_steps, "n_steps")
    return lambda t: float(gamma0 * (1 + math.cos(math.pi * min(1, t / n_steps))) / 2)


def as_schedule(gamma):
    """Return gamma itself if it is a schedule, or constant(gamma) if it is a number.

    Raises ValueError if it is neither, or a number that is not positive.

    >>> as_schedule(0.1)(7)
    0.1
    """
    if callable(gamma):
        return gamma
    hint = "the learning rate is a positive number or a schedule, a function of the step t"
    return constant(positive(gamma, "gamma", hint=hint))


class ManualSchedule:
    """The babysitter: γ_t is whatever the rate is set to while the training runs.

    `.set(gamma)` turns the knob, `.gamma` reads it. Calling the schedule with t is using the
    rate: it writes down in `.log` each (t, γ) at which the rate in use changed. A run that starts
    again at an earlier t rewrites the log from there. `.replay()` returns an ordinary schedule
    that repeats the log.

    Raises ValueError for a rate that is not positive, and when there is nothing to replay.

    >>> knob = ManualSchedule(1.0)
    >>> used = [knob(0), knob(1)]
    >>> knob.set(0.5)
    >>> knob(2)
    0.5
    >>> knob.log
    [(0, 1.0), (2, 0.5)]
    >>> [knob.replay()(t) for t in range(4)]
    [1.0, 1.0, 0.5, 0.5]
    """

    def __init__(self, gamma0):
        self.log = []
        self.set(gamma0)

    def set(self, gamma):
        """Use γ from the next step on."""
        self.gamma = float(positive(gamma, "gamma"))

    def __call__(self, t):
        """Return the rate now set, and log it if it is another than before."""
        self.log = [(s, gamma) for s, gamma in self.log if s < t]
        if not self.log or self.log[-1][1] != self.gamma:
            self.log.append((t, self.gamma))
        return self.gamma

    def replay(self):
        """Return the logged rates as a schedule: γ_t is what was in use at step t."""
        if not self.log:
            raise ValueError("the log is empty, expected at least one step: train with it first")
        steps, values = zip(*self.log, strict=True)
        return piecewise(values, steps[1:])

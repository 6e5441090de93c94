"""Is a gradient right? Compare it with central differences.

    ∂f/∂w_i ≈ (f(w + h u_i) − f(w − h u_i)) / 2h,      u_i the i-th unit vector

h is the width of the difference here, not a unit's weighted input. The formula errs by
h²/6 · f‴, and rounding by about ε|f|/h with ε = 2.2e-16: together least near h = 1e-5. The
one-sided (f(w + h u_i) − f(w))/h errs by h/2 · f″, some hundred thousand times as much.
"""

import numpy as np

from mlcourse_utils.validate import as_floats, positive


def numerical_gradient(f, w, h=1e-5):
    """Central differences of f at w, one entry after another: 2 calls of f an entry.

    Parameters
    ----------
    f : callable
        Takes an array shaped as w, returns one number.
    w : array
        Any shape; left untouched. Computed in float64, for in float32 rounding wins.
    h : float
        The step, in the units of w.

    Returns
    -------
    array shaped as w

    Raises
    ------
    ValueError
        if f does not return one finite number, or h ≤ 0.

    >>> numerical_gradient(lambda w: w[0] ** 2 + 3 * w[1], [2.0, 1.0]).round(6)
    array([4., 3.])
    """
    w = as_floats(w, "w").astype(np.float64)  # a copy, moved to and fro below
    positive(h, "h")
    gradient = np.empty_like(w)
    for i in np.ndindex(w.shape):
        w_i = w[i]
        w[i] = w_i + h
        above = _number(f(w))
        w[i] = w_i - h
        below = _number(f(w))
        w[i] = w_i
        gradient[i] = (above - below) / (2 * h)
    return gradient


def check_gradient(f, grad, w, rtol=1e-6):
    """Raise AssertionError where grad(w) is not the gradient of f at w; both sides are printed.

    An entry passes if |grad − central| ≤ rtol·max(|grad|, |central|) + 1e-9·max(1, |f(w)|);
    the last term allows for the rounding of the differences themselves.

    Parameters
    ----------
    f, grad : callable
        f(w) is a number, grad(w) an array shaped as w.
    w : array
        Where to look. Choose it at random: at a kink of ReLU, or where the gradient is 0,
        a wrong formula can look right.
    rtol : float
        The relative error that is let pass.

    >>> check_gradient(lambda w: np.sum(w**2), lambda w: 2 * w, [1.0, 3.0])
    >>> check_gradient(lambda w: np.sum(w**2), lambda w: w, [1.0, 3.0])
    Traceback (most recent call last):
    AssertionError: gradient wrong in 2 of 2 entries, worst in [1]: grad gives 3,
    central differences 6 (ratio 0.5)
    """
    w = as_floats(w, "w")
    positive(rtol, "rtol")
    central = numerical_gradient(f, w)
    got = as_floats(grad(w), "grad(w)", w.shape, hint="a gradient has the shape of w")
    allowed = rtol * np.maximum(abs(got), abs(central)) + 1e-9 * max(1, abs(_number(f(w))))
    excess = abs(got - central) - allowed
    if (excess > 0).any():
        i = np.unravel_index(np.argmax(excess), w.shape)
        ratio = f" (ratio {got[i] / central[i]:.6g})" if central[i] else ""
        raise AssertionError(
            f"gradient wrong in {np.sum(excess > 0)} of {w.size} entries, worst in "
            f"{[int(k) for k in i]}: grad gives {got[i]:.9g}, "
            f"central differences {central[i]:.9g}{ratio}"
        )


def _number(value):
    if np.shape(value) != () or not np.isfinite(value):
        raise ValueError(f"f(w) is {value!r:.60}, expected one finite number: sum or average it")
    return float(value)

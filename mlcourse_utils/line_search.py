"""How far to go along a direction that leads down: a step length by Wolfe's conditions.

f is the function to be minimised, p the direction, φ(α) = f(w + αp) what f is along it, and
φ'(α) = ∇f(w + αp)·p its slope there.
"""

import numpy as np


def wolfe_step(f, grad, w, p, alpha=1.0, sigma=0.9):
    """α with φ(α) ≤ φ(0) + 10⁻⁴ α φ'(0), low enough, and |φ'(α)| ≤ σ |φ'(0)|, flat enough.

    Parameters
    ----------
    f, grad : callable
        f(w), a number, and ∇f(w), shape (n,).
    w, p : array, shape (n,)
        Where to start, and a direction with ∇f(w)·p < 0.
    alpha : float
        First guess, > 0. Further ones come from the secant through two slopes, which finds
        the minimum of a quadratic at once, or from halving.
    sigma : float
        σ in (0, 1): the smaller, the nearer to the minimum along p, and the dearer.

    Raises
    ------
    ValueError
        if 60 guesses do not find one: grad is not ∇f, f has no minimum along p, or the
        rounding of f hides it.

    Wolfe 1969; Nocedal and Wright, "Numerical Optimization", chapter 3.

    >>> wolfe_step(lambda w: w @ w, lambda w: 2 * w, np.array([2.0]), np.array([-1.0]), sigma=0.1)
    2.0
    """
    f0, slope0 = f(w), grad(w) @ p
    lo, hi, slope_lo = 0.0, np.inf, slope0
    with np.errstate(over="ignore", invalid="ignore"):  # a guess may go much too far
        for _ in range(60):
            slope = grad(w + alpha * p) @ p
            low = f(w + alpha * p) <= f0 + 1e-4 * alpha * slope0 + 1e-15 * abs(f0)
            if low and abs(slope) <= sigma * abs(slope0):
                return alpha
            rises = slope > slope_lo
            secant = lo + (alpha - lo) * slope_lo / (slope_lo - slope) if rises else np.inf
            if low and slope < 0:
                lo, slope_lo = alpha, slope
            else:
                hi = alpha
            alpha = float(_inside(secant, lo, hi))
    raise ValueError(
        f"no step along p is low and flat enough, f(w) is {f0:.6g}, expected one: check grad with "
        "check_gradient; if it is right, f has no minimum along p, or tol is below f's rounding"
    )


def _inside(secant, lo, hi):
    """The secant's α if it lies well between lo and hi, or else the middle."""
    if hi == np.inf:
        return np.clip(secant, 1.1 * lo, 10 * lo)
    margin = 0.05 * (hi - lo)
    return secant if lo + margin < secant < hi - margin else (lo + hi) / 2

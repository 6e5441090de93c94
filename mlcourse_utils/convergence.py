"""How fast descent with memory shrinks one direction of a quadratic: derived, and measured.

γ is the learning rate, η the momentum, λ ("curvature") the second derivative of ½λw² along the
direction. A *rate* r is what |w| is multiplied by a step in the long run: below 1 it converges,
and the smaller the faster. The rules are those of the slides "Momentum" and "Nesterov
acceleration"; η = 0 is gradient descent in both.
"""

import numpy as np

from mlcourse_utils.validate import as_floats


def heavy_ball_rate(gamma, eta, curvature):
    """Larger root, in absolute value, of r² − (1 + η − γλ) r + η = 0.

    v ← ηv + γλw, w ← w − v is the recursion w_{t+1} = (1 + η − γλ) w_t − η w_{t−1}. Where its
    roots are complex the rate is √η, whatever λ is (Polyak 1964).

    Parameters
    ----------
    gamma, eta, curvature : float or arrays that broadcast
        γ > 0, η ≥ 0, λ ≥ 0.

    Returns
    -------
    rate, of the shape to which the three broadcast; above 1 the descent diverges

    Raises
    ------
    ValueError
        if one of them is not a finite number.

    >>> float(heavy_ball_rate(0.25, 0.25, 4.0))
    0.5
    >>> float(heavy_ball_rate(0.25, 0.0, 1.0))  # gradient descent: |1 − γλ|
    0.75
    """
    gamma, eta, curvature = _floats(gamma, eta, curvature)
    return _largest_root(1 + eta - gamma * curvature, eta)


def nesterov_rate(gamma, eta, curvature):
    """Larger root, in absolute value, of r² − (1 + η)(1 − γλ) r + η (1 − γλ) = 0.

    v ← ηv + γλ(w − ηv) = η(1 − γλ)v + γλw: a heavy ball whose memory η(1 − γλ) fades where it
    is steep (Nesterov 1983; Sutskever et al. 2013). Arguments, result and errors are those of
    `heavy_ball_rate`.

    >>> float(nesterov_rate(0.25, 0.5, 4.0))  # γ = 1/λ: gone in one step
    0.0
    >>> float(nesterov_rate(0.25, 0.0, 1.0))
    0.75
    """
    gamma, eta, curvature = _floats(gamma, eta, curvature)
    shrink = 1 - gamma * curvature
    return _largest_root((1 + eta) * shrink, eta * shrink)


def measured_rate(sizes):
    """Fit |w_t| ≈ c rᵗ through the envelope of `sizes`, shape (n_steps + 1,), and return r.

    The envelope at t is the largest |w_s| still to come, s ≥ t: swinging through zero does not
    count as arriving. Its last quarter is left out, where little is still to come. Raises
    ValueError if there are fewer than 8 sizes, or the direction is at zero before that quarter.

    >>> print(round(measured_rate(10 * 0.5 ** np.arange(12)), 10))
    0.5
    """
    sizes = np.abs(as_floats(sizes, "sizes", ("n_steps + 1",)))
    envelope = np.maximum.accumulate(sizes[::-1])[::-1][: 3 * len(sizes) // 4]
    if len(sizes) < 8 or envelope[-1] == 0:
        got = f"{len(sizes)} sizes" if len(sizes) < 8 else "a direction that has arrived at 0"
        raise ValueError(f"measured_rate got {got}, expected at least 8 sizes that still shrink")
    slope, _ = np.polyfit(np.arange(len(envelope)), np.log(envelope), 1)
    return float(np.exp(slope))


def steps_to(trajectory, factor):
    """First step t at which ‖w_t‖ ≤ factor · ‖w_0‖, for a minimum at 0; None if there is none.

    `trajectory` has shape (n_steps + 1, n_weights). Raises ValueError for another shape.

    >>> steps_to([[8.0], [4.0], [2.0], [1.0]], 0.25)
    2
    """
    trajectory = as_floats(trajectory, "trajectory", ("n_steps + 1", "n_weights"))
    distance = np.linalg.norm(trajectory, axis=1)
    there = distance <= factor * distance[0]
    return int(np.argmax(there)) if there.any() else None


def _floats(gamma, eta, curvature):
    return as_floats(gamma, "gamma"), as_floats(eta, "eta"), as_floats(curvature, "curvature")


def _largest_root(b, c):
    """Largest |r| with r² − b r + c = 0."""
    discriminant = b**2 - 4 * c
    real = (np.abs(b) + np.sqrt(np.maximum(discriminant, 0))) / 2
    return np.where(discriminant < 0, np.sqrt(np.abs(c)), real)[()]

"""Descent that knows the curvature: Newton, conjugate gradients, L-BFGS.

f is the function to be minimised, ∇f its gradient, H its Hessian, γ the learning rate, p the
direction of a step, κ the condition number. Each returns its trajectory, a row a step, from the
start on. All take w as a vector; `network.flatten` makes one of a network's weights.
"""

from collections import deque

import numpy as np

from mlcourse_utils.line_search import wolfe_step
from mlcourse_utils.schedules import as_schedule
from mlcourse_utils.validate import as_floats, count, positive, returning


def newton(grad, hessian, w, n_steps, gamma=1.0):
    """w ← w − γ H(w)⁻¹ ∇f(w), by solving H p = ∇f, never by inverting H.

    Parameters
    ----------
    grad, hessian : callable
        ∇f(w), shape (n,), and H(w), shape (n, n).
    w : array, shape (n,)
        Where to start.
    n_steps : int
        How many steps, ≥ 0.
    gamma : float or schedule
        1 is Newton's own step: on a quadratic it arrives at once.

    Returns
    -------
    array, shape (n_steps + 1, n)

    Raises
    ------
    ValueError
        for wrong shapes, a rate that is not positive, or where H is singular.

    The slide "Gradient descent vs Newton". Costs O(n³) a step; finds saddles as gladly as minima.

    >>> newton(lambda w: w**3, lambda w: np.diag(3 * w**2), [27.0], n_steps=3)  # w ← ⅔ w
    array([[27.],
           [18.],
           [12.],
           [ 8.]])
    """
    w, gamma, n_steps = _vector(w, "w"), as_schedule(gamma), count(n_steps, "n_steps", least=0)
    grad, hessian = returning(grad, "grad", w.shape), returning(hessian, "hessian", w.shape * 2)
    trajectory = [w]
    with np.errstate(over="ignore", invalid="ignore"):  # far from the minimum it may diverge
        for t in range(n_steps):
            w = w - float(gamma(t)) * _solve(hessian(w), grad(w), t)
            trajectory.append(w)
    return np.array(trajectory)


def conjugate_gradient(A, b, x0=None, tol=1e-10):
    """Solve A x = b for symmetric positive definite A, that is minimise ½ xᵀA x − bᵀx.

    r = b − A x,  x ← x + α p with α = rᵀr / pᵀA p,  p ← r + β p with β = r'ᵀr' / rᵀr.

    Parameters
    ----------
    A : array, shape (n, n)
        Used only in products A p: it is never inverted.
    b, x0 : array, shape (n,)
        Right-hand side, and where to start (0 if left out).
    tol : float
        Stop when ‖r‖ ≤ tol · ‖b‖.

    Returns
    -------
    array, shape (k + 1, n)
        x after 0, 1 … k steps; the solution is the last row. In exact arithmetic k is at most
        the number of *distinct* eigenvalues of A.

    Raises
    ------
    ValueError
        for wrong shapes, A not symmetric or not positive definite, or if rounding keeps r
        above tol for 10 n steps.

    Hestenes and Stiefel 1952.

    >>> conjugate_gradient([[2, 0], [0, 2]], [2, 4])  # one eigenvalue, one step
    array([[0., 0.],
           [1., 2.]])
    """
    b, tol = _vector(b, "b"), positive(tol, "tol")
    n = len(b)
    A = as_floats(A, "A", (n, n), hint="one row and one column for each entry of b")
    if not np.allclose(A, A.T):
        raise ValueError("A is not symmetric, expected A = Aᵀ: try the normal equations, AᵀA, Aᵀb")
    x = np.zeros_like(b) if x0 is None else as_floats(x0, "x0", (n,))
    r = b - A @ x
    p, trajectory = r, [x]
    while np.linalg.norm(r) > tol * np.linalg.norm(b):
        Ap = A @ p
        if p @ Ap <= 0:
            raise ValueError(f"pᵀA p is {p @ Ap:.3g}, expected > 0: A is not positive definite")
        if len(trajectory) > 10 * n:
            raise ValueError(f"no solution to tol {tol} in {10 * n} steps: try a larger tol")
        alpha = r @ r / (p @ Ap)
        x = x + alpha * p
        r, r_old = r - alpha * Ap, r
        p = r + (r @ r) / (r_old @ r_old) * p
        trajectory.append(x)
    return np.array(trajectory)


def nonlinear_cg(f, grad, w, n_steps, tol=1e-8):
    """w ← w + α p,  p ← −g + β p with β = max(0, gᵀ(g − g_old) / g_oldᵀg_old), g = ∇f(w).

    Parameters
    ----------
    f, grad : callable
        f(w), a number, and ∇f(w), shape (n,).
    w : array, shape (n,)
        Where to start.
    n_steps : int
        At most so many steps, ≥ 0.
    tol : float
        Stop when no entry of g is larger.

    Returns
    -------
    array, shape (k + 1, n), k ≤ n_steps

    Raises
    ------
    ValueError
        for wrong shapes, or where no step along p leads down: grad is not ∇f, or f has no
        minimum there.

    Polak and Ribière 1969; β < 0, or a p that would not lead down, starts again from −g. α is
    found by a line search that asks for a tenth of the slope, so that on a quadratic this is
    `conjugate_gradient`.

    >>> path = nonlinear_cg(lambda w: w @ w, lambda w: 2 * w, [3.0, 4.0], n_steps=9)
    >>> path
    array([[3., 4.],
           [0., 0.]])
    """
    f, grad, w, n_steps, tol = _start(f, grad, w, n_steps, tol)
    g, alpha, trajectory = grad(w), 1.0, [w]
    p = -g
    while len(trajectory) <= n_steps and np.abs(g).max() > tol:
        alpha = wolfe_step(f, grad, w, p, alpha, sigma=0.1)
        w = w + alpha * p
        g, g_old = grad(w), g
        beta = max(0.0, g @ (g - g_old) / (g_old @ g_old))
        p = -g + beta * p
        p = p if p @ g < 0 else -g
        trajectory.append(w)
    return np.array(trajectory)


def lbfgs(f, grad, w, n_steps, memory=10, tol=1e-8):
    """w ← w − α B g, where B g ≈ H⁻¹ g is built from the last `memory` steps (`two_loop`).

    Parameters
    ----------
    f, grad, w, n_steps, tol
        As for `nonlinear_cg`, and so are the trajectory and the errors.
    memory : int
        How many pairs (s, y) are kept, ≥ 1: 2·memory vectors in place of an n × n matrix.

    Nocedal 1980. The line search makes sᵀy > 0, without which B would not lead down.

    >>> lbfgs(lambda w: w @ w, lambda w: 2 * w, [4.0], n_steps=9)
    array([[4.],
           [3.],
           [0.]])
    """
    f, grad, w, n_steps, tol = _start(f, grad, w, n_steps, tol)
    g, trajectory = grad(w), [w]
    pairs = deque(maxlen=count(memory, "memory"))
    while len(trajectory) <= n_steps and np.abs(g).max() > tol:
        p = -two_loop(g, pairs)
        guess = 1.0 if pairs else 1 / np.linalg.norm(g)
        s = wolfe_step(f, grad, w, p, guess, sigma=0.9) * p
        w = w + s
        g, g_old = grad(w), g
        pairs.append((s, g - g_old))
        trajectory.append(w)
    return np.array(trajectory)


def two_loop(g, pairs):
    """B g, where B fulfils B y = s for the newest pair and is otherwise nearest to the older ones.

    `g` has shape (n,); `pairs` is a sequence of (s, y), oldest first, with s = w_new − w_old and
    y = g_new − g_old, both of shape (n,), sᵀy > 0. Without pairs B g is g. Nocedal 1980.

    >>> two_loop(np.array([6.0]), [(np.array([1.0]), np.array([3.0]))])  # H = y/s = 3
    array([2.])
    """
    q, alphas = g, []
    for s, y in reversed(pairs):
        alphas.append(s @ q / (s @ y))
        q = q - alphas[-1] * y
    if pairs:
        s, y = pairs[-1]
        q = (s @ y) / (y @ y) * q
    for (s, y), alpha in zip(pairs, reversed(alphas), strict=True):
        q = q + (alpha - y @ q / (s @ y)) * s
    return q


def _solve(H, g, t):
    try:
        return np.linalg.solve(H, g)
    except np.linalg.LinAlgError:
        hint = "start nearer to the minimum, or try H + μI with a small μ > 0"
        raise ValueError(f"H(w) is singular at step {t}, expected invertible: {hint}") from None


def _start(f, grad, w, n_steps, tol):
    w, n_steps = _vector(w, "w"), count(n_steps, "n_steps", least=0)
    f, grad = returning(f, "f", ()), returning(grad, "grad", w.shape)
    return f, grad, w, n_steps, positive(tol, "tol")


def _vector(x, name):
    return as_floats(x, name, ("n",), hint="np.atleast_1d makes a vector of a number")

"""A step by Wolfe's conditions against the conditions themselves."""

import numpy as np
import pytest

from mlcourse_utils.line_search import wolfe_step

START = np.array([-1.2, 1.0])


def rosenbrock(w):
    return 100 * (w[1] - w[0] ** 2) ** 2 + (1 - w[0]) ** 2


def rosenbrock_grad(w):
    return np.array([-400 * w[0] * (w[1] - w[0] ** 2) - 2 * (1 - w[0]), 200 * (w[1] - w[0] ** 2)])


@pytest.mark.parametrize("sigma", [0.9, 0.1, 1e-3])
@pytest.mark.parametrize("guess", [1e-6, 1.0, 1e3])
def test_a_wolfe_step_is_low_and_flat_enough(sigma, guess):
    p = -rosenbrock_grad(START)
    alpha = wolfe_step(rosenbrock, rosenbrock_grad, START, p, guess, sigma)
    slope, slope0 = rosenbrock_grad(START + alpha * p) @ p, -p @ p
    assert rosenbrock(START + alpha * p) <= rosenbrock(START) + 1e-4 * alpha * slope0
    assert abs(slope) <= sigma * abs(slope0)


@pytest.mark.parametrize(("depth", "accepted"), [(5e-3, True), (5e-5, False)])
def test_a_flat_place_is_taken_if_f_has_fallen_a_ten_thousandth_of_what_the_slope_promised(
    depth, accepted
):
    """φ(0) = 0, φ'(0) = −1, φ(1) = −depth, φ'(1) = 0: the guess 1 is flat, but is it low?"""

    def phi(a):
        return (-a * (1 - a) ** 2 - depth * a**2 * (3 - 2 * a)).item()

    def slope(a):
        return -(1 - a) * (1 - 3 * a) - 6 * depth * a * (1 - a)

    alpha = wolfe_step(phi, slope, np.zeros(1), np.ones(1), alpha=1.0, sigma=0.01)
    assert (alpha == 1.0) is accepted
    assert phi(np.array([alpha])) <= -1e-4 * alpha

import numpy as np
import pytest

from mlcourse_utils.activations import identity, tanh
from mlcourse_utils.gradcheck import check_gradient, numerical_gradient
from mlcourse_utils.losses import squared_error
from mlcourse_utils.network import backward, flatten, forward, init

W = np.array([[1.0, -2.0, 0.5], [0.0, 3.0, 1e-3]])


def cubes(w):
    return np.sum(w**3)


def cubes_prime(w):
    return 3 * w**2


def forward_difference(f, w, h):
    return np.array([(f(w + h * u) - f(w)) / h for u in np.eye(len(w))])


def test_central_differences_have_the_closed_forms_error():
    """(f(w + h) − f(w − h)) / 2h of w³ is 3w² + h²."""
    np.testing.assert_allclose(numerical_gradient(cubes, W, h=0.1), 3 * W**2 + 0.01, rtol=1e-11)


def test_numerical_gradient_leaves_w_untouched():
    w = W.copy()
    numerical_gradient(cubes, w)
    np.testing.assert_array_equal(w, W)


def test_float32_weights_are_checked_in_float64():
    w = W.astype(np.float32)
    np.testing.assert_allclose(numerical_gradient(cubes, w), cubes_prime(W), atol=1e-7)


@pytest.mark.parametrize("seed", [0, 4, 5])
def test_central_beats_forward_100000_times_and_a_tiny_step_spoils_both(seed):
    """Lecture 07, on a 3-4-4-1 net, worst entry: central 1e-11, forward 5e-6 at h = 1e-5."""
    rng = np.random.default_rng(seed)
    gs, x, y = [tanh, tanh, identity], rng.normal(size=(5, 3)), rng.normal(size=(5, 1))
    params = init((3, 4, 4, 1), seed)
    theta, unflatten = flatten(params)

    def f(theta):
        return squared_error.value(forward(unflatten(theta), gs, x)[1][-1], y)

    exact = flatten(backward(params, gs, *forward(params, gs, x), y, squared_error))[0]

    def error(gradient):
        return np.max(np.abs(gradient - exact))

    central = {h: error(numerical_gradient(f, theta, h)) for h in (1e-5, 1e-11)}
    one_sided = {h: error(forward_difference(f, theta, h)) for h in (1e-5, 1e-11)}
    assert np.linalg.norm(exact) > 0.1
    assert central[1e-5] < 2e-10
    assert 3e-6 < one_sided[1e-5] < 1e-5
    assert central[1e-5] < 1e-4 * one_sided[1e-5]
    assert central[1e-11] > 1e4 * central[1e-5]
    assert one_sided[1e-11] > one_sided[1e-5]


def test_a_right_gradient_passes():
    check_gradient(cubes, cubes_prime, W)
    check_gradient(lambda w: 1e6 * np.sum(w**2), lambda w: 2e6 * w, W)
    check_gradient(lambda w: 1e6 + np.sum(w**2), lambda w: 2 * w, W)
    check_gradient(cubes, cubes_prime, np.zeros(3))


@pytest.mark.parametrize(
    "wrong", [lambda w: -3 * w**2, lambda w: w**2, lambda w: 3 * w**2 + 1e-4, np.zeros_like]
)
def test_a_wrong_gradient_is_refused(wrong):
    with pytest.raises(AssertionError, match="gradient wrong in"):
        check_gradient(cubes, wrong, W)


def test_the_complaint_prints_both_sides_of_the_worst_entry():
    def forgets_one(w):
        return np.where(w == 3, 9, cubes_prime(w))

    message = r"1 of 6 entries, worst in \[1, 1\]: grad gives 9, central differences 27.*0\.333"
    with pytest.raises(AssertionError, match=message):
        check_gradient(cubes, forgets_one, W)


def test_rtol_is_what_is_let_pass():
    check_gradient(cubes, lambda w: 3.03 * w**2, W, rtol=0.011)
    with pytest.raises(AssertionError, match=r"ratio 1\.01"):
        check_gradient(cubes, lambda w: 3.03 * w**2, W, rtol=0.009)


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match="expected one finite number"):
        numerical_gradient(cubes_prime, W)
    with pytest.raises(ValueError, match="expected one finite number"):
        numerical_gradient(lambda w: np.nan, W)
    with pytest.raises(ValueError, match="h is 0"):
        numerical_gradient(cubes, W, h=0)
    with pytest.raises(ValueError, match=r"grad\(w\) has shape \(3,\), expected \(2, 3\)"):
        check_gradient(cubes, lambda w: w[0], W)
    with pytest.raises(ValueError, match="rtol is -1"):
        check_gradient(cubes, cubes_prime, W, rtol=-1)

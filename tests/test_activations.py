import numpy as np
import pytest
from scipy.special import expit

from mlcourse_utils.activations import identity, relu, sigmoid, tanh
from mlcourse_utils.gradcheck import numerical_gradient

ALL = {"identity": identity, "relu": relu, "sigmoid": sigmoid, "tanh": tanh}
h = np.array([[-3.0, -0.7, -1e-3], [0.2, 1.1, 4.0]])  # off the kink of relu


@pytest.mark.parametrize("activation", ALL.values(), ids=ALL)
def test_prime_is_the_derivative_of_g(activation):
    each = numerical_gradient(lambda h: activation.g(h).sum(), h)
    np.testing.assert_allclose(activation.prime(h), each, rtol=1e-8, atol=1e-10)


def test_values_are_the_closed_forms():
    np.testing.assert_array_equal(identity.g(h), h)
    np.testing.assert_array_equal(relu.g(h), [[0, 0, 0], [0.2, 1.1, 4]])
    np.testing.assert_allclose(sigmoid.g(h), expit(h), rtol=1e-15)
    np.testing.assert_allclose(tanh.g(h), 2 * expit(2 * h) - 1, atol=1e-15)


def test_relu_has_slope_zero_at_its_kink():
    np.testing.assert_array_equal(relu.prime([-1, 0, 1]), [0.0, 0.0, 1.0])


def test_sigmoid_keeps_its_digits_far_out_and_never_overflows():
    assert sigmoid.g(-700.0) == pytest.approx(np.exp(-700), rel=1e-14, abs=0)
    assert sigmoid.prime(50.0) == pytest.approx(np.exp(-50), rel=1e-14, abs=0)  # s (1 − s) gives 0
    np.testing.assert_array_equal(sigmoid.g([-1e308, 1e308]), [0, 1])


@pytest.mark.parametrize("activation", ALL.values(), ids=ALL)
def test_float32_stays_float32_and_whole_numbers_become_float64(activation):
    for f in activation:
        assert f(h.astype(np.float32)).dtype == np.float32
        assert np.asarray(f([1, 2])).dtype == np.float64
        assert np.shape(f(0.5)) == ()

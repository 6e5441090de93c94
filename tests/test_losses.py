import numpy as np
import pytest
from scipy.special import log_softmax as scipy_log_softmax
from scipy.special import softmax as scipy_softmax

from mlcourse_utils.gradcheck import numerical_gradient
from mlcourse_utils.losses import one_hot, softmax, softmax_cross_entropy, squared_error

LOSSES = {"squared error": squared_error, "cross-entropy": softmax_cross_entropy}
rng = np.random.default_rng(0)
p = rng.normal(size=(5, 3))
y = one_hot([0, 2, 1, 1, 0], 3)


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_prime_over_the_batch_size_is_the_gradient_of_value(loss):
    central = numerical_gradient(lambda p: loss.value(p, y), p)
    np.testing.assert_allclose(loss.prime(p, y) / len(p), central, rtol=1e-8, atol=1e-11)


def test_squared_error_by_hand():
    """½(1² + 2²) and ½(3² + 0²), and their mean."""
    p, y = [[1.0, 2.0], [3.0, 4.0]], [[0.0, 0.0], [0.0, 4.0]]
    assert squared_error.value(p, y) == (2.5 + 4.5) / 2
    np.testing.assert_array_equal(squared_error.prime(p, y), [[1, 2], [3, 0]])


def test_cross_entropy_agrees_with_scipy_for_labels_and_for_probabilities():
    for target in (y, rng.dirichlet(np.ones(3), size=5)):
        expected = -np.mean(np.sum(target * scipy_log_softmax(p, axis=1), axis=1))
        assert softmax_cross_entropy.value(p, target) == pytest.approx(expected, rel=1e-14)
    np.testing.assert_allclose(softmax(p), scipy_softmax(p, axis=1), rtol=1e-14)


def test_guessing_among_ten_costs_ln_10():
    assert softmax_cross_entropy.value(np.zeros((4, 10)), one_hot([0, 3, 9, 9], 10)) == (
        pytest.approx(np.log(10), rel=1e-15)
    )


def test_cross_entropy_survives_logits_that_would_overflow():
    h = np.array([[1e4, 0.0, -1e4]])
    assert softmax_cross_entropy.value(h, one_hot([0], 3)) == 0
    assert softmax_cross_entropy.value(h, one_hot([2], 3)) == 2e4
    np.testing.assert_array_equal(softmax(h), [[1, 0, 0]])


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_float64_targets_leave_float32_outputs_in_float32(loss):
    assert loss.prime(p.astype(np.float32), y).dtype == np.float32


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
@pytest.mark.parametrize("wrong", [y[:, 0], y[:, :1], y[:1], np.array([0, 2, 1, 1, 0])])
def test_nothing_is_broadcast(loss, wrong):
    for f in loss:
        with pytest.raises(ValueError, match=r"p has shape \(5, 3\) and y .*one_hot"):
            f(p, wrong)


@pytest.mark.parametrize(("labels", "named"), [([0, 3], "3"), ([-1, 0], "-1"), ([0.5], "0.5")])
def test_a_label_that_is_no_class_is_named(labels, named):
    with pytest.raises(ValueError, match=f"labels holds {named}, expected .* from 0 to 2"):
        one_hot(labels, 3)


def test_one_hot_refuses_rows_and_needs_a_class():
    with pytest.raises(ValueError, match="one label an example"):
        one_hot(y, 3)
    with pytest.raises(ValueError, match="n_classes is 0"):
        one_hot([0], 0)

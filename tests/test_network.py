import numpy as np
import pytest

from mlcourse_utils.activations import identity, relu, sigmoid, tanh
from mlcourse_utils.gradcheck import check_gradient
from mlcourse_utils.losses import one_hot, softmax, softmax_cross_entropy, squared_error
from mlcourse_utils.network import Weights, backward, flatten, forward, init

# Square nets hide a transposed W, a batch of 1 hides a forgotten mean.
NETS = [
    ((3, 4, 4, 1), [tanh, tanh, identity], squared_error),
    ((3, 4, 4, 1), [tanh, sigmoid, sigmoid], squared_error),
    ((4, 4, 4, 4), [tanh, tanh, tanh], squared_error),
    ((3, 5, 4, 2), [relu, tanh, sigmoid], squared_error),
    ((3, 5, 4, 2), [relu, relu, identity], softmax_cross_entropy),
    ((4, 4, 4, 4), [relu, tanh, identity], softmax_cross_entropy),
    ((2, 3), [identity], softmax_cross_entropy),
]


def problem(sizes, loss, batch):
    rng = np.random.default_rng(1)
    params = [Weights(W, rng.normal(size=b.shape)) for W, b in init(sizes, rng)]
    x = rng.normal(size=(batch, sizes[0]))
    if loss is squared_error:
        return params, x, rng.normal(size=(batch, sizes[-1]))
    return params, x, one_hot(rng.integers(sizes[-1], size=batch), sizes[-1])


@pytest.mark.parametrize("batch", [1, 5])
@pytest.mark.parametrize(("sizes", "gs", "loss"), NETS)
def test_backward_is_the_gradient_of_the_mean_loss(sizes, gs, loss, batch):
    params, x, y = problem(sizes, loss, batch)
    theta, unflatten = flatten(params)

    def f(theta):
        return loss.value(forward(unflatten(theta), gs, x)[1][-1], y)

    def grad(theta):
        params = unflatten(theta)
        return flatten(backward(params, gs, *forward(params, gs, x), y, loss))[0]

    assert np.linalg.norm(grad(theta)) > 1e-2  # a dead net would pass anything
    check_gradient(f, grad, theta)


def test_forward_is_the_slides_formula_written_out():
    params, x, _ = problem((3, 4, 4, 1), squared_error, 5)
    hs, xs = forward(params, [tanh, relu, identity], x)
    for i, x_0 in enumerate(x):
        h_1 = params[0].W @ x_0 + params[0].b
        h_2 = params[1].W @ np.tanh(h_1) + params[1].b
        p = params[2].W @ np.maximum(h_2, 0) + params[2].b
        np.testing.assert_allclose(hs[0][i], h_1, rtol=1e-14)
        np.testing.assert_allclose(hs[1][i], h_2, rtol=1e-13)
        np.testing.assert_allclose(xs[-1][i], p, rtol=1e-13)
    assert [array.shape for array in xs] == [(5, 3), (5, 4), (5, 4), (5, 1)]


def test_backward_is_the_slides_sums_index_by_index():
    """e^l_j = g′(h_j) Σ_i W_ij e_i and ∂L/∂W_ab = x_b e_a, for one example of a 3-5-4-2 net."""
    params, x, y = problem((3, 5, 4, 2), squared_error, 1)
    gs = [tanh, sigmoid, tanh]
    hs, xs = forward(params, gs, x)
    grads = backward(params, gs, hs, xs, y, squared_error)
    e = [None, None, gs[2].prime(hs[2][0]) * (xs[3][0] - y[0])]
    for l in (1, 0):
        W = params[l + 1].W
        sums = [sum(W[i, j] * e[l + 1][i] for i in range(len(W))) for j in range(W.shape[1])]
        e[l] = gs[l].prime(hs[l][0]) * sums
    for l, (W, b) in enumerate(grads):
        expected = [[x_b * e_a for x_b in xs[l][0]] for e_a in e[l]]
        np.testing.assert_allclose(W, expected, rtol=1e-12)
        np.testing.assert_allclose(b, e[l], rtol=1e-12)


def test_out_receives_the_gradient():
    params, x, y = problem((3, 5, 4, 2), squared_error, 5)
    gs = [tanh, sigmoid, tanh]
    hs, xs = forward(params, gs, x)
    theta, unflatten = flatten(params)
    g = np.full_like(theta, np.nan)
    backward(params, gs, hs, xs, y, squared_error, out=unflatten(g))
    expected = flatten(backward(params, gs, hs, xs, y, squared_error))[0]
    np.testing.assert_array_equal(g, expected)


def test_with_softmax_the_last_error_is_p_minus_y():
    params, x, y = problem((3, 5, 4, 2), softmax_cross_entropy, 5)
    gs = [tanh, tanh, identity]
    hs, xs = forward(params, gs, x)
    grads = backward(params, gs, hs, xs, y, softmax_cross_entropy)
    np.testing.assert_allclose(grads[-1].b, np.mean(softmax(xs[-1]) - y, axis=0), rtol=1e-13)


def test_the_gradient_of_a_batch_is_the_mean_of_its_examples():
    params, x, y = problem((3, 5, 4, 2), squared_error, 5)
    gs = [relu, tanh, identity]

    def gradient(x, y):
        return flatten(backward(params, gs, *forward(params, gs, x), y, squared_error))[0]

    each = [gradient(x[i : i + 1], y[i : i + 1]) for i in range(5)]
    np.testing.assert_allclose(gradient(x, y), np.mean(each, axis=0), rtol=1e-12, atol=1e-16)


def test_the_slides_program_has_407050_parameters():
    params = init((784, 512, 10), seed=0)
    assert [W.size + b.size for W, b in params] == [401920, 5130]
    assert flatten(params)[0].size == 407050


def test_init_is_glorot_uniform_and_follows_its_seed():
    (W, b), _ = init((400, 300, 2), seed=0)
    bound = np.sqrt(6 / 700)
    assert 0.99 * bound < np.abs(W).max() <= bound
    assert W.var() == pytest.approx(2 / 700, rel=0.02)
    assert abs(W.mean()) < bound / 100
    assert not b.any()
    np.testing.assert_array_equal(W, init((400, 300, 2), seed=0)[0].W)
    assert not np.array_equal(W, init((400, 300, 2), seed=1)[0].W)


def test_flatten_and_unflatten_undo_each_other():
    params, _, _ = problem((3, 5, 4, 2), squared_error, 1)
    theta, unflatten = flatten(params)
    for layer, back in zip(params, unflatten(theta), strict=True):
        for array, same in zip(layer, back, strict=True):
            np.testing.assert_array_equal(array, same)
    theta[0] = 7  # theta is a copy of params, unflatten(theta) a view of theta
    assert params[0].W[0, 0] != 7
    assert unflatten(theta)[0].W[0, 0] == 7


def test_float32_stays_float32_all_the_way():
    params = init((3, 4, 2), seed=0, dtype=np.float32)
    x, y = np.ones((5, 3), np.float32), one_hot([0, 1, 0, 1, 0], 2)
    hs, xs = forward(params, [relu, identity], x)
    grads = backward(params, [relu, identity], hs, xs, y, softmax_cross_entropy)
    theta, unflatten = flatten(grads)
    for array in (*hs, *xs, theta, unflatten(theta)[0].W):
        assert array.dtype == np.float32


def test_arguments_stay_as_they_were():
    params, x, y = problem((3, 5, 4, 2), squared_error, 5)
    before = flatten(params)[0], x.copy(), y.copy()
    gs = [relu, identity, identity]
    hs, xs = forward(params, gs, x)
    saved = [array.copy() for array in hs + xs]
    backward(params, gs, hs, xs, y, squared_error)
    for now, then in zip((flatten(params)[0], x, y), before, strict=True):
        np.testing.assert_array_equal(now, then)
    for now, then in zip(hs + xs, saved, strict=True):
        np.testing.assert_array_equal(now, then)


GOOD = init((3, 4, 2), seed=0)
GS = [tanh, identity]


@pytest.mark.parametrize(
    ("params", "gs", "x", "message"),
    [
        (GOOD, GS, np.ones((5, 2)), r"x has shape \(5, 2\), expected \(n_samples, 3\)"),
        (GOOD, GS, np.ones(3), r"x has shape \(3,\).*one row an example"),
        (GOOD, GS, [[1, 2, np.nan]], "x holds 1 NaN"),
        (GOOD, GS[:1], np.ones((5, 3)), "gs has 1 entries, expected 2: one g a layer"),
        (GOOD, [np.tanh, np.tanh], np.ones((5, 3)), "expected activations"),
        (GOOD[::-1], GS, np.ones((5, 4)), r"W\^2 has shape \(4, 3\), expected \(n_out, 2\)"),
        ([Weights(np.ones((2, 3)), np.ones(3))], GS[:1], np.ones((5, 3)), r"b\^1 has shape \(3,"),
    ],
)
def test_shapes_that_do_not_follow_on_one_another_are_named(params, gs, x, message):
    with pytest.raises(ValueError, match=message):
        forward(params, gs, x)


def test_backward_and_unflatten_name_wrong_shapes():
    hs, xs = forward(GOOD, GS, np.ones((5, 3)))
    with pytest.raises(ValueError, match=r"p has shape \(5, 2\) and y \(5,\)"):
        backward(GOOD, GS, hs, xs, np.ones(5), squared_error)
    _, unflatten = flatten(GOOD)
    with pytest.raises(ValueError, match=r"theta has shape \(25,\), expected \(26,\)"):
        unflatten(np.ones(25))


@pytest.mark.parametrize(
    ("sizes", "message"),
    [((3,), "sizes is"), (3, "sizes is"), ((3, 0), "is 0"), ((3, 2.5), "is 2.5")],
)
def test_init_refuses_what_is_no_network(sizes, message):
    with pytest.raises(ValueError, match=message):
        init(sizes, seed=0)


def test_init_refuses_other_dtypes():
    with pytest.raises(ValueError, match=r"expected np\.float64 or np\.float32"):
        init((3, 2), seed=0, dtype=np.int64)

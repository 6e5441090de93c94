"""Random features against kernels, ridge against its normal equations, and what both read."""

import numpy as np
import pytest

from mlcourse_utils.datasets import load_letters, load_mnist_5k
from mlcourse_utils.features import (
    all_or_none,
    equal_lengths,
    gaussian_weights,
    mark_one_wiring,
    random_features,
    ridge,
)
from mlcourse_utils.kernels import arc_cosine_kernel, rbf_kernel
from mlcourse_utils.one_vs_rest import classify, ridge_one_vs_rest

RNG = np.random.default_rng(0)
X, Z = RNG.standard_normal((7, 3)), RNG.standard_normal((4, 3))


def relu(h):
    return np.maximum(h, 0)


def share_right(Phi, labels, Phi_test, labels_test, lam):
    machines = ridge_one_vs_rest(Phi, labels, lam)
    learned, unseen = classify(machines, Phi) == labels, classify(machines, Phi_test) == labels_test
    return learned.mean(), unseen.mean()


def test_a_feature_is_g_of_a_row_of_F_times_x():
    F = RNG.standard_normal((5, 3))
    by_hand = [[np.tanh(sum(fi * xi for fi, xi in zip(f, x, strict=True))) for f in F] for x in X]
    np.testing.assert_allclose(random_features(X, F, np.tanh), by_hand)


def test_one_more_column_of_F_is_the_bias():
    F = RNG.standard_normal((5, 4))
    with_one = np.column_stack([X, np.ones(7)])
    np.testing.assert_allclose(random_features(X, F, relu), random_features(with_one, F, relu))
    assert not np.allclose(random_features(X, F, relu), random_features(X, F[:, :3], relu))


def test_an_activation_comes_as_the_course_s_own():
    from mlcourse_utils.activations import relu as course_relu

    F = RNG.standard_normal((5, 3))
    np.testing.assert_array_equal(random_features(X, F, course_relu.g), random_features(X, F, relu))


def test_gaussian_weights_have_the_spread_they_promise_and_a_seed():
    F = gaussian_weights(4000, 100, seed=3, scale=2.0)
    assert F.shape == (4000, 101)
    assert F[:, :-1].std() == pytest.approx(2.0 / 10, rel=0.01)
    assert F[:, -1].std() == pytest.approx(2.0, rel=0.05)
    np.testing.assert_array_equal(F, gaussian_weights(4000, 100, seed=3, scale=2.0))
    assert not np.isclose(F[:10], gaussian_weights(10, 100, seed=4, scale=2.0)).all()


def test_after_equal_lengths_every_unit_sees_signals_of_its_scale():
    A = equal_lengths(np.abs(X) * [[1], [9], [2], [5], [1], [3], [100]])
    np.testing.assert_allclose((A**2).mean(axis=1), 1)
    np.testing.assert_allclose(A[1], equal_lengths(np.abs(X))[1])


def test_every_a_unit_has_its_wires_to_different_photocells():
    F = mark_one_wiring(512, seed=1, n_wires=7, threshold=2.0)
    assert F.shape == (512, 401)
    assert ((F[:, :400] == 1).sum(axis=1) == 7).all()
    assert ((F[:, :400] == -1).sum(axis=1) == 7).all()
    assert (np.abs(F[:, :400]) <= 1).all()
    assert (F[:, 400] == -2).all()
    assert len(np.unique(F, axis=0)) == 512
    np.testing.assert_array_equal(F, mark_one_wiring(512, seed=1, n_wires=7, threshold=2.0))


def test_the_machine_s_512_units_stay_near_the_forty_wires_that_a_photocell_had():
    per_cell = np.abs(mark_one_wiring()[:, :400]).sum(axis=0)
    assert per_cell.mean() == 512 * 20 / 400
    assert (per_cell > 40).mean() < 0.01


def test_an_a_unit_answers_1_only_above_its_threshold():
    F = np.zeros((1, 401))
    F[0, [3, 5]], F[0, 8], F[0, 400] = 1, -1, -1.5
    x = np.zeros((3, 400))
    x[:, [3, 5]] = 1
    x[1, 8], x[2, 5] = 1, 0.5  # 2 − 0, 2 − 1 and exactly 1.5
    assert random_features(x, F, all_or_none).ravel().tolist() == [1, 0, 0]


@pytest.mark.parametrize("n_features", [3, 30])  # fewer and more than the 12 samples
@pytest.mark.parametrize("lam", [1e-3, 5.0])
def test_ridge_leaves_no_slope_in_what_it_minimises(n_features, lam):
    Phi, y = RNG.standard_normal((12, n_features)), RNG.standard_normal((12, 2))
    w = ridge(Phi, y, lam)
    np.testing.assert_allclose(Phi.T @ (Phi @ w - y) + lam * w, 0, atol=1e-9)
    np.testing.assert_allclose(ridge(Phi, y[:, 0], lam), w[:, 0], atol=1e-9)


def test_ridge_tends_to_least_squares_and_to_nothing():
    Phi, y = RNG.standard_normal((12, 3)), RNG.standard_normal(12)
    np.testing.assert_allclose(ridge(Phi, y, 1e-10), np.linalg.lstsq(Phi, y)[0], atol=1e-8)
    assert np.abs(ridge(Phi, y, 1e10)).max() < 1e-8


def test_ridge_is_solved_in_ill_conditioned_places_where_an_inverse_loses_digits():
    t = np.linspace(0, 1, 30)
    Phi, w = np.vander(t, 8), np.arange(1.0, 9)
    np.testing.assert_allclose(Phi @ ridge(Phi, Phi @ w, 1e-12), Phi @ w, atol=1e-6)


def test_float32_features_stay_float32():
    single = X.astype(np.float32)
    Phi = random_features(single, gaussian_weights(5, 3, seed=0).astype(np.float32), relu)
    assert Phi.dtype == np.float32
    assert ridge(Phi, single[:, 0], 0.1).dtype == np.float32
    assert ridge_one_vs_rest(Phi, np.arange(7) % 2, 0.1).W.dtype == np.float32


def test_one_versus_rest_by_ridge_is_ridge_with_a_feature_of_ones():
    labels = np.array(["b", "a", "c", "a", "b", "c", "a"])
    machines = ridge_one_vs_rest(X, labels, 0.3)
    w = ridge(np.column_stack([X, np.ones(7)]), (labels == "c") * 1.0, 0.3)
    assert machines.classes.tolist() == ["a", "b", "c"]
    np.testing.assert_allclose(np.append(machines.W[2], machines.b[2]), w, atol=1e-12)


def test_the_rbf_kernel_is_its_formula():
    by_hand = [[np.exp(-((x - z) @ (x - z)) / (2 * 0.7**2)) for z in Z] for x in X]
    np.testing.assert_allclose(rbf_kernel(X, Z, 0.7), by_hand)
    np.testing.assert_allclose(np.diag(rbf_kernel(X, X, 0.7)), 1)


def test_random_relu_features_draw_near_their_kernel_as_one_over_the_root_of_their_number():
    K = arc_cosine_kernel(X, Z)
    misses = []
    for D in (400, 40_000):
        F = np.random.default_rng(1).standard_normal((D, 3))
        got = random_features(X, F, relu) @ random_features(Z, F, relu).T / D
        misses.append(np.sqrt(np.mean((got - K) ** 2)))
    assert misses[1] < 0.02
    assert misses[0] / misses[1] == pytest.approx(10, rel=0.6)


def test_random_cosines_draw_near_the_rbf_kernel():
    rng, D = np.random.default_rng(0), 40_000
    F = np.column_stack([rng.standard_normal((D, 3)) / 0.7, rng.uniform(0, 2 * np.pi, D)])
    got = 2 * random_features(X, F, np.cos) @ random_features(Z, F, np.cos).T / D
    np.testing.assert_allclose(got, rbf_kernel(X, Z, 0.7), atol=0.03)


def test_a_dark_picture_has_nothing_in_common_with_any_other():
    assert not arc_cosine_kernel(np.zeros((1, 3)), Z).any()


def test_letters_read_by_a_line_on_the_photocells():
    letters, held_out = load_letters()
    learned, unseen = share_right(letters.X, letters.y, held_out.X, held_out.y, lam=0.1)
    assert learned == pytest.approx(0.961, abs=2e-3)
    assert unseen == pytest.approx(0.704, abs=0.01)


@pytest.mark.parametrize(
    ("n_units", "learned", "unseen"),
    [
        (128, (0.76, 0.87), (0.48, 0.62)),
        (512, (0.99, 1.0), (0.65, 0.75)),
        (2048, (1.0, 1.0), (0.77, 0.88)),
    ],
)
def test_letters_read_by_a_line_on_more_and_more_a_units(n_units, learned, unseen):
    letters, held_out = load_letters()
    for seed in range(3):
        F = mark_one_wiring(n_units, seed)
        Phi, Phi_test = (random_features(part.X, F, all_or_none) for part in (letters, held_out))
        got = share_right(Phi, letters.y, Phi_test, held_out.y, lam=0.1)
        assert learned[0] <= got[0] <= learned[1]
        assert unseen[0] <= got[1] <= unseen[1]


def test_digits_read_by_a_line_on_the_pixels():
    digits = load_mnist_5k()
    assert share_right(*digits, lam=10.0)[1] == pytest.approx(0.840, abs=2e-3)


@pytest.mark.parametrize(
    ("D", "low", "high"), [(100, 0.76, 0.82), (512, 0.88, 0.92), (2000, 0.92, 0.945)]
)
def test_digits_read_by_a_line_on_random_relus(D, low, high):
    digits = load_mnist_5k(dtype=np.float32)
    A, A_test = equal_lengths(digits.X), equal_lengths(digits.X_test)
    F = gaussian_weights(D, 784, seed=0).astype(np.float32)
    Phi, Phi_test = random_features(A, F, relu), random_features(A_test, F, relu)
    assert low <= share_right(Phi, digits.y, Phi_test, digits.y_test, lam=10.0)[1] <= high


@pytest.mark.parametrize(
    ("kernel", "lam"),
    [(lambda A, B: rbf_kernel(A, B, 4.0), 0.1), (lambda A, B: arc_cosine_kernel(A, B) / 784, 0.01)],
)
def test_the_kernels_read_more_digits_than_any_width_here(kernel, lam):
    digits = load_mnist_5k(dtype=np.float32)
    A, A_test, targets = digits.X, digits.X_test, np.eye(10, dtype=np.float32)[digits.y]
    K = kernel(A, A)
    strengths = np.linalg.solve(K + lam * np.eye(4000, dtype=np.float32), targets)
    right = (kernel(A_test, A) @ strengths).argmax(axis=1) == digits.y_test
    assert 0.945 <= right.mean() <= 0.97


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: random_features(X, np.ones((5, 6)), relu),
            "F has 6 columns, expected 3.*or 4 with",
        ),
        (lambda: random_features(X, np.ones((5, 2)), relu), "F has 2 columns"),
        (lambda: random_features(X[0], np.ones((5, 3)), relu), r"X has shape \(3,\)"),
        (lambda: equal_lengths([[0.0, 0.0]]), "a row of zeros"),
        (lambda: gaussian_weights(0, 3, seed=0), "n_units is 0"),
        (lambda: gaussian_weights(3, 3, seed=0, scale=0), "scale is 0"),
        (lambda: mark_one_wiring(5, n_wires=201), "n_wires is 201, expected at most 200"),
        (lambda: mark_one_wiring(5, threshold=-1), "threshold is -1"),
        (lambda: ridge(X, np.ones(6), 1.0), r"y has shape \(6,\), expected \(7,\)"),
        (lambda: ridge(X, np.ones(7), 0.0), "lam is 0.0, expected a number > 0"),
        (lambda: ridge(X * np.nan, np.ones(7), 1.0), "Phi holds 21 NaN"),
        (lambda: ridge_one_vs_rest(X, ["a"], 1.0), r"labels has shape \(1,\), expected \(7,\)"),
        (
            lambda: classify(ridge_one_vs_rest(X, [0] * 6 + [1], 1.0), Z[:, :2]),
            r"X has shape \(4, 2\)",
        ),
        (lambda: rbf_kernel(X, Z[:, :2], 1.0), r"Z has shape \(4, 2\), expected \(n_z, 3\)"),
        (lambda: rbf_kernel(X, Z, 0.0), "width is 0.0"),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message) as caught:
        call()
    assert "\n" not in str(caught.value)

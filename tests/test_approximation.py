"""Sums of ReLUs against np.interp, closed forms and counting."""

from itertools import combinations

import numpy as np
import pytest

from mlcourse_utils.approximation import (
    count_pieces,
    count_regions,
    deep_square,
    fit_relu_sum,
    relu_sum,
    sawtooth,
)


def largest_error(f, knots):
    x = np.linspace(knots[0], knots[-1], 64 * 1000 + 1)  # holds every knot and every middle
    return np.abs(relu_sum(x, *fit_relu_sum(f, knots)) - f(x)).max()


def test_a_relu_sum_is_the_slide_s_formula_term_by_term():
    x, alpha, a, b = np.array([-1.0, 0.5, 3.0]), [2.0, -1.0], [1.0, -2.0], [0.5, 1.0]
    by_hand = [
        sum(al * max(ai * xi + bi, 0) for al, ai, bi in zip(alpha, a, b, strict=True)) for xi in x
    ]
    np.testing.assert_allclose(relu_sum(x, alpha, a, b, c=0.25), np.array(by_hand) + 0.25)
    assert relu_sum(3.0, alpha, a, b) == by_hand[2]
    assert relu_sum(np.zeros((2, 3)), alpha, a, b).shape == (2, 3)


def test_the_fit_is_what_np_interp_draws_between_uneven_knots():
    knots = np.sort(np.random.default_rng(0).uniform(-3, 5, 17))
    x = np.linspace(knots[0], knots[-1], 1001)
    got = relu_sum(x, *fit_relu_sum(np.cos, knots))
    np.testing.assert_allclose(got, np.interp(x, knots, np.cos(knots)), atol=1e-12)


def test_an_affine_function_takes_one_relu_that_bends_and_keeps_its_left_end():
    alpha, a, b, c = fit_relu_sum(lambda x: 3 * x + 7, [-2.0, -1.0, 0.0, 4.0])
    assert (alpha.tolist(), a.tolist(), b.tolist(), c) == ([3, 0, 0], [1, 1, 1], [2, 1, 0], 1.0)


def test_an_output_weight_is_the_change_of_slope_at_its_knot():
    alpha, _, b, _ = fit_relu_sum(np.abs, [-2.0, 0.0, 3.0])
    assert (alpha.tolist(), (-b).tolist()) == ([-1.0, 2.0], [-2.0, 0.0])


@pytest.mark.parametrize("n", [4, 8, 16, 32, 64])
@pytest.mark.parametrize(
    ("f", "steepest_bend", "left", "right"),
    [(np.sin, 1, 0, 2 * np.pi), (np.exp, np.e, -1, 1), (np.square, 2, -1, 3)],
)
def test_the_error_stays_below_h_squared_over_8_times_the_largest_second_derivative(
    f, steepest_bend, left, right, n
):
    h = (right - left) / n
    assert largest_error(f, np.linspace(left, right, n + 1)) <= h**2 / 8 * steepest_bend * (
        1 + 1e-9
    )


@pytest.mark.parametrize(
    ("n", "ratio"), [(4, 0.683), (8, 0.913), (16, 0.978), (32, 0.994), (64, 0.999)]
)
def test_one_period_of_the_sine_comes_ever_closer_to_the_bound(n, ratio):
    h = 2 * np.pi / n
    error = largest_error(np.sin, np.linspace(0, 2 * np.pi, n + 1))
    assert error / (h**2 / 8) == pytest.approx(ratio, abs=5e-4)


@pytest.mark.parametrize("n", [1, 2, 5, 10])
def test_the_square_misses_by_exactly_h_squared_over_4(n):
    assert largest_error(np.square, np.linspace(0, 1, n + 1)) == pytest.approx(
        1 / n**2 / 4, rel=1e-9
    )


@pytest.mark.parametrize("n_bends", [0, 1, 3, 12])
@pytest.mark.parametrize("seed", range(5))
def test_pieces_are_counted_whether_bends_meet_samples_or_not(n_bends, seed):
    rng = np.random.default_rng(seed)
    bends = (np.arange(n_bends) + rng.uniform(0.2, 0.8, n_bends)) / max(n_bends, 1)
    knots = np.concatenate([[0], bends, [1]])
    heights = (
        np.cumsum(np.where(np.arange(len(knots)) % 2, 1.0, -0.5) * np.diff(knots, prepend=0)) + 9
    )
    for n in (200, 1001):
        x = np.linspace(0, 1, n)
        assert count_pieces(np.interp(x, knots, heights), x) == n_bends + 1
    x = np.union1d(x, knots)
    assert count_pieces(np.interp(x, knots, heights), x) == n_bends + 1


def test_a_constant_is_one_piece_and_a_curve_is_as_many_as_its_samples_show():
    x = np.linspace(0, 1, 50)
    assert count_pieces(np.full(50, 3.0), x) == 1
    assert count_pieces(relu_sum(x, [1.0], [1.0], [-0.5]), x) == 2


@pytest.mark.parametrize("k", range(1, 9))
def test_a_sawtooth_of_depth_k_has_two_to_the_k_pieces_and_as_many_ends(k):
    x = np.linspace(0, 1, 8 * 2**k + 1)
    y = sawtooth(x, k)
    assert count_pieces(y, x) == 2**k
    corners = np.arange(2**k + 1) / 2**k
    np.testing.assert_array_equal(y, np.interp(x, corners, np.arange(2**k + 1) % 2))


@pytest.mark.parametrize("k", range(1, 6))
def test_one_layer_needs_two_to_the_k_minus_1_kinks_for_the_same_sawtooth(k):
    x = np.linspace(0, 1, 997)
    alpha, a, b, c = fit_relu_sum(lambda t: sawtooth(t, k), np.arange(2**k + 1) / 2**k)
    np.testing.assert_allclose(relu_sum(x, alpha, a, b, c), sawtooth(x, k), atol=1e-12)
    kinks = (np.abs(alpha) > 0) & (-b > 0)  # the ReLU at 0 gives the first slope, it bends nothing
    assert kinks.sum() == 2**k - 1


@pytest.mark.parametrize("m", range(1, 9))
def test_the_deep_square_misses_by_exactly_two_to_the_minus_2m_minus_2(m):
    x = np.linspace(0, 1, 2 ** (m + 1) + 1)  # holds the knots j/2^m and the middles
    error = deep_square(x, m) - x**2
    assert error.max() == 2.0 ** (-2 * m - 2)
    assert error.min() == 0
    knots = np.arange(2**m + 1) / 2**m
    np.testing.assert_array_equal(deep_square(x, m), np.interp(x, knots, knots**2))


def test_the_plan_s_region_counts():
    assert [count_regions(n, 2) for n in (0, 1, 2, 3)] == [1, 2, 4, 7]
    assert count_regions(8, 8) == 256
    assert count_regions(50, 10) == 13_432_735_556


@pytest.mark.parametrize("n", range(9))
def test_lines_in_the_plane_cut_one_region_more_for_each_line_and_each_crossing(n):
    lines = np.random.default_rng(n).standard_normal((n, 3))
    crossings = [
        tuple(np.linalg.solve(lines[[i, j], :2], -lines[[i, j], 2]).round(9))
        for i, j in combinations(range(n), 2)
    ]
    assert count_regions(n, 2) == 1 + n + len(set(crossings))


def test_three_relus_in_the_plane_show_seven_patterns():
    x = np.random.default_rng(0).uniform(-9, 9, (20_000, 2))
    F, b = np.array([[1.0, 0.2], [-0.3, 1.0], [1.0, 1.0]]), np.array([0.3, -0.5, 1.0])
    assert len(np.unique(x @ F.T + b > 0, axis=0)) == count_regions(3, 2)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: relu_sum([0.0], [1.0, 2.0], [1.0], [0.0]), r"a has shape \(1,\), expected \(2,\)"),
        (lambda: relu_sum([0.0], [1.0], [1.0], [0.0, 1.0]), r"b has shape \(2,\), expected \(1,\)"),
        (lambda: relu_sum([np.nan], [1.0], [1.0], [0.0]), "x holds 1 NaN"),
        (lambda: relu_sum([0.0], [1.0], [1.0], [0.0], c=[1.0]), "c has shape"),
        (lambda: fit_relu_sum(np.sin, [0.0]), "fewer than two"),
        (lambda: fit_relu_sum(np.sin, [0.0, 2.0, 1.0]), "do not increase"),
        (lambda: fit_relu_sum(np.sin, [0.0, 0.0, 1.0]), "do not increase"),
        (lambda: fit_relu_sum(lambda t: t[:1], [0.0, 1.0]), r"f\(knots\) has shape \(1,\)"),
        (lambda: count_pieces([0.0, 1.0], [0.0, 1.0]), "fewer than three"),
        (lambda: count_pieces([0.0, 1.0, 2.0], [0.0, 1.0, 1.0]), "does not increase"),
        (lambda: count_pieces([0.0, 1.0], [0.0, 1.0, 2.0]), r"y has shape \(2,\)"),
        (lambda: count_pieces([0.0, 1.0, 2.0], [0.0, 1.0, 2.0], tol=0.0), "tol is 0.0"),
        (lambda: sawtooth([1.5], 2), "reaches from 1.5 to 1.5, expected 0 ≤ x ≤ 1"),
        (lambda: sawtooth([0.5], 0), "k is 0"),
        (lambda: deep_square([-0.5], 2), "expected 0 ≤ x ≤ 1"),
        (lambda: deep_square([0.5], 1.5), "m is 1.5"),
        (lambda: count_regions(-1, 2), "n_units is -1"),
        (lambda: count_regions(3, 0), "n_inputs is 0"),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message) as caught:
        call()
    assert "\n" not in str(caught.value)

"""The course's data: what is in them, and that it never changes."""

import hashlib
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

import mlcourse_utils
from mlcourse_utils import datasets
from mlcourse_utils.datasets import (
    load_letters,
    load_mnist_5k,
    make_blobs,
    make_moons,
    make_ravine,
    make_xor,
)

DATA = Path(mlcourse_utils.__file__).parent / "data"


@pytest.mark.parametrize("make", [make_blobs, make_xor, make_moons])
def test_a_seed_decides_the_noise_and_nothing_else(make):
    X, y = make(40, noise=0.3, seed=1)
    again, _ = make(40, noise=0.3, seed=1)
    other, y_other = make(40, noise=0.3, seed=2)
    clean, _ = make(40, noise=0, seed=1)
    assert (X.shape, X.dtype, y.shape, set(y.tolist())) == ((40, 2), float, (40,), {0, 1})
    np.testing.assert_array_equal(X, again)
    np.testing.assert_array_equal(y, y_other)
    assert not np.isclose(X, other).any()
    assert (X - clean).std() == pytest.approx(0.3, rel=0.25)
    assert y.sum() == 20


def test_xor_s_four_corners_carry_xor_s_labels():
    X, y = make_xor(400, noise=0.05)
    np.testing.assert_array_equal(y, (X[:, 0] > 0.5) ^ (X[:, 1] > 0.5))


def test_blobs_lie_around_their_centres():
    X, y = make_blobs(2000, noise=0.5)
    np.testing.assert_allclose(X[y == 0].mean(axis=0), [-1, -1], atol=0.05)
    np.testing.assert_allclose(X[y == 1].mean(axis=0), [1, 1], atol=0.05)


@pytest.mark.parametrize("n", [1, 2, 7, 50])
def test_moons_without_noise_lie_on_two_half_circles_from_end_to_end(n):
    X, y = make_moons(n, noise=0)
    centres = np.where(y[:, None], [1.0, 0.5], [0.0, 0.0])
    np.testing.assert_allclose(np.linalg.norm(X - centres, axis=1), 1)
    assert (X[y == 0, 1] >= -1e-12).all()
    assert (X[y == 1, 1] <= 0.5 + 1e-12).all()
    if n == 50:
        np.testing.assert_allclose(X[y == 0][[0, -1]], [[1, 0], [-1, 0]], atol=1e-12)
        np.testing.assert_allclose(X[y == 1][[0, -1]], [[0, 0.5], [2, 0.5]], atol=1e-12)


def test_the_ravine_s_gradient_is_that_of_its_height():
    f, grad = make_ravine(condition=30)
    w, h = np.array([0.7, -1.2]), 1e-6
    central = [(f(w + h * e) - f(w - h * e)) / (2 * h) for e in np.eye(2)]
    np.testing.assert_allclose(grad(w), central, rtol=1e-7)
    assert f(w) == pytest.approx((0.7**2 + 30 * 1.2**2) / 2)


def test_the_ravine_takes_a_whole_grid_at_once():
    f, grad = make_ravine(condition=30)
    grid = np.random.default_rng(0).standard_normal((3, 4, 2))
    assert f(grid)[2, 1] == f(grid[2, 1])
    np.testing.assert_array_equal(grad(grid)[2, 1], grad(grid[2, 1]))


def test_letters_come_from_eight_plain_faces_and_are_held_out_in_four_with_serifs():
    letters, held_out = load_letters()
    assert (letters.X.shape, held_out.X.shape) == ((1040, 400), (416, 400))
    for part, per_letter in ((letters, 40), (held_out, 16)):
        names, counts = np.unique(part.y, return_counts=True)
        assert "".join(names) == datasets.ALPHABET
        assert (counts == per_letter).all()
        assert part.X.min() == 0
        assert part.X.max() == 1
    assert not set(letters.face) & set(held_out.face)
    assert all("Serif" in face for face in held_out.face)
    assert len(set(letters.face)) == 8


def test_no_letter_is_drawn_twice():
    everything = np.concatenate([part.X for part in load_letters()])
    assert len(np.unique(everything, axis=0)) == len(everything)


def test_letters_are_the_same_on_every_machine():
    # Recorded with matplotlib 3.8.4, 3.10.0 and 3.11.2, whose FreeTypes differ.
    letters, held_out = load_letters()
    digest = hashlib.sha256((letters.X * 1e4).round().astype("<u2").tobytes()).hexdigest()
    assert digest[:16] == "ea25e5b6261c7ca2"
    assert held_out.X.mean() == pytest.approx(0.13293, abs=2e-5)


def test_a_shift_of_one_cell_moves_the_picture_by_one_cell():
    X = load_letters()[0].X.reshape(8, 5, 26, 20, 20)
    middle, right, left, up, down = X[0].swapaxes(0, 1)[ord("E") - ord("A")]
    np.testing.assert_allclose(right[:, 1:], middle[:, :-1], atol=1e-6)
    np.testing.assert_allclose(left[:, :-1], middle[:, 1:], atol=1e-6)
    np.testing.assert_allclose(up[:-1], middle[1:], atol=1e-6)
    np.testing.assert_allclose(down[1:], middle[:-1], atol=1e-6)


def test_letters_stand_upright_and_the_right_way_round():
    letters, _ = load_letters()
    L, T, O = (letters.X[ord(c) - ord("A")].reshape(20, 20) for c in "LTO")
    assert L[-10:].sum() > L[:10].sum()
    assert L[:, :10].sum() > L[:, 10:].sum()
    assert T[:10].sum() > T[10:].sum()
    assert O[8:12, 8:12].sum() == 0, "the inside of an O is empty"


def test_the_ink_is_what_pillow_draws_large_and_averages():
    letters, _ = load_letters()
    file = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans-Bold.ttf"
    font = ImageFont.truetype(str(file), size=16 * 32)
    for c in "ABOQRX":
        big = Image.new("L", (640, 640))
        ImageDraw.Draw(big).text((60, 60), c, fill=255, font=font)
        ink = big.crop(big.getbbox())
        page = Image.new("L", (640, 640))
        page.paste(ink, ((640 - ink.width) // 2, (640 - ink.height) // 2))
        drawn = np.asarray(page).reshape(20, 32, 20, 32).mean(axis=(1, 3)) / 255
        j = np.flatnonzero((letters.y == c) & (letters.face == "DejaVuSans-Bold"))[0]
        # Curves are a few straight pieces here and smooth there: cells on a rim differ a little.
        miss = np.abs(letters.X[j].reshape(20, 20) - drawn)
        assert miss.max() < 0.15
        assert miss.mean() < 0.01


def test_letters_come_in_other_sizes_too():
    letters, held_out = load_letters(size=28)
    assert (letters.X.shape[1], held_out.X.shape[1]) == (784, 784)
    assert letters.X.mean() == pytest.approx(load_letters()[0].X.mean(), rel=0.02)


def test_what_a_reader_does_to_the_letters_does_not_reach_the_next_one():
    load_letters()[0].X[:] = 7
    assert load_letters()[0].X.max() == 1


def test_the_digits_are_the_ones_that_were_shipped():
    file = DATA / "mnist_5k.npz"
    assert hashlib.sha256(file.read_bytes()).hexdigest() == (
        "ec56671eedea578fe38198d455616f721540adb79079f21462763a80602814a0"
    )
    assert file.stat().st_size < 2_000_000


def test_the_digits_are_balanced_in_every_ten_and_none_is_in_both_parts():
    X, y, X_test, y_test = load_mnist_5k()
    assert (X.shape, X_test.shape) == ((4000, 784), (1000, 784))
    for labels in (y, y_test):
        np.testing.assert_array_equal(labels.reshape(-1, 10), [range(10)] * (len(labels) // 10))
    assert len(np.unique(np.concatenate([X, X_test]), axis=0)) == 5000
    assert (X.min(), X.max()) == (0, 1)


def test_a_label_belongs_to_its_picture():
    X, y, X_test, y_test = load_mnist_5k()
    middles = np.array([X[y == k].mean(axis=0) for k in range(10)])
    nearest = ((X_test[:, None] - middles) ** 2).sum(axis=2).argmin(axis=1)
    assert (nearest == y_test).mean() > 0.75


def test_the_digits_come_in_float32_when_asked():
    single, double = load_mnist_5k(dtype=np.float32), load_mnist_5k()
    assert (single.X.dtype, single.X_test.dtype, double.X.dtype) == (np.float32, np.float32, float)
    np.testing.assert_allclose(single.X, double.X, rtol=1e-6)


def test_every_shipped_file_has_its_origin_and_licence_written_down():
    text = (DATA / "README.md").read_text(encoding="utf-8")
    for file in DATA.glob("*.np*"):
        assert f"## {file.name}" in text
    assert {"LeCun", "CC BY-SA 3.0", "Raschka"} <= {
        word for word in ("LeCun", "CC BY-SA 3.0", "Raschka") if word in text
    }


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: make_blobs(0), "n_samples is 0, expected a whole number ≥ 1"),
        (lambda: make_xor(4, noise=-1), "noise is -1, expected a number ≥ 0"),
        (lambda: make_moons(2.5), "n_samples is 2.5"),
        (lambda: make_ravine(0), "condition is 0, expected a number > 0"),
        (lambda: load_letters(size=4), "size is 4, expected a whole number ≥ 8: the Mark I had 20"),
        (lambda: load_mnist_5k(dtype=int), "dtype is int64, expected float64 or float32"),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()

"""Data of the course, all of it at hand without a network.

`make_*` generates, `load_*` reads or draws what the package ships. Rows are examples:
X (n_samples, n_features); targets are 0 and 1, letters or digits. The same arguments give the
same numbers on every machine and every day.

Notation: w is a point of the ravine, κ its condition number (curvature across over along).
"""

from functools import cache
from itertools import product
from pathlib import Path
from typing import NamedTuple

import matplotlib
import numpy as np
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextPath

from mlcourse_utils.validate import count, nonnegative, positive

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
STYLES = ("", "-Bold", "-Oblique", "-BoldOblique")
PLAIN_FACES = tuple(
    "DejaVu" + family + style for family, style in product(("Sans", "SansMono"), STYLES)
)
SERIF_FACES = tuple("DejaVuSerif" + style for style in ("", "-Bold", "-Italic", "-BoldItalic"))
SHIFTS = ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1))
HELD_OUT_SHIFTS = tuple(product((0.5, -0.5), repeat=2))


class Letters(NamedTuple):
    """X (n, size²) in [0, 1], row by row from the top; y (n,) in A…Z; face (n,), the typeface."""

    X: np.ndarray
    y: np.ndarray
    face: np.ndarray


class Digits(NamedTuple):
    """X (4000, 784) in [0, 1] and y (4000,) to learn from; X_test (1000, 784), y_test to judge."""

    X: np.ndarray
    y: np.ndarray
    X_test: np.ndarray
    y_test: np.ndarray


def make_blobs(n_samples, *, noise=0.5, seed=0):
    """Return X, y: two round clouds, class 0 around (−1, −1), class 1 around (1, 1).

    `noise` is the standard deviation of each coordinate, the examples take turns 0, 1, 0, 1 …
    X (n_samples, 2), y (n_samples,) of 0 and 1. ValueError if n_samples < 1 or noise < 0.

    >>> X, y = make_blobs(3, noise=0)
    >>> X.tolist(), y.tolist()
    ([[-1.0, -1.0], [1.0, 1.0], [-1.0, -1.0]], [0, 1, 0])
    """
    y = np.arange(count(n_samples, "n_samples")) % 2
    return _noisy(np.outer(2.0 * y - 1, [1, 1]), noise, seed), y


def make_xor(n_samples, *, noise=0.1, seed=0):
    """Return X, y: clouds around the corners of a square, y = 1 where one coordinate is 1.

    Corners in turn (0, 0), (0, 1), (1, 0), (1, 1); `noise` is the standard deviation of each
    coordinate. X (n_samples, 2), y (n_samples,). ValueError if n_samples < 1 or noise < 0.

    >>> X, y = make_xor(4, noise=0)
    >>> X.tolist(), y.tolist()
    ([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0, 1, 1, 0])
    """
    corner = np.arange(count(n_samples, "n_samples")) % 4
    a, b = corner // 2, corner % 2
    return _noisy(np.column_stack([a, b]).astype(float), noise, seed), a ^ b


def make_moons(n_samples, *, noise=0.1, seed=0):
    """Return X, y: two half circles, each reaching into the other; no line parts them.

    y = 0:  (cos t, sin t),   y = 1:  (1 − cos t, ½ − sin t),   t from 0 to π

    `noise` is the standard deviation of each coordinate, the examples take turns 0, 1, 0, 1 …
    X (n_samples, 2), y (n_samples,). ValueError if n_samples < 1 or noise < 0.

    >>> X, y = make_moons(4, noise=0)
    >>> X.round(6).tolist(), y.tolist()
    ([[1.0, 0.0], [0.0, 0.5], [-1.0, 0.0], [2.0, 0.5]], [0, 1, 0, 1])
    """
    i = np.arange(count(n_samples, "n_samples"))
    y, t = i % 2, np.pi * (i // 2) / max(1, (len(i) - 1) // 2)
    X = np.column_stack(
        [np.where(y, 1 - np.cos(t), np.cos(t)), np.where(y, 0.5 - np.sin(t), np.sin(t))]
    )
    return _noisy(X, noise, seed), y


def make_ravine(condition=100.0):
    """Return f and ∇f of a valley that is κ = `condition` times as steep across as along.

    f(w) = ½ (w₁² + κ w₂²),   ∇f(w) = (w₁, κ w₂),   Hessian diag(1, κ)

    Both take w (2,), or many points at once (…, 2). ValueError if κ ≤ 0.

    >>> f, grad = make_ravine(condition=100)
    >>> float(f([10, 1])), grad([10, 1]).tolist()
    (100.0, [10.0, 100.0])
    """
    curvature = np.array([1.0, positive(condition, "condition")])

    def f(w):
        return 0.5 * (curvature * np.square(w)).sum(axis=-1)

    def grad(w):
        return curvature * w

    return f, grad


def load_letters(size=20):
    """Return two Letters: 1,040 to learn from, and 416 of other typefaces, elsewhere on the grid.

    Capitals A…Z fall on size × size photocells, each of which gives the part of it that ink
    covers. To learn from: the eight DejaVu Sans and Sans Mono faces in five positions (middle,
    one cell right, left, up, down). Held out: the four DejaVu Serif faces, half a cell off
    diagonally. The order is face, position, letter. ValueError if size is not a whole
    number ≥ 8. (Faces: the DejaVu fonts that come with matplotlib.)

    >>> letters, held_out = load_letters()
    >>> letters.X.shape, held_out.X.shape, str(letters.y[14]), str(held_out.face[0])
    ((1040, 400), (416, 400), 'O', 'DejaVuSerif')
    """
    size = count(size, "size", least=8, hint="the Mark I had 20")
    drawn = (_draw(PLAIN_FACES, SHIFTS, size), _draw(SERIF_FACES, HELD_OUT_SHIFTS, size))
    return tuple(Letters(*(column.copy() for column in letters)) for letters in drawn)


def load_mnist_5k(dtype=np.float64):
    """Return Digits: 5,000 handwritten digits, 500 of each, as 28 × 28 = 784 grey values in [0, 1].

    400 of each digit are for learning, the other 100 for testing, always the same ones; they
    come in turn 0, 1, … 9, 0, 1 … so that any run of tens is balanced. `dtype` is that of X.
    (MNIST; origin and licence in mlcourse_utils/data/README.md.)

    >>> X, y, X_test, y_test = load_mnist_5k()
    >>> X.shape, X_test.shape, y[:12].tolist()
    ((4000, 784), (1000, 784), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1])
    """
    if np.dtype(dtype) not in (np.float64, np.float32):
        raise ValueError(f"dtype is {np.dtype(dtype)}, expected float64 or float32")
    with np.load(Path(__file__).parent / "data" / "mnist_5k.npz") as shipped:
        X = shipped["images"].reshape(5000, 784).astype(dtype) / 255
        y = shipped["labels"].astype(int)
    return Digits(X[:4000], y[:4000], X[4000:], y[4000:])


def _noisy(X, noise, seed):
    noise = nonnegative(noise, "noise", hint="it is a standard deviation")
    return X + noise * np.random.default_rng(seed).standard_normal(X.shape)


@cache
def _draw(faces, shifts, size):
    names = list(product(faces, shifts, ALPHABET))
    X = [_photocells(_outline(letter, face, size), shift, size) for face, shift, letter in names]
    y, face = [letter for _, _, letter in names], [face for face, _, _ in names]
    return Letters(np.array(X).reshape(len(X), -1), np.array(y), np.array(face))


@cache
def _outline(letter, face, size):
    # The outline, not a rendered bitmap: that would change with the version of FreeType. Curves
    # come as straight pieces that stray less than a seventh of a cell.
    file = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / f"{face}.ttf"
    polygons = TextPath(
        (0, 0), letter, size=0.8 * size, prop=FontProperties(fname=file)
    ).to_polygons()
    edges = np.concatenate([np.stack([p[:-1], p[1:]], axis=1) for p in polygons])
    return edges - (edges.min(axis=(0, 1)) + edges.max(axis=(0, 1))) / 2


def _photocells(edges, shift, size, n_lines=16):
    """Return the part of each cell that lies inside the outline, (size, size), top row first.

    Along each of `n_lines` scan lines a row, what lies right of an edge going down is inside,
    what lies right of an edge going up is outside again: the sum over edges is the ink.
    """
    (ax, ay), (bx, by) = (edges + size / 2 + np.array(shift)).transpose(1, 2, 0)[..., None]
    y = (np.arange(size * n_lines) + 0.5) / n_lines
    edge, line = np.nonzero((ay <= y) != (by <= y))
    slope = ((bx - ax)[edge] / (by - ay)[edge])[:, 0]
    x = ax[edge, 0] + (y[line] - ay[edge, 0]) * slope
    right = np.clip(np.arange(1, size + 1) - x[:, None], 0, 1) * np.sign(by - ay)[edge]
    ink = np.zeros((size * n_lines, size))
    np.add.at(ink, line, right)
    return np.abs(ink.reshape(size, n_lines, size).mean(axis=1))[::-1].round(6)

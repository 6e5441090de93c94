"""What the marks of a class say about its questions, in numbers and in plain words."""

import statistics
from collections.abc import Sequence
from typing import NamedTuple

ENOUGH = 10  # students; with fewer a correlation is chance


class Spread(NamedTuple):
    """Where the marks of a class lie: the middle half reaches from `low` to `high`."""

    mean: float
    median: float
    low: float
    high: float


class Bin(NamedTuple):
    """A column of a histogram: how many students have marks from `start` up to `end`."""

    start: float
    end: float
    students: int


def spread(scores: Sequence[float]) -> Spread:
    """The mean, the median and the quartiles."""
    low, median, high = (
        statistics.quantiles(scores, n=4, method="inclusive") if len(scores) > 1 else 3 * [*scores]
    )
    return Spread(statistics.fmean(scores), median, low, high)


def histogram(scores: Sequence[float], max_score: float, n_bins: int = 10) -> list[Bin]:
    """The marks in bins of one width; full marks, and marks beyond them, are in the last."""
    width = max_score / n_bins if max_score > 0 else 1.0
    counts = [0] * n_bins
    for score in scores:
        counts[min(n_bins - 1, max(0, int(score / width)))] += 1
    return [Bin(i * width, (i + 1) * width, count) for i, count in enumerate(counts)]


def discrimination(points: Sequence[float], totals: Sequence[float]) -> float | None:
    """The correlation of a question's points with the points for all other questions.

    None where there are too few students, or where all of them got the same.
    """
    rest = [total - own for own, total in zip(points, totals, strict=True)]
    if len(points) < ENOUGH or len(set(points)) == 1 or len(set(rest)) == 1:
        return None
    return statistics.correlation(points, rest)


def reading(points: Sequence[float], r: float | None) -> str:
    """What the discrimination of a question says, in words."""
    if len(points) < ENOUGH:
        return "too few students to tell"
    if r is None:
        return "everybody got the same"
    if r < 0:
        return "misleads: the stronger do worse"
    if r < 0.2:
        return "hardly separates"
    return "separates somewhat" if r < 0.4 else "separates well"


def difficulty(share: float) -> str:
    """What the mean share of the points says, in a word."""
    if share >= 0.85:
        return "easy"
    return "hard" if share < 0.4 else "middling"

"""Intervals of a mean by resampling.

References
----------
.. [1] Efron, Tibshirani. *An Introduction to the Bootstrap*, ch. 13. 1993.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from reelscore.errors import InvalidInputError

# How many resampled values are held in memory at once.
_CHUNK_VALUES = 4_000_000
_RESAMPLES = 1000  # means that are drawn


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean of `count` values, and the range in which 95 % of its resampled means lie."""

    mean: float
    low: float
    high: float
    count: int

    def __str__(self) -> str:
        return f"{self.mean:.3f} [{self.low:.3f}, {self.high:.3f}]"


def bootstrap_interval(
    values: ArrayLike,
    *,
    groups: Sequence[Hashable] | None = None,
    level: float = 0.95,
    seed: int = 0,
) -> Interval:
    """Percentile interval of the mean [1]_, the same on every run with the same seed.

    Parameters
    ----------
    values : array of shape (n,)
        One value for each query or track.
    groups : sequence of length n, optional
        What is drawn as one, such as the soundtrack of each track: tracks of one album are no independent
        witnesses, and an interval that takes them for such is too narrow.
    level : float
        How much of them the interval covers, between 0 and 1.
    seed : int
        Of the generator.

    Raises
    ------
    InvalidInputError
        If there are no values, or an argument is out of range.
    """
    sample = np.asarray(values, dtype=np.float64)
    if sample.ndim != 1 or sample.size == 0 or not np.isfinite(sample).all():
        raise InvalidInputError("an interval needs at least one value, all of them finite")
    if not 0 < level < 1:
        raise InvalidInputError(f"level {level} must lie between 0 and 1")
    names = range(sample.size) if groups is None else groups
    if len(names) != sample.size:
        raise InvalidInputError(f"{sample.size} values, but {len(names)} groups")
    order: dict[Hashable, int] = {}
    member = np.array([order.setdefault(name, len(order)) for name in names])
    sums = np.bincount(member, weights=sample)
    sizes = np.bincount(member)

    generator = np.random.default_rng(seed)
    means = []
    left = _RESAMPLES
    while left:
        rows = min(left, max(1, _CHUNK_VALUES // len(sums)))
        drawn = generator.integers(0, len(sums), size=(rows, len(sums)))
        means.append(sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1))
        left -= rows
    low, high = np.quantile(np.concatenate(means), [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(sample.mean()), float(low), float(high), int(sample.size))

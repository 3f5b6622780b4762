"""Stretches of a video in which the material stays alike. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

MOST_SECTIONS = 8
_SHORTEST_SECONDS = 4
# A boundary must take away this share of what varies in the whole video, and mean at least this much
# of a level; else it divides noise.
_LEAST_GAIN = 0.08
_LEAST_STEP = 0.08
# Or the same of one measure within its stretch, whatever else varies: light that goes out in a calm stretch
# counts, though the fast cuts before it vary more, and so does light that goes out under fast cuts.
_OWN_GAIN = 0.2
_OWN_STEP = 0.12
# A boundary moves to a cut this close to it.
_SNAP_SECONDS = 1.5

Span = tuple[float, float]


def find_sections(curves: NDArray[np.floating], cuts: Sequence[float], duration: float) -> list[Span]:
    """Divide a video where its curves change.

    Each step divides a stretch at the second where the two parts differ most from each other and least
    within (binary segmentation, Scott and Knott, 1974), by all measures or by one, until nothing is gained
    or there are eight.

    Parameters
    ----------
    curves
        (measures, seconds), each a level.
    cuts
        Seconds at which shots begin.
    duration
        Of the video, seconds.

    Returns
    -------
    (start, end) of one to eight sections in order; together they cover the whole video.
    """
    seconds = curves.shape[1]
    shortest = max(_SHORTEST_SECONDS, seconds // (2 * MOST_SECTIONS))
    whole, alone = _Scatter(curves), [_Scatter(curve[None]) for curve in curves]
    least = _LEAST_GAIN * whole.of(0, seconds)
    spans = [(0, seconds)]
    while len(spans) < MOST_SECTIONS:
        kept = []
        for begin, end in spans:
            places = [_split(whole, begin, end, shortest, least, _LEAST_STEP)]
            places += [
                _split(one, begin, end, shortest, _OWN_GAIN * one.of(begin, end), _OWN_STEP) for one in alone
            ]
            kept += [(whole.gain(begin, at, end), at, begin, end) for at in places if at is not None]
        if not kept:
            break
        _, at, begin, end = max(kept)
        spans.remove((begin, end))
        spans += [(begin, at), (at, end)]
    edges = [_snapped(float(at), cuts) for at, _ in sorted(spans)[1:]]
    bounds = [0.0, *(edge for edge in edges if 0.0 < edge < duration), duration]
    return [(a, b) for a, b in pairwise(bounds) if b > a]


class _Scatter:
    """Sums of squares within any stretch, from running sums."""

    def __init__(self, curves: NDArray[np.floating]) -> None:
        values = np.asarray(curves, dtype=np.float64)
        start = np.zeros((len(values), 1))
        self._sums = np.concatenate([start, np.cumsum(values, axis=1)], axis=1)
        self._squares = np.concatenate([start, np.cumsum(values**2, axis=1)], axis=1)

    def of(self, begin: int, end: int | NDArray[np.intp]) -> float:
        """Sum of squared distances from the mean of the stretch, over all measures."""
        return float(self.between(np.array([begin]), np.array([end]))[0])

    def between(self, begin: NDArray[np.intp], end: NDArray[np.intp]) -> NDArray[np.float64]:
        """The same for many stretches at once."""
        length = np.maximum(end - begin, 1)
        sums = self._sums[:, end] - self._sums[:, begin]
        squares = self._squares[:, end] - self._squares[:, begin]
        scatter: NDArray[np.float64] = np.maximum(squares - sums**2 / length, 0.0).sum(axis=0)
        return scatter

    def gain(self, begin: int, at: int, end: int) -> float:
        """How much less varies within two parts than within the stretch."""
        return self.of(begin, end) - self.of(begin, at) - self.of(at, end)

    def step(self, begin: int, at: int, end: int) -> float:
        """The largest difference that a split makes to the mean of a measure."""
        before = (self._sums[:, at] - self._sums[:, begin]) / (at - begin)
        after = (self._sums[:, end] - self._sums[:, at]) / (end - at)
        return float(np.abs(after - before).max())


def _split(
    scatter: _Scatter, begin: int, end: int, shortest: int, least_gain: float, least_step: float
) -> int | None:
    """The best second to divide a stretch at; None if it is too short or too little is gained."""
    places = np.arange(begin + shortest, end - shortest + 1)
    if not len(places):
        return None
    parts = scatter.between(np.full_like(places, begin), places) + scatter.between(
        places, np.full_like(places, end)
    )
    at = int(places[int(np.argmin(parts))])
    if scatter.gain(begin, at, end) <= least_gain or scatter.step(begin, at, end) < least_step:
        return None
    return at


def _snapped(edge: float, cuts: Sequence[float]) -> float:
    near = min(cuts, key=lambda cut: abs(cut - edge), default=edge)
    return near if abs(near - edge) <= _SNAP_SECONDS else edge

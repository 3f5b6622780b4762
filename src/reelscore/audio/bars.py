"""Bars over beats: where each bar begins and how many beats it has, which may change on the way.

A chain over beats whose states are a metre and a place in it (after Böck, Krebs and Widmer, "Joint beat and
downbeat tracking with recurrent neural networks", ISMIR 2016). Within a bar the place goes up by one; at a
bar line the metre may change, at a price.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from reelscore.records import DoubleArray

# Beats in a bar that are considered, and how unusual each is (log odds, per piece).
METRES = (2, 3, 4, 5, 6, 7)
_WISH = np.array([-0.6, -0.3, 0.0, -2.5, -3.0, -3.0])
_METRE_WEIGHT, _LEAST_LIKELY = 4.0, 0.002  # of what is known of the metre
_CHANGE = 12.0  # price of another metre from one bar to the next
_FLOOR = 0.02  # the network is never surer than this
# Bars are looked for in the whole piece and in spans of this many beats, since a beat too many shifts them.
_SPAN = 24
FITS = 3 * len(METRES) + 1


def log_odds(downbeat: DoubleArray) -> DoubleArray:
    """Log odds of each beat being the first of a bar; likelihoods are clipped to what can be trusted."""
    likely = np.clip(downbeat, _FLOOR, 1.0 - _FLOOR)
    result: DoubleArray = np.log(likely) - np.log1p(-likely)
    return result


def bar_fits(downbeat: DoubleArray) -> DoubleArray:
    """How well bars of each of `METRES` fit the downbeats, per beat: float64 of shape (FITS,).

    In the whole piece, in spans, the latter less the best of them, and last the mean of all beats.
    """
    odds = log_odds(downbeat)
    place = np.arange(len(odds))
    span, within = np.divmod(place, _SPAN)
    whole, spans = np.zeros(len(METRES)), np.zeros(len(METRES))
    for index, beats in enumerate(METRES):
        whole[index] = np.bincount(place % beats, weights=odds, minlength=beats).max()
        by_first = np.bincount(span * beats + within % beats, weights=odds, minlength=(span[-1] + 1) * beats)
        spans[index] = by_first.reshape(-1, beats).max(axis=1).sum()
    found: DoubleArray = np.concatenate([whole, spans, spans - spans.max(), [odds.sum()]]) / len(odds)
    return found


def place_in_bars(
    downbeat: DoubleArray, metres: DoubleArray | None = None
) -> tuple[NDArray[np.int64], NDArray[np.int64], float]:
    """Which beat of its bar each beat is.

    Parameters
    ----------
    downbeat
        float64 of shape (beats,), 0..1: how likely each beat is the first of a bar.
    metres
        How likely each of `METRES` is, together 1; None if nothing is known.

    Returns
    -------
    place, length, margin
        Place from 0 and number of beats of the bar, both int64 of shape (beats,), and by how much a beat the
        chain is better than one with the bar lines elsewhere.
    """
    count = len(downbeat)
    metre = np.concatenate([np.full(size, size) for size in METRES])
    place = np.concatenate([np.arange(size) for size in METRES])
    if not count:
        empty = np.empty(0, dtype=np.int64)
        return empty, empty, 0.0
    likely = np.clip(downbeat, _FLOOR, 1.0 - _FLOOR)
    yes, no = np.log(likely), np.log1p(-likely)
    first, last = np.flatnonzero(place == 0), np.flatnonzero(place == metre - 1)
    wish = _WISH if metres is None else _METRE_WEIGHT * np.log(np.maximum(metres, _LEAST_LIKELY))
    wished = np.repeat(wish - wish.max(), METRES)
    score = wished + np.where(place == 0, yes[0], no[0])
    before = np.roll(np.arange(len(place)), 1)  # the state of the beat before, within a bar
    came = np.tile(before, (count, 1))
    change = float(_CHANGE) * (metre[last][:, None] != metre[first][None, :])
    change -= 0.3 * wished[first][None, :] * (change > 0)
    for beat in range(1, count):
        reached = score[before]
        lines = score[last][:, None] - change
        choice = lines.argmax(axis=0)
        reached[first] = lines[choice, np.arange(len(first))]
        came[beat, first] = last[choice]
        score = reached + np.where(place == 0, yes[beat], no[beat])
    state = int(score.argmax())
    margin = 0.0
    others = score[(metre != metre[state]) | (place != place[state])]
    if len(others):
        margin = float(score[state] - others.max()) / count
    chain = np.empty(count, dtype=np.int64)
    for beat in range(count - 1, -1, -1):
        chain[beat] = state
        state = int(came[beat, state])
    return place[chain], metre[chain], margin

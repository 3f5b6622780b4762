"""Beats from how likely each frame is one: the best path through tempo and time.

The states are those of the bar pointer (Krebs, Böck and Widmer, "An efficient state-space model for joint
tempo and meter tracking", ISMIR 2015), reduced to what is decided at beats: between two beats nothing is
chosen, so a path is a chain of beats with an interval each, and only chains are compared. The tempo may
move by a little at each beat, and at a price by any amount.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from reelscore.records import DoubleArray, FloatArray

SLOWEST_BPM, FASTEST_BPM = 42.0, 232.0
_FINE_FRAMES = 60  # intervals up to here are all tried, longer ones in steps of about 1.7 %
_STEP = 1.017

# Log odds of a beat that a frame may count for, and what is added to them: the network was trained to miss
# no beat, so its odds are high. Chosen, as all prices here, on the half of the rendered clips for choosing.
_LEAST_ODDS, _MOST_ODDS, _ODDS_SHIFT = -3.0, 4.0, 1.0
_BESIDE = 0.3
# Price of a change of tempo from one beat to the next: quadratic in its logarithm, at most that of a jump.
_STRAIN, _JUMP = 260.0, 9.0
_REACH = 7  # intervals on either side that a beat may lead to without a jump
# The usual tempo, and how many octaves around it are usual. Weak: the network hears the level of the beat.
_USUAL_BPM, _USUAL_OCTAVES, _USUAL_WEIGHT = 105.0, 1.0, 0.08

_SALIENCE = 0.7  # what a beat at a tempo that no onsets speak for costs


@dataclass(frozen=True, slots=True)
class BeatPath:
    """A chain of beats in frames, and how good it is."""

    frames: NDArray[np.int64]  # (beats,)
    odds: DoubleArray  # (beats,), log odds of each beat, clipped
    score: float


def beat_odds(activation: FloatArray) -> DoubleArray:
    """Log odds that a beat lies at each frame or beside it, float64 of shape (frames,), clipped."""
    likely = np.clip(activation.astype(np.float64), 1e-6, 1.0 - 1e-6)
    odds = np.log(likely) - np.log1p(-likely) + _ODDS_SHIFT
    # A beat between two frames, or a frame beside an interval of whole frames, costs hardly anything.
    beside = odds - _BESIDE
    wide = odds.copy()
    np.maximum(wide[1:], beside[:-1], out=wide[1:])
    np.maximum(wide[:-1], beside[1:], out=wide[:-1])
    clipped: DoubleArray = np.clip(wide, _LEAST_ODDS, _MOST_ODDS)
    return clipped


def track_beats(
    activation: FloatArray, rate: float, *, salience: tuple[DoubleArray, DoubleArray] | None = None
) -> BeatPath:
    """The best chain of beats.

    Parameters
    ----------
    activation
        float32 of shape (frames,), 0..1: how likely each frame is a beat.
    rate
        Frames a second.
    salience
        Tempi (beats a minute, rising) and how much the onsets of the whole piece speak for each, 0..1. It
        helps to choose among the levels of a pulse; None if nobody knows.
    """
    odds = beat_odds(activation)
    intervals, costs, wish = _intervals(rate)
    if salience is not None and len(salience[1]):
        likely = np.interp(60.0 * rate / intervals, *salience, left=0.0, right=0.0)
        wish = wish - _SALIENCE * (1.0 - np.sqrt(likely))
    shortest, longest = int(intervals[0]), int(intervals[-1])
    count, kinds = len(odds), len(intervals)
    if count <= shortest:
        return BeatPath(np.empty(0, dtype=np.int64), np.empty(0), 0.0)
    # `leaving[t + longest, j]`: the best chain that ends with a beat at t and goes on by intervals[j], before
    # the odds there are added. Zero if the chain begins there.
    leaving = np.zeros((count + longest, kinds))
    best = np.empty((count, kinds))  # by the interval that a beat was reached by, with its odds
    # All arrays of a step are made once: its sums are small, and making arrays for them would take as long.
    steps = np.arange(shortest)[:, None]
    came_from = (steps - intervals + longest) * kinds + np.arange(kinds)
    padded = np.full((shortest, kinds + 2 * _REACH), -np.inf)
    near = sliding_window_view(padded, kinds, axis=1)  # by offset of the interval
    reached, gone_on = np.empty((shortest, 2 * _REACH + 1, kinds)), np.empty((shortest, kinds))
    for begin in range(0, count, shortest):
        stop = min(count, begin + shortest)
        size = stop - begin
        value = best[begin:stop]
        np.take(leaving.reshape(-1)[begin * kinds :], came_from[:size], out=value, mode="clip")
        value += odds[begin:stop, None]
        value += wish
        padded[:size, _REACH : _REACH + kinds] = value
        np.subtract(near, costs, out=reached)
        reached.max(axis=1, out=gone_on)
        np.maximum(gone_on[:size], value.max(axis=1, keepdims=True) - _JUMP, out=gone_on[:size])
        np.maximum(gone_on[:size], 0.0, out=leaving[begin + longest : stop + longest])
    return _walk_back(best, costs, intervals, odds)


def _walk_back(
    best: DoubleArray, costs: DoubleArray, intervals: NDArray[np.int64], odds: DoubleArray
) -> BeatPath:
    frame, kind = (int(index) for index in np.unravel_index(int(best.argmax()), best.shape))
    score = float(best[frame, kind])
    found: list[int] = []
    if score > 0.0:
        found.append(frame)
        while (frame := frame - int(intervals[kind])) >= 0:
            # A chain that was worth nothing here begins at the beat after.
            if (kind := _came_by(best[frame], kind, costs)) < 0:
                break
            found.append(frame)
    frames = np.array(found[::-1], dtype=np.int64)
    return BeatPath(frames, odds[frames], max(0.0, score))


def _came_by(value: DoubleArray, kind: int, costs: DoubleArray) -> int:
    """The interval by which the best chain that goes on by `kind` reached a beat; -1 if it begins there."""
    first, last = max(0, kind - _REACH), min(len(value), kind + _REACH + 1)
    near = value[first:last] - costs[first - kind + _REACH : last - kind + _REACH, kind]
    nearest, top = int(near.argmax()), int(value.argmax())
    if max(near[nearest], value[top] - _JUMP) < 0.0:
        return -1
    return top if value[top] - _JUMP > near[nearest] else first + nearest


@lru_cache(maxsize=4)
def _intervals(rate: float) -> tuple[NDArray[np.int64], DoubleArray, DoubleArray]:
    """Beat intervals in frames, prices of going to each from its neighbours, and how usual each is."""
    shortest = int(np.ceil(60.0 * rate / FASTEST_BPM))
    longest = int(60.0 * rate / SLOWEST_BPM)
    values = list(range(shortest, min(longest, _FINE_FRAMES) + 1))
    while values[-1] < longest:
        values.append(max(values[-1] + 1, round(values[-1] * _STEP)))
    intervals = np.array(values, dtype=np.int64)
    costs = np.full((2 * _REACH + 1, len(intervals)), np.inf)
    for offset in range(-_REACH, _REACH + 1):
        for index in range(len(intervals)):
            if 0 <= index + offset < len(intervals):
                ratio = np.log(intervals[index] / intervals[index + offset])
                costs[offset + _REACH, index] = _STRAIN * ratio * ratio
    octaves = np.log2(60.0 * rate / intervals / _USUAL_BPM) / _USUAL_OCTAVES
    return intervals, costs, -_USUAL_WEIGHT * np.square(octaves)

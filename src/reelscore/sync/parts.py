"""What counts beside the beats: course, changes, level, mood, a natural start and end, voices under speech.

What moves together with pictures is when and how much music changes, not what it is; so both sides are
reduced to change curves, which need no training to be compared (after "V2M-Zero", arXiv 2603.11042).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from reelscore.sync.grids import PictureGrid, SongGrid, Times

# Courses that vary less than the first, as a standard deviation, have no shape to follow; from the second on
# the shape is clear.
_FLAT, _CLEAR = 0.02, 0.06
_SHORTEST_SECONDS = 4
_SAME_TIME_SECONDS = 1.5
# The real beginning or ending counts when it is this near; other natural places as near as a beat is heard.
_AT_THE_END_SECONDS, _ON_TIME_SECONDS = 3.0, 0.06
_CLEARLY_CLOSER = 0.04


def parts_at(
    picture: PictureGrid, song: SongGrid, offsets: Times, *, stretch: float = 1.0
) -> dict[str, Times]:
    """Each part for each offset (seconds of song time under the first frame); what is unknown is left out.

    Parts lie in 0..1, `course` in -1..1, `level` and `vocals` in -1..0.
    """
    return {
        "start": natural_start(song, offsets),
        "end": natural_end(song, offsets + picture.duration * stretch),
        **slow_parts_at(picture, song, offsets, stretch=stretch),
    }


def slow_parts_at(
    picture: PictureGrid, song: SongGrid, offsets: Times, *, stretch: float = 1.0
) -> dict[str, Times]:
    """Those of the parts that do not depend on milliseconds."""
    length = picture.duration * stretch
    parts: dict[str, Times] = {}
    seconds = max(1, round(length))
    at = np.round(offsets).astype(np.int64)
    if len(song.energy) and len(picture.energy):
        seen = _resampled(picture.energy, seconds)
        parts["level"] = -np.abs(_means(song.energy, at, seconds) - seen.mean())
        if seconds >= _SHORTEST_SECONDS:
            course, music = _smooth(seen), _smooth(song.energy)
            parts["course"] = _likeness(course, music, at)
            parts["changes"] = np.maximum(_likeness(_changes(course), _changes(music), at), 0.0)
    if len(picture.sections) and len(song.sections):
        wanted = offsets[:, None] + picture.sections * stretch
        distance = np.abs(wanted[:, :, None] - song.sections).min(axis=2)
        met = (distance <= _SAME_TIME_SECONDS).mean(axis=1)
        parts["changes"] = (parts["changes"] + met) / 2.0 if "changes" in parts else met
    if len(song.closeness):
        means = _means(song.closeness, at, seconds)
        parts["mood"] = np.clip((means - song.closeness.mean()) / _CLEARLY_CLOSER, -1.0, 1.0)
    if len(song.vocals) and picture.speech:
        spoken = _speech_curve(picture, seconds)
        sung = _products(spoken, song.vocals, at)
        parts["vocals"] = -sung / max(float(spoken.sum()), 1.0)
    return parts


def _held(curve: Times, at: NDArray[np.int64], seconds: int) -> tuple[Times, NDArray[np.int64]]:
    """The part of a curve that passages of so many seconds from `at` on need, with its edges held, and
    where each of them begins in it.
    """
    first = int(at.min())
    needed = np.arange(first, int(at.max()) + seconds)
    return curve[np.minimum(np.maximum(needed, 0), len(curve) - 1)], at - first


def _products(wanted: Times, curve: Times, at: NDArray[np.int64]) -> Times:
    """What each passage of a curve, as long as `wanted`, gives multiplied with it."""
    held, start = _held(curve, at, len(wanted))
    products: Times = np.correlate(held, wanted, mode="valid")[start]
    return products


def _means(curve: Times, at: NDArray[np.int64], seconds: int) -> Times:
    """The mean of each passage."""
    held, start = _held(curve, at, seconds)
    sums = np.concatenate([[0.0], np.cumsum(held)])
    means: Times = (sums[start + seconds] - sums[start]) / seconds
    return means


def natural_start(song: SongGrid, starts: Times) -> Times:
    """How natural it is to begin there, 0..1: at the real beginning, a section, a phrase, a bar."""
    worth = np.where(np.abs(starts) <= _ON_TIME_SECONDS, 1.0, 0.0)
    for times, value in natural_starts(song)[1:]:
        worth = np.maximum(worth, value * _is_on(times, starts))
    heard: Times = np.where(starts < -_ON_TIME_SECONDS, 0.0, worth)
    return heard


def natural_end(song: SongGrid, ends: Times) -> Times:
    """How natural it is to end there, 0..1: at the real ending, before a section, a phrase, a bar."""
    left = song.duration - ends
    worth = np.where(np.abs(left) <= _AT_THE_END_SECONDS, 1.0, 0.0)
    for times, value in natural_ends(song)[1:]:
        worth = np.maximum(worth, value * _is_on(times, ends))
    return worth


def natural_starts(song: SongGrid) -> tuple[tuple[Times, float], ...]:
    """(seconds, what beginning there is worth) of each kind of place."""
    return (np.zeros(1), 1.0), (song.downbeats, 0.4), (song.phrases, 0.7), (song.sections, 1.0)


def natural_ends(song: SongGrid) -> tuple[tuple[Times, float], ...]:
    """(seconds, what ending there is worth) of each kind of place."""
    end = np.array([song.duration])
    return (end, 1.0), (song.downbeats, 0.3), (song.phrases, 0.5), (song.sections, 0.6)


def _is_on(times: Times, moments: Times) -> Times:
    if not len(times):
        return np.zeros(len(moments))
    after = np.minimum(np.searchsorted(times, moments), len(times) - 1)
    before = np.maximum(after - 1, 0)
    near = np.minimum(np.abs(times[after] - moments), np.abs(times[before] - moments))
    on: Times = (near <= _ON_TIME_SECONDS).astype(np.float64)
    return on


def _likeness(seen: Times, curve: Times, at: NDArray[np.int64]) -> Times:
    """Pearson's correlation of each passage with the picture, less if either hardly moves."""
    here, seconds = seen - seen.mean(), len(seen)
    spread = math.sqrt(float(here @ here) / seconds)
    variances = _means(np.square(curve), at, seconds) - np.square(_means(curve, at, seconds))
    spreads = np.sqrt(np.maximum(variances, 0.0))
    correlation = _products(here, curve, at) / seconds / np.maximum(spread * spreads, 1e-9)
    clear = min(max((spread - _FLAT) / (_CLEAR - _FLAT), 0.0), 1.0)
    shape = clear * np.minimum(np.maximum((spreads - _FLAT) / (_CLEAR - _FLAT), 0.0), 1.0)
    likeness: Times = np.minimum(np.maximum(correlation, -1.0), 1.0) * shape
    return likeness


def _changes(curve: Times) -> Times:
    """How much each second of a smooth curve differs from the one before, on about the scale of curves."""
    steps: Times = np.abs(np.diff(curve, prepend=curve[:1])) * 3.0
    return steps


def _smooth(curve: Times) -> Times:
    if len(curve) < 3:
        return curve
    smooth: Times = np.convolve(
        np.concatenate([curve[:1], curve, curve[-1:]]), (0.25, 0.5, 0.25), mode="valid"
    )
    return smooth


def _resampled(curve: Times, seconds: int) -> Times:
    if len(curve) == 1:
        return np.full(seconds, curve[0])
    return np.interp(np.linspace(0.0, len(curve) - 1.0, seconds), np.arange(len(curve)), curve)


def _speech_curve(picture: PictureGrid, seconds: int) -> Times:
    """Share of each second in which somebody speaks."""
    edges = np.arange(seconds + 1) * (picture.duration / seconds)
    spoken = np.zeros(seconds)
    for start, end in picture.speech:
        spoken += np.clip(np.minimum(edges[1:], end) - np.maximum(edges[:-1], start), 0.0, None)
    share: Times = np.clip(spoken / (edges[1] - edges[0]), 0.0, 1.0)
    return share

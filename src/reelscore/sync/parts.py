"""What counts beside the beats: course, changes, level, a natural start and end, voices under speech.

What moves together with pictures is when and how much music changes, not what it is; so both sides are
reduced to change curves, which need no training to be compared (after "V2M-Zero", arXiv 2603.11042).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

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
        course = _course_of(picture, seconds)
        parts["level"] = -np.abs(_means(song.energy, at, seconds) - course.level)
        if seconds >= _SHORTEST_SECONDS:
            like, alike = _likeness(course, _with_changes(song.energy), at)
            parts["course"], parts["changes"] = like, np.maximum(alike, 0.0)
    if len(picture.sections) and len(song.sections):
        wanted = offsets[:, None] + picture.sections * stretch
        distance = np.abs(wanted[:, :, None] - song.sections).min(axis=2)
        met = (distance <= _SAME_TIME_SECONDS).mean(axis=1)
        parts["changes"] = (parts["changes"] + met) / 2.0 if "changes" in parts else met
    if len(song.vocals) and picture.speech:
        spoken = _speech_curve(picture, seconds)
        sung = _products(spoken, *_held(song.vocals, at, seconds))
        parts["vocals"] = -sung / max(float(spoken.sum()), 1.0)
    return parts


def _held(curves: Times, at: NDArray[np.int64], seconds: int) -> tuple[Times, NDArray[np.int64]]:
    """The part of curves (their last axis) that passages of `seconds` from `at` on need, with its
    edges held, and where each of them begins in it.
    """
    first = int(at.min())
    needed = np.arange(first, int(at.max()) + seconds)
    last = curves.shape[-1] - 1
    return curves.take(np.minimum(np.maximum(needed, 0), last), axis=-1), at - first


def _products(wanted: Times, held: Times, start: NDArray[np.int64]) -> Times:
    """The dot product of `wanted` with each passage of a curve, held at its ends."""
    products: Times = np.correlate(held, wanted, mode="valid")[start]
    return products


def _means(curve: Times, at: NDArray[np.int64], seconds: int) -> Times:
    """The mean of each passage."""
    return _held_means(*_held(curve, at, seconds), seconds)


def _held_means(held: Times, start: NDArray[np.int64], seconds: int) -> Times:
    sums = np.zeros((*held.shape[:-1], held.shape[-1] + 1))
    np.cumsum(held, axis=-1, out=sums[..., 1:])
    means: Times = (sums[..., start + seconds] - sums[..., start]) / seconds
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


@dataclass(frozen=True, slots=True)
class _Course:
    """The energy of a picture over as many seconds as it takes of the song."""

    level: float  # mean, 0..1
    curves: Times  # of it and of its changes, each less its mean, (2, seconds)
    spread: Times  # standard deviation of each, (2, 1)


@lru_cache(maxsize=16)  # many songs are compared with one picture
def _course_of(picture: PictureGrid, seconds: int) -> _Course:
    seen = _resampled(picture.energy, seconds)
    curves = _with_changes(seen)
    curves -= curves.mean(axis=1, keepdims=True)
    spread = np.sqrt(np.square(curves).mean(axis=1, keepdims=True))
    return _Course(float(seen.mean()), curves, spread)


def _likeness(course: _Course, curves: Times, at: NDArray[np.int64]) -> Times:
    """Pearson's correlation of each passage of music and of its changes with those of a picture, less if
    either hardly moves: (2, seconds of the song) -> (2, passages).
    """
    seconds = course.curves.shape[1]
    held, start = _held(curves, at, seconds)
    means, squares = _held_means(np.array([held, np.square(held)]), start, seconds)
    spreads = np.sqrt(np.maximum(squares - np.square(means), 0.0))
    products = [_products(seen, heard, start) for seen, heard in zip(course.curves, held, strict=True)]
    correlation = np.array(products) / seconds / np.maximum(course.spread * spreads, 1e-9)
    shape = _how_clear(course.spread) * _how_clear(spreads)
    likeness: Times = np.minimum(np.maximum(correlation, -1.0), 1.0) * shape
    return likeness


def _how_clear(spread: Times) -> Times:
    clear: Times = np.minimum(np.maximum((spread - _FLAT) / (_CLEAR - _FLAT), 0.0), 1.0)
    return clear


def _with_changes(curve: Times) -> Times:
    """A curve, smoothed, and how much each second of that differs from the one before, on about the same
    scale: (2, seconds).
    """
    both = np.zeros((2, len(curve)))
    both[0] = _smooth(curve)
    np.abs(np.diff(both[0]), out=both[1, 1:])
    both[1] *= 3.0
    return both


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

"""Choose the passage of a song that fits: by what is asked for, and by the course of a video. Pure.

Three things count, each with its weight: how close the passage is to the query (from the vectors of the
song's windows), how well its energy goes up and down with the video's, and whether something changes in the
music where the video changes. Without a video the first decides alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reelscore.records import FloatArray, Passage, TrackEmbedding, VideoAnalysis

_STEP_SECONDS = 0.5
# A passage whose cosine is so much above the song's mean is worth naming as the better one.
_NOTABLE = 0.02
# The closest passage counts in full if its cosine is so much above the song's mean, else in proportion.
_CLEARLY_CLOSER = 0.04
CLOSENESS_WEIGHT, COURSE_WEIGHT, LEVEL_WEIGHT, CHANGES_WEIGHT = 1.0, 1.2, 0.3, 0.4
# A course that varies less than this, as a standard deviation, has no shape to follow; twice as much has.
_FLAT_VIDEO, _FLAT_SONG = 0.03, 0.02
_SHORTEST_COURSE_SECONDS = 4
# A likeness of the two courses from here on is worth naming.
_FOLLOWS = 0.5
_LEAST_SLOPE = 0.6  # correlation with time from which on a course is said to rise or to fall
# The energy of a song changes where the means of so many seconds before and after differ by this much.
_CHANGE_SECONDS, _LEAST_MUSICAL_CHANGE = 4, 0.08
_SAME_TIME_SECONDS = 1.5
_SNAP_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Course:
    """How a video goes on: what a passage should follow."""

    energy: Sequence[float]  # 0..1, one value a second
    changes: Sequence[float] = ()  # seconds at which a new section begins


@dataclass(frozen=True, slots=True)
class _Fit:
    """What each start of a passage has of the three."""

    starts: NDArray[np.float64]
    score: NDArray[np.float64]
    likeness: NDArray[np.float64]  # -1..1, of the two courses
    meets: NDArray[np.float64]  # share of the video's changes that the music has too


def course_of(analysis: VideoAnalysis) -> Course | None:
    """The course of an analysed video: as measured, or else by its sections; None if neither is known."""
    changes = tuple(section.start for section in analysis.sections if section.start > 0.0)
    measured = analysis.measurements
    if measured is not None and measured.energy_curve:
        return Course(measured.energy_curve, changes)
    if not analysis.sections:
        return None
    seconds = np.arange(max(1, round(analysis.sections[-1].end))) + 0.5
    curve = [
        next((s.energy for s in analysis.sections if s.start <= second < s.end), analysis.sections[-1].energy)
        for second in seconds
    ]
    return Course(tuple(curve), changes)


def best_passage(
    embedding: TrackEmbedding,
    query: FloatArray,
    *,
    length: float,
    song_duration: float,
    beats: tuple[float, ...] = (),
    energy_curve: Sequence[float] = (),
    course: Course | None = None,
) -> Passage | None:
    """The stretch of `length` seconds that suits the query and the course of the video best.

    Parameters
    ----------
    embedding
        The stored windows of the song, in the space of the query.
    query
        Vector (dim,).
    length
        Wanted length in seconds; a song that is not longer is taken whole.
    song_duration
        Length of the song's sound in seconds.
    beats
        Beat times, if they are sure; the passage begins on the best one within a second.
    energy_curve
        Energy of the song, one value a second.
    course
        Of the video, if there is one.

    Returns
    -------
    Passage or None
        None if the song has no windows.
    """
    if not len(embedding.windows):
        return None
    if song_duration <= length:
        return Passage(0.0, round(song_duration, 2), "the whole song: it is not longer than the picture")
    latest = song_duration - length
    grid = np.arange(0.0, latest + 1e-9, _STEP_SECONDS)
    near_beats = np.array([beat for beat in beats if beat <= latest], dtype=np.float64)
    starts = np.concatenate([grid, near_beats])
    closeness, better = _closeness(embedding, query, starts, length, song_duration)
    fit = _fit(starts, closeness, np.asarray(energy_curve, dtype=np.float64), length, course)
    best = int(np.argmax(fit.score[: len(grid)]))
    on_beat = np.flatnonzero(np.abs(near_beats - grid[best]) <= _SNAP_SECONDS)
    if len(on_beat):
        # Of the beats around, the nearest one if nothing else tells them apart.
        distance = np.abs(near_beats[on_beat] - grid[best])
        chosen = fit.score[len(grid) + on_beat] - 0.05 * distance
        best = len(grid) + int(on_beat[np.argmax(chosen)])
    start = float(starts[best])
    why = _why(fit, best, course, notable=float(better[best]) > _NOTABLE)
    return Passage(round(start, 2), round(start + length, 2), why)


def _closeness(
    embedding: TrackEmbedding, query: FloatArray, starts: NDArray[np.float64], length: float, duration: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(what closeness counts, how much closer than the song's mean) of each start.

    Windows are samples of the song; between their centres the closeness is interpolated, and each start is
    judged by the mean over the whole passage.
    """
    centres = np.asarray(embedding.window_starts) + embedding.window_seconds / 2
    times = np.arange(0.0, duration, _STEP_SECONDS)
    curve = np.interp(times, centres, embedding.windows @ query)
    sums = np.concatenate([[0.0], np.cumsum(curve)])
    width = min(len(times), max(1, round(length / _STEP_SECONDS)))
    first = np.minimum(np.round(starts / _STEP_SECONDS).astype(int), len(times) - width)
    better = (sums[first + width] - sums[first]) / width - float(curve.mean())
    return better / max(_CLEARLY_CLOSER, float(better.max())), better


def _fit(
    starts: NDArray[np.float64],
    closeness: NDArray[np.float64],
    song: NDArray[np.float64],
    length: float,
    course: Course | None,
) -> _Fit:
    nothing = np.zeros(len(starts))
    seconds = min(round(length), len(song))
    if course is None or seconds < _SHORTEST_COURSE_SECONDS:
        return _Fit(starts, CLOSENESS_WEIGHT * closeness, nothing, nothing)
    video = _resampled(np.asarray(course.energy, dtype=np.float64), seconds)
    first = np.clip(np.round(starts).astype(int), 0, len(song) - seconds)
    parts = np.lib.stride_tricks.sliding_window_view(_smooth(song), seconds)[first]
    likeness, strength = _likeness(video, parts)
    level = -np.abs(parts.mean(axis=1) - video.mean())
    meets = _meets(starts, _musical_changes(song), course.changes, length)
    score = (
        CLOSENESS_WEIGHT * closeness
        + COURSE_WEIGHT * strength * likeness
        + LEVEL_WEIGHT * level
        + CHANGES_WEIGHT * meets
    )
    return _Fit(starts, score, likeness, meets)


def _likeness(
    video: NDArray[np.float64], parts: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(Pearson's correlation of each part with the video, how much shape the two have, 0..1)."""
    here = video - video.mean()
    there = parts - parts.mean(axis=1, keepdims=True)
    spread, spreads = float(here.std()), there.std(axis=1)
    correlation = (there @ here) / len(here) / np.maximum(spread * spreads, 1e-9)
    shape = np.clip(spread / _FLAT_VIDEO - 1.0, 0.0, 1.0) * np.clip(spreads / _FLAT_SONG - 1.0, 0.0, 1.0)
    return np.where(shape > 0.0, correlation, 0.0), shape


def _musical_changes(song: NDArray[np.float64]) -> NDArray[np.float64]:
    """Seconds at which the energy of a song steps up or down."""
    wide = _CHANGE_SECONDS
    if len(song) < 2 * wide:
        return np.empty(0)
    sums = np.concatenate([[0.0], np.cumsum(song)])
    at = np.arange(wide, len(song) - wide + 1)
    steps = np.abs((sums[at + wide] - sums[at]) - (sums[at] - sums[at - wide])) / wide
    padded = np.pad(steps, wide // 2, constant_values=-1.0)
    highest = np.lib.stride_tricks.sliding_window_view(padded, 2 * (wide // 2) + 1).max(axis=1)
    changes: NDArray[np.float64] = at[(steps == highest) & (steps >= _LEAST_MUSICAL_CHANGE)].astype(float)
    return changes


def _meets(
    starts: NDArray[np.float64], musical: NDArray[np.float64], changes: Sequence[float], length: float
) -> NDArray[np.float64]:
    inside = np.array([change for change in changes if 0.0 < change < length])
    if not len(inside) or not len(musical):
        return np.zeros(len(starts))
    wanted = starts[:, None] + inside
    distance = np.abs(wanted[:, :, None] - musical).min(axis=2)
    share: NDArray[np.float64] = (distance <= _SAME_TIME_SECONDS).mean(axis=1)
    return share


def _resampled(curve: NDArray[np.float64], seconds: int) -> NDArray[np.float64]:
    """A curve of one value a second, smoothed, at `seconds` places over its whole length."""
    if len(curve) < 2:
        return np.full(seconds, curve[0] if len(curve) else 0.0)
    return np.interp(np.linspace(0.0, len(curve) - 1.0, seconds), np.arange(len(curve)), _smooth(curve))


def _smooth(curve: NDArray[np.float64]) -> NDArray[np.float64]:
    if len(curve) < 5:
        return curve
    padded = np.pad(curve, 2, mode="edge")
    smooth: NDArray[np.float64] = np.convolve(padded, np.array([1.0, 2.0, 3.0, 2.0, 1.0]) / 9.0, mode="valid")
    return smooth


def _why(fit: _Fit, best: int, course: Course | None, *, notable: bool) -> str:
    reasons = []
    if course is not None and fit.likeness[best] >= _FOLLOWS:
        reasons.append(_course_in_words(course.energy))
    if fit.meets[best] > 0.0:
        often = "" if fit.meets[best] > 0.99 else " in places"
        reasons.append(f"it changes{often} where the picture does")
    if notable:
        reasons.append("closest to the query")
    if not reasons:
        return "the song is even: any part fits as well"
    return "; ".join(reasons)


def _course_in_words(energy: Sequence[float]) -> str:
    values = np.asarray(energy, dtype=np.float64)
    slope = float(np.corrcoef(values, np.arange(len(values)))[0, 1]) if values.std() > 0 else 0.0
    if slope >= _LEAST_SLOPE:
        return "its energy rises as the picture's does"
    if slope <= -_LEAST_SLOPE:
        return "its energy falls as the picture's does"
    return "its energy goes up and down with the picture's"

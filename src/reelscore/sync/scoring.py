"""How well cuts hit beats at every offset of a song, at once.

A beat spreads over the song's time as a Gaussian (soft) and as a box of the tolerance (a hit or not); a cut
reads the value at its own time plus the offset. So the score of all offsets is a correlation of the cuts
with that curve, and what a random offset gives is the mean of it, which needs no correlation at all.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reelscore.sync.grids import PictureGrid, SongGrid, Times

STEP_SECONDS = 0.01
SIGMA_SECONDS = 0.025
# The score is .6 of the soft score and .4 of the share of hits.
_SOFT, _HARD = 0.6, 0.4
# Beyond the beat itself: a bar line, a section start, and, if bars are not known, that the hits keep to
# every second beat.
BAR_WEIGHT, SECTION_WEIGHT, HALF_TEMPO_WEIGHT = 0.3, 0.3, 0.15
# With more cuts than this one transform is cheaper than adding a slice for each.
_MOST_SLICES = 96
_WIDEST_SIGMA = 3.5
# The mean over fewer offsets than this says nothing about the song.
_SHORTEST_RANGE_SECONDS = 8.0
_TINY_FRAME = 1e-6  # so that an error of exactly the tolerance is within it
# Bar lines and section starts name beats; they may have been found some milliseconds beside them.
SAME_BEAT_SECONDS = 0.06

Curve = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Scan:
    """The score of each offset; offset k is `start + k * STEP_SECONDS` of song time under the first frame."""

    start: float
    sync: NDArray[np.float64]  # 1: every cut exactly on the best kind of beat; about 0: as by chance
    chance: float  # share of cuts that a random offset hits
    worth: Times  # of each beat, when a cut is exactly on it
    half_worth: Times  # of each beat, if its half (every second beat) is the better one
    base: tuple[float, float, float]  # what chance takes from the score, and from that of each half


def offset_range(video: float, song: float) -> tuple[float, float]:
    """First and last offset in seconds: the picture lies in the song, or else the song in the picture."""
    spare = song - video
    return (0.0, spare) if spare >= 0.0 else (spare, 0.0)


def tolerance_seconds(tolerance: float, rate: float) -> float:
    """A tolerance in frames as seconds."""
    return (tolerance + _TINY_FRAME) / rate


def levels_of(song: SongGrid) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """For each beat: whether it is a bar line, and whether a section starts with it."""
    return _named(song.beats, song.downbeats), _named(song.beats, song.sections)


def _named(beats: Times, times: Times) -> NDArray[np.bool_]:
    named = np.zeros(len(beats), dtype=bool)
    if len(beats) and len(times):
        at = nearest(beats, times)
        named[at[np.abs(beats[at] - times) <= SAME_BEAT_SECONDS]] = True
    return named


def nearest(beats: Times, times: Times) -> NDArray[np.intp]:
    """Index of the beat that is nearest to each time; of two as near, the later one."""
    if len(beats) == 1:
        return np.zeros(times.shape, dtype=np.intp)
    after = np.maximum(np.minimum(np.searchsorted(beats, times), len(beats) - 1), 1)
    before = after - 1
    return np.where(times - beats[before] < beats[after] - times, before, after)


def scan(picture: PictureGrid, song: SongGrid, *, tolerance: float, stretch: float = 1.0) -> Scan:
    """Score every offset of a song under a picture.

    Each kind of beats (all, bar lines, section starts) counts less its chance and in proportion to the room
    above it, so that dense beats do not win by being dense.

    Parameters
    ----------
    tolerance
        Frames within which a cut hits.
    stretch
        Speed of the song: a second of picture takes `stretch` seconds of it.
    """
    low, high = offset_range(picture.duration * stretch, song.duration)
    count = int((high - low) / STEP_SECONDS) + 1
    cuts, beats = picture.cuts * stretch, song.beats
    if not len(cuts) or not len(beats):
        nothing = np.zeros(len(beats))
        return Scan(low, np.zeros(count), 0.0, nothing, nothing, (0.0, 0.0, 0.0))
    reach = tolerance_seconds(tolerance, float(picture.rate)) * stretch
    weights = picture.weights / picture.weights.sum()
    span = low, low + (count - 1) * STEP_SECONDS
    if span[1] - span[0] < _SHORTEST_RANGE_SECONDS:
        # There is hardly another offset: then, of what a moment anywhere in the song gives.
        span = min(low, 0.0), max(span[1], song.duration - cuts[-1])
    bar, section = levels_of(song)
    halved = not bar.any() and len(beats) >= 4
    # Section starts come on top: a song without any is not the worse for it.
    most = 1.0 + (BAR_WEIGHT if bar.any() else HALF_TEMPO_WEIGHT if halved else 0.0)
    worth, base = np.zeros(len(beats)), 0.0
    every, equal = np.ones(len(beats), dtype=bool), np.full(len(cuts), 1.0 / len(cuts))
    hit_chance = _hit_chance(beats, cuts, equal, span, reach)
    for kind, weight in (
        (every, 1.0),
        (bar, BAR_WEIGHT),
        (section, SECTION_WEIGHT),
    ):
        if kind.any():
            known = hit_chance if kind is every and (weights == equal).all() else None
            chance = _soft_chance(beats[kind], cuts, weights, span, reach, known)
            each = weight / most / max(1.0 - chance, 0.01)
            worth[kind] += each
            base += each * chance
    half_worth, bases = np.zeros(len(beats)), [base, 0.0, 0.0]
    for first in (0, 1) if halved else ():
        chance = _soft_chance(beats[first::2], cuts, weights, span, reach)
        half_worth[first::2] = HALF_TEMPO_WEIGHT / most / max(1.0 - chance, 0.01)
        bases[first + 1] = float(half_worth[first]) * chance
    steps = np.round(cuts / STEP_SECONDS).astype(np.int64)
    width = count + int(steps[-1])
    sync = _correlate(_spread(beats, worth, low, width, reach), steps, weights, count) - base
    if halved:
        even, odd = (
            _correlate(_spread(beats[f::2], half_worth[f::2], low, width, reach), steps, weights, count)
            - bases[f + 1]
            for f in (0, 1)
        )
        sync += np.maximum(even, odd)
    return Scan(low, sync, hit_chance, worth, half_worth, (bases[0], bases[1], bases[2]))


def _spread(beats: Times, worth: Times, low: float, width: int, reach: float) -> Curve:
    """The worth of each moment from `low` on: that of the beat around it, by how near it is."""
    half = int(np.ceil(max(_WIDEST_SIGMA * SIGMA_SECONDS, reach) / STEP_SECONDS))
    centres = np.round((beats - low) / STEP_SECONDS).astype(np.int64)
    at = centres[:, None] + np.arange(-half, half + 1)
    value = _value(at * STEP_SECONDS + low - beats[:, None], reach) * worth[:, None]
    # One place more at each end takes what lies outside.
    curve: Curve = np.zeros(width + 2, dtype=np.float32)
    np.maximum.at(
        curve, np.minimum(np.maximum(at + 1, 0), width + 1).ravel(), value.ravel().astype(np.float32)
    )
    return curve[1:-1]


def _value(distance: Times, reach: float) -> Times:
    """What a cut at so many seconds from a beat is worth, 0..1."""
    soft: Times = np.exp(np.square(distance) * (-0.5 / SIGMA_SECONDS**2))
    soft *= _SOFT
    soft += _HARD * (np.abs(distance) <= reach)
    return soft


def _soft_chance(
    beats: Times,
    cuts: Times,
    weights: Times,
    span: tuple[float, float],
    reach: float,
    hit_chance: float | None = None,
) -> float:
    """Mean worth of cuts at a random offset of the span; the share of hits may be known already."""
    places = np.arange(len(beats), dtype=np.float64)
    if len(beats) > 1:
        # The area under one beat, spread evenly up to the next.
        period = (beats[-1] - beats[0]) / (len(beats) - 1)
        known = np.concatenate([[beats[0] - period / 2.0], beats + period / 2.0])
        met = _between(cuts, span, known, np.append(places, len(beats)))
    else:
        met = ((cuts + span[0] <= beats[0]) & (beats[0] <= cuts + span[1])).astype(np.float64)
    area = SIGMA_SECONDS * math.sqrt(2.0 * math.pi)
    soft = float(weights @ met) * area / max(span[1] - span[0], area)
    if hit_chance is None:
        hit_chance = _hit_chance(beats, cuts, weights, span, reach)
    return min(0.99, _SOFT * soft + _HARD * hit_chance)


def _hit_chance(beats: Times, cuts: Times, weights: Times, span: tuple[float, float], reach: float) -> float:
    """Share of cuts within reach of a beat at a random offset of the span."""
    if span[1] <= span[0]:
        span = span[0] - reach, span[1] + reach
    middles = (beats[1:] + beats[:-1]) / 2.0
    opens = np.maximum(beats - reach, np.concatenate([[-np.inf], middles]))
    closes = np.minimum(beats + reach, np.concatenate([middles, [np.inf]]))
    covered = np.concatenate([[0.0], np.cumsum(closes - opens)])
    edges = np.column_stack([opens, closes]).ravel()
    sums = np.column_stack([covered[:-1], covered[1:]]).ravel()
    met = _between(cuts, span, edges, sums)
    return float(np.clip(weights @ met / (span[1] - span[0]), 0.0, 1.0))


def _between(cuts: Times, span: tuple[float, float], times: Times, sums: Times) -> Times:
    """What a running sum grows by as each cut moves from the first to the last offset of a span."""
    last, first = np.split(np.interp(np.concatenate([cuts + span[1], cuts + span[0]]), times, sums), 2)
    grown: Times = last - first
    return grown


def _correlate(curve: Curve, steps: NDArray[np.int64], weights: Times, count: int) -> NDArray[np.float64]:
    if len(steps) <= _MOST_SLICES:
        total: Curve = np.zeros(count, dtype=np.float32)
        even = bool((weights == weights[0]).all())
        for step, weight in zip(steps.tolist(), weights.astype(np.float32), strict=True):
            part = curve[step : step + count]
            total += part if even else part * weight
        scale = float(weights[0]) if even else 1.0
        return total.astype(np.float64) * scale
    size = 1 << (len(curve) - 1).bit_length()
    pattern = np.bincount(steps, weights=weights, minlength=1)
    spectrum = np.fft.rfft(curve, size) * np.conj(np.fft.rfft(pattern, size))
    result: NDArray[np.float64] = np.fft.irfft(spectrum, size)[:count]
    return result


def exact_sync(
    picture: PictureGrid,
    song: SongGrid,
    scanned: Scan,
    offsets: Times,
    *,
    tolerance: float,
    stretch: float = 1.0,
) -> Times:
    """The score of a few offsets as `scan` means it, without the steps of its grid."""
    if not len(picture.cuts) or not len(song.beats):
        return np.zeros(len(offsets))
    times = offsets[:, None] + picture.cuts * stretch
    at = nearest(song.beats, times)
    value = _value(times - song.beats[at], tolerance_seconds(tolerance, float(picture.rate)) * stretch)
    weights = picture.weights / picture.weights.sum()
    score: Times = (value * scanned.worth[at]) @ weights - scanned.base[0]
    if scanned.half_worth.any():
        halves = value * scanned.half_worth[at]
        even = (halves * (at % 2 == 0)) @ weights - scanned.base[1]
        score += np.maximum(even, (halves * (at % 2 == 1)) @ weights - scanned.base[2])
    return score


def best_soft_scores(song: SongGrid, cut_lists: Times, video: float) -> Times:
    """The highest mean Gaussian hit of each list of cuts over all offsets, (lists, cuts) -> (lists,)."""
    low, high = offset_range(video, song.duration)
    count = int((high - low) / STEP_SECONDS) + 1
    steps = np.round(cut_lists / STEP_SECONDS).astype(np.int64)
    width = count + int(steps.max())
    value = _spread(song.beats, np.ones(len(song.beats)), low, width, 0.0)
    weights = np.full(steps.shape[1], 1.0 / steps.shape[1])
    return np.array([_correlate(value, row, weights, count).max() for row in steps])

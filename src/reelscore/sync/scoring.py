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
    chance: float  # share of the cuts under the song that a random offset hits
    shares: Times  # of each cut in the whole, together 1
    bar: NDArray[np.bool_]  # which beats are bar lines
    section: NDArray[np.bool_]  # with which beats a section starts
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
    bar, section = _named(beats, song.downbeats), _named(beats, song.sections)
    weights = picture.weights
    if not len(cuts) or not len(beats):
        nothing = np.zeros(len(beats))
        return Scan(low, np.zeros(count), 0.0, weights, bar, section, nothing, nothing, (0.0, 0.0, 0.0))
    reach = tolerance_seconds(tolerance, float(picture.rate)) * stretch
    weights /= weights.sum()
    span = low, low + (count - 1) * STEP_SECONDS
    if span[1] - span[0] < _SHORTEST_RANGE_SECONDS:
        # There is hardly another offset: then, of what a moment anywhere in the song gives.
        span = min(low, 0.0), max(span[1], song.duration - cuts[-1])
    met = _Met(cuts, span, reach)
    halved = not bar.any() and len(beats) >= 4
    # Section starts come on top: a song without any is not the worse for it.
    most = 1.0 + (BAR_WEIGHT if bar.any() else HALF_TEMPO_WEIGHT if halved else 0.0)
    worth, base = np.zeros(len(beats)), 0.0
    every, equal = np.ones(len(beats), dtype=bool), np.full(len(cuts), 1.0 / len(cuts))
    hit_chance = met.hit_chance(beats, equal)
    for kind, weight in (
        (every, 1.0),
        (bar, BAR_WEIGHT),
        (section, SECTION_WEIGHT),
    ):
        if kind.any():
            known = hit_chance if kind is every and (weights == equal).all() else None
            chance = met.soft_chance(beats[kind], weights, known)
            each = weight / most / max(1.0 - chance, 0.01)
            worth[kind] += each
            base += each * chance
    half_worth, bases = np.zeros(len(beats)), [base, 0.0, 0.0]
    for first in (0, 1) if halved else ():
        chance = met.soft_chance(beats[first::2], weights)
        half_worth[first::2] = HALF_TEMPO_WEIGHT / most / max(1.0 - chance, 0.01)
        bases[first + 1] = float(half_worth[first]) * chance
    # A song that is shorter than the film has some of the cuts under it.
    chance = min(1.0, hit_chance / max(met.under(song.duration), 1e-9)) if low < 0.0 else hit_chance
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
    return Scan(low, sync, chance, weights, bar, section, worth, half_worth, (bases[0], bases[1], bases[2]))


def _spread(beats: Times, worth: Times, low: float, width: int, reach: float) -> Curve:
    """The worth of each moment from `low` on: that of the beat around it, by how near it is."""
    half = int(np.ceil(max(_WIDEST_SIGMA * SIGMA_SECONDS, reach) / STEP_SECONDS))
    centres = np.round((beats - low) / STEP_SECONDS).astype(np.int64)
    at = centres[:, None] + np.arange(-half, half + 1)
    value = _value(at * STEP_SECONDS + low - beats[:, None], reach) * worth[:, None]
    # No beat lies before `low`; those that lie behind the width have their room, too.
    curve: Curve = np.zeros(max(width, int(centres[-1]) + 1) + 2 * half, dtype=np.float32)
    np.maximum.at(curve, (at + half).ravel(), value.astype(np.float32).ravel())
    return curve[half : half + width]


def _value(distance: Times, reach: float) -> Times:
    """What a cut is worth by its seconds from a beat, 0..1."""
    soft: Times = np.exp(np.square(distance) * (-0.5 / SIGMA_SECONDS**2))
    soft *= _SOFT
    soft += _HARD * (np.abs(distance) <= reach)
    return soft


class _Met:
    """What cuts meet at a random offset of a span.

    Parameters
    ----------
    cuts
        Seconds of song time from the first frame.
    span
        First and last offset.
    reach
        Seconds within which a cut hits a beat.
    """

    def __init__(self, cuts: Times, span: tuple[float, float], reach: float) -> None:
        self._reach = reach
        self._length = span[1] - span[0]
        self._ends = np.array([cuts + span[1], cuts + span[0]])
        # Offsets of no length are a moment: it is widened, so that a share of it can be hit.
        self._room = self._length if self._length > 0.0 else 2.0 * reach
        self._widened = self._ends + (0.0 if self._length > 0.0 else np.array([[reach], [-reach]]))

    def soft_chance(self, beats: Times, weights: Times, hit_chance: float | None = None) -> float:
        """Mean worth of the cuts; the share of hits may be known already."""
        count = len(beats)
        if count > 1:
            # The area under one beat, spread evenly up to the next.
            period = (beats[-1] - beats[0]) / (count - 1)
            known = np.empty(count + 1)
            known[0] = beats[0] - period / 2.0
            known[1:] = beats + period / 2.0
            last, first = np.interp(self._ends, known, np.arange(count + 1.0))
            met = last - first
        else:
            met = ((self._ends[1] <= beats[0]) & (beats[0] <= self._ends[0])).astype(np.float64)
        area = SIGMA_SECONDS * math.sqrt(2.0 * math.pi)
        soft = float(weights @ met) * area / max(self._length, area)
        if hit_chance is None:
            hit_chance = self.hit_chance(beats, weights)
        return min(0.99, _SOFT * soft + _HARD * hit_chance)

    def under(self, seconds: float) -> float:
        """Share of the cuts that lie under a song of some length."""
        last, first = np.clip(self._widened, 0.0, seconds)
        return float((last - first).mean()) / self._room

    def hit_chance(self, beats: Times, weights: Times) -> float:
        """Share of the cuts within reach of a beat."""
        edges = np.empty((len(beats), 2))
        opens, closes = edges.T
        np.subtract(beats, self._reach, out=opens)
        np.add(beats, self._reach, out=closes)
        middles = (beats[1:] + beats[:-1]) / 2.0
        np.maximum(opens[1:], middles, out=opens[1:])
        np.minimum(closes[:-1], middles, out=closes[:-1])
        covered = np.zeros((len(beats), 2))
        np.cumsum(closes - opens, out=covered[:, 1])
        covered[1:, 0] = covered[:-1, 1]
        last, first = np.interp(self._widened, edges.ravel(), covered.ravel())
        return min(max(float(weights @ (last - first)) / self._room, 0.0), 1.0)


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
    # Summed by rows, so that an offset has the same score whichever others are asked for.
    value *= scanned.shares
    score: Times = (value * scanned.worth[at]).sum(axis=1) - scanned.base[0]
    if scanned.half_worth.any():
        halves = value * scanned.half_worth[at]
        even = (halves * (at % 2 == 0)).sum(axis=1) - scanned.base[1]
        score += np.maximum(even, (halves * (at % 2 == 1)).sum(axis=1) - scanned.base[2])
    return score


def peaks(picture: PictureGrid, song: SongGrid, scanned: Scan, speeds: Times, *, tolerance: float) -> Times:
    """The offset with the most for its cuts at each of some speeds of the song, to a step of the scan.

    What a beat is worth is that of the song's own speed, since a few per cent hardly change its chance.
    """
    low = min(offset_range(picture.duration * speed, song.duration)[0] for speed in speeds.tolist())
    reach = tolerance_seconds(tolerance, float(picture.rate))
    steps = np.round(picture.cuts * speeds[:, None] / STEP_SECONDS).astype(np.int64)
    longest = int((song.duration - low) / STEP_SECONDS) + 2 + int(steps[:, -1].max())
    curve = _spread(song.beats, scanned.worth, low, longest, reach)
    found = []
    for speed, row in zip(speeds.tolist(), steps, strict=True):
        first, last = offset_range(picture.duration * speed, song.duration)
        begin, count = round((first - low) / STEP_SECONDS), int((last - first) / STEP_SECONDS) + 1
        found.append(begin + int(_correlate(curve[begin:], row, scanned.shares, count).argmax()))
    tops: Times = low + np.array(found) * STEP_SECONDS
    return tops


def best_soft_scores(song: SongGrid, cut_lists: Times, video: float) -> Times:
    """The highest mean Gaussian hit of each list of cuts over all offsets, (lists, cuts) -> (lists,)."""
    low, high = offset_range(video, song.duration)
    count = int((high - low) / STEP_SECONDS) + 1
    steps = np.round(cut_lists / STEP_SECONDS).astype(np.int64)
    width = count + int(steps.max())
    value = _spread(song.beats, np.ones(len(song.beats)), low, width, 0.0)
    weights = np.full(steps.shape[1], 1.0 / steps.shape[1])
    return np.array([_correlate(value, row, weights, count).max() for row in steps])

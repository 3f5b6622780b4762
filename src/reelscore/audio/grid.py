"""The grid of a piece of music: beats in bars, metre, tempo where it moves, and how sure all of it is.

A small network says how likely each frame is a beat and a downbeat (`pulse_net`), the best chain of beats
is found (`beats`), bars are laid over it (`bars`), and the times are brought from frames to a few
milliseconds: each beat is placed within its frames, and then by its neighbours, since beats follow a tempo
and single attacks do not.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from reelscore.audio.attacks import bias_of
from reelscore.audio.bars import place_in_bars
from reelscore.audio.beats import track_beats
from reelscore.audio.pulse_net import Pulse, find_pulse
from reelscore.records import AudioClip, Beat, BeatGrid, FloatArray, TempoPoint

Doubles = NDArray[np.float64]

GRID_VERSION = "1"

# A grid with a confidence under this is none: noise, speech and drifting sound give less.
LEAST_CONFIDENCE = 0.2
_FEWEST_BEATS = 6
_SHORTEST_SECONDS = 4.0

# Around a beat's frame, where its activation lies.
_AROUND = 2
_DOWNBEAT_AROUND = 2
# Beats on either side that place a beat, and how far an attack may lie from where they put it to count.
_NEIGHBOURS, _STRAY_SECONDS = 5, 0.02
# The tempo is said to move where it leaves its middle by more than this, and is drawn a point every beats.
_MOVES, _CURVE_STEP = 0.03, 4
_THREES_LEAD, _THREES_FIRST, _THREES_LEAST = 1.1, 0.9, 1.25


def find_grid(
    clip: AudioClip, mels: FloatArray, rate: float, *, salience: tuple[Doubles, Doubles] | None = None
) -> BeatGrid:
    """The grid of a clip; one without beats if there is no steady beat.

    Parameters
    ----------
    clip
        Mono sound at 22,050 Hz; its samples say where attacks begin.
    mels
        Of the same sound, float32 of shape (frames, 96), as `spectrum.scan` gives it at 22,050 Hz.
    rate
        Frames a second.
    salience
        Tempi and how much speaks for each, as `beats.track_beats` takes them.
    """
    if len(mels) < _SHORTEST_SECONDS * rate or not mels.any():
        return BeatGrid(version=GRID_VERSION)
    return grid_of(find_pulse(mels), rate, salience=salience, clip=clip)


def grid_of(
    pulse: Pulse,
    rate: float,
    *,
    salience: tuple[Doubles, Doubles] | None = None,
    clip: AudioClip | None = None,
) -> BeatGrid:
    """The grid that the activations of the network say; without the clip some milliseconds less exact."""
    path = track_beats(pulse.beat, rate, salience=salience)
    frames = path.frames
    if len(frames) < _FEWEST_BEATS:
        return BeatGrid(version=GRID_VERSION)
    times = _smooth(_within_frames(pulse.beat, frames) / rate)
    tempo = _local_tempo(times)
    middle = float(np.median(tempo))
    apart = np.log(tempo / middle)
    steadiness = float(np.exp(-(np.median(np.abs(apart)) + 0.5 * np.std(apart)) / 0.06))
    confidence = _confidence(pulse, frames, steadiness)
    if confidence < LEAST_CONFIDENCE:
        return BeatGrid(confidence=confidence, version=GRID_VERSION)
    likely = _highest(pulse.downbeat, frames, _DOWNBEAT_AROUND)
    place, length, _ = place_in_bars(likely)
    threes = _fall_into_threes(pulse.rise, times * rate)
    start = 0.0
    if clip is not None:
        times = times - bias_of(times, clip.samples, clip.sample_rate)
        start = clip.start
    intervals = np.diff(times)
    return BeatGrid(
        beats=_numbered(times + start, place),
        metre=_metre_name(length, threes),
        metres=tuple(_changes(times + start, place, length, threes)),
        tempo_bpm=float(60.0 / np.median(intervals)),
        tempo_curve=_curve(times + start, tempo, middle),
        steadiness=steadiness,
        confidence=confidence,
        version=GRID_VERSION,
    )


def _fall_into_threes(rise: FloatArray, beats: Doubles) -> bool:
    """Whether beats are divided by three: what sets in after thirds, against a half and quarters.

    Swung notes set in after two thirds too, but hardly any after one. Weights of a logistic regression
    on the rendered clips for choosing: 88 % right, and notes swung as triplets are most of the rest.
    """
    usual = float(rise.mean()) + 1e-6

    def strength(phase: float) -> float:
        places = np.round(beats[:-1] + phase * np.diff(beats)).astype(np.int64)
        near = np.clip(places[:, None] + np.arange(-1, 3), 0, len(rise) - 1)
        return float(np.log(rise[near].max(axis=1).mean() / usual + 0.02))

    first, second, half = strength(1.0 / 3.0), strength(2.0 / 3.0), strength(0.5)
    lead = 0.5 * (first + second) - max(half, strength(0.25), strength(0.75))
    return _THREES_LEAD * lead + _THREES_FIRST * (first - half) > _THREES_LEAST


def _confidence(pulse: Pulse, frames: NDArray[np.int64], steadiness: float) -> float:
    """0..1, more if nearly all beats are right; see `benchmarks/beats.py` for how well it tells.

    Sure beats with little between them, that go on as long as there is sound, at a tempo that makes sense.
    """
    middles = (frames[:-1] + frames[1:]) // 2
    clear = float(np.mean(_highest(pulse.beat, frames, 1)) - 0.5 * np.mean(_highest(pulse.beat, middles, 2)))
    sounding = np.flatnonzero(pulse.rise > 0.1 * pulse.rise.mean())
    share = (frames[-1] - frames[0]) / max(1, sounding[-1] - sounding[0]) if len(sounding) else 0.0
    return float(np.clip(clear * np.sqrt(min(1.0, share)) * min(1.0, 0.4 + steadiness), 0.0, 1.0))


def _highest(values: FloatArray, frames: NDArray[np.int64], around: int) -> Doubles:
    near = frames[:, None] + np.arange(-around, around + 1)
    found: Doubles = values[np.clip(near, 0, len(values) - 1)].max(axis=1).astype(np.float64)
    return found


def _within_frames(activation: FloatArray, frames: NDArray[np.int64]) -> Doubles:
    """Where between frames each beat lies: the middle of its activation's weight."""
    near = frames[:, None] + np.arange(-_AROUND, _AROUND + 1)
    weight = activation[np.clip(near, 0, len(activation) - 1)].astype(np.float64) + 1e-9
    # Once more around what was found, so that a beat near the edge of its frame is not pulled back.
    centre = (weight * near).sum(axis=1) / weight.sum(axis=1)
    closeness = np.clip(1.0 - np.abs(near - centre[:, None]) / (_AROUND + 0.5), 0.0, None)
    weight *= closeness
    found: Doubles = (weight * near).sum(axis=1) / weight.sum(axis=1)
    return found


def _smooth(times: Doubles) -> Doubles:
    """Each beat on a line through its neighbours, strays left out; a step of the tempo stays one."""
    count = len(times)
    result = times.copy()
    for index in range(count):
        best, best_error = times[index], np.inf
        # Around it, and before and after it alone: at a change of tempo one side fits and the other does not.
        for low, high in (
            (index - _NEIGHBOURS, index + _NEIGHBOURS),
            (index - 2 * _NEIGHBOURS + 2, index + 1),
            (index - 1, index + 2 * _NEIGHBOURS - 2),
        ):
            low, high = max(0, low), min(count, high + 1)
            if high - low < 5:
                continue
            places = np.arange(low, high, dtype=np.float64) - index
            value, error = _line(places, times[low:high])
            if error < best_error:
                best, best_error = value, error
        if abs(best - times[index]) < _STRAY_SECONDS or best_error < 0.25 * _STRAY_SECONDS:
            result[index] = best
    # Never out of order.
    return result if np.all(np.diff(result) > 0.0) else times


def _line(places: Doubles, times: Doubles) -> tuple[float, float]:
    """Value at 0 of a robust line, and the median distance from it."""
    weight = np.exp(-0.5 * np.square(places / _NEIGHBOURS))
    value, error = float(times[0]), np.inf
    for _ in range(3):
        total = weight.sum()
        mean_place, mean_time = (weight * places).sum() / total, (weight * times).sum() / total
        spread = (weight * np.square(places - mean_place)).sum()
        if spread <= 0.0:
            break
        slope = (weight * (places - mean_place) * (times - mean_time)).sum() / spread
        value = float(mean_time - slope * mean_place)
        off = np.abs(times - value - slope * places)
        error = float(np.median(off))
        weight = np.exp(-0.5 * np.square(places / _NEIGHBOURS)) / (1.0 + np.square(off / max(0.004, error)))
    return value, error


def _local_tempo(times: Doubles) -> Doubles:
    """Beats a minute at each beat, over four intervals around it."""
    index = np.arange(len(times))
    low, high = np.maximum(index - 2, 0), np.minimum(index + 2, len(times) - 1)
    tempo: Doubles = 60.0 * (high - low) / (times[high] - times[low])
    return tempo


def _curve(times: Doubles, tempo: Doubles, middle: float) -> tuple[TempoPoint, ...]:
    """Points of the tempo where it moves; none where it stays."""
    if float(np.quantile(np.abs(tempo / middle - 1.0), 0.9)) < _MOVES:
        return ()
    chosen = sorted({*range(0, len(times), _CURVE_STEP), len(times) - 1})
    return tuple(TempoPoint(float(times[index]), float(tempo[index])) for index in chosen)


def _numbered(times: Doubles, place: NDArray[np.int64]) -> tuple[Beat, ...]:
    """Bars are counted from the first downbeat; what comes before it is bar 0."""
    bars = np.cumsum(place == 0)
    return tuple(
        Beat(float(time), int(bar), int(beat) + 1) for time, bar, beat in zip(times, bars, place, strict=True)
    )


def _metre_name(length: NDArray[np.int64], threes: bool) -> str:
    values, counts = np.unique(length, return_counts=True)
    return _named(int(values[counts.argmax()]), threes)


def _named(beats: int, threes: bool) -> str:
    return f"{3 * beats}/8" if threes and beats in (2, 3, 4) else f"{beats}/4"


def _changes(
    times: Doubles, place: NDArray[np.int64], length: NDArray[np.int64], threes: bool
) -> list[tuple[float, str]]:
    """From when on which metre holds."""
    found: list[tuple[float, str]] = []
    for time, beat, beats in zip(times, place, length, strict=True):
        name = _named(int(beats), threes)
        if not found or (beat == 0 and found[-1][1] != name):
            found.append((float(time), name))
    return found

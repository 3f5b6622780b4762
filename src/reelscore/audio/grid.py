"""The grid of a piece of music: beats in bars, metre, tempo where it moves, and how sure all of it is.

A small network says how likely each frame is a beat and a downbeat (`pulse_net`), and the best chain of
beats is found (`beats`). Two others look at the beats of that chain and of its other levels, twice as fast,
half as fast, off the beat (`levels`, `beat_view`, `beat_net`): level, metre and division of the beat are
chosen together (`readings`), and bars are laid over the beats (`bars`). The times are brought from frames to
a few milliseconds: each beat is placed within its frames, and then by its neighbours, since beats follow a
tempo and single attacks do not.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from reelscore.audio.attacks import bias_of
from reelscore.audio.bars import METRES, bar_fits, place_in_bars
from reelscore.audio.beat_net import Judgement, beside, downbeats, judge, pooled
from reelscore.audio.beat_view import describe, view_piece
from reelscore.audio.beats import track_beats
from reelscore.audio.metrical_levels import level_shares, levels_of, metre_shares, read_piece
from reelscore.audio.pulse_net import Pulse, find_pulse
from reelscore.records import AudioClip, Beat, BeatGrid, DoubleArray, FloatArray, TempoPoint

GRID_VERSION = "5"

# There is no steady beat where less than this speaks for one: noise, speech and drifting sound give less.
LEAST_STEADY = 0.25
_FEWEST_BEATS = 6
# Share of what sounds that beats have to cover; of clips that were right it was .6 and more.
_LEAST_COVERED = 0.5
_SHORTEST_SECONDS = 4.0

# Weights, in the order in which `sureness` gives its parts: that there is a steady beat, at whichever of its
# levels, and that nearly all beats are those that people tap.
_STEADY = (4.977, -0.225, 17.41, 3.768, -0.13, 2.915, -19.229)
_CONFIDENCE = (3.93, 0.138, 11.812, 0.742, 1.907, 0.335, -15.451)

# Around a beat's frame, where its activation lies.
_AROUND = 2
_CHAIN_SHARE = 0.02  # of the chain's own place, if the activation says little
# Beats on either side that place a beat, and how far an attack may lie from where they put it to count.
_NEIGHBOURS, _STRAY_SECONDS = 5, 0.02
# The tempo is said to move if it leaves its middle by more than this, and is drawn a point every beats.
_MOVES, _CURVE_STEP = 0.03, 4


def find_grid(
    clip: AudioClip, mels: FloatArray, rate: float, *, salience: tuple[DoubleArray, DoubleArray] | None = None
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
    pulse = find_pulse(mels)
    path = track_beats(pulse.beat, rate, salience=salience)
    if len(path.frames) < _FEWEST_BEATS:
        return BeatGrid(version=GRID_VERSION)
    piece = view_piece(pulse, mels, rate)
    chains = levels_of(path.frames.astype(np.float64), rate)
    rows = [describe(piece, chain) for chain in chains]
    downs = [downbeats(row) for row in rows]
    judged = judge(seen_of(chains, rows, downs, rate, salience))
    reading = read_piece(judged)
    best = reading.chain
    frames = chains[best]
    times = _smooth(_within_frames(pulse.beat, frames) / rate)
    tempo = _local_tempo(times)
    middle = float(np.median(tempo))
    apart = np.log(tempo / middle)
    steadiness = float(np.exp(-(np.median(np.abs(apart)) + 0.5 * np.std(apart)) / 0.06))
    seen = sureness(pulse, frames, judged, steadiness)
    steady, confidence = _share(_STEADY, seen), _share(_CONFIDENCE, seen)
    if steady < LEAST_STEADY or seen[2] < np.sqrt(_LEAST_COVERED):
        confidence = min(steady, confidence)
        return BeatGrid(confidence=confidence, version=GRID_VERSION)
    metres = 0.5 * metre_shares(judged[best])
    metres[METRES.index(reading.beats)] += 0.5
    place, length, _ = place_in_bars(downs[best], metres)
    threes = reading.threes
    times = times - bias_of(times, clip.samples, clip.sample_rate)
    intervals = np.diff(times)
    start = clip.start
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


def seen_of(
    chains: list[DoubleArray],
    rows: list[FloatArray],
    downs: list[DoubleArray],
    rate: float,
    salience: tuple[DoubleArray, DoubleArray] | None,
) -> list[FloatArray]:
    """What is judged of each level of a chain, the chain itself first.

    `rows` describe their beats, and `downs` say how likely each begins a bar.
    """
    seen = []
    for chain, row, down in zip(chains, rows, downs, strict=True):
        fits = bar_fits(down).astype(np.float32)
        seen.append(np.concatenate([pooled(row), beside(chain, chains[0], rate, salience), fits]))
    return seen


def sureness(
    pulse: Pulse, frames: DoubleArray, judged: list[Judgement], steadiness: float
) -> tuple[float, ...]:
    """What is weighed for both: sure beats, as long as there is sound, an even tempo, a sure level."""
    places = np.round(frames).astype(np.int64)
    surely = float(_highest(pulse.beat, places, 1).mean())
    between = float(_highest(pulse.beat, (places[:-1] + places[1:]) // 2, 2).mean())
    sounding = np.flatnonzero(pulse.rise > 0.1 * pulse.rise.mean())
    share = (places[-1] - places[0]) / max(1, sounding[-1] - sounding[0]) if len(sounding) else 0.0
    level = max(one.level for one in judged)
    chosen = float(np.clip(level_shares(judged).max(), 1e-3, 1.0 - 1e-3))
    return (
        surely,
        between,
        float(np.sqrt(min(1.0, share))),
        steadiness,
        float(np.log(chosen / (1.0 - chosen))) / 3.0,
        float(np.clip(level, -8.0, 8.0)) / 4.0,
        1.0,
    )


def _share(weights: tuple[float, ...], seen: tuple[float, ...]) -> float:
    """0..1, by a logistic regression on clips that the networks had not seen."""
    return float(1.0 / (1.0 + np.exp(-np.dot(weights, seen))))


def _highest(values: FloatArray, frames: NDArray[np.int64], around: int) -> DoubleArray:
    near = frames[:, None] + np.arange(-around, around + 1)
    found: DoubleArray = values[np.clip(near, 0, len(values) - 1)].max(axis=1).astype(np.float64)
    return found


def _within_frames(activation: FloatArray, chain: DoubleArray) -> DoubleArray:
    """Where between frames each beat lies: the middle of its activation's weight near the chain's place."""
    near = np.round(chain).astype(np.int64)[:, None] + np.arange(-_AROUND, _AROUND + 1)
    weight = activation[np.clip(near, 0, len(activation) - 1)].astype(np.float64) + 1e-9
    weight += _CHAIN_SHARE * np.clip(1.0 - np.abs(near - chain[:, None]), 0.0, None)
    # Once more around what was found, so that a beat near the edge of its frame is not pulled back.
    centre = (weight * near).sum(axis=1) / weight.sum(axis=1)
    closeness = np.clip(1.0 - np.abs(near - centre[:, None]) / (_AROUND + 0.5), 0.0, None)
    weight *= closeness
    found: DoubleArray = (weight * near).sum(axis=1) / weight.sum(axis=1)
    return found


def _smooth(times: DoubleArray) -> DoubleArray:
    """Each beat on a line through its neighbours, strays left out; a step of the tempo stays one."""
    best, best_error = times.copy(), np.full(len(times), np.inf)
    # Around it, and before and after it alone: at a change of tempo one side fits and the other does not.
    for low, high in (
        (-_NEIGHBOURS, _NEIGHBOURS),
        (2 - 2 * _NEIGHBOURS, 1),
        (-1, 2 * _NEIGHBOURS - 2),
    ):
        value, error = _lines(times, np.arange(low, high + 1))
        better = error < best_error
        best[better], best_error[better] = value[better], error[better]
    near = (np.abs(best - times) < _STRAY_SECONDS) | (best_error < 0.25 * _STRAY_SECONDS)
    result = np.where(near, best, times)
    # Never out of order.
    return result if np.all(np.diff(result) > 0.0) else times


def _lines(times: DoubleArray, places: NDArray[np.int64]) -> tuple[DoubleArray, DoubleArray]:
    """For each beat the value of a robust line through those at `places` from it, and their median distance.

    The distance is infinite if fewer than five are there.
    """
    index = np.arange(len(times))[:, None] + places
    inside = (index >= 0) & (index < len(times))
    enough = inside.sum(axis=1) >= 5
    index, inside = np.clip(index[enough], 0, len(times) - 1), inside[enough]
    near, usual = times[index], inside * np.exp(-0.5 * np.square(places / _NEIGHBOURS))
    value, error = times.copy(), np.full(len(times), np.inf)
    weight = usual
    for _ in range(3):
        total = weight.sum(axis=1, keepdims=True)
        mean_place = (weight * places).sum(axis=1, keepdims=True) / total
        mean_time = (weight * near).sum(axis=1, keepdims=True) / total
        spread = (weight * np.square(places - mean_place)).sum(axis=1, keepdims=True)
        slope = (weight * (places - mean_place) * (near - mean_time)).sum(axis=1, keepdims=True) / spread
        at_beat = mean_time - slope * mean_place
        off = np.where(inside, np.abs(near - at_beat - slope * places), np.nan)
        usual_off = np.nanmedian(off, axis=1, keepdims=True)
        weight = usual / (1.0 + np.square(np.where(inside, off, 0.0) / np.maximum(0.004, usual_off)))
        value[enough], error[enough] = at_beat[:, 0], usual_off[:, 0]
    return value, error


def _local_tempo(times: DoubleArray) -> DoubleArray:
    """Beats a minute at each beat, over four intervals around it."""
    index = np.arange(len(times))
    low, high = np.maximum(index - 2, 0), np.minimum(index + 2, len(times) - 1)
    tempo: DoubleArray = 60.0 * (high - low) / (times[high] - times[low])
    return tempo


def _curve(times: DoubleArray, tempo: DoubleArray, middle: float) -> tuple[TempoPoint, ...]:
    """Points of the tempo where it moves; none if it stays."""
    if float(np.quantile(np.abs(tempo / middle - 1.0), 0.9)) < _MOVES:
        return ()
    chosen = sorted({*range(0, len(times), _CURVE_STEP), len(times) - 1})
    return tuple(TempoPoint(float(times[index]), float(tempo[index])) for index in chosen)


def _numbered(times: DoubleArray, place: NDArray[np.int64]) -> tuple[Beat, ...]:
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
    times: DoubleArray, place: NDArray[np.int64], length: NDArray[np.int64], threes: bool
) -> list[tuple[float, str]]:
    """From when on which metre holds."""
    found: list[tuple[float, str]] = []
    for time, beat, beats in zip(times, place, length, strict=True):
        name = _named(int(beats), threes)
        if not found or (beat == 0 and found[-1][1] != name):
            found.append((float(time), name))
    return found

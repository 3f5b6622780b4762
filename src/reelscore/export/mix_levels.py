"""How loud each sound of a mix is at each moment: volumes, fades, ducking, loudness and its limit. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from reelscore.audio.loudness import integrated_of_powers
from reelscore.audio.loudness_meter import Metered
from reelscore.errors import InvalidInputError
from reelscore.records import DuckRegion, FloatArray, MusicEvent

_LEAST_LOUDNESS, _MOST_LOUDNESS = -40.0, -8.0
# A mix that is softer is not worth raising: noise comes up with it.
_MOST_GAIN_DB = 30.0
# Half of the window that the limiter is smoothed over, in milliseconds: no bass note is bent by it.
_SMOOTH_MS = 20
# Milliseconds that the limiter is tried on at once, in whole steps of 100.
_PIECE_MS = 100_000
_ATTEMPTS = 12
_CLOSE_LU = 0.02


@dataclass(frozen=True, slots=True)
class DuckSettings:
    """How the music makes room for speech."""

    depth_db: float = 12.0  # how much softer it is under speech
    attack: float = 0.25  # seconds before the first word in which it goes down
    hold: float = 0.5  # seconds after the last word that it stays down; shorter pauses are bridged
    release: float = 0.8  # seconds in which it comes up again


@dataclass(frozen=True, slots=True)
class MixSettings:
    """What a mix is asked for."""

    picture_db: float = 0.0  # of the film's own sound
    music_db: float = 0.0
    duck: DuckSettings | None = field(default_factory=DuckSettings)  # None: the music stays as it is
    loudness: float | None = -14.0  # LUFS; None: left as it comes out, peaks alone are limited
    true_peak: float = -1.0  # dBTP

    def checked(self) -> MixSettings:
        """The settings, if they can be used.

        Raises
        ------
        InvalidInputError
            A number is out of range.
        """
        if self.loudness is not None and not _LEAST_LOUDNESS <= self.loudness <= _MOST_LOUDNESS:
            raise InvalidInputError(
                f"cannot aim at {self.loudness:g} LUFS; give {_LEAST_LOUDNESS:g} to {_MOST_LOUDNESS:g}, "
                "such as -14 (streaming), -16 (podcasts) or -23 (broadcast)"
            )
        if not -20.0 <= self.true_peak <= 0.0:
            raise InvalidInputError(f"cannot limit to {self.true_peak:g} dBTP; give -20 to 0, such as -1")
        for name, value in (("picture", self.picture_db), ("music", self.music_db)):
            # -inf silences it.
            if math.isnan(value) or value > 24.0:
                raise InvalidInputError(f"the volume of the {name} cannot be {value:g} dB; give at most 24")
        duck = self.duck
        if duck is not None:
            if not 0.0 <= duck.depth_db <= 60.0:
                raise InvalidInputError(f"cannot duck by {duck.depth_db:g} dB; give 0 to 60, such as 12")
            if not all(0.0 <= seconds <= 30.0 for seconds in (duck.attack, duck.hold, duck.release)):
                raise InvalidInputError("attack, hold and release of the ducking are 0 to 30 seconds")
        return self


def linear(decibels: float) -> float:
    """The factor of a level in decibels."""
    return math.pow(10.0, decibels / 20.0)


@dataclass(frozen=True, slots=True)
class Envelope:
    """A level in decibels over time, straight between its points."""

    samples: NDArray[np.float64]
    decibels: NDArray[np.float64]

    def at(self, start: int, count: int) -> FloatArray:
        """The factors of `count` samples from `start` on."""
        first, last = np.searchsorted(self.samples, (start, start + count))
        near = slice(max(0, int(first) - 1), int(last) + 1)
        if np.ptp(self.decibels[near]) == 0.0:
            return np.full(count, linear(float(self.decibels[near][0])), np.float32)
        levels = np.interp(np.arange(start, start + count), self.samples[near], self.decibels[near])
        return np.power(10.0, levels / 20.0).astype(np.float32)


def duck_envelope(regions: Sequence[DuckRegion], settings: DuckSettings, sample_rate: int) -> Envelope | None:
    """The level of the music under speech; None if there is none.

    It is down from the first word on, since it goes down before it.
    """
    attack, hold, release = (
        round(seconds * sample_rate) for seconds in (settings.attack, settings.hold, settings.release)
    )
    joined: list[tuple[int, int]] = []
    for region in sorted(regions, key=lambda region: region.start):
        if region.end <= region.start:
            continue
        # What cannot come up again before the next word stays down.
        if joined and region.start - attack <= joined[-1][1] + hold + release:
            joined[-1] = (joined[-1][0], max(joined[-1][1], region.end))
        else:
            joined.append((region.start, region.end))
    if not joined or settings.depth_db == 0.0:
        return None
    down = -settings.depth_db
    points: list[tuple[float, float]] = []
    for start, end in joined:
        points += [(start - attack, 0.0), (start, down), (end + hold, down), (end + hold + release, 0.0)]
    times, levels = zip(*points, strict=True)
    return Envelope(np.array(times, np.float64), np.array(levels, np.float64))


def event_gain(event: MusicEvent, start: int, count: int) -> FloatArray:
    """The factors of a stretch of music for `count` samples from sample `start` of the timeline on.

    Fades have the shape of a quarter of a sine, so that two that cross keep their power; outside the stretch
    there is silence.
    """
    at = np.arange(start - event.record_in, start - event.record_in + count)
    gain: FloatArray = np.full(count, linear(event.gain_db), np.float32)
    gain[(at < 0) | (at >= event.length)] = 0.0
    if event.fade_in > 0 and at[0] < event.fade_in:
        gain *= _quarter_sine((at + 0.5) / event.fade_in)
    if event.fade_out > 0 and at[-1] >= event.length - event.fade_out:
        gain *= _quarter_sine((event.length - at - 0.5) / event.fade_out)
    return gain


def _quarter_sine(share: NDArray[np.float64]) -> FloatArray:
    return np.sin(np.clip(share, 0.0, 1.0) * (np.pi / 2)).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Master:
    """What brings a mix to its loudness without passing its peak.

    The limiter is made where it is asked for: for hours of sound its curve alone would be large.
    """

    gain_db: float
    peaks: NDArray[np.float16]  # of each millisecond of the mix, linear, before the gain
    ceiling: float  # linear
    reduction_db: float  # the most that the limiter takes off
    loudness: float | None  # LUFS that is to be expected

    def at(self, start: int, count: int, sample_rate: int) -> FloatArray | float:
        """The factors of `count` samples from sample `start` of the mix on."""
        gain = linear(self.gain_db)
        if self.reduction_db == 0.0:
            return gain
        chunk = max(1, round(sample_rate / 1000))
        first = max(0, start // chunk - 2)
        curve = _limiter(self.peaks, gain, self.ceiling, first, (start + count) // chunk + 3)
        if not len(curve) or curve.min() == 1.0:
            return gain
        middles = (np.arange(first, first + len(curve)) + 0.5) * chunk
        factors = np.interp(np.arange(start, start + count), middles, curve)
        return (gain * factors).astype(np.float32)


def master(metered: Metered, *, loudness: float | None, true_peak: float) -> Master:
    """The gain and the limiter that bring a measured mix to a loudness.

    Parameters
    ----------
    metered
        What was measured in the mix.
    loudness
        LUFS; None: as it is.
    true_peak
        dBTP that no millisecond passes.
    """
    before = metered.loudness
    ceiling = linear(true_peak)
    aims = loudness is not None and before is not None
    gain = min(_MOST_GAIN_DB, loudness - before) if loudness is not None and before is not None else 0.0
    reached, reduction = _limited(metered, gain, ceiling)
    # What the limiter takes is made up for, which lets it take a little more.
    for _ in range(_ATTEMPTS if aims else 0):
        if reached is None or loudness is None or abs(loudness - reached) < _CLOSE_LU:
            break
        if gain >= _MOST_GAIN_DB:
            break
        gain = min(_MOST_GAIN_DB, gain + (loudness - reached))
        reached, reduction = _limited(metered, gain, ceiling)
    return Master(gain, metered.peaks, ceiling, reduction, reached)


def _limiter(peaks: NDArray[np.float16], gain: float, ceiling: float, first: int, last: int) -> FloatArray:
    """The smooth factors of milliseconds `first` to `last` that keep all peaks below the ceiling."""
    # The lowest value within reach of the smoothing and of the interpolation between milliseconds: the mean
    # of such values is nowhere above what is needed.
    reach = 2 * _SMOOTH_MS + 1
    begin, end = max(0, first - reach), min(len(peaks), last + reach)
    last = min(last, len(peaks))
    if last <= first:
        return np.empty(0, np.float32)
    needed = np.minimum(1.0, ceiling / np.maximum(peaks[begin:end].astype(np.float32) * gain, 1e-9))
    if needed.min() == 1.0:
        return np.ones(last - first, np.float32)
    lowest = _window_minimum(needed, _SMOOTH_MS + 1)
    padded = np.concatenate([np.full(_SMOOTH_MS, lowest[0]), lowest, np.full(_SMOOTH_MS, lowest[-1])])
    sums = np.concatenate([[0.0], np.cumsum(padded, dtype=np.float64)])
    width = 2 * _SMOOTH_MS + 1
    smooth: FloatArray = ((sums[width:] - sums[:-width]) / width).astype(np.float32)
    # Rounding of sums must not move what is untouched.
    smooth[(lowest >= 1.0) & (smooth > 0.9999)] = 1.0
    return smooth[first - begin : last - begin]


def _window_minimum(values: FloatArray, reach: int) -> FloatArray:
    """The minimum of each value and its `reach` neighbours on both sides."""
    result = values.copy()
    covered = 0
    while covered < reach:
        step = min(covered + 1, reach - covered) if covered else 1
        shifted = result.copy()
        np.minimum(shifted[step:], result[:-step], out=shifted[step:])
        np.minimum(shifted[:-step], result[step:], out=shifted[:-step])
        result = shifted
        covered += step
    return result


def _limited(metered: Metered, gain_db: float, ceiling: float) -> tuple[float | None, float]:
    """(LUFS behind gain and limiter, the most that the limiter takes off in dB).

    What the limiter takes from a step is weighed by the energy beside it, in pieces: so memory does
    not grow with the mix.
    """
    scaled = metered.powers * 10.0 ** (gain_db / 10.0)
    gain, lowest = linear(gain_db), 1.0
    for first in range(0, len(metered.peaks), _PIECE_MS):
        curve = _limiter(metered.peaks, gain, ceiling, first, first + _PIECE_MS)
        least = float(curve.min())
        if least == 1.0:
            continue
        lowest = min(lowest, least)
        step = first // 100
        whole = max(0, min(len(scaled) - step, len(curve) // 100))
        part = slice(first, first + whole * 100)
        weights = metered.energies[part].astype(np.float64).reshape(whole, 100) + 1e-12
        squares = np.square(curve[: whole * 100], dtype=np.float64).reshape(whole, 100)
        scaled[step : step + whole] *= (squares * weights).sum(axis=1) / weights.sum(axis=1)
    loudness = integrated_of_powers(scaled)
    return loudness, -20.0 * math.log10(max(1e-6, lowest))

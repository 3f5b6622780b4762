"""Loudness and true peaks of sound of any length, block by block.

Integrated loudness is ITU-R BS.1770-4 over all channels, true peaks are those of its annex 2: the highest
absolute value of the sound at four times its rate. Memory grows by 400 bytes for a tenth of a second, or by 8
if the milliseconds are not kept.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reelscore.audio.channel_power import STEP_SECONDS
from reelscore.audio.loudness import FFT_LENGTH, OVERLAP, integrated_of_powers, k_response
from reelscore.records import FloatArray

PEAK_SECONDS = 0.001
_OVERSAMPLING = 4
_HALF_TAPS = 8  # samples on each side of an interpolated value
# Half precision is off by half of this at most: rounded, no peak is lower than it was.
_ROUNDED_UP = np.float32(1.0 + 2.0**-11)
# What is worked on at once stays in the cache of a core.
_SLICE = 1 << 13


@dataclass(frozen=True, slots=True)
class Metered:
    """What was measured in a sound."""

    powers: NDArray[np.float64]  # mean squares of the K-weighted sound, summed over channels, each 100 ms
    highest: float  # true peak of all, linear
    # What a limiter needs, if it is kept: of each millisecond.
    peaks: NDArray[np.float16]  # true peak over all channels, linear, at most .01 dB too high
    energies: NDArray[np.float16]  # mean square, summed over channels

    @property
    def loudness(self) -> float | None:
        """Integrated loudness, LUFS; None if nothing is above the gates."""
        return integrated_of_powers(self.powers)

    @property
    def true_peak_db(self) -> float:
        """The true peak of all, dBTP; -inf for silence."""
        return 20.0 * math.log10(self.highest) if self.highest > 0.0 else -math.inf


class LoudnessMeter:
    """Measures blocks of (channels, n) float32 samples that follow each other.

    `each_millisecond`: whether peaks and energies are kept for each millisecond, as a limiter needs them.
    """

    def __init__(self, sample_rate: int, channels: int = 2, *, each_millisecond: bool = True) -> None:
        self._step = round(sample_rate * STEP_SECONDS)
        self._response = k_response(sample_rate)
        self._steps_at_once = (FFT_LENGTH - OVERLAP) // self._step
        self._block: FloatArray = np.zeros((channels, FFT_LENGTH), np.float32)
        self._context: FloatArray = np.zeros((channels, OVERLAP), np.float32)
        self._waiting: list[FloatArray] = []
        self._count = 0
        self._powers: list[NDArray[np.float64]] = []
        self._peaks = _PeakMeter(sample_rate, channels, each_millisecond)

    def push(self, samples: FloatArray) -> None:
        """Add the next samples, of shape (channels, n)."""
        self._peaks.push(samples)
        self._waiting.append(samples)
        self._count += samples.shape[1]
        size = self._steps_at_once * self._step
        if self._count < size:
            return
        joined = np.concatenate(self._waiting, axis=1)
        whole = self._count // size * size
        for begin in range(0, whole, size):
            self._weigh(joined[:, begin : begin + size])
        self._waiting = [joined[:, whole:]]
        self._count -= whole

    def finish(self) -> Metered:
        """What was measured; a last part of a tenth of a second counts for peaks alone."""
        self._peaks.finish()
        rest = np.concatenate(self._waiting, axis=1) if self._waiting else self._context[:, :0]
        whole = rest.shape[1] // self._step * self._step
        if whole:
            self._weigh(rest[:, :whole])
        self._waiting, self._count = [], 0
        return Metered(
            np.concatenate(self._powers) if self._powers else np.empty(0),
            self._peaks.highest,
            np.frombuffer(self._peaks.levels, np.float16),
            np.frombuffer(self._peaks.energies, np.float16),
        )

    def _weigh(self, samples: FloatArray) -> None:
        length = samples.shape[1]
        self._block[:, :OVERLAP] = self._context
        self._block[:, OVERLAP : OVERLAP + length] = samples
        self._block[:, OVERLAP + length :] = 0.0
        weighted = np.fft.irfft(np.fft.rfft(self._block) * self._response, n=FFT_LENGTH)
        played = weighted[:, OVERLAP : OVERLAP + length].reshape(len(samples), -1, self._step)
        self._powers.append(np.square(played).mean(axis=2, dtype=np.float64).sum(axis=0))
        self._context = self._block[:, length : OVERLAP + length].copy()


class _PeakMeter:
    """The true peak of each millisecond, over all channels."""

    def __init__(self, sample_rate: int, channels: int, each_millisecond: bool) -> None:
        self._each_millisecond = each_millisecond
        self._chunk = max(1, round(sample_rate * PEAK_SECONDS))
        self._slice = max(1, _SLICE // self._chunk) * self._chunk
        # Before the first sample there is silence.
        self._waiting: FloatArray = np.zeros((channels, _HALF_TAPS - 1), np.float32)
        self.highest = 0.0
        # Bytes grow in place: pieces would be there twice when they are joined.
        self.levels, self.energies = bytearray(), bytearray()

    def push(self, samples: FloatArray) -> None:
        """Add the next samples, of shape (channels, n)."""
        joined = np.concatenate([self._waiting, samples], axis=1)
        reach = self._chunk + 2 * _HALF_TAPS - 1
        count = (joined.shape[1] - reach) // self._chunk + 1
        if count <= 0:
            self._waiting = joined
            return
        levels = self._highest(joined, count)
        self.highest = max(self.highest, float(levels.max()))
        if self._each_millisecond:
            self.levels += (levels * _ROUNDED_UP).astype(np.float16).tobytes()
        self._waiting = joined[:, count * self._chunk :]

    def finish(self) -> None:
        """Add what the last samples ring into."""
        over = self._waiting.shape[1] - (_HALF_TAPS - 1)
        if over > 0:
            missing = -over % self._chunk + _HALF_TAPS
            self.push(np.zeros((len(self._waiting), missing), np.float32))

    def _highest(self, samples: FloatArray, count: int) -> FloatArray:
        """The highest value of `count` milliseconds, whose first sample is number `_HALF_TAPS` - 1."""
        begin = _HALF_TAPS - 1
        whole = samples[:, begin : begin + count * self._chunk].reshape(len(samples), count, self._chunk)
        highest: FloatArray = np.abs(whole).max(axis=(0, 2))
        if self._each_millisecond:
            self.energies += np.square(whole).mean(axis=2).sum(axis=0).astype(np.float16).tobytes()
        size = count * self._chunk
        for first in range(0, size, self._slice):
            length = min(self._slice, size - first)
            part = slice(first // self._chunk, (first + length) // self._chunk)
            level = _between(samples[:, first : first + length + 2 * _HALF_TAPS - 1]).max(axis=0)
            np.maximum(highest[part], level.reshape(-1, self._chunk).max(axis=1), out=highest[part])
        return highest


def _between(samples: FloatArray) -> FloatArray:
    """The highest absolute value at the three places behind each sample, given 7 before and 8 after it.

    The filter of the half is symmetric, and those of the quarters are each other's mirror image: of sums and
    differences of mirrored samples, half of the products is enough, and of an even part E and an odd part O
    the larger one of |E + O| and |E - O| is |E| + |O|. Sums of shifted samples are quicker than a
    convolution, and no product of matrices, which would wake all threads of BLAS.
    """
    length = samples.shape[1] - 2 * _HALF_TAPS + 1
    half, even, odd = (np.zeros((len(samples), length), np.float32) for _ in range(3))
    scratch = np.empty_like(half)
    for place, (of_half, of_even, of_odd) in enumerate(_TAPS):
        other = 2 * _HALF_TAPS - 1 - place
        before, after = samples[:, place : place + length], samples[:, other : other + length]
        total, difference = before + after, before - after
        half += np.multiply(total, of_half, out=scratch)
        even += np.multiply(total, of_even, out=scratch)
        odd += np.multiply(difference, of_odd, out=scratch)
    np.abs(even, out=even)
    even += np.abs(odd, out=odd)
    return np.maximum(np.abs(half, out=half), even, out=half)


def _interpolators() -> list[tuple[np.float32, np.float32, np.float32]]:
    """Windowed sinc filters: taps of the half, and of the even and the odd part of the quarters."""
    filters = []
    for phase in range(1, _OVERSAMPLING):
        at = np.arange(-_HALF_TAPS + 1, _HALF_TAPS + 1) - phase / _OVERSAMPLING
        taps = np.sinc(at) * np.cos(np.pi * at / (2 * _HALF_TAPS)) ** 2
        filters.append(taps / taps.sum())
    quarter, half, _ = filters
    even, odd = (quarter + quarter[::-1]) / 2, (quarter - quarter[::-1]) / 2
    rows = np.stack([half, even, odd], axis=1)[:_HALF_TAPS].astype(np.float32)
    return [(row[0], row[1], row[2]) for row in rows]


_TAPS = _interpolators()

"""Loudness and true peaks of sound of any length, block by block.

Integrated loudness is ITU-R BS.1770-4 over all channels, true peaks are those of its annex 2: the highest
absolute value of the sound at four times its rate. FFmpeg filters the sound with the standard's own
coefficients, which are those of 48 kHz. Memory grows by 400 bytes for a tenth of a second, or by 8 if the
milliseconds are not kept.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reelscore.audio.channel_power import K_SECTIONS, STEP_SECONDS
from reelscore.audio.loudness import integrated_of_powers
from reelscore.records import DoubleArray, FloatArray

SAMPLE_RATE = 48_000
_STEP = round(SAMPLE_RATE * STEP_SECONDS)

_CHUNK = SAMPLE_RATE // 1000  # samples of a millisecond
_OVERSAMPLING = 4
_HALF_TAPS = 8  # samples on each side of an interpolated value
_REACH = _CHUNK + 2 * _HALF_TAPS - 1  # samples that a millisecond is interpolated from
# Half precision is off by half of this at most: rounded, no peak is lower than it was.
_ROUNDED_UP = np.float32(1.0 + 2.0**-11)
# What is worked on at once stays in the cache of a core.
_SLICE = (1 << 13) // _CHUNK * _CHUNK


@dataclass(frozen=True, slots=True)
class Metered:
    """What was measured in a sound."""

    powers: DoubleArray  # mean squares of the K-weighted sound, summed over channels, each 100 ms
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
    """Measures blocks of (channels, n) float32 samples at 48 kHz that follow each other.

    `each_millisecond`: whether peaks and energies are kept for each millisecond, as a limiter needs them.
    """

    def __init__(self, channels: int = 2, *, each_millisecond: bool = True) -> None:
        self._power = _PowerMeter(channels)
        self._peaks = _PeakMeter(channels, each_millisecond)

    def push(self, samples: FloatArray) -> None:
        """Add the next samples, of shape (channels, n)."""
        if samples.shape[1]:
            self._peaks.push(samples)
            self._power.push(samples)

    def finish(self) -> Metered:
        """What was measured; a last part of a tenth of a second counts for peaks alone."""
        self._peaks.finish()
        powers = self._power.powers
        return Metered(
            np.concatenate(powers) if powers else np.empty(0),
            self._peaks.highest,
            np.frombuffer(self._peaks.levels, np.float16),
            np.frombuffer(self._peaks.energies, np.float16),
        )


class _PowerMeter:
    """The K-weighted power of each tenth of a second, summed over channels."""

    def __init__(self, channels: int) -> None:
        from av.filter import Graph

        self._layout = {1: "mono", 2: "stereo"}[channels]
        self._graph = Graph()
        self._graph.threads = 1  # more would cost more than they gain
        last: Any = self._graph.add_abuffer(
            format="fltp", sample_rate=SAMPLE_RATE, layout=self._layout, time_base=Fraction(1, SAMPLE_RATE)
        )
        for b, a in K_SECTIONS:
            taps = [f"{name}{n}={tap!r}" for name, row in (("b", b), ("a", a)) for n, tap in enumerate(row)]
            # Single precision would leave the low cut a noise of its own.
            section = self._graph.add("biquad", ":".join([*taps, "precision=f64"]))
            last.link_to(section)
            last = section
        self._sink = self._graph.add("abuffersink")
        last.link_to(self._sink)
        self._graph.configure()
        self._waiting: DoubleArray = np.zeros((channels, 0))
        self.powers: list[DoubleArray] = []

    def push(self, samples: FloatArray) -> None:
        """Add the next samples, of shape (channels, n)."""
        from av.audio.frame import AudioFrame

        frame = AudioFrame.from_ndarray(
            np.ascontiguousarray(samples, np.float32), format="fltp", layout=self._layout
        )
        frame.sample_rate = SAMPLE_RATE
        self._graph.push(frame)
        # Neither filter holds anything back.
        weighted = np.asarray(self._graph.pull().to_ndarray(), np.float64)
        joined = np.concatenate([self._waiting, weighted], axis=1)
        whole = joined.shape[1] // _STEP * _STEP
        if whole:
            steps = joined[:, :whole].reshape(len(joined), -1, _STEP)
            self.powers.append(np.einsum("cst,cst->s", steps, steps) / _STEP)
        self._waiting = joined[:, whole:]


class _PeakMeter:
    """The true peak of all channels: of the whole sound and, if asked for, of each millisecond."""

    def __init__(self, channels: int, each_millisecond: bool) -> None:
        self._each_millisecond = each_millisecond
        # Before the first sample there is silence.
        self._waiting: FloatArray = np.zeros((channels, _HALF_TAPS - 1), np.float32)
        self.highest = 0.0
        # Bytes grow in place: pieces would be there twice when they are joined.
        self.levels, self.energies = bytearray(), bytearray()

    def push(self, samples: FloatArray) -> None:
        """Add the next samples, of shape (channels, n)."""
        joined = np.concatenate([self._waiting, samples], axis=1)
        count = (joined.shape[1] - _REACH) // _CHUNK + 1
        if count <= 0:
            self._waiting = joined
            return
        if self._each_millisecond:
            levels = self._each(joined, count)
            self.highest = max(self.highest, float(levels.max()))
            self.levels += (levels * _ROUNDED_UP).astype(np.float16).tobytes()
        else:
            self._raise_highest(joined, count)
        self._waiting = joined[:, count * _CHUNK :]

    def finish(self) -> None:
        """Add what the last samples ring into."""
        over = self._waiting.shape[1] - (_HALF_TAPS - 1)
        if over > 0:
            missing = -over % _CHUNK + _HALF_TAPS
            self.push(np.zeros((len(self._waiting), missing), np.float32))

    def _each(self, samples: FloatArray, count: int) -> FloatArray:
        """The highest value of `count` milliseconds, whose first sample is number `_HALF_TAPS` - 1."""
        begin = _HALF_TAPS - 1
        whole = samples[:, begin : begin + count * _CHUNK].reshape(len(samples), count, _CHUNK)
        self.energies += np.square(whole).mean(axis=2).sum(axis=0).astype(np.float16).tobytes()
        highest: FloatArray = np.abs(whole).max(axis=(0, 2))
        interleaved = np.ascontiguousarray(samples.T)
        size = count * _CHUNK
        for first in range(0, size, _SLICE):
            length = min(_SLICE, size - first)
            part = slice(first // _CHUNK, (first + length) // _CHUNK)
            level = _between(interleaved[first : first + length + 2 * _HALF_TAPS - 1])
            np.maximum(highest[part], level.reshape(length // _CHUNK, -1).max(axis=1), out=highest[part])
        return highest

    def _raise_highest(self, samples: FloatArray, count: int) -> None:
        """Interpolate only in milliseconds whose samples are high enough to pass what was highest so far."""
        used = samples[:, : (count - 1) * _CHUNK + _REACH]
        levels = np.zeros((count + 1) * _CHUNK, np.float32)
        np.abs(used).max(axis=0, out=levels[: used.shape[1]])
        blocks = levels.reshape(count + 1, _CHUNK).max(axis=1)
        self.highest = max(self.highest, float(blocks.max()))
        # The samples that a millisecond is interpolated from lie in its own block and in the next.
        within_reach = np.maximum(blocks[:-1], blocks[1:]) * _MOST_RAISED > self.highest
        windows = np.lib.stride_tricks.sliding_window_view(used, _REACH, axis=1)[:, ::_CHUNK]
        high = windows[:, within_reach].reshape(-1, _REACH)
        if len(high):
            self.highest = max(self.highest, float(_between(np.ascontiguousarray(high.T)).max()))


def _between(samples: FloatArray) -> FloatArray:
    """The highest absolute value at the three places behind each sample, given 7 before and 8 after it.

    Time is the first axis, so that whatever lies beside it is added in one go.

    The filter of the half is symmetric, and those of the quarters are each other's mirror image: of sums and
    differences of mirrored samples, half of the products is enough, and of an even part E and an odd part O
    the larger one of |E + O| and |E - O| is |E| + |O|. Sums of shifted samples are quicker than a
    convolution, and no product of matrices, which would wake all threads of BLAS.
    """
    length = len(samples) - 2 * _HALF_TAPS + 1
    half, even, odd = (np.zeros((length, *samples.shape[1:]), np.float32) for _ in range(3))
    scratch = np.empty_like(half)
    for place, (of_half, of_even, of_odd) in enumerate(_TAPS):
        other = 2 * _HALF_TAPS - 1 - place
        before, after = samples[place : place + length], samples[other : other + length]
        total, difference = before + after, before - after
        half += np.multiply(total, of_half, out=scratch)
        even += np.multiply(total, of_even, out=scratch)
        odd += np.multiply(difference, of_odd, out=scratch)
    np.abs(even, out=even)
    even += np.abs(odd, out=odd)
    return np.maximum(np.abs(half, out=half), even, out=half)


def _interpolators() -> tuple[list[tuple[np.float32, np.float32, np.float32]], float]:
    """Windowed sinc filters: taps of the half, and of the even and the odd part of the quarters.

    With them, how far above its samples an interpolated value can be at most: the largest sum of the taps'
    absolute values.
    """
    filters = []
    for phase in range(1, _OVERSAMPLING):
        at = np.arange(-_HALF_TAPS + 1, _HALF_TAPS + 1) - phase / _OVERSAMPLING
        taps = np.sinc(at) * np.cos(np.pi * at / (2 * _HALF_TAPS)) ** 2
        filters.append(taps / taps.sum())
    quarter, half, _ = filters
    even, odd = (quarter + quarter[::-1]) / 2, (quarter - quarter[::-1]) / 2
    rows = np.stack([half, even, odd], axis=1)[:_HALF_TAPS].astype(np.float32)
    raised = max(float(np.abs(taps).sum()) for taps in filters)
    return [(row[0], row[1], row[2]) for row in rows], raised + 1e-4  # for rounding in single precision


_TAPS, _MOST_RAISED = _interpolators()

"""Loudness power of all channels at full bandwidth, measured while a file is decoded.

ITU-R BS.1770-4 sums the K-weighted power of the channels, with those behind the listener counted 1.41 times
and the low effects left out. That cannot be told from a mono mix: what is out of phase is missing there.
The power of each tenth of a second is summed over its spectrum, without filtering the sound itself: the
energy of a stretch is the same in both, but for what the filter carries over its ends (within 0.3 LU,
`tests/audio/test_channel_power.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reelscore.records import DoubleArray, FloatArray

_STEPS_PER_SECOND = 10
STEP_SECONDS = 1.0 / _STEPS_PER_SECOND
_FRAMES_AT_ONCE = 32  # what is worked on at once stays small, however much comes

# ITU-R BS.1770-4, tables 1 and 2: coefficients b and a at 48 kHz of the head's shelf and of the low cut.
K_SECTIONS = (
    ((1.53512485958697, -2.69169618940638, 1.19839281085285), (1.0, -1.69065929318241, 0.73248077421585)),
    ((1.0, -2.0, 1.0), (1.0, -1.99004745483398, 0.99007225036621)),
)
_TABLE_RATE = 48000.0

# FFmpeg's names of channels.
_NOT_HEARD = frozenset({"LFE", "LFE2"})
_BEHIND = frozenset({"BL", "BR", "BC", "SL", "SR", "TBL", "TBC", "TBR"})
_BEHIND_WEIGHT = 1.41


def channel_weights(names: Sequence[str]) -> tuple[float, ...]:
    """How much each channel counts, by FFmpeg's names of them ("FL", "LFE", "SR")."""
    return tuple(0.0 if name in _NOT_HEARD else _BEHIND_WEIGHT if name in _BEHIND else 1.0 for name in names)


class ChannelMeter:
    """K-weighted power of sound that comes piece by piece, in steps of 100 ms.

    Parameters
    ----------
    rate
        Of the sound, Hz.
    weights
        Of the channels.
    """

    def __init__(self, rate: int, weights: Sequence[float]) -> None:
        self._rate = rate
        self._weights = tuple(weights)
        self._length = max(1, rate // _STEPS_PER_SECOND)
        self._rest: FloatArray = np.zeros((len(self._weights), 0), dtype=np.float32)
        self._done = 0  # steps that were measured
        self._begun = 0  # sample at which `_rest` begins
        self._powers: list[DoubleArray] = []

    @property
    def form(self) -> tuple[int, tuple[float, ...]]:
        """Rate and weights: sound of another form wants another meter."""
        return self._rate, self._weights

    def push(self, channels: FloatArray) -> None:
        """Add samples of shape (channels, n)."""
        joined = np.concatenate([self._rest, channels], axis=1) if self._rest.shape[1] else channels
        end = self._begun + joined.shape[1]
        # Step k begins at sample ceil(rate k / 10): exact for every rate, over any length.
        steps = np.arange(self._done, end * _STEPS_PER_SECOND // self._rate + 1)
        starts = -(-steps * self._rate // _STEPS_PER_SECOND) - self._begun
        whole = starts[starts + self._length <= joined.shape[1]]
        if len(whole):
            self._powers.append(self._measure(joined, whole))
            self._done += len(whole)
        kept = int(starts[len(whole)]) if len(whole) < len(starts) else joined.shape[1]
        self._rest = joined[:, kept:].copy()
        self._begun += kept

    def finish(self) -> DoubleArray:
        """Mean weighted square of each step; a last part step is left out."""
        return np.concatenate(self._powers) if self._powers else np.zeros(0)

    def _measure(self, channels: FloatArray, starts: NDArray[np.intp]) -> DoubleArray:
        total = np.zeros(len(starts))
        gains = _k_gains(self._rate, self._length)
        for weight, channel in zip(self._weights, channels, strict=True):
            frames = np.lib.stride_tricks.sliding_window_view(channel, self._length)
            for first in range(0, len(starts) if weight else 0, _FRAMES_AT_ONCE):
                some = slice(first, first + _FRAMES_AT_ONCE)
                # Real and imaginary parts one after the other, as they lie.
                spectra = np.fft.rfft(frames[starts[some]], axis=1).view(np.float32)
                total[some] += weight * (np.square(spectra, out=spectra) @ gains)
        return total


def k_filter(frequencies: NDArray[np.floating[Any]]) -> NDArray[np.complex128]:
    """The standard's own response at frequencies in Hz, so that sound of any sample rate can be weighted."""
    # Above the table's own half rate the response stays what it is there.
    delay = np.exp(-2j * np.pi * np.minimum(frequencies, _TABLE_RATE / 2.0) / _TABLE_RATE)
    response: NDArray[np.complex128] = np.ones(len(frequencies), dtype=np.complex128)
    for b, a in K_SECTIONS:
        response *= (b[0] + b[1] * delay + b[2] * delay**2) / (a[0] + a[1] * delay + a[2] * delay**2)
    return response


@lru_cache(maxsize=8)
def _k_gains(rate: int, length: int) -> FloatArray:
    """What both parts of each line of a spectrum of `length` samples add to their K-weighted mean square."""
    frequencies = np.fft.rfftfreq(length, 1.0 / rate)
    twice = np.full(len(frequencies), 2.0)
    twice[0] = 1.0
    if length % 2 == 0:
        twice[-1] = 1.0
    gains = np.abs(k_filter(frequencies)) ** 2 * twice / length**2  # Parseval
    return np.repeat(gains, 2).astype(np.float32)

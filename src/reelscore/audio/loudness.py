"""Loudness as ITU-R BS.1770-4 and EBU Tech 3342 define it, from a mono mix.

The K filter is applied in the frequency domain, block by block, with the standard's own response (its
48 kHz coefficients, evaluated at each frequency), so any sample rate will do. At 22,050 Hz what lies above
11 kHz is missing, which is worth less than 0.1 LU in most music. What the mix to mono took from the power of
the channels is added again (`AudioClip.channel_gain_db`): exact for one channel and for equal channels.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from reelscore.records import AudioClip, FloatArray

STEP_SECONDS = 0.1
_MOMENTARY_STEPS = 4  # 400 ms gating blocks, 75 % overlap
_SHORT_TERM_STEPS = 30  # 3 s
_OFFSET_LUFS = -0.691
_ABSOLUTE_GATE_LUFS = -70.0
_RELATIVE_GATE_LU = -10.0
_RANGE_GATE_LU = -20.0
# Passages this far below the whole are pauses; dynamic complexity is about what is played.
_PAUSE_LU = -40.0

# ITU-R BS.1770-4, tables 1 and 2: coefficients at 48 kHz of the head's shelf and of the low cut.
_SHELF_B = (1.53512485958697, -2.69169618940638, 1.19839281085285)
_SHELF_A = (1.0, -1.69065929318241, 0.73248077421585)
_LOW_CUT_B = (1.0, -2.0, 1.0)
_LOW_CUT_A = (1.0, -1.99004745483398, 0.99007225036621)
_TABLE_RATE = 48000.0

FFT_LENGTH = 1 << 15
# The low cut has died away to nothing after this many samples, at 22 kHz and above.
OVERLAP = 1 << 12


@dataclass(frozen=True, slots=True)
class Loudness:
    """Loudness of one clip. None where there was not enough above the gates."""

    integrated: float | None  # LUFS
    range: float | None  # LU; wants 3 s
    complexity: float | None  # dB, mean absolute deviation of momentary loudness from its mean
    curve: FloatArray  # LUFS, one value for each begun second, -70 where it is silent


def measure_loudness(clip: AudioClip) -> Loudness:
    """Integrated loudness, loudness range, dynamic complexity and the curve over time of one clip."""
    powers = k_weighted_powers(clip) * 10.0 ** (clip.channel_gain_db / 10.0)
    momentary = _levels(_running_mean(powers, _MOMENTARY_STEPS))
    integrated = _integrate(momentary)
    return Loudness(
        integrated=integrated,
        range=_range(_levels(_running_mean(powers, _SHORT_TERM_STEPS))),
        complexity=None if integrated is None else _complexity(momentary, integrated),
        curve=_each_second(powers),
    )


def k_weighted_powers(clip: AudioClip) -> NDArray[np.float64]:
    """Mean square of the K-weighted mono sound in steps of 100 ms; a last part step is left out."""
    samples, rate = clip.samples, clip.sample_rate
    step = round(rate * STEP_SECONDS)
    count = len(samples) // step
    powers = np.empty(count)
    response = k_response(rate)
    steps_at_once = (FFT_LENGTH - OVERLAP) // step
    block: FloatArray = np.zeros(FFT_LENGTH, dtype=np.float32)
    for first in range(0, count, steps_at_once):
        steps = min(steps_at_once, count - first)
        begin, end = first * step - OVERLAP, (first + steps) * step
        block[:] = 0.0
        block[max(0, -begin) : end - begin] = samples[max(0, begin) : end]
        weighted = np.fft.irfft(np.fft.rfft(block) * response, n=FFT_LENGTH)
        played = weighted[OVERLAP : OVERLAP + steps * step].reshape(steps, step)
        powers[first : first + steps] = np.square(played).mean(axis=1)
    return powers


def integrated_of_powers(powers: NDArray[np.float64]) -> float | None:
    """Integrated loudness, LUFS, of mean squares of 100 ms, summed over channels; None: too little sound."""
    return _integrate(_levels(_running_mean(powers, _MOMENTARY_STEPS)))


@lru_cache(maxsize=4)
def k_response(sample_rate: int) -> NDArray[np.complex64]:
    """The K filter at the frequencies of a real Fourier transform of `FFT_LENGTH` samples."""
    frequencies = np.fft.rfftfreq(FFT_LENGTH, 1.0 / sample_rate)
    # Above the table's own half rate the response stays what it is there.
    delay = np.exp(-2j * np.pi * np.minimum(frequencies, _TABLE_RATE / 2.0) / _TABLE_RATE)
    response = np.ones(len(frequencies), dtype=np.complex128)
    for b, a in ((_SHELF_B, _SHELF_A), (_LOW_CUT_B, _LOW_CUT_A)):
        response *= (b[0] + b[1] * delay + b[2] * delay**2) / (a[0] + a[1] * delay + a[2] * delay**2)
    return response.astype(np.complex64)


def _running_mean(powers: NDArray[np.float64], steps: int) -> NDArray[np.float64]:
    if len(powers) < steps:
        return np.empty(0)
    sums = np.concatenate([[0.0], np.cumsum(powers)])
    # Differences of sums can come out a hair below zero after loud sound.
    means: NDArray[np.float64] = np.maximum((sums[steps:] - sums[:-steps]) / steps, 0.0)
    return means


def _levels(powers: NDArray[np.float64]) -> NDArray[np.float64]:
    levels: NDArray[np.float64] = _OFFSET_LUFS + 10.0 * np.log10(np.maximum(powers, 1e-12))
    return levels


def _mean_level(levels: NDArray[np.float64]) -> float:
    return float(10.0 * np.log10(np.mean(10.0 ** (levels / 10.0))))


def _integrate(momentary: NDArray[np.float64]) -> float | None:
    heard = momentary[momentary > _ABSOLUTE_GATE_LUFS]
    if not len(heard):
        return None
    return _mean_level(heard[heard > _mean_level(heard) + _RELATIVE_GATE_LU])


def _range(short_term: NDArray[np.float64]) -> float | None:
    heard = short_term[short_term > _ABSOLUTE_GATE_LUFS]
    if not len(heard):
        return None
    kept = heard[heard > _mean_level(heard) + _RANGE_GATE_LU]
    low, high = np.percentile(kept, [10.0, 95.0])
    return float(high - low)


def _complexity(momentary: NDArray[np.float64], integrated: float) -> float:
    played = momentary[momentary > max(_ABSOLUTE_GATE_LUFS, integrated + _PAUSE_LU)]
    return float(np.mean(np.abs(played - played.mean())))


def _each_second(powers: NDArray[np.float64]) -> FloatArray:
    steps = round(1.0 / STEP_SECONDS)
    starts = np.arange(0, len(powers), steps)
    if not len(starts):
        return np.empty(0, dtype=np.float32)
    lengths = np.diff(np.append(starts, len(powers)))
    levels = _levels(np.add.reduceat(powers, starts) / lengths)
    return np.maximum(levels, _ABSOLUTE_GATE_LUFS).astype(np.float32)

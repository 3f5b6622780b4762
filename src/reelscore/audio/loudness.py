"""Loudness as ITU-R BS.1770-4 and EBU Tech 3342 define it.

The power of all channels at full bandwidth is metered while a file is decoded (`audio.channel_power`). Of a
clip without it, the mono mix is measured, and what the mix took from the power of the channels is added
again (`AudioClip.channel_gain_db`): near in most music, and wrong if much of it is out of phase.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from reelscore.audio.channel_power import STEP_SECONDS, ChannelMeter
from reelscore.records import AudioClip, DoubleArray, FloatArray

_MOMENTARY_STEPS = 4  # 400 ms gating blocks, 75 % overlap
_SHORT_TERM_STEPS = 30  # 3 s
_OFFSET_LUFS = -0.691
_ABSOLUTE_GATE_LUFS = -70.0
_RELATIVE_GATE_LU = -10.0
_RANGE_GATE_LU = -20.0
# Passages this far below the whole are pauses; dynamic complexity is about what is played.
_PAUSE_LU = -40.0


@dataclass(frozen=True, slots=True)
class Loudness:
    """Loudness of one clip. None if there was not enough above the gates."""

    integrated: float | None  # LUFS
    range: float | None  # LU; wants 3 s
    complexity: float | None  # dB, mean absolute deviation of momentary loudness from its mean
    curve: FloatArray  # LUFS, one value for each begun second, -70 if it is silent


def measure_loudness(clip: AudioClip) -> Loudness:
    """Integrated loudness, loudness range, dynamic complexity and the curve over time of one clip."""
    powers = k_weighted_powers(clip)
    momentary = _levels(_running_mean(powers, _MOMENTARY_STEPS))
    integrated = _integrate(momentary)
    return Loudness(
        integrated=integrated,
        range=_range(_levels(_running_mean(powers, _SHORT_TERM_STEPS))),
        complexity=None if integrated is None else _complexity(momentary, integrated),
        curve=_each_second(powers),
    )


def integrated_of_powers(powers: DoubleArray) -> float | None:
    """Integrated loudness, LUFS, of mean squares of 100 ms, summed over channels; None: too little sound."""
    return _integrate(_levels(_running_mean(powers, _MOMENTARY_STEPS)))


def k_weighted_powers(clip: AudioClip) -> DoubleArray:
    """Mean square of the K-weighted sound in steps of 100 ms, as it was metered; else that of the mono mix.

    A last part step is left out.
    """
    if clip.powers is not None:
        return clip.powers
    meter = ChannelMeter(clip.sample_rate, (1.0,))
    meter.push(clip.samples[None, :])
    powers: DoubleArray = meter.finish() * 10.0 ** (clip.channel_gain_db / 10.0)
    return powers


def _running_mean(powers: DoubleArray, steps: int) -> DoubleArray:
    if len(powers) < steps:
        return np.empty(0)
    sums = np.concatenate([[0.0], np.cumsum(powers)])
    # Differences of sums can come out a hair below zero after loud sound.
    means: DoubleArray = np.maximum((sums[steps:] - sums[:-steps]) / steps, 0.0)
    return means


def _levels(powers: DoubleArray) -> DoubleArray:
    levels: DoubleArray = _OFFSET_LUFS + 10.0 * np.log10(np.maximum(powers, 1e-12))
    return levels


def _mean_level(levels: DoubleArray) -> float:
    return float(10.0 * np.log10(np.mean(10.0 ** (levels / 10.0))))


def _integrate(momentary: DoubleArray) -> float | None:
    heard = momentary[momentary > _ABSOLUTE_GATE_LUFS]
    if not len(heard):
        return None
    return _mean_level(heard[heard > _mean_level(heard) + _RELATIVE_GATE_LU])


def _range(short_term: DoubleArray) -> float | None:
    heard = short_term[short_term > _ABSOLUTE_GATE_LUFS]
    if not len(heard):
        return None
    kept = heard[heard > _mean_level(heard) + _RANGE_GATE_LU]
    ordered = np.sort(kept)
    # The nearest rank, as meters take it: the values between two ranks are no levels.
    low, high = (ordered[max(0, math.floor(share * len(ordered) + 0.5) - 1)] for share in (0.10, 0.95))
    return float(high - low)


def _complexity(momentary: DoubleArray, integrated: float) -> float:
    played = momentary[momentary > max(_ABSOLUTE_GATE_LUFS, integrated + _PAUSE_LU)]
    return float(np.mean(np.abs(played - played.mean())))


def _each_second(powers: DoubleArray) -> FloatArray:
    steps = round(1.0 / STEP_SECONDS)
    starts = np.arange(0, len(powers), steps)
    if not len(starts):
        return np.empty(0, dtype=np.float32)
    lengths = np.diff(np.append(starts, len(powers)))
    levels = _levels(np.add.reduceat(powers, starts) / lengths)
    return np.maximum(levels, _ABSOLUTE_GATE_LUFS).astype(np.float32)

"""How energetic music sounds, as one number made from measurements.

Listeners' arousal goes with loudness, event density, change of the spectrum, brightness and noisiness (see
Gabrielsson and Lindström in "Handbook of Music and Emotion", 2010). Each is brought to 0..1 by a curve that
never falls, and the energy rises with their weighted mean: so it rises with each of them.
Loudness has the largest single weight but less than a third of the whole, since mastering decides it as much
as the music does.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from reelscore.records import DoubleArray

_WEIGHTS = {"loudness": 0.3, "onsets": 0.2, "flux": 0.25, "brightness": 0.125, "noise": 0.125}

_QUIET_LUFS, _LOUD_LUFS = -38.0, -8.0
_MANY_ONSETS = 3.5  # onsets a second at which the curve has come to 63 %
_STILL_FLUX, _BUSY_FLUX = 1.0, 7.5
_DARK_HZ, _BRIGHT_HZ = 400.0, 4000.0
_PURE_FLATNESS, _NOISY_FLATNESS = 0.004, 0.16
# The weighted mean of most recorded music lies between .4 and .8; this spreads it over the scale.
_MIDDLE, _SPREAD = 0.58, 0.1


def combine_energy(
    loudness_lufs: ArrayLike,
    onset_rate: ArrayLike,
    flux: ArrayLike,
    brightness_hz: ArrayLike,
    flatness: ArrayLike,
) -> DoubleArray:
    """Energy, 0..1, of values or of curves of equal length; never falls when one of them rises."""
    parts = {
        "loudness": _between(loudness_lufs, _QUIET_LUFS, _LOUD_LUFS),
        "onsets": 1.0 - np.exp(-np.asarray(onset_rate, dtype=np.float64) / _MANY_ONSETS),
        "flux": _between(flux, _STILL_FLUX, _BUSY_FLUX),
        "brightness": _between_octaves(brightness_hz, _DARK_HZ, _BRIGHT_HZ),
        "noise": _between_octaves(flatness, _PURE_FLATNESS, _NOISY_FLATNESS),
    }
    mean = np.sum([_WEIGHTS[name] * part for name, part in parts.items()], axis=0)
    energy: DoubleArray = 1.0 / (1.0 + np.exp((_MIDDLE - mean) / _SPREAD))
    return energy


def _between(values: ArrayLike, low: float, high: float) -> DoubleArray:
    return np.clip((np.asarray(values, dtype=np.float64) - low) / (high - low), 0.0, 1.0)


def _between_octaves(values: ArrayLike, low: float, high: float) -> DoubleArray:
    octaves = np.log2(np.maximum(np.asarray(values, dtype=np.float64), 1e-9))
    return _between(octaves, math.log2(low), math.log2(high))

"""How busy a video is: cuts and movement brought to levels and put together. Pure.

Every function here never falls when one of its arguments rises; the tests hold them to that.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from reelscore.records import FloatArray

# Cuts a minute at which their level has come to 63 %; feature films have 10 to 20, music videos 30 to 60.
_MANY_CUTS = 25.0
# A few seconds of video are no base for a rate: this much time without a cut is imagined at their end.
IMAGINED_SECONDS = 3.0
_CUTS_SHARE, _MOTION_SHARE = 0.8, 0.75
# The curve counts the cuts this far to each side of a second.
_REACH_SECONDS = 4.0


def cut_level(cuts: float, seconds: float) -> float:
    """How fast a video is cut, 0..1, from its number of cuts and its length."""
    a_minute = 60.0 * cuts / (max(0.0, seconds) + IMAGINED_SECONDS)
    return float(1.0 - np.exp(-a_minute / _MANY_CUTS))


def visual_energy(cuts: float | FloatArray, motion: float | FloatArray) -> NDArray[np.float64]:
    """How much energy the pictures have, 0..1, from the levels of cuts and motion.

    Either of them makes a video busy, and together they make it busier, so what each leaves of calm is
    multiplied.
    """
    calm = (1.0 - _CUTS_SHARE * np.asarray(cuts, float)) * (1.0 - _MOTION_SHARE * np.asarray(motion, float))
    energy: NDArray[np.float64] = 1.0 - calm
    return energy


def energy_curve(cuts: Sequence[float], motion: FloatArray) -> FloatArray:
    """Energy of the pictures, one value a second, from the times of the cuts and the motion curve."""
    seconds = np.arange(len(motion), dtype=np.float64)
    times = np.sort(np.asarray(cuts, dtype=np.float64))
    begin = np.maximum(seconds - _REACH_SECONDS, 0.0)
    end = np.minimum(seconds + 1.0 + _REACH_SECONDS, float(len(motion)))
    counted = np.searchsorted(times, end) - np.searchsorted(times, begin)
    a_minute = 60.0 * counted / (end - begin + IMAGINED_SECONDS) if len(motion) else counted
    levels = 1.0 - np.exp(-a_minute / _MANY_CUTS)
    # A single second may jump; what music should follow is the trend.
    return visual_energy(levels.astype(np.float32), _smooth(motion)).astype(np.float32)


def _smooth(values: FloatArray) -> FloatArray:
    if len(values) < 3:
        return values
    padded = np.pad(values, 1, mode="edge")
    result: FloatArray = ((padded[:-2] + 2.0 * padded[1:-1] + padded[2:]) / 4.0).astype(np.float32)
    return result

"""Whether beats come in threes: the accents of a grid of half beats.

A tempo finder that divides beats by two hears three beats where compound time (6/8, 12/8) has two, since each
of its "beats" is two eighths and all eighths sound. What tells the metres apart is not which eighths sound,
but how strong each is: in compound time strengths repeat after three of them. So the strength is read at
each half beat, in bands of frequency, since a bass marks beats that a melody runs over, and compared with
that some half beats later (after Gouyon and Herrera, "Determination of the meter of musical audio signals:
seeking recurrences in beat segment descriptors", AES convention 114, 2003).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from reelscore.records import DoubleArray, FloatArray

# First mel band (of 96 up to 10 kHz) of each group: bass finely, the rest by about an octave.
GROUPS = (0, 3, 6, 12, 24, 48, 72)

# The lowest groups, up to about 230 Hz, have half of the say.
_BASS, _BASS_SHARE = 2, 0.5

# How much more the strengths are to repeat after three than after two, four or eight. Of 503 tracks and clips
# 20 were found 3/2 too fast, of which 14 lie above this; of those that were found right, none does.
_LEAST_LEAD = 0.2
_DUPLE = (2, 4, 8)
_FEWEST_HALF_BEATS, _ENOUGH_HALF_BEATS = 24, 64
_TREND = 24  # half beats; slower changes of loudness are no accents
_REACH = 2  # frames around a half beat in which its onset may lie
_COMPRESSION = 20.0


def comes_in_threes(rises: FloatArray, half_beats: NDArray[np.int64]) -> bool:
    """Whether what was taken for two halves of a beat is grouped by threes.

    Parameters
    ----------
    rises
        Onset strength in groups of bands, of shape (frames, groups).
    half_beats
        Frames of the beats and of the middles between them.
    """
    if len(half_beats) < _FEWEST_HALF_BEATS or not len(rises):
        return False
    near = half_beats[:, None] + np.arange(-_REACH, _REACH + 1)
    accents = np.log1p(_COMPRESSION * rises[np.clip(near, 0, len(rises) - 1)].max(axis=1).astype(np.float64))
    accents -= _trend(accents)
    power = np.square(accents).mean(axis=0) + 1e-6

    def repetition(lag: int) -> float:
        by_group = (accents[lag:] * accents[:-lag]).mean(axis=0) / power
        return float((1.0 - _BASS_SHARE) * by_group.mean() + _BASS_SHARE * by_group[:_BASS].mean())

    # Of a few accents, more repetition comes by chance.
    least = _LEAST_LEAD * max(1.0, float(np.sqrt(_ENOUGH_HALF_BEATS / len(half_beats))))
    return repetition(3) - max(repetition(lag) for lag in _DUPLE) >= least


def _trend(values: DoubleArray) -> DoubleArray:
    """Mean over some rows around each row; at the ends over those that there are."""
    sums = np.concatenate([np.zeros((1, values.shape[1])), np.cumsum(values, axis=0)])
    index = np.arange(len(values))
    low = np.maximum(index - _TREND // 2, 0)
    high = np.minimum(index + (_TREND - _TREND // 2), len(values))
    result: DoubleArray = (sums[high] - sums[low]) / (high - low)[:, None]
    return result

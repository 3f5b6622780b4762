"""How probable it is that somebody sings in a song, from what is heard in each of its parts.

Songs are sung in their verses, and the mean over a song hides a voice that is there for a third of it. Each
window is read by itself, and the song takes the reading of the window that only a tenth of them exceed. The
weights and the calibration were fitted to one half of the evaluation music, with voices of speech programs
that were made to sing laid over it (docs/evaluation.md has the figures of the other half).
"""

from __future__ import annotations

import numpy as np

from reelscore.embedding.lite.axes import AXIS_INDEX
from reelscore.records import FloatArray

# Axis -> what its score adds to the logarithm of the odds.
_WEIGHTS = {"male vocals": 1.5, "female vocals": 1.0, "instrumental": -2.75}
_AXES = [AXIS_INDEX[name] for name in _WEIGHTS]
_FACTORS = np.array(list(_WEIGHTS.values()), dtype=np.float32)
_BIAS = -3.8
_LARGEST_SCORE = 2.0
_SHARE_BELOW = 0.9  # of the windows


def sung(windows: FloatArray) -> float:
    """Probability that somebody sings, from the scores (windows, axes) of a song, as they are stored."""
    return float(1.0 / (1.0 + np.exp(-np.quantile(_readings(windows), _SHARE_BELOW))))


def sung_each(scores: FloatArray) -> FloatArray:
    """Probability (n,) that somebody sings where each of these scores (n, axes) was heard."""
    return np.asarray(1.0 / (1.0 + np.exp(-_readings(scores))))


def _readings(scores: FloatArray) -> FloatArray:
    # Scores level off there; of a vector that no sound gave, they may be anything.
    levelled = np.clip(scores[:, _AXES], -_LARGEST_SCORE, _LARGEST_SCORE)
    return np.asarray(levelled @ _FACTORS + _BIAS)

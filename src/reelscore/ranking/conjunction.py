"""A style and a property are a conjunction: "calm metal" asks for metal that is calm, not for either.

In a sum the one that varies most decides. Here each is brought to its own spread over the candidates, and a
soft minimum lets the weaker count more. How much was chosen on one half of the yardstick
(docs/evaluation.md).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Column = NDArray[np.float64]  # one value for each candidate

# Below it the weakest kind decides nearly alone, far above it all kinds count alike.
_TEMPERATURE = 2.0
# What the sum of all words counts beside the minimum.
_SUM_SHARE = 0.5


def hold_together(words: Column, kinds: NDArray[np.float64]) -> Column:
    """The cosines of all words (n,), moved by how well each song suits every kind of them (kinds, n).

    Mean and spread stay those of the cosines, so that they read as before.
    """
    if len(kinds) < 2 or not len(words):
        return words
    each = np.stack([_standardise(kind) for kind in kinds])
    lowest = each.min(axis=0)
    minimum = lowest - _TEMPERATURE * np.log(np.exp((lowest - each) / _TEMPERATURE).mean(axis=0))
    held = _standardise(_SUM_SHARE * _standardise(words) + minimum)
    moved: Column = words.mean() + words.std() * held
    return moved


def _standardise(values: Column) -> Column:
    spread = float(values.std())
    # Cosines that are equal but for rounding say nothing.
    return (values - values.mean()) / spread if spread > 1e-6 else np.zeros_like(values)

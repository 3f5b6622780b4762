"""From the taggers' outputs to standard scores: merged tags and learned axes.

`calibration.json` has the centre and the spread of each tag axis; `tools/build_calibration.py` says where
they come from. `learned_axes.npz`, if `axes.py` lists learned axes, has their weights.
"""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from reelscore.embedding.lite.axes import LEARNED_AXES, TAG_NAMES, tag_matrix
from reelscore.embedding.lite.taggers import HIDDEN
from reelscore.embedding.weights import read_artefact
from reelscore.errors import ModelError
from reelscore.records import FloatArray

# How a standard score becomes a probability: one deviation more multiplies the odds by exp(1.6), and the odds
# of ordinary music follow the tagger's own prior, which its training data (where most tags are missing from
# most of the tracks they suit) made too small.
_LOG_ODDS_PER_DEVIATION = 1.6
_PRIOR_SOFTENING = 2.5
_PRIOR_RANGE = (-3.5, -1.6)
_LEARNED_PRIOR = -2.0


@dataclass(frozen=True)  # without slots, since it remembers its priors
class Readout:
    """Linear maps from logits and penultimate activations to standard scores."""

    tags: FloatArray  # (tag axes, 100)
    centres: FloatArray  # (tag axes,)
    spreads: FloatArray  # (tag axes,)
    learned: FloatArray  # (learned axes, 400)
    learned_bias: FloatArray  # (learned axes,)

    def scores(self, logits: FloatArray, hidden: FloatArray) -> FloatArray:
        """Standard scores (tag axes + learned axes,) of logits (100,) and activations (400,)."""
        merged = (self.tags @ logits - self.centres) / self.spreads
        return np.concatenate([merged, self.learned @ hidden + self.learned_bias])

    def probabilities(self, scores: FloatArray) -> FloatArray:
        """How probable each tag is, given the standard scores (..., tag axes + learned axes)."""
        return np.asarray(1.0 / (1.0 + np.exp(-(self._priors + _LOG_ODDS_PER_DEVIATION * scores))))

    @cached_property
    def _priors(self) -> NDArray[np.float64]:
        priors = np.full(len(self.centres) + len(self.learned), _LEARNED_PRIOR)
        priors[: len(self.centres)] = np.clip(self.centres / _PRIOR_SOFTENING, *_PRIOR_RANGE)
        return priors


@lru_cache(maxsize=1)
def load_readout() -> Readout:
    """The bundled maps, read once.

    Raises
    ------
    ModelError
        A file is missing, damaged, or does not fit the axes of this version.
    """
    calibration = json.loads(read_artefact("calibration.json"))
    if list(calibration) != list(TAG_NAMES):
        raise ModelError(
            "calibration.json is not for the axes of this version; run tools/build_calibration.py"
        )
    values = np.array(
        [[entry["centre"], entry["spread"]] for entry in calibration.values()], dtype=np.float32
    )
    learned = np.zeros((0, HIDDEN), dtype=np.float32)
    bias = np.zeros(0, dtype=np.float32)
    if LEARNED_AXES:
        learned, bias = _read_learned(LEARNED_AXES)
    return Readout(
        tags=tag_matrix(),
        centres=values[:, 0],
        spreads=values[:, 1],
        learned=learned,
        learned_bias=bias,
    )


def _read_learned(names: Sequence[str]) -> tuple[FloatArray, FloatArray]:
    """Weights (n, 400) and bias (n,) of the named axes; the file may hold more."""
    with np.load(io.BytesIO(read_artefact("learned_axes.npz")), allow_pickle=False) as data:
        row = {str(name): index for index, name in enumerate(data["names"])}
        missing = [name for name in names if name not in row]
        if missing:
            raise ModelError(f"learned_axes.npz has no {', '.join(missing)}; run tools/learn_axes.py")
        rows = [row[name] for name in names]
        return data["weights"][rows].astype(np.float32), data["bias"][rows].astype(np.float32)

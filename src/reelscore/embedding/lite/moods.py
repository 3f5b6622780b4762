"""Moods that no tag of the taggers names, read from a track's scores as the lexicon describes the word.

Only words whose reading agrees with the labels of the evaluation music on both of its halves are here
(docs/lite-model.md has the figures); "dark", "tense", "dreamy" and "mysterious" do not, and are left out.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from reelscore.embedding.lite.lexicon import load_lexicon
from reelscore.records import FloatArray

# Word -> centre and spread of its reading over ordinary music, between those of free soundtracks and of the
# demo catalogue, rounded; no label of any track went in.
MOODS: dict[str, tuple[float, float]] = {
    "calm": (0.4, 2.5),
    "energetic": (-0.1, 2.6),
    "epic": (0.5, 1.6),
    "aggressive": (-0.5, 2.3),
    "uplifting": (-0.4, 2.2),
}
# As for the tags: one deviation multiplies the odds by exp(1.6), and a mood is heard from one deviation on,
# which is in about a sixth of all music.
_LOG_ODDS_PER_DEVIATION = 1.6
_PRIOR = -1.6
# A score far out is no better witness than one that is clear.
_LARGEST_SCORE = 3.0


def read_moods(scores: FloatArray) -> NDArray[np.float64]:
    """The probability of each mood (n, moods), from the scores (n, axes) of tracks."""
    readings = np.clip(scores, -_LARGEST_SCORE, _LARGEST_SCORE) @ _directions().T
    centres, spreads = np.array(list(MOODS.values())).T
    odds = _PRIOR + _LOG_ODDS_PER_DEVIATION * (readings - centres) / spreads
    return np.asarray(1.0 / (1.0 + np.exp(-odds)))


@lru_cache(maxsize=1)
def _directions() -> FloatArray:
    """What the lexicon says of each mood: (moods, axes)."""
    lexicon = load_lexicon()
    return np.stack([lexicon.vectors[(word,)] for word in MOODS])

"""How well a song suits a question, on a scale that is the same in every library. Pure.

A score tells songs of one answer apart, and the best of them has a good one whatever the library holds. The
fit is 0..1 and rests on what can be compared: cosines in a space whose scale is known, and wishes.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from reelscore.ranking.fusion import Column

# Space, without its version -> the cosine of what has nothing in common, and of what could hardly be nearer.
# Words reach 0.12 to 0.2 with the songs of the demo that sound so, and 0 with ordinary ones; songs of a kind
# have 0.9 with each other, of different kinds 0.25 to 0.4.
_SCALES = {"lite": (0.0, 0.2), "taggers": (0.3, 0.95)}


def fit_of_cosines(cosines: Column, space: str) -> Column | None:
    """Cosines in a space as a fit of 0..1; None if the scale of the space is not known."""
    scale = _SCALES.get(space.rpartition("-")[0])
    if scale is None:
        return None
    nothing, all_of_it = scale
    return np.clip((cosines - nothing) / (all_of_it - nothing), 0.0, 1.0)


def fit_with_wishes(fit: float, parts: Mapping[str, float], *, relevance: float, named: float = 0.0) -> float:
    """The fit of a song with what tempo, energy and things to avoid make of it.

    Parameters
    ----------
    fit
        Of its sound, 0..1.
    parts
        Of its score: "tempo" and "energy" are weighted wishes, "avoid ..." and "unlike ..." what it loses.
    relevance
        The share of the score that is no wish.
    named
        How much of the words names it, 0..1: a song that was asked for by name is what was asked for.
    """
    wishes = parts.get("tempo", 0.0) + parts.get("energy", 0.0)
    lost = sum(value for name, value in parts.items() if name.startswith(("avoid ", "unlike ")))
    return min(1.0, max(named, relevance * fit + wishes + lost, 0.0))

"""Fusion: the scores of several searches become one, by what stands out in each."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

# One standard deviation in every search moves the fused score by this much; an ordinary song has 0.5.
_STEP = 1 / 8
# A song that stands out by so many deviations among the others is the very thing to avoid.
_VERY_THING = 2.5


def fuse_scores(
    scores: Mapping[str, Mapping[str, float]], weights: Mapping[str, float]
) -> dict[str, dict[str, float]]:
    """Fuse the cosines of several searches for the same candidates.

    The cosines of two spaces, or of a common and of a rare phrase, do not share a scale; each search is
    standardised over the candidates, which tells how much nearer than the others a song is. Ranks would
    forget that, and hardly differ in a small library (docs/evaluation.md has both figures).

    Parameters
    ----------
    scores
        Name of a search -> song id -> cosine; every search has the same songs.
    weights
        Name of a search -> its weight; only their ratios matter.

    Returns
    -------
    dict
        Song id -> {name -> its share of the score}. The shares of an ordinary candidate add up to 0.5,
        and one standard deviation everywhere is an eighth.
    """
    total = sum(weights[name] for name in scores)
    fused: dict[str, dict[str, float]] = {}
    if total <= 0:
        return fused
    for name, found in scores.items():
        shares = weights[name] / total * (0.5 + _STEP * _standardise(found))
        for song, share in zip(found, shares, strict=True):
            fused.setdefault(song, {})[name] = float(share)
    return fused


def subtract(
    relevance: Mapping[str, Mapping[str, float]],
    avoided: Mapping[str, float],
    *,
    name: str,
    weight: float,
) -> dict[str, dict[str, float]]:
    """Take from each song what it has of a thing to avoid.

    Parameters
    ----------
    relevance
        Song id -> named parts.
    avoided
        Song id -> cosine with the thing, for the same songs.
    name
        Of the negative part that a song gets which has more of it than others.
    weight
        What the very thing loses, of a score of about 1.
    """
    much = np.clip(_standardise(avoided) / _VERY_THING, 0.0, 1.0)
    lost = dict(zip(avoided, weight * much, strict=True))
    return {
        song: {**parts, name: -float(lost[song])} if lost.get(song, 0.0) > 0 else dict(parts)
        for song, parts in relevance.items()
    }


def _standardise(found: Mapping[str, float]) -> NDArray[np.float64]:
    values = np.fromiter(found.values(), dtype=np.float64, count=len(found))
    if not len(values):
        return values
    # Cosines that are equal but for rounding say nothing.
    spread = float(values.std())
    return (values - values.mean()) / spread if spread > 1e-6 else np.zeros_like(values)

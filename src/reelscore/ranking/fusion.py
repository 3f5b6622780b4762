"""Fusion: the scores of several searches become one, by what stands out in each. Pure."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

# One value for each candidate, in their order.
Column = NDArray[np.float64]
# Name of a part of the score -> what it adds for each candidate; NaN: the song has no such part.
Parts = Mapping[str, Column]

# One standard deviation in every search moves the fused score by this much; an ordinary song has 0.5.
_STEP = 1 / 8
# Kinds of words that are asked for together: below it the weakest decides nearly alone, far above it all
# count alike; and what the sum of all words counts beside that (chosen on one half of the yardstick,
# docs/evaluation.md).
_TEMPERATURE = 2.0
_SUM_SHARE = 0.5
# A song that stands out by so many deviations among the others is the very thing to avoid.
_VERY_THING = 2.5


def total_of(parts: Parts) -> Column:
    """What the parts of each candidate add up to."""
    if not parts:
        return np.empty(0)
    columns = np.array([*parts.values()])
    columns[np.isnan(columns)] = 0.0
    total: Column = columns.sum(axis=0)
    return total


def hold_together(words: Column, kinds: Column) -> Column:
    """The cosines of all words (n,), moved by how well each song suits every kind of them (kinds, n).

    A style and a property are a conjunction: "calm metal" asks for metal that is calm, not for either. In a
    sum the one that varies most decides; here each is brought to its own spread over the candidates, and a
    soft minimum lets the weaker count more. Mean and spread stay those of the cosines.
    """
    if len(kinds) < 2 or not len(words):
        return words
    each = np.stack([standardise(kind) for kind in kinds])
    lowest = each.min(axis=0)
    minimum = lowest - _TEMPERATURE * np.log(np.exp((lowest - each) / _TEMPERATURE).mean(axis=0))
    held = standardise(_SUM_SHARE * standardise(words) + minimum)
    moved: Column = words.mean() + words.std() * held
    return moved


def fuse_scores(scores: Mapping[str, Column], weights: Mapping[str, float]) -> dict[str, Column]:
    """Fuse the cosines of several searches for the same candidates.

    The cosines of two spaces, or of a common and of a rare phrase, do not share a scale; each search is
    standardised over the candidates, which tells how much nearer than the others a song is. Ranks would
    forget that, and hardly differ in a small library (docs/evaluation.md has both figures).

    Parameters
    ----------
    scores
        Name of a search -> the cosine of each candidate.
    weights
        Name of a search -> its weight; only their ratios matter.

    Returns
    -------
    dict
        Name -> its share of the score of each. The shares of an ordinary candidate add up to 0.5, and one
        standard deviation everywhere is an eighth.
    """
    total = sum(weights[name] for name in scores)
    if total <= 0:
        return {}
    return {
        name: weights[name] / total * (0.5 + _STEP * standardise(found)) for name, found in scores.items()
    }


def split_share(share: Column, parts: Parts, weights: Mapping[str, float]) -> dict[str, Column]:
    """What each part of a search has of the share of the score that all of it has.

    Parameters
    ----------
    share
        Of the search in the score of each candidate, as `fuse_scores` gives it for the sum of the parts.
    parts
        Name of a part -> what it adds to the cosine of each.
    weights
        Name of a part -> its weight, which decides what an ordinary candidate has of it; 0 if there is none.
    """
    if not len(share):
        return dict(parts)
    total = sum(weights.values())
    spread = float(total_of(parts).std())
    scale = float(share.std()) / spread if spread > 1e-9 else 0.0
    middle = float(share.mean())
    return {
        name: middle * weights.get(name, 0.0) / total + scale * (column - column.mean())
        for name, column in parts.items()
    }


def lost_by(avoided: Column, weight: float) -> Column:
    """What each song loses that has more than others of a thing to avoid; NaN for the others.

    Parameters
    ----------
    avoided
        Cosine with the thing.
    weight
        What the very thing loses, of a score of about 1.
    """
    lost = weight * np.clip(standardise(avoided) / _VERY_THING, 0.0, 1.0)
    return np.where(lost > 0.0, -lost, np.nan)


def raise_of_named(totals: Column, shares: Column) -> Column:
    """What songs gain that the words of a query name.

    A song that all of the query names rises by the distance between the best and the worst candidate, so
    it stands above all that are not named; one that half of it names rises half as far.

    Parameters
    ----------
    totals
        Scores of all candidates.
    shares
        How much of the query names each of them; NaN: it is not named.
    """
    distance = float(np.ptp(totals)) if len(totals) else 0.0
    # Songs that are alike in everything else, or only one of them, are told apart by names too.
    return (distance * 1.01 if distance > 1e-6 else 1.0) * shares


def standardise(values: Column) -> Column:
    """Mean 0 and deviation 1; zeros if all are alike."""
    if not len(values):
        return values
    # Cosines that are equal but for rounding say nothing.
    spread = float(values.std())
    return (values - values.mean()) / spread if spread > 1e-6 else np.zeros_like(values)

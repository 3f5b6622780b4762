"""Fusion: several result lists become one, by their ranks or by their standardised scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from reelscore.records import Hit

# Dampens the lead of the first ranks. 60 is the value of the paper, and flat around it.
RRF_K = 60


@dataclass(frozen=True, slots=True)
class RankedList:
    """The hits of one search, best first, with a name and the weight that they have in the fusion."""

    name: str
    hits: Sequence[Hit]
    weight: float = 1.0


def fuse(lists: Sequence[RankedList]) -> dict[str, dict[str, float]]:
    """Fuse by weighted reciprocal rank.

    Each list gives a song ``weight * (RRF_K + 1) / (RRF_K + rank)``, and the weights are scaled to sum
    to 1, so that a song that is first everywhere scores 1. Ranks are compared, not scores, since the
    cosines of two spaces, or of a common and of a rare phrase, do not share a scale.

    Returns
    -------
    dict
        Song id -> {list name -> its share of the score}; the shares add up to the score.

    References
    ----------
    Cormack, Clarke, Büttcher: Reciprocal rank fusion outperforms Condorcet and individual rank learning
    methods. SIGIR 2009.
    """
    total = sum(ranked.weight for ranked in lists)
    fused: dict[str, dict[str, float]] = {}
    if total <= 0:
        return fused
    for ranked in lists:
        for rank, hit in enumerate(ranked.hits, start=1):
            parts = fused.setdefault(hit.id, {})
            share = ranked.weight / total * (RRF_K + 1) / (RRF_K + rank)
            parts[ranked.name] = parts.get(ranked.name, 0.0) + share
    return fused


def fuse_scores(
    scores: Mapping[str, Mapping[str, float]], weights: Mapping[str, float]
) -> dict[str, dict[str, float]]:
    """Fuse cosines of several spaces for the same candidates.

    Each space's cosines are standardised over the candidates, which tells how much nearer than the
    others a song is; ranks would forget that, and in a small library they hardly differ.

    Parameters
    ----------
    scores
        Name of a space -> song id -> cosine; every space has the same songs.
    weights
        Name of a space -> its weight.

    Returns
    -------
    dict
        Song id -> {space -> its share of the score}. An ordinary candidate scores 0.5 in sum, and each
        standard deviation is an eighth.
    """
    total = sum(weights[name] for name in scores)
    fused: dict[str, dict[str, float]] = {}
    for name, found in scores.items():
        values = np.fromiter(found.values(), dtype=np.float64, count=len(found))
        standard = (values - values.mean()) / max(float(values.std()), 1e-9) if len(values) else values
        shares = weights[name] / total * (0.5 + standard / 8)
        for song, share in zip(found, shares, strict=True):
            fused.setdefault(song, {})[name] = float(share)
    return fused


def as_hits(found: Mapping[str, Mapping[str, float]]) -> list[Hit]:
    """Scored parts as a result list: best first, ties by id."""
    hits = [Hit(song, sum(parts.values())) for song, parts in found.items()]
    return sorted(hits, key=lambda hit: (-hit.score, hit.id))

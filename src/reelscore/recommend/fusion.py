"""Rank fusion: several result lists become one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

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


def as_hits(found: Mapping[str, Mapping[str, float]]) -> list[Hit]:
    """Scored parts as a result list: best first, ties by id."""
    hits = [Hit(song, sum(parts.values())) for song, parts in found.items()]
    return sorted(hits, key=lambda hit: (-hit.score, hit.id))

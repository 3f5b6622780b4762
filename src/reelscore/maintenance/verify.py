"""Hold the vector indexes against SQL: which songs they have, and whether they find what is nearest."""

from __future__ import annotations

from typing import Any

import numpy as np

from reelscore.library.index_sync import open_index
from reelscore.records import FloatArray
from reelscore.wiring import Wiring

SAMPLES = 20  # queries for each space
_NEAREST = 10
# An approximate index may leave out one of ten in a large library; a wrong one leaves out nearly all.
_AGREEMENT = 0.9
_CLOSE = 2e-3  # of a score: what lies closer together may come in any order, also from a quantized index


def prove_indexes(wiring: Wiring) -> list[dict[str, Any]]:
    """Ask each index for what is nearest to some of its own songs, and compare with all vectors of SQL.

    Returns
    -------
    list of dict
        For each space "space", "vectors" (songs in SQL), "points" (in the index), "missing" and "surplus"
        (ids that only one of them has, counted), "queries", "agreement" (share of the ten nearest that the
        index found, 0 to 1) and "problem" (a sentence, or None).
    """
    return [_prove(wiring, space) for space in wiring.embedders.spaces]


def differing_ids(wiring: Wiring, space: str) -> tuple[set[str], set[str]]:
    """Songs with a vector in SQL that the index of the space lacks, and those that it has beyond that."""
    stored = wiring.catalog.track_ids(space)
    points = wiring.index(space).ids()
    return stored - points, points - stored


def _prove(wiring: Wiring, space: str) -> dict[str, Any]:
    index = open_index(wiring, space)
    missing, surplus = differing_ids(wiring, space)
    stored = wiring.catalog.vector_count(space)
    ids = sorted(wiring.catalog.track_ids(space))
    chosen = ids[:: max(1, len(ids) // SAMPLES)][:SAMPLES]
    asked = _unit(
        np.concatenate([block for _, block in wiring.catalog.track_vectors(space, chosen)] or [_none()])
    )
    asked = asked[asked.any(axis=1)]
    floors = _scores_to_reach(wiring, space, asked)
    right = total = 0
    for query, floor in zip(asked, floors, strict=True):
        hits = index.search(query, _NEAREST)
        wanted = min(_NEAREST, stored)
        total += wanted
        right += min(wanted, _reaching(wiring, space, query, {hit.id for hit in hits}, floor))
    agreement = right / total if total else 1.0
    problem = None
    if missing or surplus:
        problem = f"the index of {space} lacks {len(missing)} songs and has {len(surplus)} too many"
    elif agreement < _AGREEMENT:
        problem = (
            f"the index of {space} finds {agreement:.0%} of what is nearest; run `reelscore index rebuild`"
        )
    return {
        "space": space,
        "vectors": stored,
        "points": index.info().points,
        "missing": len(missing),
        "surplus": len(surplus),
        "queries": len(asked),
        "agreement": agreement,
        "problem": problem,
    }


def _reaching(wiring: Wiring, space: str, query: FloatArray, ids: set[str], floor: float) -> int:
    """How many of the songs are as near to the query as they have to be, by their vectors in SQL."""
    blocks = (block for _, block in wiring.catalog.track_vectors(space, ids))
    return sum(int((_unit(block) @ query >= floor - _CLOSE).sum()) for block in blocks)


def _scores_to_reach(wiring: Wiring, space: str, asked: FloatArray) -> list[float]:
    """For each query the score of the last of its ten nearest songs, by looking at all of them."""
    best = np.full((len(asked), 0), -1.0, dtype=np.float32)
    for _, block in wiring.catalog.track_vectors(space):
        scores = np.concatenate([best, asked @ _unit(block).T], axis=1) if len(asked) else best
        best = -np.sort(-scores, axis=1)[:, :_NEAREST]
    return [float(row[-1]) if len(row) else -1.0 for row in best]


def _unit(vectors: FloatArray) -> FloatArray:
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: FloatArray = (vectors / np.where(norms > 0, norms, 1.0)).astype(np.float32)
    return unit


def _none() -> FloatArray:
    return np.zeros((0, 1), dtype=np.float32)

"""Keep the vector indexes in step with SQL, which is the truth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reelscore.errors import StorageError
from reelscore.index.base import VectorIndex
from reelscore.records import Progress, ProgressCallback, ignore_progress
from reelscore.wiring import Wiring

# Points that the approximate index does not cover yet, from which on it is built anew. Below, the exact
# search over the rest is fast enough (18 ms at 100,000 x 512).
OPTIMIZE_FROM = 20_000


def refresh_indexes(wiring: Wiring) -> int:
    """Write into the indexes what SQL has and they lack; returns how many vectors were written.

    A crash between the two writes leaves songs marked as pending, and this mends it.
    """
    return sum(_catch_up(wiring, space) for space in wiring.embedders.spaces)


def open_index(wiring: Wiring, space: str) -> VectorIndex:
    """The index of a space; the first call in a process makes it complete before anyone searches it."""
    index = wiring.index(space)
    if space not in wiring.healed:
        _catch_up(wiring, space)
        if index.info().points != wiring.catalog.vector_count(space):
            _refill(wiring, space, ignore_progress)
            index = wiring.index(space)
        wiring.healed.add(space)
    return index


def rebuild_indexes(wiring: Wiring, progress: ProgressCallback = ignore_progress) -> Mapping[str, int]:
    """Drop every index and refill it from SQL; space -> vectors written."""
    return {space: _refill(wiring, space, progress) for space in wiring.embedders.spaces}


def index_status(wiring: Wiring) -> list[dict[str, Any]]:
    """Each space with what SQL holds and what its index holds."""
    rows = []
    for space in wiring.embedders.spaces:
        stored = wiring.catalog.vector_count(space)
        try:
            info = wiring.index(space).info()
        except StorageError as error:
            rows.append(
                {"space": space, "vectors": stored, "points": 0, "status": "red", "error": str(error)}
            )
            continue
        status = info.status if info.points == stored else "yellow"
        rows.append(
            {
                "space": space,
                "vectors": stored,
                "points": info.points,
                "indexed": info.indexed,
                "status": status,
            }
        )
    return rows


def _catch_up(wiring: Wiring, space: str) -> int:
    pending = wiring.catalog.pending(space)
    if not pending:
        return 0
    index = wiring.index(space)
    for ids, vectors in wiring.catalog.track_vectors(space, pending):
        index.upsert(ids, vectors)
        wiring.catalog.mark_indexed(space, ids)
    info = index.info()
    if info.points - info.indexed >= OPTIMIZE_FROM:
        index.optimize()
    return len(pending)


def _refill(wiring: Wiring, space: str, progress: ProgressCallback) -> int:
    wiring.reset_index(space)
    wiring.catalog.mark_all_pending(space)
    total = wiring.catalog.vector_count(space)
    written = 0
    index = wiring.index(space)
    for ids, vectors in wiring.catalog.track_vectors(space):
        index.upsert(ids, vectors)
        wiring.catalog.mark_indexed(space, ids)
        written += len(ids)
        progress(Progress(written, total, space))
    return written

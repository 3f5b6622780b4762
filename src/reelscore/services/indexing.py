"""Keep the vector indexes in step with SQL, which is the truth."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

from reelscore.errors import StorageError
from reelscore.index.base import VectorIndex
from reelscore.records import FloatArray, Progress, ProgressCallback, ignore_progress
from reelscore.services.tagging import refresh_facets
from reelscore.wiring import Wiring


def refresh_indexes(wiring: Wiring) -> int:
    """Write into the indexes what SQL has and they lack; returns how many vectors were written.

    A crash between the two writes leaves songs marked as pending, and this mends it.
    """
    refresh_facets(wiring)
    return sum(_catch_up(wiring, space) for space in wiring.embedders.spaces)


def open_index(wiring: Wiring, space: str) -> VectorIndex:
    """The index of a space; the first call in a process makes it complete before anyone searches it."""
    if space not in wiring.healed:
        with wiring.healing:
            if space not in wiring.healed:
                _heal(wiring, space)
                wiring.healed.add(space)
    return wiring.index(space)


def heal_library(wiring: Wiring) -> None:
    """Make every index complete, as a start of the library does; one that cannot be opened stays as it is."""
    for space in wiring.embedders.spaces:
        with contextlib.suppress(StorageError):  # `index_status` and `check` tell of it
            open_index(wiring, space)


def rebuild_indexes(wiring: Wiring, progress: ProgressCallback = ignore_progress) -> Mapping[str, int]:
    """Drop every index and refill it from SQL; space -> vectors written."""
    refresh_facets(wiring)
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
        status = info.status if info.points == info.filterable == stored else "yellow"
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


def _heal(wiring: Wiring, space: str) -> None:
    if not wiring.healed:  # the first space of this process
        refresh_facets(wiring)
    _catch_up(wiring, space)
    info = wiring.index(space).info()
    # An index that an older version filled has vectors and nothing to filter by.
    if info.points != wiring.catalog.vector_count(space) or info.filterable != info.points:
        _refill(wiring, space, ignore_progress)


def _catch_up(wiring: Wiring, space: str) -> int:
    catalog = wiring.catalog
    pending, removed = catalog.pending(space), catalog.removed(space)
    if not pending and not removed:
        return 0
    index = wiring.index(space)
    if removed:
        index.delete(removed)
        catalog.forget_removed(space, removed)
    for ids, vectors in catalog.track_vectors(space, pending):
        _write(wiring, index, ids, vectors)
    if index.info().status == "yellow":
        index.optimize()
    return len(pending)


def _refill(wiring: Wiring, space: str, progress: ProgressCallback) -> int:
    wiring.reset_index(space)
    wiring.catalog.mark_all_pending(space)
    total = wiring.catalog.vector_count(space)
    written = 0
    index = wiring.index(space)
    for ids, vectors in wiring.catalog.track_vectors(space):
        _write(wiring, index, ids, vectors)
        written += len(ids)
        progress(Progress(written, total, space))
    return written


def _write(wiring: Wiring, index: VectorIndex, ids: list[str], vectors: FloatArray) -> None:
    facets = wiring.catalog.facets(ids)
    index.upsert(ids, vectors, [facets.get(song, {}) for song in ids])
    index.flush()  # before the mark: a power cut may repeat a write, never lose one
    wiring.catalog.mark_indexed(index.name, ids)

"""Keep the vector indexes in step with SQL, which is the truth."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

from reelscore.catalog.store import Catalog
from reelscore.errors import StorageError
from reelscore.index.base import VectorIndex
from reelscore.records import FloatArray, Progress, ProgressCallback, ignore_progress
from reelscore.services.tagging import refresh_facets
from reelscore.wiring import Wiring

_TOGETHER = 500  # vectors that are read, written and marked at once


def refresh_indexes(wiring: Wiring) -> int:
    """Write into the indexes what SQL has and they lack; returns how many vectors were written.

    A crash between the two writes leaves songs marked as pending, and this mends it.
    """
    refresh_facets(wiring)
    return update_indexes(wiring)


def update_indexes(wiring: Wiring) -> int:
    """`refresh_indexes` where all songs are known to have what filters ask for."""
    return sum(_catch_up(wiring, space) for space in wiring.embedders.spaces)


def open_index(wiring: Wiring, space: str) -> VectorIndex:
    """The index of a space; the first call in a process makes it complete before anyone searches it."""
    if space not in wiring.healed:
        with wiring.healing:
            if space not in wiring.healed:
                _heal(wiring, space)
                wiring.healed.add(space)
    return wiring.index(space)


def finish_indexes(wiring: Wiring) -> None:
    """`refresh_indexes` as far as the indexes can be opened; `index_status` tells of those that cannot."""
    refresh_facets(wiring)
    for space in wiring.embedders.spaces:
        with contextlib.suppress(StorageError):
            _catch_up(wiring, space)


def heal_library(wiring: Wiring) -> None:
    """Make every index complete, as a start of the library does; one that cannot be opened stays as it is."""
    for space in wiring.embedders.spaces:
        with contextlib.suppress(StorageError):  # `index_status` and `check` tell of it
            open_index(wiring, space)


def rebuild_indexes(wiring: Wiring, progress: ProgressCallback = ignore_progress) -> Mapping[str, int]:
    """Drop every index and refill it from SQL; space -> vectors written."""
    refresh_facets(wiring)
    return {space: _refill(wiring, space, progress) for space in wiring.embedders.spaces}


def complete_index(
    catalog: Catalog,
    index: VectorIndex,
    *,
    rewrite: bool = False,
    progress: ProgressCallback = ignore_progress,
) -> tuple[int, int]:
    """Make an index that others may be using hold what SQL does, without emptying it.

    Parameters
    ----------
    rewrite
        Write what is there already as well: its vectors or its facets may be old.

    Returns
    -------
    How many vectors were written, and how many were removed.
    """
    there = index.ids()  # before SQL is read: what is only there by then has been taken out of the library
    stored = catalog.track_ids(index.name)
    gone = there - stored
    index.delete(sorted(gone))
    lacking = sorted(stored if rewrite else stored - there)
    written = 0
    for start in range(0, len(lacking), _TOGETHER):
        for ids, vectors in catalog.track_vectors(index.name, lacking[start : start + _TOGETHER]):
            _put(catalog, index, ids, vectors, shared=True)
            written += len(ids)
            progress(Progress(written, len(lacking), index.name))
    index.flush()
    return written, len(gone)


def note_place(wiring: Wiring, space: str) -> None:
    """Note that the index of the space, where the settings have it, holds all that SQL does."""
    if wiring.catalog.note(_place_note(space)) != wiring.index_place:
        wiring.catalog.set_note(_place_note(space), wiring.index_place)


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
    # Marks tell what one index lacks; they say nothing of another one that was used in between.
    moved = (wiring.catalog.note(_place_note(space)) or "edge") != wiring.index_place
    if info.points == info.filterable == wiring.catalog.vector_count(space) and not moved:
        return
    if wiring.qdrant is None:
        # An index that an older version filled has vectors and nothing to filter by.
        _refill(wiring, space, ignore_progress)
        return
    # Others may be searching it, or be adding songs at this very moment.
    complete_index(wiring.catalog, wiring.index(space), rewrite=moved or info.filterable < info.points)
    note_place(wiring, space)


def _catch_up(wiring: Wiring, space: str) -> int:
    catalog = wiring.catalog
    pending, removed = catalog.pending(space), catalog.removed(space)
    if not pending and not removed:
        return 0
    index = wiring.index(space)
    if removed:
        with wiring.healing:
            index.delete(removed)
            catalog.forget_removed(space, removed)
    for start in range(0, len(pending), _TOGETHER):
        # Held from reading to marking, so that nobody replaces a song between the two.
        with wiring.healing:
            for ids, vectors in catalog.track_vectors(space, pending[start : start + _TOGETHER]):
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
    note_place(wiring, space)
    return written


def _place_note(space: str) -> str:
    return f"index_place {space}"[:100]


def _write(wiring: Wiring, index: VectorIndex, ids: list[str], vectors: FloatArray) -> None:
    _put(wiring.catalog, index, ids, vectors, shared=wiring.qdrant is not None)
    index.flush()  # before the mark: a power cut may repeat a write, never lose one
    wiring.catalog.mark_indexed(index.name, ids)


def _put(catalog: Catalog, index: VectorIndex, ids: list[str], vectors: FloatArray, *, shared: bool) -> None:
    """Write songs with their facets. `shared`: another process may take them out of the library meanwhile."""
    facets = catalog.facets(ids)
    index.upsert(ids, vectors, [facets.get(song, {}) for song in ids])
    if shared:
        # Whoever removes a song deletes it from the index after SQL, and maybe before it was written here.
        index.delete(sorted({*ids} - catalog.known_ids(ids)))

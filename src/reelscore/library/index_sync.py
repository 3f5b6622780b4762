"""Keep the vector indexes in step with SQL, which is the truth."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from reelscore.catalog.store import Catalog
from reelscore.errors import StorageError
from reelscore.index.base import OtherLayoutError, VectorIndex
from reelscore.library.backfill import QUICK, refresh_facets, refresh_if_quick, songs_behind
from reelscore.records import Progress, ProgressCallback, ignore_progress
from reelscore.wiring import Wiring

log = logging.getLogger(__name__)

# Vectors that are read, written and marked at once. Then they are flushed, which waits for the disk.
_TOGETHER = 10_000


def refresh_indexes(wiring: Wiring) -> int:
    """Write into the indexes what SQL has and they lack; returns how many vectors were written.

    A crash between the two writes leaves songs marked as pending, and this mends it.
    """
    refresh_if_quick(wiring)
    return update_indexes(wiring)


def update_indexes(wiring: Wiring) -> int:
    """`refresh_indexes` if all songs are known to have what filters ask for."""
    return sum(_catch_up(wiring, space) for space in wiring.embedders.spaces)


def forget_removed(wiring: Wiring) -> None:
    """Take out of the indexes what is gone from SQL, and nothing else: it is quick."""
    for space in wiring.embedders.spaces:
        if removed := wiring.catalog.removed(space):
            _take_out(wiring.catalog, wiring.index(space), removed)


def needs_update(wiring: Wiring) -> bool:
    """Whether so much is to be brought up to date that questions should not wait for it."""
    return songs_behind(wiring) > QUICK or _most_pending(wiring) > QUICK


def late_songs(wiring: Wiring) -> int:
    """How many songs filters may miss, since a job is still bringing an old library up to date."""
    if wiring.sync.current:
        return 0
    late = refresh_if_quick(wiring)
    if not late and wiring.sync.in_jobs:
        pending = _most_pending(wiring)
        late = pending if pending > QUICK else 0
    wiring.sync.current = not late
    return late


def update_library(wiring: Wiring, progress: ProgressCallback = ignore_progress) -> dict[str, Any]:
    """Bring a library that an older version filled up to date: facets, words, and the indexes with them.

    Where it is cut off, the next run goes on from there. Searches go on meanwhile.
    """
    tagged = refresh_facets(wiring, progress)
    written = {}
    for space in wiring.embedders.spaces:
        written[space] = _catch_up(wiring, space, progress)
        _complete(wiring, space, progress)
        wiring.sync.compared.add(space)
    return {"tagged": tagged, "written": written}


def open_index(wiring: Wiring, space: str) -> VectorIndex:
    """The index of a space; the first call in a process makes it complete before anyone searches it."""
    if space not in wiring.sync.compared:
        with wiring.sync.lock:
            if space not in wiring.sync.compared:
                _heal(wiring, space)
                wiring.sync.compared.add(space)
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


def rebuild_indexes(
    wiring: Wiring,
    progress: ProgressCallback = ignore_progress,
    *,
    spaces: Collection[str] | None = None,
    tell: Callable[[str], object] = log.warning,
) -> Mapping[str, int]:
    """Write every index again from SQL; space -> vectors written.

    The embedded index, which only this process uses, is dropped first. On a Qdrant server others may be
    searching, so each song is written over what is there, and what SQL does not have goes.

    Parameters
    ----------
    spaces
        Only these.
    tell
        Told in a line if a collection of a server has to be dropped all the same.
    """
    refresh_facets(wiring, progress)
    wanted = wiring.embedders.spaces if spaces is None else spaces
    return {space: _refill(wiring, space, progress, tell) for space in wanted}


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
    _take_out(catalog, index, gone)
    written = _write(catalog, index, sorted(stored if rewrite else stored - there), progress)
    return written, len(gone)


def note_place(wiring: Wiring, space: str) -> None:
    """Note that the index of the space, if the settings have it, holds all that SQL does."""
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
                {"space": space, "vectors": stored, "points": None, "status": "red", "error": str(error)}
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
    late = refresh_if_quick(wiring)
    if late or (wiring.sync.in_jobs and len(wiring.catalog.pending(space)) > QUICK):
        missing = wiring.catalog.vector_count(space) - wiring.index(space).info().points
        if missing <= QUICK:
            return  # as good as every song can be found meanwhile, if not by filters
    _catch_up(wiring, space)
    _complete(wiring, space)


def _complete(wiring: Wiring, space: str, progress: ProgressCallback = ignore_progress) -> None:
    """Write what an index lacks and no mark tells of."""
    info = wiring.index(space).info()
    # Marks tell what one index lacks; they say nothing of another one that was used in between.
    moved = (wiring.catalog.note(_place_note(space)) or "edge") != wiring.index_place
    if info.points == info.filterable == wiring.catalog.vector_count(space) and not moved:
        return
    # Others may be searching it, or be adding songs at this very moment, so it is not dropped. One that an
    # older version filled has vectors and nothing to filter by.
    rewrite = moved or info.filterable < info.points
    complete_index(wiring.catalog, wiring.index(space), rewrite=rewrite, progress=progress)
    note_place(wiring, space)


def _most_pending(wiring: Wiring) -> int:
    return max(len(wiring.catalog.pending(space)) for space in wiring.embedders.spaces)


def _catch_up(wiring: Wiring, space: str, progress: ProgressCallback = ignore_progress) -> int:
    catalog = wiring.catalog
    removed = catalog.removed(space)
    if removed:
        _take_out(catalog, wiring.index(space), removed)
    pending = catalog.pending(space)
    if not pending and not removed:
        return 0
    _write(catalog, wiring.index(space), pending, progress)
    return len(pending)


def _refill(wiring: Wiring, space: str, progress: ProgressCallback, tell: Callable[[str], object]) -> int:
    catalog = wiring.catalog
    if wiring.qdrant is None or _cannot_stay(wiring, space, tell):
        wiring.reset_index(space)
        catalog.mark_all_pending(space)
        written = _write(catalog, wiring.index(space), catalog.pending(space), progress)
    else:
        _take_out(catalog, wiring.index(space), catalog.removed(space))
        written, _ = complete_index(catalog, wiring.index(space), rewrite=True, progress=progress)
    note_place(wiring, space)
    return written


def _cannot_stay(wiring: Wiring, space: str, tell: Callable[[str], object]) -> bool:
    """Whether a collection of a server was made for other vectors; nobody can be searching it as it is."""
    try:
        wiring.index(space).info()
    except OtherLayoutError:
        name = wiring.collection_name(space)
        tell(f"the collection {name} is dropped and made again: it was made for vectors of another length")
        return True
    return False


def _place_note(space: str) -> str:
    return f"index_place {space}"[:100]


def _write(
    catalog: Catalog, index: VectorIndex, ids: Sequence[str], progress: ProgressCallback = ignore_progress
) -> int:
    """Write songs as SQL has them, mark them, and optimise if it is due; returns how many were written.

    Others may be changing, writing and removing the same songs meanwhile. Whoever finds at the mark that a
    song is not the one that was read writes it again, since the index may have been given the old one last.
    """
    written = 0
    for start in range(0, len(ids), _TOGETHER):
        lacking: Sequence[str] = ids[start : start + _TOGETHER]
        while lacking:
            stamps = catalog.stamps(index.name, lacking)
            put: list[str] = []
            for songs, vectors in catalog.track_vectors(index.name, lacking):
                facets = catalog.facets(songs)
                index.upsert(songs, vectors, [facets.get(song, {}) for song in songs])
                put += songs
            # Whoever removes a song deletes it from the index after SQL, maybe before it was written here.
            _take_out(catalog, index, {*put} - catalog.known_ids(put))
            index.flush()  # before the mark: a power cut may repeat a write, never lose one
            lacking = catalog.mark_indexed(index.name, put, stamps)
            written += len(put) - len(lacking)
        progress(Progress(written, len(ids), index.name))
    if index.info().status == "yellow":
        index.optimize()
    return written


def _take_out(catalog: Catalog, index: VectorIndex, songs: Collection[str]) -> None:
    """Remove songs from an index, and note it."""
    gone = sorted(songs)
    if gone:
        index.delete(gone)
        index.flush()
        catalog.forget_removed(index.name, gone)

"""Hold a library against itself, and mend it: SQL, indexes, files and jobs."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from reelscore.audio.features import FEATURES_VERSION
from reelscore.catalog.integrity.findings import BY_REPAIR, Finding
from reelscore.errors import StorageError, counted
from reelscore.ingest.rehearing import hear_again
from reelscore.library.backfill import songs_behind
from reelscore.library.index_sync import (
    complete_index,
    finish_indexes,
    heal_library,
    index_status,
    rebuild_indexes,
)
from reelscore.records import ProgressCallback, ignore_progress
from reelscore.wiring import Wiring

_EXAMPLES = 5
# What the next search, or a start, brings into the indexes by itself: no fault, and said apart.
_ON_THE_WAY = {"pending", "removed", "behind"}
_NAMED_FILES = 100


def check_library(
    wiring: Wiring, *, repair: bool = False, progress: ProgressCallback = ignore_progress
) -> dict[str, Any]:
    """Look at everything that is stored. Without `repair` nothing is changed.

    A repair removes rows of no song and values that cannot be used, fills the indexes from SQL, lets hanging
    jobs wait again, and hears songs again that lack something or that an older version measured, if
    their sound can be had.

    Returns
    -------
    dict
        "ok"; "songs"; "sources" {source: songs}; "spaces": for each its "songs" (with a vector), "without",
        "windows", "points" in the index, "missing" and "surplus" there, "status"; "problems": sentences on
        what is wrong now; "findings": the same with "code", "count", "space" and some "examples";
        "repaired": what was wrong and is no more; "waiting": what the next search brings into the indexes.
    """
    found = _findings(wiring)
    waiting = [item.message.partition(";")[0] for item in found if item.code in _ON_THE_WAY]
    seen = now = [item for item in found if item.code not in _ON_THE_WAY]
    refused: list[Finding] = []
    if repair:
        heal_library(wiring)
        finish_indexes(wiring)
        waiting = []
        now = _findings(wiring)
        seen = [*seen, *now]
        if now:
            refused = _repair(wiring, now, progress)
            now = _findings(wiring)
    still = {(finding.code, finding.space) for finding in now}
    repaired = [item.message.partition(";")[0] for item in seen if (item.code, item.space) not in still]
    now += refused
    counts = wiring.catalog.counts()
    return {
        "ok": not now,
        "songs": counts["songs"],
        "sources": counts["sources"],
        "spaces": _spaces(wiring, counts),
        "problems": [finding.message for finding in now],
        "findings": [
            {
                "code": finding.code,
                "count": finding.count,
                "space": finding.space,
                "message": finding.message,
                "examples": list(finding.ids[:_EXAMPLES]),
            }
            for finding in now
        ],
        "repaired": list(dict.fromkeys(repaired)),
        "waiting": waiting,
    }


def _findings(wiring: Wiring) -> list[Finding]:
    dims = {space: wiring.embedders.space(space).dim for space in wiring.embedders.spaces}
    found = wiring.catalog.findings(dims)
    return [
        *found,
        *_gaps(wiring, {song for item in found if item.code == "no_vectors" for song in item.ids}),
        *_old_measurements(wiring),
        *_index_findings(wiring),
        *_files(wiring),
    ]


def _gaps(wiring: Wiring, bare: set[str]) -> Iterator[Finding]:
    """Songs that a space lacks: the bundled ones have all, others do if words are searched there."""
    catalog = wiring.catalog
    bundled = wiring.embedders.bundled
    for space in wiring.embedders.spaces:
        if space not in bundled and catalog.text_space() != space:
            continue
        songs = [song for song in catalog.songs_without(space) if song not in bare]
        if songs:
            cure = BY_REPAIR if space in bundled else "run `reelscore reindex`"
            what = f"{counted(len(songs), 'song')} without a vector in {space}; {cure}"
            yield Finding("without_vector", len(songs), what, tuple(songs), space)


def _old_measurements(wiring: Wiring) -> Iterator[Finding]:
    songs = wiring.catalog.measured_otherwise(FEATURES_VERSION)
    if songs:
        what = f"{counted(len(songs), 'song')} measured by an older version; {BY_REPAIR}"
        yield Finding("old_measurements", len(songs), what, tuple(songs))


def _index_findings(wiring: Wiring) -> Iterator[Finding]:
    if behind := songs_behind(wiring):
        text = f"{counted(behind, 'song')} of an older version cannot be filtered as this one does"
        yield Finding("behind", behind, text)
    for row in index_status(wiring):
        space = row["space"]
        if row["status"] == "red":
            yield Finding("index_unusable", 1, f"index of {space}: {row['error']}", space=space)
            continue
        # Marks tell of what is on its way; this is about what no mark tells of. In this order, so that what
        # others add and remove meanwhile is found in one place or the other.
        catalog, index = wiring.catalog, wiring.index(space)
        pending = set(catalog.pending(space))
        missing = catalog.track_ids(space) - pending
        points = index.ids()
        missing -= points
        surplus = points - catalog.track_ids(space) - set(catalog.removed(space))
        if surplus:
            surplus &= index.ids()
        info = index.info()
        old = info.points - info.filterable - len(pending & points)
        for code, songs, what in [
            ("index_lacks", missing, f"lacks {counted(len(missing), 'song')}"),
            ("index_surplus", surplus, f"has {counted(len(surplus), 'song')} too many"),
        ]:
            if songs:
                text = f"the index of {space} {what}; {BY_REPAIR}"
                yield Finding(code, len(songs), text, tuple(sorted(songs)), space)
        if old > 0 and not behind:
            text = f"the index of {space} cannot filter {counted(old, 'song')}; {BY_REPAIR}"
            yield Finding("index_outdated", old, text, space=space)


def _files(wiring: Wiring) -> Iterator[Finding]:
    gone = [
        (song, uri) for song, uri in wiring.catalog.files() if "://" not in uri and not Path(uri).is_file()
    ]
    for song, uri in gone[:_NAMED_FILES]:
        yield Finding("file_gone", 1, f"file is gone: {uri}", (song,))
    if len(gone) > _NAMED_FILES:
        more = len(gone) - _NAMED_FILES
        yield Finding("files_gone", more, f"{more} more files are gone; ingest their folders again")


def _repair(wiring: Wiring, findings: Sequence[Finding], progress: ProgressCallback) -> list[Finding]:
    """Mend what can be; returns what the songs that were to be heard again say."""
    catalog = wiring.catalog
    catalog.mend(findings)
    # What was just taken away, and what was never there.
    lacking = {song for space in wiring.embedders.bundled for song in catalog.songs_without(space)}
    lacking |= {song for item in catalog.findings() if item.code == "no_features" for song in item.ids}
    lacking |= set(catalog.measured_otherwise(FEATURES_VERSION))
    refused = hear_again(wiring, sorted(lacking), progress)
    broken = [row["space"] for row in index_status(wiring) if row["status"] == "red"]
    for space in broken:
        with contextlib.suppress(StorageError):  # what stands in its way is found once more, and said
            rebuild_indexes(wiring, progress, spaces=[space])
    finish_indexes(wiring)
    for item in list(_index_findings(wiring)):
        if item.space is not None and item.code != "index_unusable":
            rewrite = item.code == "index_outdated"
            complete_index(catalog, wiring.index(item.space), rewrite=rewrite, progress=progress)
    return refused


def _spaces(wiring: Wiring, counts: dict[str, Any]) -> list[dict[str, Any]]:
    rows = []
    for row in index_status(wiring):
        space = row["space"]
        there = counts["vectors"].get(space, 0)
        rows.append(
            {
                "space": space,
                "songs": there,
                "without": counts["songs"] - there,
                "windows": counts["windows"].get(space, 0),
                "points": row["points"],
                "status": row["status"],
            }
        )
    return rows

"""Questions that are kept, and answered again when the library has changed, with their playlists.

`search.saved_due` says which of them can differ; what was learned of taste meanwhile counts at the next run
that is due. A failure leaves songs and playlist as they were.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from typing import Any

from reelscore.catalog.convert import now
from reelscore.errors import CancelledError, InvalidInputError, NotFoundError, ReelscoreError
from reelscore.library.server_playlists import is_written, whole_target, write_playlist
from reelscore.query.form import Query, query_values, read_query
from reelscore.records import Progress, ProgressCallback, ignore_progress
from reelscore.search.engine import search_ids
from reelscore.search.reading import Reading
from reelscore.search.saved_bounds import Bound, bound_values
from reelscore.search.saved_due import due_searches
from reelscore.search.saved_store import NAME, Saved, find_kept, is_kept, keep, keep_renewed, kept_searches
from reelscore.wiring import Wiring

MOST_SAVED = 10_000
_LONGEST_BOUNDS = 40_000  # characters; a note holds 64 kB in MariaDB
_MOST_VECTORS = 50_000  # of songs, that stay in memory while searches are renewed: about 40 MB
_TOGETHER = 100  # searches that are kept in one transaction


def save_search(wiring: Wiring, name: str, query: Query, playlist: str | None = None) -> Saved:
    """Keep a question with its answer.

    Parameters
    ----------
    playlist
        A file, or such as `subsonic:NAME`, that is written, and again whenever the answer changes.

    Raises
    ------
    InvalidInputError
        The name is empty or taken, or the question makes no sense.
    """
    name = " ".join(name.split())
    there = list_saved(wiring)
    if not name or len(name) > 200 or any(each["name"] == name for each in there):
        raise InvalidInputError(
            f"a saved search needs a name of its own of 200 letters at most, not {name!r}"
        )
    if len(there) >= MOST_SAVED:
        raise InvalidInputError(f"there are {MOST_SAVED} saved searches; remove some first")
    if playlist is not None:
        playlist = whole_target(playlist)
    saved: Saved = {
        "id": uuid.uuid4().hex,
        "name": name,
        "query": query_values(query),
        "playlist": playlist,
        "song_ids": [],
        "stamp": None,
        "problem": "",
    }
    stamp = list(wiring.catalog.library_state())
    made, _ = _answered(wiring, Reading.of(wiring), saved, stamp)
    keep(wiring.catalog, made)
    return shown(made)


def list_saved(wiring: Wiring) -> list[Saved]:
    """The saved searches by name."""
    return [
        shown(saved)
        for saved in sorted(kept_searches(wiring.catalog), key=lambda saved: (saved["name"], saved["id"]))
    ]


def find_saved(wiring: Wiring, saved_id: str) -> Saved:
    """A saved search by its id or name; NotFoundError if there is none."""
    return find_kept(wiring.catalog, saved_id)


def remove_saved(wiring: Wiring, saved_id: str) -> Saved:
    """Forget a saved search; its playlist stays. What it was."""
    saved = find_saved(wiring, saved_id)
    wiring.catalog.drop_notes([NAME + saved["id"]])
    return shown(saved)


def renew_saved(
    wiring: Wiring, *, everything: bool = False, progress: ProgressCallback = ignore_progress
) -> dict[str, Any]:
    """Answer the saved searches again whose answer can differ.

    Parameters
    ----------
    everything
        Answer all of them, as after songs were analysed anew.

    Returns
    -------
    dict
        How many were run and how many were not, and a line for each that changed or failed.
    """
    stamp = list(wiring.catalog.library_state())
    kept = kept_searches(wiring.catalog)
    reading, renewed = Reading.of(wiring), []
    due = {saved["id"] for saved in kept} if everything else due_searches(wiring, reading, kept, stamp)
    changed, failed = [], []
    try:
        for number, saved in enumerate(kept):
            progress(Progress(number, len(kept), saved["name"]))
            if saved["id"] not in due:
                renewed += [{**saved, "stamp": stamp}] if saved["stamp"] != stamp else []
                continue
            if reading.size > _MOST_VECTORS:
                reading = Reading.of(wiring)
            made, difference = _answered(wiring, reading, saved, stamp)
            renewed.append(made)
            if made["problem"]:
                failed.append({"name": made["name"], "problem": made["problem"]})
            elif difference["added"] or difference["removed"]:
                changed.append({"name": made["name"], **difference})
            if len(renewed) >= _TOGETHER:
                keep_renewed(wiring.catalog, renewed)
                renewed.clear()
    finally:  # also of a run that was stopped
        keep_renewed(wiring.catalog, renewed)
    return {
        "saved": len(kept),
        "run": len(due),
        "unchanged": len(kept) - len(due),
        "changed": changed,
        "failed": failed,
    }


def is_renewal_due(wiring: Wiring) -> bool:
    """Whether any saved search was answered before the library changed, or failed."""
    state = list(wiring.catalog.library_state())
    return any(saved["stamp"] != state or saved["problem"] for saved in kept_searches(wiring.catalog))


def shown(saved: Saved) -> Saved:
    """A saved search without what only renewing needs."""
    return {name: value for name, value in saved.items() if name not in ("stamp", "reaches", "of")}


def _answered(
    wiring: Wiring, reading: Reading, saved: Saved, stamp: list[Any]
) -> tuple[Saved, dict[str, list[str]]]:
    """A saved search with its answer of now, and the songs that came and went; as it was if that fails.

    `stamp`: the state of the library before anything of it was read.
    """
    before = saved["song_ids"]
    try:
        ids, notes, bounds = search_ids(wiring, reading, read_query(saved["query"]))
        if before and not ids:
            raise NotFoundError("; ".join(notes) or "no song answers to it any more")
        target = saved["playlist"]
        if (
            target
            and (ids != before or saved["problem"] or not is_written(target))
            and (saved["stamp"] is None or is_kept(wiring.catalog, saved))  # nobody removed it meanwhile
        ):
            write_playlist(wiring.catalog, wiring.settings, target, ids, title=saved["name"])
    except CancelledError:
        raise
    except ReelscoreError as error:
        if saved["stamp"] is None:
            raise
        return {**saved, "problem": f"{now()[:19]}: {error}"}, {"added": [], "removed": []}
    made = {
        **saved,
        "song_ids": ids,
        "stamp": stamp,
        "problem": "",
        "renewed_at": now(),
        "reaches": _kept_bounds(bounds),
        "of": stamp[0],  # songs that it was answered from
    }
    added = [song for song in ids if song not in before]
    return made, {"added": added, "removed": [song for song in before if song not in ids]}


def _kept_bounds(bounds: Sequence[Bound]) -> list[dict[str, Any]]:
    """As they are kept; none if they would be too long, and then the question is answered every time."""
    values = [bound_values(bound) for bound in bounds]
    return values if len(json.dumps(values)) <= _LONGEST_BOUNDS else []

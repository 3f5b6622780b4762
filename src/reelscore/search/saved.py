"""Questions that are kept, and answered again when the library has changed, with their playlists.

A question is answered again only if its answer can differ: a song that is new or was corrected passes its
filters and comes as near to one of the vectors that were searched with as the hits did, its words name the
song, or a song of its answer was corrected. What was learned of
taste meanwhile counts at the next run that is due. A failure leaves songs and playlist as they were.
"""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from reelscore.catalog.browsing import LibraryState
from reelscore.catalog.convert import now
from reelscore.errors import CancelledError, InvalidInputError, NotFoundError, ReelscoreError
from reelscore.filters.table import NO_FILTERS
from reelscore.library.server_playlists import is_written, whole_target, write_playlist
from reelscore.query.form import Query, query_values, read_query
from reelscore.records import Progress, ProgressCallback, ignore_progress
from reelscore.search.engine import search_reaching
from reelscore.search.kept import NAME, Saved, find_kept, keep, kept_searches
from reelscore.search.reading import Reading
from reelscore.search.retrieve import Reach
from reelscore.text.words import words_of
from reelscore.wiring import Wiring

MOST_SAVED = 10_000
_MOST_REACHES = 40_000  # bytes; a note holds 64 kB in MariaDB
_NEAR = 1e-6  # what indexes round cosines by


def save_search(wiring: Wiring, name: str, query: Query, playlist: str | None = None) -> Saved:
    """Keep a question with its answer.

    Parameters
    ----------
    playlist
        A file, or `subsonic:NAME`, that is written, and again whenever the answer changes.

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
    made, _ = _answered(wiring, saved)
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
        How many were run and how many can not have changed, and a line for each that changed or failed.
    """
    stamp = list(wiring.catalog.library_state())
    kept = kept_searches(wiring.catalog)
    news: dict[str, _News] = {}
    changed, failed, run = [], [], 0
    for number, saved in enumerate(kept):
        progress(Progress(number, len(kept), saved["name"]))
        if not everything and saved["stamp"] is not None and not saved["problem"]:
            since = json.dumps(saved["stamp"])
            if since not in news:
                news[since] = _News(wiring, saved["stamp"], stamp)
            if not news[since].may_change(saved):
                if saved["stamp"] != stamp:
                    keep(wiring.catalog, {**saved, "stamp": stamp})
                continue
        run += 1
        made, difference = _answered(wiring, saved)
        keep(wiring.catalog, made)
        if made["problem"]:
            failed.append({"name": made["name"], "problem": made["problem"]})
        elif difference["added"] or difference["removed"]:
            changed.append({"name": made["name"], **difference})
    return {
        "saved": len(kept),
        "run": run,
        "unchanged": len(kept) - run,
        "changed": changed,
        "failed": failed,
    }


def is_renewal_due(wiring: Wiring) -> bool:
    """Whether any saved search was answered before the library changed, or failed."""
    state = list(wiring.catalog.library_state())
    return any(saved["stamp"] != state or saved["problem"] for saved in kept_searches(wiring.catalog))


def shown(saved: Saved) -> Saved:
    """A saved search without what only renewing needs."""
    return {name: value for name, value in saved.items() if name not in ("stamp", "reaches")}


class _News:
    """The songs that came or were corrected since some saved searches were answered, read once for all."""

    def __init__(self, wiring: Wiring, since: Sequence[Any], stamp: Sequence[Any]) -> None:
        self._wiring = wiring
        # A stamp of an older version says too little.
        before = LibraryState(*since) if len(since) == len(stamp) else None
        after = LibraryState(*stamp)
        self._ids: list[str] = []
        self._corrected: set[str] = set()
        self._lost = before is None  # songs or corrections went, and nobody knows which
        if before is not None and before != after:
            added = wiring.catalog.added_since(before.added_at)
            self._corrected = set(wiring.catalog.corrected_since(before.corrected_at))
            self._ids = sorted(self._corrected.union(added))
            same = after.corrections - len(self._corrected)
            self._lost = before.songs + len(added) != after.songs or before.corrections != same
        self._vectors: dict[str, tuple[list[str], Any]] = {}
        self._reading = Reading(wiring.catalog)

    def may_change(self, saved: Saved) -> bool:
        """Whether the answer to a saved search can differ with these songs."""
        if self._lost or not self._corrected.isdisjoint(saved["song_ids"]):
            return True
        if not self._ids:
            return False
        query, catalog = read_query(saved["query"]), self._wiring.catalog
        passing = set(self._ids)
        if query.filters != NO_FILTERS:
            passing = catalog.passing(self._ids, query.filters)
        words = _typed(query)
        if passing and words and query.options.names and catalog.cards(passing, words)[1]:
            return True
        reaches = saved["reaches"]
        return not reaches or any(self._reached(reach, passing) for reach in reaches)

    def _reached(self, reach: Mapping[str, Any], passing: Collection[str]) -> bool:
        if reach["least"] is None:
            return bool(passing) or not reach["filtered"]
        ids, matrix = self._matrix(reach["space"])
        if not ids:
            return False
        vector = np.frombuffer(base64.b64decode(reach["vector"]), dtype=np.float32)
        near = np.einsum("nd,d->n", matrix, vector) >= reach["least"] - _NEAR
        return any(near[at] and (not reach["filtered"] or song in passing) for at, song in enumerate(ids))

    def _matrix(self, space: str) -> tuple[list[str], Any]:
        if space not in self._vectors:
            found = self._reading.vectors([space], self._ids)[space]
            matrix = np.stack(list(found.values())) if found else np.zeros((0, 0), dtype=np.float32)
            self._vectors[space] = list(found), matrix
        return self._vectors[space]


def _typed(query: Query) -> list[str]:
    phrases = query.phrases if isinstance(query.phrases, tuple) else ()
    texts = (query.text, query.about, query.guide, *(phrase.text for phrase in phrases))
    return sorted({word for text in texts if text for word in words_of(text)})


def _answered(wiring: Wiring, saved: Saved) -> tuple[Saved, dict[str, list[str]]]:
    """A saved search with its answer of now, and the songs that came and went; as it was if that fails."""
    stamp = list(wiring.catalog.library_state())
    before = saved["song_ids"]
    try:
        answer, reaches = search_reaching(wiring, read_query(saved["query"]))
        ids = [each.song.id for each in answer.songs]
        if before and not ids:
            raise NotFoundError("; ".join(answer.notes) or "no song answers to it any more")
        if saved["playlist"] and (ids != before or saved["problem"] or not is_written(saved["playlist"])):
            write_playlist(wiring.catalog, wiring.settings, saved["playlist"], ids, title=saved["name"])
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
        "reaches": _reaches(reaches),
    }
    added = [song for song in ids if song not in before]
    return made, {"added": added, "removed": [song for song in before if song not in ids]}


def _reaches(reaches: Sequence[Reach]) -> list[dict[str, Any]]:
    """As they are kept; none if they would be too many, and then the question is answered every time."""
    made = [_reach(each) for each in reaches]
    return made if len(json.dumps(made)) <= _MOST_REACHES else []


def _reach(reach: Reach) -> dict[str, Any]:
    return {
        "space": reach.space,
        "vector": base64.b64encode(np.asarray(reach.vector, dtype=np.float32).tobytes()).decode("ascii"),
        "least": float(reach.least) if np.isfinite(reach.least) else None,
        "filtered": reach.filtered,
    }

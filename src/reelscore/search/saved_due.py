"""Which saved searches can be answered otherwise, now that songs came, went or were corrected.

Those are: the ones in whose list such a song would have a place by the scale of their last answer, and with
what its name gains; the ones whose words it would say the sound of (`search.saved_bounds`); and the ones of
whose songs one was corrected or is gone. A song that would not have a place moves that scale a little, so
songs of nearly one score may wait in their old order, until the library has grown or shrunk by a twentieth
since the answer.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from reelscore.catalog.browsing import LibraryState
from reelscore.filters.facets import Facets, clauses, matches
from reelscore.filters.table import NO_FILTERS, Filters
from reelscore.query.form import Query, read_query
from reelscore.ranking.fusion import Column
from reelscore.records import FloatArray
from reelscore.search.reading import Reading
from reelscore.search.saved_bounds import Bound, read_bound, scores_for
from reelscore.search.saved_store import Saved
from reelscore.search.understand import names_of
from reelscore.text.names import ask_words
from reelscore.wiring import Wiring

_DRIFT = 0.05  # of the songs


def due_searches(wiring: Wiring, reading: Reading, kept: Sequence[Saved], stamp: Sequence[Any]) -> set[str]:
    """Ids of the saved searches that failed, or whose answer can differ in the library of this state."""
    due: set[str] = set()
    since: dict[str, list[Saved]] = {}
    songs = LibraryState(*stamp).songs
    for saved in kept:
        if saved["stamp"] is None or saved["problem"] or abs(songs - saved.get("of", 0)) >= _DRIFT * songs:
            due.add(saved["id"])
        elif saved["stamp"] != list(stamp):
            since.setdefault(json.dumps(saved["stamp"]), []).append(saved)
    for before, searches in since.items():
        due |= _News(wiring, reading, json.loads(before), stamp).due(searches)
    return due


class _News:
    """The songs that came or were corrected between two states of the library, read once."""

    def __init__(self, wiring: Wiring, reading: Reading, since: Sequence[Any], stamp: Sequence[Any]) -> None:
        self._wiring = wiring
        self._reading = reading
        self._passing: dict[Filters, set[str]] = {}
        self._ids: list[str] = []
        self._corrected: set[str] = set()
        self._went = self._unknown = False
        self._songs = LibraryState(*stamp).songs
        if len(since) != len(stamp):  # of an older version, and says too little
            self._unknown = True
            return
        before, after = LibraryState(*since), LibraryState(*stamp)
        added = wiring.catalog.added_since(before.added_at)
        self._corrected = set(wiring.catalog.corrected_since(before.corrected_at))
        self._ids = sorted(self._corrected.union(added))
        self._went = before.songs + len(added) != after.songs
        # Corrections were taken back, and nobody knows whose.
        self._unknown = before.corrections != after.corrections - len(self._corrected)

    def due(self, searches: Sequence[Saved]) -> set[str]:
        """Ids of the searches whose answers can differ."""
        if self._unknown:
            return {saved["id"] for saved in searches}
        queries = {saved["id"]: read_query(saved["query"]) for saved in searches}
        due = {saved["id"] for saved in searches if not self._corrected.isdisjoint(saved["song_ids"])}
        if self._went:
            asked = {
                saved["id"]: {*saved["song_ids"], *_songs_of(queries[saved["id"]])} for saved in searches
            }
            there = self._wiring.catalog.known_ids(set().union(*asked.values()))
            due |= {each for each, songs in asked.items() if not songs <= there}
        if not self._ids:
            return due
        due |= {saved["id"] for saved in searches if not _has_bounds(saved) or _follows(queries[saved["id"]])}
        rest = [saved for saved in searches if saved["id"] not in due]
        bounds = [(saved, read_bound(values)) for saved in rest for values in saved["reaches"]]
        spaces = {term.space for _, bound in bounds for term in bound.terms}
        matrices = {space: self._matrix(space) for space in spaces}
        measured = self._reading.soft_targets(self._ids)
        scores = scores_for([bound for _, bound in bounds], self._ids, matrices, measured)
        by_name: list[tuple[Saved, Bound, Column]] = []
        for (saved, bound), row in zip(bounds, scores, strict=True):
            if self._any_counts(row, bound, queries[saved["id"]]):
                due.add(saved["id"])
            elif bound.is_filtered:  # names stand for themselves in the list alone
                by_name.append((saved, bound, row))
        by_name = [one for one in by_name if one[0]["id"] not in due]
        typed = [ask_words(text) for saved, *_ in by_name for text in _typed(queries[saved["id"]])]
        self._reading.count_words(
            {word for one in typed for word in one.words}, {one.prefix for one in typed if one.prefix}
        )
        for saved, bound, row in by_name:
            query = queries[saved["id"]]
            if self._any_counts(row + bound.raised * self._named(query), bound, query):
                due.add(saved["id"])
        return due

    def _any_counts(self, scores: Column, bound: Bound, query: Query) -> bool:
        """Whether a song of these scores (n,) would count."""
        songs = [self._ids[at] for at in np.flatnonzero(np.isfinite(scores) & (scores >= bound.least))]
        return bool(songs) and (not bound.is_filtered or self._any_passes(songs, query.filters))

    def _any_passes(self, songs: Collection[str], filters: Filters) -> bool:
        if filters == NO_FILTERS:
            return True
        if filters not in self._passing:
            demands = clauses(filters)
            self._passing[filters] = {song for song, own in self._facets.items() if matches(own, demands)}
        return not self._passing[filters].isdisjoint(songs)

    @cached_property
    def _facets(self) -> dict[str, Facets]:
        return self._wiring.catalog.facets(self._ids)

    def _matrix(self, space: str) -> tuple[list[str], FloatArray]:
        found = self._reading.vectors([space], self._ids)[space]
        return list(found), np.stack(list(found.values())) if found else np.zeros((0, 0), np.float32)

    @cached_property
    def _words(self) -> dict[str, set[str]]:
        """Word -> songs that it names."""
        songs: dict[str, set[str]] = {}
        for song, words in self._reading.words_of_names(self._ids).items():
            for word in words:
                songs.setdefault(word, set()).add(song)
        return songs

    def _named(self, query: Query) -> Column:
        """How much of the words of a question names each of the songs, 0..1."""
        shares = np.zeros(len(self._ids))
        may: set[str] = set()
        for text in _typed(query) if query.options.names else ():
            asked = ask_words(text)
            may.update(*(self._words.get(word, ()) for word in asked.words))
            if prefix := asked.prefix:
                may.update(*(own for word, own in self._words.items() if word.startswith(prefix)))
        names = names_of(self._wiring, self._reading, query, songs=self._songs) if may else None
        if names is not None:
            found = names.named(sorted(may))
            for song, named in found.items():
                shares[self._ids.index(song)] = named.share
        return shares


def _typed(query: Query) -> list[str]:
    phrases = query.phrases if isinstance(query.phrases, tuple) else ()
    words = [part.name for part in query.blend if part.kind == "text"]
    return [text for text in (query.text, query.guide, *(one.text for one in phrases), *words) if text]


def _songs_of(query: Query) -> set[str]:
    """The songs that a question is asked with; a file is none that can be removed here."""
    songs = {query.song, *query.unlike, *(part.name for part in query.blend if part.kind == "song")}
    return {song for song in songs if song}


def _follows(query: Query) -> bool:
    """Whether what is asked for changes with the library: an artist's songs, or another saved search."""
    return any(part.kind in ("artist", "saved") for part in query.blend)


def _has_bounds(saved: Saved) -> bool:
    """Whether it was kept with what a new song must score; older versions kept another thing."""
    return bool(saved["reaches"]) and "terms" in saved["reaches"][0]

"""The order of the whole library at once: what a list of 100,000 songs is scrolled by.

A page far down costs a database as much as all pages before it, and most orders (songs without a value
last) use no index. So the ids are read in their order once, packed into 16 bytes each, and pages are cut
out of that; whoever keeps an order asks `library_stamp` whether it still holds. The first pages of a large
library are read by themselves, in a tenth of the time.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, case, func, select, true

from reelscore.catalog.base import IDS, Store, rows_of
from reelscore.catalog.convert import SONG, fold, song_record
from reelscore.catalog.db import schema
from reelscore.catalog.db.engine import reading
from reelscore.catalog.filtering import passes
from reelscore.catalog.words import songs_with_beginning
from reelscore.errors import InvalidInputError, UnknownNameError
from reelscore.filters.table import NO_FILTERS, Filters
from reelscore.records import Song
from reelscore.text.words import is_sign, words_of

_SONGS = schema.songs.c
_FEATURES = schema.features.c
_CORRECTED = schema.corrections.c

ID_BYTES = 16

SORTS: dict[str, ColumnElement[Any]] = {
    "title": _SONGS.sort_title,
    "artist": _SONGS.sort_artist,
    "album": _SONGS.album,
    "genre": _SONGS.genre,
    "year": _SONGS.year,
    "duration": _SONGS.duration,
    "added": _SONGS.added_at,
    "tempo": _FEATURES.tempo_bpm,
    "energy": _FEATURES.energy,
    "key": _FEATURES.key,
}
_ALWAYS_THERE = ("title", "added")
_MAY_BE_EMPTY = ("artist", "album", "genre")


class LibraryState(NamedTuple):
    """What changes when songs come, go or are corrected; moments are ISO 8601, and "" if there is none."""

    songs: int
    added_at: str
    corrections: int
    corrected_at: str


class AlbumRow(NamedTuple):
    """The songs that state one album and the same artists."""

    album: str | None
    artists: Sequence[str]
    songs: int
    seconds: float
    year: int | None
    created: str
    song: str  # the least id


class BrowsingStore(Store):
    """Reads the library in an order."""

    def library_stamp(self) -> tuple[int, str]:
        """How many songs there are, and when the last one came or was corrected: changes with both."""
        state = self.library_state()
        by_hand = f" {state.corrections} {state.corrected_at}" if state.corrections else ""
        return state.songs, state.added_at + by_hand

    def library_state(self) -> LibraryState:
        """How many songs and corrections there are, and when the last of each came."""
        with reading(self._engine) as connection:
            songs = select(func.count(), func.max(_SONGS.added_at)).select_from(schema.songs)
            by_hand = select(func.count(), func.max(_CORRECTED.changed_at)).select_from(schema.corrections)
            count, last = connection.execute(songs).one()
            corrections, corrected = connection.execute(by_hand).one()
        return LibraryState(count, last or "", corrections, corrected or "")

    def added_since(self, moment: str) -> list[str]:
        """The ids of the songs that were added after a moment of `library_state`."""
        query = select(_SONGS.id).where(_SONGS.added_at > moment).order_by(_SONGS.id)
        with reading(self._engine) as connection:
            return list(connection.execute(query).scalars())

    def corrected_since(self, moment: str) -> list[str]:
        """The ids of the songs whose corrections were made or changed after a moment of `library_state`."""
        query = select(_CORRECTED.song_id).where(_CORRECTED.changed_at > moment).order_by(_CORRECTED.song_id)
        with reading(self._engine) as connection:
            return list(connection.execute(query).scalars())

    def album_rows(self) -> list[AlbumRow]:
        """All songs in groups of one album and the same artists."""
        query = select(
            _SONGS.album,
            _SONGS.artists,
            func.count(),
            func.coalesce(func.sum(_SONGS.duration), 0.0),
            func.min(_SONGS.year),
            func.min(_SONGS.added_at),
            func.min(_SONGS.id),
        ).group_by(_SONGS.album, _SONGS.artists)
        with reading(self._engine) as connection:
            return [AlbumRow(*row) for row in connection.execute(query)]

    def genre_rows(self) -> list[tuple[str, str | None, list[str], int]]:
        """Each combination of stated genre, album and artists, with the number of songs that have it."""
        query = select(_SONGS.genre, _SONGS.album, _SONGS.artists, func.count())
        query = query.where(_SONGS.genre.is_not(None)).group_by(_SONGS.genre, _SONGS.album, _SONGS.artists)
        with reading(self._engine) as connection:
            return [tuple(row) for row in connection.execute(query)]

    def songs_of_albums(self, albums: Collection[str]) -> list[Song]:
        """The songs that state one of these albums, as it is written."""
        query = select(*SONG).where(_SONGS.album.in_(IDS))
        return [song_record(row) for row in rows_of(self._engine, query, albums)]

    def ordered_ids(
        self, *, search: str | None = None, sort: str = "title", filters: Filters = NO_FILTERS
    ) -> bytes:
        """The ids of all songs that match, in their order, packed (see `unpack_ids`).

        Parameters
        ----------
        search
            Words, or their beginnings, that must all occur in title, artists, album or genre; case, accents
            and punctuation do not matter.
        sort
            One of `SORTS`; with a "-" in front the other way round. Songs without the value come last.
        filters
            What the songs must be.

        Raises
        ------
        UnknownNameError
            There is no such order.
        """
        column = _column(sort)
        measured = column.table is schema.features
        query = ordered(select(_SONGS.id), "title" if measured else sort)
        with reading(self._engine) as connection:
            ids = connection.execute(
                query.where(matches_words(search), passes(filters, whole=True))
            ).scalars()
            if not measured:
                return pack_ids(ids)
            # Rows of measurements are long (beats, curves). In the order of the value its index is walked,
            # and little more than the index is read; a join would read every row to its end.
            known = select(_FEATURES.song_id, column).where(column.is_not(None)).order_by(column)
            values = {row[0]: row[1] for row in connection.execute(known)}
            with_value: list[str] = []
            without: list[str] = []
            for song in ids:
                (with_value if song in values else without).append(song)
            with_value.sort(key=values.__getitem__, reverse=sort.startswith("-"))  # stable: then by title
            return pack_ids(with_value + without)

    def first_of_order(
        self, count: int, *, search: str | None = None, sort: str = "title"
    ) -> tuple[bytes, int]:
        """The first ids of `ordered_ids`, and how many songs match in all."""
        column, found = _column(sort), matches_words(search)
        query = select(_SONGS.id)
        if column.table is schema.features:  # its index has the order of those that were measured
            direction = column.desc() if sort.startswith("-") else column
            query = query.join_from(schema.features, schema.songs, _FEATURES.song_id == _SONGS.id)
            query = query.where(column.is_not(None)).order_by(direction, _SONGS.sort_title, _SONGS.id)
        else:
            query = ordered(query, sort)
        in_all = select(func.count()).select_from(schema.songs)
        with reading(self._engine) as connection:
            total: int = connection.execute(in_all.where(found)).scalar_one()
            ids = pack_ids(connection.execute(query.where(found).limit(count)).scalars())
        if len(ids) // ID_BYTES < min(count, total):
            ids = self.ordered_ids(search=search, sort=sort)[: ID_BYTES * count]
        return ids, total

    def list_songs(
        self, *, search: str | None = None, sort: str = "title", offset: int = 0, limit: int = 50
    ) -> tuple[list[Song], int]:
        """A page of the library, and how many songs match in all; see `ordered_ids`."""
        places = places_of_page(offset, limit)
        ids, total = self.first_of_order(places.stop, search=search, sort=sort)
        wanted = unpack_ids(ids, places)
        query = select(*SONG).where(_SONGS.id.in_(IDS))
        songs = {row[0]: song_record(row) for row in rows_of(self._engine, query, wanted)}
        return [songs[song] for song in wanted if song in songs], total


def places_of_page(offset: int, limit: int) -> range:
    """Where the songs of a page are in their order; InvalidInputError if there can be no such page."""
    if offset < 0 or limit < 1:
        raise InvalidInputError(f"offset must be at least 0 and limit at least 1, not {offset} and {limit}")
    return range(offset, offset + limit)


def ordered(query: Select[Any], sort: str) -> Select[Any]:
    """A query of songs in an order; songs without the value come last, either way round."""
    name, column = sort.removeprefix("-"), _column(sort)
    keys: list[ColumnElement[Any]] = [column.desc() if sort.startswith("-") else column]
    if name in _MAY_BE_EMPTY:
        keys.insert(0, case((column.is_(None), 1), (column == "", 1), else_=0))
    elif name not in _ALWAYS_THERE:
        keys.insert(0, case((column.is_(None), 1), else_=0))
    if name != "title":
        keys.append(_SONGS.sort_title)
    if column.table is schema.features:
        query = query.outerjoin(schema.features, _FEATURES.song_id == _SONGS.id)
    return query.order_by(*keys, _SONGS.id)


def _column(sort: str) -> ColumnElement[Any]:
    name = sort.removeprefix("-")
    if name not in SORTS:
        raise UnknownNameError("sort order", sort, SORTS)
    return SORTS[name]


def matches_words(search: str | None) -> ColumnElement[bool]:
    """The condition that a song is named by every word of a search, or by one that begins like it."""
    words = dict.fromkeys(words_of(search or ""))
    if all(map(is_sign, words)):  # nothing, or a name without letters, such as "!!!"
        text = fold(search or "")
        return _SONGS.search_text.contains(text, autoescape=True) if text else true()
    return and_(true(), *(_SONGS.id.in_(songs_with_beginning(word)) for word in words))


def pack_ids(ids: Iterable[str]) -> bytes:
    """Ids (UUIDs) as 16 bytes each: a tenth of what text takes in memory."""
    return bytes.fromhex("".join(ids).replace("-", ""))


def unpack_ids(packed: bytes, places: Sequence[int] | range | None = None) -> list[str]:
    """The ids at some places of a packed list, or all; places behind its end are left out."""
    count = len(packed) // ID_BYTES
    wanted = range(count) if places is None else [place for place in places if 0 <= place < count]
    return [str(uuid.UUID(bytes=packed[ID_BYTES * place : ID_BYTES * (place + 1)])) for place in wanted]

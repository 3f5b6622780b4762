"""The words that songs are named by: title, artists, album and stated genre.

A table of words, not the full-text index of the database: FTS5 and FULLTEXT cut text into words in their own
ways, and MySQL leaves out short words ("U2") and frequent ones ("The Who"). Words are made in Python, so that
every database finds the same songs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, delete, func, select, true

from reelscore.catalog.base import Store, chunks
from reelscore.catalog.db import schema
from reelscore.catalog.db.engine import reading, write
from reelscore.catalog.facets import insert_rows
from reelscore.catalog.filtering import passes
from reelscore.records import NO_FILTERS, Filters
from reelscore.text.words import stored_words

_SONGS = schema.songs.c
_WORDS = schema.song_words.c
_SONG_COUNT = func.count().label("songs")
_BATCH = 500
# Words that one beginning is taken for, the most frequent first.
_COMPLETIONS = 20


class WordStore(Store):
    """Finds songs by the words that they are named by."""

    def word_counts(self, words: Collection[str]) -> dict[str, int]:
        """Word -> how many songs have it; words that no song has are left out."""
        found: dict[str, int] = {}
        with reading(self._engine) as connection:
            for some in chunks(dict.fromkeys(words)):
                query = select(_WORDS.word, _SONG_COUNT).where(_WORDS.word.in_(some)).group_by(_WORDS.word)
                found |= {row.word: row.songs for row in connection.execute(query)}
        return found

    def words_beginning(self, beginning: str) -> dict[str, int]:
        """The most frequent words that begin so, with how many songs have each."""
        query = (
            select(_WORDS.word, _SONG_COUNT)
            .where(begins_with(beginning))
            .group_by(_WORDS.word)
            .order_by(_SONG_COUNT.desc(), _WORDS.word)
            .limit(_COMPLETIONS)
        )
        with reading(self._engine) as connection:
            return {row.word: row.songs for row in connection.execute(query)}

    def songs_with_words(
        self,
        weights: Mapping[str, int],
        limit: int,
        *,
        where: Filters = NO_FILTERS,
        exclude: Collection[str] = (),
    ) -> list[tuple[str, int]]:
        """Ids of the songs with any of the words, and the sum of the weights of those that they have.

        The heaviest come first, and equal ones in the order of their ids. Weights are whole numbers, so
        that every database adds up the same.
        """
        if not weights or limit < 1:
            return []
        weight = func.sum(case(dict(weights), value=_WORDS.word, else_=0)).label("weight")
        demand = passes(where) if where != NO_FILTERS else true()
        query = select(_WORDS.song_id, weight).where(_WORDS.word.in_(list(weights)))
        if where != NO_FILTERS:
            query = query.join(schema.songs, _SONGS.id == _WORDS.song_id)
        if exclude:
            demand = and_(demand, _WORDS.song_id.not_in(list(exclude)))
        query = query.where(demand).group_by(_WORDS.song_id).order_by(weight.desc(), _WORDS.song_id)
        with reading(self._engine) as connection:
            return [(song, int(total)) for song, total in connection.execute(query.limit(limit))]

    def rewrite_words(self, after: str = "") -> list[str]:
        """Write the words of some songs anew: of those whose ids follow `after`; returns their ids.

        It is one transaction, so several processes may do the same, and whoever was cut off goes on.
        """
        query = select(_SONGS.id, _SONGS.title, _SONGS.artists, _SONGS.album, _SONGS.genre)
        query = query.where(_SONGS.id > after).order_by(_SONGS.id).limit(_BATCH)

        def work(connection: Connection) -> list[str]:
            rows = {row["id"]: dict(row) for row in connection.execute(query).mappings()}
            write_words(connection, rows)
            return list(rows)

        return write(self._engine, work)


def begins_with(beginning: str) -> ColumnElement[bool]:
    """The condition on a word that it begins so: not LIKE, for which SQLite looks through every word."""
    return and_(_WORDS.word >= beginning, _WORDS.word < beginning + "\U0010ffff")


def songs_with_beginning(beginning: str) -> Select[Any]:
    """The ids of the songs with a word that begins so."""
    return select(_WORDS.song_id).where(begins_with(beginning))


def word_rows(songs: Iterable[tuple[str, Mapping[str, Any]]]) -> list[dict[str, Any]]:
    """Rows of `song_words` for songs: id, and its row of `songs`."""
    return [
        {"song_id": song, "word": word}
        for song, row in songs
        for word in stored_words((row["title"], *row["artists"], row["album"], row["genre"]))
    ]


def write_words(connection: Connection, rows: Mapping[str, Mapping[str, Any]]) -> None:
    """Replace the words of songs: id -> its row of `songs`."""
    for some in chunks(rows):
        connection.execute(delete(schema.song_words).where(_WORDS.song_id.in_(some)))
    insert_rows(connection, schema.song_words, word_rows(rows.items()))


def renamed(connection: Connection, rows: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Songs of which the rows state other names than are stored."""
    changed: list[str] = []
    columns = ("title", "artists", "album", "genre")
    for some in chunks(rows):
        query = select(_SONGS.id, *(_SONGS[name] for name in columns)).where(_SONGS.id.in_(some))
        for row in connection.execute(query).mappings():
            if any(row[name] != rows[row["id"]][name] for name in columns):
                changed.append(row["id"])
    return changed

"""The words that songs are named by: title, artists, album and stated genre.

A table of words, not the full-text index of the database: FTS5 and FULLTEXT cut text into words in their own
ways, and MySQL leaves out short words ("U2") and frequent ones ("The Who"). Words are made in Python, so that
every database finds the same songs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    case,
    delete,
    func,
    literal,
    select,
    union_all,
)

from reelscore.catalog.base import Store, chunks
from reelscore.catalog.convert import CARD, song_card
from reelscore.catalog.db import schema
from reelscore.catalog.db.engine import reading, write
from reelscore.catalog.filtering import passes
from reelscore.catalog.rows import insert_rows, note_revision
from reelscore.filters.table import NO_FILTERS, Filters
from reelscore.records import SongCard
from reelscore.text.words import stored_words

_SONGS = schema.songs.c

# Columns of a song that its words are taken from.
NAMES = ("title", "artists", "album", "genre")
_WORDS = schema.song_words.c
_SONG_COUNT = func.count().label("songs")
_BATCH = 500
# Words that one beginning is taken for, the most frequent first.
COMPLETIONS = 20


class WordStore(Store):
    """Finds songs by the words that they are named by."""

    def count_words(
        self, words: Collection[str], beginnings: Collection[str] = ()
    ) -> tuple[dict[str, int], dict[str, dict[str, int]]]:
        """How many songs have each word, and the most frequent words that begin in some way.

        Returns
        -------
        dict, dict
            Word -> songs, without words that no song has; beginning -> {word -> songs}, of those beginnings
            that are no word themselves: the most frequent words first.
        """
        counts: dict[str, int] = {}
        completed: dict[str, dict[str, int]] = {}
        looks = [_counted(_WORDS.word.in_(some), literal("")) for some in chunks(sorted(set(words)))]
        looks += [_completions(beginning) for beginning in sorted(set(beginnings))]
        if not looks:
            return counts, completed
        # One statement, however many words: each is a round trip to a database server.
        with reading(self._engine) as connection:
            for row in connection.execute(union_all(*looks)):
                if row.beginning:
                    completed.setdefault(row.beginning, {})[row.word] = row.songs
                else:
                    counts[row.word] = row.songs
        for beginning, found in completed.items():
            completed[beginning] = dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))
        return counts, {key: found for key, found in completed.items() if key not in counts}

    def songs_with_words(
        self,
        weights: Mapping[str, int],
        limit: int,
        *,
        where: Filters = NO_FILTERS,
        exclude: Collection[str] = (),
    ) -> list[tuple[SongCard, int]]:
        """The songs with any of the words, and the sum of the weights of those that they have.

        The heaviest come first, and equal ones in the order of their ids. Weights are whole numbers, so
        that every database adds up the same.
        """
        if not weights or limit < 1:
            return []
        if len(weights) == 1:  # then the table is in the order of the answer, and is read no further
            ((word, one),) = weights.items()
            weight = literal(one).label("weight")
            found = select(_WORDS.song_id, weight).where(_WORDS.word == word)
        else:
            weight = func.sum(case(dict(weights), value=_WORDS.word, else_=0)).label("weight")
            found = select(_WORDS.song_id, weight).where(_WORDS.word.in_(list(weights)))
            found = found.group_by(_WORDS.song_id).order_by(weight.desc())
        if where != NO_FILTERS:
            found = found.join(schema.songs, _SONGS.id == _WORDS.song_id).where(passes(where))
        if exclude:
            found = found.where(_WORDS.song_id.not_in(list(exclude)))
        best = found.order_by(_WORDS.song_id).limit(limit).subquery()
        query = select(*CARD, best.c.weight).join(best, best.c.song_id == _SONGS.id)
        with reading(self._engine) as connection:
            hits = [(song_card(card), int(total)) for *card, total in connection.execute(query).all()]
        return sorted(hits, key=lambda hit: (-hit[1], hit[0].id))

    def rewrite_words(self, after: str = "") -> list[str]:
        """Write the words of some songs again: of those whose ids follow `after`; returns their ids.

        It is one transaction, so several processes may do the same, and whoever was cut off goes on.
        """
        query = select(_SONGS.id, _SONGS.title, _SONGS.artists, _SONGS.album, _SONGS.genre)
        query = query.where(_SONGS.id > after).order_by(_SONGS.id).limit(_BATCH)

        def work(connection: Connection) -> list[str]:
            rows = {row["id"]: dict(row) for row in connection.execute(query).mappings()}
            write_words(connection, rows)
            note_revision(connection, rows)
            return list(rows)

        return write(self._engine, work)


def _counted(wanted: ColumnElement[bool], beginning: ColumnElement[str]) -> Select[Any]:
    return select(_WORDS.word, _SONG_COUNT, beginning.label("beginning")).where(wanted).group_by(_WORDS.word)


def _completions(beginning: str) -> Select[Any]:
    best = (
        _counted(begins_with(beginning), literal(beginning))
        .order_by(_SONG_COUNT.desc(), _WORDS.word)
        .limit(COMPLETIONS)
        .subquery()
    )
    return select(best.c.word, best.c.songs, best.c.beginning)


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

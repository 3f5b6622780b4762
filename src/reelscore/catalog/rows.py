"""Rows that are derived from songs, and the marks that tell the indexes of a change."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from reelscore.catalog.base import chunks
from reelscore.catalog.db import schema
from reelscore.filters.terms import artist_terms, genre_terms, licence_terms, tag_terms

_STATES = schema.index_state.c
_SHELVES = schema.shelves.c


def write_terms(connection: Connection, rows: Mapping[str, Mapping[str, Any]]) -> None:
    """Replace what songs are found under: id -> its row of `songs`."""
    for some in chunks(rows):
        connection.execute(delete(schema.song_terms).where(schema.song_terms.c.song_id.in_(some)))
    terms = [
        {"song_id": song, "kind": kind, "term": known}
        for song, row in rows.items()
        for kind, found in (
            ("artist", artist_terms(row["artists"])),
            ("genre", genre_terms(row["genre"])),
            ("licence", licence_terms(row["licence"])),
        )
        for known in found
    ]
    insert_rows(connection, schema.song_terms, terms)


def tag_rows(songs: Iterable[tuple[str, str, Mapping[str, float]]]) -> list[dict[str, Any]]:
    """Rows of `song_tags` for songs: id, space, tag -> probability."""
    return [
        {"song_id": song, "space": space, "tag": tag, "probability": probability}
        for song, space, tags in songs
        for tag, probability in tag_terms(tags).items()
    ]


def insert_rows(connection: Connection, table: Any, rows: list[dict[str, Any]]) -> None:
    """Insert rows, if there are any."""
    if rows:
        connection.execute(insert(table), rows)


def mark_changed(connection: Connection, songs: Collection[str]) -> None:
    """Note that what the indexes and the shelves keep of these songs is out of date."""
    for some in chunks(songs):
        connection.execute(
            update(schema.index_state)
            # Also those that are pending: they may be under way to an index as they were.
            .where(_STATES.song_id.in_(some), _STATES.state != "removed")
            .values(state="pending")
        )
    note_revision(connection, songs)


def revision_of_songs(connection: Connection) -> int:
    """The revision of the last change of a song; 0 before the first."""
    return connection.execute(select(_SHELVES.revision).where(_SHELVES.name == "")).scalar() or 0


def note_revision(connection: Connection, songs: Collection[str]) -> None:
    """Note that what shelves keep of these songs is out of date.

    The last that a transaction writes: from here on others that write wait for it, so that revisions are
    committed in their order.
    """
    if not songs:
        return
    counter = _SHELVES.name == ""
    next_one = update(schema.shelves).where(counter).values(revision=_SHELVES.revision + 1)
    if not connection.execute(next_one).rowcount:
        connection.execute(insert(schema.shelves), {"name": "", "revision": 1})
    revision = connection.execute(select(_SHELVES.revision).where(counter)).scalar_one()
    for some in chunks(songs):
        connection.execute(update(schema.songs).where(schema.songs.c.id.in_(some)).values(revision=revision))

"""What people corrected: kept apart from what was stated and measured, and written over it.

The columns of a song hold what counts, so that filters, orders and indexes need to know nothing of this.
Beside a correction lies what stood there before. Whoever writes a song calls `keep_corrections` behind it:
what was stated or measured anew is kept for the day on which the correction is taken back.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy import Connection, Table, delete, insert, select, update

from reelscore.catalog.base import Store, chunks
from reelscore.catalog.convert import folded, now
from reelscore.catalog.db import schema
from reelscore.catalog.db.engine import reading, write
from reelscore.catalog.rows import insert_rows, mark_changed, write_terms
from reelscore.catalog.words import NAMES, write_words
from reelscore.errors import NotFoundError
from reelscore.filters.parsing import MOODS
from reelscore.filters.terms import VOCALS, term

_OWN = schema.corrections.c
_SONGS = schema.songs.c
_TAGS = schema.song_tags.c
_BY_HAND = "by-hand"  # the space of tags if nobody tagged the song

# Song id -> field -> value.
Corrections: TypeAlias = dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a field lies: columns of a table with a row for each song, and what they are for a value."""

    table: Table
    columns: tuple[str, ...]
    rest: tuple[Any, ...] = ()  # of the columns behind the first

    def read(self, connection: Connection, song: str) -> Any:
        key = self.table.c.id if self.table is schema.songs else self.table.c.song_id
        row = connection.execute(select(*(self.table.c[name] for name in self.columns)).where(key == song))
        return list(found) if (found := row.first()) is not None else None

    def write(self, connection: Connection, song: str, values: Any) -> None:
        if values is not None:  # what was never measured has no row
            key = self.table.c.id if self.table is schema.songs else self.table.c.song_id
            changes = dict(zip(self.columns, values, strict=True))
            connection.execute(update(self.table).where(key == song).values(changes))

    def standing(self, value: Any) -> Any:
        """The values of the columns for a corrected value."""
        return [value, *self.rest]


@dataclass(frozen=True, slots=True)
class _Tags:
    """Tags that are heard or not: those that `covers` names."""

    covers: Callable[[str], bool]

    def read(self, connection: Connection, song: str) -> Any:
        rows = connection.execute(select(_TAGS.tag, _TAGS.probability).where(_TAGS.song_id == song))
        return {tag: probability for tag, probability in rows if self.covers(tag)}

    def write(self, connection: Connection, song: str, values: Any) -> None:
        rows = connection.execute(select(_TAGS.tag, _TAGS.space).where(_TAGS.song_id == song)).all()
        space = rows[0].space if rows else _BY_HAND
        ours = [row.tag for row in rows if self.covers(row.tag)]
        connection.execute(delete(schema.song_tags).where(_TAGS.song_id == song, _TAGS.tag.in_(ours)))
        new = [
            {"song_id": song, "space": space, "tag": tag, "probability": probability}
            for tag, probability in values.items()
        ]
        insert_rows(connection, schema.song_tags, new)

    def standing(self, value: Any) -> Any:
        """Tag -> probability for a corrected value: True or False of voices, else the names of tags."""
        if isinstance(value, bool):
            return {VOCALS: float(value)}
        return {term(name): 1.0 for name in value}


_PLACES: dict[str, _Place | _Tags] = {
    "title": _Place(schema.songs, ("title",)),
    "genre": _Place(schema.songs, ("genre",)),
    "licence": _Place(schema.songs, ("licence",)),
    "isrc": _Place(schema.songs, ("isrc",)),
    # Somebody who counted is sure, and has no runner-up.
    "tempo": _Place(schema.features, ("tempo_bpm", "tempo_confidence", "tempo_alternative_bpm"), (1.0, None)),
    "key": _Place(schema.features, ("key", "key_confidence"), (1.0,)),
    "vocals": _Tags(lambda tag: tag == VOCALS),
    "moods": _Tags(lambda tag: tag in MOODS),
}


class CorrectionStore(Store):
    """Keeps corrections."""

    def corrections(self, ids: Collection[str]) -> Corrections:
        """What was corrected of songs; those without are left out."""
        with reading(self._engine) as connection:
            return {
                song: {field: value for field, (value, _) in fields.items()}
                for song, fields in _read(connection, ids).items()
            }

    def correct(self, song: str, values: Mapping[str, Any]) -> None:
        """Correct fields of a song; None takes a correction back.

        Fields that lie in no column, such as a publisher, are only kept. The indexes are to hear of it.

        Raises
        ------
        NotFoundError
            There is no such song.
        """

        def work(connection: Connection) -> None:
            if connection.execute(select(_SONGS.id).where(_SONGS.id == song)).first() is None:
                raise NotFoundError(f"there is no song {song!r} in the library")
            known = _read(connection, [song]).get(song, {})
            for field, value in values.items():
                place = _PLACES.get(field)
                earlier = known.pop(field, None)
                if value is not None:
                    before = earlier[1] if earlier else place and place.read(connection, song)
                    known[field] = value, before
                    if place is not None:
                        place.write(connection, song, place.standing(value))
                elif earlier and place is not None:
                    place.write(connection, song, earlier[1])
            _keep(connection, song, known)
            _follow(connection, [song])

        write(self._engine, work)


def keep_corrections(connection: Connection, ids: Collection[str]) -> None:
    """Write the corrections of songs over what was just written of them, and keep that."""
    found = _read(connection, ids)
    for song, fields in found.items():
        altered = False
        for field, (value, _) in fields.items():
            if (place := _PLACES.get(field)) is None:
                continue
            stands, wanted = place.read(connection, song), place.standing(value)
            if stands is not None and stands != wanted:  # it was written, and not from the song itself
                fields[field] = value, stands
                place.write(connection, song, wanted)
                altered = True
        if altered:  # else it stays as old as it is, and nobody takes it for news
            _keep(connection, song, fields)
    if found:
        _follow(connection, list(found))


# Field -> its value, and what stood there before.
_Fields: TypeAlias = dict[str, tuple[Any, Any]]


def _read(connection: Connection, ids: Collection[str]) -> dict[str, _Fields]:
    found: dict[str, _Fields] = {}
    for some in chunks(ids):
        query = select(_OWN.song_id, _OWN.body).where(_OWN.song_id.in_(some))
        for song, body in connection.execute(query):
            found[song] = {field: (value, before) for field, (value, before) in body.items()}
    return found


def _keep(connection: Connection, song: str, fields: _Fields) -> None:
    connection.execute(delete(schema.corrections).where(_OWN.song_id == song))
    if fields:
        row = {"song_id": song, "body": {name: list(pair) for name, pair in fields.items()}}
        connection.execute(insert(schema.corrections), row | {"changed_at": now()})


def _follow(connection: Connection, ids: list[str]) -> None:
    """Bring what is derived from the columns of songs in step with them."""
    for some in chunks(ids):
        query = select(_SONGS.id, *(_SONGS[name] for name in (*NAMES, "licence"))).where(_SONGS.id.in_(some))
        rows = {row["id"]: dict(row) for row in connection.execute(query).mappings()}
        for song, row in rows.items():
            connection.execute(update(schema.songs).where(_SONGS.id == song).values(folded(row)))
        write_terms(connection, rows)
        write_words(connection, rows)
        mark_changed(connection, list(rows))

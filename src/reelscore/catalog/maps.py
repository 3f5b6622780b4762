"""The stored map of the library: where each song lies in the plane, and what it is coloured by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, insert, select

from reelscore.catalog.base import Store, chunks
from reelscore.catalog.convert import now
from reelscore.catalog.db import schema
from reelscore.catalog.db.engine import reading, write

_MAPS = schema.library_maps.c
_SONGS = schema.songs.c
_FEATURES = schema.features.c
_TAGS = schema.song_tags.c
_NAME = "library"


@dataclass(frozen=True, slots=True)
class LibraryMap:
    """A map. `ids` are 16 bytes each, `points` the planes that `reelscore.library.map` describes."""

    songs: int
    ids: bytes
    points: bytes
    about: Mapping[str, Any] = field(default_factory=dict)  # JSON values: space, names of the groups
    made_at: str = ""


class Coloured(NamedTuple):
    """What a song on the map is coloured by."""

    id: str
    genre: str | None
    tempo_bpm: float | None
    energy: float | None


class MapStore(Store):
    """Writes and reads the map, and what it is made from."""

    def save_map(self, made: LibraryMap) -> str:
        """Keep a map instead of the one before; returns when it was made, which is its version."""
        row = {
            "name": _NAME,
            "made_at": now(),
            "songs": made.songs,
            "about": dict(made.about),
            "ids": made.ids,
            "points": made.points,
        }

        def work(connection: Connection) -> None:
            connection.execute(delete(schema.library_maps).where(_MAPS.name == _NAME))
            connection.execute(insert(schema.library_maps), row)

        write(self._engine, work)
        return str(row["made_at"])

    def map_about(self) -> tuple[str, int, Mapping[str, Any]] | None:
        """When the map was made, of how many songs, and what is noted of it; None if there is none."""
        query = select(_MAPS.made_at, _MAPS.songs, _MAPS.about).where(_MAPS.name == _NAME)
        with reading(self._engine) as connection:
            row = connection.execute(query).first()
        return None if row is None else (row.made_at, row.songs, row.about)

    def read_map(self) -> LibraryMap | None:
        """The map, or None if none was made yet."""
        with reading(self._engine) as connection:
            row = (
                connection.execute(select(schema.library_maps).where(_MAPS.name == _NAME)).mappings().first()
            )
        if row is None:
            return None
        return LibraryMap(row["songs"], row["ids"], row["points"], row["about"], row["made_at"])

    def colours(self, ids: list[str]) -> Iterator[Coloured]:
        """What songs are coloured by, in the order of the ids; unknown ones are left out."""
        query = select(_SONGS.id, _SONGS.genre, _FEATURES.tempo_bpm, _FEATURES.energy).outerjoin_from(
            schema.songs, schema.features
        )
        for some in chunks(ids):
            with reading(self._engine) as connection:
                rows = connection.execute(query.where(_SONGS.id.in_(some))).all()
            found = {row.id: Coloured(row.id, row.genre, row.tempo_bpm, row.energy) for row in rows}
            yield from (found[song] for song in some if song in found)

    def heard_tags(self, ids: list[str], tags: frozenset[str]) -> dict[str, str]:
        """Song id -> the most probable of some tags that is heard in it; songs with none are left out."""
        found: dict[str, tuple[float, str]] = {}
        for some in chunks(ids):
            query = select(_TAGS.song_id, _TAGS.tag, _TAGS.probability).where(
                _TAGS.song_id.in_(some), _TAGS.tag.in_(sorted(tags))
            )
            with reading(self._engine) as connection:
                for row in connection.execute(query):
                    found[row.song_id] = max(found.get(row.song_id, (0.0, "")), (row.probability, row.tag))
        return {song: tag for song, (_, tag) in found.items()}

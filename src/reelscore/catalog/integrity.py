"""Counts of what is stored, and whether it fits together."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, and_, distinct, exists, func, select, text

from reelscore.catalog import schema
from reelscore.catalog.base import Store
from reelscore.catalog.engine import reading

_SONGS = schema.songs.c
_VECTORS = schema.vectors.c
_STATES = schema.index_state.c


class IntegrityStore(Store):
    """Counts, and holds the tables against each other."""

    def counts(self) -> dict[str, Any]:
        """How much is stored.

        Returns
        -------
        dict
            "songs"; "sources" {source: songs}; "vectors", "windows", "pending" and "removed", each
            {space: count}; "jobs" {state: count}; "analyses".
        """
        with reading(self._engine) as connection:
            vectors: dict[str, dict[str, int]] = {"track": {}, "window": {}}
            for space, kind, count in connection.execute(
                select(_VECTORS.space, _VECTORS.kind, func.count()).group_by(_VECTORS.space, _VECTORS.kind)
            ):
                vectors[kind][space] = count
            states: dict[str, dict[str, int]] = {"pending": {}, "indexed": {}, "removed": {}}
            for space, state, count in connection.execute(
                select(_STATES.space, _STATES.state, func.count()).group_by(_STATES.space, _STATES.state)
            ):
                states[state][space] = count
            sources = _grouped(connection, _SONGS.source)
            return {
                "songs": sum(sources.values()),
                "sources": sources,
                "vectors": vectors["track"],
                "windows": vectors["window"],
                "pending": states["pending"],
                "removed": states["removed"],
                "jobs": _grouped(connection, schema.jobs.c.state),
                "analyses": connection.execute(select(func.count(schema.analyses.c.id))).scalar_one(),
            }

    def problems(self) -> list[str]:
        """Sentences on what does not fit together; none where all is well."""
        track = and_(_VECTORS.song_id == _SONGS.id, _VECTORS.kind == "track")
        marked = and_(_STATES.song_id == _VECTORS.song_id, _STATES.space == _VECTORS.space)
        with reading(self._engine) as connection:

            def count(table: Any, *conditions: Any) -> int:
                return connection.execute(
                    select(func.count()).select_from(table).where(*conditions)
                ).scalar_one()

            found: list[str] = []
            if self._engine.dialect.name == "sqlite":
                answer = connection.execute(text("PRAGMA quick_check(1)")).scalar_one()
                if answer != "ok":
                    found.append(f"the database file is damaged: {answer}")
            tell = [
                (
                    count(schema.songs, ~exists().where(track)),
                    "have no vectors; remove and ingest them again",
                ),
                (
                    count(schema.songs, ~exists().where(schema.features.c.song_id == _SONGS.id)),
                    "have no measurements; remove and ingest them again",
                ),
            ]
            found += [f"{_songs(number)} {what}" for number, what in tell if number]
            for table in (schema.vectors, schema.features):
                orphans = count(table, ~exists().where(_SONGS.id == table.c.song_id))
                if orphans:
                    found.append(f"{orphans} rows of {table.name} belong to no song")
            unmarked = count(schema.vectors, _VECTORS.kind == "track", ~exists().where(marked))
            if unmarked:
                found.append(f"{unmarked} vectors are not noted for an index; run `reelscore index rebuild`")
            for space, lengths in connection.execute(
                select(_VECTORS.space, func.count(distinct(func.length(_VECTORS.data)))).group_by(
                    _VECTORS.space
                )
            ):
                if lengths > 1:
                    found.append(f"vectors of {space} differ in length; ingest the music again")
            for state, verb in (("pending", "are not yet in"), ("removed", "are deleted but still in")):
                for space, number in connection.execute(
                    select(_STATES.space, func.count()).where(_STATES.state == state).group_by(_STATES.space)
                ):
                    found.append(
                        f"{_songs(number)} {verb} the index of {space}; run `reelscore check --repair`"
                    )
            return found


def _songs(number: int) -> str:
    return "1 song" if number == 1 else f"{number} songs"


def _grouped(connection: Connection, column: Any) -> dict[str, int]:
    rows = connection.execute(select(column, func.count()).group_by(column).order_by(column))
    return {row[0]: row[1] for row in rows}

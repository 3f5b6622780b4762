"""Counts of what is stored, whether it fits together, and what mends it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select

from reelscore.catalog.base import Store
from reelscore.catalog.convert import features_row
from reelscore.catalog.corrections import keep_corrections
from reelscore.catalog.db import schema
from reelscore.catalog.db.engine import reading, write
from reelscore.catalog.integrity.findings import Finding, find_all
from reelscore.catalog.integrity.repair import mend
from reelscore.catalog.rows import mark_changed
from reelscore.records import MusicFeatures

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

    def findings(self, dims: Mapping[str, int] | None = None) -> list[Finding]:
        """What does not fit together.

        Parameters
        ----------
        dims
            Dimension of each space that is known; of another space the one that most of its vectors have.
        """
        with reading(self._engine) as connection:
            return list(find_all(connection, self._engine.dialect.name, dims or {}))

    def mend(self, findings: Collection[Finding]) -> None:
        """Mend in SQL what can be: rows of no song and unusable values go, marks are made, jobs wait again.

        Songs that lack something afterwards are to be heard again.
        """
        for finding in findings:
            write(self._engine, lambda connection, finding=finding: mend(connection, finding))  # type: ignore[misc]

    def set_features(self, song: str, features: MusicFeatures) -> None:
        """Replace what was measured in a song, for its indexes too; nothing happens if it is gone."""

        def work(connection: Connection) -> None:
            if connection.execute(select(_SONGS.id).where(_SONGS.id == song)).first() is not None:
                connection.execute(delete(schema.features).where(schema.features.c.song_id == song))
                connection.execute(insert(schema.features), features_row(song, features))
                keep_corrections(connection, [song])
                mark_changed(connection, [song])

        write(self._engine, work)

    def measured_otherwise(self, version: str) -> list[str]:
        """Songs that another version of the code measured, by id."""
        query = select(schema.features.c.song_id).where(schema.features.c.version.not_in((version, "")))
        with reading(self._engine) as connection:
            return list(connection.execute(query.order_by(schema.features.c.song_id)).scalars())


def _grouped(connection: Connection, column: Any) -> dict[str, int]:
    rows = connection.execute(select(column, func.count()).group_by(column).order_by(column))
    return {row[0]: row[1] for row in rows}

"""What mends findings in SQL. Songs that lack something afterwards are to be heard again."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, delete, exists, insert, select, update

from reelscore.catalog.base import chunks
from reelscore.catalog.convert import now
from reelscore.catalog.db import schema
from reelscore.catalog.integrity.findings import Finding, is_hanging
from reelscore.catalog.rows import note_revision
from reelscore.records import JobState

_SONGS = schema.songs.c
_VECTORS = schema.vectors.c
_STATES = schema.index_state.c
_FEATURES = schema.features.c
_JOBS = schema.jobs.c


def mend(connection: Connection, finding: Finding) -> None:
    """Mend one finding: rows of no song and unusable values go, marks are made, jobs wait again."""
    code, _, detail = finding.code.partition(":")
    match code:
        case "unreadable":
            table_name, _, column = detail.partition(":")
            _mend_unreadable(connection, table_name, column, finding.ids)
        case "bad_features":
            for some in chunks(finding.ids):
                connection.execute(delete(schema.features).where(_FEATURES.song_id.in_(some)))
            note_revision(connection, finding.ids)
        case "orphans":
            table = schema.metadata.tables[detail]
            lost = ~exists().where(_SONGS.id == table.c.song_id)
            ids = list(connection.execute(select(table.c.song_id).distinct().where(lost)).scalars())
            for some in chunks(ids):
                connection.execute(delete(table).where(table.c.song_id.in_(some)))
                if table is schema.vectors:
                    connection.execute(
                        update(schema.index_state).where(_STATES.song_id.in_(some)).values(state="removed")
                    )
        case "wrong_dimension" | "broken_vectors" | "windows_without_track":
            for some in chunks(finding.ids):
                in_space = (_VECTORS.space == finding.space, _VECTORS.song_id.in_(some))
                connection.execute(delete(schema.vectors).where(*in_space))
                _unmark(connection, _STATES.space == finding.space, _STATES.song_id.in_(some))
            note_revision(connection, finding.ids)
        case "unmarked":
            marked = exists().where(_STATES.song_id == _VECTORS.song_id, _STATES.space == _VECTORS.space)
            query = select(_VECTORS.space, _VECTORS.song_id).where(_VECTORS.kind == "track", ~marked)
            rows = [
                {"space": space, "song_id": song, "state": "pending"}
                for space, song in connection.execute(query)
            ]
            if rows:
                connection.execute(insert(schema.index_state), rows)
        case "mark_without_vector":
            track = exists().where(
                _VECTORS.song_id == _STATES.song_id, _VECTORS.space == _STATES.space, _VECTORS.kind == "track"
            )
            _unmark(connection, _STATES.space == finding.space, ~track)
        case "hanging_jobs":
            for some in chunks(finding.ids):
                running = (_JOBS.id.in_(some), is_hanging())  # its worker may have been heard of since
                stopped = {"state": JobState.CANCELLED.value, "finished_at": now()}
                connection.execute(
                    update(schema.jobs).where(*running, _JOBS.cancel_requested).values(stopped)
                )
                connection.execute(
                    update(schema.jobs).where(*running).values(state=JobState.QUEUED.value, worker=None)
                )


def _unmark(connection: Connection, *which: Any) -> None:
    """The index of a space is to forget songs."""
    connection.execute(update(schema.index_state).where(*which).values(state="removed"))


def _mend_unreadable(connection: Connection, table_name: str, column: str, keys: Collection[str]) -> None:
    table = schema.metadata.tables[table_name]
    (key,) = list(table.primary_key.columns)[:1]
    for some in chunks(keys):
        if table is schema.songs:  # its source states them again with the next ingestion
            empty: list[Any] | dict[str, Any] = [] if column == "artists" else {}
            connection.execute(update(table).where(key.in_(some)).values({column: empty}))
            note_revision(connection, some)
        elif table is schema.jobs and table.c[column].nullable:
            connection.execute(update(table).where(key.in_(some)).values({column: None}))
        else:
            connection.execute(delete(table).where(key.in_(some)))

"""What can be wrong with what is stored, and the queries that find it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Table,
    Text,
    and_,
    exists,
    func,
    or_,
    select,
    text,
    type_coerce,
)

from reelscore.catalog.base import chunks, pages, song_tables
from reelscore.catalog.convert import time_text
from reelscore.catalog.db import columns, schema
from reelscore.errors import counted
from reelscore.records import JobState

_SONGS = schema.songs.c
_VECTORS = schema.vectors.c
_STATES = schema.index_state.c
_FEATURES = schema.features.c
_JOBS = schema.jobs.c

_PAGE = 500
_SONGS_AT_ONCE = 100  # whose vectors are looked at together
# A worker that lives is heard of every few seconds. The queue never compares clocks (`jobs/leases.py`); a
# check looks once, so it allows for more than clocks of machines usually differ.
SILENT_MINUTES = 5.0

BY_REPAIR = "run `reelscore check --repair`"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong."""

    code: str  # stable: what a program asks for
    count: int
    message: str  # a sentence: what is wrong, and what to do
    ids: tuple[str, ...] = ()  # of the songs, jobs or rows that it is about, if it names them
    space: str | None = None


def find_all(connection: Connection, dialect: str, dims: Mapping[str, int]) -> Iterator[Finding]:
    """Everything that does not fit together; `dims` are the dimensions of the spaces that are known."""
    yield from _damaged_file(connection, dialect)
    yield from _unreadable(connection)
    yield from _incomplete_songs(connection)
    yield from _orphans(connection)
    yield from _bad_vectors(connection, dims)
    yield from _bad_marks(connection)
    yield from _hanging_jobs(connection)


def _damaged_file(connection: Connection, dialect: str) -> Iterator[Finding]:
    if dialect == "sqlite":
        answer = connection.execute(text("PRAGMA quick_check(1)")).scalar_one()
        if answer != "ok":
            yield Finding("damaged_file", 1, f"the database file is damaged: {answer}; restore a backup")


def _unreadable(connection: Connection) -> Iterator[Finding]:
    """Texts that should be JSON and are not: whoever reads the row would fail."""
    for table, column in _json_columns():
        (key,) = table.primary_key.columns
        query = select(key, type_coerce(column, Text).label("stored"))
        broken = [
            row[0]
            for rows in pages(connection, query, key, _PAGE)
            for row in rows
            if not _is_json(row.stored, column)
        ]
        if broken:
            what = f"{len(broken)} rows of {table.name} have an unreadable {column.name!r}; {BY_REPAIR}"
            yield Finding(f"unreadable:{table.name}:{column.name}", len(broken), what, tuple(broken))


def _incomplete_songs(connection: Connection) -> Iterator[Finding]:
    track = and_(_VECTORS.song_id == _SONGS.id, _VECTORS.kind == "track")
    curve = or_(func.length(_FEATURES.beats) % 8 != 0, func.length(_FEATURES.energy_curve) % 8 != 0)
    for code, wanted, what in [
        ("no_vectors", ~exists().where(track), "without vectors"),
        ("no_features", ~exists().where(_FEATURES.song_id == _SONGS.id), "without measurements"),
        ("bad_features", exists().where(_FEATURES.song_id == _SONGS.id, curve), "with broken measurements"),
    ]:
        songs = tuple(connection.execute(select(_SONGS.id).where(wanted).order_by(_SONGS.id)).scalars())
        if songs:
            yield Finding(code, len(songs), f"{counted(len(songs), 'song')} {what}; {BY_REPAIR}", songs)


def _orphans(connection: Connection) -> Iterator[Finding]:
    for table in song_tables():
        query = select(func.count()).select_from(table)
        number = connection.execute(query.where(~exists().where(_SONGS.id == table.c.song_id))).scalar_one()
        if number:
            what = f"{number} rows of {table.name} belong to no song; {BY_REPAIR}"
            yield Finding(f"orphans:{table.name}", number, what)


def _bad_vectors(connection: Connection, dims: Mapping[str, int]) -> Iterator[Finding]:
    """Vectors that cannot be used: of another length than their space has, no numbers, or without a track."""
    sizes: dict[str, dict[int, int]] = {}
    for space, size, number in connection.execute(
        select(_VECTORS.space, func.length(_VECTORS.data), func.count()).group_by(
            _VECTORS.space, func.length(_VECTORS.data)
        )
    ):
        sizes.setdefault(space, {})[int(size)] = number
    for space, found in sorted(sizes.items()):
        right = 4 * dims[space] if space in dims else max(found, key=lambda size: (found[size], size))
        wrong = select(_VECTORS.song_id).where(_VECTORS.space == space, func.length(_VECTORS.data) != right)
        songs = sorted(set(connection.execute(wrong).scalars()))
        if songs:
            what = f"vectors of {space} differ in length: those of {counted(len(songs), 'song')}; {BY_REPAIR}"
            yield Finding("wrong_dimension", len(songs), what, tuple(songs), space)
        songs = sorted(_not_finite(connection, space, right))
        if songs:
            what = f"vectors of {space} are no numbers: those of {counted(len(songs), 'song')}; {BY_REPAIR}"
            yield Finding("broken_vectors", len(songs), what, tuple(songs), space)
        other = schema.vectors.alias()
        track = exists().where(
            other.c.song_id == _VECTORS.song_id, other.c.space == space, other.c.kind == "track"
        )
        query = select(_VECTORS.song_id).where(_VECTORS.space == space, _VECTORS.kind == "window", ~track)
        songs = sorted(set(connection.execute(query).scalars()))
        if songs:
            what = f"{counted(len(songs), 'song')} with windows in {space} and no vector of the track"
            yield Finding("windows_without_track", len(songs), f"{what}; {BY_REPAIR}", tuple(songs), space)


def _not_finite(connection: Connection, space: str, size: int) -> set[str]:
    bad: set[str] = set()
    if size % 4 or not size:
        return bad
    songs = connection.execute(select(_VECTORS.song_id).where(_VECTORS.space == space).distinct()).scalars()
    query = select(_VECTORS.song_id, _VECTORS.data).where(
        _VECTORS.space == space, func.length(_VECTORS.data) == size
    )
    for some in chunks(sorted(songs), _SONGS_AT_ONCE):
        rows = connection.execute(query.where(_VECTORS.song_id.in_(some))).all()
        values = np.frombuffer(b"".join(row.data for row in rows), dtype="<f4").reshape(len(rows), size // 4)
        for place in np.flatnonzero(~np.isfinite(values).all(axis=1)):
            bad.add(rows[int(place)].song_id)
    return bad


def _bad_marks(connection: Connection) -> Iterator[Finding]:
    marked = and_(_STATES.song_id == _VECTORS.song_id, _STATES.space == _VECTORS.space)
    query = select(func.count()).select_from(schema.vectors)
    number = connection.execute(query.where(_VECTORS.kind == "track", ~exists().where(marked))).scalar_one()
    if number:
        yield Finding("unmarked", number, f"{number} vectors are not noted for an index; {BY_REPAIR}")
    track = exists().where(marked, _VECTORS.kind == "track")
    for space, count in connection.execute(
        select(_STATES.space, func.count()).where(_STATES.state != "removed", ~track).group_by(_STATES.space)
    ):
        what = f"{counted(count, 'song')} noted for the index of {space}, without a vector; {BY_REPAIR}"
        yield Finding("mark_without_vector", count, what, space=space)
    for state, verb in (("pending", "not yet in"), ("removed", "deleted but still in")):
        for space, count in connection.execute(
            select(_STATES.space, func.count()).where(_STATES.state == state).group_by(_STATES.space)
        ):
            what = f"{counted(count, 'song')} {verb} the index of {space}; {BY_REPAIR}"
            yield Finding(state, count, what, space=space)


def is_hanging() -> ColumnElement[bool]:
    """Whether a job runs whose worker was not heard of for long."""
    since = time_text(datetime.now(UTC) - timedelta(minutes=SILENT_MINUTES))
    silent = or_(_JOBS.heartbeat_at.is_(None), _JOBS.heartbeat_at < since)
    return and_(_JOBS.state == JobState.RUNNING.value, silent)


def _hanging_jobs(connection: Connection) -> Iterator[Finding]:
    jobs = tuple(connection.execute(select(_JOBS.id).where(is_hanging()).order_by(_JOBS.id)).scalars())
    if jobs:
        run, whose = ("runs", "its worker was") if len(jobs) == 1 else ("run", "their workers were")
        what = f"{counted(len(jobs), 'job')} {run}, and {whose} not heard of for {SILENT_MINUTES:.0f} minutes"
        yield Finding("hanging_jobs", len(jobs), f"{what}; {BY_REPAIR}", jobs)


def _json_columns() -> list[tuple[Table, Column[Any]]]:
    return [
        (table, column)
        for table in schema.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, columns.JsonText)
    ]


def _is_json(text: str | None, column: Column[Any]) -> bool:
    if text is None:
        return bool(column.nullable)
    try:
        value = json.loads(text)
    except ValueError:
        return False
    shape = {"artists": list, "labels": dict}.get(column.name) if column.table is schema.songs else None
    return shape is None or isinstance(value, shape)

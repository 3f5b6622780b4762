"""Copies a catalogue into another database, and holds the two against each other.

Songs go over in batches with all that belongs to them, one transaction each, so that a copy that was cut off
leaves whole songs. The source is read in one snapshot: who writes meanwhile does not disturb the copy, and
is not in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, Table, delete, func, insert, select, tuple_, update

from reelscore.catalog.base import chunks, pages, song_tables
from reelscore.catalog.db import schema
from reelscore.catalog.db.engine import reading, translated, write
from reelscore.catalog.rows import note_revision
from reelscore.catalog.store import Catalog
from reelscore.records import Progress, ProgressCallback, ignore_progress

BATCH_SONGS = 100  # with their windows some MB
_PAGE = 500
_COMPARED_SONGS = 100
_COMPARED_ROWS = 500  # of each table that belongs to no song

_SONGS = schema.songs.c
_STATES = schema.index_state.c

# Tables that every database has for itself.
_OWN = (schema.index_state, schema.shelves)

Rows = list[dict[str, Any]]


def copy_catalog(
    source: Catalog, target: Catalog, progress: ProgressCallback = ignore_progress
) -> dict[str, int]:
    """Copy everything; what the target has under the same keys is replaced, everything else in it stays.

    The copied songs are marked for the indexes of the target, which have yet to take them up.

    Returns
    -------
    Name of the table -> rows that were copied. The marks of the indexes are made again, not copied.
    """
    copied = dict.fromkeys((table.name for table in _copied_tables()), 0)
    with _snapshot(source._engine) as connection:
        total = connection.execute(select(func.count()).select_from(schema.songs)).scalar_one()
        done = 0
        for songs in _batches(connection):
            rows = {
                table: _rows_of(connection, table, [song["id"] for song in songs]) for table in song_tables()
            }
            rows[schema.songs] = songs
            write(target._engine, lambda there, rows=rows: _write_songs(there, rows))  # type: ignore[misc]
            for table, some in rows.items():
                copied[table.name] += len(some)
            done += len(songs)
            progress(Progress(done, total, "songs"))
        for table in _other_tables():
            for page in _pages(connection, table):
                write(target._engine, lambda there, table=table, page=page: _replace(there, table, page))  # type: ignore[misc]
                copied[table.name] += len(page)
            progress(Progress(total, total, table.name))
    return copied


def row_counts(catalog: Catalog) -> dict[str, int]:
    """Name of each table that is copied -> its rows."""
    with reading(catalog._engine) as connection:
        return {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in _copied_tables()
        }


def compare_samples(source: Catalog, target: Catalog) -> tuple[int, list[str]]:
    """Hold a sample of the rows of the source against the target, value by value.

    Returns
    -------
    tuple
        How many rows were compared, and sentences on what differs; none if all is well.
    """
    compared = 0
    differing: dict[str, int] = {}
    with reading(source._engine) as ours, reading(target._engine) as theirs:
        every = ours.execute(select(_SONGS.id).order_by(_SONGS.id)).scalars().all()
        sample = every[:: max(1, len(every) // _COMPARED_SONGS)]
        pairs: list[tuple[Table, Rows, Rows]] = []
        for some in chunks(sample, BATCH_SONGS):
            for table in (schema.songs, *song_tables()):
                pairs.append((table, _rows_of(ours, table, some), _rows_of(theirs, table, some)))
        for table in _other_tables():
            page = next(_pages(ours, table, _COMPARED_ROWS), [])
            pairs.append((table, page, _same_keys(theirs, table, page)))
    for table, mine, other in pairs:
        compared += len(mine)
        wanted, found = _by_key(table, mine), _by_key(table, other)
        for row in (*wanted.values(), *found.values()):
            row.pop("revision", None)  # every database counts for itself
        # What belongs to a song is all there and nothing else.
        keys = wanted.keys() | found.keys()
        wrong = sum(wanted.get(key) != found.get(key) for key in keys)
        if wrong:
            differing[table.name] = differing.get(table.name, 0) + wrong
    return compared, [f"{number} rows of {name} differ" for name, number in sorted(differing.items())]


@contextmanager
def _snapshot(engine: Engine) -> Iterator[Connection]:
    """A connection whose queries all see the same moment."""
    with translated(engine), engine.connect() as connection:
        if engine.dialect.name != "sqlite":  # where a transaction is one
            connection = connection.execution_options(isolation_level="REPEATABLE READ")
        yield connection


def _other_tables() -> list[Table]:
    belonging = {schema.songs, *_OWN, *song_tables()}
    return [table for table in schema.metadata.sorted_tables if table not in belonging]


def _copied_tables() -> list[Table]:
    return [table for table in schema.metadata.sorted_tables if table not in _OWN]


def _batches(connection: Connection) -> Iterator[Rows]:
    for rows in pages(connection, select(schema.songs), _SONGS.id, BATCH_SONGS):
        yield [dict(row._mapping) for row in rows]


def _pages(connection: Connection, table: Table, size: int = _PAGE) -> Iterator[Rows]:
    start = 0
    while True:
        query = select(table).order_by(*table.primary_key.columns).offset(start).limit(size)
        rows = [dict(row) for row in connection.execute(query).mappings()]
        if rows:
            yield rows
        if len(rows) < size:
            return
        start += size


def _rows_of(connection: Connection, table: Table, songs: Sequence[str]) -> Rows:
    column = _SONGS.id if table is schema.songs else table.c.song_id
    return [dict(row) for row in connection.execute(select(table).where(column.in_(songs))).mappings()]


def _same_keys(connection: Connection, table: Table, rows: Rows) -> Rows:
    if not rows:
        return []
    columns = list(table.primary_key.columns)
    keys = [tuple(row[column.name] for column in columns) for row in rows]
    query = select(table).where(tuple_(*columns).in_(keys))
    return [dict(row) for row in connection.execute(query).mappings()]


def _by_key(table: Table, rows: Rows) -> dict[tuple[Any, ...], dict[str, Any]]:
    names = [column.name for column in table.primary_key.columns]
    return {tuple(row[name] for name in names): row for row in rows}


def _write_songs(connection: Connection, rows: dict[Table, Rows]) -> None:
    ids = [song["id"] for song in rows[schema.songs]]
    # Their rows go with them; of the indexes each is to forget what it has under these ids.
    connection.execute(delete(schema.songs).where(_SONGS.id.in_(ids)))
    connection.execute(update(schema.index_state).where(_STATES.song_id.in_(ids)).values(state="removed"))
    for table in (schema.songs, *song_tables()):
        _replace(connection, table, rows[table])
    tracks = {(row["space"], row["song_id"]) for row in rows[schema.vectors] if row["kind"] == "track"}
    _replace(
        connection,
        schema.index_state,
        [{"space": space, "song_id": song, "state": "pending"} for space, song in sorted(tracks)],
    )
    note_revision(connection, ids)


def _replace(connection: Connection, table: Table, rows: Rows) -> None:
    columns = list(table.primary_key.columns)
    keys = [tuple(row[column.name] for column in columns) for row in rows]
    for some in chunks(keys, _PAGE):
        connection.execute(delete(table).where(tuple_(*columns).in_(some)))
    if rows:
        connection.execute(insert(table), rows)

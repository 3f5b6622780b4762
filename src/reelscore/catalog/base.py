"""What the parts of the store share."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import (
    BindParameter,
    Column,
    CompoundSelect,
    Connection,
    Engine,
    Row,
    Select,
    Table,
    bindparam,
    insert,
    select,
)

from reelscore.catalog.db import schema
from reelscore.catalog.db.engine import reading

Item = TypeVar("Item")

# Ids in one IN (...) list: below the limit on variables of every SQLite (32,766 since 3.32).
CHUNK = 5_000
# The ids of a statement for `rows_of`.
IDS: BindParameter[Any] = bindparam("ids", expanding=True)


class Store:
    """A part of the catalogue; all parts share one engine."""

    _engine: Engine


def chunks(items: Collection[Item], size: int = CHUNK) -> Iterator[Sequence[Item]]:
    """The items in pieces of at most `size`."""
    everything = list(items)
    for start in range(0, len(everything), size):
        yield everything[start : start + size]


def rows_of(
    engine: Engine,
    statement: Select[Any] | CompoundSelect[Any],
    ids: Collection[str],
    *,
    size: int = CHUNK,
    **values: Any,
) -> list[Any]:
    """The rows of a statement about `IDS`, which may be many; `size`: of them at once.

    Such a statement is made once, since making it takes longer than running it; `values` are its others.
    """
    with reading(engine) as connection:
        return [
            row
            for some in chunks(dict.fromkeys(ids), size)
            for row in connection.execute(statement, {**values, "ids": some}).all()
        ]


def pages(
    source: Engine | Connection, query: Select[Any], key: Column[Any], size: int
) -> Iterator[Sequence[Row[Any]]]:
    """The rows of a query in the order of a column, in pages of at most `size`.

    Parameters
    ----------
    source
        Where to ask: within a transaction its connection. With an engine each page has a transaction of its
        own, so that none stays open while the caller works, and rows may change between two pages.
    key
        A column of the result, of text, that tells the rows apart.
    """
    last = ""
    while True:
        page = query.where(key > last).order_by(key).limit(size)
        if isinstance(source, Engine):
            with reading(source) as connection:
                rows = connection.execute(page).all()
        else:
            rows = source.execute(page).all()
        if rows:
            yield rows
        if len(rows) < size:
            return
        last = getattr(rows[-1], key.name)


def insert_new(connection: Connection, table: Table, row: Mapping[str, Any]) -> None:
    """Insert a row under an id of its own, unless a try before this one did and lost the connection then."""
    if connection.execute(select(table.c.id).where(table.c.id == row["id"])).first() is None:
        connection.execute(insert(table), dict(row))


def song_tables() -> list[Table]:
    """The tables whose rows belong to a song, by a foreign key `song_id`."""
    return [
        table
        for table in schema.metadata.sorted_tables
        if any(key.column is schema.songs.c.id for key in table.foreign_keys)
    ]

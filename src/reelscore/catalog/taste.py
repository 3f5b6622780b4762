"""What people did with songs: kept here, and nowhere else."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import asdict
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Row,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)

from reelscore.catalog.base import Store
from reelscore.catalog.db import schema
from reelscore.catalog.db.engine import reading, write
from reelscore.records import EventKind, TasteEvent

_TABLE = schema.taste_events.c

# Made once: every question asks it. The latest events are read row by row, the rest from indexes.
_OWN = _TABLE.person == bindparam("person")
_LATEST = (
    select(_TABLE.times, _TABLE.amount)
    .where(_OWN)
    .order_by(_TABLE.at.desc())
    .limit(bindparam("latest", type_=Integer))
    .subquery()
)
_STAMP = select(
    select(func.count()).select_from(schema.taste_events).where(_OWN).scalar_subquery(),
    select(func.max(_TABLE.at)).where(_OWN).scalar_subquery(),
    func.sum(_LATEST.c.times),
    func.sum(_LATEST.c.amount),
    select(func.max(schema.songs.c.added_at)).scalar_subquery(),
)


class TasteStore(Store):
    """Keeps the events that taste is learnt from."""

    def note_events(self, events: Iterable[TasteEvent], *, adds_up: bool = False) -> None:
        """Keep events; one that is there already is counted once more, and is as late as this one.

        Parameters
        ----------
        adds_up
            The amounts are added to those that are there, as seconds are; else they replace them.
        """
        fresh = list(events)

        def work(connection: Connection) -> None:
            for event in fresh:
                amount: Any = _TABLE.amount + event.amount if adds_up else event.amount
                changed = connection.execute(
                    update(schema.taste_events)
                    .where(*_of(event))
                    .values(at=event.at, times=_TABLE.times + 1, amount=amount, words=event.words)
                )
                if not changed.rowcount:
                    # If two write the first one at once, one of them fails, and `write` runs it again.
                    connection.execute(insert(schema.taste_events), _row(event))

        if fresh:
            write(self._engine, work)

    def taste_events(self, person: str, *, limit: int | None = None, offset: int = 0) -> list[TasteEvent]:
        """What a person did, the latest first."""
        query = select(schema.taste_events).where(_TABLE.person == person)
        query = query.order_by(_TABLE.at.desc(), _TABLE.song_id, _TABLE.project_id, _TABLE.kind)
        with reading(self._engine) as connection:
            return [_record(row) for row in connection.execute(query.offset(offset).limit(limit))]

    def count_taste_events(self, person: str) -> int:
        """How many events of a person there are."""
        with reading(self._engine) as connection:
            query = select(func.count()).select_from(schema.taste_events).where(_TABLE.person == person)
            return connection.execute(query).scalar_one()

    def taste_stamp(self, person: str, latest: int) -> tuple[Any, ...]:
        """Another value after each change of the latest events of a person, and after songs were added.

        Its first item is how many events there are.
        """
        with reading(self._engine) as connection:
            return tuple(connection.execute(_STAMP, {"person": person, "latest": latest}).one())

    def forget_taste(
        self,
        person: str,
        *,
        song_id: str | None = None,
        project_id: str | None = None,
        kinds: Collection[EventKind] = (),
    ) -> int:
        """Delete what a person did, all of it or with one song, in one project, of some kinds.

        Returns
        -------
        How many events there were.
        """
        where = [_TABLE.person == person]
        if song_id is not None:
            where.append(_TABLE.song_id == song_id)
        if project_id is not None:
            where.append(_TABLE.project_id == project_id)
        if kinds:
            where.append(_TABLE.kind.in_([str(kind) for kind in kinds]))
        return write(
            self._engine,
            lambda connection: connection.execute(delete(schema.taste_events).where(*where)).rowcount,
        )


def _of(event: TasteEvent) -> list[ColumnElement[bool]]:
    return [
        _TABLE.person == event.person,
        _TABLE.project_id == event.project_id,
        _TABLE.song_id == event.song_id,
        _TABLE.kind == str(event.kind),
    ]


def _row(event: TasteEvent) -> dict[str, Any]:
    return {**asdict(event), "kind": str(event.kind)}


def _record(row: Row[Any]) -> TasteEvent:
    values = dict(row._mapping)
    return TasteEvent(**{**values, "kind": EventKind(values["kind"])})

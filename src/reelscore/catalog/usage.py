"""What is spent on services outside: counted by the day, so that no two workers spend the same share."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, Engine, and_, case, insert, select, update

from reelscore.catalog.base import Store
from reelscore.catalog.db import schema
from reelscore.catalog.db.engine import reading, write
from reelscore.net.quota import NO_LIMITS, DayLimits, Usage

_USAGE = schema.service_usage.c


class UsageStore(Store):
    """The ledger of all processes that share the database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def reserve(self, service: str, day: str, share: Usage, most: DayLimits = NO_LIMITS) -> bool:
        """Take a share of the day, or nothing; see `UsageLedger`.

        One UPDATE looks and takes, so that of two workers that want the last share only one gets it.
        """
        requests, tokens = _USAGE.requests + share.requests, _USAGE.tokens + share.tokens
        limits = [
            total <= limit
            for total, limit in ((requests, most.requests), (tokens, most.tokens))
            if limit is not None
        ]

        def work(connection: Connection) -> bool:
            _ensure_row(connection, service, day)
            taken = connection.execute(
                update(schema.service_usage)
                .where(_of(service, day), *limits)
                .values(requests=requests, tokens=tokens)
            )
            return taken.rowcount == 1

        return write(self._engine, work)

    def record(self, service: str, day: str, requests: int = 0, tokens: int = 0) -> None:
        """Correct the sums of a day by what is known now; negative gives back, never below zero."""

        def work(connection: Connection) -> None:
            _ensure_row(connection, service, day)
            connection.execute(
                update(schema.service_usage)
                .where(_of(service, day))
                .values(
                    requests=_not_below_zero(_USAGE.requests + requests),
                    tokens=_not_below_zero(_USAGE.tokens + tokens),
                )
            )

        write(self._engine, work)

    def used(self, service: str, day: str) -> Usage:
        """The sums of a day."""
        with reading(self._engine) as connection:
            row = connection.execute(select(_USAGE.requests, _USAGE.tokens).where(_of(service, day))).first()
        return Usage(row.requests, row.tokens) if row else Usage()


def _of(service: str, day: str) -> ColumnElement[bool]:
    return and_(_USAGE.service == service, _USAGE.day == day)


def _ensure_row(connection: Connection, service: str, day: str) -> None:
    # If two workers insert the first row of a day, one of them fails, and `write` runs it again.
    if connection.execute(select(_USAGE.day).where(_of(service, day))).first() is None:
        row = {"service": service, "day": day, "requests": 0, "tokens": 0}
        connection.execute(insert(schema.service_usage), row)


def _not_below_zero(value: ColumnElement[int]) -> ColumnElement[int]:
    return case((value > 0, value), else_=0)

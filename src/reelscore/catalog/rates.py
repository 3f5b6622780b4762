"""When services outside are called: one row for each, so that all processes together keep its rate limit."""

from __future__ import annotations

import time
from collections.abc import Callable

from sqlalchemy import Connection, Engine, insert, select, update

from reelscore.catalog.base import Store
from reelscore.catalog.db import schema
from reelscore.catalog.db.engine import reading, write
from reelscore.errors import StorageError
from reelscore.net.rate_limit import Calls

_RATES = schema.service_pace.c
_ATTEMPTS = 50


class RateStore(Store):
    """The rate limits of all processes that share the database; their clocks are taken to agree."""

    def __init__(self, engine: Engine, *, clock: Callable[[], float] = time.time) -> None:
        self._engine = engine
        self._clock = clock

    def take(self, service: str, limit: int | None, window: float) -> float:
        """Take the next moment at which a service may be called; in how many seconds that is.

        At most `limit` moments lie within any `window` seconds; None is no limit.
        """
        return self._change(service, lambda calls, now: calls.take(now, limit, window))

    def hold(self, service: str, seconds: float) -> None:
        """Let nobody call a service for some seconds."""
        self._change(service, lambda calls, now: (calls.hold(now, seconds), 0.0))

    def held(self, service: str) -> float:
        """Seconds for which nobody may call a service, from now on."""
        with reading(self._engine) as connection:
            until = connection.execute(select(_RATES.held_until).where(_RATES.service == service)).scalar()
        return Calls(held_until=until or 0.0).held(self._clock())

    def _change(self, service: str, change: Callable[[Calls, float], tuple[Calls, float]]) -> float:
        """Change the row of a service; one UPDATE that names the version it comes from, until one wins."""

        def attempt(connection: Connection) -> float | None:
            row = connection.execute(
                select(_RATES.version, _RATES.moments, _RATES.held_until).where(_RATES.service == service)
            ).first()
            if row is None:
                first = {"service": service, "version": 0, "moments": [], "held_until": 0.0}
                connection.execute(insert(schema.service_pace), first)
            version, calls = (row.version, Calls(tuple(row.moments), row.held_until)) if row else (0, Calls())
            calls, answer = change(calls, self._clock())
            changed = connection.execute(
                update(schema.service_pace)
                .where(_RATES.service == service, _RATES.version == version)
                .values(moments=list(calls.moments), held_until=calls.held_until, version=version + 1)
            )
            return answer if changed.rowcount == 1 else None

        for _ in range(_ATTEMPTS):
            answer = write(self._engine, attempt)
            if answer is not None:
                return answer
        raise StorageError(f"too many processes call {service} at once; try again")

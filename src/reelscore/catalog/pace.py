"""When services outside were asked: one row for each, so that all processes together keep its pace."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Engine, insert, select, update

from reelscore.catalog.base import Store
from reelscore.catalog.db import schema
from reelscore.catalog.db.engine import reading, write
from reelscore.errors import StorageError

_PACE = schema.service_pace.c
_ATTEMPTS = 50
_LONGEST_HOLD = 3600.0  # seconds; what lies further ahead was written by a clock that was wrong


class PaceStore(Store):
    """The pace of all processes that share the database; their clocks are taken to agree."""

    def __init__(self, engine: Engine, *, clock: Callable[[], float] = time.time) -> None:
        self._engine = engine
        self._clock = clock

    def take(self, service: str, calls: int | None, window: float) -> float:
        """Take the next moment at which a service may be asked; in how many seconds that is.

        At most `calls` moments lie within any `window` seconds; None is no limit.
        """

        def next_moment(now: float, moments: list[float], held: float) -> tuple[list[float], float, float]:
            moment = max(now, held)
            if calls is not None:
                # Moments that a clock put far into the future would stop everyone.
                moments = sorted(one for one in moments if now - window < one <= now + 60 * window)
                if len(moments) >= calls:
                    moment = max(moment, moments[-calls] + window)
                moments.append(moment)
            return moments, held, moment - now

        return self._change(service, next_moment)

    def hold(self, service: str, seconds: float) -> None:
        """Let nobody ask a service for so long."""

        def postpone(now: float, moments: list[float], held: float) -> tuple[list[float], float, float]:
            until = max(held, now + min(seconds, _LONGEST_HOLD))
            # Those who wait for their moment will ask at the end of the hold, and count there.
            return [one if one <= now else max(one, until) for one in moments], until, 0.0

        self._change(service, postpone)

    def held(self, service: str) -> float:
        """Seconds for which nobody may ask a service, from now on."""
        with reading(self._engine) as connection:
            until = connection.execute(select(_PACE.held_until).where(_PACE.service == service)).scalar()
        now = self._clock()
        return max(0.0, _in_force(until or 0.0, now) - now)

    def _change(
        self,
        service: str,
        change: Callable[[float, list[float], float], tuple[list[float], float, float]],
    ) -> float:
        """Change the row of a service; one UPDATE that names the version it comes from, until one wins."""

        def attempt(connection: Connection) -> float | None:
            row = connection.execute(
                select(_PACE.version, _PACE.moments, _PACE.held_until).where(_PACE.service == service)
            ).first()
            if row is None:
                first = {"service": service, "version": 0, "moments": [], "held_until": 0.0}
                connection.execute(insert(schema.service_pace), first)
            version, moments, held = (row.version, row.moments, row.held_until) if row else (0, [], 0.0)
            now = self._clock()
            moments, held, answer = change(now, list(moments), _in_force(held, now))
            values: dict[str, Any] = {"moments": moments, "held_until": held, "version": version + 1}
            changed = connection.execute(
                update(schema.service_pace)
                .where(_PACE.service == service, _PACE.version == version)
                .values(values)
            )
            return answer if changed.rowcount == 1 else None

        for _ in range(_ATTEMPTS):
            answer = write(self._engine, attempt)
            if answer is not None:
                return answer
        raise StorageError(f"too many processes ask {service} at once; try again")


def _in_force(held: float, now: float) -> float:
    return held if held <= now + _LONGEST_HOLD else 0.0

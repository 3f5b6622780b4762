"""Rate limits: how many calls of a service are let through in any minute, from all who call it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from reelscore.net.waiting import pause

WINDOW_SECONDS = 60.0

# What lies further ahead was written by a clock that was wrong, and would stop everyone.
_LONGEST_HOLD = 3600.0  # seconds
_MOST_WINDOWS = 60


@dataclass(frozen=True, slots=True)
class Calls:
    """When a service is called, in seconds of a clock: the state of a rate limit."""

    moments: tuple[float, ...] = ()  # of the calls that were let through, some yet to come
    held_until: float = 0.0

    def take(self, now: float, limit: int | None, window: float) -> tuple[Calls, float]:
        """Take the next free moment: at most `limit` lie within any `window` seconds; None is no limit.

        Returns the new state, and in how many seconds the moment is.
        """
        moment = now + self.held(now)
        if limit is None:
            return self, moment - now
        moments = sorted(one for one in self.moments if now - window < one <= now + _MOST_WINDOWS * window)
        if len(moments) >= limit:
            moment = max(moment, moments[-limit] + window)
        return Calls((*moments, moment), self.held_until), moment - now

    def hold(self, now: float, seconds: float) -> Calls:
        """Let nobody through for some seconds."""
        until = now + max(self.held(now), min(seconds, _LONGEST_HOLD))
        # Those who wait for their moment will call at the end of the hold, and count there.
        return Calls(tuple(one if one <= now else max(one, until) for one in self.moments), until)

    def held(self, now: float) -> float:
        """Seconds for which nobody is let through, from now on."""
        return max(0.0, self.held_until - now) if self.held_until <= now + _LONGEST_HOLD else 0.0


class RateStore(Protocol):
    """Keeps the calls of services for all who share it; see `Calls` for what the methods do."""

    def take(self, service: str, limit: int | None, window: float) -> float:
        """Take the next moment at which a service may be called; in how many seconds that is."""
        ...

    def hold(self, service: str, seconds: float) -> None:
        """Let nobody call a service for some seconds."""
        ...

    def held(self, service: str) -> float:
        """Seconds for which nobody may call a service, from now on."""
        ...


class MemoryRates:
    """Keeps the calls in the memory of this process; `reelscore.catalog.rates` keeps them in SQL."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._calls: dict[str, Calls] = {}
        self._lock = threading.Lock()

    def take(self, service: str, limit: int | None, window: float) -> float:
        """Take the next moment; see `RateStore`."""
        with self._lock:
            calls = self._calls.get(service, Calls())
            self._calls[service], delay = calls.take(self._clock(), limit, window)
            return delay

    def hold(self, service: str, seconds: float) -> None:
        """Let nobody through; see `RateStore`."""
        with self._lock:
            self._calls[service] = self._calls.get(service, Calls()).hold(self._clock(), seconds)

    def held(self, service: str) -> float:
        """Seconds for which nobody is let through."""
        with self._lock:
            return self._calls.get(service, Calls()).held(self._clock())


PROCESS_RATES = MemoryRates()  # shared by all threads that have no catalogue to share


class RateLimiter:
    """Lets through a number of calls of a service in any minute.

    Parameters
    ----------
    limit
        How many; None means no limit.
    window
        Length of the "minute" in seconds.
    service, rates
        The name that the calls are counted under, and where; limiters with the same ones share the limit.
        Not given: this limiter counts alone.
    """

    def __init__(
        self,
        limit: int | None,
        *,
        window: float = WINDOW_SECONDS,
        service: str = "",
        rates: RateStore | None = None,
    ) -> None:
        self._limit = limit
        self._window = window
        self._service = service[:100]
        self._rates = rates or MemoryRates()

    def wait(self, sleep: Callable[[float], None] = pause) -> None:
        """Sleep until the next call may be made; it is counted as made."""
        sleep(self.delay())
        while (left := self._rates.held(self._service)) > 0:  # the service asked somebody to wait meanwhile
            sleep(left)

    def hold(self, seconds: float) -> None:
        """Let nobody through for some seconds."""
        self._rates.hold(self._service, seconds)

    def delay(self) -> float:
        """Take the next free moment, and say in how many seconds it is; 0: now."""
        return self._rates.take(self._service, self._limit, self._window)

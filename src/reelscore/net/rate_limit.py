"""When a service may be asked: so many calls a minute from all who ask, and waits that grow after faults."""

from __future__ import annotations

import email.utils
import random
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

from reelscore.errors import CancelledError
from reelscore.net.usage import PaceLedger

WINDOW_SECONDS = 60.0

_stop: ContextVar[threading.Event | None] = ContextVar("stop", default=None)


@contextmanager
def stoppable(stop: threading.Event) -> Iterator[None]:
    """Let `pause` and `check_stop` in this block and thread end with CancelledError once `stop` is set."""
    token = _stop.set(stop)
    try:
        yield
    finally:
        _stop.reset(token)


def check_stop() -> None:
    """Raise CancelledError where the work of this thread is to stop."""
    stop = _stop.get()
    if stop is not None and stop.is_set():
        raise CancelledError("stopped")


def pause(seconds: float) -> None:
    """Sleep, unless the work of this thread is to stop: then CancelledError."""
    stop = _stop.get()
    if stop is None:
        time.sleep(max(0.0, seconds))
    elif stop.wait(max(0.0, seconds)):
        raise CancelledError("stopped")


class RateLimiter:
    """At most so many calls in any minute, from all threads of this process, or of all processes.

    Parameters
    ----------
    calls
        How many; None means no limit.
    window
        Length of the "minute" in seconds.
    ledger, service
        Where all processes count the calls of the service; not given: in this process alone.
    """

    def __init__(
        self,
        calls: int | None,
        *,
        window: float = WINDOW_SECONDS,
        ledger: PaceLedger | None = None,
        service: str = "",
    ) -> None:
        self._calls = calls
        self._window = window
        self._ledger = ledger
        self._service = service
        self._moments: deque[float] = deque()  # of the calls that were let through, some yet to come
        self._held_until = 0.0
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Sleep until the next call may be made; it is counted as made."""
        pause(self.delay())
        while (left := self._held()) > 0:  # somebody was told to wait meanwhile
            pause(left)

    def hold(self, seconds: float) -> None:
        """Let nobody through for so long."""
        if self._ledger is not None:
            self._ledger.hold(self._service, seconds)
            return
        with self._lock:
            now = time.monotonic()
            until = self._held_until = max(self._held_until, now + seconds)
            # Those who wait for their moment will ask at the end of the hold, and count there.
            self._moments = deque(one if one <= now else max(one, until) for one in self._moments)

    def delay(self) -> float:
        """Take the next free moment, and say in how many seconds it is; 0: now."""
        if self._ledger is not None:
            return self._ledger.take(self._service, self._calls, self._window)
        with self._lock:
            now = time.monotonic()
            moment = max(now, self._held_until)
            if self._calls is not None:
                while self._moments and self._moments[0] <= now - self._window:
                    self._moments.popleft()
                if len(self._moments) >= self._calls:
                    moment = max(moment, self._moments[-self._calls] + self._window)
                self._moments.append(moment)
            return moment - now

    def _held(self) -> float:
        if self._ledger is not None:
            return self._ledger.held(self._service)
        return self._held_until - time.monotonic()


def backoff(attempt: int, *, first: float, limit: float) -> float:
    """Seconds to wait after a failed attempt (the first is 1): doubled each time, with jitter.

    Half of it is fixed and half is drawn, so that those who failed together do not come back together, and
    none comes back at once.
    """
    return min(limit, first * 2.0 ** (attempt - 1)) * random.uniform(0.5, 1.0)


def read_retry_after(value: str | None, *, now: datetime | None = None) -> float | None:
    """Seconds that a `Retry-After` header asks for, stated as seconds or as a date (RFC 9110, 10.2.3).

    None where there is none or it cannot be read; never negative.
    """
    value = (value or "").strip()
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        moment = email.utils.parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - (now or datetime.now(UTC))).total_seconds())

"""When a service may be asked: so many calls a minute from all threads, and waits that grow after faults."""

from __future__ import annotations

import email.utils
import logging
import random
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from reelscore.errors import TransientSourceError

log = logging.getLogger(__name__)

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a service is waited for."""

    timeout_seconds: float = 20.0  # for a connection, and for each piece of an answer
    answer_seconds: float = 120.0  # for the whole of an answer
    attempts: int = 4
    first_wait: float = 1.0  # seconds after the first failed attempt; doubled after each
    longest_wait: float = 60.0  # seconds; a service that asks for more is given up


class TryAgainError(Exception):
    """An attempt failed in a way that another may mend. Its text says what happened, for the final error.

    Parameters
    ----------
    after
        Seconds that the service asks to wait; None: it asks for nothing.
    everyone
        The service is busy, so no other thread should ask it meanwhile either.
    """

    def __init__(self, reason: str, *, after: float | None = None, everyone: bool = False) -> None:
        super().__init__(reason)
        self.after = after
        self.everyone = everyone


class RateLimiter:
    """At most so many calls in any minute, from all threads of this process.

    Parameters
    ----------
    calls
        How many; None means no limit.
    window
        Length of the "minute" in seconds.
    """

    def __init__(self, calls: int | None, *, window: float = 60.0) -> None:
        self._calls = calls
        self._window = window
        self._moments: deque[float] = deque()  # of the calls that were let through, some yet to come
        self._held_until = 0.0
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Sleep until the next call may be made; it is counted as made."""
        time.sleep(self._take())
        while (left := self._held_until - time.monotonic()) > 0:  # somebody was told to wait meanwhile
            time.sleep(left)

    def hold(self, seconds: float) -> None:
        """Let nobody through for so long."""
        with self._lock:
            self._held_until = max(self._held_until, time.monotonic() + seconds)

    def _take(self) -> float:
        """Take the next free moment, and say in how many seconds it is."""
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


_limiters: dict[tuple[str, int | None], RateLimiter] = {}
_limiters_lock = threading.Lock()


def shared_limiter(service: str, calls: int | None) -> RateLimiter:
    """The limiter of a service, the same for everyone in this process who asks it at this pace."""
    with _limiters_lock:
        return _limiters.setdefault((service, calls), RateLimiter(calls))


def persist(
    attempt: Callable[[], Answer], *, service: str, patience: Patience, limiter: RateLimiter
) -> Answer:
    """Make attempts until one succeeds, with growing waits between them.

    Parameters
    ----------
    attempt
        Raises TryAgainError where another attempt makes sense; every other error goes straight through.
    service
        Its name, as the final message has it.

    Raises
    ------
    TransientSourceError
        The last attempt failed too, or the service asks for a longer wait than `patience` has.
    """
    count = 0
    while True:
        limiter.wait()
        count += 1
        try:
            return attempt()
        except TryAgainError as fault:
            if fault.after is not None and fault.after > patience.longest_wait:
                raise TransientSourceError(
                    f"{service} {fault} and asks to wait {fault.after:.0f} s; try again after that"
                ) from fault
            if count >= patience.attempts:
                tried = "once" if count == 1 else f"{count} times"
                raise TransientSourceError(f"{service} {fault} (tried {tried}); try again later") from fault
            wait = backoff(count, patience)
            if fault.after is not None:  # with jitter too: not all who wait come back in one moment
                wait = fault.after + random.uniform(0.0, patience.first_wait)
            log.info("%s %s; next attempt in %.1f s", service, fault, wait)
            if fault.everyone:
                limiter.hold(wait)
            else:
                time.sleep(wait)


def backoff(attempt: int, patience: Patience) -> float:
    """Seconds to wait after a failed attempt (the first is 1): doubled each time, with jitter.

    Half of it is drawn, so that threads that failed together do not come back together.
    """
    whole = min(patience.longest_wait, patience.first_wait * 2.0 ** (attempt - 1))
    return whole * random.uniform(0.5, 1.0)


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

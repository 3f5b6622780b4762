"""Retry: what failed in passing is tried again, after waits that grow (exponential backoff with jitter).

Whatever calls a service goes through `retry`, and a `RetryPolicy` says what is tried again and how often.
The SQL engine has its own loop, and says why (`reelscore.catalog.db.engine`); its waits come from here.
"""

from __future__ import annotations

import email.utils
import logging
import math
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from reelscore.errors import TransientSourceError
from reelscore.net.rate_limit import RateLimiter
from reelscore.net.waiting import pause

log = logging.getLogger(__name__)

Result = TypeVar("Result")

# HTTP statuses that a later attempt may mend: timeout, too early, too many requests, faults of the server.
TRANSIENT_STATUSES = frozenset({408, 425, 429, *range(500, 600)})


class RetryableError(Exception):
    """An attempt failed in a way that another may mend. Its text says what happened, for the final error.

    Parameters
    ----------
    retry_after
        Seconds that the service asks to wait; None: it asks for nothing.
    busy
        The service has too much to do, so no other thread should call it meanwhile either.
    """

    def __init__(self, reason: str, *, retry_after: float | None = None, busy: bool = False) -> None:
        super().__init__(reason)
        self.retry_after = retry_after
        self.busy = busy


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """What is tried again, how often, and after which waits. All times are seconds."""

    attempts: int | None = 4  # the first one counts; None: until `seconds` are over
    seconds: float = math.inf  # for all attempts and waits together: no wait goes past it
    first_wait: float = 1.0
    factor: float = 2.0  # of each wait to the one before
    longest_wait: float = 60.0
    longest_retry_after: float = 60.0  # a service that asks for more is given up
    reset_after: float = math.inf  # an attempt that lasted this long has all attempts again when it fails
    errors: tuple[type[Exception], ...] = (RetryableError,)
    statuses: frozenset[int] = TRANSIENT_STATUSES  # for whoever makes faults of HTTP answers

    def backoff(self, attempt: int, *, uniform: Callable[[float, float], float] = random.uniform) -> float:
        """Seconds to wait after a failed attempt, of which the first is 1.

        Half of a wait is fixed and half is drawn, so that those who failed together do not come back
        together, and none comes back at once.
        """
        whole = min(self.longest_wait, self.first_wait * self.factor ** min(attempt - 1, 60))
        return whole * uniform(0.5, 1.0)


@dataclass(frozen=True, slots=True)
class Failure:
    """An attempt that failed."""

    error: Exception
    attempts: int  # that failed so far
    wait: float  # seconds until the next one, if there is one
    asked: float | None = None  # seconds that the service asks to wait, without the jitter


def retry(
    attempt: Callable[[], Result],
    policy: RetryPolicy,
    *,
    give_up: Callable[[Failure], Exception] = lambda failure: failure.error,
    before_wait: Callable[[Failure], None] = lambda failure: None,
    sleep: Callable[[float], None] = pause,
    clock: Callable[[], float] = time.monotonic,
    uniform: Callable[[float, float], float] = random.uniform,
) -> Result:
    """Make attempts until one succeeds, or fails in a way that the policy does not retry.

    Parameters
    ----------
    give_up
        What is raised when no attempt is left, from the error of the last one; not given: that error.
    before_wait
        Told of a failure that another attempt follows; what it raises goes straight through.
    sleep
        Waits; it raises CancelledError if the work is to stop.
    clock, uniform
        The time in seconds, and a random number between two bounds.
    """
    end = clock() + policy.seconds
    count = 0
    while True:
        began = clock()
        try:
            return attempt()
        except policy.errors as error:
            now = clock()
            count = 1 if now - began > policy.reset_after else count + 1
            asked = error.retry_after if isinstance(error, RetryableError) else None
            wait = policy.backoff(count, uniform=uniform)
            if asked is not None:  # with jitter too: not all who wait come back in one moment
                wait = max(wait, asked + uniform(0.0, policy.first_wait))
            failure = Failure(error, count, wait, asked)
            if (
                (policy.attempts is not None and count >= policy.attempts)
                or (asked is not None and asked > policy.longest_retry_after)
                or wait >= end - now
            ):
                final = give_up(failure)
                if final is error:
                    raise
                raise final from error
            before_wait(failure)
        sleep(failure.wait)


def call_service(
    attempt: Callable[[], Result], *, service: str, policy: RetryPolicy, limiter: RateLimiter
) -> Result:
    """Call a music source within its rate limit, again as long as the policy allows.

    Parameters
    ----------
    attempt
        Raises RetryableError if another attempt makes sense; every other error goes straight through.
    service
        Its name, as the final message has it.

    Raises
    ------
    TransientSourceError
        The last attempt failed too, or the service asks for a longer wait than the policy has.
    """

    def limited() -> Result:
        limiter.wait()
        return attempt()

    def give_up(failure: Failure) -> TransientSourceError:
        fault, asked = failure.error, failure.asked
        if asked is not None and asked > policy.longest_retry_after:
            text = f"{service} {fault} and asks to wait {asked:.0f} s; try again after that"
        else:
            tried = "once" if failure.attempts == 1 else f"{failure.attempts} times"
            text = f"{service} {fault} (tried {tried}); try again later"
        return TransientSourceError(text)

    def before_wait(failure: Failure) -> None:
        log.info("%s %s; next attempt in %.1f s", service, failure.error, failure.wait)
        if isinstance(failure.error, RetryableError) and failure.error.busy:
            limiter.hold(failure.wait)

    return retry(limited, policy, give_up=give_up, before_wait=before_wait)


def read_retry_after(value: str | None, *, now: datetime | None = None) -> float | None:
    """Seconds that a `Retry-After` header asks for, stated as seconds or as a date (RFC 9110, 10.2.3).

    None if there is none or it cannot be read; never negative.
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

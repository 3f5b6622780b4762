"""Asking a service until it answers: how long to be patient, and what makes another attempt worth it."""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from reelscore.errors import TransientSourceError
from reelscore.net.rate_limit import RateLimiter, backoff, pause
from reelscore.net.usage import PaceLedger

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


_limiters: dict[tuple[str, int | None], RateLimiter] = {}
_limiters_lock = threading.Lock()


def shared_limiter(service: str, calls: int | None, ledger: PaceLedger | None = None) -> RateLimiter:
    """The limiter of a service, the same for everyone who asks it at this pace: in this process, or, with
    a ledger, in all that share it.
    """
    if ledger is not None:
        return RateLimiter(calls, ledger=ledger, service=service[:100])
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
            wait = backoff(count, first=patience.first_wait, limit=patience.longest_wait)
            if fault.after is not None:  # with jitter too: not all who wait come back in one moment
                wait = fault.after + random.uniform(0.0, patience.first_wait)
            log.info("%s %s; next attempt in %.1f s", service, fault, wait)
            if fault.everyone:
                limiter.hold(wait)
            else:
                pause(wait)

"""The daily budget: how many requests and tokens may be spent, counted where all workers see it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime

from reelscore.errors import AnalysisError
from reelscore.net.usage import Usage, UsageLedger

SERVICE = "gemini"


def utc_day() -> str:
    """The day that a call is counted on, as an ISO date in UTC."""
    return datetime.now(UTC).date().isoformat()


class Share:
    """One reserved call. It is given back unless the call was made, and settled when its cost is known."""

    def __init__(self, ledger: UsageLedger, day: str, tokens: int) -> None:
        self._ledger = ledger
        self._day = day
        self._tokens = tokens
        self._made = False
        self._closed = False

    def begin(self) -> None:
        """The call is being made: from here on it counts, with the reserved tokens until it is settled."""
        self._made = True

    def settle(self, tokens: int) -> None:
        """The call took so many tokens."""
        if not self._closed:
            self._closed = True
            if tokens != self._tokens:
                self._ledger.record(SERVICE, self._day, tokens=tokens - self._tokens)

    def give_back(self) -> None:
        """Undo the reservation, if the call was never made."""
        if not self._made and not self._closed:
            self._closed = True
            self._ledger.record(SERVICE, self._day, requests=-1, tokens=-self._tokens)


class Budget:
    """Hands out shares of the day as long as there are any.

    Parameters
    ----------
    ledger
        Where the day is counted; None: in the memory of this process.
    max_requests, max_tokens
        Limits of a day; None means no limit.
    day
        Says what day it is.
    """

    def __init__(
        self,
        ledger: UsageLedger | None,
        *,
        max_requests: int | None = None,
        max_tokens: int | None = None,
        day: Callable[[], str] = utc_day,
    ) -> None:
        self._ledger = ledger if ledger is not None else MemoryLedger()
        self._max_requests = max_requests
        self._max_tokens = max_tokens
        self._day = day

    def reserve(self, tokens: int) -> Share:
        """A share for one call of about `tokens` tokens, taken before the call is made.

        Raises
        ------
        AnalysisError
            The budget of the day does not hold it.
        """
        day = self._day()
        if not self._ledger.reserve(
            SERVICE, day, 1, tokens, max_requests=self._max_requests, max_tokens=self._max_tokens
        ):
            raise AnalysisError(self._refusal(self._ledger.used(SERVICE, day), tokens))
        return Share(self._ledger, day, tokens)

    def _refusal(self, used: Usage, tokens: int) -> str:
        spent = f"{used.requests} requests and {used.tokens} tokens were spent today"
        if self._max_requests is not None and used.requests >= self._max_requests:
            return (
                f"the daily budget of {self._max_requests} Gemini requests is used up ({spent}); wait until "
                "tomorrow (UTC) or raise REELSCORE_GEMINI_REQUESTS_PER_DAY"
            )
        return (
            f"about {tokens} more tokens would pass the daily budget of {self._max_tokens} Gemini tokens "
            f"({spent}); wait until tomorrow (UTC) or raise REELSCORE_GEMINI_TOKENS_PER_DAY"
        )


class MemoryLedger:
    """Counts in the memory of this process, where there is no catalogue to count in."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._days: dict[tuple[str, str], Usage] = {}

    def reserve(
        self,
        service: str,
        day: str,
        requests: int,
        tokens: int,
        *,
        max_requests: int | None = None,
        max_tokens: int | None = None,
    ) -> bool:
        """Take a share of the day, or nothing; see `UsageLedger`."""
        with self._lock:
            used = self._days.get((service, day), Usage())
            wanted = Usage(used.requests + requests, used.tokens + tokens)
            if max_requests is not None and wanted.requests > max_requests:
                return False
            if max_tokens is not None and wanted.tokens > max_tokens:
                return False
            self._days[service, day] = wanted
            return True

    def record(self, service: str, day: str, requests: int = 0, tokens: int = 0) -> None:
        """Correct the sums of a day; see `UsageLedger`."""
        with self._lock:
            used = self._days.get((service, day), Usage())
            self._days[service, day] = Usage(max(0, used.requests + requests), max(0, used.tokens + tokens))

    def used(self, service: str, day: str) -> Usage:
        """The sums of a day."""
        with self._lock:
            return self._days.get((service, day), Usage())

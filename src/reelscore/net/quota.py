"""Daily quotas: what may be spent on a service in a day, counted by all who share a ledger."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from reelscore.errors import ReelscoreError, SourceError


@dataclass(frozen=True, slots=True)
class QuotaDay:
    """The day of a provider: at its midnight a quota begins again."""

    zone: str  # name in the time zone database
    words: str
    standard_offset: int  # hours, for a system without that database: an hour off in summer

    def today(self, now: datetime | None = None) -> str:
        """The day that a call is counted on, as an ISO date; `now` has a time zone."""
        zone: tzinfo
        try:
            zone = ZoneInfo(self.zone)
        except ZoneInfoNotFoundError:
            zone = timezone(timedelta(hours=self.standard_offset))
        return (now or datetime.now(UTC)).astimezone(zone).date().isoformat()


PACIFIC = QuotaDay("America/Los_Angeles", "Pacific time", -8)

# As the providers state it: https://ai.google.dev/gemini-api/docs/rate-limits and
# https://developers.google.com/youtube/v3/determine_quota_cost
QUOTA_DAYS = {"gemini": PACIFIC, "youtube": PACIFIC, "vision": QuotaDay("UTC", "UTC", 0)}


@dataclass(frozen=True, slots=True)
class Usage:
    """What was spent on a service in a day, or a share of it."""

    requests: int = 0
    tokens: int = 0


class DayLimits(NamedTuple):
    """What may be spent on a service in a day; None: no limit."""

    requests: int | None = None
    tokens: int | None = None


NO_LIMITS = DayLimits()


class UsageLedger(Protocol):
    """Counts what is spent on a service in a day. Safe between threads; in SQL, between processes too."""

    def reserve(self, service: str, day: str, share: Usage, most: DayLimits = NO_LIMITS) -> bool:
        """Take a share of the day, or nothing.

        In one step: if the day's sums with this share stay within both limits, add it and return True;
        otherwise change nothing and return False. `day` is an ISO date.
        """
        ...

    def record(self, service: str, day: str, requests: int = 0, tokens: int = 0) -> None:
        """Correct the sums of a day by what is known now; negative gives back, never below zero."""
        ...

    def used(self, service: str, day: str) -> Usage:
        """The sums of a day."""
        ...


class MemoryLedger:
    """Counts in the memory of this process; `reelscore.catalog.usage` counts in SQL."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._days: dict[tuple[str, str], Usage] = {}

    def reserve(self, service: str, day: str, share: Usage, most: DayLimits = NO_LIMITS) -> bool:
        """Take a share of the day, or nothing; see `UsageLedger`."""
        with self._lock:
            used = self._days.get((service, day), Usage())
            wanted = Usage(used.requests + share.requests, used.tokens + share.tokens)
            for value, limit in ((wanted.requests, most.requests), (wanted.tokens, most.tokens)):
                if limit is not None and value > limit:
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


@dataclass(frozen=True, slots=True)
class Limit:
    """How much of something a day has."""

    most: int | None  # None: no limit
    unit: str  # such as "YouTube units"
    setting: str  # that holds the number, for messages


class Share:
    """One reserved call. It is given back unless the call was made, and settled when its cost is known."""

    def __init__(self, ledger: UsageLedger, service: str, day: str, requests: int, tokens: int) -> None:
        self._ledger = ledger
        self._service = service
        self._day = day  # what is settled after midnight counts on the day of the call
        self._requests = requests
        self._tokens = tokens
        self._made = False
        self._closed = False

    def begin(self) -> None:
        """The call is being made: from here on it counts, with the reserved tokens until it is settled."""
        self._made = True

    def settle(self, tokens: int) -> None:
        """Correct the reservation by the tokens that the call took."""
        if not self._closed:
            self._closed = True
            if tokens != self._tokens:
                self._ledger.record(self._service, self._day, tokens=tokens - self._tokens)

    def give_back(self) -> None:
        """Undo the reservation, if the call was never made."""
        if not self._made and not self._closed:
            self._closed = True
            self._ledger.record(self._service, self._day, requests=-self._requests, tokens=-self._tokens)


class DailyQuota:
    """Hands out shares of the day as long as there are any.

    Parameters
    ----------
    service
        The name that they are counted under; `QUOTA_DAYS` says when its day begins.
    requests, tokens
        Limits of a day.
    ledger
        Where they are counted; None: in the memory of this process.
    error
        What is raised when the day does not hold a share.
    now
        The time, with a time zone.
    """

    def __init__(
        self,
        service: str,
        requests: Limit,
        tokens: Limit | None = None,
        *,
        ledger: UsageLedger | None = None,
        error: type[ReelscoreError] = SourceError,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._service = service
        self._requests = requests
        self._tokens = tokens or Limit(None, "tokens", "")
        self._ledger = ledger if ledger is not None else MemoryLedger()
        self._error = error
        self._day = QUOTA_DAYS[service]
        self._now = now

    def reserve(self, requests: int = 1, tokens: int = 0) -> Share:
        """A share of the day, taken before it is spent.

        Raises
        ------
        ReelscoreError
            Of the given type: the day does not hold it.
        """
        day = self._day.today(self._now())
        most = DayLimits(self._requests.most, self._tokens.most)
        if not self._ledger.reserve(self._service, day, Usage(requests, tokens), most):
            raise self._error(self._refusal(self._ledger.used(self._service, day), requests, tokens))
        return Share(self._ledger, self._service, day, requests, tokens)

    def exhaust(self) -> None:
        """The service itself says that nothing is left, so nobody calls it again today."""
        day = self._day.today(self._now())
        left = (self._requests.most or 0) - self._ledger.used(self._service, day).requests
        if left > 0:
            self._ledger.record(self._service, day, requests=left)

    def _refusal(self, used: Usage, requests: int, tokens: int) -> str:
        limit, spent, wanted = self._requests, used.requests, requests
        within = limit.most is None or spent + wanted <= limit.most
        if within and self._tokens.most is not None:
            limit, spent, wanted = self._tokens, used.tokens, tokens
        over = "is used up" if spent >= (limit.most or 0) else f"does not hold {wanted} more"
        return (
            f"the daily quota of {limit.most} {limit.unit} {over} ({spent} were spent today); it begins "
            f"again at midnight {self._day.words}; wait, or raise {limit.setting} if your quota is larger"
        )

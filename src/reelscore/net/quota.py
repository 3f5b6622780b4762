"""The daily quota of a service, counted in SQL where all workers see it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from reelscore.errors import SourceError
from reelscore.net.usage import UsageLedger


def pacific_day() -> str:
    """Today as an ISO date in Pacific time, at whose midnight Google's daily quotas begin anew."""
    zone: tzinfo
    try:
        zone = ZoneInfo("America/Los_Angeles")
    except ZoneInfoNotFoundError:  # a system without time zones: an hour off in summer
        zone = timezone(timedelta(hours=-8))
    return datetime.now(UTC).astimezone(zone).date().isoformat()


class DailyQuota:
    """Hands out the units of a day as long as there are any.

    Parameters
    ----------
    ledger
        Where they are counted.
    service
        The name that they are counted under.
    units
        How many a day has.
    setting
        The setting that holds this number, for the message.
    day
        Says what day it is.
    """

    def __init__(
        self,
        ledger: UsageLedger,
        service: str,
        units: int,
        *,
        setting: str,
        day: Callable[[], str] = pacific_day,
    ) -> None:
        self._ledger = ledger
        self._service = service
        self._units = units
        self._setting = setting
        self._day = day

    def take(self, units: int = 1) -> None:
        """Take units before they are spent.

        Raises
        ------
        SourceError
            The day does not hold so many any more.
        """
        if not self._ledger.reserve(self._service, self._day(), units, 0, max_requests=self._units):
            raise SourceError(
                f"the {self._units} units of the {self._service} quota are used up for today; it begins anew "
                f"at midnight Pacific time, or raise {self._setting} where your quota is larger"
            )

    def exhaust(self) -> None:
        """The service itself says that nothing is left, so nobody asks it again today."""
        day = self._day()
        left = self._units - self._ledger.used(self._service, day).requests
        if left > 0:
            self._ledger.record(self._service, day, requests=left)

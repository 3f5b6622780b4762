"""What is spent on an outside service in a day, and the contract of whoever counts it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Usage:
    """What was spent on a service in a day."""

    requests: int = 0
    tokens: int = 0


class UsageLedger(Protocol):
    """Counts durably what is spent on a service in a day. Safe between threads and processes.

    `reelscore.catalog.usage` keeps it in SQL.
    """

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
        """Take a share of the day, or nothing.

        In one step: where the day's sums with this share stay within both limits, add it and return
        True; otherwise change nothing and return False. `day` is an ISO date; None means no limit.
        """
        ...

    def record(self, service: str, day: str, requests: int = 0, tokens: int = 0) -> None:
        """Correct the sums of a day by what is known now; negative gives back, never below zero."""
        ...

    def used(self, service: str, day: str) -> Usage:
        """The sums of a day."""
        ...


class PaceLedger(Protocol):
    """Counts when services are asked, for all processes that share it.

    `reelscore.catalog.pace` keeps it in SQL.
    """

    def take(self, service: str, calls: int | None, window: float) -> float:
        """Take the next moment at which a service may be asked; in how many seconds that is.

        At most `calls` moments lie within any `window` seconds; None is no limit.
        """
        ...

    def hold(self, service: str, seconds: float) -> None:
        """Let nobody ask a service for so long."""
        ...

    def held(self, service: str) -> float:
        """Seconds for which nobody may ask a service, from now on."""
        ...

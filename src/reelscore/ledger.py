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

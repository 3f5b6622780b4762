"""Counts of what somebody does, so that nobody does it too often; kept in the memory of one process."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

ATTEMPTS = 20  # to sign in, from one address,
NAME_ATTEMPTS = 100  # under one name,
ATTEMPT_SECONDS = 600.0  # within this time


class Allowance:
    """A token bucket for each key: a number of turns in a number of seconds, refilled steadily.

    Parameters
    ----------
    turns, seconds
        How many at once, and in how long as many are given again.
    most_keys
        Keys that are remembered; those that were quiet longest are forgotten first.
    """

    def __init__(
        self,
        turns: float,
        seconds: float,
        *,
        most_keys: int = 10_000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._turns = turns
        self._rate = turns / seconds
        self._most = most_keys
        self._clock = clock
        self._lock = threading.Lock()
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()  # key -> turns left, when

    def take(self, key: str) -> float:
        """Take one attempt: 0 if there was one, else the seconds until the next."""
        with self._lock:
            left = self._now(key)
            wait = self._wait(left)
            self._left[key] = (left - (0 if wait else 1), self._clock())
            self._left.move_to_end(key)
            while len(self._left) > self._most:
                self._left.popitem(last=False)
            return wait

    def give_back(self, key: str) -> None:
        """Forget what a key has taken."""
        with self._lock:
            self._left.pop(key, None)

    def _now(self, key: str) -> float:
        left, moment = self._left.get(key, (self._turns, 0.0))
        return min(self._turns, left + (self._clock() - moment) * self._rate)

    def _wait(self, left: float) -> float:
        return 0.0 if left >= 1 else (1 - left) / self._rate


class SignIns:
    """How often somebody may try to sign in: from one address, and under one name from anywhere."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._addresses = Allowance(ATTEMPTS, ATTEMPT_SECONDS, clock=clock)
        self._names = Allowance(NAME_ATTEMPTS, ATTEMPT_SECONDS, clock=clock)

    def take(self, address: str, name: str) -> float:
        """Count an attempt: 0, or the seconds until there may be another one."""
        name = name.strip().lower()
        return self._addresses.take(address) or self._names.take(name)

    def succeeded(self, address: str) -> None:
        """Somebody who signs in has not tried in vain."""
        self._addresses.give_back(address)

"""One loaded model for all threads, dropped when nobody has used it for a while."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

T_co = TypeVar("T_co", covariant=True)


class Shared(Generic[T_co]):
    """Loads a value once, on first use, and shares it.

    Parameters
    ----------
    load
        Makes the value. If it raises, the next use tries again.
    idle_seconds
        Seconds without use after which the value is dropped until the next use; None keeps it.
    """

    def __init__(self, load: Callable[[], T_co], *, idle_seconds: float | None = None) -> None:
        self._load = load
        self._idle_seconds = idle_seconds
        self._lock = threading.Lock()
        self._value: T_co | None = None
        self._users = 0
        self._last_used = 0.0
        self._timer: threading.Timer | None = None

    @property
    def loaded(self) -> bool:
        """Whether the value is in memory now."""
        return self._value is not None

    @contextmanager
    def use(self) -> Iterator[T_co]:
        """The value, which stays in memory for as long as the block runs."""
        with self._lock:  # held while loading, so that threads that come meanwhile wait for the one load
            if self._value is None:
                self._value = self._load()
            value = self._value
            self._users += 1
        try:
            yield value
        finally:
            with self._lock:
                self._users -= 1
                self._last_used = time.monotonic()
                if self._idle_seconds is not None and self._timer is None:
                    self._wait(self._idle_seconds)

    def unload(self) -> None:
        """Drop the value now; whoever is using it keeps it until done."""
        with self._lock:
            self._value = None
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None

    def _wait(self, seconds: float) -> None:
        self._timer = threading.Timer(seconds, self._expire)
        self._timer.daemon = True
        self._timer.start()

    def _expire(self) -> None:
        with self._lock:
            self._timer = None
            if self._users or self._value is None or self._idle_seconds is None:
                return  # the next release waits again
            remaining = self._last_used + self._idle_seconds - time.monotonic()
            if remaining > 0:
                self._wait(remaining)
            else:
                self._value = None

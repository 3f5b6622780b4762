"""What this process measures of itself: how long models and requests take, and how much memory they have.

It is kept in memory, and counted from the start of the process. `GET /metrics` tells it to Prometheus, the
Health page draws the last hour of it, and `reelscore bench` prints it.
"""

from __future__ import annotations

import bisect
import contextvars
import ctypes
import os
import resource
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

# Upper bounds of the classes of a histogram, seconds.
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
MINUTES = 60  # of the past that are kept one by one


# Of the request that is answered now; "" outside of one. Threads that work for it have it too.
REQUEST_ID: contextvars.ContextVar[str] = contextvars.ContextVar("request_id", default="")


@dataclass
class Times:
    """How often something was done, and how long it took."""

    count: int = 0
    seconds: float = 0.0
    classes: list[int] = field(default_factory=lambda: [0] * (len(BUCKETS) + 1))

    def add(self, seconds: float) -> None:
        """Count one more."""
        self.count += 1
        self.seconds += seconds
        self.classes[bisect.bisect_left(BUCKETS, seconds)] += 1

    def join(self, other: Times) -> None:
        """Count all that another one counted."""
        self.count += other.count
        self.seconds += other.seconds
        self.classes = [own + more for own, more in zip(self.classes, other.classes, strict=True)]


# Times of models by (model, stage), and memory by model.
Drained: TypeAlias = tuple[dict[tuple[str, str], Times], dict[str, int]]


@dataclass
class Minute:
    """What happened in one minute."""

    began: float  # seconds since the epoch
    requests: int = 0
    failed: int = 0  # answers with a status of 500 and above
    slowest: float = 0.0  # request, seconds
    inference: float = 0.0  # seconds in models
    resident: int = 0  # bytes at its first request or run


class Monitor:
    """Collects what is measured; safe to use from several threads."""

    def __init__(self, *, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._runs: dict[tuple[str, str], Times] = {}
        self._memory: dict[str, int] = {}
        self._requests: dict[tuple[str, str, int], Times] = {}
        self._jobs: dict[tuple[str, str], Times] = {}
        self._minutes: deque[Minute] = deque(maxlen=MINUTES)

    def ran(self, model: str, stage: str, seconds: float) -> None:
        """A model worked: `stage` is "load" or "run"."""
        with self._lock:
            self._runs.setdefault((model, stage), Times()).add(seconds)
            self._minute().inference += seconds

    @contextmanager
    def loading(self, model: str) -> Iterator[None]:
        """Measure the time and the memory that it takes to load a model.

        The memory is what the process grew by; what others take meanwhile is counted with it.
        """
        began, before = time.perf_counter(), resident_bytes()
        yield
        self.ran(model, "load", time.perf_counter() - began)
        with self._lock:
            self._memory[model] = max(0, resident_bytes() - before)

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """A request was answered; `route` is a line of the table of routes, so that there are few."""
        with self._lock:
            self._requests.setdefault((method, route, status), Times()).add(seconds)
            minute = self._minute()
            minute.requests += 1
            minute.failed += status >= 500
            minute.slowest = max(minute.slowest, seconds)

    def ended(self, kind: str, state: str, seconds: float) -> None:
        """A job ended in a state."""
        with self._lock:
            self._jobs.setdefault((kind, state), Times()).add(seconds)

    def drain(self) -> Drained:
        """What models did, which is forgotten here: for the process that this one works for."""
        with self._lock:
            found = (self._runs, self._memory)
            self._runs, self._memory = {}, {}
            return found

    def merge(self, drained: Drained) -> None:
        """Count what models did in another process."""
        runs, memory = drained
        if runs or memory:
            with self._lock:
                for name, times in runs.items():
                    self._runs.setdefault(name, Times()).join(times)
                    self._minute().inference += times.seconds
                self._memory |= memory

    @property
    def runs(self) -> dict[tuple[str, str], Times]:
        """(model, stage) -> times."""
        with self._lock:
            return dict(self._runs)

    @property
    def memory(self) -> dict[str, int]:
        """Model -> bytes that the process grew by when it was loaded."""
        with self._lock:
            return dict(self._memory)

    @property
    def requests(self) -> dict[tuple[str, str, int], Times]:
        """(method, route, status) -> times."""
        with self._lock:
            return dict(self._requests)

    @property
    def jobs(self) -> dict[tuple[str, str], Times]:
        """(kind, state) -> times."""
        with self._lock:
            return dict(self._jobs)

    def last_hour(self) -> list[Minute]:
        """The minutes in which something happened, the oldest first."""
        with self._lock:
            since = self._clock() - 60 * MINUTES
            return [minute for minute in self._minutes if minute.began > since]

    def _minute(self) -> Minute:
        began = self._clock() // 60 * 60
        if not self._minutes or self._minutes[-1].began < began:
            self._minutes.append(Minute(began, resident=resident_bytes()))
        return self._minutes[-1]


def resident_bytes() -> int:
    """Resident memory of this process, bytes; its peak on systems that do not report the current value."""
    try:
        return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024


MONITOR = Monitor()  # of this process, which is one


def return_freed_memory() -> None:
    """Give what was freed back to the system, if the C library is glibc.

    It keeps an arena for each thread, and after hours of sound 60 MB of them are free and belong to nobody.
    """
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)

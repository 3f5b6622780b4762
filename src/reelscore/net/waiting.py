"""Waits that end at once when the work of their thread is cancelled."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from reelscore.errors import CancelledError

_stop: ContextVar[threading.Event | None] = ContextVar("stop", default=None)


@contextmanager
def stoppable(stop: threading.Event) -> Iterator[None]:
    """Let `pause` and `check_stop` in this block and thread end with CancelledError once `stop` is set."""
    token = _stop.set(stop)
    try:
        yield
    finally:
        _stop.reset(token)


def check_stop() -> None:
    """Raise CancelledError if the work of this thread is to stop."""
    stop = _stop.get()
    if stop is not None and stop.is_set():
        raise CancelledError("stopped")


def pause(seconds: float) -> None:
    """Sleep, unless the work of this thread is to stop: then CancelledError."""
    stop = _stop.get()
    if stop is None:
        time.sleep(max(0.0, seconds))
    elif stop.wait(max(0.0, seconds)):
        raise CancelledError("stopped")

"""Waits that end when the work of their thread is cancelled."""

from __future__ import annotations

import threading
import time

import pytest

from reelscore.errors import CancelledError
from reelscore.net.rate_limit import RateLimiter
from reelscore.net.waiting import check_stop, pause, stoppable


def test_a_pause_ends_at_once_when_its_work_is_to_stop() -> None:
    stop = threading.Event()
    threading.Timer(0.05, stop.set).start()
    began = time.monotonic()
    with stoppable(stop), pytest.raises(CancelledError):
        pause(60)
    assert time.monotonic() - began < 30
    with stoppable(stop), pytest.raises(CancelledError):
        check_stop()
    check_stop()  # outside of the block nobody asks


def test_a_limiter_that_waits_can_be_stopped() -> None:
    limiter, stop = RateLimiter(1), threading.Event()
    limiter.wait()
    stop.set()
    with stoppable(stop), pytest.raises(CancelledError):
        limiter.wait()


def test_another_thread_does_not_stop_with_this_one() -> None:
    stop = threading.Event()
    stop.set()
    heard: list[bool] = []

    def other() -> None:
        pause(0)
        check_stop()
        heard.append(True)

    with stoppable(stop):
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert heard

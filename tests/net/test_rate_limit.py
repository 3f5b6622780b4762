"""The one rate limiter: never more calls in a window than agreed, whoever makes them."""

from __future__ import annotations

import threading
import time

import pytest
from fake_clock import FakeClock
from hypothesis import given
from hypothesis import strategies as st

from reelscore.net.rate_limit import Calls, MemoryRates, RateLimiter


def limiter_at(clock: FakeClock, limit: int | None, window: float = 60.0) -> RateLimiter:
    return RateLimiter(limit, window=window, rates=MemoryRates(clock))


def test_calls_beyond_the_limit_get_a_later_moment() -> None:
    limiter = limiter_at(FakeClock(), 2, 10.0)
    assert [limiter.delay() for _ in range(5)] == [0, 0, 10, 10, 20]


def test_the_limit_recovers() -> None:
    clock = FakeClock()
    limiter = limiter_at(clock, 1, 10.0)
    assert limiter.delay() == 0
    clock.now += 9.0
    assert limiter.delay() == pytest.approx(1.0)
    clock.now += 11.0
    assert limiter.delay() == 0


def test_no_limit_is_no_limit_but_a_hold_holds() -> None:
    clock = FakeClock()
    limiter = limiter_at(clock, None)
    assert [limiter.delay() for _ in range(100)] == [0] * 100
    limiter.hold(5)
    assert limiter.delay() == 5


def test_a_wait_that_is_held_meanwhile_goes_on() -> None:
    clock = FakeClock()
    limiter = limiter_at(clock, 1)
    limiter.wait()

    def sleep(seconds: float) -> None:
        if not clock.sleeps:
            limiter.hold(90)
        clock.sleep(seconds)

    limiter.wait(sleep)
    assert clock.sleeps == [60, pytest.approx(30)]


def test_those_who_waited_during_a_hold_count_at_its_end() -> None:
    limiter = limiter_at(FakeClock(), 2)
    assert [limiter.delay() for _ in range(4)] == [0, 0, 60, 60]
    limiter.hold(90)
    assert [limiter.delay() for _ in range(3)] == [150, 150, 210]


def test_limiters_of_one_service_in_one_store_are_one_limiter() -> None:
    rates = MemoryRates(FakeClock())
    one, two, other = (RateLimiter(1, service=name, rates=rates) for name in ("a", "a", "b"))
    assert (one.delay(), two.delay(), other.delay()) == (0, 60, 0)


def test_moments_that_a_wrong_clock_wrote_stop_nobody() -> None:
    calls, delay = Calls((9e9,), held_until=9e9).take(1_000.0, 1, 60.0)
    assert (delay, calls.moments) == (0, (1_000.0,))


@given(st.integers(1, 5), st.lists(st.floats(0, 50), max_size=40))
def test_no_window_ever_holds_more_calls_than_agreed(limit: int, pauses: list[float]) -> None:
    calls, now = Calls(), 0.0
    moments: list[float] = []
    for passed in pauses:
        now += passed
        calls, delay = calls.take(now, limit, 60.0)
        moments.append(now + delay)
    assert moments == sorted(moments)
    assert all(later - one > 60.0 - 1e-6 for one, later in zip(moments, moments[limit:], strict=False))


def test_no_more_calls_than_agreed_however_many_threads_call() -> None:
    def clock() -> float:
        time.sleep(0.001)  # lets the other threads in, between reading the calls and writing them
        return 1_000.0

    limiter = RateLimiter(5, window=10.0, rates=MemoryRates(clock))
    delays: list[float] = []
    threads = [
        threading.Thread(target=lambda: delays.extend(limiter.delay() for _ in range(4))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(delays) == [0.0] * 5 + [10.0] * 5 + [20.0] * 5 + [30.0]

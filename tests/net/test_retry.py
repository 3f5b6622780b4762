"""The one retry: what is tried again, how long the waits are, and when it ends. Nobody sleeps here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from fake_clock import FakeClock
from hypothesis import given
from hypothesis import strategies as st

from reelscore.errors import CancelledError, TransientSourceError
from reelscore.net.rate_limit import RateLimiter
from reelscore.net.retry import (
    TRANSIENT_STATUSES,
    Failure,
    RetryableError,
    RetryPolicy,
    call_service,
    read_retry_after,
    retry,
)

POLICY = RetryPolicy(attempts=4, first_wait=1.0, longest_wait=10.0)


def longest(low: float, high: float) -> float:
    return high


def failing(clock: FakeClock, *errors: Exception, seconds: float = 0.0) -> Callable[[], str]:
    """An attempt that takes its time, and raises these errors one after the other before it succeeds."""
    left = list(errors)

    def attempt() -> str:
        clock.now += seconds
        if left:
            raise left.pop(0)
        return "answer"

    return attempt


def run(clock: FakeClock, attempt: Callable[[], str], policy: RetryPolicy = POLICY) -> str:
    return retry(attempt, policy, sleep=clock.sleep, clock=clock, uniform=longest)


def faults(number: int, **stated: object) -> list[RetryableError]:
    return [RetryableError("is busy", **stated) for _ in range(number)]  # type: ignore[arg-type]


def test_an_answer_is_had_without_a_wait() -> None:
    clock = FakeClock()
    assert run(clock, failing(clock)) == "answer"
    assert clock.sleeps == []


def test_waits_double_up_to_the_longest() -> None:
    clock = FakeClock()
    assert run(clock, failing(clock, *faults(6)), replace(POLICY, attempts=7)) == "answer"
    assert clock.sleeps == [1, 2, 4, 8, 10, 10]


def test_the_factor_is_the_policys() -> None:
    policy = RetryPolicy(first_wait=1.0, factor=3.0, longest_wait=100.0)
    assert [policy.backoff(number, uniform=longest) for number in (1, 2, 3, 4, 5, 6)] == [
        1, 3, 9, 27, 81, 100,
    ]  # fmt: skip


def test_half_of_a_wait_is_drawn() -> None:
    for attempt, whole in enumerate((1, 2, 4, 8, 10, 10), start=1):
        waits = {POLICY.backoff(attempt) for _ in range(50)}
        assert len(waits) > 10
        assert all(whole / 2 <= wait <= whole for wait in waits)


def test_any_number_of_attempts_has_a_wait() -> None:
    assert POLICY.backoff(10_000, uniform=longest) == 10.0


def test_the_last_error_comes_out_when_no_attempt_is_left() -> None:
    clock, errors = FakeClock(), faults(9)
    with pytest.raises(RetryableError) as caught:
        run(clock, failing(clock, *errors))
    assert caught.value is errors[3]
    assert len(clock.sleeps) == 3


def test_one_attempt_is_no_retry() -> None:
    clock = FakeClock()
    with pytest.raises(RetryableError):
        run(clock, failing(clock, *faults(1)), replace(POLICY, attempts=1))
    assert clock.sleeps == []


def test_what_the_policy_does_not_name_goes_straight_through() -> None:
    clock = FakeClock()
    with pytest.raises(KeyError):
        run(clock, failing(clock, KeyError("mine")))
    assert clock.sleeps == []
    policy = replace(POLICY, errors=(ConnectionError, KeyError))
    assert run(clock, failing(clock, KeyError("mine"), ConnectionResetError()), policy) == "answer"
    with pytest.raises(RetryableError):
        run(clock, failing(clock, *faults(1)), policy)


def test_no_wait_goes_past_the_deadline() -> None:
    clock = FakeClock()
    policy = replace(POLICY, attempts=None, seconds=20.0)
    with pytest.raises(RetryableError):
        run(clock, failing(clock, *faults(99), seconds=0.5), policy)
    assert clock.sleeps == [1, 2, 4, 8]  # with the attempts 17.5 s; ten more would pass 20
    assert clock.now - 1_000.0 < 20.0


def test_retry_after_is_honoured() -> None:
    clock = FakeClock()
    assert run(clock, failing(clock, *faults(1, retry_after=7.0))) == "answer"
    assert clock.sleeps == [8.0]  # and jitter, so that not all come back in one moment
    # One that is shorter than our own wait shortens nothing.
    assert run(clock, failing(clock, *faults(3), *faults(0), *faults(0, retry_after=0.0))) == "answer"
    assert clock.sleeps[1:] == [1, 2, 4]


def test_a_service_that_asks_for_too_long_a_wait_is_given_up() -> None:
    clock = FakeClock()
    policy = replace(POLICY, longest_retry_after=30.0)
    with pytest.raises(RetryableError):
        run(clock, failing(clock, *faults(1, retry_after=31.0)), policy)
    assert clock.sleeps == []
    assert run(clock, failing(clock, *faults(1, retry_after=30.0)), policy) == "answer"


def test_an_attempt_that_went_well_for_long_has_all_attempts_again() -> None:
    clock = FakeClock()
    policy = replace(POLICY, attempts=2, reset_after=60.0)
    assert run(clock, failing(clock, *faults(5), seconds=61.0), policy) == "answer"
    assert clock.sleeps == [1] * 5
    with pytest.raises(RetryableError):
        run(clock, failing(clock, *faults(5), seconds=59.0), policy)


def test_a_cancelled_wait_ends_everything() -> None:
    clock, made = FakeClock(), []

    def attempt() -> str:
        made.append(1)
        raise RetryableError("is busy")

    def sleep(seconds: float) -> None:
        raise CancelledError("stopped")

    with pytest.raises(CancelledError) as caught:
        retry(attempt, POLICY, sleep=sleep, clock=clock)
    assert made == [1]
    assert caught.value.__context__ is None


def test_the_caller_says_what_is_raised_in_the_end_and_hears_of_each_wait() -> None:
    clock, heard = FakeClock(), []

    def give_up(failure: Failure) -> OSError:
        return OSError(f"{failure.error} after {failure.attempts}")

    with pytest.raises(OSError, match="is busy after 4") as caught:
        retry(
            failing(clock, *faults(9)),
            POLICY,
            give_up=give_up,
            before_wait=lambda failure: heard.append((failure.attempts, failure.wait)),
            sleep=clock.sleep,
            clock=clock,
            uniform=longest,
        )
    assert isinstance(caught.value.__cause__, RetryableError)
    assert heard == [(1, 1.0), (2, 2.0), (3, 4.0)]


def test_statuses_that_a_later_attempt_may_mend() -> None:
    assert {408, 425, 429, 500, 502, 503, 504} <= TRANSIENT_STATUSES
    assert not {200, 301, 400, 401, 403, 404, 409, 413} & TRANSIENT_STATUSES


# --- a music source ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("attempts", "retry_after", "words"),
    [
        (1, None, r"The Shop is busy \(tried once\); try again later"),
        (3, None, r"The Shop is busy \(tried 3 times\); try again later"),
        (3, 600.0, r"The Shop is busy and asks to wait 600 s; try again after that"),
    ],
)
def test_a_source_that_does_not_answer_is_one_clear_line(
    attempts: int, retry_after: float | None, words: str
) -> None:
    clock = FakeClock()
    policy = RetryPolicy(attempts=attempts, first_wait=0.001)
    attempt = failing(clock, *faults(9, retry_after=retry_after))
    with pytest.raises(TransientSourceError, match=f"^{words}$"):
        call_service(attempt, service="The Shop", policy=policy, limiter=RateLimiter(None))


# --- Retry-After -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0),
        (" 0 ", 0.0),
        ("Sun, 01 Mar 2026 12:00:30 GMT", 30.0),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0.0),
        ("-5", None),
        ("soon", None),
        ("", None),
        (None, None),
        ("1e9", None),
        ("Sun, 99 Mar 2026 12:00:30 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str | None, seconds: float | None) -> None:
    assert read_retry_after(value, now=datetime(2026, 3, 1, 12, tzinfo=UTC)) == seconds


@given(st.text(max_size=60))
def test_any_retry_after_can_be_read(value: str) -> None:
    seconds = read_retry_after(value)
    assert seconds is None or seconds >= 0

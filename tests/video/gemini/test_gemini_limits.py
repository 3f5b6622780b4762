"""Budget, rate limit and waits by themselves."""

from __future__ import annotations

import threading
import time

import pytest

from reelscore.errors import AnalysisError, CancelledError, InvalidInputError
from reelscore.net.rate_limit import RateLimiter, backoff
from reelscore.net.usage import Usage
from reelscore.records import Progress
from reelscore.video.gemini.budget import Budget, MemoryLedger
from reelscore.video.gemini.options import GeminiOptions
from reelscore.video.gemini.pacing import Reporter, TooLongError


def test_a_share_is_settled_at_what_the_call_took() -> None:
    ledger = MemoryLedger()
    share = Budget(ledger, day=lambda: "2026-03-01").reserve(1000)
    share.begin()
    share.settle(300)
    share.settle(999)
    share.give_back()
    assert ledger.used("gemini", "2026-03-01") == Usage(1, 300)


def test_a_share_is_given_back_only_if_no_call_was_made() -> None:
    ledger = MemoryLedger()
    budget = Budget(ledger, day=lambda: "2026-03-01")
    budget.reserve(1000).give_back()
    assert ledger.used("gemini", "2026-03-01") == Usage(0, 0)
    made = budget.reserve(1000)
    made.begin()
    made.give_back()
    assert ledger.used("gemini", "2026-03-01") == Usage(1, 1000)


def test_a_new_day_has_a_new_budget_and_old_shares_settle_on_their_own_day() -> None:
    day = "2026-03-01"
    ledger = MemoryLedger()
    budget = Budget(ledger, max_requests=1, day=lambda: day)
    share = budget.reserve(1000)
    with pytest.raises(AnalysisError, match="used up"):
        budget.reserve(1)
    day = "2026-03-02"
    budget.reserve(500)
    share.settle(200)
    assert ledger.used("gemini", "2026-03-01") == Usage(1, 200)
    assert ledger.used("gemini", "2026-03-02") == Usage(1, 500)


def test_a_limit_of_nothing_allows_nothing() -> None:
    with pytest.raises(AnalysisError):
        Budget(MemoryLedger(), max_requests=0).reserve(1)


def test_no_limit_is_no_limit() -> None:
    budget = Budget(None)
    for _ in range(100):
        budget.reserve(10**9)


def test_many_threads_never_take_more_than_there_is() -> None:
    ledger = MemoryLedger()
    budget = Budget(ledger, max_requests=50, max_tokens=10_000, day=lambda: "2026-03-01")
    taken: list[int] = []

    def take() -> None:
        for _ in range(20):
            try:
                budget.reserve(100)
                taken.append(1)
            except AnalysisError:
                pass

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == 50
    assert ledger.used("gemini", "2026-03-01") == Usage(50, 5000)


def test_calls_beyond_the_rate_get_a_later_moment() -> None:
    limiter = RateLimiter(2, window=10.0)
    delays = [limiter.delay() for _ in range(5)]
    assert delays[:2] == [0.0, 0.0]
    assert delays[2:4] == pytest.approx([10.0, 10.0], abs=0.5)
    assert delays[4] == pytest.approx(20.0, abs=0.5)


def test_the_rate_recovers() -> None:
    limiter = RateLimiter(1, window=0.1)
    assert limiter.delay() == 0.0
    time.sleep(0.12)
    assert limiter.delay() == 0.0
    assert RateLimiter(None).delay() == 0.0


def test_backing_off_doubles_within_its_bounds() -> None:
    for attempt, whole in enumerate((1.0, 2.0, 4.0, 8.0, 8.0, 8.0), start=1):
        waits = [backoff(attempt, first=1.0, limit=8.0) for _ in range(50)]
        assert all(whole / 2 <= wait <= whole for wait in waits)
        assert len(set(waits)) > 1


def test_a_call_that_takes_too_long_is_left_behind() -> None:
    over, left = threading.Event(), threading.Event()
    with pytest.raises(TooLongError):
        Reporter(lambda _: None).during(over.wait, limit=0.05, leave=left.set)
    assert left.is_set()
    over.set()


def test_an_error_of_the_call_comes_out_as_it_is() -> None:
    def fail() -> None:
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        Reporter(lambda _: None).during(fail, limit=5.0)


def test_waiting_hears_the_user() -> None:
    asked: list[Progress] = []

    def progress(step: Progress) -> None:
        asked.append(step)
        if len(asked) == 2:
            raise CancelledError("stop")

    begin = time.monotonic()
    with pytest.raises(CancelledError):
        Reporter(progress).wait(30.0)
    assert time.monotonic() - begin < 5.0


@pytest.mark.parametrize(
    "wrong",
    [
        {"model": " "},
        {"detail": "huge"},
        {"attempts": 0},
        {"requests_per_minute": 0},
        {"tokens_per_day": -1},
        {"request_seconds": 0},
    ],
)
def test_impossible_options_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(InvalidInputError):
        GeminiOptions(**wrong)  # type: ignore[arg-type]

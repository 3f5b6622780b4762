"""The one daily quota: never overspent, and its day is the one that the provider counts."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from zoneinfo import ZoneInfoNotFoundError

import pytest

from reelscore.errors import AnalysisError, SourceError
from reelscore.net import quota as quota_module
from reelscore.net.quota import PACIFIC, QUOTA_DAYS, DailyQuota, Limit, MemoryLedger, Usage

NOON = datetime(2026, 3, 1, 20, tzinfo=UTC)  # in California
DAY = "2026-03-01"


def quota_at(
    ledger: MemoryLedger | None = None, requests: int | None = None, tokens: int | None = None
) -> DailyQuota:
    return DailyQuota(
        "gemini",
        Limit(requests, "Gemini requests", "REQUESTS_SETTING"),
        Limit(tokens, "Gemini tokens", "TOKENS_SETTING"),
        ledger=ledger,
        error=AnalysisError,
        now=lambda: NOON,
    )


@pytest.mark.parametrize(
    ("now", "day"),
    [
        (datetime(2026, 1, 15, 7, 59, tzinfo=UTC), "2026-01-14"),
        (datetime(2026, 1, 15, 8, 0, tzinfo=UTC), "2026-01-15"),
        (datetime(2026, 7, 15, 6, 59, tzinfo=UTC), "2026-07-14"),  # summer time
        (datetime(2026, 7, 15, 7, 0, tzinfo=UTC), "2026-07-15"),
    ],
)
def test_a_day_begins_at_the_midnight_of_the_provider(now: datetime, day: str) -> None:
    assert PACIFIC.today(now) == day
    assert {QUOTA_DAYS[service].today(now) for service in ("gemini", "youtube")} == {day}


def test_without_a_time_zone_database_summer_is_an_hour_off(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ZoneInfoNotFoundError(name)

    monkeypatch.setattr(quota_module, "ZoneInfo", missing)
    assert PACIFIC.today(datetime(2026, 1, 15, 7, 59, tzinfo=UTC)) == "2026-01-14"
    assert PACIFIC.today(datetime(2026, 7, 15, 7, 30, tzinfo=UTC)) == "2026-07-14"


def test_a_used_up_quota_names_its_setting_and_when_it_begins_again() -> None:
    quota = DailyQuota("youtube", Limit(1, "YouTube units", "UNITS_SETTING"), now=lambda: NOON)
    quota.reserve()
    with pytest.raises(
        SourceError,
        match=r"daily quota of 1 YouTube units is used up .*midnight Pacific time.*UNITS_SETTING",
    ):
        quota.reserve()


def test_tokens_that_would_pass_the_quota_are_named() -> None:
    quota = quota_at(requests=5, tokens=1_000)
    quota.reserve(tokens=900)
    with pytest.raises(
        AnalysisError, match=r"quota of 1000 Gemini tokens does not hold 200 more \(900 .*TOKENS"
    ):
        quota.reserve(tokens=200)


def test_a_share_is_settled_at_what_the_call_took() -> None:
    ledger = MemoryLedger()
    share = quota_at(ledger).reserve(tokens=1000)
    share.begin()
    share.settle(300)
    share.settle(999)
    share.give_back()
    assert ledger.used("gemini", DAY) == Usage(1, 300)


def test_a_share_is_given_back_only_if_no_call_was_made() -> None:
    ledger = MemoryLedger()
    quota = quota_at(ledger)
    quota.reserve(3, tokens=1000).give_back()
    assert ledger.used("gemini", DAY) == Usage(0, 0)
    made = quota.reserve(tokens=1000)
    made.begin()
    made.give_back()
    assert ledger.used("gemini", DAY) == Usage(1, 1000)


def test_a_new_day_has_a_new_quota_and_old_shares_settle_on_their_own_day() -> None:
    now = datetime(2026, 3, 2, 7, 59, tzinfo=UTC)
    ledger = MemoryLedger()
    quota = DailyQuota("gemini", Limit(1, "Gemini requests", "X"), ledger=ledger, now=lambda: now)
    share = quota.reserve(tokens=1000)
    with pytest.raises(SourceError, match="used up"):
        quota.reserve(tokens=1)
    now = datetime(2026, 3, 2, 8, 1, tzinfo=UTC)
    quota.reserve(tokens=500)
    share.settle(200)
    assert ledger.used("gemini", "2026-03-01") == Usage(1, 200)
    assert ledger.used("gemini", "2026-03-02") == Usage(1, 500)


def test_what_the_service_says_of_its_quota_is_believed() -> None:
    ledger = MemoryLedger()
    quota = quota_at(ledger, requests=50)
    quota.exhaust()
    quota.exhaust()
    assert ledger.used("gemini", DAY) == Usage(50, 0)
    with pytest.raises(AnalysisError):
        quota.reserve()


def test_a_limit_of_nothing_allows_nothing_and_no_limit_everything() -> None:
    with pytest.raises(AnalysisError):
        quota_at(requests=0).reserve()
    quota = quota_at()
    for _ in range(100):
        quota.reserve(tokens=10**9)


def test_many_threads_never_take_more_than_there_is() -> None:
    ledger = MemoryLedger()
    quota = quota_at(ledger, requests=50, tokens=10_000)
    taken: list[int] = []

    def take() -> None:
        for _ in range(20):
            try:
                quota.reserve(tokens=100)
                taken.append(1)
            except AnalysisError:
                pass

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == 50
    assert ledger.used("gemini", DAY) == Usage(50, 5000)

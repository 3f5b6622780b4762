"""The ledger of a day: durable, and never overspent, however many ask at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from reelscore.catalog.store import Catalog
from reelscore.net.quota import DayLimits, MemoryLedger, Usage, UsageLedger

DAY = "2026-03-01"


@pytest.fixture(params=["sql", "memory"])
def ledger(request: pytest.FixtureRequest, catalog: Catalog) -> Iterator[UsageLedger]:
    """Every ledger keeps the same contract."""
    yield catalog.usage if request.param == "sql" else MemoryLedger()


def test_a_day_begins_with_nothing(ledger: UsageLedger) -> None:
    assert ledger.used("gemini", DAY) == Usage(0, 0)


def test_shares_add_up_by_service_and_day(ledger: UsageLedger) -> None:
    assert ledger.reserve("gemini", DAY, Usage(1, 100))
    assert ledger.reserve("gemini", DAY, Usage(2, 50))
    assert ledger.reserve("other", DAY, Usage(1, 7))
    assert ledger.reserve("gemini", "2026-03-02", Usage(1, 9))
    assert ledger.used("gemini", DAY) == Usage(3, 150)
    assert ledger.used("other", DAY) == Usage(1, 7)
    assert ledger.used("gemini", "2026-03-02") == Usage(1, 9)


def test_a_limit_may_be_reached_but_not_passed(ledger: UsageLedger) -> None:
    assert ledger.reserve("gemini", DAY, Usage(1, 60), DayLimits(requests=2, tokens=100))
    assert not ledger.reserve("gemini", DAY, Usage(1, 41), DayLimits(requests=2, tokens=100))
    assert ledger.reserve("gemini", DAY, Usage(1, 40), DayLimits(requests=2, tokens=100))
    assert not ledger.reserve("gemini", DAY, Usage(1, 0), DayLimits(requests=2))
    assert ledger.used("gemini", DAY) == Usage(2, 100)


def test_nothing_is_taken_where_a_limit_is_passed_at_once(ledger: UsageLedger) -> None:
    assert not ledger.reserve("gemini", DAY, Usage(1, 10), DayLimits(tokens=9))
    assert not ledger.reserve("gemini", DAY, Usage(1, 10), DayLimits(requests=0))
    assert ledger.used("gemini", DAY) == Usage(0, 0)


def test_corrections_give_back_but_never_below_zero(ledger: UsageLedger) -> None:
    ledger.reserve("gemini", DAY, Usage(1, 1000))
    ledger.record("gemini", DAY, tokens=-400)
    assert ledger.used("gemini", DAY) == Usage(1, 600)
    ledger.record("gemini", DAY, requests=-5, tokens=-5000)
    assert ledger.used("gemini", DAY) == Usage(0, 0)
    ledger.record("gemini", "2026-03-03", requests=1, tokens=5)
    assert ledger.used("gemini", "2026-03-03") == Usage(1, 5)


def test_large_sums_are_kept(ledger: UsageLedger) -> None:
    ledger.record("gemini", DAY, tokens=10**12)
    assert ledger.used("gemini", DAY).tokens == 10**12


def test_sums_outlive_the_process(url: str, catalog: Catalog) -> None:
    catalog.usage.reserve("gemini", DAY, Usage(1, 100))
    other = Catalog(url)
    try:
        assert other.usage.used("gemini", DAY) == Usage(1, 100)
    finally:
        other.close()


def test_two_workers_never_overspend(url: str, catalog: Catalog) -> None:
    other = Catalog(url)
    taken: list[bool] = []

    def spend(mine: Catalog) -> None:
        for _ in range(10):
            taken.append(mine.usage.reserve("gemini", DAY, Usage(1, 10), DayLimits(requests=25, tokens=1000)))

    threads = [threading.Thread(target=spend, args=(mine,)) for mine in (catalog, other, catalog, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.close()
    assert len(taken) == 40
    assert sum(taken) == 25
    assert catalog.usage.used("gemini", DAY) == Usage(25, 250)

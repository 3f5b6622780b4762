"""The rate limit of a service is one for all processes that share the database."""

from __future__ import annotations

import itertools
import subprocess
import sys
import threading

from patience import PATIENCE_SECONDS
from reelscore.catalog.rates import RateStore
from reelscore.catalog.store import Catalog
from reelscore.net.rate_limit import RateLimiter

_TAKE = """
import sys, time
from reelscore.catalog.store import Catalog
catalog = Catalog(sys.argv[1])
for _ in range(6):
    print(time.time() + catalog.rates.take("service", 5, 2.0))
catalog.close()
"""


def test_only_so_many_moments_lie_within_a_window(catalog: Catalog) -> None:
    now = 1_000.0
    rates = RateStore(catalog._engine, clock=lambda: now)
    assert [rates.take("a", 3, 60.0) for _ in range(7)] == [0, 0, 0, 60, 60, 60, 120]
    assert rates.take("b", 3, 60.0) == 0
    assert rates.take("c", None, 60.0) == 0
    now = 1_121.0  # the first six are over, the seventh counts still
    assert [rates.take("a", 3, 60.0) for _ in range(3)] == [0, 0, 59]


def test_whoever_is_told_to_wait_holds_everyone(catalog: Catalog) -> None:
    now = 1_000.0
    rates = RateStore(catalog._engine, clock=lambda: now)
    assert rates.held("a") == 0
    rates.hold("a", 30)
    rates.hold("a", 10)
    assert (rates.held("a"), rates.take("a", None, 60.0), rates.held("b")) == (30, 30, 0)
    now = 1_031.0
    assert (rates.held("a"), rates.take("a", None, 60.0)) == (0, 0)


def test_those_who_waited_during_a_hold_count_at_its_end(catalog: Catalog) -> None:
    now = 1_000.0
    rates = RateStore(catalog._engine, clock=lambda: now)
    assert [rates.take("a", 2, 60.0) for _ in range(4)] == [0, 0, 60, 60]
    rates.hold("a", 90)  # so the two who wait for 60 ask at 90
    assert [rates.take("a", 2, 60.0) for _ in range(3)] == [150, 150, 210]


def test_a_clock_that_was_set_back_does_not_stop_everyone(catalog: Catalog) -> None:
    now = 1e9
    rates = RateStore(catalog._engine, clock=lambda: now)
    rates.take("a", 1, 60.0)
    rates.hold("a", 30)
    now = 1e6
    assert (rates.held("a"), rates.take("a", 1, 60.0)) == (0, 0)


def test_threads_and_processes_keep_one_pace(catalog: Catalog, url: str) -> None:
    processes = [
        subprocess.Popen([sys.executable, "-c", _TAKE, url], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    moments: list[float] = []
    lock = threading.Lock()

    def take() -> None:
        import time

        for _ in range(4):
            moment = time.time() + catalog.rates.take("service", 5, 2.0)
            with lock:
                moments.append(moment)

    threads = [threading.Thread(target=take) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for process in processes:
        out, _ = process.communicate(timeout=PATIENCE_SECONDS)
        assert process.returncode == 0
        moments += [float(line) for line in out.split()]
    assert len(moments) == 20
    moments.sort()
    # The clock is read a moment before the row is, so a little early is no fault.
    assert all(
        later - sooner > 1.0
        for sooner, later in zip(moments, itertools.islice(moments, 5, None), strict=False)
    )


def test_limiters_with_one_store_are_one_limiter(catalog: Catalog) -> None:
    one = RateLimiter(2, rates=catalog.rates, service="s")
    two = RateLimiter(2, rates=catalog.rates, service="s")
    assert one.delay() == 0
    assert two.delay() == 0
    assert one.delay() > 50
    two.hold(500)
    assert one.delay() > 400

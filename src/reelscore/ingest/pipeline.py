"""Fetching, listening and writing side by side: threads that hand work on, with bounds on what lies between.

The network and the disk are waited for on threads of their own, sound is analysed on others (decoding, NumPy
and the models release the interpreter lock), and whoever started it all collects on the calling thread.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

from reelscore.errors import CancelledError
from reelscore.net.waiting import stoppable
from reelscore.records import Track, TrackIssue

Item = TypeVar("Item")
Fetched = TypeVar("Fetched")
Result = TypeVar("Result")

_STEP_SECONDS = 0.2  # between two looks whether to stop
_JOIN_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Done(Generic[Item, Result]):
    """An item went through all stages, or failed in one."""

    item: Item
    outcome: Result | BaseException


@dataclass(frozen=True, slots=True)
class Ended:
    """There are no more offers; `error` is why, if they did not just run out."""

    error: BaseException | None


class Stages(Generic[Item, Fetched, Result]):
    """Two stages of threads: one that fetches, and one that works on what was fetched.

    Parameters
    ----------
    fetch
        Has what an item needs, for as long as its context is open; it is closed when the work is done.
    work
        Makes the result.
    tell
        Called with each item's end, on some thread.
    fetchers, workers
        Threads of each stage. The caller bounds how many items are under way.
    """

    def __init__(
        self,
        fetch: Callable[[Item], AbstractContextManager[Fetched]],
        work: Callable[[Item, Fetched], Result],
        tell: Callable[[Done[Item, Result]], None],
        *,
        fetchers: int,
        workers: int,
    ) -> None:
        self._fetch = fetch
        self._work = work
        self._tell = tell
        self._stop = threading.Event()
        self._fetchers = ThreadPoolExecutor(fetchers, thread_name_prefix="fetch")
        self._workers = ThreadPoolExecutor(workers, thread_name_prefix="analyse")

    def submit(self, item: Item) -> None:
        """Put an item on its way."""
        self._fetchers.submit(self._begin, item)

    def close(self) -> None:
        """Stop: what is under way is dropped with all that was fetched for it."""
        self._stop.set()
        # First those who hand on, then those who are handed to.
        self._fetchers.shutdown(wait=True, cancel_futures=True)
        self._workers.shutdown(wait=True)

    def _begin(self, item: Item) -> None:
        held = ExitStack()
        try:
            with stoppable(self._stop):
                self._check()
                fetched = held.enter_context(self._fetch(item))
        except BaseException as error:  # noqa: BLE001 - handed over to the calling thread as it is
            self._tell(Done(item, error))
        else:
            self._workers.submit(self._finish, item, held, fetched)

    def _finish(self, item: Item, held: ExitStack, fetched: Fetched) -> None:
        outcome: Result | BaseException
        try:
            with held, stoppable(self._stop):
                self._check()
                outcome = self._work(item, fetched)
        except BaseException as error:  # noqa: BLE001 - as above
            outcome = error
        self._tell(Done(item, outcome))

    def _check(self) -> None:
        if self._stop.is_set():
            raise CancelledError("stopped")


class Scout:
    """Asks a source what it offers, on a thread of its own, a bounded number of offers ahead.

    Parameters
    ----------
    offers
        Gives the offers when it is called.
    tell
        Called with each offer, and at the end with Ended.
    ahead
        Offers that may be told of before `took` says that they were taken care of.
    """

    def __init__(
        self,
        offers: Callable[[], Iterator[Track | TrackIssue]],
        tell: Callable[[Track | TrackIssue | Ended], None],
        *,
        ahead: int,
    ) -> None:
        self._offers = offers
        self._tell = tell
        self._room = threading.Semaphore(ahead)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="scout", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def took(self, count: int = 1) -> None:
        """Note that `count` offers were dealt with, which makes room for as many."""
        if count:
            self._room.release(count)

    def close(self) -> None:
        """Stop. A scout that waits for the network is left behind: it ends with its time-out."""
        self._stop.set()
        self._thread.join(_JOIN_SECONDS)

    def _run(self) -> None:
        error: BaseException | None = None
        try:
            with stoppable(self._stop):
                for offer in self._offers():
                    while not self._room.acquire(timeout=_STEP_SECONDS):
                        if self._stop.is_set():
                            return
                    self._tell(offer)
                    if self._stop.is_set():
                        return
        except BaseException as caught:  # noqa: BLE001 - handed over to the calling thread as it is
            error = caught
        finally:
            self._tell(Ended(error))


def drain(inbox: SimpleQueue[Result], *, most: int, wait: float) -> list[Result]:
    """What lies in a queue, up to a limit; waits for the first of it."""
    found: list[Result] = []
    try:
        found.append(inbox.get(timeout=wait))
        while len(found) < most:
            found.append(inbox.get_nowait())
    except Empty:
        pass
    return found

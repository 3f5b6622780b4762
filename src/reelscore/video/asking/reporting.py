"""What a user waits for and hears: the deadline of an analysis, and long calls that can be cancelled.

Every wait is cut into short steps, and each step asks the progress callback, so that a user who cancels
is heard at once and not after a minute of backing off.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

from reelscore.records import Progress, ProgressCallback

Result = TypeVar("Result")

# Between two questions whether the user has cancelled, seconds.
STEP_SECONDS = 0.2


class Deadline:
    """A moment that is not to be passed."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    @property
    def left(self) -> float:
        """Seconds that are left, never below 0."""
        return max(0.0, self._end - time.monotonic())


class TooLongError(Exception):
    """A call took longer than it may."""


class Reporter:
    """Progress to the user, and cancelling by the user.

    Parameters
    ----------
    progress
        May raise CancelledError, and then whatever asked stops.
    """

    def __init__(self, progress: ProgressCallback) -> None:
        self._progress = progress
        self._last = Progress(0.0, 1.0)
        self._begin, self._end = 0.0, 1.0

    def stage(self, begin: float, end: float) -> None:
        """What is said from now on is the share `begin`..`end` of the whole work."""
        self._begin, self._end = begin, end

    @property
    def span(self) -> tuple[float, float]:
        """The stage."""
        return self._begin, self._end

    def repeat(self, progress: Progress) -> None:
        """Say what another reporter said of the same stage."""
        self._last = progress
        self._progress(progress)

    def say(self, message: str, done: float = 0.0, total: float = 1.0) -> None:
        """Where the stage stands: `done` of `total`."""
        share = min(1.0, max(0.0, done / total)) if total > 0 else 0.0
        self._last = Progress(self._begin + (self._end - self._begin) * share, 1.0, message)
        self._progress(self._last)

    def ask(self) -> None:
        """The same step still: only to hear whether to stop."""
        self._progress(self._last)

    def wait(self, seconds: float) -> None:
        """Sleep, listening."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.ask()
            time.sleep(min(left, STEP_SECONDS))

    def during(
        self,
        call: Callable[[], Result],
        *,
        limit: float,
        position: Callable[[], tuple[float, float]] | None = None,
        leave: Callable[[], None] = lambda: None,
        grace: float = 0.0,
    ) -> Result:
        """Make a call that blocks, listening meanwhile.

        The call runs in a thread of its own. Who cancels is not kept waiting for it: the thread is left
        behind, and ends with the time-out of its call at the latest.

        Parameters
        ----------
        call
            Its result is returned, its exception raised.
        limit
            Seconds after which the call is given up.
        position
            How far it is, and how far it will go.
        leave, grace
            Called if the call is given up or the user cancels: it may tell the thread to stop, which
            then has so many seconds to do so.

        Raises
        ------
        TooLongError
            The call took longer than `limit`.
        """
        box: list[Result] = []
        failed: list[BaseException] = []
        over = threading.Event()

        def run() -> None:
            try:
                box.append(call())
            except BaseException as error:  # noqa: BLE001 - handed over to the waiting thread as it is
                failed.append(error)
            finally:
                over.set()

        threading.Thread(target=run, name="gemini-call", daemon=True).start()
        end = time.monotonic() + limit
        try:
            while not over.wait(max(0.0, min(STEP_SECONDS, end - time.monotonic()))):
                if time.monotonic() >= end:
                    raise TooLongError
                if position is not None:
                    self.say(self._last.message, *position())
                else:
                    self.ask()
        except BaseException:
            leave()
            over.wait(grace)
            raise
        if failed:
            raise failed[0]
        return box[0]

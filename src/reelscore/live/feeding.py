"""A source that is read beside the set: what comes too late is dropped; one that is gone is tried again.

Files and addresses are opened in a child process, so that no stream can end the set.
"""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from reelscore.children.streaming import stream_from_child
from reelscore.errors import CancelledError, ReelscoreError, TransientSourceError, UnreadableMediaError
from reelscore.limits import LIVE
from reelscore.live.inputs import Picture, Piece, Source, paced, pieces_of
from reelscore.net.waiting import stoppable

OnEvent = Callable[[Mapping[str, Any]], object]

# Nothing waits longer than this, and nothing older is looked at.
LATEST_SECONDS = 1.0
_FIRST_WAIT, _LONGEST_WAIT = 1.0, 30.0
# How often a reader that waits for the next piece checks whether it should stop.
_LOOK_UP_SECONDS = 0.25
# How many pieces are buffered if the source is not played in real time.
_MOST_WAITING = 64


class Feed:
    """The pieces of a source as they come; iterate once.

    Parameters
    ----------
    speed
        How many times as fast as it is a file is played; 0: as fast as it is taken, and nothing is dropped.
    on_event
        Called with an event when the source opens or is gone.
    views
        Whether a picture comes with a view now and then, as `pieces_of` says.
    wait
        How long a source that is gone is left alone first, seconds; doubled each time.
    """

    def __init__(
        self,
        source: Source,
        hosts: frozenset[str],
        *,
        speed: float = 1.0,
        on_event: OnEvent = lambda event: None,
        views: bool = False,
        wait: float = _FIRST_WAIT,
    ) -> None:
        self._source = source
        self._hosts = hosts
        self._speed = speed
        self._views = views
        self._on_event = on_event
        self._first_wait = wait
        self._pieces: deque[tuple[float, Piece]] = deque()
        self._changed = threading.Condition()
        self._stopped = threading.Event()
        self._over = False
        self._error: ReelscoreError | None = None
        self._begin = time.monotonic()
        self._least_lag = float("inf")
        self.late = 0  # pictures that were dropped
        self._thread = threading.Thread(target=self._read, name="live-source", daemon=True)

    @property
    def elapsed(self) -> float:
        """Seconds of the stream since its first piece came, by the clock of this machine."""
        return (time.monotonic() - self._begin) * (self._speed or 1.0)

    def __iter__(self) -> Iterator[Piece | None]:
        """Each piece, and None if none came for a while.

        Raises
        ------
        SourceError
            The source cannot be read, and does not come back.
        """
        self._begin = time.monotonic()
        self._thread.start()
        while True:
            with self._changed:
                if not self._pieces and not self._over:
                    self._changed.wait(_LOOK_UP_SECONDS)
                found = self._pieces.popleft() if self._pieces else None
                self._changed.notify_all()
                if found is None and self._over:
                    break
            if found is None:
                yield None
            elif self._is_late(found[0]) and isinstance(found[1], Picture):
                self.late += 1
            else:
                yield found[1]
        if self._error is not None:
            raise self._error

    def stop(self) -> None:
        """Read no more; what waits is dropped."""
        self._stopped.set()
        with self._changed:
            self._pieces.clear()
            self._over = True
            self._changed.notify_all()

    def _is_late(self, came: float) -> bool:
        return bool(self._speed) and time.monotonic() - came > LATEST_SECONDS

    def _read(self) -> None:
        try:
            with stoppable(self._stopped):
                self._read_on()
        finally:
            with self._changed:
                self._over = True
                self._changed.notify_all()

    def _read_on(self) -> None:
        begin, wait = 0.0, self._first_wait
        while not self._stopped.is_set():
            reason = "it ended"
            try:
                for number, piece in enumerate(self._opened(begin)):
                    if number == 0:
                        wait = self._first_wait
                        if begin == 0.0:
                            self._begin = time.monotonic() - piece.time / (self._speed or 1.0)
                        self._on_event({"event": "source", "state": "open", "source": self._source.shown})
                    if not self._put(piece):
                        return
            except CancelledError:
                return
            except (TransientSourceError, UnreadableMediaError) as error:
                reason = str(error)
                self._error = None if self._source.is_endless else error
            except ReelscoreError as error:
                self._error = error
                break
            if not self._source.is_endless:
                break
            self._on_event({"event": "source", "state": "gone", "why": reason, "again_in": wait})
            self._stopped.wait(wait)
            wait = min(_LONGEST_WAIT, 2.0 * wait)
            begin, self._least_lag = self.elapsed, float("inf")

    def _opened(self, begin: float) -> Iterator[Piece]:
        asked = self._source, self._hosts, begin, self._views
        if self._source.kind in ("pipe", "device") or os.name != "posix":
            # What a child had taken of a pipe would be gone with it, and some systems' devices bear no fork.
            return pieces_of(*asked)
        pieces = stream_from_child(pieces_of, *asked, name=self._source.shown, limits=LIVE)
        if self._source.kind == "file" and self._speed:
            return paced(pieces, self._speed, pause=self._stopped.wait)
        return pieces

    def _has_fallen_behind(self, picture: Picture) -> bool:
        """Whether a picture comes later than those before it did; the decoder may be too slow for it."""
        lag = self.elapsed - picture.time
        self._least_lag = min(self._least_lag, lag)
        return lag - self._least_lag > LATEST_SECONDS * self._speed

    def _put(self, piece: Piece) -> bool:
        if self._speed and isinstance(piece, Picture) and self._has_fallen_behind(piece):
            self.late += 1
            return True
        with self._changed:
            if self._speed:
                while self._pieces and self._is_late(self._pieces[0][0]):
                    self.late += isinstance(self._pieces.popleft()[1], Picture)
            else:
                while len(self._pieces) >= _MOST_WAITING and not self._over:
                    self._changed.wait(_LOOK_UP_SECONDS)
            if self._over:
                return False
            self._pieces.append((time.monotonic(), piece))
            self._changed.notify_all()
        return True

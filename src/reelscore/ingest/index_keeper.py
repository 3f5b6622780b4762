"""Keeps the indexes in step during a long run, so that what is written is found while the run goes on."""

from __future__ import annotations

import logging
import threading
import time

from reelscore.errors import StorageError
from reelscore.library.index_sync import update_indexes
from reelscore.wiring import Wiring

log = logging.getLogger(__name__)

_ROUND_SONGS = 256  # added songs that are worth a round
_ROUND_SECONDS = 20.0  # or fewer, after this long


class IndexKeeper:
    """Writes to the indexes on a thread of its own: the run need not wait for the approximate index."""

    def __init__(self, wiring: Wiring) -> None:
        self._wiring = wiring
        self._written = 0  # songs since the last round
        self._last = time.monotonic()
        self._thread: threading.Thread | None = None
        self._error: BaseException | None = None

    def nudge(self, songs: int) -> None:
        """Note that `songs` more songs were written to SQL."""
        self._written += songs
        if self._thread is not None and self._thread.is_alive():
            return
        self._reap()
        late = time.monotonic() - self._last > _ROUND_SECONDS
        if self._written >= _ROUND_SONGS or (self._written and late):
            self._written = 0
            self._last = time.monotonic()
            self._thread = threading.Thread(target=self._round, name="index-keeper", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Wait for the round that is under way. The caller brings the rest up to date."""
        if self._thread is not None:
            self._thread.join()
        self._reap()

    def _round(self) -> None:
        try:
            update_indexes(self._wiring)
        except StorageError as error:
            # SQL has the songs, marked as pending: a later round, or the end of the run, tries again.
            log.warning("the index is behind, and the run goes on: %s", error)
        except BaseException as error:  # noqa: BLE001 - raised on the thread of the run
            self._error = error

    def _reap(self) -> None:
        error, self._error, self._thread = self._error, None, None
        if error is not None:
            raise error

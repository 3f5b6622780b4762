"""Reading ahead: what an iterator gives is made in a thread of its own while the taker works on what came.

The decoder works outside Python's lock, so two cores are kept busy where one would wait for the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import Generic, TypeVar

Item = TypeVar("Item")

# Handed over in blocks: to wake the other thread for each single one costs more than it gains.
_BLOCK = 8
_BLOCKS_AHEAD = 4
# How soon a maker whose taker has gone away looks up, seconds.
_LOOK_UP = 0.05


class ReadAhead(Generic[Item]):
    """Iterate once; the order and the items are those of the source, errors of the source included.

    `block`: how many items are handed over at once; up to six times as many are held. Nothing is made before
    the first item is asked for. Close it before what the source reads from is closed,
    or else the thread would read from what is gone.
    """

    def __init__(self, source: Iterator[Item], *, block: int = _BLOCK) -> None:
        self._source = source
        self._block = block
        self._blocks: Queue[tuple[list[Item], BaseException | None, bool]] = Queue(_BLOCKS_AHEAD)
        self._stopped = Event()
        self._thread: Thread | None = None

    def __iter__(self) -> Iterator[Item]:
        if self._thread is not None:
            raise RuntimeError("what was read ahead can be iterated once")
        self._thread = Thread(target=self._make, name="read-ahead", daemon=True)
        self._thread.start()
        while True:
            items, error, last = self._blocks.get()
            yield from items
            if error is not None:
                raise error
            if last:
                return

    def close(self) -> None:
        """Stop, and wait until the source is left alone."""
        self._stopped.set()
        if self._thread is None:
            return
        while self._thread.is_alive():
            with suppress(Empty):  # room for a block that the thread is about to hand over
                self._blocks.get_nowait()
            self._thread.join(_LOOK_UP)

    def _make(self) -> None:
        items: list[Item] = []
        error: BaseException | None = None
        try:
            for item in self._source:
                items.append(item)
                if len(items) == self._block:
                    if not self._hand_over(items):
                        return
                    items = []
        except BaseException as raised:  # noqa: BLE001 - whatever it is, the taker gets it
            error = raised
        self._hand_over(items, error, last=True)

    def _hand_over(
        self, items: list[Item], error: BaseException | None = None, *, last: bool = False
    ) -> bool:
        while not self._stopped.is_set():
            with suppress(Full):
                self._blocks.put((items, error, last), timeout=_LOOK_UP)
                return True
        return False

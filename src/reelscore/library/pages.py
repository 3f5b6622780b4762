"""Pages of the library, cut out of orders that are kept for a while."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass

from reelscore.catalog.browsing import ID_BYTES, unpack_ids
from reelscore.catalog.store import Catalog
from reelscore.errors import InvalidInputError
from reelscore.filters.table import NO_FILTERS, Filters

# Orders that are kept: 1.6 MB each for 100,000 songs.
_KEPT = 8
# Whether songs came or went is asked for each page; a changed title is seen after this many seconds.
_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class _Order:
    ids: bytes
    stamp: tuple[int, str]
    read_at: float


class Orders:
    """Reads pages of a catalogue; safe to use from several threads."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, str, Filters], _Order] = OrderedDict()

    def page(
        self,
        *,
        search: str | None = None,
        sort: str = "title",
        filters: Filters = NO_FILTERS,
        offset: int = 0,
        limit: int = 50,
    ) -> tuple[list[str], int]:
        """The ids of one page, and how many songs match in all.

        Raises
        ------
        UnknownNameError
            There is no such order.
        InvalidInputError
            The page makes no sense.
        """
        if offset < 0 or limit < 1:
            raise InvalidInputError(
                f"offset must be at least 0 and limit at least 1, not {offset} and {limit}"
            )
        ids = self._order(search or "", sort, filters).ids
        return unpack_ids(ids, range(offset, offset + limit)), len(ids) // ID_BYTES

    def _order(self, search: str, sort: str, filters: Filters) -> _Order:
        key = (search, sort, filters)
        stamp = self._catalog.library_stamp()
        with self._lock:
            kept = self._kept.get(key)
            if kept and kept.stamp == stamp and time.monotonic() - kept.read_at < _SECONDS:
                self._kept.move_to_end(key)
                return kept
        ids = self._catalog.ordered_ids(search=search, sort=sort, filters=filters)
        order = _Order(ids, stamp, time.monotonic())
        with self._lock:
            self._kept[key] = order
            self._kept.move_to_end(key)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return order

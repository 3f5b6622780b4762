"""Pages of the library, cut out of orders that are kept for a while."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass

from reelscore.catalog.browsing import ID_BYTES, places_of_page, unpack_ids
from reelscore.catalog.store import Catalog
from reelscore.filters.table import NO_FILTERS, Filters

# Orders that are kept: 1.6 MB each for 100,000 songs.
_KEPT = 8
# Of so many songs, pages up to there are read by themselves: an order of a million takes seconds.
_MANY_SONGS, _NEAR = 20_000, 500
# Whether songs came or went is asked for each page; a changed title is seen after this many seconds.
_SECONDS = 60.0

_Key = tuple[str, str, Filters]  # what is searched for, the order, and the filters


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
        self._kept: OrderedDict[_Key, _Order] = OrderedDict()

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
        places, key = places_of_page(offset, limit), (search or "", sort, filters)
        stamp = self._catalog.library_stamp()
        ids = self._kept_order(key, stamp)
        # What a filter looks at costs as much for a page as for the order.
        if ids is None and stamp[0] > _MANY_SONGS and places.stop <= _NEAR and filters == NO_FILTERS:
            ids, total = self._catalog.first_of_order(places.stop, search=search, sort=sort)
        else:
            ids = self._read(key, stamp) if ids is None else ids
            total = len(ids) // ID_BYTES
        return unpack_ids(ids, places), total

    def _kept_order(self, key: _Key, stamp: tuple[int, str]) -> bytes | None:
        with self._lock:
            kept = self._kept.get(key)
            if kept is None or kept.stamp != stamp or time.monotonic() - kept.read_at >= _SECONDS:
                return None
            self._kept.move_to_end(key)
            return kept.ids

    def _read(self, key: _Key, stamp: tuple[int, str]) -> bytes:
        search, sort, filters = key
        ids = self._catalog.ordered_ids(search=search, sort=sort, filters=filters)
        with self._lock:
            self._kept[key] = _Order(ids, stamp, time.monotonic())
            self._kept.move_to_end(key)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return ids

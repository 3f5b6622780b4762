"""What the parts of the store share."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import TypeVar

from sqlalchemy import Engine

Item = TypeVar("Item")

# Ids in one IN (...) list: below the limit on variables of every SQLite (32,766 since 3.32).
CHUNK = 5_000


class Store:
    """A part of the catalogue; all parts share one engine."""

    _engine: Engine


def chunks(items: Collection[Item], size: int = CHUNK) -> Iterator[Sequence[Item]]:
    """The items in pieces of at most `size`."""
    everything = list(items)
    for start in range(0, len(everything), size):
        yield everything[start : start + size]

"""The index of a space that another process owns, and searches for this one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from reelscore.errors import StorageError
from reelscore.filters.facets import Clause
from reelscore.index.base import VectorIndex
from reelscore.index.checks import Point, hits_of
from reelscore.records import FloatArray, IndexInfo

AskOwner = Callable[..., Any]  # space, method and arguments -> what the owner's index gives, or raises


class IndexProxy(VectorIndex):
    """An index whose every call is done by its owner.

    Parameters
    ----------
    ask
        Takes the space, the name of a method and its arguments to the owner, which calls `do_for_other`.
    """

    def __init__(self, ask: AskOwner, space: str, dim: int) -> None:
        self.name = space
        self.dim = dim
        self._ask = ask

    def upsert(
        self, ids: Sequence[str], vectors: FloatArray, payloads: Sequence[Mapping[str, Any]] | None = None
    ) -> None:
        """Write vectors (n, dim) and facets under song ids."""
        self._ask(self.name, "upsert", ids, vectors, payloads)

    def _nearest(
        self, queries: Sequence[FloatArray], limit: int, demands: Collection[Clause], hidden: Collection[str]
    ) -> Sequence[Iterable[Point]]:
        found: Sequence[Iterable[Point]] = self._ask(self.name, "_nearest", queries, limit, demands, hidden)
        return found

    def count(self) -> int:
        """About how many songs there are."""
        return int(self._ask(self.name, "count"))

    def delete(self, ids: Sequence[str]) -> None:
        """Remove songs."""
        self._ask(self.name, "delete", ids)

    def ids(self) -> set[str]:
        """Every song id in the collection."""
        return set(self._ask(self.name, "ids"))

    def info(self) -> IndexInfo:
        """Counts and health."""
        info: IndexInfo = self._ask(self.name, "info")
        return info

    def optimize(self) -> None:
        """Build the approximate index."""
        self._ask(self.name, "optimize")

    def clear(self) -> None:
        """Remove every song."""
        self._ask(self.name, "clear")

    def flush(self) -> None:
        """Make what was written survive a power cut."""
        self._ask(self.name, "flush")

    def close(self) -> None:
        """Ask no more; the owner goes on with it."""
        self._ask = _closed


def _closed(space: str, *_: Any) -> Any:
    raise StorageError(f"the index of {space} is closed")


def do_for_other(index: VectorIndex, method: str, *arguments: Any) -> Any:
    """What an index gives to an `IndexProxy`, as what can be sent."""
    found = getattr(index, method)(*arguments)
    if method != "_nearest":
        return found
    return [hits_of(points) for points in found]

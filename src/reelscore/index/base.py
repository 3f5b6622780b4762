"""The contract of every vector index: cosine search over unit vectors, one collection for each space."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from reelscore.errors import StorageError
from reelscore.filters.facets import Clause, clauses
from reelscore.filters.table import Filters
from reelscore.index.checks import Point, best_hits, canonical_ids, check_query
from reelscore.records import FloatArray, Hit, IndexInfo


class OtherLayoutError(StorageError):
    """There is a collection of this name, made for other vectors: it cannot be used, only made anew."""


class VectorIndex(ABC):
    """One collection of song vectors. SQL is the truth: an index can be dropped and refilled.

    Every method raises StorageError if the engine fails, and LibraryBusyError if another process owns the
    collection.
    """

    name: str
    dim: int

    @abstractmethod
    def upsert(
        self, ids: Sequence[str], vectors: FloatArray, payloads: Sequence[Mapping[str, Any]] | None = None
    ) -> None:
        """Write vectors (n, dim) under song ids (UUID strings); an id that exists is replaced.

        `payloads` are the facets of the songs (see `reelscore.filters.facets`), in the same order. A
        song without them passes no filter but those that leave songs out.
        """

    def search(
        self,
        vector: FloatArray,
        limit: int,
        *,
        exclude: Collection[str] = (),
        where: Filters | None = None,
    ) -> list[Hit]:
        """The `limit` nearest songs to `vector` (dim,), best first; ties are ordered by id.

        With `where`, of the songs that pass, and then exactly the nearest, however many there are.
        """
        return self.search_batch(np.asarray(vector)[None], limit, exclude=exclude, where=where)[0]

    def search_batch(
        self,
        vectors: FloatArray,
        limit: int,
        *,
        exclude: Collection[str] = (),
        where: Filters | None = None,
    ) -> list[list[Hit]]:
        """What `search` gives for each row of `vectors` (n, dim), in one call of the engine if it has one."""
        queries = [check_query(vector, limit, self.dim) for vector in vectors]
        demands, hidden = clauses(where) if where else (), canonical_ids(exclude) if exclude else ()
        found = self._nearest(queries, limit, demands, hidden)
        return [best_hits(points, limit) for points in found]

    @abstractmethod
    def _nearest(
        self, queries: Sequence[FloatArray], limit: int, demands: Collection[Clause], hidden: Collection[str]
    ) -> Sequence[Iterable[Point]]:
        """For each query, the nearest points that meet all demands, without the hidden ones.

        They are `limit` and those that equal the last one, or all that there are.
        """

    @abstractmethod
    def count(self) -> int:
        """About how many songs there are, quickly; 0 only if there is none."""

    @abstractmethod
    def delete(self, ids: Sequence[str]) -> None:
        """Remove songs; unknown ids are ignored."""

    @abstractmethod
    def ids(self) -> set[str]:
        """Every song id in the collection."""

    @abstractmethod
    def info(self) -> IndexInfo:
        """Counts and health."""

    @abstractmethod
    def optimize(self) -> None:
        """Build the approximate index over what was added since; blocks, searching goes on meanwhile."""

    @abstractmethod
    def clear(self) -> None:
        """Remove every song."""

    @abstractmethod
    def flush(self) -> None:
        """Make what was written survive a power cut; a killed process loses nothing even without it."""

    @abstractmethod
    def close(self) -> None:
        """Flush and release the collection; safe to call twice."""

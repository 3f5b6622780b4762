"""Exact cosine search over vectors that are held in memory: for tests and for small searches."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from reelscore.errors import StorageError
from reelscore.filters.facets import FACETS_VERSION, VERSION_FIELD, Clause, matches
from reelscore.index.base import VectorIndex
from reelscore.index.checks import Point, canonical_ids, check_collection, check_payloads, check_points
from reelscore.records import FloatArray, Hit, IndexInfo


class MemoryIndex(VectorIndex):
    """A collection that lives as long as the process. It scores every song, so it is exact.

    Safe to use from several threads.
    """

    def __init__(self, name: str, dim: int) -> None:
        check_collection(name, dim)
        self.name = name
        self.dim = dim
        self._points: dict[str, FloatArray] = {}
        self._payloads: dict[str, Mapping[str, Any]] = {}
        self._table: tuple[list[str], FloatArray] | None = None  # ids in order and their rows, until a write
        self._lock = threading.RLock()
        self._closed = False

    def upsert(
        self, ids: Sequence[str], vectors: FloatArray, payloads: Sequence[Mapping[str, Any]] | None = None
    ) -> None:
        """Write vectors (n, dim) and facets under song ids; an id that exists is replaced."""
        points = check_points(ids, vectors, self.dim)
        facets = check_payloads(ids, payloads)
        with self._opened():
            self._points |= points
            self._payloads |= facets
            self._table = None

    def _nearest(
        self, queries: Sequence[FloatArray], limit: int, demands: Collection[Clause], hidden: Collection[str]
    ) -> Sequence[Iterable[Point]]:
        with self._opened():
            if self._table is None:
                known = sorted(self._points)
                rows = [self._points[song] for song in known]
                self._table = known, np.stack(rows) if rows else np.zeros((0, self.dim), np.float32)
            songs, matrix = self._table
            payloads = self._payloads
        shown = [song not in hidden and matches(payloads.get(song, {}), demands) for song in songs]
        answers = []
        for query in queries:
            # Not `matrix @ query`: BLAS rounds a row by its place in it, so equal songs would not tie.
            scores = np.einsum("ij,j->i", matrix, query)
            answers.append([Hit(songs[place], float(scores[place])) for place in np.flatnonzero(shown)])
        return answers

    def count(self) -> int:
        """How many songs there are."""
        with self._opened():
            return len(self._points)

    def delete(self, ids: Sequence[str]) -> None:
        """Remove songs; unknown ids are ignored."""
        with self._opened():
            for song in canonical_ids(ids):
                self._points.pop(song, None)
                self._payloads.pop(song, None)
            self._table = None

    def ids(self) -> set[str]:
        """Every song id in the collection."""
        with self._opened():
            return set(self._points)

    def info(self) -> IndexInfo:
        """Counts and health."""
        with self._opened():
            current = sum(
                facets.get(VERSION_FIELD) == str(FACETS_VERSION) for facets in self._payloads.values()
            )
            points = len(self._points)
        return IndexInfo(name=self.name, points=points, indexed=0, status="green", filterable=current)

    def optimize(self) -> None:
        """Nothing to do: every search is exact."""

    def clear(self) -> None:
        """Remove every song."""
        with self._opened():
            self._points.clear()
            self._payloads.clear()
            self._table = None

    def flush(self) -> None:
        """Nothing to do: nothing here outlives the process."""

    def close(self) -> None:
        """Forget everything; safe to call twice."""
        with self._lock:
            self._closed = True
            self._points = {}
            self._payloads = {}
            self._table = None

    def _opened(self) -> threading.RLock:
        if self._closed:
            raise StorageError(f"the index of {self.name} is closed")
        return self._lock

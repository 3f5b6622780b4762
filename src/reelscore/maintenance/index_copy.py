"""Move the vectors of a library between Qdrant Edge and a Qdrant server, and prove that they arrived.

SQL is the truth, so the vectors and facets are those that SQL holds; the other index only shows whether the
answers stay what they were.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from reelscore.catalog.store import Catalog
from reelscore.filters.table import Filters
from reelscore.index.base import VectorIndex
from reelscore.library.backfill import refresh_facets
from reelscore.library.index_sync import complete_index, note_place, open_index
from reelscore.records import FloatArray, Hit, ProgressCallback, ignore_progress
from reelscore.wiring import Wiring

QUERIES = 50
LIMIT = 20
# Two engines add up a cosine in another order; songs nearer to each other than this may change places.
TOLERANCE = 1e-5
# Every song passes it, and a search with a filter is exact, also if an approximate index is there.
_EXACTLY = Filters(not_tags=("no tag is called like this",))


@dataclass(frozen=True, slots=True)
class IndexCopyReport:
    """What came of copying one space."""

    space: str
    vectors: int  # in SQL
    written: int
    removed: int  # were in the target, and in SQL no more
    source_points: int
    target_points: int
    filterable: int  # points of the target that filters know
    queries: int  # vectors of songs that both were asked with
    agreeing: int  # of them, those that both answered alike
    largest_difference: float  # between two scores of the same song
    seconds: float

    @property
    def ok(self) -> bool:
        """Whether the target holds all of SQL, and answers as the source does."""
        complete = self.vectors == self.target_points == self.filterable
        return complete and self.agreeing == self.queries

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {**asdict(self), "seconds": round(self.seconds, 1), "ok": self.ok}


def copy_indexes(
    source: Wiring, target: Wiring, progress: ProgressCallback = ignore_progress
) -> list[IndexCopyReport]:
    """Fill the indexes of one library from the SQL of that library, and compare them with those of another.

    Parameters
    ----------
    source
        The library as it is now; its indexes are brought up to date first.
    target
        The same library with the other index, and with the same database or a copy of it.
    """
    refresh_facets(target)
    reports = []
    for space in source.embedders.spaces:
        index = target.index(space)
        reports.append(copy_index(target.catalog, open_index(source, space), index, progress=progress))
        note_place(target, space)
    return reports


def copy_index(
    catalog: Catalog,
    source: VectorIndex,
    target: VectorIndex,
    *,
    progress: ProgressCallback = ignore_progress,
) -> IndexCopyReport:
    """Make `target` hold the vectors of its space that SQL holds, then ask both the same.

    What SQL does not have goes out of the target. If `progress` raises CancelledError, what was written
    until then stays, and another run completes it.

    Raises
    ------
    StorageError
        The database or an index failed.
    """
    began = time.perf_counter()
    written, removed = complete_index(catalog, target, rewrite=True, progress=progress)
    target.optimize()
    asked = agreeing = 0
    largest = 0.0
    for vector in _samples(catalog, target.name, QUERIES):
        asked += 1
        alike, difference = compare_answers(
            source.search(vector, LIMIT, where=_EXACTLY), target.search(vector, LIMIT, where=_EXACTLY)
        )
        agreeing += alike
        largest = max(largest, difference)
    there = target.info()
    return IndexCopyReport(
        space=target.name,
        vectors=catalog.vector_count(target.name),
        written=written,
        removed=removed,
        source_points=source.info().points,
        target_points=there.points,
        filterable=there.filterable,
        queries=asked,
        agreeing=agreeing,
        largest_difference=largest,
        seconds=time.perf_counter() - began,
    )


def compare_answers(one: list[Hit], other: list[Hit]) -> tuple[bool, float]:
    """Whether two answers are alike, and the largest difference between two scores of the same song.

    Alike: as many songs, place by place with the same score within `TOLERANCE`, and the same songs but for
    those that lie so near to the last score that either may fall off the end.
    """
    scores = {hit.id: hit.score for hit in one}
    largest = max((abs(hit.score - scores[hit.id]) for hit in other if hit.id in scores), default=0.0)
    if len(one) != len(other):
        return False, largest
    if not one:
        return True, 0.0
    last = max(one[-1].score, other[-1].score) + TOLERANCE
    single = scores.keys() ^ {hit.id for hit in other}
    alike = (
        np.allclose([hit.score for hit in one], [hit.score for hit in other], rtol=0.0, atol=TOLERANCE)
        and largest <= TOLERANCE
        and all(hit.score <= last for hit in (*one, *other) if hit.id in single)
    )
    return alike, largest


def _samples(catalog: Catalog, space: str, count: int) -> Iterator[FloatArray]:
    """Vectors of songs from all over the library."""
    every = sorted(catalog.track_ids(space))
    chosen = every[:: max(1, len(every) // count)][:count] if count else []
    for _, vectors in catalog.track_vectors(space, chosen):
        yield from (vector for vector in vectors if vector.any())

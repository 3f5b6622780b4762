"""A Qdrant server: one collection for each space, which several processes may use at once."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

from qdrant_client import QdrantClient
from qdrant_client import models as wire

from reelscore.errors import StorageError, TransientStorageError
from reelscore.filters.facets import Clause
from reelscore.index.base import VectorIndex
from reelscore.index.checks import Point, canonical_ids, check_collection, check_payloads, check_points
from reelscore.index.conditions import CURRENT, find_with_equals, points_filter
from reelscore.index.qdrant.collection import SERVER, prepare_collection
from reelscore.index.qdrant.connection import Connection, MissingCollectionError
from reelscore.records import FloatArray, IndexInfo

Result = TypeVar("Result")

# As in Qdrant Edge: below this many vectors an exact search is quick enough.
APPROXIMATE_FROM = 50_000

_BEAM = 256  # candidates that the approximate search keeps
_SCROLL = 5_000  # ids in one page
_JSON_BYTES = 21  # of one number of a vector, at most
# For so long the number of points is not asked again, which only decides between two ways to search.
_COUNT_SECONDS = 20.0


class ServerIndex(VectorIndex):
    """A collection on a Qdrant server; it is made on first use if it is missing.

    Searches are exact below `approximate_from` vectors, wherever a tenth of the collection or more is asked
    for, and with a filter; scores are exact always, also if int8 copies are searched. Safe to use from
    several threads and processes. The server builds the approximate index by itself.

    Parameters
    ----------
    connection
        To the server; whoever made it closes it.
    name, dim
        The space, and the length of its vectors. The collection is called `prefix + name`.
    on_missing
        Called when somebody else dropped the collection; an empty one is there by then.
    """

    def __init__(
        self,
        connection: Connection,
        name: str,
        dim: int,
        *,
        approximate_from: int = APPROXIMATE_FROM,
        on_missing: Callable[[], object] = lambda: None,
    ) -> None:
        check_collection(name, dim)
        self.name = name
        self.dim = dim
        self.collection = connection.options.prefix + name
        self._connection = connection
        self._approximate_from = approximate_from
        self._on_missing = on_missing
        self._lock = threading.RLock()
        self._ready = False  # whether the collection is known to be there, and as it should be
        self._counted: tuple[float, int] | None = None  # when, and how many points
        self._closed = False

    def upsert(
        self, ids: Sequence[str], vectors: FloatArray, payloads: Sequence[Mapping[str, Any]] | None = None
    ) -> None:
        """Write vectors (n, dim) and facets under song ids; an id that exists is replaced."""
        points = check_points(ids, vectors, self.dim)
        facets = check_payloads(ids, payloads)
        for songs in self._batches(points, facets):
            batch = wire.Batch(
                ids=[*songs],
                vectors=[points[song].tolist() for song in songs],
                payloads=[dict(facets[song]) for song in songs],
            )
            self._call(partial(self._write, batch=batch))

    def _nearest(
        self, queries: Sequence[FloatArray], limit: int, demands: Collection[Clause], hidden: Collection[str]
    ) -> Sequence[Iterable[Point]]:
        # TransientStorageError if somebody dropped the collection: no songs would be a wrong answer.
        chosen = points_filter(SERVER, demands, hidden)

        def look(places: Sequence[int], ask: int, exact: bool) -> list[Sequence[wire.ScoredPoint]]:
            requests = [
                wire.QueryRequest(
                    query=queries[place].tolist(),
                    filter=chosen,
                    params=self._search_params(ask, exact),
                    limit=ask,
                    with_payload=False,
                )
                for place in places
            ]
            answers = self._call(
                lambda client: client.query_batch_points(self.collection, requests), for_an_answer=True
            )
            return [answer.points for answer in answers]

        # With a filter the count decides nothing.
        points = 0 if demands else self.count()
        return find_with_equals(
            look,
            len(queries),
            limit,
            points=points,
            filtered=bool(demands),
            approximate_from=self._approximate_from,
        )

    def count(self) -> int:
        """How many songs there are, or were a moment ago."""
        counted = self._counted
        if counted is None or not counted[1] or time.monotonic() - counted[0] > _COUNT_SECONDS:
            points = self._call(
                lambda client: client.count(self.collection, exact=False).count, for_an_answer=True
            )
            counted = self._counted = (time.monotonic(), points)
        return counted[1]

    def delete(self, ids: Sequence[str]) -> None:
        """Remove songs; unknown ids are ignored."""
        songs = sorted(canonical_ids(ids))
        for start in range(0, len(songs), _SCROLL):
            some = wire.PointIdsList(points=[*songs[start : start + _SCROLL]])
            self._call(partial(self._remove, some=some))

    def ids(self) -> set[str]:
        """Every song id in the collection, read page by page while others may write."""
        found: set[str] = set()
        page: Any = None
        while True:
            records, page = self._call(partial(self._page, begin=page))
            found.update(str(record.id) for record in records)
            if page is None:
                return found

    def info(self) -> IndexInfo:
        """Counts and health; "yellow" while the server is still optimising."""
        current = points_filter(SERVER, [CURRENT])
        state, points, filterable = self._call(
            lambda client: (
                client.get_collection(self.collection),
                client.count(self.collection).count,
                client.count(self.collection, count_filter=current).count,
            )
        )
        status = str(state.status.value)
        return IndexInfo(
            name=self.name,
            points=points,
            indexed=min(points, state.indexed_vectors_count or 0),
            status=status if status in ("green", "red") else "yellow",
            filterable=filterable,
        )

    def optimize(self) -> None:
        """Nothing to do: the server does this by itself, in the background."""

    def clear(self) -> None:
        """Remove every song."""
        self.drop()
        self._call(lambda client: None)

    def drop(self) -> None:
        """Remove the collection, whatever it holds; the next use makes an empty one."""
        with self._opened():
            self._connection.call(lambda client: client.delete_collection(self.collection))
            self._ready = False
            self._counted = None

    def flush(self) -> None:
        """Nothing to do: a write returns when the server has it in its write-ahead log."""
        self._opened()

    def close(self) -> None:
        """Use it no more; safe to call twice."""
        self._closed = True

    # --- calls ---------------------------------------------------------------------------------------

    def _opened(self) -> threading.RLock:
        if self._closed:
            raise StorageError(f"the index of {self.name} is closed")
        return self._lock

    def _call(self, work: Callable[[QdrantClient], Result], *, for_an_answer: bool = False) -> Result:
        """Call the server with the collection there; also if another process dropped it meanwhile."""
        self._ensure()
        try:
            return self._connection.call(work)
        except MissingCollectionError:
            self._ready = False
            self._ensure()
            self._on_missing()
            if for_an_answer:
                raise TransientStorageError(
                    f"somebody removed the collection {self.collection} from the Qdrant server; "
                    "it is filled again with the next question"
                ) from None
            return self._connection.call(work)

    def _ensure(self) -> None:
        with self._opened():
            if not self._ready:
                prepare_collection(self._connection, self.collection, self.name, self.dim)
                self._ready = True

    def _batches(
        self, points: Mapping[str, FloatArray], facets: Mapping[str, Mapping[str, Any]]
    ) -> Iterator[list[str]]:
        """The ids of each write, which is bounded in points and in bytes."""
        options = self._connection.options
        batch: list[str] = []
        size = 0
        for song in points:
            weight = self.dim * _JSON_BYTES + len(json.dumps(facets[song])) + 100
            if batch and (len(batch) >= options.batch_points or size + weight > options.batch_bytes):
                yield batch
                batch, size = [], 0
            batch.append(song)
            size += weight
        if batch:
            yield batch

    def _write(self, client: QdrantClient, batch: wire.Batch) -> None:
        client.upsert(self.collection, batch, wait=True)

    def _remove(self, client: QdrantClient, some: wire.PointIdsList) -> None:
        client.delete(self.collection, some, wait=True)

    def _page(self, client: QdrantClient, begin: Any) -> tuple[list[wire.Record], Any]:
        return client.scroll(
            self.collection, limit=_SCROLL, offset=begin, with_payload=False, with_vectors=False
        )

    def _search_params(self, ask: int, exact: bool) -> wire.SearchParams:
        if exact:
            return wire.SearchParams(exact=True)  # of the vectors themselves, whether there are copies or not
        options = self._connection.options
        copies = wire.QuantizationSearchParams(rescore=True, oversampling=options.oversampling)
        return wire.SearchParams(hnsw_ef=max(_BEAM, ask), quantization=copies if options.quantized else None)

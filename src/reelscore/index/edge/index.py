"""Qdrant Edge: the server's engine inside the process, one shard folder for each space."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import qdrant_edge as engine

from reelscore.errors import LibraryBusyError, ReelscoreError, StorageError
from reelscore.files import INDEX_BYTES, allocate, check_room
from reelscore.filters.facets import Clause
from reelscore.index.base import VectorIndex
from reelscore.index.checks import Point, canonical_ids, check_collection, check_payloads, check_points
from reelscore.index.conditions import CURRENT, points_filter
from reelscore.index.edge import builder
from reelscore.index.edge.filters import EDGE, index_fields
from reelscore.index.edge.search import find_nearest, share_in_graph
from reelscore.records import FloatArray, IndexInfo

Result = TypeVar("Result")

# Below this many vectors the approximate index gains nothing (1.2 ms against 1.3 ms at 12,000 x 512) and
# costs recall; exact search over 100,000 x 512 takes 18 ms.
APPROXIMATE_FROM = 50_000

_BATCH = 500  # points in one call, which holds Python's global lock
_SCROLL = 10_000


class EdgeIndex(VectorIndex):
    """A collection in a folder, which belongs to one process at a time.

    Searches are exact below `approximate_from` vectors, wherever a tenth of the collection or more is asked
    for, and with a filter; scores are exact always. Safe to use from several threads.

    Parameters
    ----------
    directory
        Folder of all collections; it is made if it is missing.
    name, dim
        The collection, which is the space, and the length of its vectors.
    approximate_from
        How many vectors without the approximate index make `optimize` build it.

    Raises
    ------
    LibraryBusyError
        Another process has the collection open.
    StorageError
        The folder is damaged, holds vectors of another length, or cannot be written.
    """

    def __init__(
        self, directory: Path, name: str, dim: int, *, approximate_from: int = APPROXIMATE_FROM
    ) -> None:
        check_collection(name, dim)
        self.name = name
        self.dim = dim
        self._approximate_from = approximate_from
        self._path = directory / name
        # "~" is in no name of a collection.
        self._copy = directory / f"{name}~building"
        self._old = directory / f"{name}~old"
        self._trash = directory / f"{name}~trash"
        self._writing = threading.RLock()  # held by whatever changes the collection
        self._engine = threading.RLock()  # held for one call of the engine; taken after `_writing`
        self._optimizing = threading.Lock()
        self._journal: list[Callable[[engine.EdgeShard], None]] | None = None  # writes while a copy is built
        self._child: subprocess.Popen[str] | None = None
        self._fields_indexed = False  # whether the open shard has its payload indexes
        self._shard: engine.EdgeShard | None = None
        self._count: int | None = None  # of the points, until the next write
        try:
            directory.mkdir(parents=True, exist_ok=True)
            if self._old.exists() and not self._path.exists():
                self._old.rename(self._path)  # the process died between the two renames of `_swap`
            if not self._path.exists():
                check_room(directory, INDEX_BYTES)
            self._path.mkdir(exist_ok=True)
        except OSError as error:
            raise StorageError(f"cannot make the index folder {self._path}: {error.strerror}") from error
        self._shard = self._load(self._path)
        for leftover in (self._copy, self._old, self._trash):
            shutil.rmtree(leftover, ignore_errors=True)

    def upsert(
        self, ids: Sequence[str], vectors: FloatArray, payloads: Sequence[Mapping[str, Any]] | None = None
    ) -> None:
        """Write vectors (n, dim) and facets under song ids; an id that exists is replaced."""
        points = check_points(ids, vectors, self.dim)
        facets = check_payloads(ids, payloads)
        songs = list(points)

        def put(shard: engine.EdgeShard) -> None:
            for start in range(0, len(songs), _BATCH):
                batch = [
                    engine.Point(song, points[song].tolist(), dict(facets[song]))
                    for song in songs[start : start + _BATCH]
                ]
                shard.update(engine.UpdateOperation.upsert_points(batch))
            if not self._fields_indexed:
                self._fields_indexed = index_fields(shard)

        if songs:
            self._write(put)

    def _nearest(
        self, queries: Sequence[FloatArray], limit: int, demands: Collection[Clause], hidden: Collection[str]
    ) -> Sequence[Iterable[Point]]:
        look = partial(
            find_nearest,
            limit=limit,
            points=self.count(),
            demands=demands,
            hidden=hidden,
            approximate_from=self._approximate_from,
        )
        return self._call(lambda shard: [look(shard, query.tolist()) for query in queries])

    def count(self) -> int:
        """How many songs there are, as the engine counts them without looking."""
        with self._engine:
            if self._count is None:
                self._count = self._call(lambda shard: shard.count(engine.CountRequest(exact=False)))
            return self._count

    def delete(self, ids: Sequence[str]) -> None:
        """Remove songs; unknown ids are ignored."""
        songs = sorted(canonical_ids(ids))
        if songs:
            self._write(lambda shard: shard.update(engine.UpdateOperation.delete_points([*songs])))

    def ids(self) -> set[str]:
        """Every song id in the collection."""
        found: set[str] = set()
        with self._writing:  # one state of the collection, page by page
            page: engine.PointId | None = None
            while True:
                request = engine.ScrollRequest(
                    offset=page, limit=_SCROLL, with_payload=False, with_vector=False
                )
                records, page = self._call(partial(engine.EdgeShard.scroll, scroll=request))
                found.update(str(record.id) for record in records)
                if page is None:
                    return found

    def info(self) -> IndexInfo:
        """Counts and health; "yellow" if `optimize` is due. How many the graph covers is from a sample."""
        points, covered, current = self._call(
            lambda shard: (
                shard.count(engine.CountRequest()),
                shard.info().indexed_vectors_count,
                shard.count(engine.CountRequest(filter=points_filter(EDGE, [CURRENT]))),
            )
        )
        indexed = min(points, covered)
        if indexed >= self._approximate_from:  # the engine goes on counting what was replaced or deleted
            indexed = min(indexed, round(points * self._call(lambda shard: share_in_graph(shard, self.dim))))
        due = points - indexed >= self._approximate_from
        status = "yellow" if due else "green"
        return IndexInfo(self.name, points, indexed=indexed, status=status, filterable=current)

    def optimize(self) -> None:
        """Build the approximate index if enough vectors lack it.

        It blocks; searching and writing go on meanwhile in other threads. Closing the collection ends
        the work without an error.
        """
        with self._optimizing:
            info = self.info()
            if info.status == "green":
                if info.points < self._approximate_from:
                    with self._writing:
                        self._call(engine.EdgeShard.optimize)  # no graph to build: it only tidies up
                return
            with self._writing:
                self._call(engine.EdgeShard.flush)
                builder.copy_shard(self._path, self._copy)
                child = self._child = builder.start_build(self._copy, self.dim)
                self._journal = []
            try:
                builder.finish_build(child)
                with self._writing:
                    if self._journal is not None:
                        self._swap(self._journal)
            except StorageError:
                if self._journal is not None:
                    raise
                # It was closed or cleared meanwhile: there is nothing left to do.
            finally:
                self._child = None
                self._journal = None
                shutil.rmtree(self._copy, ignore_errors=True)

    def clear(self) -> None:
        """Remove every song."""
        with self._writing:
            self._abandon_build()
            with self._engine, self._translated():
                self._open_shard().close()
                self._shard = None
                shutil.rmtree(self._trash, ignore_errors=True)
                self._path.rename(self._trash)  # at once: a half-deleted folder would look damaged
                self._path.mkdir()
                self._shard = self._load(self._path)
            shutil.rmtree(self._trash, ignore_errors=True)

    def flush(self) -> None:
        """Make what was written survive a power cut."""
        self._call(engine.EdgeShard.flush)

    def close(self) -> None:
        """Flush and release the collection; safe to call twice."""
        with self._writing, self._engine:
            self._abandon_build()
            shard, self._shard = self._shard, None
            if shard is not None:
                with self._translated():
                    shard.flush()
                    shard.close()
                with contextlib.suppress(StorageError):  # the next load says it
                    _allocate(self._path)

    # --- the engine ----------------------------------------------------------------------------------

    def _load(self, path: Path) -> engine.EdgeShard:
        kilobytes = max(1, self._approximate_from * self.dim * 4 // 1024 - 1)
        # Cold: pages are read as searches ask for them. Else all of a file is, of which the first of each
        # segment has 32 MB, however few songs are in it.
        memory = engine.Memory.Cold
        config = engine.EdgeConfig(
            vectors=engine.EdgeVectorParams(size=self.dim, distance=engine.Distance.Cosine, memory=memory),
            optimizers=engine.EdgeOptimizersConfig(indexing_threshold=kilobytes),
        )
        self._count = None
        with self._translated():
            _allocate(path)
            shard = engine.EdgeShard.load(str(path), config)
            self._fields_indexed = index_fields(shard)
            return shard

    def _open_shard(self) -> engine.EdgeShard:
        if self._shard is None:
            raise StorageError(f"the index of {self.name} is closed")
        return self._shard

    def _call(self, work: Callable[[engine.EdgeShard], Result]) -> Result:
        with self._engine, self._translated():
            return work(self._open_shard())

    def _write(self, work: Callable[[engine.EdgeShard], None]) -> None:
        with self._writing:
            check_room(self._path, INDEX_BYTES)
            with self._engine:
                self._count = None  # also if it fails halfway
                self._call(work)
            if self._journal is not None:
                self._journal.append(work)

    def _swap(self, journal: list[Callable[[engine.EdgeShard], None]]) -> None:
        """Put the built copy in the place of the collection, with what was written meanwhile."""
        fresh = self._load(self._copy)
        with self._translated():
            for work in journal:
                work(fresh)
            fresh.flush()
            fresh.close()
        with self._engine, self._translated():  # searching waits here, for as long as loading takes
            self._open_shard().close()
            self._shard = None
            self._path.rename(self._old)
            self._copy.rename(self._path)
            try:
                self._shard = self._load(self._path)
            except StorageError:
                self._path.rename(self._copy)
                self._old.rename(self._path)
                self._shard = self._load(self._path)
                raise
        shutil.rmtree(self._old, ignore_errors=True)

    def _abandon_build(self) -> None:
        self._journal = None
        if self._child is not None:
            self._child.kill()

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except ReelscoreError:
            raise
        except BaseException as error:
            # The binding raises bare Exceptions, and on a panic of the engine a BaseException.
            if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
                raise
            text = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
            if "WouldBlock" in text:
                raise LibraryBusyError(
                    f"the index of {self.name} is open in another process; stop that one first"
                ) from error
            if "No space left on device" in text:
                raise StorageError(f"no room on the disk for the index at {self._path}; make room") from error
            raise StorageError(
                f"the index at {self._path} failed ({text[:200]}); `reelscore index rebuild` makes it again"
            ) from error


def _allocate(path: Path) -> None:
    """Allocate the vectors of a shard, into whose files songs are written without a call that could fail."""
    for vectors in path.glob("segments/*/vector_storage"):
        allocate(vectors)

"""Vectors, and which of them the index of their space already has."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, func, insert, literal, select, tuple_, update

from reelscore.catalog.base import IDS, Store, chunks, pages, rows_of
from reelscore.catalog.convert import vector_matrix
from reelscore.catalog.db import schema
from reelscore.catalog.db.engine import reading, write
from reelscore.records import FloatArray, TrackEmbedding

_VECTORS = schema.vectors.c
_STATES = schema.index_state.c
# All columns of the primary key, and no order: else SQLite goes through a whole space by its index.
_OF_SPACES = select(_VECTORS.space, _VECTORS.song_id, _VECTORS.data).where(
    _VECTORS.space.in_(bindparam("spaces", expanding=True)),
    _VECTORS.kind == "track",
    _VECTORS.position == 0,
    _VECTORS.song_id.in_(IDS),
)
_WINDOWS = (
    select(_VECTORS.song_id, _VECTORS.kind, _VECTORS.start, _VECTORS.seconds, _VECTORS.data)
    .where(_VECTORS.space == bindparam("space"), _VECTORS.song_id.in_(IDS))
    .order_by(_VECTORS.song_id, _VECTORS.kind, _VECTORS.position)  # "track" before "window"
)

# Vectors in one batch: 1,000 of 512 are 2 MB.
BATCH = 1_000


class VectorStore(Store):
    """Reads vectors, and keeps the marks that make a crash between SQL and an index heal."""

    def track_vectors(
        self, space: str, ids: Collection[str] | None = None
    ) -> Iterator[tuple[list[str], FloatArray]]:
        """Track vectors of a space in batches: ids, and vectors (n, dim) in the same order.

        Parameters
        ----------
        space
            Name of the space.
        ids
            Which songs; all of them by default. Those without a vector in the space are left out.
        """
        for rows in self._track_rows(space, ids):
            yield [row.song_id for row in rows], vector_matrix([row.data for row in rows], space)

    def _track_rows(self, space: str, ids: Collection[str] | None) -> Iterator[Sequence[Row[Any]]]:
        """The rows of track vectors in batches, each in the order of ids."""
        if ids is None:
            query = select(_VECTORS.song_id, _VECTORS.data)
            query = query.where(_VECTORS.space == space, _VECTORS.kind == "track")
            yield from pages(self._engine, query, _VECTORS.song_id, BATCH)
            return
        for some in chunks(dict.fromkeys(ids), BATCH):
            if rows := rows_of(self._engine, _OF_SPACES, some, spaces=[space]):
                yield sorted(rows, key=attrgetter("song_id"))

    def vectors_in(
        self, spaces: Collection[str], ids: Collection[str]
    ) -> Iterator[tuple[str, list[str], FloatArray]]:
        """Track vectors of songs in several spaces: space, ids, and vectors (n, dim) in the same order."""
        found: dict[str, tuple[list[str], list[bytes]]] = {}
        for space, song, data in rows_of(self._engine, _OF_SPACES, ids, spaces=sorted(spaces)):
            songs, blobs = found.setdefault(space, ([], []))
            songs.append(song)
            blobs.append(data)
        for space, (songs, blobs) in found.items():
            yield space, songs, vector_matrix(blobs, space)

    def window_vectors(self, space: str, ids: Collection[str]) -> dict[str, TrackEmbedding]:
        """Id -> the vectors of the song and of its windows, as they were added."""
        found: dict[str, TrackEmbedding] = {}
        read = rows_of(self._engine, _WINDOWS, ids, size=BATCH, space=space)
        for song, own in groupby(read, attrgetter("song_id")):
            first, *windows = rows = list(own)
            if first.kind != "track":
                continue  # it has none, which `findings` tells
            matrix = vector_matrix([row.data for row in rows], space)
            starts = tuple(row.start for row in windows)
            seconds = windows[0].seconds if windows else 0.0
            found[song] = TrackEmbedding(space, matrix[0], matrix[1:], starts, seconds)
        return found

    def some_vectors(self, space: str, limit: int) -> tuple[list[str], FloatArray]:
        """The first songs by id, which is a hash, and their vectors (n, dim): they stand for the library."""
        query = select(_VECTORS.song_id, _VECTORS.data).where(
            _VECTORS.space == space, _VECTORS.kind == "track"
        )
        with reading(self._engine) as connection:
            rows = connection.execute(query.order_by(_VECTORS.song_id).limit(limit)).all()
        return [row.song_id for row in rows], vector_matrix([row.data for row in rows], space)

    def track_ids(self, space: str) -> set[str]:
        """Every song that has a vector in the space."""
        query = select(_VECTORS.song_id).where(_VECTORS.space == space, _VECTORS.kind == "track")
        with reading(self._engine) as connection:
            return set(connection.execute(query).scalars())

    def vector_count(self, space: str) -> int:
        """How many songs have a vector in the space."""
        query = select(func.count()).where(_VECTORS.space == space, _VECTORS.kind == "track")
        with reading(self._engine) as connection:
            return connection.execute(query).scalar_one()

    def pending(self, space: str) -> list[str]:
        """Songs whose vector is in SQL and not yet in the index of the space, by id."""
        return self._in_state(space, "pending")

    def removed(self, space: str) -> list[str]:
        """Songs that are gone from SQL and may still be in the index of the space, by id."""
        return self._in_state(space, "removed")

    def stamps(self, space: str, ids: Collection[str]) -> dict[str, int]:
        """Id -> a number that is new after each change that the index of the space is to follow."""
        found: dict[str, int] = {}
        with reading(self._engine) as connection:
            for some in chunks(ids):
                query = select(_STATES.song_id, _STATES.stamp)
                rows = connection.execute(query.where(_STATES.space == space, _STATES.song_id.in_(some)))
                found |= {row.song_id: row.stamp for row in rows}
        return found

    def mark_indexed(
        self, space: str, ids: Sequence[str], stamps: Mapping[str, int] | None = None
    ) -> list[str]:
        """Note that the index of the space now has these songs, as they were when `stamps` were read.

        Those that changed since are to be written again, whatever somebody else noted meanwhile: the index
        may have been given the old ones last. Returns their ids. Without stamps nobody else is writing.
        """

        def work(connection: Connection) -> list[str]:
            changed: list[str] = []
            for some in chunks(ids):
                which = [_STATES.space == space, _STATES.song_id.in_(some)]
                same = list(which)
                if stamps is not None:
                    known = [(song, stamps[song]) for song in some if song in stamps]
                    same.append(tuple_(_STATES.song_id, _STATES.stamp).in_(known))
                connection.execute(
                    update(schema.index_state)
                    .where(*same, _STATES.state == "pending")
                    .values(state="indexed", stamp=_STATES.stamp)
                )
                if stamps is None:
                    continue
                # Asked after the update, which has waited for whoever was changing these rows.
                rows = connection.execute(
                    select(_STATES.song_id, _STATES.stamp).where(*which, _STATES.state != "removed")
                )
                other = sorted(row.song_id for row in rows if stamps.get(row.song_id) != row.stamp)
                _mark_pending(connection, space, other)
                changed += other
            return changed

        return write(self._engine, work)

    def forget_removed(self, space: str, ids: Sequence[str]) -> None:
        """Note that the index of the space no longer has these songs; those that came back are pending."""

        def work(connection: Connection) -> None:
            for some in chunks(ids):
                connection.execute(
                    delete(schema.index_state).where(
                        _STATES.space == space, _STATES.song_id.in_(some), _STATES.state == "removed"
                    )
                )
                _mark_pending(connection, space, some)

        write(self._engine, work)

    def mark_all_pending(self, space: str) -> None:
        """Note that the index of the space is empty: every vector is to be written, none to be removed.

        Marks that are missing are made, and marks without a vector go.
        """
        source = select(literal(space), _VECTORS.song_id, literal("pending")).where(
            _VECTORS.space == space, _VECTORS.kind == "track"
        )

        def work(connection: Connection) -> None:
            connection.execute(delete(schema.index_state).where(_STATES.space == space))
            connection.execute(insert(schema.index_state).from_select(["space", "song_id", "state"], source))

        write(self._engine, work)

    def _in_state(self, space: str, state: str) -> list[str]:
        query = (
            select(_STATES.song_id)
            .where(_STATES.space == space, _STATES.state == state)
            .order_by(_STATES.song_id)
        )
        with reading(self._engine) as connection:
            return list(connection.execute(query).scalars())


def _mark_pending(connection: Connection, space: str, songs: Sequence[str]) -> None:
    if songs:
        connection.execute(
            update(schema.index_state)
            .where(_STATES.space == space, _STATES.song_id.in_(songs), _STATES.state != "removed")
            .values(state="pending")
        )

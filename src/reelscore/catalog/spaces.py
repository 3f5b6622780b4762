"""A space that is filled later than the songs were added, and which space answers searches by words."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, delete, exists, insert, select

from reelscore.catalog.base import Store, chunks
from reelscore.catalog.convert import vector_rows
from reelscore.catalog.db import schema
from reelscore.catalog.db.engine import reading, write
from reelscore.catalog.rows import note_revision
from reelscore.records import TrackEmbedding

_SONGS = schema.songs.c
_VECTORS = schema.vectors.c
_STATES = schema.index_state.c

_TEXT_SPACE = "text_space"  # the name of the note
_WHICH_TEXT_SPACE = select(schema.meta.c.value).where(schema.meta.c.name == _TEXT_SPACE)


class SpaceStore(Store):
    """Adds vectors to songs that are there."""

    def songs_without(self, space: str) -> list[str]:
        """Ids of the songs that have no track vector in the space, in their order."""
        there = exists().where(
            _VECTORS.song_id == _SONGS.id, _VECTORS.space == space, _VECTORS.kind == "track"
        )
        with reading(self._engine) as connection:
            return list(connection.execute(select(_SONGS.id).where(~there).order_by(_SONGS.id)).scalars())

    def add_embeddings(self, embeddings: Mapping[str, TrackEmbedding]) -> int:
        """Write the vectors of songs in one space each, all or none; other spaces stay as they are.

        What a song has in that space already is replaced, so its track vector is there once however often
        this is called. The vectors are marked as pending for the index.

        Parameters
        ----------
        embeddings
            Song id -> vectors. A song that is no longer in the catalogue is left out.

        Returns
        -------
        How many songs were written.
        """

        def work(connection: Connection) -> int:
            present: set[str] = set()
            for some in chunks(embeddings):
                present.update(connection.execute(select(_SONGS.id).where(_SONGS.id.in_(some))).scalars())
            for song in sorted(present):
                _replace(connection, song, embeddings[song])
            note_revision(connection, present)
            return len(present)

        return write(self._engine, work) if embeddings else 0

    def text_space(self) -> str | None:
        """The space that searches by words were switched to; None: never switched."""
        with reading(self._engine) as connection:
            return connection.execute(_WHICH_TEXT_SPACE).scalar()

    def set_text_space(self, space: str) -> None:
        """Answer searches by words in this space from now on."""

        def work(connection: Connection) -> None:
            connection.execute(delete(schema.meta).where(schema.meta.c.name == _TEXT_SPACE))
            connection.execute(insert(schema.meta), {"name": _TEXT_SPACE, "value": space})

        write(self._engine, work)


def _replace(connection: Connection, song: str, embedding: TrackEmbedding) -> None:
    key = {"song_id": song, "space": embedding.space}
    connection.execute(
        delete(schema.vectors).where(_VECTORS.song_id == song, _VECTORS.space == embedding.space)
    )
    connection.execute(
        delete(schema.index_state).where(_STATES.song_id == song, _STATES.space == embedding.space)
    )
    connection.execute(insert(schema.vectors), vector_rows(song, embedding))
    connection.execute(insert(schema.index_state), key | {"state": "pending"})

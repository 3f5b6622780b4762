"""The files that songs were heard in: what tells a later run that one is new, changed, moved or gone."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

from sqlalchemy import delete, insert, select

from reelscore.catalog.base import IDS, Store, chunks, pages, rows_of
from reelscore.catalog.db import schema
from reelscore.catalog.db.engine import write
from reelscore.records import FileStamp

_FILES = schema.song_files.c
_PAGE = 1_000


class SongFile(NamedTuple):
    """A path at which the sound of a song was found."""

    id: str  # made of the path, as the id of a new song would be
    song_id: str
    path: str
    stamp: FileStamp
    content_hash: str


class FileStore(Store):
    """Remembers files."""

    def known_files(self, ids: Collection[str]) -> dict[str, SongFile]:
        """Id of a path -> what is known of the file there."""
        query = select(schema.song_files).where(_FILES.id.in_(IDS))
        return {row.id: _record(row) for row in rows_of(self._engine, query, ids)}

    def files_of_songs(self, songs: Collection[str]) -> dict[str, list[SongFile]]:
        """Song id -> the files that it was found in."""
        query = select(schema.song_files).where(_FILES.song_id.in_(IDS)).order_by(_FILES.id)
        found: dict[str, list[SongFile]] = {}
        for row in rows_of(self._engine, query, songs):
            found.setdefault(row.song_id, []).append(_record(row))
        return found

    def files_under(self, root: str) -> Iterator[SongFile]:
        """Every known file at a path or below it, by id."""
        below = root.rstrip(os.sep) + os.sep
        query = select(schema.song_files).where(
            (_FILES.path == root) | _FILES.path.startswith(below, autoescape=True)
        )
        for rows in pages(self._engine, query, _FILES.id, _PAGE):
            for row in rows:
                if row.path == root or row.path.startswith(below):  # SQLite's LIKE takes "a" for "A"
                    yield _record(row)

    def note_files(self, files: Collection[SongFile]) -> None:
        """Remember files; what was known of the same paths is replaced, and files of no song are ignored."""
        rows = {file.id: file_row(file) for file in files}

        def work(connection: Any) -> None:
            for some in chunks(rows):
                songs = schema.songs.c.id
                wanted = {rows[one]["song_id"] for one in some}
                there = set(connection.execute(select(songs).where(songs.in_(wanted))).scalars())
                connection.execute(delete(schema.song_files).where(_FILES.id.in_(some)))
                new = [rows[one] for one in some if rows[one]["song_id"] in there]
                if new:
                    connection.execute(insert(schema.song_files), new)

        if rows:
            write(self._engine, work)

    def forget_files(self, ids: Collection[str]) -> None:
        """Forget paths; the songs stay."""

        def work(connection: Any) -> None:
            for some in chunks(ids):
                connection.execute(delete(schema.song_files).where(_FILES.id.in_(some)))

        if ids:
            write(self._engine, work)


def _record(row: Any) -> SongFile:
    return SongFile(row.id, row.song_id, row.path, FileStamp(row.size, row.modified_ns), row.content_hash)


def file_row(file: SongFile) -> dict[str, Any]:
    """A file as its table has it."""
    return {
        "id": file.id,
        "song_id": file.song_id,
        "path": file.path,
        "size": file.stamp.size,
        "modified_ns": file.stamp.modified_ns,
        "content_hash": file.content_hash,
    }

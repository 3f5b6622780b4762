"""What stood in the tags of files before they were written, and the files as they are since."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, delete, insert, select, update

from reelscore.catalog.base import Store
from reelscore.catalog.convert import now
from reelscore.catalog.db import schema
from reelscore.catalog.db.engine import reading, write
from reelscore.catalog.files import SongFile, file_row
from reelscore.records import FileStamp, song_id

_WRITES = schema.tag_writes.c
_FILES = schema.song_files.c
_SONGS = schema.songs.c


class TagWrite(NamedTuple):
    """What was written to the file of a song."""

    content_hash: str  # of the file since then, hex
    before: Mapping[str, Sequence[bytes]]  # field -> the items that stood there


class TagWriteStore(Store):
    """Remembers tags that were replaced."""

    def tag_write(self, song: str) -> TagWrite | None:
        """What was written to the file of a song, or None."""
        query = select(_WRITES.content_hash, _WRITES.before).where(_WRITES.song_id == song)
        with reading(self._engine) as connection:
            row = connection.execute(query).first()
        if row is None:
            return None
        before = {name: [base64.b64decode(item) for item in items] for name, items in row.before.items()}
        return TagWrite(row.content_hash, before)

    def tag_written_songs(self) -> list[str]:
        """Ids of the songs whose files have tags that can be taken back."""
        with reading(self._engine) as connection:
            return list(connection.execute(select(_WRITES.song_id).order_by(_WRITES.song_id)).scalars())

    def note_tag_write(self, song: str, written: TagWrite) -> None:
        """Remember what stood in a file before it is replaced; what was known of the song is replaced."""
        before = {
            name: [base64.b64encode(item).decode() for item in items]
            for name, items in written.before.items()
        }
        row = {
            "song_id": song,
            "content_hash": written.content_hash,
            "before": before,
            "written_at": now(),
        }

        def work(connection: Connection) -> None:
            connection.execute(delete(schema.tag_writes).where(_WRITES.song_id == song))
            connection.execute(insert(schema.tag_writes), row)

        write(self._engine, work)

    def forget_tag_write(self, song: str) -> None:
        """Forget what stood in a file."""
        write(
            self._engine, lambda link: link.execute(delete(schema.tag_writes).where(_WRITES.song_id == song))
        )

    def follow_file(self, song: str, path: str, content_hash: str, stamp: FileStamp) -> None:
        """Note that the file of a song was written, with the same sound: the next run knows it as it is."""
        source = select(_SONGS.source).where(_SONGS.id == song)

        def work(connection: Connection) -> None:
            connection.execute(
                update(schema.songs).where(_SONGS.id == song).values(content_hash=content_hash)
            )
            place = song_id(connection.execute(source).scalar_one(), path)
            connection.execute(delete(schema.song_files).where(_FILES.id == place))
            file = SongFile(place, song, path, stamp, content_hash)
            connection.execute(insert(schema.song_files), file_row(file))

        write(self._engine, work)

"""A copy of what questions read of every song, in mapped files: SQL stays the truth.

Reading the vectors and names of its candidates from SQL is much of what a question costs, and most of it in
a large library. So they lie beside it in arrays, in the order of song ids, and are read from SQL only where
a song has changed since they were written. Every transaction that changes songs gives them the next
revision (`catalog.rows.note_revision`), and each question asks, in one statement, which songs are newer
than the files. The statement also finds the name of the files in the database: those of a database that was
replaced by another one, or by its own backup, are not used.
"""

from __future__ import annotations

import contextlib
import json
import logging
import shutil
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, bindparam, delete, insert, select, text

from reelscore.catalog.base import pages
from reelscore.catalog.convert import CARD
from reelscore.catalog.db import schema
from reelscore.catalog.db.engine import reading, write
from reelscore.catalog.rows import revision_of_songs
from reelscore.catalog.shelf_files import FORMAT, ShelfFiles, ShelfView, keys_of, open_files
from reelscore.catalog.shelf_words import WordsWriter
from reelscore.catalog.vectors import VectorStore
from reelscore.errors import StorageError
from reelscore.files import INDEX_BYTES, check_room, flush
from reelscore.text.song_keys import song_keys

log = logging.getLogger(__name__)

# Below so many songs SQL is as quick.
FEWEST_SONGS = 20
# The files are written again once this share of the songs has changed, and so many.
_WORN, _MANY = 0.05, 100
# Also if anything has changed since, this long after they were written; and writing takes at most a fiftieth
# of the time.
_STALE_SECONDS, _REST = 600.0, 50.0
# How often a process looks whether there is something to write, at most.
_LOOK_SECONDS = 30.0
_PAGE = 2_000

_SONGS, _WORDS, _FEATURES = schema.songs.c, schema.song_words.c, schema.features.c
_SHELVES = schema.shelves.c
_CHANGED = text(
    "SELECT name, revision FROM shelves WHERE name IN ('', :name) "
    "UNION ALL SELECT id, revision FROM songs WHERE revision > :seen "
    # What is gone from SQL and may still be found in an index.
    "UNION ALL SELECT song_id, -1 FROM index_state WHERE space IN :spaces AND state = 'removed'"
).bindparams(bindparam("spaces", expanding=True))


class Shelf:
    """Keeps the files of a library, and says what of them is still true. Safe to use from several threads.

    Parameters
    ----------
    catalog
        The truth.
    folder
        Where the files go; several processes may share it.
    spaces
        The spaces whose vectors are kept, with the lengths of those.
    writes
        Whether questions of this process have the files written meanwhile, as those of a server do; a
        command that asks once is over before.
    """

    def __init__(
        self,
        catalog: VectorStore,
        folder: Path,
        spaces: Mapping[str, int],
        *,
        writes: Callable[[], bool] = lambda: False,
    ) -> None:
        self._catalog = catalog
        self._engine = catalog._engine
        self._folder = folder
        self._spaces = dict(spaces)
        self._writes = writes
        self._lock = threading.Lock()
        self._files: ShelfFiles | None = None
        self._seen = 0
        self._changed: set[str] = set()
        self._next_look = 0.0
        self._fresh_until = 0.0
        self._writer: threading.Thread | None = None
        self._closed = False

    def view(self) -> ShelfView | None:
        """What questions may read of the files now; None if there are none, or if they are out of date."""
        with self._lock:
            if self._files is None and not self._look():
                return None
            files = self._files
            assert files is not None
            removed = set()
            revision = named = None
            with reading(self._engine) as connection:
                asked = {"name": files.name, "seen": self._seen, "spaces": sorted(self._spaces)}
                for name, number in connection.execute(_CHANGED, asked).all():
                    if name == "":
                        revision = number
                    elif name == files.name:
                        named = number
                    elif number < 0:
                        removed.add(name)
                    else:
                        self._changed.add(name)
                        self._seen = max(self._seen, number)
            if named != files.revision or revision is None or revision < files.revision:
                self._files = None  # another process wrote newer ones, or the database is another one
                return None
            is_current = revision == files.revision
            if self._is_worn or not (is_current or time.monotonic() < self._fresh_until):
                self._write_soon()
            changed = self._changed | removed if removed else frozenset(self._changed)
            return ShelfView(files, changed, is_current)

    def keep_up(self) -> None:
        """Write the files if there should be some, or if much has changed: whoever added songs calls it."""
        if (self.view() is None or self._is_worn) and not self._is_writing:
            self._write_if_large()

    def write(self) -> bool:
        """Write the files anew; searches go on meanwhile. False if they could not be written."""
        with reading(self._engine) as connection:
            revision = revision_of_songs(connection)
        name, began = str(uuid.uuid4()), time.monotonic()
        place = self._folder / f"~{name}"
        try:
            place.mkdir(mode=0o700, parents=True)
            self._write_files(place)
            if self._closed:
                return False
            about = {"format": FORMAT, "revision": revision, "spaces": sorted(self._spaces)}
            (place / "about.json").write_text(json.dumps(about))
            for path in place.iterdir():
                flush(path)
            files = open_files(place, name)
            place.rename(self._folder / name)
        except (OSError, StorageError, ValueError) as error:
            if not self._closed:
                log.warning("the shelf of the library was not written: %s", error)
            return False
        finally:
            shutil.rmtree(place, ignore_errors=True)
        old = [path.name for path in self._folder.iterdir() if path.name.strip("~") != name]

        def work(connection: Connection) -> None:
            connection.execute(delete(schema.shelves).where(_SHELVES.name.in_([*old, name])))
            connection.execute(insert(schema.shelves), {"name": name, "revision": revision})

        write(self._engine, work)
        with self._lock:
            self._files, self._seen, self._changed = files, revision, set()
            took = time.monotonic() - began
            self._fresh_until = began + took + max(_STALE_SECONDS, _REST * took)
        for one in old:
            shutil.rmtree(self._folder / one, ignore_errors=True)
        return True

    def close(self) -> None:
        """Stop writing."""
        self._closed = True
        if self._writer is not None:
            self._writer.join()
        self._files = None

    def _look(self) -> bool:
        """Open the newest files; if there are none and there should be, write them meanwhile."""
        if time.monotonic() < self._next_look:
            return False
        self._next_look = time.monotonic() + _LOOK_SECONDS
        with contextlib.suppress(OSError):
            names = [path for path in self._folder.iterdir() if not path.name.startswith("~")]
            for path in sorted(names, key=lambda path: -path.stat().st_mtime):
                with contextlib.suppress(OSError, ValueError):
                    self._files = open_files(path, path.name)
                    age = max(0.0, time.time() - path.stat().st_mtime)
                    self._fresh_until = time.monotonic() + _STALE_SECONDS - age
                    self._seen, self._changed = self._files.revision, set()
                    return True
        self._write_soon()
        return False

    @property
    def _is_worn(self) -> bool:
        return self._files is not None and len(self._changed) > max(_MANY, _WORN * len(self._files.keys))

    @property
    def _is_writing(self) -> bool:
        return self._writer is not None and self._writer.is_alive()

    def _write_soon(self) -> None:
        if self._writes() and not (self._closed or self._is_writing):
            self._writer = threading.Thread(target=self._write_if_large, name="shelf", daemon=True)
            self._writer.start()

    def _write_if_large(self) -> None:
        with contextlib.suppress(StorageError):  # whoever asks hears of it
            with reading(self._engine) as connection:
                some = connection.execute(select(_SONGS.id).limit(FEWEST_SONGS)).all()
            if len(some) == FEWEST_SONGS:
                self.write()

    def _write_files(self, place: Path) -> None:
        keys: list[npt.NDArray[np.uint64]] = []
        targets: list[npt.NDArray[np.float64]] = []
        songs: list[npt.NDArray[np.bytes_]] = []
        names: list[npt.NDArray[np.uint64]] = []
        card_ends, words = [0], WordsWriter()
        with (place / "cards.bin").open("wb") as cards:
            for rows, spoken in self._pages():
                songs.append(np.array([row[0] for row in rows], dtype="S36"))
                keys.append(keys_of([row[0] for row in rows]))
                targets.append(np.array([row[-2:] for row in rows], dtype=np.float64))
                page = []
                for song, title, stored, *rest, _, _ in rows:
                    artists = json.loads(stored)
                    page.append(song_keys(title, artists, rest[0]))
                    card = json.dumps([title, artists, *rest], ensure_ascii=False).encode()
                    words.add(len(card_ends) - 1, spoken.get(song, ()))
                    card_ends.append(card_ends[-1] + cards.write(card))
                names.append(np.array(page, dtype=np.uint64))
        ids = np.concatenate(keys) if keys else np.empty(0, dtype=np.uint64)
        if not len(ids) or (ids[1:] <= ids[:-1]).any():
            raise ValueError("the ids of its songs cannot be told apart by their first half")
        np.save(place / "keys.npy", ids)
        np.save(place / "targets.npy", np.concatenate(targets))
        np.save(place / "card_ends.npy", np.array(card_ends))
        np.save(place / "song_keys.npy", np.concatenate(names))
        np.save(place / "ids.npy", np.concatenate(songs))
        words.write(place)
        check_room(place, 4 * len(ids) * sum(self._spaces.values()) + INDEX_BYTES)
        for space, dim in self._spaces.items():
            present = np.zeros(len(ids), dtype=bool)
            # Not written as mapped memory: a page of it that finds no room on the disk ends the process.
            with (place / f"{space}.npy").open("wb") as file:
                shape = {"descr": "<f4", "fortran_order": False, "shape": (len(ids), dim)}
                np.lib.format.write_array_header_1_0(file, shape)
                first = file.tell()
                for some, block in self._catalog.track_vectors(space):
                    self._go_on()
                    own = keys_of(some)
                    at = np.minimum(np.searchsorted(ids, own), len(ids) - 1)
                    known = ids[at] == own  # others were added meanwhile
                    if block.shape[1] != dim:
                        raise StorageError(f"vectors of {space} differ in length; run `reelscore check`")
                    for row, vector in zip(at[known].tolist(), block[known].astype("<f4"), strict=True):
                        file.seek(first + 4 * dim * row)
                        file.write(vector.tobytes())
                    present[at[known]] = True
                file.truncate(first + 4 * dim * len(ids))
            np.save(place / f"{space}.there.npy", present)

    def _pages(self) -> Iterator[tuple[Sequence[Any], Mapping[str, list[str]]]]:
        """Songs in the order of their ids: rows of card, tempo and energy; and the words of each."""
        query = select(*CARD, _FEATURES.tempo_bpm, _FEATURES.energy)
        query = query.outerjoin_from(schema.songs, schema.features)
        for rows in pages(self._engine, query, _SONGS.id, _PAGE):
            self._go_on()
            between = (_WORDS.song_id >= rows[0][0], _WORDS.song_id <= rows[-1][0])
            spoken: dict[str, list[str]] = {}
            with reading(self._engine) as connection:
                for song, word in connection.execute(select(_WORDS.song_id, _WORDS.word).where(*between)):
                    spoken.setdefault(song, []).append(word)
            yield rows, spoken

    def _go_on(self) -> None:
        if self._closed:
            raise StorageError("the library is closed")

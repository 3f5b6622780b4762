"""The mapped files of a library: what one question reads of its songs without SQL.

`catalog.shelf` writes them, and says what of them is still true.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from reelscore.catalog.shelf_words import Places, ShelfWords
from reelscore.records import FloatArray, SongCard, SongKeys
from reelscore.text.song_keys import KEYS_VERSION
from reelscore.text.words import WORDS_VERSION

FORMAT = f"3.{WORDS_VERSION}.{KEYS_VERSION}"


@dataclass(frozen=True, slots=True)
class ShelfFiles:
    """The arrays of one revision, mapped."""

    name: str
    revision: int
    keys: npt.NDArray[np.uint64]  # (n,), the first half of each id, ascending
    ids: npt.NDArray[np.bytes_]  # (n,)
    cards: bytes | memoryview  # JSON arrays, one behind the other
    card_ends: npt.NDArray[np.int64]  # (n + 1,)
    song_keys: npt.NDArray[np.uint64]  # (n, 3), as `records.SongKeys`
    words: ShelfWords
    targets: npt.NDArray[np.float64]  # (n, 2), tempo and energy; NaN if not measured
    vectors: Mapping[str, FloatArray]  # by space, (n, dim)
    present: Mapping[str, npt.NDArray[np.bool_]]  # by space, (n,): whether the song has a vector


@dataclass(frozen=True, slots=True)
class ShelfView:
    """What one question may read of the files."""

    _files: ShelfFiles
    _changed: Collection[str]
    is_current: bool  # whether nothing has changed: `words` knows no song that came or went since

    @property
    def words(self) -> ShelfWords:
        """The words that songs are named by."""
        return self._files.words

    def ids(self, places: Places) -> list[str]:
        """The ids of songs."""
        return [song.decode() for song in self._files.ids[places].tolist()]

    def places(self, ids: Sequence[str]) -> Places:
        """Where the songs lie in the files; -1 for those that are to be read from SQL."""
        keys = keys_of(ids)
        found = np.searchsorted(self._files.keys, keys)
        found[found == len(self._files.keys)] = 0
        places = np.where(self._files.keys[found] == keys, found, -1)
        if self._changed:
            places[[song in self._changed for song in ids]] = -1
        return places

    def has_all(self, spaces: Collection[str], places: Places) -> npt.NDArray[np.bool_] | None:
        """Whether each song has a vector in all of the spaces; None if one of them is not in the files."""
        if any(space not in self._files.vectors for space in spaces):
            return None
        has = np.ones(len(places), dtype=bool)
        for space in spaces:
            has &= self._files.present[space][places]
        return has

    def vectors(self, space: str, places: Places) -> FloatArray:
        """The unit vectors (n, dim) of songs that have them."""
        return self._files.vectors[space][places]

    def first_vectors(self, space: str, count: int) -> FloatArray | None:
        """Those of the first songs by id that have a vector in the space; None if it is not in the files."""
        if space not in self._files.vectors:
            return None
        return self._files.vectors[space][:count][self._files.present[space][:count]]

    def cards(self, ids: Sequence[str], places: Places) -> dict[str, SongCard]:
        """Id -> card, of songs that are in the files."""
        starts, ends = self._files.card_ends[places].tolist(), self._files.card_ends[places + 1].tolist()
        cards = self._files.cards
        joined = b",".join([bytes(cards[start:end]) for start, end in zip(starts, ends, strict=True)])
        rows = json.loads(b"[" + joined + b"]")
        return {
            song: SongCard(song, title, tuple(artists), album, genre, duration)
            for song, (title, artists, album, genre, duration) in zip(ids, rows, strict=True)
        }

    def song_keys(self, places: Places) -> list[SongKeys]:
        """The keys of songs."""
        rows = self._files.song_keys[places].tolist()
        return [*map(tuple.__new__, repeat(SongKeys), rows)]  # what `_make` does, in a third of its time

    def targets(self, places: Places) -> npt.NDArray[np.float64]:
        """Measured tempo and energy of songs (n, 2); NaN: not measured."""
        return self._files.targets[places]


def open_files(place: Path, name: str) -> ShelfFiles:
    """The files in a folder, mapped.

    Raises
    ------
    OSError, ValueError
        They are of another version, cut off, or cannot be read.
    """
    about = json.loads((place / "about.json").read_text())
    if about["format"] != FORMAT:
        raise ValueError("another version wrote it")

    def array(part: str) -> Any:
        # Not as `np.memmap`: its slices carry attributes, which costs more than many of them themselves.
        return np.load(place / f"{part}.npy", mmap_mode="r", allow_pickle=False).view(np.ndarray)

    def raw(part: str, kind: str) -> Any:
        path = place / f"{part}.bin"
        return (
            np.memmap(path, dtype=kind, mode="r").view(np.ndarray)
            if path.stat().st_size
            else np.empty(0, kind)
        )

    files = ShelfFiles(
        name,
        about["revision"],
        array("keys"),
        array("ids"),
        memoryview(raw("cards", "u1")),
        array("card_ends"),
        array("song_keys"),
        ShelfWords(
            memoryview(raw("words", "u1")),
            array("word_ends"),
            raw("word_songs", "<u4"),
            array("word_song_ends"),
        ),
        array("targets"),
        {space: array(space) for space in about["spaces"]},
        {space: array(f"{space}.there") for space in about["spaces"]},
    )
    lengths = {len(files.keys), *map(len, files.vectors.values()), *map(len, files.present.values())}
    lengths |= {len(files.ids), len(files.song_keys)}
    if len(lengths) > 1 or files.card_ends[-1] != len(files.cards) or not files.words.is_whole:
        raise ValueError("it is cut off")
    return files


def keys_of(ids: Sequence[str]) -> npt.NDArray[np.uint64]:
    """The first halves of ids as numbers, which sort as the ids do; no id of a song has 0."""
    with contextlib.suppress(ValueError):
        halves = bytes.fromhex("".join([song[:8] + song[9:13] + song[14:18] for song in ids]))
        if len(halves) == 8 * len(ids):
            return np.frombuffer(halves, dtype=">u8").astype(np.uint64)
    # Some are no ids.
    return np.concatenate([keys_of([song]) for song in ids]) if len(ids) > 1 else np.zeros(1, np.uint64)

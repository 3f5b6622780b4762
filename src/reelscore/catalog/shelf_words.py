"""The words that songs are named by, in mapped files: an inverted index beside SQL."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from reelscore.catalog.words import COMPLETIONS

Places = npt.NDArray[np.int64]
_LAST = "\U0010ffff".encode()  # behind every word that begins alike


@dataclass(frozen=True, slots=True)
class ShelfWords:
    """Every word, sorted as its UTF-8 is, and the places of the songs that have it."""

    text: bytes | memoryview  # the words, one behind the other
    ends: npt.NDArray[np.int64]  # (words + 1,), of each word in `text`
    songs: npt.NDArray[np.uint32]  # places, ascending within a word
    song_ends: npt.NDArray[np.int64]  # (words + 1,), of each word in `songs`

    @property
    def is_whole(self) -> bool:
        """Whether the files are as long as they should be."""
        return (self.ends[-1], self.song_ends[-1]) == (len(self.text), len(self.songs))

    def songs_of(self, word: str) -> npt.NDArray[np.uint32]:
        """The places of the songs that have a word, ascending."""
        encoded = word.encode()
        at = self._place(encoded)
        if at == len(self.ends) - 1 or self._word(at) != encoded:
            return self.songs[:0]
        return self.songs[self.song_ends[at] : self.song_ends[at + 1]]

    def completions(self, beginning: str) -> dict[str, int]:
        """Word that begins so -> songs, the most frequent first."""
        first, last = self._place(beginning.encode()), self._place(beginning.encode() + _LAST)
        counts = np.diff(self.song_ends[first : last + 1])
        order = np.argsort(-counts, kind="stable")[:COMPLETIONS].tolist()
        return {self._word(first + at).decode(): int(counts[at]) for at in order}

    def best(self, weights: Mapping[str, int], limit: int, hidden: Places) -> Places:
        """The songs whose words weigh most, in the order of their places if they weigh the same."""
        found = [(self.songs_of(word), weight) for word, weight in weights.items()]
        size = max((int(songs[-1]) + 1 for songs, _ in found if len(songs)), default=0)
        total = np.zeros(size, dtype=np.int64)
        for songs, weight in found:
            total[songs] += weight
        total[hidden[hidden < size]] = 0
        there = np.flatnonzero(total)
        if len(there) > limit:
            own = total[there]
            there = there[own >= np.partition(own, -limit)[-limit]]
        return there[np.argsort(-total[there], kind="stable")[:limit]]

    def named(self, places: Places, words: Collection[str]) -> npt.NDArray[np.bool_]:
        """Whether each of the songs has any of the words."""
        named = np.zeros(len(places), dtype=bool)
        for word in words:
            songs = self.songs_of(word)
            if len(songs):
                at = np.minimum(np.searchsorted(songs, places), len(songs) - 1)
                named |= songs[at] == places
        return named

    def _place(self, word: bytes) -> int:
        """Where the word is, or would be."""
        return bisect_left(range(len(self.ends) - 1), word, key=self._word)

    def _word(self, at: int) -> bytes:
        return bytes(self.text[self.ends[at] : self.ends[at + 1]])


class WordsWriter:
    """Gathers the words of songs in the order of their places, and writes them."""

    def __init__(self) -> None:
        self._songs: defaultdict[str, array[int]] = defaultdict(lambda: array("I"))

    def add(self, place: int, words: Collection[str]) -> None:
        """Note the words of the song at a place."""
        for word in words:
            self._songs[word].append(place)

    def write(self, folder: Path) -> None:
        """Write the files that `ShelfWords` is read from."""
        encoded = sorted((word.encode(), songs) for word, songs in self._songs.items())
        np.save(folder / "word_ends.npy", np.cumsum([0, *(len(word) for word, _ in encoded)]))
        np.save(folder / "word_song_ends.npy", np.cumsum([0, *(len(songs) for _, songs in encoded)]))
        with (folder / "words.bin").open("wb") as text, (folder / "word_songs.bin").open("wb") as places:
            for word, songs in encoded:
                text.write(word)
                places.write(np.array(songs, dtype="<u4").tobytes())

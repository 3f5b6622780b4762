"""What one question, or several in a row, have read of the library, so that nothing is read twice."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import compress

import numpy as np

from reelscore.catalog.base import chunks
from reelscore.catalog.shelf_files import ShelfView
from reelscore.catalog.shelf_words import Places
from reelscore.catalog.store import Catalog
from reelscore.filters.table import NO_FILTERS, Filters
from reelscore.ranking.fusion import Column
from reelscore.ranking.likeness import SAMPLE
from reelscore.records import FloatArray, MusicFeatures, Song, SongCard, SongKeys, SongStructure
from reelscore.text.song_keys import song_keys
from reelscore.text.words import words_of_texts
from reelscore.wiring import Wiring

_BEGINNINGS = 100  # of words, in one statement: SQLite joins 500 queries at most


@dataclass(frozen=True, slots=True)
class Reading:
    """Songs, measurements, beats and vectors, each read once; of one question, or of a run of them."""

    _catalog: Catalog
    _shelf: ShelfView | None = None  # what need not be read from SQL
    _songs: dict[str, Song | None] = field(default_factory=dict)
    _features: dict[str, MusicFeatures | None] = field(default_factory=dict)
    _structures: dict[str, SongStructure | None] = field(default_factory=dict)
    _vectors: dict[str, dict[str, FloatArray | None]] = field(default_factory=dict)  # by space
    _cards: dict[str, SongCard | None] = field(default_factory=dict)
    _keys: dict[str, SongKeys] = field(default_factory=dict)
    _named_by: dict[str, frozenset[str]] = field(
        default_factory=dict
    )  # words of songs that were asked for twice
    _places: dict[str, int] = field(default_factory=dict)  # on the shelf
    _first: list[str] = field(default_factory=list)  # songs that stand for the library
    _samples: dict[str, FloatArray] = field(default_factory=dict)  # their vectors, by space
    _counts: dict[str, int] = field(default_factory=dict)  # word -> songs that have it
    _completions: dict[str, dict[str, int]] = field(default_factory=dict)  # by beginning

    @classmethod
    def of(cls, wiring: Wiring) -> Reading:
        """A reading of the library as it is now."""
        return cls(wiring.catalog, wiring.shelf.view())

    def songs(self, ids: Collection[str]) -> dict[str, Song]:
        """Id -> song, in the order of the ids; those that are gone are left out.

        What was measured in them is read with them.
        """
        missing = [song for song in ids if song not in self._songs]
        if missing:
            self._songs.update(dict.fromkeys(missing))
            self._features.update(dict.fromkeys(missing))
            for song, (found, measured) in self._catalog.songs_with_features(missing).items():
                self._songs[song], self._features[song] = found, measured
        return {song: known for song in ids if (known := self._songs[song]) is not None}

    def features(self, ids: Collection[str]) -> dict[str, MusicFeatures]:
        """Id -> what was measured in the song."""
        missing = [song for song in ids if song not in self._features]
        if missing:
            self._features.update(dict.fromkeys(missing))
            self._features.update(self._catalog.features(missing))
        return {song: found for song in ids if (found := self._features[song]) is not None}

    def cards(self, ids: Collection[str]) -> dict[str, SongCard]:
        """Id -> the card of the song."""
        missing = [song for song in ids if song not in self._cards]
        if missing:
            self._cards.update(dict.fromkeys(missing))
            shelf, here, places, late = self._on_shelf(missing)
            if shelf:
                self._cards.update(shelf.cards(here, places))
            if late:
                self._cards.update(self._catalog.cards(late))
        return {song: card for song in ids if (card := self._cards[song]) is not None}

    def keys(self, ids: Collection[str]) -> dict[str, SongKeys]:
        """Id -> the keys of the song."""
        shelf, here, places, late = self._on_shelf([song for song in ids if song not in self._keys])
        if shelf:
            self._keys.update(zip(here, shelf.song_keys(places), strict=True))
        for song, card in self.cards(late).items():
            self._keys[song] = song_keys(card.title, card.artists, card.album)
        return {song: self._keys[song] for song in ids if song in self._keys}

    def named_by(self, asked: Sequence[Collection[str]], ids: Sequence[str]) -> list[list[str]]:
        """For each of several sets of words, the songs that are named by any of them."""
        shelf, here, places, late = self._on_shelf(ids)
        read = self.words_of_names(late)
        return [
            [
                *(compress(here, shelf.words.named(places, words).tolist()) if shelf else ()),
                *(song for song, own in read.items() if not own.isdisjoint(words)),
            ]
            for words in asked
        ]

    def soft_targets(self, ids: Sequence[str]) -> Column:
        """Measured tempo and energy of songs (n, 2); NaN: not known."""
        shelf, here, places, late = self._on_shelf(ids)
        found = shelf.targets(places) if shelf else np.empty((0, 2))
        if not late:
            return found
        known = dict(zip(here, found.tolist(), strict=True)) | self._catalog.soft_targets(late)
        return np.array([known.get(song, (None, None)) for song in ids], dtype=np.float64)

    def structures(self, ids: Collection[str]) -> dict[str, SongStructure]:
        """Id -> beats and sections of the song."""
        missing = [song for song in ids if song not in self._structures]
        if missing:
            self._structures.update(dict.fromkeys(missing))
            self._structures.update(self._catalog.structures(missing))
        return {song: found for song in ids if (found := self._structures[song]) is not None}

    def vectors(self, spaces: Collection[str], ids: Collection[str]) -> dict[str, dict[str, FloatArray]]:
        """Space -> id -> unit vector (dim,) of the song; songs without one in a space are left out there."""
        # One statement for all spaces: what one of them has already is read again only with what is new.
        kept = {space: self._vectors.setdefault(space, {}) for space in spaces}
        missing = [song for song in ids if any(song not in own for own in kept.values())]
        if missing:
            for own in kept.values():
                own.update(dict.fromkeys(missing))
            for space, songs, block in self._read_vectors(spaces, missing):
                kept[space].update(zip(songs, block, strict=True))
        return {
            space: {song: found for song in ids if (found := own[song]) is not None}
            for space, own in kept.items()
        }

    def matrices(
        self, spaces: Collection[str], ids: Sequence[str]
    ) -> tuple[list[str], dict[str, FloatArray]]:
        """The songs that have a vector in all of the spaces; space -> their unit vectors (n, dim)."""
        shelf, here, places, late = self._on_shelf(ids)
        there = shelf.has_all(spaces, places) if shelf else None
        if shelf is None or there is None:
            here, late = [], ids
        rows = self.vectors(spaces, late)
        fresh = [song for song in late if all(song in own for own in rows.values())]
        if shelf is None or there is None or not here:
            nothing = np.empty((0, 0), dtype=np.float32)
            return fresh, {
                space: np.stack([own[song] for song in fresh]) if fresh else nothing
                for space, own in rows.items()
            }
        found = list(compress(here, there))
        blocks = {space: shelf.vectors(space, places[there]) for space in spaces}
        if not fresh:
            return found, blocks
        # Those of the files and those of SQL, in the order that was asked for.
        at = {song: place for place, song in enumerate([*found, *fresh])}
        both = [song for song in ids if song in at]
        order = [at[song] for song in both]
        return both, {
            space: np.concatenate([block, [rows[space][song] for song in fresh]])[order]
            for space, block in blocks.items()
        }

    def centre(self, space: str, *, fewest: int = 1) -> FloatArray | None:
        """The mean (dim,) of the vectors of the library in a space; None if there are fewer songs.

        Some songs stand for all: the first by id, which is a hash.
        """
        sample = self._shelf.first_vectors(space, SAMPLE) if self._shelf and self._shelf.is_current else None
        if sample is None:
            if space not in self._samples:
                if not self._first:
                    self._first.extend(self._catalog.first_ids(SAMPLE))
                self._samples[space] = self.matrices([space], self._first)[1][space]
            sample = self._samples[space]
        return sample.mean(axis=0) if len(sample) >= fewest else None

    @property
    def size(self) -> int:
        """How many vectors are kept."""
        return sum(map(len, self._vectors.values()))

    def words_of_names(self, ids: Collection[str]) -> dict[str, frozenset[str]]:
        """Id -> the words of title, artists, album and genre of the song."""
        return {song: self._words_of(card) for song, card in self.cards(ids).items()}

    def count_words(
        self, words: Collection[str], beginnings: Collection[str]
    ) -> tuple[dict[str, int], dict[str, dict[str, int]]]:
        """As the catalogue counts words, and completes beginnings that are none."""
        unknown = [word for word in words if word not in self._counts]
        unended = sorted(one for one in beginnings if one not in self._completions)
        if self._shelf is not None and self._shelf.is_current:
            spoken = self._shelf.words
            self._counts.update({word: len(spoken.songs_of(word)) for word in (*unknown, *unended)})
            self._completions.update({one: spoken.completions(one) for one in unended})
            unknown = unended = []
        # A statement takes so many beginnings, and there is one even if there are none.
        for some in chunks(unended, _BEGINNINGS) if unended else [[]] if unknown else []:
            counts, completions = self._catalog.count_words([*unknown, *some], some)
            self._counts.update(dict.fromkeys([*unknown, *some], 0) | counts)
            self._completions.update({one: completions.get(one, {}) for one in some})
            unknown = []
        found = {word: number for word in words if (number := self._counts[word])}
        ends = {one: self._completions[one] for one in beginnings if not self._counts[one]}
        return found, {one: own for one, own in ends.items() if own}

    def songs_with_words(
        self,
        weights: Mapping[str, int],
        limit: int,
        *,
        where: Filters = NO_FILTERS,
        exclude: Collection[str] = (),
    ) -> list[str]:
        """Ids of the songs whose words weigh most, heaviest first, equal ones in the order of their ids."""
        shelf = self._shelf
        if shelf is None or not shelf.is_current or where != NO_FILTERS:
            found = self._catalog.songs_with_words(weights, limit, where=where, exclude=exclude)
            self._cards.update({card.id: card for card, _ in found})
            return [card.id for card, _ in found]
        hidden = shelf.places(list(exclude))
        return shelf.ids(shelf.words.best(weights, limit, hidden[hidden >= 0]))

    def _words_of(self, card: SongCard) -> frozenset[str]:
        if card.id not in self._named_by:
            self._named_by[card.id] = words_of_texts((card.title, *card.artists, card.album, card.genre))
        return self._named_by[card.id]

    def _read_vectors(
        self, spaces: Collection[str], ids: Sequence[str]
    ) -> Iterator[tuple[str, Sequence[str], FloatArray]]:
        """Space, songs, and their vectors (n, dim)."""
        shelf, here, places, late = self._on_shelf(ids)
        for space in spaces if here else ():
            there = shelf.has_all([space], places) if shelf else None
            if shelf is None or there is None:
                late = ids
            else:
                yield space, list(compress(here, there)), shelf.vectors(space, places[there])
        if late:
            yield from self._catalog.vectors_in(spaces, late)

    def _on_shelf(self, ids: Sequence[str]) -> tuple[ShelfView | None, list[str], Places, Sequence[str]]:
        """The shelf, if there is one; the songs that lie there, and where; and the others."""
        if self._shelf is None:
            return None, [], np.empty(0, dtype=np.int64), ids
        missing = [song for song in ids if song not in self._places]
        if missing:
            self._places.update(zip(missing, self._shelf.places(missing).tolist(), strict=True))
        places = np.fromiter(map(self._places.__getitem__, ids), np.int64, len(ids))
        there = places >= 0
        if there.all():  # as nearly always
            return self._shelf, list(ids), places, []
        return self._shelf, list(compress(ids, there)), places[there], list(compress(ids, ~there))

"""Songs that the words of a query name, beside those that sound as it says."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from reelscore.embedding.lite.name_likeness import name_likeness
from reelscore.filters.table import NO_FILTERS, Filters
from reelscore.library.index_sync import open_index
from reelscore.ranking.feedback import SEEDS, seed_vector
from reelscore.records import FloatArray, Phrase
from reelscore.search.reading import Reading
from reelscore.text.names import (
    AskedWords,
    Named,
    NameReader,
    WordWeights,
    ask_words,
    weigh_words,
    without_words,
)
from reelscore.wiring import Wiring

# Songs that are looked at to learn what a query names, before any filter.
_FIRST_LOOK = 200
# From this share on, a song is what was asked for by its name.
_MEANT = 0.5
# A word that more songs have than this finds none by itself; beside rarer words it still counts.
_TOO_COMMON = 5_000
# Weights of words become whole numbers, so that every database adds them up alike.
_SCALE = 1_000


@dataclass(frozen=True, slots=True)
class _Said:
    """One phrase of a query."""

    text: str
    share: float  # of the weight of all phrases
    reader: NameReader
    lookup: Mapping[str, int]  # word -> weight, for the database


class Names:
    """How the phrases of a query name songs.

    Parameters
    ----------
    phrases
        What may name songs.
    total
        Weight of all phrases of the query, also of those that name nothing.
    songs
        About how many there are in the library.
    """

    def __init__(self, reading: Reading, phrases: Sequence[Phrase], *, total: float, songs: int) -> None:
        self._reading = reading
        self._said = _read(reading, phrases, total=total or 1.0, songs=songs)
        self._each: dict[str, list[tuple[_Said, Named]]] = {}  # by song

    @property
    def words(self) -> set[str]:
        """The words by which names of the library are looked up."""
        return {word for said in self._said for word in said.lookup}

    def named(self, songs: Collection[str]) -> dict[str, Named]:
        """Song id -> how the phrases name it together; songs that they do not name are left out."""
        fresh = [song for song in songs if song not in self._each]
        self._each.update((song, []) for song in fresh)
        named_by = self._reading.named_by([said.reader.wanted for said in self._said], fresh)
        cards = self._reading.cards(set(chain.from_iterable(named_by)))
        for said, named in zip(self._said, named_by, strict=True):
            for song in named:
                card = cards[song]
                if found := said.reader.named(card.title, card.artists, card.album, card.genre):
                    self._each[song].append((said, found))
        return {song: _together(own) for song in songs if (own := self._each[song])}


def _together(own: Sequence[tuple[_Said, Named]]) -> Named:
    """How several phrases name a song."""
    fields = dict.fromkeys(field for _, one in own for field in one.fields)
    return Named(sum(said.share * one.share for said, one in own), tuple(fields))


class NameSearch(Names):
    """The names in the phrases of a query, and the songs that have them; false if they name no song."""

    def __init__(self, wiring: Wiring, reading: Reading, phrases: Sequence[Phrase], *, total: float) -> None:
        # Opening it writes the words that an older library lacks.
        songs = open_index(wiring, wiring.lite.space.name).count()
        super().__init__(reading, phrases, total=total, songs=songs)
        self._wiring = wiring
        self._first_look = self._look(_FIRST_LOOK, NO_FILTERS, ())
        self._first = self.named(self._first_look[0])
        # Phrase -> what is left of it without the artists that it names: "daft punk" is no punk.
        self.rest: dict[str, str] = {}
        artists: dict[str, set[int]] = {}
        for said, named in chain.from_iterable(self._each.values()):
            artists.setdefault(said.text, set()).update(named.artist)
        for said in self._said:
            found = artists.get(said.text)
            self.rest[said.text] = without_words(said.text, found) if found else said.text

    def __bool__(self) -> bool:
        return bool(self._first)

    def find(
        self, wanted: int, *, where: Filters = NO_FILTERS, exclude: Collection[str] = ()
    ) -> tuple[list[str], bool]:
        """Ids of songs that have words of the query, the best first; and whether there are no others."""
        if wanted <= _FIRST_LOOK and where == NO_FILTERS and not exclude:
            found, complete = self._first_look
            return found[:wanted], complete and len(found) < wanted
        return self._look(wanted, where, exclude)

    def sound(self) -> FloatArray | None:
        """What the songs that are meant sound like, or None if none has been heard."""
        meant = sorted(self._first, key=lambda song: (-self._first[song].share, song))
        meant = [song for song in meant if self._first[song].share >= _MEANT] or meant
        space = self._wiring.embedders.sound_space
        seeds = self._reading.vectors([space], sorted(meant[:SEEDS]))[space]
        return seed_vector(list(seeds.values())) if seeds else None

    def _look(self, wanted: int, where: Filters, exclude: Collection[str]) -> tuple[list[str], bool]:
        found: dict[str, None] = {}
        complete = True
        for said in self._said:
            hits = self._reading.songs_with_words(said.lookup, wanted, where=where, exclude=exclude)
            found.update(dict.fromkeys(hits))
            complete = complete and len(hits) < wanted
        return list(found), complete


def _read(reading: Reading, phrases: Sequence[Phrase], *, total: float, songs: int) -> list[_Said]:
    """Every phrase with what its words weigh; all words are looked up at once."""
    asked = [ask_words(phrase.text) for phrase in phrases]
    counts, beginnings = reading.count_words(
        {word for each in asked for word in each.words}, {each.prefix for each in asked if each.prefix}
    )
    said = []
    for phrase, each in zip(phrases, asked, strict=True):
        own = {word: counts[word] for word in each.words if word in counts}
        completions = {} if not each.prefix or each.prefix in own else beginnings.get(each.prefix, {})
        weights = weigh_words(each, own, songs, name_likeness, completions)
        lookup = _lookup(each, weights, own, completions)
        said.append(_Said(phrase.text, phrase.weight / total, NameReader(each, weights), lookup))
    return said


def _lookup(
    asked: AskedWords, weights: WordWeights, counts: Mapping[str, int], completions: Mapping[str, int]
) -> dict[str, int]:
    # Also words that a negation turns: "No Doubt" is found by its second word.
    found = {
        word: rarity
        for word, names, rarity in zip(asked.words, asked.telling, weights.rarity, strict=True)
        if names and word in counts
    }
    if len(found) > 1:
        rarest = min(found, key=lambda word: (counts[word], word))
        found = {
            word: rarity for word, rarity in found.items() if counts[word] <= _TOO_COMMON or word == rarest
        }
    if completions:  # which there are only if there is a last word
        found |= dict.fromkeys(completions, weights.rarity[-1])
    return {word: max(1, round(_SCALE * rarity)) for word, rarity in found.items()}

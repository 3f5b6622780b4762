"""Songs that a query names: words of titles, artists, albums and stated genres, and how much they explain.

Words are compared as `reelscore.text.words` cuts them. The databases only look words up; everything that
ranks is computed here, so every database gives the same answer.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial

from reelscore.text.negation import read_negations
from reelscore.text.stop_words import NO_NAMES
from reelscore.text.titles import split_title
from reelscore.text.tokens import quotations
from reelscore.text.words import (
    chunk_words,
    is_connecting,
    is_sign,
    remembered_words,
    words_of,
    words_to_store,
)

# A last word of at least so many letters that no song has may be the beginning of one.
_SHORTEST_PREFIX = 4
# Below this share of the query, a song is not said to be named.
NAMED_FROM = 0.06
# Words that say what music sounds like count half beside names, since the model explains them.
_KNOWN_WEIGHT = 0.5
# Likeness of a word to a name up to which it counts as such a word.
_KNOWN_LIKENESS = 0.2
# How sure a name is: a stated genre, one plain word that is all that was asked for, one that is an artist.
_GENRE, _ONE_PLAIN_WORD, _ONE_WORD_ARTIST, _WHOLE = 0.3, 0.3, 0.5, 1.0
_BEGINNING = 0.8


# --- what is asked -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AskedWords:
    """The words of a query, and which of them may name something."""

    words: tuple[str, ...]
    significant: tuple[bool, ...]
    core: tuple[int, int]  # the words without those around them that only ask: "songs by queen"
    # The number of the negation that turns a word, and of the one that a word belongs to; 0: none.
    turned: tuple[int, ...]
    turning: tuple[int, ...]
    quoted: tuple[bool, ...]  # stands in quotation marks, so a name is meant

    @property
    def telling(self) -> tuple[bool, ...]:
        """Which words may find songs: also those behind a negation, which may be part of a name."""
        return tuple(
            significant or word not in NO_NAMES
            for word, significant in zip(self.words, self.significant, strict=True)
        )

    @property
    def prefix(self) -> str | None:
        """The last word, if it may be the beginning of a word."""
        if self.words and self.significant[-1] and len(self.words[-1]) >= _SHORTEST_PREFIX:
            return self.words[-1]
        return None


def ask_words(text: str) -> AskedWords:
    """Read the words of a query. What a negation turns names nothing."""
    spans = read_negations(text)
    words: list[str] = []
    significant: list[bool] = []
    turned: list[int] = []
    turning: list[int] = []
    quoted: list[bool] = []
    marks = quotations(text)
    for start, end, own in _chunks(text):
        in_marks = any(low <= start and end <= high + 1 for low, high in marks)
        met = [at for at, span in enumerate(spans, 1) if span.start < end and start < span.end]
        number = next((at for at in met if spans[at - 1].negated), 0)
        behind = next((at for at, span in enumerate(spans, 1) if span.negated and span.start >= end), 0)
        for word in own:
            words.append(word)
            turned.append(number)
            turning.append(0 if met else behind)
            quoted.append(in_marks and not number)
            plain = word not in NO_NAMES and not is_sign(word)
            significant.append(bool(met) and not number and (plain or in_marks))
    if words and all(word in NO_NAMES or is_sign(word) for word in words):
        # The Who, No Doubt; but songs by !!!, something like "Without You".
        meant = [is_sign(word) or mark for word, mark in zip(words, quoted, strict=True)]
        significant = meant if any(meant) else [True] * len(words)
    marked = [at for at, word in enumerate(words) if word not in NO_NAMES or significant[at]]
    core = (marked[0], marked[-1] + 1) if marked else (0, 0)
    return AskedWords(tuple(words), tuple(significant), core, tuple(turned), tuple(turning), tuple(quoted))


def without_words(text: str, places: Collection[int]) -> str:
    """A query without some of its words, which are named by their places in `ask_words(text).words`."""
    kept, at = [], 0
    for start, end, own in _chunks(text):
        if not own or not all(place in places for place in range(at, at + len(own))):
            kept.append(text[start:end])
        at += len(own)
    return " ".join(kept)


def _chunks(text: str) -> list[tuple[int, int, list[str]]]:
    """The runs of a query between spaces: where each begins and ends, and its words.

    Signs that connect are words only if there is nothing else but the frame of a request: "the album +".
    """
    found = [(*match.span(), chunk_words(match.group())) for match in re.finditer(r"\S+", text)]
    letters = [word for _, _, own in found for word in own if not is_sign(word)]
    if any(word not in NO_NAMES for word in letters):
        found = [(start, end, [word for word in own if not is_connecting(word)]) for start, end, own in found]
    if not any(own for _, _, own in found):
        return [(0, len(text), words_of(text))]
    return found


@dataclass(frozen=True, slots=True)
class WordWeights:
    """How much each word of a query counts, and how much it is like a name, both by position."""

    rarity: tuple[float, ...]
    likeness: tuple[float, ...]
    # Words that songs have instead of the last one, which is their beginning.
    completions: frozenset[str] = field(default=frozenset())


def weigh_words(
    asked: AskedWords,
    counts: Mapping[str, int],
    songs: int,
    likeness: Callable[[str], float],
    completions: Iterable[str] = (),
) -> WordWeights:
    """Weigh the words of a query by how rare they are in the library.

    Parameters
    ----------
    counts
        Word -> songs that have it.
    songs
        Songs in the library.
    likeness
        0 for a word that says what music sounds like, to 1 for one that can only be a name.
    completions
        Words of the library that begin with the last word.
    """
    rarity, like = [], []
    for word in asked.words:
        # Robertson and Zaragoza, The probabilistic relevance framework: BM25 and beyond, 2009; a word that
        # no song has counts like one that one song has.
        count = max(counts.get(word, 0), 1)
        rare = math.log(1.0 + (songs - count + 0.5) / (count + 0.5)) if songs > count else 0.1
        like.append(1.0 if is_sign(word) else likeness(word))
        rarity.append(max(rare, 0.1) * (_KNOWN_WEIGHT if like[-1] <= _KNOWN_LIKENESS else 1.0))
    return WordWeights(tuple(rarity), tuple(like), frozenset(completions))


# --- what a song is named by -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Named:
    """How much of a query names a song (0..1), and where: "title", "artist", "album", "genre"."""

    share: float
    fields: tuple[str, ...]
    # Words of the query, by position, that are the whole name of an artist.
    artist: frozenset[int] = field(default=frozenset())


@dataclass(frozen=True, slots=True)
class _Match:
    """What one field of a song has of a query."""

    kind: str
    sure: tuple[float, ...]  # for each word of the query
    share: float  # of all its names together
    best: float  # of the best of them
    artist: frozenset[int]  # words that are the whole name of an artist
    spans: tuple[tuple[int, int], ...]  # where one of its names stands in the query as a whole


class NameReader:
    """How much a query names songs: one for each query, so that a name that many songs have is read once."""

    def __init__(self, asked: AskedWords, weights: WordWeights) -> None:
        self.asked = asked
        self.weights = weights
        self.wanted = weights.completions.union(asked.words)  # words that songs may be named by
        self._title, self._artist, self._album, self._genre = (
            cache(partial(self._read, kind)) for kind in ("title", "artist", "album", "genre")
        )
        self._without = cache(self._freed)

    def named(
        self,
        title: str,
        artists: Sequence[str] = (),
        album: str | None = None,
        genre: str | None = None,
    ) -> Named | None:
        """How much of the query names a song; None if it hardly does.

        The share is that of the words that the song has, each by its rarity and by how sure it is that a name
        is meant: surely, if a whole name of several words stands in the query, if one name has all of its
        words, or if a name is all that was asked for; else as much as the word itself is like a name.
        """
        fields = (self._title(title), *map(self._artist, artists), self._album(album), self._genre(genre))
        found = self._without_chance([match for match in fields if match])
        if not found:
            return None
        # A negation that is part of a name turns nothing: "Never Gonna Give You Up" by Rick Astley.
        turning = self.asked.turning
        if any(turning):
            spans = (span for match in found for span in match.spans)
            if freed := frozenset(turning[at] for span in spans for at in range(*span)) - {0}:
                return self._without(freed).named(title, artists, album, genre)
        if len(found) == 1:
            share = found[0].share
        else:
            share = self._share([max(pair) for pair in zip(*(match.sure for match in found), strict=True)])
        if share < NAMED_FROM:
            return None
        least = max(NAMED_FROM, 0.3 * share)
        telling = dict.fromkeys(match.kind for match in found if match.best >= least)
        return Named(share, tuple(telling), frozenset().union(*(match.artist for match in found)))

    def _without_chance(self, found: list[_Match]) -> list[_Match]:
        """Without titles and albums that have one word of several: "feelings of loss" names no "Feelings".

        A mark of quotation means it all the same, and so does a word that is a sign.
        """
        significant = self.asked.significant
        has = {at for match in found if match.kind != "genre" for at, sure in enumerate(match.sure) if sure}
        if sum(significant) < 2 or len(has) != 1:
            return found
        (at,) = has
        if self.asked.quoted[at] or is_sign(self.asked.words[at]):
            return found
        return [match for match in found if match.kind not in ("title", "album")]

    def _read(self, kind: str, text: str | None) -> _Match | None:
        """What a field has of the query; None if it has no word of it."""
        if not text or words_to_store(text).isdisjoint(self.wanted):
            return None
        names = {text.casefold(): text}
        if kind == "title":
            names.setdefault(base := split_title(text).base, base)
        elif kind == "artist":
            names.setdefault(bare := text.casefold().removeprefix("the "), bare)
        spans = {name: _spans(remembered_words(name), self.asked) for name in names.values()}
        sure = [_sureness(kind, name, own, self.asked, self.weights) for name, own in spans.items()]
        shares = [self._share(each) for each in sure]
        together = sure[0] if len(sure) == 1 else [max(pair) for pair in zip(*sure, strict=True)]
        whole = {span for own in spans.values() for span in own}
        return _Match(
            kind,
            tuple(together),
            shares[0] if len(sure) == 1 else self._share(together),
            max(shares),
            self._artist_words(whole) if kind == "artist" else frozenset(),
            tuple(whole),
        )

    def _share(self, sure: Sequence[float]) -> float:
        """How much of the query is meant, if each of its words is with such a certainty."""
        total = gained = 0.0
        for significant, rarity, each in zip(self.asked.significant, self.weights.rarity, sure, strict=True):
            if significant or each >= _WHOLE:
                total += rarity
                gained += rarity * each
        return min(1.0, gained / total) if total else 0.0

    def _artist_words(self, spans: Iterable[tuple[int, int]]) -> frozenset[int]:
        """The words that are the whole name of an artist, and not one plain word."""
        return frozenset(
            at
            for start, end in spans
            if end - start > 1 or self.weights.likeness[start] > _KNOWN_LIKENESS
            for at in range(start, end)
        )

    def _freed(self, negations: frozenset[int]) -> NameReader:
        """The reader of the query without some of its negations."""
        turned = tuple(0 if number in negations else number for number in self.asked.turned)
        return NameReader(replace(self.asked, turned=turned, turning=(0,) * len(turned)), self.weights)


def _sureness(
    kind: str, text: str, spans: Sequence[tuple[int, int]], asked: AskedWords, weights: WordWeights
) -> list[float]:
    """For each word of the query, how sure it is that it means this name, which stands whole at `spans`."""
    own = words_to_store(text)
    sure = [0.0] * len(asked.words)
    for at, word in enumerate(asked.words):
        if not asked.significant[at]:
            continue
        if word in own:
            sure[at] = weights.likeness[at]
        elif at == len(asked.words) - 1 and weights.completions & own:
            sure[at] = _BEGINNING * weights.likeness[at]
        if sure[at] and kind == "genre":
            sure[at] = max(sure[at] if len(own) > 1 else 0.0, _GENRE)
    if kind == "genre":
        return [min(each, _GENRE) for each in sure]
    meant = [at for at, significant in enumerate(asked.significant) if significant]
    if len(meant) > 1 and all(asked.words[at] in own for at in meant):
        for at in meant:
            sure[at] = _WHOLE
    for start, end in spans:
        for at in range(start, end):
            sure[at] = max(sure[at], _span_sureness(kind, start, end, asked, weights))
    return sure


def _spans(name: tuple[str, ...], asked: AskedWords) -> list[tuple[int, int]]:
    """Where the whole name stands in the query."""
    length = len(name)
    if not length:
        return []
    starts = range(len(asked.words) - length + 1)
    found = [(at, at + length) for at in starts if asked.words[at : at + length] == name]
    return [span for span in found if _may_name(span, asked)]


def _may_name(span: tuple[int, int], asked: AskedWords) -> bool:
    """Whether words that are a whole name may mean it: not if all of them are what is not wanted."""
    places = range(*span)
    if len(places) == len(asked.words):
        return True
    if all(asked.turned[at] for at in places):
        return False
    return len(places) > 1 or asked.significant[span[0]] or is_sign(asked.words[span[0]])


def _span_sureness(kind: str, start: int, end: int, asked: AskedWords, weights: WordWeights) -> float:
    if end - start > 1 and any(
        asked.quoted[at] or asked.words[at] not in NO_NAMES for at in range(start, end)
    ):
        return _WHOLE
    if end - start == len(asked.words):
        return _WHOLE  # all that was asked
    if end - start > 1:
        return 0.0
    if (start, end) == asked.core and (kind == "artist" or weights.likeness[start] > _KNOWN_LIKENESS):
        return _WHOLE  # "songs by Queen"
    if weights.likeness[start] <= _KNOWN_LIKENESS:
        return _ONE_PLAIN_WORD if (start, end) == asked.core else 0.0
    return max(weights.likeness[start], _ONE_WORD_ARTIST) if kind == "artist" else weights.likeness[start]

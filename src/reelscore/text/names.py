"""Songs that a query names: words of titles, artists, albums and stated genres, and how much they explain.

Words are compared folded: without case, accents, apostrophes and punctuation. Scripts that put no spaces
between words are compared by characters and pairs of characters. The databases only look words up;
everything that ranks is computed here, so every database gives the same answer.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from reelscore.text.titles import split_title

# Goes up when words are cut or folded in another way, so that stored ones are written anew.
WORDS_VERSION = 1
LONGEST_WORD = 64
_REMEMBERED = 10_000  # texts whose words are kept
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

_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h"}
)
_APOSTROPHES = re.compile("['’`´‘]")
# "Ke$ha", "P!nk"
_DOLLAR, _EXCLAMATION = re.compile(r"(?<=\w)\$(?=\w)"), re.compile(r"(?<=\w)!(?=\w)")
_BREAK = re.compile(r"[,;:!?()\[\]\"“”]+(?=\s|$)|(?<=\s)[(\[\"“]|\.(?=\s|$)|(?<!anything )\bbut\b", re.I)
_NEGATIONS = frozenset("no not without never avoid except minus nor dont".split())
_NEGATING_PAIRS = frozenset({("instead", "of"), ("rather", "than"), ("anything", "but"), ("free", "of")})
_STOP_WORDS = frozenset(
    """a an the of for to in on at by with without no not and or but as is are be it its that this these those
    from into like some something any i im me my we our you your want need would should could can will please
    find give get show make play looking music song songs track tracks tune tunes piece pieces sound sounds
    sounding kind type style vibe vibes feel feeling mood genre based similar good great nice best suitable
    video videos scene clip which what when where while about artist artists band singer album albums version
    versions one two part feat ft featuring und der die das von le la les de del el los du et des""".split()
)
_FIELDS = ("title", "artist", "album", "genre")


# --- words -------------------------------------------------------------------------------------------


def words_of(text: str) -> list[str]:
    """The words of a text as they are compared, in order."""
    return list(_words_of(text))


# The same names come again and again among the candidates of a query, and cutting them is most of its cost.
@lru_cache(maxsize=_REMEMBERED)
def _words_of(text: str) -> tuple[str, ...]:
    found: list[str] = []
    for chunk in _plain(text).split():
        parts = _parts(chunk)
        if len(parts) > 1 and all(len(part) == 1 and part.isascii() for part in parts):
            parts = ["".join(parts)]  # R.E.M.
        for part in parts:
            found.extend(_units(part, single=False))
    return tuple(word[:LONGEST_WORD] for word in found)


def stored_words(texts: Iterable[str | None]) -> list[str]:
    """Every word under which texts can be found, sorted: also "acdc" for "AC/DC"."""
    return sorted(frozenset().union(*(_stored_words(text) for text in texts if text)))


@lru_cache(maxsize=_REMEMBERED)
def _stored_words(text: str) -> frozenset[str]:
    found: set[str] = set()
    for chunk in _plain(text).split():
        parts = _parts(chunk)
        for part in (*parts, "".join(parts)):
            found.update(word[:LONGEST_WORD] for word in _units(part, single=True))
    return frozenset(found)


def _plain(text: str) -> str:
    text = text.casefold()
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text.translate(_LETTERS))
        text = "".join(char for char in text if not unicodedata.combining(char))
        text = unicodedata.normalize("NFC", text).casefold()  # Korean syllables are whole again
    return _EXCLAMATION.sub("i", _DOLLAR.sub("s", _APOSTROPHES.sub("", text)))


def _parts(chunk: str) -> list[str]:
    """Runs of letters and digits, with the vowel signs of scripts that write them apart."""
    if chunk.isalnum():
        return [chunk]
    spaced = "".join(
        char if char.isalnum() or unicodedata.category(char)[0] == "M" else " " for char in chunk
    )
    return spaced.split()


def _units(part: str, *, single: bool) -> list[str]:
    """A word as it is; a run of a script without spaces as pairs of characters, and single ones if asked."""
    if part.isascii():
        return [part] if part else []
    units: list[str] = []
    run = ""
    for char in part + " ":
        unspaced = _is_unspaced(char)
        if run and (unspaced != _is_unspaced(run[0]) or char == " "):
            if not _is_unspaced(run[0]):
                units.append(run)
            else:
                units += [run[at : at + 2] for at in range(len(run) - 1)]
                units += list(run) if single or len(run) == 1 else []
            run = ""
        run += char.strip()
    return units


def _is_unspaced(char: str) -> bool:
    code = ord(char)
    return (
        0x0E00 <= code <= 0x0EFF  # Thai, Lao
        or 0x1000 <= code <= 0x109F  # Burmese
        or 0x1780 <= code <= 0x17FF  # Khmer
        or 0x3040 <= code <= 0x30FF  # kana
        or 0x3400 <= code <= 0x9FFF
        or 0xAC00 <= code <= 0xD7AF  # Korean
        or 0xF900 <= code <= 0xFAFF
        or 0x20000 <= code <= 0x2FA1F
    )


# --- what is asked -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AskedWords:
    """The words of a query, and which of them may name something."""

    words: tuple[str, ...]
    significant: tuple[bool, ...]
    core: tuple[int, int]  # the words without those around them that only ask: "songs by queen"

    @property
    def telling(self) -> tuple[bool, ...]:
        """Which words may find songs: also those behind a negation, which may be part of a name."""
        return tuple(
            significant or word not in _STOP_WORDS
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
    words: list[str] = []
    significant: list[bool] = []
    for clause in _BREAK.split(text):
        negated = False
        own = words_of(clause)
        for at, word in enumerate(own):
            negated = negated or word in _NEGATIONS or tuple(own[at : at + 2]) in _NEGATING_PAIRS
            words.append(word)
            significant.append(not negated and word not in _STOP_WORDS)
    if words and all(word in _STOP_WORDS for word in words):
        significant = [True] * len(words)  # The Who, No Doubt
    marked = [at for at, word in enumerate(words) if word not in _STOP_WORDS or significant[at]]
    core = (marked[0], marked[-1] + 1) if marked else (0, 0)
    return AskedWords(tuple(words), tuple(significant), core)


def without_words(text: str, places: Collection[int]) -> str:
    """A query without some of its words, which are named by their places in `ask_words(text).words`."""
    kept, at, before = [], 0, ""
    for chunk in text.split():
        plain = chunk.strip(",;:.").casefold()
        breaks = plain == "but" and before != "anything"  # and is no word, as in `ask_words`
        count = 0 if breaks else len(words_of(chunk))
        if not count or not all(place in places for place in range(at, at + count)):
            kept.append(chunk)
        at, before = at + count, plain
    return " ".join(kept)


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
        like.append(likeness(word))
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


def name_share(
    asked: AskedWords,
    weights: WordWeights,
    *,
    title: str,
    artists: Sequence[str] = (),
    album: str | None = None,
    genre: str | None = None,
) -> Named | None:
    """How much of a query names a song; None where it hardly does.

    The share is that of the words that the song has, each by its rarity and by how sure it is that a name
    is meant: surely, where a whole name of several words stands in the query, where one name has all of its
    words, or where a name is all that was asked for; else as much as the word itself is like a name.
    """
    names: list[tuple[str, str]] = [("title", title), ("title", split_title(title).base)]
    names += [("artist", artist) for artist in artists]
    names += [("artist", artist.casefold().removeprefix("the ")) for artist in artists]
    names += [(kind, text) for kind, text in (("album", album), ("genre", genre)) if text]
    sure = [0.0] * len(asked.words)
    by_field: dict[str, float] = {}
    whole_artist: set[int] = set()
    for kind, text in dict.fromkeys(names):
        gained = _sureness(kind, text, asked, weights)
        by_field[kind] = max(by_field.get(kind, 0.0), _share(gained, asked, weights))
        sure = [max(pair) for pair in zip(sure, gained, strict=True)]
        if kind == "artist":
            for start, end in _spans(_words_of(text), asked):
                if end - start > 1 or weights.likeness[start] > _KNOWN_LIKENESS:
                    whole_artist.update(range(start, end))
    share = _share(sure, asked, weights)
    if share < NAMED_FROM:
        return None
    telling = tuple(kind for kind in _FIELDS if by_field.get(kind, 0.0) >= max(NAMED_FROM, 0.3 * share))
    return Named(share, telling, frozenset(whole_artist))


def _share(sure: Sequence[float], asked: AskedWords, weights: WordWeights) -> float:
    total = gained = 0.0
    for at, significant in enumerate(asked.significant):
        if significant or sure[at] >= _WHOLE:
            total += weights.rarity[at]
            gained += weights.rarity[at] * sure[at]
    return min(1.0, gained / total) if total else 0.0


def _sureness(kind: str, text: str, asked: AskedWords, weights: WordWeights) -> list[float]:
    """For each word of the query, how sure it is that it means this name."""
    own = _stored_words(text)
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
    for start, end in _spans(_words_of(text), asked):
        for at in range(start, end):
            sure[at] = max(sure[at], _span_sureness(kind, start, end, asked, weights))
    return sure


def _spans(name: Sequence[str], asked: AskedWords) -> list[tuple[int, int]]:
    """Where the whole name stands in the query."""
    length = len(name)
    if not length:
        return []
    starts = range(len(asked.words) - length + 1)
    found = [(at, at + length) for at in starts if list(asked.words[at : at + length]) == list(name)]
    return [
        span
        for span in found
        if any(asked.significant[at] for at in range(*span)) or length == len(asked.words) or length > 1
    ]


def _span_sureness(kind: str, start: int, end: int, asked: AskedWords, weights: WordWeights) -> float:
    if end - start > 1 and any(asked.words[at] not in _STOP_WORDS for at in range(start, end)):
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


def lift(
    relevance: Mapping[str, Mapping[str, float]], named: Mapping[str, Named], *, part: str = "names"
) -> dict[str, dict[str, float]]:
    """Raise the songs that a query names.

    A song that all of the query names rises by the distance between the best and the worst candidate, so
    it stands above all that are not named; one that half of it names rises half as far.

    Parameters
    ----------
    relevance
        Song id -> named parts.
    named
        Song id -> how it is named; the others stay as they are.
    part
        Name of the part that the raise is shown as.
    """
    totals = [sum(parts.values()) for parts in relevance.values()]
    distance = (max(totals) - min(totals)) if totals else 0.0
    # Songs that are alike in everything else, or only one of them, are told apart by names too.
    distance = distance * 1.01 if distance > 1e-6 else 1.0
    return {
        song: {**parts, part: distance * named[song].share} if song in named else dict(parts)
        for song, parts in relevance.items()
    }

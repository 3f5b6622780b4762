"""From what is seen in a film to the music that it asks for, by a table written from the craft. Pure.

The table (`film_music.txt`) says for places, people, actions, kinds of film, eras and light which phrases,
tempo and energy go with them. What a text names is found in it, and if the entries disagree their weights
settle it: the kind of a film counts more than the weather.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from importlib.resources import files

from reelscore.query.scenes import without_times
from reelscore.records import Phrase
from reelscore.text.inflection import verbs_of
from reelscore.text.negation import read_negations
from reelscore.text.stop_words import NO_SOUND
from reelscore.text.words import words_of

MOST_PHRASES = 6
# In a text of at most this many words each counts; in a longer one, words that the table lacks are grammar.
LONGEST_BRIEF = 12
# "The camera", "animated": descriptions say how each film is made, and the music goes by what happens in it.
_FILMING_IN_DESCRIPTIONS = 0.2
# A phrase with less than this share of the strongest says little, and is left out.
_LEAST_SHARE = 0.25
# Half the width of the wanted range of tempi, as a factor, if entries agree.
_LEEWAY = 1.12
_DOING = frozenset({"kind", "action", "movement"})  # groups that have verbs
_NO_PLURALS = frozenset({"news"})
# What things look like and how many there are, which says no music.
_PLAIN = frozenset(
    """back big black blue brown early first four golden green huge large last late left light little long new
    old orange own pink purple red right short silver single small special tall three white yellow
    young""".split()
)
_YEAR = re.compile(r"(?:19|20)\d\d")
_GROUP = re.compile(r"\[(\w+) ([\d.]+)\]")
_WEIGHT = re.compile(r"(.*\S)\s+(\d?\.\d+|\d)")


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the table."""

    group: str
    weight: float
    phrases: tuple[Phrase, ...]
    tempo_bpm: tuple[float, float] | None = None
    energy: float | None = None
    avoid: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FilmMusic:
    """The music that a film asks for, by what is said to be seen in it."""

    phrases: tuple[Phrase, ...] = ()  # the strongest has the weight 1
    tempo_bpm: tuple[float, float] | None = None
    energy: float | None = None
    avoid: tuple[str, ...] = ()
    seen: tuple[str, ...] = ()  # the words that the table knows
    rest: tuple[str, ...] = ()  # the parts in which it knows none, which say music if anything does
    left: tuple[str, ...] = ()  # words that it does not know and that ask for nothing
    unwanted: tuple[str, ...] = ()  # what the text says not to want


@lru_cache(maxsize=64)  # one question asks several times
def music_for(text: str) -> FilmMusic:
    """The music for a film of which `text` says what is to be seen: a few words, or a description.

    Times in it ("0:20 the sea", `reelscore.query.scenes`) say nothing of the music of the whole.
    """
    times: Counter[Entry] = Counter()
    seen, rest, left, unwanted = [], [], [], []
    for span in read_negations(without_times(text)):
        if span.negated:
            unwanted.append(span.text)
            continue
        for piece in re.split(r"[,;.!?\n]+", span.text):
            known, unknown, plain = _entries_in(words_of(piece))
            times.update(entry for entry, _ in known)
            seen += [words for _, words in known]
            if known:
                rest += unknown
                left += plain
            elif piece.strip():
                rest.append(" ".join(piece.split()))
    # What several words of a description say is what the film is about; one word may be a detail of it.
    long = len(words_of(text)) > LONGEST_BRIEF
    shares = {"filming": _FILMING_IN_DESCRIPTIONS} if long else {}
    entries = [
        replace(entry, weight=entry.weight * count * shares.get(entry.group, 1.0))
        for entry, count in times.items()
    ]
    phrases = _phrases(entries)
    if phrases and long:
        left += [word for part in rest for word in words_of(part) if _means_something(word)]
        rest = []
    wanted = " ".join(phrase.text for phrase in phrases)
    avoid = dict.fromkeys(name for entry in entries for name in entry.avoid)
    return FilmMusic(
        phrases,
        _tempo(entries),
        _mean((entry.energy, entry.weight) for entry in entries if entry.energy is not None),
        tuple(name for name in avoid if name not in wanted),
        tuple(dict.fromkeys(seen)),
        tuple(dict.fromkeys(rest)),
        tuple(dict.fromkeys(left)),
        tuple(unwanted),
    )


@cache
def table() -> dict[tuple[str, ...], Entry]:
    """Words -> what goes with them."""
    text = (files("reelscore.query") / "film_music.txt").read_text("utf-8")
    entries: dict[tuple[str, ...], Entry] = {}
    group, weight = "", 1.0
    for number, line in enumerate(text.splitlines(), start=1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        if heading := _GROUP.fullmatch(line):
            group, weight = heading[1], float(heading[2])
            continue
        names, _, said = line.partition("=")
        entry = _entry(group, weight, said, number)
        for name in names.split(","):
            key = tuple(map(_singular, words_of(name)))
            if not key or key in entries:
                raise ValueError(
                    f"line {number} of film_music.txt: {name.strip()!r} is there already, or empty"
                )
            entries[key] = entry
    return entries


@cache
def _longest() -> int:
    return max(map(len, table()))


def _entry(group: str, weight: float, said: str, number: int) -> Entry:
    phrases, *rest = (part.strip() for part in said.split("|"))
    tempo: tuple[float, float] | None = None
    energy: float | None = None
    avoid: tuple[str, ...] = ()
    for part in rest:
        name, _, value = part.partition(" ")
        if name == "bpm":
            low, high = (float(end) for end in value.split("-"))
            tempo = (low, high)
        elif name == "energy":
            energy = float(value)
        elif name == "not":
            avoid = tuple(item.strip() for item in value.split(","))
        else:
            raise ValueError(f"line {number} of film_music.txt: {name!r} is no part of an entry")
    return Entry(group, weight, tuple(map(_phrase, phrases.split(";"))), tempo, energy, avoid)


def _phrase(text: str) -> Phrase:
    weighted = _WEIGHT.fullmatch(text.strip())
    return Phrase(weighted[1], float(weighted[2])) if weighted else Phrase(text.strip())


def _singular(word: str) -> str:
    if _YEAR.fullmatch(word):
        return f"{word[:3]}0"  # of the 1980s
    if word.endswith("ies") and len(word) > len("cries"):
        return f"{word[:-3]}y"
    plural = len(word) > 3 and word.endswith("s") and not word.endswith("ss") and word not in _NO_PLURALS
    return word[:-1] if plural else word


def _entries_in(words: Sequence[str]) -> tuple[list[tuple[Entry, str]], list[str], list[str]]:
    """What the table knows of some words, the longest first at each place, with those words.

    Behind it the runs of words that it does not know, and among them those that say no music anyway.
    """
    keys, known = [_singular(word) for word in words], table()
    found: list[tuple[Entry, str]] = []
    runs: list[list[str]] = [[]]
    plain: list[str] = []
    at = 0
    while at < len(keys):
        for length in range(min(_longest(), len(keys) - at), 0, -1):
            entry = _entry_of(tuple(keys[at : at + length]), known)
            if entry is not None:
                found.append((entry, " ".join(words[at : at + length])))
                runs.append([])
                at += length
                break
        else:
            if _means_something(words[at]):
                (plain if words[at] in _PLAIN else runs[-1]).append(words[at])
            at += 1
    return found, [" ".join(run) for run in runs if run], plain


def _means_something(word: str) -> bool:
    return word not in NO_SOUND and word.isalpha()


def _entry_of(key: tuple[str, ...], known: Mapping[tuple[str, ...], Entry]) -> Entry | None:
    """The entry of some words; a form of a verb stands for what is done: "exploding", "juggled"."""
    if key in known:
        return known[key]
    forms = (known.get((*key[:-1], form)) for form in verbs_of(key[-1]))
    return next((entry for entry in forms if entry is not None and entry.group in _DOING), None)


def _phrases(entries: Iterable[Entry]) -> tuple[Phrase, ...]:
    weights: dict[str, float] = {}
    for entry in entries:
        for phrase in entry.phrases:
            weights[phrase.text] = weights.get(phrase.text, 0.0) + entry.weight * phrase.weight
    most = max(weights.values(), default=1.0)
    kept = sorted(weights, key=lambda text: -weights[text])[:MOST_PHRASES]
    return tuple(
        Phrase(text, round(weights[text] / most, 3)) for text in kept if weights[text] >= _LEAST_SHARE * most
    )


def _tempo(entries: Iterable[Entry]) -> tuple[float, float] | None:
    """The range of tempi: around the weighted mean of the middles, by ratios, as wide as the entries."""
    ranges = [(entry.tempo_bpm, entry.weight) for entry in entries if entry.tempo_bpm is not None]
    middle = _mean((math.log(low * high) / 2, weight) for (low, high), weight in ranges)
    width = _mean((math.log(high / low) / 2, weight) for (low, high), weight in ranges)
    if middle is None or width is None:
        return None
    width = max(width, math.log(_LEEWAY))
    return round(math.exp(middle - width), 1), round(math.exp(middle + width), 1)


def _mean(values: Iterable[tuple[float, float]]) -> float | None:
    pairs = list(values)
    total = sum(weight for _, weight in pairs)
    return round(sum(value * weight for value, weight in pairs) / total, 4) if total > 0 else None

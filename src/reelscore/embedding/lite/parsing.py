"""From the words of a query to weights over the axes: pure functions over a lexicon.

A query is read from left to right. Numbers of beats per minute and years come first; then the longest phrase
of the lexicon that begins at each word; words of degree bear on the phrase that follows, and what a negation
turns (`reelscore.text.negation`) is turned around. What the lexicon does not know takes the meaning of its
nearest phrases in the static text space, if any is near.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from reelscore.embedding.lite.axes import AXIS_INDEX, TEMPO_NAMES, tempo_profile
from reelscore.embedding.lite.lexicon import Lexicon, normalise_words
from reelscore.embedding.lite.people import People, Person
from reelscore.records import FloatArray
from reelscore.text.negation import Span, read_negations
from reelscore.text.negators import NEGATING_WORDS
from reelscore.text.stop_words import NO_SOUND

# Turns unknown words into a vector over the axes and a trust of 0..1, or None if nothing is near.
Guess = Callable[[str], tuple[FloatArray, float] | None]

_PER_MINUTE = r"(?:bpm|b\.p\.m\.?|beats?\s+(?:per|a|the)\s+min(?:ute)?)"
_BPM_RANGE = re.compile(
    rf"(?:between\s+)?\b(\d{{2,3}})\s*(?:-|–|to|and)\s*(\d{{2,3}})\s*-?\s*{_PER_MINUTE}(?!\w)", re.I
)
_BPM = re.compile(
    rf"\b(\d{{2,3}})\s*-?\s*{_PER_MINUTE}(?!\w)"
    r"|\b(?:bpm|tempo)\s*(?:of|is|at|near|around|about|circa|roughly|:|=)?\s*(\d{2,3})\b",
    re.I,
)
# "A hundred and twenty": what tempi are written with.
_ONES = {
    word: number
    for number, word in enumerate(
        "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
        "seventeen eighteen nineteen".split(),
        start=1,
    )
}
_TENS = {
    word: 10 * number
    for number, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), start=2)
}
_NUMBER_WORD = "|".join([*_ONES, *_TENS])
_WRITTEN = re.compile(
    rf"\b(?:(?P<hundreds>a|one|two)[\s-]+hundred(?:[\s-]+(?:and[\s-]+)?(?=(?:{_NUMBER_WORD})\b)|\b))?"
    rf"(?:(?P<tens>{'|'.join(_TENS)})\b[\s-]*)?(?:(?P<ones>{'|'.join(_ONES)})\b)?"
    rf"(?=\s*-?\s*{_PER_MINUTE}|\s*(?:-|–|to|and)\s*(?:a|{_NUMBER_WORD})\b[\w\s-]*?{_PER_MINUTE})",
    re.I,
)
_YEAR = re.compile(r"\b(19[2-9]|20[0-2])(\d)s?\b")
_SLOWEST_BPM, _FASTEST_BPM = 40.0, 240.0

_DEGREES = {
    "very": 1.5, "extremely": 1.7, "super": 1.5, "really": 1.4, "highly": 1.4, "totally": 1.4, "ultra": 1.6,
    "so": 1.2, "more": 1.2, "most": 1.3, "mainly": 1.3, "mostly": 1.3, "primarily": 1.3,
    "slightly": 0.5, "somewhat": 0.6, "bit": 0.5, "little": 0.5, "fairly": 0.8, "quite": 0.9, "rather": 0.8,
    "moderately": 0.6, "kinda": 0.6, "hint": 0.5, "touch": 0.5, "too": 1.2,
    "heavily": 1.4, "deeply": 1.3,
}  # fmt: skip
# These say nothing about the music; what negates was read before.
_PASSED_OVER = NO_SOUND | NEGATING_WORDS
_BREAKS = frozenset(',.;:!?()[]"')
_PACE, _PERSON = "energy and tempo", "person"  # kinds
# Kinds of which one of each is a conjunction: "calm metal", "fast piano".
_SOUNDING = frozenset(("genres", "instruments", "voices"))
_PROPERTIES = frozenset(("moods", "eras", _PACE))
# What music is, beside what it is for and what plays.
STYLE_KINDS = frozenset(("genres", "moods"))
_ROUNDABOUT = frozenset(("what music is for", ""))
_NEGATED_WEIGHT = -0.8  # "not sad" asks a little less than "happy" does
_LESS_WEIGHT = -0.5  # and "less sad" less than that
_GUESSED_WEIGHT = -0.5  # what a word that is not known means is not turned as far
_LESS = frozenset(("less", "fewer", "less of", "reduce", "tone down", "turn down", "light on", "low on"))


@dataclass(frozen=True, slots=True)
class Match:
    """A part of the query that means something: its words, its vector over the axes, and its weight."""

    text: str
    vector: FloatArray
    weight: float
    known: bool  # False if the meaning was guessed from near phrases
    person: Person | None = None  # whose music it is a part of the description of
    kind: str = ""  # genres, moods, ...; empty if the meaning was guessed


NOBODY = People({}, frozenset(), 0)


def parse_query(text: str, lexicon: Lexicon, guess: Guess, people: People = NOBODY) -> list[Match]:
    """Every part of a text that means something, in order."""
    matches, rest = _read_numbers(text)
    for span in read_negations(rest):
        if span.negated:
            matches += _read_negated(span, rest[span.start : span.end], lexicon, guess, people)
        else:
            matches += _read_words(normalise_words(span.text), lexicon, guess, people)
    return matches


def whole_sentence(text: str, people: People = NOBODY) -> list[str]:
    """The words of a text that carry meaning, to be read as a whole; names are what they stand for.

    Empty if that would mislead: a stated tempo is a number, and a negation turns what follows it.
    """
    figures = _WRITTEN.sub(_in_figures, text)
    if _BPM.search(figures) or _BPM_RANGE.search(figures):
        return []
    spans = read_negations(text)
    if any(span.negated for span in spans):
        return []
    words = _with_descriptions([word for span in spans for word in normalise_words(span.text)], people)
    return [word for word in words if word not in _PASSED_OVER and word not in _BREAKS]


def _with_descriptions(words: Sequence[str], people: People) -> list[str]:
    described: list[str] = []
    at = 0
    while at < len(words):
        named = people.at(words, at)
        described += [words[at]] if named is None else " ".join(named[1].description).split()
        at += 1 if named is None else named[0]
    return described


def combine(matches: Sequence[Match]) -> FloatArray:
    """Unit vector (axes,) of a query; a zero vector if nothing in it means anything."""
    total = np.zeros(len(AXIS_INDEX), dtype=np.float32)
    for match in _said_once(matches):
        total += np.float32(match.weight) * match.vector
    length = float(np.linalg.norm(total))
    return total / np.float32(length) if length > 1e-6 else np.zeros_like(total)


def by_kind(matches: Sequence[Match]) -> list[FloatArray]:
    """What sounds and what it is like, of a query that says one of each: two vectors (axes,), or none.

    None also if something was guessed, or is of another kind: a sentence is better read as a whole.
    """
    kinds: dict[str, FloatArray] = {}
    for match in _said_once(matches):
        kinds[match.kind] = kinds.get(match.kind, np.float32(0.0)) + np.float32(match.weight) * match.vector
    if len(kinds) != 2 or _SOUNDING.isdisjoint(kinds) or _PROPERTIES.isdisjoint(kinds):
        return []
    return list(kinds.values())


def roundabout_share(matches: Sequence[Match]) -> float:
    """How much of a text says what music is for, or was guessed, rather than how it sounds: 0..1."""
    weights = {True: 0.0, False: 0.0}
    for match in _said_once(matches):
        weights[match.kind in _ROUNDABOUT] += abs(match.weight)
    total = sum(weights.values())
    return weights[True] / total if total else 1.0


def _said_once(matches: Sequence[Match]) -> list[Match]:
    # "Spy thriller" says one thing twice: both words stand in one line of the lexicon.
    meanings = {(match.vector.tobytes(), match.weight > 0): match for match in reversed(matches)}
    return list(meanings.values())[::-1]


def tempo_vector(low: float, high: float) -> FloatArray:
    """Unit vector over the axes for a tempo between `low` and `high` bpm, or 0 outside of 40..240."""
    total = np.zeros(len(AXIS_INDEX), dtype=np.float32)
    if not _SLOWEST_BPM <= low <= high <= _FASTEST_BPM:
        return total
    start = AXIS_INDEX[TEMPO_NAMES[0]]
    for bpm in np.geomspace(low, high, 5 if high > low else 1):
        total[start : start + len(TEMPO_NAMES)] += tempo_profile(float(bpm))
    length = float(np.linalg.norm(total))
    return total / np.float32(length) if length > 1e-6 else total


def _read_numbers(text: str) -> tuple[list[Match], str]:
    """Tempi in a text, and the text without them; a year becomes the name of its decade."""
    matches: list[Match] = []

    def take(found: re.Match[str]) -> str:
        numbers = sorted(float(group) for group in found.groups() if group)
        vector = tempo_vector(numbers[0], numbers[-1])
        if vector.any():
            matches.append(Match(found.group().strip(), vector, 1.0, known=True, kind=_PACE))
        return " "

    text = _BPM_RANGE.sub(take, _WRITTEN.sub(_in_figures, text))
    text = _BPM.sub(take, text)
    return matches, _YEAR.sub(lambda found: f" {found.group(1)[-1]}0s ", text)


def _in_figures(found: re.Match[str]) -> str:
    """A number that is written out, in figures; nothing if the pattern matched nothing."""
    hundreds, tens, ones = (found[name] for name in ("hundreds", "tens", "ones"))
    if not (hundreds or tens or ones):
        return found.group()
    number = 100 * (2 if hundreds and hundreds.casefold() == "two" else 1 if hundreds else 0)
    number += _TENS[tens.casefold()] if tens else 0
    number += _ONES[ones.casefold()] if ones else 0
    return f"{number} "


def _read_negated(span: Span, said: str, lexicon: Lexicon, guess: Guess, people: People) -> list[Match]:
    """What a text does not want, turned around; `said` is how the text has it.

    The lexicon may know what is left if a thing is left out: "beatless", "no vocals". All wordings of that
    are read alike.
    """
    spelt = normalise_words(span.text)
    words = [word for word in spelt if word not in _PASSED_OVER]
    for whole in (tuple(normalise_words(said)), ("no", *words)):
        vector = lexicon.vectors.get(whole)
        if vector is not None and whole != tuple(spelt) and span.negator not in _LESS:
            return [Match(" ".join(whole), vector, 1.0, known=True, kind=lexicon.kinds[whole])]
    turned = _LESS_WEIGHT if span.negator in _LESS else _NEGATED_WEIGHT
    return [
        replace(
            match,
            text=f"not {match.text}",
            weight=match.weight * (turned if match.known else _GUESSED_WEIGHT),
        )
        for match in _read_words(spelt, lexicon, guess, people)
    ]


def _read_words(words: list[str], lexicon: Lexicon, guess: Guess, people: People) -> list[Match]:
    matches: list[Match] = []
    unknown: list[str] = []
    degree = 1.0
    at = 0

    def settle() -> None:
        """Give what unknown words there are the meaning of their neighbours."""
        nonlocal degree
        if unknown:
            matches.extend(_guess_words(unknown, guess, degree))
            unknown.clear()
            degree = 1.0

    while at < len(words):
        word = words[at]
        named = people.at(words, at)
        if named is not None:
            settle()
            length, person = named
            at += length
            matches += _described(person, degree, lexicon, guess)
            degree = 1.0
            continue
        phrase = _longest_phrase(words, at, lexicon)
        if phrase is not None:
            settle()
            length, vector, kind = phrase
            label = " ".join(words[at : at + length])
            at += length
            matches.append(Match(label, vector, degree, known=True, kind=kind))
            degree = 1.0
            continue
        at += 1
        if word in _DEGREES:
            settle()
            degree *= _DEGREES[word]
        elif word in _BREAKS or word == "but":
            settle()
            degree = 1.0
        elif word in _PASSED_OVER or not word.isalpha() or len(word) < 3:
            settle()
        else:
            unknown.append(word)
    settle()
    return matches


def _described(person: Person, degree: float, lexicon: Lexicon, guess: Guess) -> list[Match]:
    """The parts of a description, which together weigh about as much as one phrase."""
    parts = [
        part
        for said in person.description
        for part in _read_words(normalise_words(said), lexicon, guess, NOBODY)
    ]
    share = degree / math.sqrt(max(1, len(parts)))
    return [replace(part, weight=share * part.weight, person=person, kind=_PERSON) for part in parts]


def _longest_phrase(words: Sequence[str], at: int, lexicon: Lexicon) -> tuple[int, FloatArray, str] | None:
    """Length, vector and kind of the longest phrase that begins at a word."""
    for length in range(min(lexicon.longest, len(words) - at), 0, -1):
        span = tuple(words[at : at + length])
        for candidate in (span, (*span[:-1], _singular(span[-1])), (*span[:-1], span[-1] + "s")):
            vector = lexicon.vectors.get(candidate)
            if vector is not None:
                return length, vector, lexicon.kinds[candidate]
    return None


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def _guess_words(words: Sequence[str], guess: Guess, weight: float) -> list[Match]:
    """Unknown words one by one; if none of them is near to anything, all of them together."""
    found: list[Match] = []
    for text in words if len(words) == 1 else [*words, " ".join(words)]:
        if len(found) and text not in words:
            break
        meaning = guess(text)
        if meaning is not None:
            vector, trust = meaning
            found.append(Match(text, vector, weight * trust, known=False))
    return found

"""From the words of a query to weights over the axes: pure functions over a lexicon.

A query is read from left to right. Numbers of beats per minute and years come first; then the longest phrase
of the lexicon that begins at each word; negations and words of degree bear on the phrase that follows. What
the lexicon does not know takes the meaning of its nearest phrases in the static text space, if any is near.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from reelscore.embedding.lite.axes import AXIS_INDEX, TEMPO_NAMES, tempo_profile
from reelscore.embedding.lite.lexicon import Lexicon, Words, normalise_words
from reelscore.records import FloatArray

# Turns unknown words into a vector over the axes and a trust of 0..1, or None where nothing is near.
Guess = Callable[[str], tuple[FloatArray, float] | None]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


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

_NEGATIONS = _words(
    "no not without non never minus sans nor except avoid excluding dont isnt doesnt zero"
    " nothing none neither"
)
_NEGATION_PHRASES: tuple[Words, ...] = (
    ("free", "of"), ("instead", "of"), ("rather", "than"), ("anything", "but"), ("lack", "of"),
)  # fmt: skip
_NEGATED_BY_NEXT = frozenset({"free", "less"})  # "vocal free"
_DEGREES = {
    "very": 1.5, "extremely": 1.7, "super": 1.5, "really": 1.4, "highly": 1.4, "totally": 1.4, "ultra": 1.6,
    "so": 1.2, "more": 1.2, "most": 1.3, "mainly": 1.3, "mostly": 1.3, "primarily": 1.3,
    "slightly": 0.5, "somewhat": 0.6, "bit": 0.5, "little": 0.5, "fairly": 0.8, "quite": 0.9, "rather": 0.8,
    "moderately": 0.6, "kinda": 0.6, "less": -0.5, "hint": 0.5, "touch": 0.5, "too": 1.2,
    "heavily": 1.4, "deeply": 1.3,
}  # fmt: skip
# These say nothing about the music; most are the frame of a request.
_STOP_WORDS = _words(
    """a an the of for to in on at by with and or but as is are be it its that this these those from into
    like some something any i im me my we our you your want need would should could can will please find
    give get show make play looking music song songs track tracks tune tunes piece pieces sound sounds
    sounding audio kind type style styled sort vibe vibes feel feeling feels mood moods genre based
    featuring feature features good great nice perfect best suitable suited ideal fit fitting scene scenes
    video videos clip clips footage have has having there which what when where while around about
    approximately roughly bpm tempo lot lots much many one two part parts section let lets who how set used
    use using up down out over under composition recording instrument instruments played playing made full
    big small band bands whole other another every each them they he she his her royalty copyright
    free licence license stock library no1 top hit hits artist artists album version remix cover"""
)
_BREAKS = frozenset(',.;:!?()[]"')
_NEGATED_WEIGHT = -0.8  # "not sad" asks a little less than "happy" does


@dataclass(frozen=True, slots=True)
class Match:
    """A part of the query that means something: its words, its vector over the axes, and its weight."""

    text: str
    vector: FloatArray
    weight: float
    known: bool  # False where the meaning was guessed from near phrases


def parse_query(text: str, lexicon: Lexicon, guess: Guess) -> list[Match]:
    """Every part of a text that means something, in order."""
    matches, rest = _read_numbers(text)
    matches += _read_words(normalise_words(rest), lexicon, guess)
    return matches


def whole_sentence(text: str) -> list[str]:
    """The words of a text that carry meaning, to be read as a whole.

    Empty where that would mislead: a stated tempo is a number, and a negation turns what follows it.
    """
    words = normalise_words(text)
    figures = _WRITTEN.sub(_in_figures, text)
    if _BPM.search(figures) or _BPM_RANGE.search(figures) or _NEGATIONS & set(words):
        return []
    if any(pair in _NEGATION_PHRASES for pair in itertools.pairwise(words)):
        return []
    return [word for word in words if word not in _STOP_WORDS and word not in _BREAKS]


def combine(matches: Sequence[Match]) -> FloatArray:
    """Unit vector (axes,) of a query; a zero vector where nothing in it means anything."""
    total = np.zeros(len(AXIS_INDEX), dtype=np.float32)
    # "Spy thriller" says one thing twice: both words stand in one line of the lexicon.
    said: set[tuple[bytes, bool]] = set()
    for match in matches:
        meaning = (match.vector.tobytes(), match.weight > 0)
        if meaning not in said:
            total += np.float32(match.weight) * match.vector
            said.add(meaning)
    length = float(np.linalg.norm(total))
    return total / np.float32(length) if length > 1e-6 else np.zeros_like(total)


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
            matches.append(Match(found.group().strip(), vector, 1.0, known=True))
        return " "

    text = _BPM_RANGE.sub(take, _WRITTEN.sub(_in_figures, text))
    text = _BPM.sub(take, text)
    return matches, _YEAR.sub(lambda found: f" {found.group(1)[-1]}0s ", text)


def _in_figures(found: re.Match[str]) -> str:
    """A number that is written out, in figures; nothing where the pattern matched nothing."""
    hundreds, tens, ones = (found[name] for name in ("hundreds", "tens", "ones"))
    if not (hundreds or tens or ones):
        return found.group()
    number = 100 * (2 if hundreds and hundreds.casefold() == "two" else 1 if hundreds else 0)
    number += _TENS[tens.casefold()] if tens else 0
    number += _ONES[ones.casefold()] if ones else 0
    return f"{number} "


def _read_words(words: list[str], lexicon: Lexicon, guess: Guess) -> list[Match]:
    matches: list[Match] = []
    unknown: list[str] = []
    negated, degree = False, 1.0
    joined_negation = False  # the last match was negated, and "or" may hand that on
    at = 0

    def settle() -> None:
        """Give what unknown words there are the meaning of their neighbours."""
        nonlocal negated, degree
        if unknown:
            matches.extend(_guess_words(unknown, guess, -0.5 if negated else degree))
            unknown.clear()
            negated, degree = False, 1.0

    while at < len(words):
        word = words[at]
        phrase = _longest_phrase(words, at, lexicon)
        if phrase is not None:
            settle()
            length, vector = phrase
            label = " ".join(words[at : at + length])
            at += length
            if at < len(words) and words[at] in _NEGATED_BY_NEXT:
                negated, at = True, at + 1
            weight = degree * (_NEGATED_WEIGHT if negated else 1.0)
            matches.append(Match(("not " if negated else "") + label, vector, weight, known=True))
            joined_negation, negated, degree = negated, False, 1.0
            continue
        if tuple(words[at : at + 2]) in _NEGATION_PHRASES:
            settle()
            negated, at = True, at + 2
            continue
        at += 1
        if word in _NEGATIONS:
            settle()
            negated = True
        elif word in _DEGREES:
            settle()
            degree *= _DEGREES[word]
        elif word == "or" and joined_negation:
            negated = True
        elif word in _BREAKS or word == "but":
            settle()
            negated, degree, joined_negation = False, 1.0, False
        elif word in _STOP_WORDS or not word.isalpha() or len(word) < 3:
            settle()
        else:
            unknown.append(word)
    settle()
    return matches


def _longest_phrase(words: Sequence[str], at: int, lexicon: Lexicon) -> tuple[int, FloatArray] | None:
    for length in range(min(lexicon.longest, len(words) - at), 0, -1):
        span = tuple(words[at : at + length])
        for candidate in (span, (*span[:-1], _singular(span[-1])), (*span[:-1], span[-1] + "s")):
            vector = lexicon.vectors.get(candidate)
            if vector is not None:
                return length, vector
    return None


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def _guess_words(words: Sequence[str], guess: Guess, weight: float) -> list[Match]:
    """Unknown words one by one; where none of them is near to anything, all of them together."""
    found: list[Match] = []
    for text in words if len(words) == 1 else [*words, " ".join(words)]:
        if len(found) and text not in words:
            break
        meaning = guess(text)
        if meaning is not None:
            vector, trust = meaning
            found.append(Match(text, vector, weight * trust, known=False))
    return found

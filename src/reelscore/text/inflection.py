"""Words without their endings, so that a table needs only plain forms. Pure.

These are no stemmers for a dictionary: a few rules that bring the forms of one word together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

_SHORTEST = 4  # letters of a word that has an ending; shorter ones are taken as they are
_SHORTEST_COMPOUND = 7
_SHORTEST_STEM = 3  # letters of an English word that is left without its ending
_LINKS = ("", "s", "n", "en", "es", "er", "e")  # between the parts of a German compound


def _german(word: str) -> str:
    return re.sub(r"(?<=\w{3})(?:e[mnrs]?|n)$", "", word) if len(word) >= _SHORTEST else word


def _french(word: str) -> str:
    if len(word) < _SHORTEST:
        return word
    for pattern, ending in (("euses?", "eux"), ("ives?", "if"), ("aux", "al"), ("(?<=(.)(.))\\2es?", "\\2")):
        changed = re.sub(rf"(?<=\w{{2}}){pattern}$", ending, word)
        if changed != word:
            return changed.rstrip("x")
    return re.sub(r"(?<=\w{3})(?:es?|s|x)$", "", word)


def _iberian(word: str) -> str:
    if len(word) < _SHORTEST:
        return word
    word = re.sub(r"(?<=\w)oes$", "ao", word)
    word = re.sub(r"(?<=\w{2})ais$", "al", word)
    word = re.sub(r"(?<=\w{2})ns$", "m", word)
    word = re.sub(r"(?<=\w{2})ces$", "z", word)
    return re.sub(r"(?<=\w{3})(?:[aoe]s?|s)$", "", word)


def _italian(word: str) -> str:
    if len(word) < _SHORTEST:
        return word
    return re.sub(r"(?<=\w{2})h?[aeio]$", "", word)


STEMS: Mapping[str, Callable[[str], str]] = {
    "German": _german,
    "French": _french,
    "Spanish": _iberian,
    "Italian": _italian,
    "Portuguese": _iberian,
}


def verbs_of(word: str) -> tuple[str, ...]:
    """The English verbs that a word in -ing or -ed may be a form of: "danced" of "danc", "dance".

    Only a table of words knows which of them are any.
    """
    for ending in ("ing", "ed"):
        stem = word.removesuffix(ending)
        if stem != word and len(stem) >= _SHORTEST_STEM and re.search("[aeiouy]", stem):
            doubled = (stem[:-1],) if stem[-1] == stem[-2] else ()
            return (stem, f"{stem}e", *doubled, *((f"{stem[:-1]}y",) if stem[-1] == "i" else ()))
    return ()


def german_parts(word: str, known: Callable[[str], str | None]) -> str | None:
    """A German compound in English, if both of its parts are known: "Klaviermusik" is "piano music".

    "Gesangslos" and "gesangsfrei" are "without vocals".
    """
    if len(word) < _SHORTEST_COMPOUND:
        return None
    for at in range(3, len(word) - 2):
        first, last = word[:at], word[at:]
        left = next(
            (
                said
                for link in _LINKS
                if first.endswith(link) and (said := known(first.removesuffix(link) if link else first))
            ),
            None,
        )
        if left is None:
            continue
        if re.fullmatch("(?:los|frei)(?:e[mnrs]?)?", last):
            return f"without {left},"
        right = known(last)
        if right is not None:
            return f"{left} {right}"
    return None

"""How much a word is like a name: between "calm", which says how music sounds, and "Vivaldi"."""

from __future__ import annotations

import math
from functools import lru_cache

from reelscore.embedding.lite.lexicon import load_lexicon
from reelscore.embedding.lite.static_text import load_static_text

# Of a word of the lexicon, and the least of any other word.
_KNOWN, _COMMON = 0.15, 0.2
# The vocabulary of the text model runs from frequent words to rare ones: up to the first place a word is
# common ("day"), from the second on it is rare ("beatles"). What has no place of its own is rarer still.
_COMMON_PLACE, _RARE_PLACE = 2_500, 10_000
# Names of people that the lexicon knows for what they sound like.
_PEOPLE = frozenset("bach beethoven chopin haydn mozart vivaldi".split())


def name_likeness(word: str) -> float:
    """From 0, for a word that describes music, to 1, for one that can only be a name."""
    if word in _PEOPLE:
        return 1.0
    if word in _described() or word.removesuffix("s") in _described():
        return _KNOWN
    if word.isdigit():
        return _COMMON
    place = load_static_text().place(word)
    if place is None:
        return 1.0
    rare = math.log(max(place, 1) / _COMMON_PLACE) / math.log(_RARE_PLACE / _COMMON_PLACE)
    return _COMMON + (1.0 - _COMMON) * min(1.0, max(0.0, rare))


@lru_cache(maxsize=1)
def _described() -> frozenset[str]:
    """Every word of the lexicon's anchors; its narrower phrases hold names too ("hawaii", "debussy")."""
    return frozenset(word for phrase in load_lexicon().anchors for word in phrase)

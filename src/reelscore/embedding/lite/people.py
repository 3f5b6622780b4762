"""Names of composers and bands as descriptions: "like Hans Zimmer" says how music sounds.

`people.txt` has them, and its head explains its format.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from reelscore.embedding.lite.lexicon import Words, normalise_words
from reelscore.errors import ModelError

# What makes a name of a word that is another word too, before it and behind it.
_BEFORE = tuple(
    tuple(words.split())
    for words in (
        "like,by,ala,a la,similar to,reminiscent of,style of,vein of,spirit of,manner of,sound of,music of"
    ).split(",")
)
_BEHIND = frozenset("style styled like esque ish vibe vibes type inspired sounding".split())
_SUFFIX = "esque"


@dataclass(frozen=True, slots=True)
class Person:
    """A composer or a band, and what their music sounds like in words of the lexicon."""

    name: str
    description: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class People:
    """Everybody that is known by name."""

    known: Mapping[Words, Person]
    common: frozenset[Words]  # names that are other words too
    longest: int  # words of the longest name
    first: frozenset[str] = frozenset()  # words that a name begins with

    def at(self, words: Sequence[str], start: int) -> tuple[int, Person] | None:
        """How many words from a place on are a name, and whose; None if no name stands there."""
        if self.first.isdisjoint(_spellings(words[start])):
            return None
        for length in range(min(self.longest, len(words) - start), 0, -1):
            end = start + length
            first, last = tuple(words[start : end - 1]), words[end - 1]
            for spelt in _spellings(last):
                name = (*first, spelt)
                if name in self.known:
                    meant = last.endswith(_SUFFIX) or (words[end : end + 1] and words[end] in _BEHIND)
                    meant = meant or any(tuple(words[max(0, start - len(w)) : start]) == w for w in _BEFORE)
                    if meant or name not in self.common:
                        return length, self.known[name]
        return None


def _spellings(word: str) -> tuple[str, ...]:
    """A word as a name may have it: "Zimmeresque"; "Enya's" has lost its apostrophe."""
    return word, word.removesuffix(_SUFFIX), word.removesuffix("s")


def parse_people(text: str) -> People:
    """Read the format that the head of `people.txt` explains.

    Raises
    ------
    ModelError
        A line cannot be read, or a name stands there twice; the message has its number.
    """
    known: dict[Words, Person] = {}
    common: set[Words] = set()
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        names, sign, description = line.partition(" = ")
        if not sign:
            raise ModelError(f"line {number} of the people has no description")
        for name in map(str.strip, names.split(",")):
            written = name.removeprefix("?")
            words = tuple(normalise_words(written))
            if not words or words in known:
                raise ModelError(f"line {number} of the people has the name {written!r} a second time")
            known[words] = Person(written, tuple(part.strip() for part in description.split(",")))
            if written != name:
                common.add(words)
    first = frozenset(words[0] for words in known)
    return People(known, frozenset(common), max(map(len, known), default=0), first)


@lru_cache(maxsize=1)
def load_people() -> People:
    """The bundled names, read once."""
    return parse_people((files("reelscore.embedding.lite") / "people.txt").read_text(encoding="utf-8"))

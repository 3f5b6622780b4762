"""The table of phrases: `lexicon.txt` read into vectors over the axes of the lite space."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import numpy as np

from reelscore.embedding.lite.axes import AXIS_INDEX
from reelscore.embedding.lite.static_text import split_words
from reelscore.errors import ModelError
from reelscore.records import FloatArray

Words = tuple[str, ...]

_APOSTROPHES = re.compile("['’`´]")
_HYPHENS = re.compile("[-‐‑–/_]")


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Phrases as tuples of words, and the vector over the axes that each stands for.

    A vector is as long as its phrase weighs: 1, or less for a word that says little about the music.
    """

    vectors: Mapping[Words, FloatArray]
    longest: int  # words of the longest phrase
    # The phrases that unknown words are read by. Narrower ones are only found where they stand: as neighbours
    # of unknown words they crowd out the plain words (docs/evaluation.md).
    anchors: frozenset[Words]
    kinds: Mapping[Words, str]  # the section in which a phrase stands


def normalise_words(text: str) -> list[str]:
    """Words of a text as the lexicon spells them; punctuation marks stay, as words of their own."""
    if text.isascii() and text.replace(" ", "").isalnum():  # as nearly all of the lexicon's phrases are
        return text.lower().split()
    text = _APOSTROPHES.sub("", text)
    text = _HYPHENS.sub(" ", text).replace("&", " and ").replace("+", " and ")
    return split_words(text)


def parse_lexicon(text: str, axes: Mapping[str, int]) -> Lexicon:
    """Read the format that the head of `lexicon.txt` explains.

    Raises
    ------
    ModelError
        A line names an unknown axis or macro, or cannot be read; the message has its number.
    """
    macros: dict[str, FloatArray] = {}
    vectors: dict[Words, FloatArray] = {}
    anchors: set[Words] = set()
    kinds: dict[Words, str] = {}
    kind = ""
    for number, line in enumerate(text.splitlines(), start=1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("["):
            kind = line.strip("[]")
            continue
        try:
            left, right = line.split("=")
            vector = _weigh(right, axes, macros)
        except (KeyError, ValueError) as error:
            raise ModelError(f"line {number} of the lexicon cannot be used: {error}") from error
        if left.startswith("@"):
            macros[left.strip()] = vector
            continue
        plain, bar, narrow = left.partition("|")
        for group in (plain, narrow) if bar else (plain,):
            for phrase in group.split(","):
                words = tuple(normalise_words(phrase))
                if not words or words in vectors:
                    raise ModelError(
                        f"line {number} of the lexicon has the phrase {phrase.strip()!r} a second time"
                    )
                vectors[words] = vector
                kinds[words] = kind
                if group is plain:
                    anchors.add(words)
    longest = max(map(len, vectors), default=0)
    return Lexicon(vectors=vectors, longest=longest, anchors=frozenset(anchors), kinds=kinds)


@lru_cache(maxsize=1)
def load_lexicon() -> Lexicon:
    """The bundled lexicon, read once."""
    text = (files("reelscore.embedding.lite") / "lexicon.txt").read_text(encoding="utf-8")
    return parse_lexicon(text, AXIS_INDEX)


def _weigh(terms: str, axes: Mapping[str, int], macros: Mapping[str, FloatArray]) -> FloatArray:
    """The vector of the right side of a line, as long as its weight."""
    vector = np.zeros(len(axes), dtype=np.float32)
    length = np.float32(1.0)
    for term in terms.split(","):
        name, number = term.strip().rsplit(" ", 1)
        weight = np.float32(float(number))
        if name == "weight":
            length = weight
        elif name.startswith("@"):
            vector += weight * macros[name]
        else:
            vector[axes[name]] += weight
    weighed: FloatArray = vector * np.float32(length / np.linalg.norm(vector))
    return weighed

"""Names as filters compare them: without case, accents and punctuation. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from reelscore.text.folding import artist_key, plain

# A tag is heard from this probability on: more likely there than not.
HEARD_FROM = 0.5
# Tags that are genres, for songs whose source states none.
GENRE_TAGS = frozenset(
    (
        "electronic folk indie jazz rock pop classical techno ambient blues funk punk soul country metal "
        "opera house"
    ).split()
) | {"hip hop", "hard rock", "progressive rock", "new age", "easy listening", "dance", "experimental"}
# The tag that tells singing, which is stored also if it is not heard.
VOCALS = "vocals"
# What a song is by how probable singing is: lowest and highest probability, both included.
SUNG, INSTRUMENTAL, UNSURE = "sung", "instrumental", "unsure"
_SUNG_FROM, _INSTRUMENTAL_TO = 0.8, 0.2
VOICES: Mapping[str, tuple[float | None, float | None]] = {
    SUNG: (_SUNG_FROM, None),
    INSTRUMENTAL: (None, _INSTRUMENTAL_TO),
    UNSURE: (math.nextafter(_INSTRUMENTAL_TO, 1.0), math.nextafter(_SUNG_FROM, 0.0)),
}

LONGEST_TERM = 120
_MOST_WORDS = 4  # of one genre
_LONGEST_GENRE = 200  # characters; what is longer is no genre
_CC_ADDRESS = re.compile(r"creativecommons\.org/(?:licenses|publicdomain)/([a-z-]+)/?(\d[\d.]*)?")
_LICENCE_WORDS = {
    "attribution": "by",
    "noncommercial": "nc",
    "sharealike": "sa",
    "noderivatives": "nd",
    "noderivs": "nd",
}
_LICENCE_FILLERS = ("license", "licence", "international", "unported")
_GENRES = re.compile(r"[;,/|\\\x00]+")


@lru_cache(maxsize=1_000)  # the same tags and genres come again and again
def term(text: str) -> str:
    """Text as it is compared: no case, accents or punctuation, single spaces."""
    words = re.sub(r"[\W_]+", " ", plain(text).replace("&", " and ")).strip()
    return (words or text.casefold().strip())[:LONGEST_TERM].strip()


@lru_cache(maxsize=10_000)
def artist_term(name: str) -> str:
    """The name of an artist as it is compared: also without its article and its guests."""
    return (artist_key([name]) or term(name))[:LONGEST_TERM].strip()


def artist_terms(artists: Sequence[str]) -> tuple[str, ...]:
    """Each artist of a song, as artists are compared."""
    return tuple(dict.fromkeys(known for name in artists if (known := artist_term(name))))


@lru_cache(maxsize=1_000)
def genre_terms(genre: str | None) -> tuple[str, ...]:
    """What a stated genre is found under: each genre in it, and each run of words of those."""
    found: dict[str, None] = {}
    for part in _GENRES.split((genre or "")[:_LONGEST_GENRE]):
        words = term(part).split()
        if words:
            found[" ".join(words)] = None
        for start in range(len(words)):
            for end in range(start + 1, min(start + _MOST_WORDS, len(words)) + 1):
                found[" ".join(words[start:end])] = None
    return tuple(found)


@lru_cache(maxsize=1_000)
def licence_terms(text: str | None) -> tuple[str, ...]:
    """What a stated licence is found under: itself, and without its version. Addresses mean their licence."""
    name = licence_term(text or "")
    whole = re.sub(r"( \d+)+$", "", name)
    return tuple(dict.fromkeys(each for each in (name, whole) if each))


def licence_term(text: str) -> str:
    """A licence as it is compared: "cc by 4 0" for CC-BY-4.0, CC BY 4.0 and its address."""
    if match := _CC_ADDRESS.search(text.lower()):
        name, version = match[1], match[2] or ""
        text = f"cc0 {version}" if name == "zero" else "cc pdm" if name == "mark" else f"cc {name} {version}"
    words = term(text).replace("creative commons", "cc").split()
    return " ".join(_LICENCE_WORDS.get(word, word) for word in words if word not in _LICENCE_FILLERS)


def genre_names(genre: str) -> tuple[str, ...]:
    """The genres that are stated in one text, as they are written there."""
    return tuple(dict.fromkeys(name for part in _GENRES.split(genre) if (name := part.strip())))


def voice_of(tags: Mapping[str, float]) -> str | None:
    """Whether somebody sings: one of `VOICES`; None if nobody listened."""
    sung = tags.get(VOCALS)
    if sung is None:
        return None
    return SUNG if sung >= _SUNG_FROM else INSTRUMENTAL if sung <= _INSTRUMENTAL_TO else UNSURE


def tag_terms(tags: Mapping[str, float]) -> dict[str, float]:
    """Of what a tagger says of a song, what is worth storing: tags that are heard, and how sure of vocals."""
    named = {term(tag): float(probability) for tag, probability in tags.items()}
    return {tag: p for tag, p in named.items() if p >= HEARD_FROM or tag == VOCALS}

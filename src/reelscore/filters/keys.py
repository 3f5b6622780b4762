"""Keys as people write them, and which of them mix well.

The wheel is that of fifths, numbered 1 to 12 as disc jockeys do ("Camelot"): a key, its two neighbours in the
same mode, and its relative key share all notes or all but one.
"""

from __future__ import annotations

import re
from typing import Literal

from reelscore.errors import InvalidInputError

# The names that `reelscore.audio.tonality` gives, from C upwards by semitones (a test compares the two).
MAJOR_KEYS = tuple(f"{tonic} major" for tonic in "C Db D Eb E F F# G Ab A Bb B".split())
MINOR_KEYS = tuple(f"{tonic} minor" for tonic in "C C# D Eb E F F# G G# A Bb B".split())

_SEMITONES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_NAME = re.compile(r"([A-Ga-g])([#♯b♭]*)[\s_:-]*(major|maj|dur|minor|min|moll|m|M)?", re.ASCII)
_NUMBER = re.compile(r"(1[0-2]|[1-9])\s*([ABab])")


def read_key(text: str) -> str:
    """The name of a key, however it is written: "Am", "a minor", "A min", "8A", "Gb", "F♯ minor".

    Raises
    ------
    InvalidInputError
        It is no key.
    """
    tonic, mode = parse_key(text)
    return _name(tonic, minor=mode == "minor")


def parse_key(text: str) -> tuple[int, Literal["major", "minor"]]:
    """Pitch class (C is 0) and mode of a key, however it is written; raises as `read_key` does."""
    written = text.strip()
    if number := _NUMBER.fullmatch(written):
        fifths = int(number[1]) - 8
        return (7 * fifths % 12, "major") if number[2] in "Bb" else ((7 * fifths + 9) % 12, "minor")
    found = _NAME.fullmatch(written) or _NAME.fullmatch(written.lower())
    if not found:
        raise InvalidInputError(f"{text!r} is no key; write it like 'A minor', 'Bb major', 'F#m' or '8A'")
    letter, accidentals, mode = found.groups()
    shift = sum(1 if sign in "#♯" else -1 for sign in accidentals)
    minor = bool(mode) and (mode == "m" or mode.lower() in ("minor", "min", "moll"))
    return (_SEMITONES[letter.upper()] + shift) % 12, "minor" if minor else "major"


def camelot(key: str) -> str:
    """The place of a key on the wheel: "8A" for A minor, "8B" for C major."""
    minor = key in MINOR_KEYS
    tonic = (MINOR_KEYS if minor else MAJOR_KEYS).index(key)
    fifths = 7 * (tonic + 3 if minor else tonic) % 12
    return f"{(fifths + 7) % 12 + 1}{'A' if minor else 'B'}"


def compatible_keys(key: str) -> tuple[str, ...]:
    """A key, its neighbours a fifth up and down in the same mode, and its relative key."""
    minor = key in MINOR_KEYS
    tonic = (MINOR_KEYS if minor else MAJOR_KEYS).index(key)
    relative = _name(tonic + 3, minor=False) if minor else _name(tonic - 3, minor=True)
    return key, _name(tonic + 7, minor=minor), _name(tonic - 7, minor=minor), relative


def _name(semitones: int, *, minor: bool) -> str:
    return (MINOR_KEYS if minor else MAJOR_KEYS)[semitones % 12]

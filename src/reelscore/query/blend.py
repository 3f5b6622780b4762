"""A blend: songs, artists, words and saved searches that are added up and taken away. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reelscore.errors import InvalidInputError

KINDS = ("song", "artist", "saved", "text")
MOST_PARTS = 20
HEAVIEST = 10.0


@dataclass(frozen=True, slots=True)
class BlendPart:
    """One part of a blend."""

    kind: str  # of `KINDS`
    name: str  # id or file of a song, name of an artist, id or name of a saved search, or words
    weight: float = 1.0  # below 0: taken away


def read_parts(name: str, value: Any) -> tuple[BlendPart, ...]:
    """Parts from their JSON form: [{"song": "…", "weight": 1}, {"text": "drums", "weight": -1}].

    Raises
    ------
    InvalidInputError
        They cannot be understood.
    """
    if not isinstance(value, list | tuple) or len(value) > MOST_PARTS:
        raise InvalidInputError(f"{name} must be a list of at most {MOST_PARTS} parts, not {value!r}")
    return tuple(_part(name, item) for item in value)


def parts_values(parts: tuple[BlendPart, ...]) -> list[dict[str, Any]]:
    """The JSON form of parts."""
    return [{part.kind: part.name, "weight": part.weight} for part in parts]


def part_of_text(text: str, *, sign: float = 1.0) -> BlendPart:
    """A part as it is typed: `artist:Air=0.5`, `saved:Evenings`, `song:ID`; without a kind, words.

    Raises
    ------
    InvalidInputError
        It is empty.
    """
    body, _, number = text.rpartition("=")
    try:
        weight = float(number) if body else 1.0
    except ValueError:
        body, weight = text, 1.0
    kind, found, name = (body or text).partition(":")
    known = found and kind in KINDS
    made = _part("a part of a blend", {(kind if known else "text"): (name if known else body or text)})
    return BlendPart(made.kind, made.name, sign * _weight("a part of a blend", weight))


def _part(name: str, item: Any) -> BlendPart:
    given = dict(item) if isinstance(item, Mapping) else {}
    weight = _weight(name, given.pop("weight", 1.0))
    (kind, value), *more = given.items() or [("", None)]
    if more or kind not in KINDS or not isinstance(value, str) or not value.strip():
        raise InvalidInputError(
            f'{name} has parts such as {{"song": "ID", "weight": 1}}; each is one of {", ".join(KINDS)}'
        )
    return BlendPart(kind, value.strip(), weight)


def _weight(name: str, value: Any) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not 0.0 < abs(value) <= HEAVIEST:
        raise InvalidInputError(
            f"a weight in {name} is above 0 and up to {HEAVIEST:g}, or below, not {value!r}"
        )
    return float(value)

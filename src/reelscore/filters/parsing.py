"""Read filters and ranking options from plain values, as the command line and the API hand them over.

A range may be written as text ("100-130", "100..", "-20..-8", "2:30-4:00") or as a pair in which null leaves
an end open. `filters_values` and `options_values` give plain values back, which read as the same record.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from reelscore.errors import InvalidInputError, UnknownNameError
from reelscore.filters.facets import term
from reelscore.filters.keys import read_key
from reelscore.records import Filters, RankingOptions, Span

# How far a tempo may be from a single wanted value: about what a DJ bends without harm.
TEMPO_TOLERANCE_PERCENT = 8.0

# The tags that name a mood. Those that no tagger of this version gives are no moods here.
MOODS = frozenset(
    {
        *(
            "aggressive",
            "angry",
            "calm",
            "catchy",
            "chill",
            "cheerful",
            "dark",
            "dramatic",
            "dreamy",
            "eerie",
        ),
        *("emotional", "energetic", "epic", "funny", "happy", "heroic", "hopeful", "loud", "meditative"),
        *(
            "melancholic",
            "mellow",
            "mysterious",
            "party",
            "peaceful",
            "playful",
            "relaxing",
            "romantic",
            "sad",
        ),
        *("scary", "sentimental", "serious", "soft", "spooky", "suspense", "tender", "tense", "triumphant"),
        *("uplifting", "warm", "weird"),
    }
)

_MOST_NAMES = 100
_LONGEST_NAME = 200
_CLOCK = r"\d+(?::[0-5]\d){1,2}"
_UNSIGNED, _SIGNED = r"\d+(?:\.\d+)?", r"[+-]?\d+(?:\.\d+)?"


@dataclass(frozen=True, slots=True)
class _Range:
    """What may be written for a range, and an example for who writes something else."""

    lowest: float
    highest: float
    example: str
    single: bool = False  # one value stands for itself
    clock: bool = False  # minutes and seconds are understood


_RANGES = {
    "tempo_bpm": _Range(1.0, 1000.0, "100-130"),
    "energy": _Range(0.0, 1.0, "0.2-0.6"),
    "loudness_lufs": _Range(-200.0, 50.0, "-20..-8"),
    "year": _Range(0.0, 9999.0, "1990-1999", single=True),
    "duration": _Range(0.0, 1e7, "2:30-4:00", clock=True),
}
_NAMES = ("genres", "moods", "tags", "not_tags", "sources", "artists", "not_artists")
_FLAGS = ("half_double", "compatible_keys", "vocals")
FILTER_NAMES = (*(item.name for item in fields(Filters)), "tempo_tolerance")
OPTION_NAMES = tuple(item.name for item in fields(RankingOptions))


def read_filters(values: Mapping[str, Any]) -> Filters:
    """Filters from plain values; what is None or empty is left out.

    Parameters
    ----------
    values
        Fields of `Filters` -> text, numbers, lists and booleans. `tempo_bpm` may be one number: then
        `tempo_tolerance` (percent, 8 where it is not given) says how far off a tempo may be.

    Raises
    ------
    UnknownNameError
        There is no such filter.
    InvalidInputError
        A value cannot be understood; the message says which, and what could be written.
    """
    given = _known("filter", values, FILTER_NAMES)
    tolerance = given.pop("tempo_tolerance", None)
    if tolerance is not None and "tempo_bpm" not in given:
        raise InvalidInputError("tempo_tolerance says how far from tempo_bpm a tempo may be; give that too")
    read: dict[str, Any] = {}
    for name, value in given.items():
        if name in _NAMES:
            read[name] = _read_names(name, value)
        elif name in _FLAGS:
            read[name] = _read_flag(name, value)
        elif name == "key":
            read[name] = read_key(_text(name, value))
        else:
            read[name] = read_span(name, value, tolerance=_read_tolerance(tolerance))
    if read.get("half_double") and "tempo_bpm" not in read:
        raise InvalidInputError("half_double widens tempo_bpm; give that too")
    if read.get("compatible_keys") and "key" not in read:
        raise InvalidInputError("compatible_keys widens key; give that too")
    return Filters(**read)


def read_options(values: Mapping[str, Any]) -> RankingOptions:
    """Ranking options from plain values; what is None is left out.

    Raises
    ------
    UnknownNameError
        There is no such option.
    InvalidInputError
        A cap is below 1, or `adventurous` or `sync` outside 0..1.
    """
    read: dict[str, Any] = {}
    for name, value in _known("option", values, OPTION_NAMES).items():
        if name.endswith("_cap"):
            number = _number(name, value)
            if number < 1 or number != int(number):
                raise InvalidInputError(f"{name} must be a whole number of at least 1, not {value}")
            read[name] = int(number)
        elif name in ("adventurous", "sync"):
            read[name] = _number(name, value)
            if not 0.0 <= read[name] <= 1.0:
                raise InvalidInputError(f"{name} lies in 0..1, not {value}")
        else:
            read[name] = _read_flag(name, value)
    return RankingOptions(**read)


def known_moods(tags: Collection[str]) -> tuple[str, ...]:
    """Those of the tags that name a mood."""
    return tuple(sorted(tag for tag in tags if term(tag) in MOODS))


def check_names(filters: Filters, tags: Collection[str]) -> None:
    """Refuse tags and moods that no song can have.

    Parameters
    ----------
    tags
        All that the tagger of the library knows.

    Raises
    ------
    UnknownNameError
        A name is not among them; the message lists those that are.
    """
    moods = known_moods(tags)
    for kind, names, known in (
        ("mood", filters.moods, moods),
        ("tag", (*filters.tags, *filters.not_tags), tags),
    ):
        terms = {term(name) for name in known}
        for name in names:
            if term(name) not in terms:
                raise UnknownNameError(kind, name, known)


def filters_values(filters: Filters) -> dict[str, Any]:
    """The filters that are set, as plain values."""
    return _changed(filters, Filters())


def options_values(options: RankingOptions) -> dict[str, Any]:
    """The options that differ from the default, as plain values."""
    return _changed(options, RankingOptions())


def read_span(name: str, value: Any, *, tolerance: float = TEMPO_TOLERANCE_PERCENT) -> Span:
    """A range of one of the filters from text, a number or a pair.

    Raises
    ------
    InvalidInputError
        It is no range, runs backwards, or lies where no song is.
    """
    wanted = _RANGES[name]
    if isinstance(value, str):
        low, high, single = _parse_span(name, value, wanted)
    elif isinstance(value, Sequence):
        if len(value) != 2:
            raise InvalidInputError(f"{name} needs two ends, such as {wanted.example}, not {len(value)}")
        low, high = (None if end is None else _number(name, end) for end in value)
        single = False
    else:
        low = high = _number(name, value)
        single = True
    for end in (low, high):
        if end is not None and not wanted.lowest <= end <= wanted.highest:
            raise InvalidInputError(
                f"{name} lies in {wanted.lowest:g}..{wanted.highest:g}, and {end:g} is outside"
            )
    if low is None and high is None:
        raise InvalidInputError(f"{name} needs an end at least, such as {wanted.example}")
    if low is not None and high is not None and low > high:
        raise InvalidInputError(f"the range {low:g} to {high:g} of {name} runs backwards")
    if single and name == "tempo_bpm" and low is not None:
        return low * (1.0 - tolerance / 100.0), low * (1.0 + tolerance / 100.0)
    if single and not wanted.single:
        raise InvalidInputError(f"{name} needs a range, such as {wanted.example}")
    return low, high


def _parse_span(name: str, text: str, wanted: _Range) -> tuple[float | None, float | None, bool]:
    number = _SIGNED if wanted.lowest < 0 else _UNSIGNED
    number = f"{_CLOCK}|{number}" if wanted.clock else number
    if re.fullmatch(number, text.strip()):
        value = _seconds(text.strip())
        return value, value, True
    found = re.fullmatch(rf"\s*({number})?\s*(?:-|–|\.\.|to)\s*({number})?\s*", text)
    if not found:
        raise InvalidInputError(f"{text!r} is no range for {name}; write it like {wanted.example}")
    low, high = (None if end is None else _seconds(end) for end in found.groups())
    return low, high, False


def _seconds(text: str) -> float:
    """A number, or minutes and seconds."""
    total = 0.0
    for part in text.split(":"):
        total = total * 60.0 + float(part)
    return total


def _read_tolerance(value: Any) -> float:
    if value is None:
        return TEMPO_TOLERANCE_PERCENT
    tolerance = _number("tempo_tolerance", value)
    if not 0.0 <= tolerance <= 50.0:
        raise InvalidInputError(f"tempo_tolerance is a percentage of 0 to 50, not {value}")
    return tolerance


def _read_names(name: str, value: Any) -> tuple[str, ...]:
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, Sequence) or not all(isinstance(item, str) for item in names):
        raise InvalidInputError(f"{name} is a list of names")
    if len(names) > _MOST_NAMES or any(len(item) > _LONGEST_NAME for item in names):
        raise InvalidInputError(
            f"{name} takes at most {_MOST_NAMES} names of at most {_LONGEST_NAME} characters"
        )
    if not all(item.strip() for item in names):
        raise InvalidInputError(f"{name} has an empty name in it")
    return tuple(dict.fromkeys(item.strip() for item in names))


def _read_flag(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise InvalidInputError(f"{name} is true or false, not {value!r}")
    return value


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise InvalidInputError(f"{name} is text, not {value!r}")
    return value


def _number(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise InvalidInputError(f"{name} needs a number, not {value!r}")
    return float(value)


def _known(kind: str, values: Mapping[str, Any], known: Sequence[str]) -> dict[str, Any]:
    for name in values:
        if name not in known:
            raise UnknownNameError(kind, name, known)
    return {name: value for name, value in values.items() if value is not None and value not in ("", [], ())}


def _changed(record: Any, default: Any) -> dict[str, Any]:
    values = {item.name: getattr(record, item.name) for item in fields(record)}
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in values.items()
        if value != getattr(default, name)
    }

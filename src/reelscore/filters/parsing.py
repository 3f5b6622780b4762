"""Read filters and ranking options from plain values, as the command line and the API hand them over.

A range may be written as text ("100-130", "100..", "-20..-8", "2:30-4:00") or as a pair in which null leaves
an end open. `filters_values` and `options_values` give plain values back, which read as the same record.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from typing import Any

from reelscore.errors import InvalidInputError, UnknownNameError
from reelscore.filters.fields import Field, Kind
from reelscore.filters.keys import read_key
from reelscore.filters.table import (
    FILTERS,
    OPTIONS,
    Filters,
    RankingOptions,
    Span,
)
from reelscore.filters.terms import term

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


_FIELDS = {field.name: field for field in FILTERS}
_ATTRIBUTES = {item.name for item in fields(Filters)}


def read_filters(values: Mapping[str, Any]) -> Filters:
    """Filters from plain values; what is None or empty is left out.

    Parameters
    ----------
    values
        Name of a filter -> text, numbers, lists and booleans. `tempo_bpm` may be one number: then
        `tempo_tolerance` (percent, 8 if it is not given) says how far off a tempo may be.

    Raises
    ------
    UnknownNameError
        There is no such filter.
    InvalidInputError
        A value cannot be understood; the message says which, and what could be written.
    """
    read = _read("filter", FILTERS, values)
    for name in [name for name in read if (needed := _FIELDS[name].needs) and needed not in read]:
        if read[name] is not False:
            raise InvalidInputError(f"{name} widens {_FIELDS[name].needs}; give that too")
    return Filters(**{name: read[name] for name in read if name in _ATTRIBUTES})


def read_options(values: Mapping[str, Any]) -> RankingOptions:
    """Ranking options from plain values; what is None is left out.

    Raises
    ------
    UnknownNameError
        There is no such option.
    InvalidInputError
        A cap is below 1, or `adventurous`, `sync` or `taste` outside 0..1.
    """
    return RankingOptions(**_read("option", OPTIONS, values))


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


def read_span(name: str, value: Any, *, tolerance: float | None = None) -> Span:
    """A range of one of the filters from text, a number or a pair.

    Parameters
    ----------
    tolerance
        Percent around one value, if the filter has that; None: as much as the table says.

    Raises
    ------
    InvalidInputError
        It is no range, runs backwards, or lies where no song is.
    """
    wanted = _FIELDS[name]
    if isinstance(value, str):
        low, high, single = _parse_span(wanted, value)
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
    if single and wanted.tolerance and low is not None:
        share = (_FIELDS[wanted.tolerance].default if tolerance is None else tolerance) / 100.0
        return low * (1.0 - share), low * (1.0 + share)
    if single and not wanted.single:
        raise InvalidInputError(f"{name} needs a range, such as {wanted.example}")
    return low, high


def _parse_span(wanted: Field, text: str) -> tuple[float | None, float | None, bool]:
    number = _SIGNED if wanted.lowest < 0 else _UNSIGNED
    number = f"{_CLOCK}|{number}" if wanted.clock else number
    if re.fullmatch(number, text.strip()):
        value = _seconds(text.strip())
        return value, value, True
    found = re.fullmatch(rf"\s*({number})?\s*(?:-|–|\.\.|to)\s*({number})?\s*", text)
    if not found:
        raise InvalidInputError(f"{text!r} is no range for {wanted.name}; write it like {wanted.example}")
    low, high = (None if end is None else _seconds(end) for end in found.groups())
    return low, high, False


def _seconds(text: str) -> float:
    """A number, or minutes and seconds."""
    total = 0.0
    for part in text.split(":"):
        total = total * 60.0 + float(part)
    return total


def _read(kind: str, table: Sequence[Field], values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a table by their names, without what is None or empty."""
    known = {field.name: field for field in table}
    for name in values:
        if name not in known:
            raise UnknownNameError(kind, name, list(known))
    given = {name: value for name, value in values.items() if value is not None and value not in ("", [], ())}
    read: dict[str, Any] = {}
    for name in sorted(given, key=lambda name: known[name].kind is Kind.SPAN):  # tolerances come first
        field, value = known[name], given[name]
        if field.kind is Kind.SPAN:
            read[name] = read_span(name, value, tolerance=read.get(field.tolerance))
        else:
            read[name] = _READERS[field.kind](field, value)
    return read


def _read_names(field: Field, value: Any) -> tuple[str, ...]:
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, Sequence) or not all(isinstance(item, str) for item in names):
        raise InvalidInputError(f"{field.name} is a list of names")
    if len(names) > _MOST_NAMES or any(len(item) > _LONGEST_NAME for item in names):
        raise InvalidInputError(
            f"{field.name} takes at most {_MOST_NAMES} names of at most {_LONGEST_NAME} characters"
        )
    if not all(item.strip() for item in names):
        raise InvalidInputError(f"{field.name} has an empty name in it")
    return tuple(dict.fromkeys(item.strip() for item in names))


def _read_flag(field: Field, value: Any) -> bool:
    if not isinstance(value, bool):
        raise InvalidInputError(f"{field.name} is true or false, not {value!r}")
    return value


def _read_key(field: Field, value: Any) -> str:
    if not isinstance(value, str):
        raise InvalidInputError(f"{field.name} is text, not {value!r}")
    return read_key(value)


def _read_number(field: Field, value: Any) -> float:
    number = _number(field.name, value)
    if not field.lowest <= number <= field.highest:
        raise InvalidInputError(f"{field.name} lies in {field.lowest:g}..{field.highest:g}, not {value}")
    return number


def _read_count(field: Field, value: Any) -> int:
    number = _number(field.name, value)
    if number < field.lowest or number != int(number):
        raise InvalidInputError(
            f"{field.name} must be a whole number of at least {field.lowest:g}, not {value}"
        )
    return int(number)


_READERS = {
    Kind.NAMES: _read_names,
    Kind.KEY: _read_key,
    Kind.NUMBER: _read_number,
    Kind.COUNT: _read_count,
    Kind.FLAG: _read_flag,
    Kind.SWITCH: _read_flag,
}


def _number(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise InvalidInputError(f"{name} needs a number, not {value!r}")
    return float(value)


def _changed(record: Any, default: Any) -> dict[str, Any]:
    values = {item.name: getattr(record, item.name) for item in fields(record)}
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in values.items()
        if value != getattr(default, name)
    }

"""The one JSON form of a `Query`: what routes, jobs, commands and the page send each other. Pure.

    {"text": "calm piano", "unlike": [], "filters": {"tempo_bpm": [60, 90]}, "options": {}, "limit": 10, ...}

A name that is absent is unset. `null` takes a soft target away that an analysis would ask for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from reelscore.errors import InvalidInputError, UnknownNameError
from reelscore.filters.parsing import filters_values, options_values, read_filters, read_options
from reelscore.records import UNSET, Phrase, Query

QUERY_FIELDS = tuple(item.name for item in fields(Query))
_TEXTS = ("text", "analysis_id", "guide", "song")
_PHRASES = ("phrases", "avoid")
_MOST_PHRASES = 100


def read_query(values: Mapping[str, Any]) -> Query:
    """A question from its JSON form.

    Raises
    ------
    UnknownNameError
        There is no such field, filter or option; the message lists those that there are.
    InvalidInputError
        A value cannot be understood; the message says which.
    """
    read: dict[str, Any] = {}
    for name, value in values.items():
        if name not in QUERY_FIELDS:
            raise UnknownNameError("field of a query", name, QUERY_FIELDS)
        if name in _TEXTS:
            read[name] = _text(name, value)
        elif name in _PHRASES and value is not None:
            read[name] = tuple(_phrase(name, item) for item in _list(name, value))
        elif name == "tempo_bpm":
            read[name] = None if value is None else _tempo(value)
        elif name == "energy":
            read[name] = None if value is None else _number(name, value)
        elif name == "unlike":
            read[name] = tuple(str(item) for item in _list(name, value or ()))
        elif name == "limit" and value is not None:
            read[name] = _limit(value)
    return Query(
        **read,
        filters=read_filters(values.get("filters") or {}),
        options=read_options(values.get("options") or {}),
    )


def query_values(query: Query) -> dict[str, Any]:
    """The JSON form of a question, without what is unset; `read_query` reads it as the same question."""
    values: dict[str, Any] = {}
    for name in _TEXTS:
        if getattr(query, name) is not None:
            values[name] = getattr(query, name)
    for name in _PHRASES:
        phrases = getattr(query, name)
        if phrases is not UNSET:
            values[name] = [{"text": phrase.text, "weight": phrase.weight} for phrase in phrases]
    if query.tempo_bpm is not UNSET:
        values["tempo_bpm"] = list(query.tempo_bpm) if query.tempo_bpm else None
    if query.energy is not UNSET:
        values["energy"] = query.energy
    return {
        **values,
        "unlike": list(query.unlike),
        "filters": filters_values(query.filters),
        "options": options_values(query.options),
        "limit": query.limit,
    }


def _text(name: str, value: Any) -> str | None:
    if value is not None and not isinstance(value, str):
        raise InvalidInputError(f"{name} must be text, not {value!r}")
    return value


def _list(name: str, value: Any) -> Sequence[Any]:
    if not isinstance(value, list | tuple) or len(value) > _MOST_PHRASES:
        raise InvalidInputError(f"{name} must be a list of at most {_MOST_PHRASES}, not {value!r}")
    return value


def _phrase(name: str, value: Any) -> Phrase:
    if isinstance(value, Mapping) and isinstance(value.get("text"), str):
        return Phrase(value["text"], _number(f"the weight in {name}", value.get("weight", 1.0)))
    raise InvalidInputError(f'{name} must have items such as {{"text": "calm piano", "weight": 1}}')


def _tempo(value: Any) -> tuple[float, float]:
    low, high = _list("tempo_bpm", value) if isinstance(value, list | tuple) and len(value) == 2 else (0, 0)
    if not high:
        raise InvalidInputError("tempo_bpm must be a range of two numbers, such as [60, 90]")
    return _number("tempo_bpm", low), _number("tempo_bpm", high)


def _number(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidInputError(f"{name} must be a number, not {value!r}")
    return float(value)


def _limit(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
        raise InvalidInputError(f"limit must be a whole number, not {value!r}")
    return int(value)

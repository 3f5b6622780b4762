"""The whole question, and its one JSON form: what routes, jobs, commands and the page send each other. Pure.

    {"text": "calm piano", "unlike": [], "filters": {"tempo_bpm": [60, 90]}, "options": {}, "limit": 10, ...}

A name that is absent is unset. `null` takes a soft target away that an analysis would ask for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from enum import Enum
from typing import Any

from reelscore.errors import InvalidInputError, UnknownNameError
from reelscore.filters.parsing import filters_values, options_values, read_filters, read_options
from reelscore.filters.table import DEFAULT_OPTIONS, NO_FILTERS, Filters, RankingOptions
from reelscore.query.blend import BlendPart, parts_values, read_parts
from reelscore.records import Phrase

_MOST_PHRASES = 100


class Unset(Enum):
    """The value of what a question leaves to the analysis that it names; None takes it away."""

    UNSET = "unset"


UNSET = Unset.UNSET


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise InvalidInputError(f"{name} must be text, not {value!r}")
    return value


def _list(name: str, value: Any) -> Sequence[Any]:
    if not isinstance(value, list | tuple) or len(value) > _MOST_PHRASES:
        raise InvalidInputError(f"{name} must be a list of at most {_MOST_PHRASES}, not {value!r}")
    return value


def _names(name: str, value: Any) -> tuple[str, ...]:
    return tuple(str(item) for item in _list(name, value or ()))


def _phrases(name: str, value: Any) -> tuple[Phrase, ...]:
    return tuple(_phrase(name, item) for item in _list(name, value))


def _phrase(name: str, value: Any) -> Phrase:
    if isinstance(value, Mapping) and isinstance(value.get("text"), str):
        return Phrase(value["text"], _number(f"the weight in {name}", value.get("weight", 1.0)))
    raise InvalidInputError(f'{name} must have items such as {{"text": "calm piano", "weight": 1}}')


def _tempo(name: str, value: Any) -> tuple[float, float]:
    low, high = value if isinstance(value, list | tuple) and len(value) == 2 else (0, 0)
    if not high:
        raise InvalidInputError(f"{name} must be a range of two numbers, such as [60, 90]")
    return _number(name, low), _number(name, high)


def _number(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidInputError(f"{name} must be a number, not {value!r}")
    return float(value)


def _count(name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
        raise InvalidInputError(f"{name} must be a whole number, not {value!r}")
    return int(value)


def _part(
    read: Callable[[str, Any], Any], default: Any = None, write: Callable[[Any], Any] | None = None
) -> Any:
    """A field of the question, with how its JSON is read and written."""
    return field(default=default, metadata={"read": read, "write": write or (lambda value: value)})


def _phrases_values(phrases: Sequence[Phrase]) -> list[dict[str, Any]]:
    return [{"text": phrase.text, "weight": phrase.weight} for phrase in phrases]


def _pair(span: Sequence[float] | None) -> list[float] | None:
    return None if span is None else list(span)


@dataclass(frozen=True, slots=True)
class Query:
    """The whole question: what is searched for, what a song must be, and how the answer is made.

    A sentence, edited phrases, the stored analysis of a video, a song, a blend, or several of them together.
    """

    text: str | None = _part(_text)  # a sentence
    analysis_id: str | None = _part(_text)  # of a stored analysis: what is unset below is as it asks for
    about: str | None = _part(_text)  # what is to be seen in a film: "wedding, seaside, evening"
    phrases: tuple[Phrase, ...] | Unset = _part(_phrases, UNSET, _phrases_values)
    avoid: tuple[Phrase, ...] | Unset = _part(_phrases, UNSET, _phrases_values)
    tempo_bpm: tuple[float, float] | Unset | None = _part(_tempo, UNSET, _pair)  # a soft target, no filter
    energy: float | Unset | None = _part(_number, UNSET)  # 0..1, a soft target, no filter
    guide: str | None = _part(_text)  # a sentence that changes all of it: "but with piano, and no drums"
    song: str | None = _part(_text)  # id or file of a seed track, which the answer sounds like
    unlike: tuple[str, ...] = _part(_names, (), list)  # ids or files of songs that it should not sound like
    project: str | None = _part(_text)  # id: what somebody kept for similar films counts more
    blend: tuple[BlendPart, ...] = _part(read_parts, (), parts_values)  # what is added up and taken away
    filters: Filters = _part(lambda _, value: read_filters(value), NO_FILTERS, filters_values)
    options: RankingOptions = _part(lambda _, value: read_options(value), DEFAULT_OPTIONS, options_values)
    limit: int = _part(_count, 10)

    @property
    def has_words(self) -> bool:
        """Whether anything but songs is asked with."""
        edits = (self.phrases, self.avoid, self.tempo_bpm, self.energy)
        return bool(self.text or self.analysis_id or self.about or self.guide) or any(
            part is not UNSET for part in edits
        )


_FIELDS = {item.name: item for item in fields(Query)}
QUERY_FIELDS = tuple(_FIELDS)
_SOFT_TARGETS = ("tempo_bpm", "energy")


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
        if name not in _FIELDS:
            raise UnknownNameError("field of a query", name, QUERY_FIELDS)
        if value is not None:
            read[name] = _FIELDS[name].metadata["read"](name, value)
        elif name in _SOFT_TARGETS:
            read[name] = None
    return Query(**read)


def query_values(query: Query) -> dict[str, Any]:
    """The JSON form of a question, without what is unset; `read_query` reads it as the same question."""
    given = {name: getattr(query, name) for name in QUERY_FIELDS}
    return {
        name: _FIELDS[name].metadata["write"](value)
        for name, value in given.items()
        if value is not UNSET and (value is not None or name in _SOFT_TARGETS)
    }

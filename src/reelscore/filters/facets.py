"""What a song can be filtered by, and what a filter demands of it: said once, for SQL and every index.

`facets_of` gives the facets of a song as plain JSON values, which an index keeps beside the vector.
`clauses` takes filters apart into demands on single facets, all of which must hold. The catalogue compiles
the clauses to SQL, Qdrant Edge to its own filter, and `matches` holds them against facets in Python; tests
compare the three.

- **Terms** are compared without case, accents and punctuation. A song has each of its artists.
- **Genre**: each run of words of what the source states, so that "Alternative Rock" is rock as well; if
  the source states none, the tags that are heard.
- **Licence**: as it is stated, and without its version, so that CC-BY is met by CC-BY-4.0, not by CC-BY-NC.
- **Year**: that of the release and that of the first release; one of them has to fit.
- **Tags and moods** are heard if they are more probable than not.
- **Vocals**: a song is sung or instrumental only if that is sure (`reelscore.filters.terms.VOICES`).
- **Duration** is that of the song; if it is not known, that of the sound that was analysed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reelscore.filters.fields import Kind
from reelscore.filters.keys import read_key
from reelscore.filters.table import FILTERS, Filters, Span
from reelscore.filters.terms import (
    HEARD_FROM,
    INSTRUMENTAL,
    SUNG,
    VOCALS,
    VOICES,
    artist_terms,
    genre_terms,
    licence_terms,
)

Facets = dict[str, Any]

# Goes up whenever the facets of an unchanged song change; libraries are brought up to date when opened.
FACETS_VERSION = 5
VERSION_FIELD = "version"

_FACETED = tuple(field for field in FILTERS if field.facet)
_NUMBERS = (Kind.SPAN, Kind.FLAG)
TERM_FIELDS = tuple(sorted({field.facet for field in _FACETED if field.kind not in _NUMBERS}))
NUMBER_FIELDS = tuple(sorted({field.facet for field in _FACETED if field.kind in _NUMBERS}))
# Facet -> the columns that state it ("songs.year"); those of the other facets have rules of their own.
COLUMNS = {field.facet: field.columns for field in _FACETED if field.columns}
_NAMED = {facet: tuple(name.partition(".")[2] for name in names) for facet, names in COLUMNS.items()}


@dataclass(frozen=True, slots=True)
class Clause:
    """A demand on one facet: one of the terms, or a number within one of the spans.

    `negated`: none of them; then a song that lacks the facet passes.
    """

    field: str
    terms: tuple[str, ...] = ()
    spans: tuple[Span, ...] = ()
    negated: bool = False


def facets_of(
    *,
    artists: Sequence[str],
    genre: str | None,
    licence: str | None,
    duration: float | None,
    analysed_seconds: float | None,
    tags: Mapping[str, float],
    **columns: Any,
) -> Facets:
    """The facets of a song as JSON values; what is not known is left out.

    Parameters
    ----------
    duration, analysed_seconds
        Of the song, and of the sound that was analysed.
    tags
        As `reelscore.filters.terms.tag_terms` gives them.
    columns
        The columns of `COLUMNS`, without their tables.
    """
    heard = sorted(tag for tag, probability in tags.items() if probability >= HEARD_FROM)
    stated = {
        facet: [value for name in names if (value := columns.get(name)) is not None]
        for facet, names in _NAMED.items()
    }
    stated |= {
        "artist": list(artist_terms(artists)),
        "genre": list(genre_terms(genre)) or heard,
        "licence": list(licence_terms(licence)),
        "tag": heard,
        "duration": _known(duration if duration is not None else analysed_seconds),
        "vocals": _known(tags.get(VOCALS)),
    }
    facets: Facets = {VERSION_FIELD: str(FACETS_VERSION)}
    facets |= {name: stated[name] for name in TERM_FIELDS if stated[name]}
    for name in NUMBER_FIELDS:
        if numbers := sorted({float(value) for value in stated[name] if math.isfinite(value)}):
            facets[name] = numbers if len(numbers) > 1 else numbers[0]
    return facets


def _known(value: float | None) -> list[float]:
    return [] if value is None else [value]


def clauses(filters: Filters) -> tuple[Clause, ...]:
    """What filters demand; none for `Filters()`.

    Raises
    ------
    InvalidInputError
        The key is no key.
    """
    found = []
    for field in _FACETED:
        value = getattr(filters, field.name)
        if value is None or value == ():
            continue
        match field.kind:
            case Kind.NAMES:
                terms = tuple(dict.fromkeys(map(field.compare, value)))
                found.append(Clause(field.facet, terms=terms, negated=field.negated))
            case Kind.KEY:
                found.append(Clause(field.facet, terms=_widened(filters, field.name, read_key(value))))
            case Kind.FLAG:
                voices = _widened(filters, field.name, SUNG if value else INSTRUMENTAL)
                found.append(Clause(field.facet, spans=tuple(VOICES[voice] for voice in voices)))
            case _:
                found.append(Clause(field.facet, spans=_widened(filters, field.name, value)))
    return tuple(found)


def _widened(filters: Filters, name: str, value: Any) -> tuple[Any, ...]:
    """The value of a filter, and what passes too by the switches that widen it."""
    for field in FILTERS:
        if field.widen and field.needs == name and getattr(filters, field.name):
            return tuple(field.widen(value))
    return (value,)


def matches(facets: Mapping[str, Any], demands: Sequence[Clause]) -> bool:
    """Whether facets meet every clause."""
    return all(_meets(facets, clause) != clause.negated for clause in demands)


def _meets(facets: Mapping[str, Any], clause: Clause) -> bool:
    value = facets.get(clause.field)
    if value is None:
        return False
    if clause.spans:
        return any(
            (low is None or number >= low) and (high is None or number <= high)
            for number in (value if isinstance(value, list) else [value])
            for low, high in clause.spans
        )
    return any(known in clause.terms for known in value)

"""Filters as SQL: the truth that every index is held against."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Column, ColumnElement, and_, exists, func, not_, or_, select, true

from reelscore.catalog.db import schema
from reelscore.filters.facets import COLUMNS, Clause, clauses
from reelscore.filters.table import Filters, Span
from reelscore.filters.terms import HEARD_FROM, VOCALS

_SONGS = schema.songs.c
_FEATURES = schema.features.c
_TERMS = schema.song_terms.c
_TAGS = schema.song_tags.c


def column_of(name: str) -> Column[Any]:
    """The column of a song or of its measurements that a facet is read from: "songs.year"."""
    table, _, own = name.partition(".")
    return schema.metadata.tables[table].c[own]


def passes(filters: Filters, *, whole: bool = False) -> ColumnElement[bool]:
    """The condition on a row of `songs`: that the song passes.

    Parameters
    ----------
    whole
        The whole library is looked through. What meets a demand is then looked up once for all songs; else
        it is looked up for each of the few songs that are left to ask.
    """
    ask = _among if whole else _of_each
    return and_(true(), *(_condition(clause, ask) for clause in clauses(filters)))


def _of_each(song: Column[Any], *demands: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(song == _SONGS.id, *demands)


def _among(song: Column[Any], *demands: ColumnElement[bool]) -> ColumnElement[bool]:
    return _SONGS.id.in_(select(song).where(*demands))


# A song has a row, in the table of the column, that meets all of the demands.
_Ask = Callable[..., ColumnElement[bool]]


def _condition(clause: Clause, ask: _Ask) -> ColumnElement[bool]:
    found = _positive(clause, ask)
    return not_(found) if clause.negated else found


def _positive(clause: Clause, ask: _Ask) -> ColumnElement[bool]:
    """Never unknown (NULL), so that it can be negated."""
    match clause.field:
        case "artist":
            return _stated("artist", clause.terms, ask)
        case "licence":
            return _stated("licence", clause.terms, ask)
        case "genre":
            none_stated = not_(_of_each(_TERMS.song_id, _TERMS.kind == "genre"))
            return or_(_stated("genre", clause.terms, ask), and_(_heard(clause.terms, ask), none_stated))
        case "tag":
            return _heard(clause.terms, ask)
        case "vocals":
            return ask(_TAGS.song_id, _TAGS.tag == VOCALS, _within(_TAGS.probability, clause.spans))
        case "duration":
            analysed = (
                select(_FEATURES.duration)
                .where(_FEATURES.song_id == _SONGS.id)
                .correlate(schema.songs)
                .scalar_subquery()
            )
            return _within(func.coalesce(_SONGS.duration, analysed), clause.spans)
        case field:
            return or_(*(_compared(name, clause, ask) for name in COLUMNS[field]))


def _compared(name: str, clause: Clause, ask: _Ask) -> ColumnElement[bool]:
    column = column_of(name)
    demand = (
        _within(column, clause.spans) if clause.spans else and_(column.is_not(None), column.in_(clause.terms))
    )
    return demand if column.table is schema.songs else ask(_FEATURES.song_id, demand)


def _stated(kind: str, terms: Sequence[str], ask: _Ask) -> ColumnElement[bool]:
    return ask(_TERMS.song_id, _TERMS.kind == kind, _TERMS.term.in_(terms))


def _heard(tags: Sequence[str], ask: _Ask) -> ColumnElement[bool]:
    return ask(_TAGS.song_id, _TAGS.tag.in_(tags), _TAGS.probability >= HEARD_FROM)


def _within(column: ColumnElement[Any], spans: Sequence[Span]) -> ColumnElement[bool]:
    return and_(column.is_not(None), or_(*(_between(column, span) for span in spans)))


def _between(column: ColumnElement[Any], span: Span) -> ColumnElement[bool]:
    low, high = span
    ends = [] if low is None else [column >= low]
    return and_(true(), *ends, *([] if high is None else [column <= high]))

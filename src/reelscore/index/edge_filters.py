"""Filters in the words of Qdrant Edge, and the payload indexes that make them quick."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import qdrant_edge as engine

from reelscore.recommend.facets import FACETS_VERSION, NUMBER_FIELDS, TERM_FIELDS, VERSION_FIELD, Clause

# Filtered searches are exact, so the graph needs no links for each value; they would take most of its build.
_FIELDS: Mapping[str, engine.KeywordIndexParams | engine.FloatIndexParams] = {
    **{name: engine.KeywordIndexParams(enable_hnsw=False) for name in (VERSION_FIELD, *TERM_FIELDS)},
    **{name: engine.FloatIndexParams(enable_hnsw=False) for name in NUMBER_FIELDS},
}


# With fewer points a filter takes 5 ms at most without payload indexes, and to make those takes a second.
INDEX_FIELDS_FROM = 1_000


def index_fields(shard: engine.EdgeShard) -> bool:
    """Make the payload indexes that a shard lacks, once it is large enough; True where it has them all."""
    if shard.count(engine.CountRequest()) < INDEX_FIELDS_FROM:
        return False
    known = shard.info().payload_schema
    for name, parameters in _FIELDS.items():
        if name not in known:
            shard.update(engine.UpdateOperation.create_field_index(name, parameters))
    return True


def points_filter(
    demands: Collection[Clause],
    hidden: Collection[str],
    *,
    among: Collection[engine.PointId] = (),
) -> engine.Filter | None:
    """The points that meet every clause and are not among the hidden ids; None for all points.

    `among`: only these ids, where any are given.
    """
    if not demands and not hidden and not among:
        return None
    must: list[engine.FieldCondition | engine.Filter | engine.HasIdCondition] = [
        _condition(clause) for clause in demands if not clause.negated
    ]
    must_not: list[engine.FieldCondition | engine.Filter | engine.HasIdCondition] = [
        _condition(clause) for clause in demands if clause.negated
    ]
    if among:
        must.append(engine.HasIdCondition({*among}))
    if hidden:
        must_not.append(engine.HasIdCondition({*hidden}))
    return engine.Filter(must=[*must], must_not=[*must_not])


def current_facets() -> engine.Filter:
    """The points whose facets are those of this version."""
    version = engine.FieldCondition(VERSION_FIELD, match=engine.MatchValue(str(FACETS_VERSION)))
    return engine.Filter(must=[version])


def _condition(clause: Clause) -> engine.FieldCondition | engine.Filter:
    if not clause.spans:
        return engine.FieldCondition(clause.field, match=engine.MatchAny(list(clause.terms)))
    spans = [
        engine.FieldCondition(clause.field, range=engine.RangeFloat(gte=low, lte=high))
        for low, high in clause.spans
    ]
    return spans[0] if len(spans) == 1 else engine.Filter(should=[*spans])

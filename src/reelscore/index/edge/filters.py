"""Filters in the words of Qdrant Edge, and the payload indexes that make them quick."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import qdrant_edge as engine

from reelscore.filters.facets import NUMBER_FIELDS, TERM_FIELDS, VERSION_FIELD

# Cold: once the approximate index is built, they are read as mapped pages; else all of them are memory of
# the process, 1.4 MB for 1,000 songs. Filtered searches are exact, so the graph needs no links for each
# value; they would take most of its build.
_MEMORY = engine.Memory.Cold
_FIELDS: Mapping[str, engine.KeywordIndexParams | engine.FloatIndexParams] = {
    **{
        name: engine.KeywordIndexParams(enable_hnsw=False, memory=_MEMORY)
        for name in (VERSION_FIELD, *TERM_FIELDS)
    },
    **{name: engine.FloatIndexParams(enable_hnsw=False, memory=_MEMORY) for name in NUMBER_FIELDS},
}


# With fewer points a filter takes 5 ms at most without payload indexes, and to make those takes a second.
INDEX_FIELDS_FROM = 1_000

EdgeCondition = engine.FieldCondition | engine.HasIdCondition | engine.Filter


def index_fields(shard: engine.EdgeShard, *, renew: bool = False) -> bool:
    """Make the payload indexes that a shard lacks, once it is large enough; True if it has them all.

    `renew`: those too that an older version made to be kept in memory, which takes a while.
    """
    if shard.count(engine.CountRequest()) < INDEX_FIELDS_FROM:
        return False
    known = shard.info().payload_schema
    for name, parameters in _FIELDS.items():
        if name not in known or (renew and getattr(known[name].params, "memory", None) != _MEMORY):
            shard.update(engine.UpdateOperation.create_field_index(name, parameters))
    return True


class EdgeDialect:
    """The conditions of Qdrant Edge; `reelscore.index.conditions` says what each means."""

    def any_of(self, field: str, terms: Sequence[str]) -> EdgeCondition:
        """The field has one of the terms."""
        return engine.FieldCondition(field, match=engine.MatchAny(list(terms)))

    def within(self, field: str, low: float | None, high: float | None) -> EdgeCondition:
        """The field is a number within the span."""
        return engine.FieldCondition(field, range=engine.RangeFloat(gte=low, lte=high))

    def one_of(self, ids: Collection[engine.PointId]) -> EdgeCondition:
        """The point is one of these."""
        return engine.HasIdCondition({*ids})

    def either(self, conditions: Sequence[EdgeCondition]) -> EdgeCondition:
        """One of the conditions is met."""
        return engine.Filter(should=[*conditions])

    def filter(self, met: Sequence[EdgeCondition], unmet: Sequence[EdgeCondition]) -> engine.Filter:
        """All of `met` are met, and none of `unmet`."""
        return engine.Filter(must=[*met], must_not=[*unmet])


EDGE = EdgeDialect()

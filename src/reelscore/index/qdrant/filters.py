"""Filters in the words of a Qdrant server, and the payload indexes that make them quick."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from qdrant_client import models as wire

from reelscore.filters.facets import NUMBER_FIELDS, TERM_FIELDS, VERSION_FIELD

# Every facet that a filter may ask for.
INDEXED_FIELDS: Mapping[str, wire.PayloadSchemaType] = {
    **dict.fromkeys((VERSION_FIELD, *TERM_FIELDS), wire.PayloadSchemaType.KEYWORD),
    **dict.fromkeys(NUMBER_FIELDS, wire.PayloadSchemaType.FLOAT),
}


class ServerDialect:
    """The conditions of a Qdrant server; `reelscore.index.conditions` says what each means."""

    def any_of(self, field: str, terms: Sequence[str]) -> wire.Condition:
        """The field has one of the terms."""
        return wire.FieldCondition(key=field, match=wire.MatchAny(any=list(terms)))

    def within(self, field: str, low: float | None, high: float | None) -> wire.Condition:
        """The field is a number within the span."""
        return wire.FieldCondition(key=field, range=wire.Range(gte=low, lte=high))

    def one_of(self, ids: Collection[str]) -> wire.Condition:
        """The point is one of these."""
        return wire.HasIdCondition(has_id=sorted(ids))

    def either(self, conditions: Sequence[wire.Condition]) -> wire.Condition:
        """One of the conditions is met."""
        return wire.Filter(should=[*conditions])

    def filter(self, met: Sequence[wire.Condition], unmet: Sequence[wire.Condition]) -> wire.Filter:
        """All of `met` are met, and none of `unmet`."""
        return wire.Filter(must=[*met] or None, must_not=[*unmet] or None)


SERVER = ServerDialect()

"""Filters and ranking options, read from plain values and held against what the library knows."""

from __future__ import annotations

from typing import Any

from reelscore.filters.fields import page_line
from reelscore.filters.keys import MAJOR_KEYS, MINOR_KEYS
from reelscore.filters.parsing import (
    check_names,
    filters_values,
    known_moods,
    options_values,
)
from reelscore.filters.table import DEFAULT_OPTIONS, FILTERS, NO_FILTERS, OPTIONS, Filters, RankingOptions
from reelscore.wiring import Wiring

_MOST_GENRES = 60


def known_choices(wiring: Wiring) -> dict[str, Any]:
    """What filters can be given in this library, for forms: names, and how many songs have them.

    Returns
    -------
    dict
        "genres", "sources" and "licences": [{"name", "songs"}], the most common first; "moods", "tags" and
        "keys": names.
    """
    tags = wiring.embedders.tag_names
    counts = wiring.catalog.counts_by_choice(limit=_MOST_GENRES)
    return {
        **{kind: [{"name": name, "songs": songs} for name, songs in found] for kind, found in counts.items()},
        "moods": list(known_moods(tags)),
        "tags": list(tags),
        "keys": [*MAJOR_KEYS, *MINOR_KEYS],
    }


def form_fields() -> dict[str, list[dict[str, Any]]]:
    """The lines of the tables of filters and options, for forms; those without a label are in none."""
    return {
        kind: [page_line(field) for field in table]
        for kind, table in (("filters", FILTERS), ("options", OPTIONS))
    }


def check_filters(wiring: Wiring, filters: Filters) -> None:
    """Refuse tags and moods that the tagger of the library does not know, with those that it does."""
    if filters.moods or filters.tags or filters.not_tags:
        check_names(filters, wiring.embedders.tag_names)


def choices_payload(filters: Filters, options: RankingOptions) -> dict[str, Any]:
    """What was asked for beside the query, if it is not the default."""
    chosen = {}
    if filters != NO_FILTERS:
        chosen["filters"] = filters_values(filters)
    if options != DEFAULT_OPTIONS:
        chosen["options"] = options_values(options)
    return chosen

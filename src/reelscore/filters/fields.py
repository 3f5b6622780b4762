"""The kinds of fields that a table of filters or options is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from math import isfinite
from typing import Any

from reelscore.filters.terms import term


class Kind(StrEnum):
    """What a field takes."""

    NAMES = "names"  # any of several
    KEY = "key"  # a musical key
    SPAN = "span"  # a range of numbers
    NUMBER = "number"
    COUNT = "count"  # a whole number
    FLAG = "flag"  # yes, no, or not given
    SWITCH = "switch"  # on or off


@dataclass(frozen=True, slots=True)
class Field:
    """One line of a table: all that parsing, SQL, indexes, API, command line and page need to know of it."""

    kind: Kind
    help: str  # for the API, and for the command line unless that has a text of its own
    name: str = ""  # in JSON; that of the attribute
    default: Any = None

    # What of a song a filter compares.
    facet: str = ""
    columns: tuple[str, ...] = ()  # "songs.year": what the facet is read from; one of several has to fit
    compare: Callable[[str], str] = term  # a name -> the term that the facet has
    negated: bool = False  # songs that have one of the names do not pass

    # What may be written.
    lowest: float = 0.0
    highest: float = float("inf")
    example: str = ""
    single: bool = False  # one value of a range stands for itself
    clock: bool = False  # minutes and seconds are understood
    tolerance: str = ""  # the field that says how far from one value of a range a song may be, in percent
    needs: str = ""  # the field without which this one means nothing
    widen: Callable[[Any], Sequence[Any]] | None = None  # what passes too: value of `needs` -> all that do

    # On the command line.
    option: str = ""  # if it is not the name
    option_help: str = ""
    shorthand: tuple[str, float, str] | None = None  # an option without a value, its value, and its help

    # On the page; without a label it is not there.
    label: str = ""
    placeholder: str = ""
    unit: str = ""
    scale: float = 1.0  # of the numbers that are shown
    step: float = 1.0
    offered: str = ""  # the names of the library to choose from
    ticked: bool = False  # they are few, and shown as boxes to tick
    words: tuple[str, str] = ("yes", "no")  # of a flag


def line(kind: Kind, help_text: str, *, default: Any = None, **more: Any) -> Any:
    """An attribute of a table."""
    return field(default=default, metadata={"field": Field(kind, help_text, default=default, **more)})


def names(help_text: str, facet: str, **more: Any) -> Any:
    """A line for names of which a song needs one. A column is compared as it is, what has terms by them."""
    if "columns" in more:
        more.setdefault("compare", str)
    return line(Kind.NAMES, help_text, default=(), facet=facet, **more)


def span(help_text: str, facet: str, *columns: str, **more: Any) -> Any:
    """A line for a range."""
    return line(Kind.SPAN, help_text, facet=facet, columns=columns, **more)


def switch(help_text: str, *, default: bool = False, **more: Any) -> Any:
    """A line for what is on or off."""
    return line(Kind.SWITCH, help_text, default=default, **more)


def table_of(record: type) -> tuple[Field, ...]:
    """The fields of a table, in its order; what is read into another field is a class variable."""

    def lines() -> Iterator[Field]:
        own = {item.name: item.metadata["field"] for item in fields(record)}
        for name in record.__annotations__:
            yield replace(own.get(name) or getattr(record, name), name=name)

    return tuple(lines())


def page_line(of: Field) -> dict[str, Any]:
    """What a form is made of for a field, as plain values; without what it does not have."""
    values: dict[str, Any] = {
        "name": of.name,
        "kind": str(of.kind),
        "label": of.label,
        "needs": of.needs,
        "placeholder": of.placeholder,
        "unit": of.unit,
        "offered": of.offered,
        "ticked": of.ticked or None,
    }
    if of.kind is Kind.SPAN:
        values["scale"] = of.scale
    if of.kind is Kind.FLAG:
        values["words"] = list(of.words)
    if of.kind in (Kind.NUMBER, Kind.COUNT):
        highest = of.highest if isfinite(of.highest) else None
        values |= {"lowest": of.lowest, "highest": highest, "step": of.step}
    return {name: value for name, value in values.items() if value is not None and value not in ("", [])}

"""Filters and ranking options as the API takes them, made of the lines of their tables."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from math import isfinite
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, create_model

from reelscore.errors import InvalidInputError
from reelscore.filters import fields
from reelscore.filters.fields import Kind
from reelscore.filters.parsing import read_span
from reelscore.filters.table import FILTERS, OPTIONS

_EXAMPLE: dict[str, Any] = {
    "moods": ["happy"],
    "tempo_bpm": [100, 130],
    "key": "A minor",
    "compatible_keys": True,
    "vocals": False,
    "not_artists": ["The Examples"],
}
Names = list[Annotated[str, Field(min_length=1, max_length=200)]]
Range = float | str | tuple[float | None, float | None]

_TYPES: Mapping[Kind, Any] = {
    Kind.NAMES: Names,
    Kind.KEY: str,
    Kind.SPAN: Range,
    Kind.NUMBER: float,
    Kind.COUNT: int,
    Kind.FLAG: bool,
    Kind.SWITCH: bool,
}


def _model(name: str, doc: str, table: Sequence[fields.Field], example: Mapping[str, Any]) -> Any:
    """The schema of a table: each field may be absent, and there is no other."""
    config = ConfigDict(extra="forbid", json_schema_extra={"example": dict(example)})
    parts = {line.name: (_TYPES[line.kind] | None, _described(line)) for line in table}
    return create_model(name, __config__=config, __doc__=doc, **parts)  # type: ignore[call-overload]


def _described(line: fields.Field) -> Any:
    bounds: dict[str, Any] = {}
    if line.kind in (Kind.NUMBER, Kind.COUNT) and not line.needs:
        bounds = {"ge": line.lowest, "le": line.highest if isfinite(line.highest) else None}
    examples = [read_span(line.name, line.example)] if line.kind is Kind.SPAN else None
    return Field(None, description=line.help, examples=examples, **bounds)


if TYPE_CHECKING:

    class FiltersModel(BaseModel): ...

    class OptionsModel(BaseModel): ...

else:
    FiltersModel = _model(
        "FiltersModel",
        "What a song must be to be in the answer at all; every field that is given must be met.\n\n"
        'A range is a pair in which null leaves an end open, or text such as "100-130".',
        FILTERS,
        _EXAMPLE,
    )
    OptionsModel = _model(
        "OptionsModel",
        "How the answer is made of the ranked songs.",
        OPTIONS,
        {"artist_cap": 2, "adventurous": 0.3},
    )


class Choices(BaseModel):
    """What may come with every question."""

    filters: FiltersModel = FiltersModel()
    options: OptionsModel = OptionsModel()

    def form(self) -> dict[str, Any]:
        """Filters and options in the JSON form of a query, without what is not given."""
        parts = {"filters": self.filters, "options": self.options}
        given = {name: part.model_dump(exclude_none=True) for name, part in parts.items()}
        return {name: values for name, values in given.items() if values}


def form_choices(fields: Mapping[str, str]) -> dict[str, Any]:
    """The JSON in the fields of a form that are not plain text, still to be checked.

    Raises
    ------
    InvalidInputError
        A field is not JSON.
    """
    found: dict[str, Any] = {}
    for name in ("filters", "options", "avoid_song_ids", "unlike"):
        if fields.get(name, "").strip():
            try:
                found[name] = json.loads(fields[name])
            except (ValueError, RecursionError):
                raise InvalidInputError(f"the field {name!r} of the form is not valid JSON") from None
    return found

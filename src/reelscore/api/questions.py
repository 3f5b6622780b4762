"""The questions that the API takes. Filters and ranking options are made of the lines of their tables."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from math import isfinite
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, create_model

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
Limit = Annotated[int, Field(ge=1, le=1000, description="How many songs to answer with.")]
SONG_ID = "0b8f6c1e-5d0a-5c39-9f53-6a2f7d1f0c11"
PROJECT_ID = "3f6b7c2a-4d1e-4c8b-9a57-0e2d1f6a8b90"
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


class Sent(BaseModel):
    """What a client sends: a field that is misspelt is refused, and not taken for one that is not given."""

    model_config = ConfigDict(extra="forbid")


class Choices(Sent):
    """What may come with every question."""

    filters: FiltersModel = FiltersModel()
    options: OptionsModel = OptionsModel()

    def form(self) -> dict[str, Any]:
        """Filters and options in the JSON form of a query, without what is not given."""
        parts = {"filters": self.filters, "options": self.options}
        given = {name: part.model_dump(exclude_none=True) for name, part in parts.items()}
        return {name: values for name, values in given.items() if values}


SongIds = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=200)]],
    Field(
        default_factory=list,
        validation_alias=AliasChoices("avoid_song_ids", "unlike"),
        max_length=10,
        description="Songs that the answer should not sound like; they are not in it.",
    ),
]


class BlendPart(Sent):
    """One of song, artist, saved and text, with its weight."""

    model_config = ConfigDict(json_schema_extra={"example": {"artist": "Air", "weight": -0.5}})

    song: str | None = Field(None, max_length=4096, description="Id of a song.")
    artist: str | None = Field(None, max_length=200, description="All songs of an artist together.")
    saved: str | None = Field(None, max_length=200, description="The songs of a saved search together.")
    text: str | None = Field(None, max_length=200, description="Words.")
    weight: float = Field(1.0, ge=-10, le=10, description="Below 0 it is taken away.")


class Question(Choices):
    """What may come with every question beside filters and options, by the names of `Query`.

    The documented names of the API come first among the aliases.
    """

    song: str | None = Field(
        None,
        max_length=4096,  # a path, if a command of the user of the server asks
        validation_alias=AliasChoices("song_id", "song"),
        description="A song that the answer is like too.",
        json_schema_extra={"example": SONG_ID},
    )
    unlike: SongIds
    blend: list[BlendPart] = Field(
        [],
        max_length=20,
        description="What is added up and taken away; `query.removed` says what left for that.",
    )
    project: str | None = Field(
        None,
        max_length=36,
        validation_alias=AliasChoices("project_id", "project"),
        description="The project that is worked on: what was kept for films like its own counts more.",
        json_schema_extra={"example": PROJECT_ID},
    )
    limit: Limit = 10

    def form(self) -> dict[str, Any]:
        """The question in the JSON form of a query; what was not given is absent."""
        own = self.model_dump(exclude_unset=True, exclude={"filters", "options"})
        if "blend" in own:
            own["blend"] = [part.model_dump(exclude_none=True) for part in self.blend]
        return {**own, "limit": self.limit, **super().form()}


About = Annotated[
    str | None,
    Field(
        max_length=2000,
        description=(
            "What is to be seen in the film, as a person says it: “wedding, seaside, evening”. "
            "It decides style and mood."
        ),
        json_schema_extra={"example": "wedding, seaside, evening"},
    ),
]


class TextQuery(Question):
    """A sentence to find music for."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "query": "calm acoustic guitar",
                "filters": {"tempo_bpm": [60, 90], "vocals": False},
                "options": {"artist_cap": 2},
            }
        }
    )

    text: str = Field(min_length=1, max_length=1000, validation_alias=AliasChoices("query", "text"))


class PhraseModel(Sent):
    """A few words to search for, or to avoid, with their weight."""

    text: str = Field(min_length=1, max_length=200, examples=["calm piano"])
    weight: float = Field(1.0, gt=0, le=10)


class PhrasesQuery(Question):
    """Phrases and wishes, as an analysis gave them or as somebody edited them."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "phrases": [{"text": "calm piano", "weight": 2}, {"text": "soft strings"}],
                "avoid": [{"text": "vocals", "weight": 0.4}],
                "tempo_bpm": [60, 90],
                "energy": 0.3,
                "limit": 10,
            }
        }
    )

    text: str | None = Field(None, max_length=1000, description="A sentence, in place of phrases.")
    phrases: list[PhraseModel] = Field([], max_length=20)
    avoid: list[PhraseModel] = Field([], max_length=20)
    tempo_bpm: tuple[float, float] | None = Field(None, description="Wanted range; a wish, not a filter.")
    energy: float | None = Field(None, ge=0, le=1, description="Wanted level; a wish, not a filter.")
    analysis_id: str | None = Field(
        None, max_length=64, description="The analysis of a video; without phrases it says what to search."
    )
    about: About = None
    guide: str | None = Field(None, max_length=1000, description="A sentence: “but with piano, no drums”.")


class SongQuery(Question):
    """A song of the library to find more like."""

    model_config = ConfigDict(json_schema_extra={"example": {"song_id": SONG_ID, "limit": 5}})

    song: str = Field(min_length=1, max_length=200, validation_alias=AliasChoices("song_id", "song"))
    limit: Limit = 5


class UploadFields(Question):
    """The text fields that may come with an uploaded file."""

    about: About = None
    guide: str | None = Field(
        None,
        max_length=1000,
        description="A sentence: “but with piano, no drums”.",
        json_schema_extra={"example": "but with piano, and no drums"},
    )


def form_choices(fields: Mapping[str, str]) -> dict[str, Any]:
    """The JSON in the fields of a form that are not plain text, still to be checked.

    Raises
    ------
    InvalidInputError
        A field is not JSON.
    """
    found: dict[str, Any] = {}
    for name in ("filters", "options", "avoid_song_ids", "unlike", "blend"):
        if fields.get(name, "").strip():
            try:
                found[name] = json.loads(fields[name])
            except (ValueError, RecursionError):
                raise InvalidInputError(f"the field {name!r} of the form is not valid JSON") from None
    return found

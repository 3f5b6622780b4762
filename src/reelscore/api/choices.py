"""Filters and ranking options as the API takes them; `reelscore.filters.parsing` says what they mean."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from reelscore.errors import InvalidInputError

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


class FiltersModel(BaseModel):
    """What a song must be to be in the answer at all; every field that is given must be met.

    A range is a pair in which null leaves an end open, or text such as "100-130".
    """

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": _EXAMPLE})

    genres: Names | None = Field(None, description="Any of them, as stated by the source; else as heard.")
    moods: Names | None = Field(None, description="Any of them is heard.")
    tags: Names | None = Field(None, description="Any of them is heard: instruments, genres, voices.")
    not_tags: Names | None = Field(None, description="None of them is heard.")
    tempo_bpm: Range | None = Field(
        None, description="A range, or one value with a tolerance.", examples=[[100, 130], 120]
    )
    tempo_tolerance: float | None = Field(
        None, description="Percent around one value of tempo_bpm; 8 where it is not given.", examples=[5]
    )
    half_double: bool | None = Field(None, description="Half and double of the tempo pass too.")
    key: str | None = Field(None, examples=["A minor", "F#m", "8A"])
    compatible_keys: bool | None = Field(
        None, description="Keys that mix well with it (neighbours a fifth away, the relative key) pass too."
    )
    energy: Range | None = Field(None, description="Within 0..1.", examples=[[0.2, 0.6]])
    loudness_lufs: Range | None = Field(None, examples=[[-20, -8]])
    vocals: bool | None = Field(None, description="true: sung, false: instrumental.")
    year: Range | None = Field(None, examples=[[1990, 1999]])
    duration: Range | None = Field(
        None, description='Seconds, or text such as "2:30-4:00".', examples=[[150, 240]]
    )
    sources: Names | None = Field(None, examples=[["folder"]])
    artists: Names | None = Field(None, description="Any of them; case, accents and guests do not matter.")
    not_artists: Names | None = Field(None, description="None of them.")


class OptionsModel(BaseModel):
    """How the answer is made of the ranked songs."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"artist_cap": 2, "adventurous": 0.3}}
    )

    group_versions: bool | None = Field(
        None, description="Show one version of a song, the others in its `versions`; true unless said."
    )
    artist_cap: int | None = Field(None, ge=1, description="Songs of one artist at most.")
    album_cap: int | None = Field(None, ge=1, description="Songs of one album at most.")
    adventurous: float | None = Field(
        None, ge=0, le=1, description="0: the closest songs; 1: as unlike each other as they get."
    )
    sync: float | None = Field(
        None, ge=0, le=1, description="For a video: the share of the score that cuts on beats have."
    )
    leave_out_versions: bool | None = Field(
        None, description="Versions of the song that was asked with are left out."
    )
    names: bool | None = Field(
        None,
        description="Words may also mean titles, artists, albums and stated genres; true unless said.",
    )


class Choices(BaseModel):
    """What may come with every question."""

    filters: FiltersModel = FiltersModel()
    options: OptionsModel = OptionsModel()

    def form(self) -> dict[str, Any]:
        """Filters and options in the JSON form of a query, without what is not given."""
        return {
            "filters": self.filters.model_dump(exclude_none=True),
            "options": self.options.model_dump(exclude_none=True),
        }


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

"""How a song is built in time: its beats in bars, and its sections."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from reelscore.api.dependencies import ServicesDep, errors, resource_router
from reelscore.api.schemas import Success

router = resource_router(prefix="/api/songs", tags=["songs"])


class BeatModel(BaseModel):
    """One beat."""

    time: float = Field(description="Seconds from the start of the file.", examples=[12.412])
    bar: int = Field(description="From 1; 0 is what comes before the first bar line.", examples=[6])
    beat: int = Field(description="Place in the bar; 1 is the downbeat.", examples=[1])


class TempoPointModel(BaseModel):
    """The tempo at a moment."""

    time: float = Field(description="Seconds.")
    bpm: float = Field(description="Beats a minute.")


class MetreModel(BaseModel):
    """From when on a metre holds."""

    time: float = Field(description="Seconds.")
    metre: str = Field(examples=["4/4"])


class BeatsResponse(Success):
    """The beats of a song, and what holds for all of them."""

    data: list[BeatModel]
    metre: str | None = Field(
        description="Of most bars; null if there is no steady beat. In 6/8 a beat is a dotted quarter.",
        examples=["4/4"],
    )
    metres: list[MetreModel] = Field(description="From when on which metre holds.")
    tempo_bpm: float | None = Field(
        description="The median; null if there is no steady beat.", examples=[120.0]
    )
    tempo_curve: list[TempoPointModel] = Field(description="The tempo if it moves; empty if it stays.")
    steadiness: float = Field(description="0..1: a machine is 1.", examples=[0.97])
    confidence: float = Field(description="0..1, that the beats are right.", examples=[0.8])
    downbeats: list[float] = Field(description="Seconds of the first beats of bars.")
    phrases: list[float] = Field(description="Seconds at which phrases of four bars begin.")


class SectionModel(BaseModel):
    """A stretch of a song that is one thing."""

    start: float = Field(description="Seconds.")
    end: float = Field(description="Seconds.")
    letter: str = Field(description="Alike parts share one.", examples=["A"])
    energy: float | None = Field(description="0..1, the mean over the section.")
    change: str = Field(description="What is different from the section before.", examples=["louder, busier"])


class SectionsResponse(Success):
    """The sections of a song, from its beginning to its end without gaps."""

    data: list[SectionModel]


@router.get(
    "/{song_id}/beats",
    response_model=BeatsResponse,
    responses=errors(404, 422),
    summary="The beats of a song",
)
def song_beats(song_id: str, services: ServicesDep) -> dict[str, Any]:
    """Read each beat with its bar and its place in it; an empty list if there is no steady beat.

    They were found when the song was added; for songs of an older library they are found now, and kept.
    """
    return {"success": True, **services.library.beats(song_id)}


@router.get(
    "/{song_id}/sections",
    response_model=SectionsResponse,
    responses=errors(404, 422),
    summary="The sections of a song",
)
def song_sections(song_id: str, services: ServicesDep) -> dict[str, Any]:
    """Read the sections of a song: alike parts share a letter, and each says what changes at its start."""
    return {"success": True, **services.library.sections(song_id)}

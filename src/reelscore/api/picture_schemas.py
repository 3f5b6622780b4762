"""The JSON of what the page draws and shows beside answers: waveforms, analyses, names for filters, clips."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from reelscore.api.questions import SONG_ID
from reelscore.api.schemas import Success


class _Model(BaseModel):
    # What a service adds later reaches the client without a change here.
    model_config = ConfigDict(extra="allow")


class WaveformModel(_Model):
    """The picture of a song's sound: stretches of equal length, 255 being its loudest sample."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"song_id": SONG_ID, "seconds": 30.0, "peaks": "EkJz/w==", "levels": "BBglUA=="}
        }
    )

    song_id: str
    seconds: float = Field(description="How much of the song the picture shows: 15 minutes at most.")
    peaks: str = Field(description="Base64 of one byte for each stretch: its largest sample.")
    levels: str = Field(description="Base64 of one byte for each stretch: its root mean square.")


class WaveformResponse(Success):
    """The waveform of a song."""

    data: WaveformModel


class NamedCount(BaseModel):
    """A name, and how many songs have it."""

    name: str = Field(examples=["acoustic"])
    songs: int = Field(examples=[7])


class KnownChoices(_Model):
    """What filters can be given in this library."""

    genres: list[NamedCount] = Field(description="As sources state them, the most common first.")
    sources: list[NamedCount]
    licences: list[NamedCount]
    moods: list[str] = Field(examples=[["happy", "sad"]])
    tags: list[str] = Field(examples=[["guitar", "piano"]])
    keys: list[str] = Field(examples=[["C major", "A minor"]])


class KnownChoicesResponse(Success):
    """The names that filters take here."""

    data: KnownChoices


class FormField(_Model):
    """One filter or ranking option in a form."""

    name: str = Field(examples=["tempo_bpm"])
    kind: str = Field(examples=["span"])
    label: str | None = Field(None, description="Without one the page does not show it.", examples=["Tempo"])
    needs: str | None = Field(None, description="The field without which this one means nothing.")


class FormFields(_Model):
    """The fields of a form for filters and ranking options, in their order."""

    filters: list[FormField]
    options: list[FormField]


class FormFieldsResponse(Success):
    """What can be filtered by, and how an answer can be made."""

    data: FormFields


class QueryModel(_Model):
    """What an analysis asks for, ready to be edited and sent to `/api/recommendations/search`."""

    phrases: list[dict[str, Any]] = Field(examples=[[{"text": "calm piano", "weight": 0.6}]])
    avoid: list[dict[str, Any]] = []
    tempo_bpm: tuple[float, float] | None = None
    energy: float | None = None
    # Shares of a song's score: of what the phrases and songs find, and of the two wishes.
    weights: dict[str, float] = Field(
        default={}, examples=[{"relevance": 0.65, "tempo": 0.15, "energy": 0.2}]
    )


class AnalysisModel(_Model):
    """A stored analysis of a video."""

    analysis_id: str = Field(examples=["5b1f0c7e-8a53-4c0f-9f3f-6f6b1d7a2f10"])
    description: str = Field(examples=["A street scene with cyclists, bright and lively."])
    mood: str = Field(examples=["lively"])
    tempo: str = Field(examples=["Slow"])
    energy_level: str = Field(examples=["Low"])
    analyzer: str = Field(examples=["local"])
    degraded: str | None = None
    measurements: dict[str, Any] | None = None
    query: QueryModel
    film_url: str | None = Field(
        None, description="A copy of the film that browsers show, if one was made.", examples=[None]
    )


class AnalysisResponse(Success):
    """The analysis of a video."""

    data: AnalysisModel


class DemoVideo(BaseModel):
    """A clip to try things with; its `url` serves the file."""

    name: str = Field(examples=["bikes.mp4"])
    title: str = Field(examples=["Bikes"])
    url: str = Field(examples=["/api/demo/videos/bikes.mp4"])
    size: int = Field(description="Bytes.", examples=[509868])


class DemoVideosResponse(Success):
    """The clips of the demo; none if its packages are not installed."""

    data: list[DemoVideo]

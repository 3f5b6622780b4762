"""The JSON of the state of a library's parts."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from reelscore.api.schemas import Success


class DatabaseState(BaseModel):
    """The SQL database, which is the truth."""

    kind: str = Field(examples=["sqlite"])
    revision: str = Field(examples=["0007"])
    songs: int
    size_mb: float | None = Field(None, description="Of an embedded database.")
    free_mb: int | None = Field(None, description="Free on the disk of the home.")


class SpaceState(BaseModel):
    """One collection of the vector index."""

    space: str = Field(examples=["lite-1"])
    vectors: int = Field(description="Songs that SQL has vectors of.")
    points: int | None = Field(description="Songs that the index has; null if it cannot be used.")
    indexed: int = Field(
        0, description="Of those, found by the approximate index; the rest is searched exactly."
    )
    status: Literal["green", "yellow", "red"]
    error: str | None = None


class IndexState(BaseModel):
    """The vector index."""

    kind: str = Field(examples=["Qdrant Edge, in this process"])
    spaces: list[SpaceState]


class ModelState(BaseModel):
    """A model, and whether it can be used."""

    name: str = Field(examples=["lite-1"])
    state: str = Field(examples=["ready"])
    purpose: str = Field(examples=["tags and measurements on named axes, and words on the same axes"])
    understands_text: bool


class WordsState(BaseModel):
    """The space that searches by words are answered in."""

    space: str = Field(examples=["lite-1"])
    degraded: str | None = Field(None, description="Why it is a lesser one than was chosen.")


class AnalyzerState(BaseModel):
    """Who looks at videos."""

    name: str = Field(examples=["local"])
    degraded: str | None = Field(None, description="Why it is a lesser one than was asked for.")


class KeyState(BaseModel):
    """Whether a key is set; its value is in no answer."""

    name: str = Field(examples=["GEMINI_API_KEY"])
    set: bool
    purpose: str = Field(examples=["videos are looked at by Gemini"])


class QuotaState(BaseModel):
    """What is left of a service's day."""

    service: str = Field(examples=["youtube"])
    unit: str = Field(examples=["units"])
    used: int
    limit: int | None
    left: int | None
    resets: str = Field(examples=["at midnight Pacific time"])


class JobsState(BaseModel):
    """Who does long work, and how much of it there is."""

    queue: str = Field(examples=["threads of this server"])
    workers: int
    states: dict[str, int] = Field(description="Jobs by their state.")


class LibraryState(BaseModel):
    """The state of every part of the library."""

    model_config = ConfigDict(extra="allow")

    status: Literal["ok", "degraded", "failing"]
    problems: list[str] = Field(
        description="What is not well, and what to do.",
        examples=[["only 640 MB are free beside the library; make room"]],
    )
    version: str = Field(examples=["0.1.0"])
    home: str = Field(examples=["/srv/reelscore"])
    songs: int
    sources: dict[str, int] = Field(description="Songs of each source.")
    database: DatabaseState
    index: IndexState
    models: list[ModelState]
    words: WordsState
    analyzer: AnalyzerState
    keys: list[KeyState]
    quotas: list[QuotaState]
    jobs: JobsState


class StateResponse(Success):
    """The state of the library."""

    data: LibraryState

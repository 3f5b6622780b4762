"""The JSON of the HTTP API: typed, documented, with examples that `/docs` shows.

Success is `{"success": true, "data": …}`; lists add `total`, and answers say what was searched, where.
"""

from __future__ import annotations

from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from reelscore.api.questions import SONG_ID, Sent
from reelscore.records.search import ReasonKind

_TASK_ID = "4f2c9a52-3a64-4d0e-9a0c-1f2f5be0c7a1"
_SONG_EXAMPLE: dict[str, Any] = {
    "id": SONG_ID,
    "title": "Calm acoustic 1",
    "artists": ["Immich Memories"],
    "album": "",
    "duration": "0:30",
    "videoId": "",
    "thumbnails": {},
    "score": 0.62,
    "reasons": ["acoustic guitar, calm", "68 bpm suits the slow pace of the picture"],
    "reason_details": [
        {
            "text": "68 bpm suits the slow pace of the picture",
            "kind": "tempo",
            "supports": True,
            "short": "68 bpm suits the slow pace of the picture",
        }
    ],
    "source": "demo",
    "genre": "acoustic",
    "tags": {"guitar": 0.81, "slow": 0.44},
    "voice": "instrumental",
    "features": {"tempo_bpm": 68.0, "key": "C major", "energy": 0.21},
    "passage": {"start": 4.0, "end": 19.0, "why": "closest to “calm acoustic guitar”"},
    "versions": [],
}


_STORED_EXAMPLE = {
    name: value
    for name, value in _SONG_EXAMPLE.items()
    if name not in ("score", "reasons", "reason_details", "passage", "versions")
}


class _Model(BaseModel):
    # What a service adds later reaches the client without a change here.
    model_config = ConfigDict(extra="allow")


# --- the two envelopes -------------------------------------------------------------------------------


class ErrorBody(BaseModel):
    """What went wrong: a stable name for programs, a sentence for people."""

    code: str = Field(examples=["not_found"])
    message: str = Field(examples=["there is no song 42"])


class ErrorResponse(BaseModel):
    """Every failure of the API looks like this."""

    success: Literal[False] = False
    error: ErrorBody


class Success(BaseModel):
    """What every successful answer has."""

    success: Literal[True] = True


# --- songs -------------------------------------------------------------------------------------------


class Features(_Model):
    """What was measured in a song; null if it could not be measured."""

    tempo_bpm: float | None = None
    key: str | None = None
    energy: float | None = Field(None, description="0..1")
    loudness_lufs: float | None = None
    duration: float | None = Field(None, description="Seconds of sound that were analysed.")


class PassageModel(_Model):
    """The part of a song that fits, in seconds, and why."""

    start: float
    end: float
    why: str


class VersionModel(_Model):
    """Another version of a song of an answer."""

    id: str
    title: str
    artists: list[str] = []
    album: str = ""
    duration: str = ""
    year: int | None = None


class AuditionModel(_Model):
    """Whether a song may be tried under a picture, and why not: the terms of its source decide."""

    allowed: bool = True
    reason: str | None = None


class SongModel(_Model):
    """A song of the library."""

    model_config = ConfigDict(extra="allow", json_schema_extra={"example": _STORED_EXAMPLE})

    id: str
    title: str
    artists: list[str] = []
    album: str = ""
    duration: str = Field("", description='Length as "m:ss".')
    videoId: str = ""  # noqa: N815  the documented name
    thumbnails: dict[str, Any] = {}
    source: str = ""
    uri: str | None = Field(None, description="Path of the audio file, or address of the song's page.")
    genre: str | None = None
    year: int | None = None
    page_url: str | None = None
    preview_url: str | None = None
    audition: AuditionModel = AuditionModel()
    tags: dict[str, float] = Field({}, description="Tag and its probability, strongest first.")
    voice: Literal["sung", "instrumental", "unsure"] | None = Field(
        None, description="Whether somebody sings; null in lists, and if nobody listened."
    )
    features: Features = Features()


class ReasonModel(_Model):
    """What is said of a song of an answer."""

    text: str
    kind: str = Field(description="What it is about.", json_schema_extra={"enum": list(get_args(ReasonKind))})
    supports: bool | None = Field(
        None, description="Whether it speaks for the song or against it; null: it is a fact."
    )
    short: str = Field(description="The text where there is little room.")


class ScoredSong(SongModel):
    """A song of an answer, best first."""

    model_config = ConfigDict(extra="allow", json_schema_extra={"example": _SONG_EXAMPLE})

    score: float = Field(description="Sum of the parts; comparable within one answer only.")
    fit: float | None = Field(
        None,
        description="How well it suits the question, 0 to 1, comparable between answers; null if there is "
        "no scale for the space of the answer.",
    )
    parts: dict[str, float] = {}
    reasons: list[str] = Field([], description="Why it fits, for people.")
    reason_details: list[ReasonModel] = Field([], description="The same reasons, and what each says.")
    passage: PassageModel | None = None
    versions: list[VersionModel] = Field([], description="Other versions of it that fit too.")


class AnswerResponse(Success):
    """Ranked songs, and what was searched for, where."""

    data: list[ScoredSong]
    total: int
    query: dict[str, Any] = Field(
        description="What was understood of the question.",
        examples=[{"phrases": [{"text": "calm acoustic guitar", "weight": 1.0}]}],
    )
    space: str = Field(description="The vector spaces that were searched.", examples=["lite-1"])
    degraded: str | None = Field(None, description="Why this is less than was asked for; mostly null.")
    notes: list[str] = Field([], description="What the answer leaves out, and why.")


class SongResponse(Success):
    """One song with its measurements, tags and curves."""

    data: SongModel


class SongListResponse(Success):
    """A page of the library."""

    data: list[SongModel]
    total: int = Field(description="Songs that match, on all pages.")
    offset: int
    limit: int
    late: int = Field(
        0, description="Songs that words and filters may miss while a task brings an old library up to date."
    )


# --- requests ----------------------------------------------------------------------------------------


class InitializeRequest(Sent):
    """How much music to fetch into the library."""

    model_config = ConfigDict(json_schema_extra={"example": {"max_videos": 50}})

    max_videos: int = Field(50, ge=1, le=10_000, description="Tracks to take at most.")


# --- tasks -------------------------------------------------------------------------------------------


class TaskRef(BaseModel):
    """The id of a task that was started."""

    task_id: str


class TaskStarted(Success):
    """Long work has begun; ask `/api/tasks/{task_id}` how it goes."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "success": True,
                "task_id": _TASK_ID,
                "message": "Video analysis started",
                "data": {"task_id": _TASK_ID},
            }
        }
    )

    task_id: str
    message: str
    data: TaskRef


class FilmCopy(BaseModel):
    """A copy of a film that browsers show."""

    url: str = Field(examples=["/api/films/" + "0" * 64])
    task_id: str | None = Field(description="The task that makes it; null: it is there.", examples=[_TASK_ID])


class VideoRef(TaskRef):
    """The task of a video."""

    film: FilmCopy | None = Field(None, description="Of a film that browsers cannot show as it is.")


class VideoStarted(TaskStarted):
    """A video is being analysed; ask `/api/tasks/{task_id}` how it goes."""

    data: VideoRef


class TaskProgress(_Model):
    """How far a task is: `done` of `total`, which is null while it is not known."""

    done: float = Field(examples=[12])
    total: float | None = Field(examples=[28])
    message: str = Field(
        description="What is going on; of a task that waits: what it waits for.", examples=["Calm acoustic 1"]
    )


class TaskModel(_Model):
    """A task. `result` is there once it succeeded, `error` once it failed."""

    task_id: str = Field(examples=[_TASK_ID])
    kind: str = Field(examples=["analyze_video_and_recommend"])
    state: Literal["queued", "running", "succeeded", "failed", "cancelled"]
    progress: TaskProgress
    result: dict[str, Any] | None = None
    error: ErrorBody | None = None
    created_at: str = Field(description="ISO 8601, UTC.", examples=["2026-11-22T12:00:00.000000Z"])
    started_at: str | None = None
    finished_at: str | None = None
    attempts: int = 0
    cancel_requested: bool = False
    about: str = Field(
        "", description="What it works on: the name of a video, a folder, a source.", examples=["~/Music"]
    )


class TaskSummary(TaskModel):
    """A task in a list: without its result."""

    counts: dict[str, int] = Field(
        {},
        description="Of a run for music: added, already_known, skipped and failed add up to offered.",
    )


class TaskResponse(Success):
    """One task."""

    data: TaskModel


class TaskListResponse(Success):
    """Tasks, newest first, without their results."""

    data: list[TaskSummary]
    total: int


class ClearedTasks(_Model):
    """How many tasks were removed."""

    removed: int = Field(examples=[12])


class ClearedTasksResponse(Success):
    """Tasks that were over are removed."""

    data: ClearedTasks


# --- state of the library ----------------------------------------------------------------------------


class DatabaseStats(_Model):
    """The documented statistics of the search index."""

    collection_name: str = Field(examples=["lite-1"])
    vectors_count: int = Field(examples=[1250])
    points_count: int | None = Field(examples=[1250], description="null if the index cannot be used.")
    status: str = Field(examples=["green"])


class StatsResponse(Success):
    """Statistics of the search index."""

    data: DatabaseStats


class Limits(BaseModel):
    """What the server takes."""

    max_upload_mb: int


class Health(_Model):
    """Whether the library can answer, and with what."""

    status: str = Field(examples=["ok"])
    songs: int | None = Field(examples=[28], description="null: the database has not answered yet.")
    limits: Limits


class HealthResponse(Success):
    """State of the server."""

    data: Health

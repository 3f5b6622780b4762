"""What somebody kept and turned down, which answers learn from: shown, and forgotten."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel, Field

from reelscore.api.dependencies import PersonDep, ServicesDep, errors, resource_router
from reelscore.api.questions import PROJECT_ID, SONG_ID, Sent
from reelscore.api.schemas import SongModel, Success
from reelscore.library import taste

router = resource_router(prefix="/api/taste", tags=["taste"])


class TasteSummary(BaseModel):
    """What is known of a person."""

    events: int
    kept: int = Field(description="Songs.")
    turned_down: int = Field(description="Songs.")
    leans_to: list[str] = Field(description="What songs that were kept have more of.", examples=[["piano"]])
    leans_away: list[str] = Field(examples=[["drums"]])
    tempo_bpm: float | None = Field(description="Median of what was kept.", examples=[96.0])
    energy: float | None = Field(examples=[0.4])
    on: bool = Field(description="False: REELSCORE_TASTE switches it off; nothing is noted or counts.")


class TasteEventModel(BaseModel):
    """What was done with a song."""

    song_id: str = Field(examples=[SONG_ID])
    title: str | None = Field(description="Null: the song left the library.", examples=["Calm acoustic 1"])
    artists: list[str]
    project_id: str = Field(description="Empty: outside of any.", examples=[PROJECT_ID])
    kind: str = Field(examples=["kept"])
    at: str = Field(description="The last time.", examples=["2026-05-04T12:00:00.000000Z"])
    times: int
    amount: float = Field(description="Seconds of an audition, or stars.")
    words: str = Field(description="What was looked for.", examples=["wedding, seaside, evening"])


class TasteResponse(Success):
    """What is known of a person."""

    data: TasteSummary


class TasteEventsResponse(Success):
    """Events, the latest first."""

    data: list[TasteEventModel]
    total: int
    on: bool


class Forgotten(BaseModel):
    """How many events were deleted."""

    removed: int


class ForgottenResponse(Success):
    """How many events were deleted."""

    data: Forgotten


class Audition(Sent):
    """A song that was listened to."""

    song_id: str = Field(max_length=36, examples=[SONG_ID])
    seconds: float = Field(gt=0, allow_inf_nan=False, examples=[24.5])
    project_id: str | None = Field(None, max_length=36, examples=[PROJECT_ID])


class Questions(Sent):
    """Which songs to ask about."""

    among: list[Annotated[str, Field(max_length=36)]] = Field(
        default_factory=list,
        max_length=500,
        description="Ids of the songs to choose from; none: songs that stand for the library.",
        examples=[[SONG_ID]],
    )
    limit: int = Field(20, ge=2, le=50, description="How many songs.")


class QuestionsResponse(Success):
    """The songs whose judgements would teach most, the most telling first."""

    data: list[SongModel]


class Judgements(Sent):
    """What somebody made of songs that the page asked about."""

    suit: list[Annotated[str, Field(max_length=36)]] = Field(max_length=50, examples=[[SONG_ID]])
    do_not: list[Annotated[str, Field(max_length=36)]] = Field(
        max_length=50, description="Songs that do not suit.", examples=[[]]
    )
    project_id: str | None = Field(None, max_length=36, examples=[PROJECT_ID])


@router.get("", response_model=TasteResponse, summary="What is known of your taste")
def show(services: ServicesDep, person: PersonDep) -> dict[str, Any]:
    """Say how many songs were judged, and what those that were kept have more of."""
    return {"success": True, "data": taste.show_taste(services.wiring, person)}


@router.get("/events", response_model=TasteEventsResponse, responses=errors(422), summary="What was noted")
def list_events(
    services: ServicesDep,
    person: PersonDep,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 100,
) -> dict[str, Any]:
    """List what was noted of you, the latest first."""
    found = taste.list_taste(services.wiring, person, offset=offset, limit=limit)
    return {"success": True, "data": found["events"], "total": found["total"], "on": found["on"]}


@router.delete("/events", response_model=ForgottenResponse, responses=errors(404, 422), summary="Forget")
def forget(
    services: ServicesDep,
    person: PersonDep,
    song_id: Annotated[str | None, Query(max_length=36)] = None,
    project_id: Annotated[str | None, Query(max_length=36)] = None,
    kind: Annotated[str | None, Query(max_length=16)] = None,
) -> dict[str, Any]:
    """Delete what was noted of you: all of it, or of one song, one project, one kind."""
    removed = taste.forget_taste(services.wiring, person, song_id=song_id, project_id=project_id, kind=kind)
    return {"success": True, "data": {"removed": removed}}


@router.post(
    "/questions", response_model=QuestionsResponse, responses=errors(400, 422), summary="What to judge next"
)
def questions(body: Questions, services: ServicesDep, person: PersonDep) -> dict[str, Any]:
    """List the songs that nobody judged yet whose judgements would teach most, by what is known of you."""
    return {"success": True, "data": taste.telling_songs(services.wiring, person, body.among, body.limit)}


@router.post("/answers", response_model=Success, responses=errors(400, 404, 422), summary="Songs were judged")
def judge(body: Judgements, services: ServicesDep, person: PersonDep) -> dict[str, Any]:
    """Note which of the songs that were asked about suit, and which do not."""
    taste.note_judged(services.wiring, person, body.suit, body.do_not, body.project_id)
    return {"success": True}


@router.post("/auditions", response_model=Success, responses=errors(404, 422), summary="A song was heard")
def heard(body: Audition, services: ServicesDep, person: PersonDep) -> dict[str, Any]:
    """Note how long a song was listened to."""
    taste.note_heard(services.wiring, person, body.song_id, body.seconds, body.project_id)
    return {"success": True}

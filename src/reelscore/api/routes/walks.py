"""Songs that lead from one to another, and songs in an order in which neighbours mix."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from reelscore.api.dependencies import FromOwnerDep, ServicesDep, errors, resource_router
from reelscore.api.questions import SONG_ID, Choices, PhrasesQuery, Sent
from reelscore.api.routes.recommendations import read_question
from reelscore.api.schemas import SongModel, Success
from reelscore.query.form import read_query
from reelscore.search.walks import MOST_SET, MOST_STEPS, find_path, find_set

router = resource_router(prefix="/api/recommendations", tags=["recommendations"])


class PathQuery(Choices):
    """Two ends and how many songs lie between them."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"start": {"song_id": SONG_ID}, "end": {"text": "dark techno"}, "steps": 8}
        }
    )

    start: PhrasesQuery = Field(
        description="A song (`song_id`), or a question that stands for its first answer."
    )
    end: PhrasesQuery
    steps: int = Field(8, ge=1, le=MOST_STEPS, description="Songs between the two ends.")


class SetQuery(Sent):
    """Songs to put in order: named, or the answer to a question."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"query": {"text": "energetic electronic", "limit": 20}, "song_ids": []}
        }
    )

    query: PhrasesQuery | None = None
    song_ids: list[Annotated[str, Field(min_length=1, max_length=200)]] = Field(
        default=[], max_length=MOST_SET, description="Instead of a query; the first of them stays first."
    )


class StepModel(BaseModel):
    """What changes from one song to the next."""

    distance: float = Field(description="Of all parts together; 1 is usual between two songs.")
    timbre: float = Field(description="The chord between unit vectors of sound, 0..2.")
    tempo_percent: float = Field(description="Half and double tempo count as the same.")
    key_steps: float = Field(description="Places on the wheel of fifths, 0..7.")
    energy: float
    mixes: bool = Field(description="Whether tempi are within 6 % and keys are neighbours.")


class WalkModel(BaseModel):
    """Songs in order, with the steps between them."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"songs": [], "steps": [], "unevenness": 0.06, "notes": []}}
    )

    songs: list[SongModel]
    steps: list[StepModel]
    unevenness: float | None = Field(
        None, description="Mean deviation of a step from the mean step, as a share."
    )
    notes: list[str]


class WalkResponse(Success):
    """Songs in order."""

    data: WalkModel


@router.post("/path", response_model=WalkResponse, responses=errors(400, 404, 409), summary="A path of songs")
async def path(body: PathQuery, services: ServicesDep, from_owner: FromOwnerDep) -> dict[str, Any]:
    """Lead from one song or mood to another: tempo, key, energy and timbre change in even steps."""
    return await services.answer(_path, services, body, from_owner)


@router.post("/set", response_model=WalkResponse, responses=errors(400, 404, 409), summary="Songs that mix")
async def mixing_set(body: SetQuery, services: ServicesDep, from_owner: FromOwnerDep) -> dict[str, Any]:
    """Put songs in an order in which neighbours mix: tempo and key first."""
    return await services.answer(_set, services, body, from_owner)


def _path(services: ServicesDep, body: PathQuery, from_owner: bool) -> dict[str, Any]:
    start, end = (read_question(services, each, from_owner=from_owner) for each in (body.start, body.end))
    chosen = read_query(body.form())
    found = find_path(
        services.wiring, start, end, steps=body.steps, filters=chosen.filters, options=chosen.options
    )
    return {"success": True, "data": found}


def _set(services: ServicesDep, body: SetQuery, from_owner: bool) -> dict[str, Any]:
    query = read_question(services, body.query, from_owner=from_owner) if body.query else None
    return {"success": True, "data": find_set(services.wiring, query, body.song_ids)}

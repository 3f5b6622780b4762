"""Songs laid under a video: plans of cuts on beats, and songs brought to a length."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field

from reelscore.api.dependencies import FromOwnerDep, ServicesDep, errors, resource_router
from reelscore.api.questions import SONG_ID, Sent
from reelscore.api.routes.recommendations import check_song_allowed
from reelscore.api.schemas import Success
from reelscore.sync.plan import PlanOptions

router = resource_router(prefix="/api", tags=["sync"])

_ANALYSIS = "5b1f0c7e-8a53-4c0f-9f3f-6f6b1d7a2f10"
SongId = Annotated[str, Field(min_length=1, max_length=4096)]  # a path, if a command of the user asks
Second = Annotated[float, Field(ge=0.0, le=86_400.0, allow_inf_nan=False)]


class SyncRequest(Sent):
    """Which songs to lay under which video."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"analysis_id": _ANALYSIS, "song_ids": [SONG_ID], "limit": 5}},
    )

    analysis_id: str = Field(min_length=1, max_length=64, description="Of an analysed video.")
    song_ids: list[SongId] = Field(
        default=[], max_length=1000, description="None: the songs that a search for the video finds."
    )
    tolerance: float = Field(1.0, ge=0.1, le=12.0, description="Frames within which a cut is on a beat.")
    stretch: bool = Field(False, description="A song may be up to 1 % faster or slower, if that hits more.")
    hits: list[Second] = Field(default=[], max_length=500, description="Seconds to be hit beside the cuts.")
    seed: str = Field("", max_length=64, description="Another one chooses differently among equal places.")
    limit: int = Field(10, ge=1, le=1000, description="How many plans are answered.")


class FitRequest(Sent):
    """Which song to bring to which length."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"song_id": SONG_ID, "seconds": 30.0, "ending": "real"}}
    )

    song_id: SongId
    seconds: float | None = Field(None, ge=2.0, le=3600.0, allow_inf_nan=False)
    analysis_id: str | None = Field(
        None,
        max_length=64,
        description="Of a video to last as long as, instead of `seconds`.",
    )
    kind: str = Field("exact", max_length=20, description="`exact`, `musical` or `loop`.")
    ending: str = Field("real", max_length=20, description="`real`, `button` or `fade`.")
    hit_at: Second | None = Field(None, description="Second at which the climax of the song is to lie.")
    hit_source: Second | None = Field(None, description="Second of the song that is to lie there instead.")


class PlanModel(BaseModel):
    """A document: a plan or a fit. Positions are samples at 48 kHz and frames."""

    model_config = ConfigDict(
        extra="allow", json_schema_extra={"example": {"id": "0f3b5a", "kind": "plan", "made_from": {}}}
    )

    id: str
    kind: str
    made_from: dict[str, Any]


class PlanResponse(Success):
    """A plan or a fit."""

    data: PlanModel


class PlansModel(BaseModel):
    """Plans for one video, the best first."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"analysis_id": _ANALYSIS, "video": {}, "planned": 28, "plans": []}}
    )

    analysis_id: str
    video: dict[str, Any]
    planned: int = Field(description="How many songs were planned.")
    plans: list[PlanModel]


class PlansResponse(Success):
    """Plans for one video."""

    data: PlansModel


@router.post(
    "/sync", response_model=PlansResponse, responses=errors(400, 404, 409), summary="Lay songs under cuts"
)
def plan_songs(body: SyncRequest, services: ServicesDep, from_owner: FromOwnerDep) -> dict[str, Any]:
    """Say where each song lies best under the cuts of a video, and what each cut hits there."""
    for song in body.song_ids:
        check_song_allowed(services, song, from_owner=from_owner)
    options = PlanOptions(tolerance=body.tolerance, stretch=body.stretch, seed=body.seed)
    found = services.sync.sync(
        analysis_id=body.analysis_id,
        songs=body.song_ids,
        options=options,
        hits=body.hits,
        limit=body.limit,
    )
    return {"success": True, "data": found}


@router.post(
    "/fit", response_model=PlanResponse, responses=errors(400, 404, 422), summary="Bring a song to a length"
)
def fit_song(body: FitRequest, services: ServicesDep, from_owner: FromOwnerDep) -> dict[str, Any]:
    """Leave out or repeat whole bars of a song; its own beginning and ending stay if they can."""
    check_song_allowed(services, body.song_id, from_owner=from_owner)
    found = services.sync.fit(
        body.song_id,
        length=body.seconds,
        analysis_id=body.analysis_id,
        kind=body.kind,
        ending=body.ending,
        hit_at=body.hit_at,
        hit_source=body.hit_source,
    )
    return {"success": True, "data": found}


@router.get(
    "/plans/{plan_id}", response_model=PlanResponse, responses=errors(404, 409), summary="A plan or a fit"
)
def read_plan(plan_id: Annotated[str, Path(max_length=64)], services: ServicesDep) -> dict[str, Any]:
    """Read a plan or a fit again; one of a video or a song that has changed since is refused as stale."""
    return {"success": True, "data": services.sync.document(plan_id)}

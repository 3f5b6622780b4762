"""What people know better of a song: entered, read and taken back."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, Field

from reelscore.api.dependencies import ServicesDep, errors, resource_router
from reelscore.api.questions import SONG_ID
from reelscore.api.routes.rights import Entered, RightsFields
from reelscore.api.schemas import Success
from reelscore.library.corrections import correct, corrections_of

router = resource_router(prefix="/api/songs", tags=["songs"])


class CorrectionFields(RightsFields):
    """What is entered, rights among it; null takes it back, what is not given stays."""

    title: Entered = Field(None, examples=["Moon"])
    genre: Entered = Field(None, examples=["Jazz"])
    tempo: Annotated[float, Field(ge=20, le=400)] | Annotated[str, Field(max_length=20)] | None = Field(
        None, description="Beats per minute, or x2 or /2 of the present tempo.", examples=[120, "x2"]
    )
    key: Entered = Field(None, examples=["A minor"])
    vocals: bool | None = Field(None, description="Sung, or instrumental.")
    moods: Annotated[list[Annotated[str, Field(max_length=120)]], Field(max_length=50)] | None = Field(
        None, description="All moods that it has.", examples=[["calm"]]
    )


class CorrectionsModel(BaseModel):
    """What was corrected of a song."""

    song_id: str = Field(examples=[SONG_ID])
    corrections: dict[str, Any] = Field(description="Values by field.", examples=[{"tempo": 120.0}])


class CorrectionsResponse(Success):
    """What was corrected of a song."""

    data: CorrectionsModel


@router.get(
    "/{song_id}/corrections",
    response_model=CorrectionsResponse,
    responses=errors(404),
    summary="Its corrections",
)
def read_corrections(song_id: str, services: ServicesDep) -> dict[str, Any]:
    """Read what somebody corrected of a song."""
    return {"success": True, "data": corrections_of(services.catalog, song_id)}


@router.patch(
    "/{song_id}/corrections",
    response_model=CorrectionsResponse,
    responses=errors(400, 404, 422),
    summary="Correct a song",
)
def change_corrections(song_id: str, entered: CorrectionFields, services: ServicesDep) -> dict[str, Any]:
    """Keep what somebody knows better: it wins over tags and measurements, also after a new analysis."""
    values = entered.model_dump(exclude_unset=True)
    return {"success": True, "data": correct(services.wiring, song_id, values)}

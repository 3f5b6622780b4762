"""The rights of a song: read, and entered by hand."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, Field

from reelscore.api.dependencies import ServicesDep, errors, resource_router
from reelscore.api.questions import SONG_ID, Sent
from reelscore.api.schemas import Success
from reelscore.library.rights import enter_rights, song_rights

router = resource_router(prefix="/api/songs", tags=["songs"])

Entered = Annotated[str | None, Field(max_length=1000)]


class RightsFields(Sent):
    """What is entered by hand; null or an empty text takes it back, what is not given stays."""

    licence: Entered = Field(None, examples=["CC-BY-4.0"])
    attribution: Entered = Field(None, examples=["Music: Ada (CC BY 4.0)"])
    rights_holder: Entered = Field(None, examples=["Ada Records"])
    publisher: Entered = Field(None, examples=["Ada Music"])
    isrc: Entered = Field(None, examples=["USRC17607839"])
    iswc: Entered = Field(None, examples=["T-034.524.680-1"])
    usage: Entered = Field(None, examples=["background instrumental"])
    source_url: Entered = Field(None, examples=["https://example.org/song"])


class RightsModel(BaseModel):
    """The rights of a song."""

    song_id: str = Field(examples=[SONG_ID])
    rights: dict[str, str] = Field(
        description="What is known; empty: nothing.", examples=[{"licence": "CC-BY-4.0", "isrc": ""}]
    )
    by_hand: list[str] = Field(description="The fields that somebody entered.", examples=[["licence"]])


class RightsResponse(Success):
    """The rights of a song."""

    data: RightsModel


@router.get("/{song_id}/rights", response_model=RightsResponse, responses=errors(404), summary="Its rights")
def read_rights(song_id: str, services: ServicesDep) -> dict[str, Any]:
    """Read licence, rights holder and the like: entered by hand, or of sidecars, tags and source."""
    return {"success": True, "data": song_rights(services.catalog, song_id)}


@router.patch(
    "/{song_id}/rights",
    response_model=RightsResponse,
    responses=errors(400, 404, 422),
    summary="Enter rights by hand",
)
def change_rights(song_id: str, entered: RightsFields, services: ServicesDep) -> dict[str, Any]:
    """Keep what is entered in the library; it counts more than tags, and the file stays as it is."""
    values = entered.model_dump(exclude_unset=True)
    return {"success": True, "data": enter_rights(services.wiring, song_id, values)}

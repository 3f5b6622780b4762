"""Saved searches: kept questions that are answered again when the library has changed."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field

from reelscore.api.dependencies import FromOwnerDep, ServicesDep, errors, resource_router
from reelscore.api.errors import RequestRefused
from reelscore.api.questions import PhrasesQuery, Sent
from reelscore.api.routes.recommendations import read_question
from reelscore.api.schemas import Success
from reelscore.search import saved as searches

router = resource_router(prefix="/api/saved", tags=["recommendations"])

SavedId = Annotated[str, Path(max_length=200, description="Its id, or its name.")]


class SaveRequest(Sent):
    """What to keep."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"name": "Calm evenings", "query": {"text": "calm piano", "limit": 30}}}
    )

    name: str = Field(min_length=1, max_length=200)
    query: PhrasesQuery
    playlist: str | None = Field(
        None, max_length=4000, description="Path of a playlist of the server; only for its own user."
    )


class RenewRequest(Sent):
    """Which of them."""

    everything: bool = Field(False, description="Not only those whose answer can differ.")


class SavedModel(BaseModel):
    """A saved search with the songs that answered it last."""

    model_config = ConfigDict(
        extra="allow", json_schema_extra={"example": {"id": "5f0c", "name": "Calm evenings", "song_ids": []}}
    )

    id: str
    name: str
    song_ids: list[str]
    problem: str = Field("", description="Why the last renewal failed; the songs are those of before.")


class SavedResponse(Success):
    """A saved search."""

    data: SavedModel


class SavedListResponse(Success):
    """The saved searches by name."""

    data: list[SavedModel]
    total: int


class RenewedResponse(Success):
    """What renewing did."""

    data: dict[str, Any] = Field(
        examples=[{"saved": 20, "run": 3, "unchanged": 17, "changed": [], "failed": []}]
    )


@router.get("", response_model=SavedListResponse, summary="Saved searches")
def list_saved(services: ServicesDep) -> dict[str, Any]:
    """List the saved searches by name."""
    found = searches.list_saved(services.wiring)
    return {"success": True, "data": found, "total": len(found)}


@router.post(
    "",
    response_model=SavedResponse,
    status_code=201,
    responses=errors(400, 403, 404, 409),
    summary="Save a search",
)
def save(body: SaveRequest, services: ServicesDep, from_owner: FromOwnerDep) -> dict[str, Any]:
    """Keep a question with its answer; it is answered again when music is added."""
    if body.playlist and not from_owner:
        raise RequestRefused(403, "a playlist of the server can only be named by a command of its user")
    query = read_question(services, body.query, from_owner=from_owner)
    made = searches.save_search(services.wiring, body.name, query, body.playlist)
    return {"success": True, "data": made}


@router.post("/renew", response_model=RenewedResponse, summary="Renew saved searches")
def renew(body: RenewRequest, services: ServicesDep) -> dict[str, Any]:
    """Answer the saved searches again whose answer can differ."""
    return {"success": True, "data": searches.renew_saved(services.wiring, everything=body.everything)}


@router.delete("/{saved_id}", response_model=SavedResponse, responses=errors(404), summary="Forget a search")
def remove(saved_id: SavedId, services: ServicesDep) -> dict[str, Any]:
    """Forget a saved search; its playlist stays."""
    return {"success": True, "data": searches.remove_saved(services.wiring, saved_id)}

"""Music for the picture of a browser: sockets for live sets, and their events for other programs."""

from __future__ import annotations

from typing import Any

from fastapi import WebSocket
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from reelscore.api.dependencies import ServicesDep, errors, resource_router
from reelscore.api.live_sets import Ticket
from reelscore.api.questions import Sent
from reelscore.api.schemas import Success
from reelscore.live.deciding import Rules
from reelscore.live.session import SetRules
from reelscore.query.form import read_query
from reelscore.search.options import check_filters

router = resource_router(prefix="/api/live", tags=["live"])

_SOCKET = "/api/live/sockets/"


class LiveRequest(Sent):
    """How a live set is made."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"query": {"about": "harbour, evening"}, "stay": 12, "lead": 1.5}},
    )

    query: dict[str, Any] = Field(
        default={}, description="Words and filters of every search, as a question has them."
    )
    stay: float = Field(Rules().stay, ge=0.0, le=3600.0, description="Seconds that a mood stays at least.")
    no_repeat: float = Field(
        SetRules().no_repeat / 60.0, ge=0.0, le=10_000.0, description="Minutes in which no song comes twice."
    )
    lead: float = Field(1.5, ge=0.0, le=30.0, description="Seconds that the player needs to get a song.")
    music: bool = Field(True, description="False: events only.")


class SocketModel(BaseModel):
    """Where a WebSocket is to be opened."""

    model_config = ConfigDict(json_schema_extra={"example": {"socket": _SOCKET + "…"}})

    socket: str = Field(description="Path of this server; it opens one socket, within a minute.")


class SocketResponse(Success):
    """A socket to open."""

    data: SocketModel


@router.post("", response_model=SocketResponse, responses=errors(400, 422), summary="Begin a live set")
async def begin_set(body: LiveRequest, services: ServicesDep) -> dict[str, Any]:
    """Say which socket a browser sends its picture over; `docs/live.md` has its messages and events."""
    asked = read_query(body.query)
    await services.answer(check_filters, services.wiring, asked.filters)
    rules = SetRules(Rules(stay=body.stay), 60.0 * body.no_repeat, body.lead, body.music)
    return _socket(services.live.issue(Ticket(asked, rules)))


@router.post("/followers", response_model=SocketResponse, summary="Follow live sets over a socket")
async def begin_following(services: ServicesDep) -> dict[str, Any]:
    """Say which socket has the events of all live sets of this server."""
    return _socket(services.live.issue(Ticket(None)))


@router.get(
    "/events",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}},
    summary="Follow live sets as server-sent events",
)
async def follow_sets(services: ServicesDep) -> StreamingResponse:
    """Follow the events of all live sets of this server as they happen."""
    headers = {"X-Accel-Buffering": "no"}
    return StreamingResponse(services.live.follow(), media_type="text/event-stream", headers=headers)


@router.websocket("/sockets/{ticket}")
async def open_socket(socket: WebSocket, ticket: str) -> None:
    """Serve the socket of a live set, or of one who follows."""
    await socket.app.state.services.live.serve(socket, ticket)


def _socket(name: str) -> dict[str, Any]:
    return {"success": True, "data": {"socket": _SOCKET + name}}

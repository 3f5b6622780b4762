"""The library: its songs, their sound, and what is like them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import FileResponse

from reelscore.api.dependencies import ServicesDep, errors
from reelscore.api.routes.recommendations import answer_body, check_song_exists
from reelscore.api.schemas import AnswerResponse, Limit, SongListResponse, SongResponse
from reelscore.api.sound import SoundResponse

router = APIRouter(prefix="/api/songs", tags=["songs"])


@router.get("", response_model=SongListResponse, responses=errors(400, 422), summary="Browse the library")
def list_songs(
    services: ServicesDep,
    search: Annotated[
        str | None, Query(max_length=200, description="Words of the title, artist or album.")
    ] = None,
    sort: Annotated[
        str,
        Query(max_length=40, description="`title`, `artist` or another column; `-title` turns it around."),
    ] = "title",
    offset: Annotated[int, Query(ge=0, le=10_000_000, description="Songs to skip.")] = 0,
    limit: Annotated[int, Query(ge=1, le=100, description="Songs on a page.")] = 50,
) -> dict[str, Any]:
    """List songs, one page at a time."""
    page = services.library.songs(search=search or None, sort=sort, offset=offset, limit=limit)
    return {
        "success": True,
        "data": page["songs"],
        "total": page["total"],
        "offset": offset,
        "limit": limit,
    }


@router.get("/{song_id}", response_model=SongResponse, responses=errors(404), summary="One song")
def read_song(song_id: str, services: ServicesDep) -> dict[str, Any]:
    """Read one song with its measurements, tags and curves."""
    return {"success": True, "data": services.library.song(song_id)}


@router.get(
    "/{song_id}/similar", response_model=AnswerResponse, responses=errors(404, 422), summary="More like this"
)
def similar_songs(
    song_id: str, services: ServicesDep, limit: Annotated[Limit, Query()] = 10
) -> dict[str, Any]:
    """Find the songs that sound most like this one, which is not among them."""
    own_id = check_song_exists(services, song_id)
    return answer_body(services.recommendation.recommend_song(own_id, limit=limit))


@router.head("/{song_id}/audio", include_in_schema=False)
@router.get(
    "/{song_id}/audio",
    responses={
        200: {"content": {"audio/*": {"schema": {"type": "string", "format": "binary"}}}},
        206: {"description": "The range that was asked for."},
        **errors(404, 416),
    },
    response_class=FileResponse,
    summary="The sound of a song",
)
def song_audio(song_id: str, request: Request, services: ServicesDep) -> FileResponse:
    """Send the audio file; ranges are served, so that a player can seek."""
    return SoundResponse.of(services.library.audio_path(song_id), request.headers.get("range"))

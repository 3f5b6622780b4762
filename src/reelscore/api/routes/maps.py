"""The map of the library: where each song lies, which songs lie there, and making it again."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query, Response
from pydantic import BaseModel, ConfigDict, Field

from reelscore.api.dependencies import ServicesDep, errors, resource_router
from reelscore.api.errors import RequestRefused
from reelscore.api.schemas import SongModel, Success, TaskStarted
from reelscore.errors import EmptyLibraryError

router = resource_router(prefix="/api/library/map", tags=["map"])

_KIND = "map_library"
_MOST_SONGS = 50
_SONG = {"id": "0b8f6c1e-5d0a-5c39-9f53-6a2f7d1f0c11", "title": "Calm acoustic 1", "source": "demo"}
_VERSION = "2026-11-22T12:00:00.000000Z"
Version = Annotated[str, Query(max_length=40, description="Of the map, as `/api/library/map` says.")]


class MapModel(BaseModel):
    """The map of the library, without its points."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "version": _VERSION,
                "songs": 28,
                "library_songs": 28,
                "stale": False,
                "space": "taggers-1",
                "groups": ["acoustic", "electronic"],
                "task_id": None,
            }
        }
    )

    version: str | None = Field(description="When it was made; null if there is none yet.")
    songs: int = Field(description="Songs on the map.")
    library_songs: int = Field(description="Songs of the library now.")
    stale: bool = Field(description="More than a tenth of the songs came or went since.")
    space: str = Field(description="The vectors that it was made from.")
    groups: list[str] = Field(description="Names of the groups, the first of which is number 1.")
    task_id: str | None = Field(description="The task that makes it again, if there is one.")


class MapResponse(Success):
    """The map of the library."""

    data: MapModel


class MapSong(SongModel):
    """A song on the map, and its place among the points."""

    model_config = ConfigDict(json_schema_extra={"example": {**_SONG, "place": 17}})

    place: int


class MapSongsResponse(Success):
    """Songs on the map."""

    data: list[MapSong]


def _unfinished(services: ServicesDep) -> str | None:
    return next((job.id for job in services.catalog.unfinished_jobs() if job.kind == _KIND), None)


@router.get("", response_model=MapResponse, summary="The map of the library")
def read_map(services: ServicesDep) -> dict[str, Any]:
    """Say whether there is a map, how to read its points, and whether the library has outgrown it."""
    return {"success": True, "data": {**services.maps.state(), "task_id": _unfinished(services)}}


@router.post("", response_model=TaskStarted, status_code=202, responses=errors(409), summary="Make the map")
def make_map(services: ServicesDep) -> dict[str, Any]:
    """Start laying out every song again; if that is going on already, its task is answered."""
    if not services.catalog.library_stamp()[0]:
        raise EmptyLibraryError
    task = _unfinished(services) or services.queue.submit(_KIND, {}).id
    return {"success": True, "task_id": task, "message": "Making the map", "data": {"task_id": task}}


@router.get(
    "/points",
    responses={
        200: {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}},
        **errors(404),
    },
    response_class=Response,
    summary="The points of the map",
)
def map_points(services: ServicesDep, version: Version = "") -> Response:
    """Send 7 bytes for each song, as planes one after the other.

    x and y (uint16, little-endian), group (uint8; 0: none), tempo in bpm (uint8; 0: not known), energy
    (uint8; 0: not known, 1 to 255 for 0 to 1). A song is known by its place in each plane.
    """
    data = services.maps.points(version)
    return Response(
        data, media_type="application/octet-stream", headers={"Cache-Control": "private, max-age=3600"}
    )


@router.get("/songs", response_model=MapSongsResponse, responses=errors(400, 404), summary="Songs on the map")
def map_songs(
    services: ServicesDep,
    places: Annotated[
        str, Query(max_length=600, description="Places among the points, by commas.", examples=["0,17"])
    ] = "",
    version: Version = "",
) -> dict[str, Any]:
    """Read the songs at some places of the map; those that left the library since are left out."""
    numbers = [part.strip() for part in places.split(",") if part.strip()]
    if not all(part.isdecimal() and part.isascii() for part in numbers) or len(numbers) > _MOST_SONGS:
        raise RequestRefused(400, f"name at most {_MOST_SONGS} places as numbers, separated by commas")
    return {"success": True, "data": services.maps.songs(version, [int(part) for part in numbers])}

"""Tempo, key and mood in the tags of a song's file: written and taken back."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from reelscore.api.dependencies import ServicesDep, errors, resource_router
from reelscore.api.errors import RequestRefused
from reelscore.api.questions import SONG_ID, Sent
from reelscore.api.schemas import Success
from reelscore.library.tag_files import undo_tags, write_tags

router = resource_router(prefix="/api/songs", tags=["songs"])


class TagFields(Sent):
    """What is to be written."""

    fields: Annotated[list[Literal["bpm", "key", "mood"]], Field(min_length=1, max_length=3)] = Field(
        examples=[["bpm", "key"]]
    )


class WrittenModel(BaseModel):
    """What was written to a file."""

    song_id: str = Field(examples=[SONG_ID])
    title: str = Field(examples=["Moon"])
    path: str = Field(examples=["/music/moon.flac"])
    written: dict[str, list[str]] = Field(
        description="Texts by field; none: what stood there before.",
        examples=[{"bpm": ["119.6"], "key": ["Am"]}],
    )


class WrittenResponse(Success):
    """What was written to a file."""

    data: WrittenModel


def _check_allowed(services: ServicesDep) -> None:
    if not services.settings.write_tags:
        raise RequestRefused(
            403,
            "this server leaves files as they are; start it with REELSCORE_WRITE_TAGS=1 to let it write tags",
        )


@router.post(
    "/{song_id}/tags",
    response_model=WrittenResponse,
    responses=errors(400, 403, 404, 409, 422, 503),
    summary="Write tempo, key or mood into its file",
)
def write_file_tags(song_id: str, wanted: TagFields, services: ServicesDep) -> dict[str, Any]:
    """Write into the tags of the file itself. Its sound, and all other tags, stay."""
    _check_allowed(services)
    return {"success": True, "data": write_tags(services.catalog, song_id, wanted.fields)}


@router.delete(
    "/{song_id}/tags",
    response_model=WrittenResponse,
    responses=errors(400, 403, 404, 409, 503),
    summary="Take written tags back",
)
def undo_file_tags(song_id: str, services: ServicesDep) -> dict[str, Any]:
    """Put back what stood in the tags of the file before they were first written."""
    _check_allowed(services)
    return {"success": True, "data": undo_tags(services.catalog, song_id)}

"""How a song is built in time: its beats in bars, and its sections."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from reelscore.api.dependencies import ServicesDep, errors
from reelscore.api.structure_schemas import BeatsResponse, SectionsResponse

router = APIRouter(prefix="/api/songs", tags=["songs"])


@router.get(
    "/{song_id}/beats",
    response_model=BeatsResponse,
    responses=errors(404, 422),
    summary="The beats of a song",
)
def song_beats(song_id: str, services: ServicesDep) -> dict[str, Any]:
    """Read each beat with its bar and its place in it; an empty list if there is no steady beat.

    They were found when the song was added; for songs of an older library they are found now, and kept.
    """
    return {"success": True, **services.library.beats(song_id)}


@router.get(
    "/{song_id}/sections",
    response_model=SectionsResponse,
    responses=errors(404, 422),
    summary="The sections of a song",
)
def song_sections(song_id: str, services: ServicesDep) -> dict[str, Any]:
    """Read the sections of a song: alike parts share a letter, and each says what changes at its start."""
    return {"success": True, **services.library.sections(song_id)}

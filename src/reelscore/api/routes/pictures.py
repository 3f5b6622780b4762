"""What the page draws and shows beside answers: waveforms, analyses, names for filters, the demo's clips."""

from __future__ import annotations

import base64
import hashlib
from typing import Annotated, Any

from fastapi import Header, Path, Request, Response
from fastapi.responses import FileResponse

from reelscore.analysis.video import read_stored
from reelscore.api.dependencies import ServicesDep, errors, resource_router
from reelscore.api.picture_schemas import (
    AnalysisResponse,
    DemoVideosResponse,
    FormFieldsResponse,
    KnownChoicesResponse,
    WaveformResponse,
)
from reelscore.api.sound import SoundResponse
from reelscore.errors import NotFoundError
from reelscore.library.films import film_url, kept_film
from reelscore.search.options import form_fields, known_choices
from reelscore.sources.demo import demo_clip, demo_clips

router = resource_router()

# A waveform changes only if the file of a song does; then the page may be late by this much.
_WAVEFORM_CACHE = "private, max-age=300"
_COVER_CACHE = "private, max-age=3600"


@router.get(
    "/api/songs/{song_id}/waveform",
    response_model=WaveformResponse,
    responses={304: {"description": "The client has it already."}, **errors(404, 422)},
    tags=["songs"],
    summary="The waveform of a song",
)
def song_waveform(
    song_id: str,
    services: ServicesDep,
    response: Response,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Any:
    """Read what a player draws of a song: peaks and levels of some hundred stretches, about 2 kB.

    It was drawn when the song was added; for songs of an older library it is drawn now, and kept.
    """
    waveform = services.library.waveform(song_id)
    digest = hashlib.sha256(waveform.peaks + waveform.levels).hexdigest()[:20]
    headers = {"ETag": f'"{digest}"', "Cache-Control": _WAVEFORM_CACHE}
    if if_none_match and f'"{digest}"' in if_none_match:
        return Response(status_code=304, headers=headers)
    response.headers.update(headers)
    data = {
        "song_id": song_id,
        "seconds": round(waveform.seconds, 3),
        "peaks": base64.b64encode(waveform.peaks).decode("ascii"),
        "levels": base64.b64encode(waveform.levels).decode("ascii"),
    }
    return {"success": True, "data": data}


@router.get(
    "/api/songs/{song_id}/cover",
    responses={
        200: {"content": {"image/*": {"schema": {"type": "string", "format": "binary"}}}},
        204: {"description": "There is no cover in the file, nor beside it."},
        304: {"description": "The client has it already."},
        **errors(404),
    },
    response_class=Response,
    tags=["songs"],
    summary="The cover of a song",
)
def song_cover(
    song_id: str, services: ServicesDep, if_none_match: Annotated[str | None, Header()] = None
) -> Response:
    """Send the cover that is in the tags of a song's file, or in a file such as `cover.jpg` beside it."""
    cover = services.library.cover(song_id)
    if cover is None:
        return Response(status_code=204, headers={"Cache-Control": _COVER_CACHE})
    data, media_type = cover
    etag = f'"{hashlib.sha256(data).hexdigest()[:20]}"'
    headers = {"ETag": etag, "Cache-Control": _COVER_CACHE}
    if if_none_match and etag in if_none_match:
        return Response(status_code=304, headers=headers)
    return Response(data, media_type=media_type, headers=headers)


@router.get(
    "/api/filters",
    response_model=KnownChoicesResponse,
    tags=["songs"],
    summary="Names for filters",
)
def known_filters(services: ServicesDep) -> dict[str, Any]:
    """List the genres, sources, moods, tags and keys that filters can name in this library."""
    return {"success": True, "data": known_choices(services.wiring)}


@router.get(
    "/api/filters/fields",
    response_model=FormFieldsResponse,
    tags=["songs"],
    summary="Fields of filters",
)
def filter_fields() -> dict[str, Any]:
    """List what can be filtered by and how an answer can be made, for a form: the same in every library."""
    return {"success": True, "data": form_fields()}


@router.get(
    "/api/analyses/{analysis_id}",
    response_model=AnalysisResponse,
    responses=errors(404),
    tags=["recommendations"],
    summary="The analysis of a video",
)
def read_analysis(analysis_id: str, services: ServicesDep) -> dict[str, Any]:
    """Read a stored analysis with its measurements, and the query that it asks for."""
    data = read_stored(services.wiring, analysis_id)
    content = services.catalog.analysis_content(analysis_id) or ""
    copy = kept_film(services.settings, content)
    return {"success": True, "data": {**data, "film_url": film_url(content) if copy else None}}


@router.head("/api/films/{content_hash}", include_in_schema=False)
@router.get(
    "/api/films/{content_hash}",
    responses={
        200: {"content": {"video/mp4": {"schema": {"type": "string", "format": "binary"}}}},
        206: {"description": "The range that was asked for."},
        **errors(404, 416),
    },
    response_class=FileResponse,
    tags=["recommendations"],
    summary="A film that browsers show",
)
def film_copy(
    content_hash: Annotated[str, Path(max_length=64, description="SHA-256 of the film's file, hex.")],
    request: Request,
    services: ServicesDep,
) -> FileResponse:
    """Send the copy of a film that was made since browsers cannot show it as it is; ranges are served."""
    path = kept_film(services.settings, content_hash)
    if path is None:
        raise NotFoundError(f"there is no copy of a film {content_hash!r}")
    path.touch()  # what was looked at last is kept longest
    return SoundResponse.of(path, request.headers.get("range"), media_type="video/mp4")


@router.get("/api/demo/videos", response_model=DemoVideosResponse, tags=["demo"], summary="Clips to try")
def list_demo_videos() -> dict[str, Any]:
    """List the clips that the demo brings."""
    clips = [
        {
            "name": path.name,
            "title": title,
            "url": f"/api/demo/videos/{path.name}",
            "size": path.stat().st_size,
        }
        for path, title in demo_clips()
    ]
    return {"success": True, "data": clips}


@router.head("/api/demo/videos/{name}", include_in_schema=False)
@router.get(
    "/api/demo/videos/{name}",
    responses={
        200: {"content": {"video/mp4": {"schema": {"type": "string", "format": "binary"}}}},
        206: {"description": "The range that was asked for."},
        **errors(404, 416),
    },
    response_class=FileResponse,
    tags=["demo"],
    summary="A clip to try",
)
def demo_video(name: str, request: Request) -> FileResponse:
    """Send a clip of the demo; ranges are served."""
    return SoundResponse.of(demo_clip(name), request.headers.get("range"), media_type="video/mp4")

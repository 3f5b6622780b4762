"""The library: its songs, their sound, and what is like them."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

from fastapi import Depends, Query, Request
from fastapi.responses import FileResponse, Response

from reelscore.api.dependencies import CallerDep, ServicesDep, errors, resource_router
from reelscore.api.questions import Choices, Limit, form_choices
from reelscore.api.routes.recommendations import answered, check_song_exists, validated
from reelscore.api.schemas import AnswerResponse, SongListResponse, SongResponse
from reelscore.api.sound import SoundResponse
from reelscore.query import form
from reelscore.search.options import check_filters

router = resource_router(prefix="/api/songs", tags=["songs"])

FiltersText = Annotated[
    str | None,
    Query(
        max_length=4000,
        description="JSON, as in the field `filters` of a question by words.",
        examples=['{"tempo_bpm": [100, 130]}'],
    ),
]
OptionsText = Annotated[
    str | None,
    Query(
        max_length=1000,
        description="JSON, as in the field `options` of a question by words.",
        examples=['{"artist_cap": 2}'],
    ),
]


def _choices(services: ServicesDep, filters: str | None, options: str | None = None) -> form.Query:
    """A query with filters and options from the JSON in an address, still without what it asks."""
    given = form_choices({"filters": filters or "", "options": options or ""})
    query = form.read_query(validated(Choices, given, place="query").form())
    check_filters(services.wiring, query.filters)
    return query


def _choices_in_address(
    services: ServicesDep,
    limit: Annotated[Limit, Query()] = 10,
    filters: FiltersText = None,
    options: OptionsText = None,
) -> form.Query:
    return replace(_choices(services, filters, options), limit=limit)


@router.get("", response_model=SongListResponse, responses=errors(400, 422), summary="Browse the library")
def list_songs(
    services: ServicesDep,
    search: Annotated[
        str | None, Query(max_length=200, description="Words of the title, artist or album.")
    ] = None,
    sort: Annotated[
        str,
        Query(
            max_length=40,
            description="`title`, `artist`, `album`, `genre`, `year`, `duration`, `added`, `tempo`, "
            "`energy` or `key`; `-title` turns it around. Songs without the value come last.",
        ),
    ] = "title",
    filters: FiltersText = None,
    offset: Annotated[int, Query(ge=0, le=10_000_000, description="Songs to skip.")] = 0,
    limit: Annotated[int, Query(ge=1, le=100, description="Songs on a page.")] = 50,
) -> dict[str, Any]:
    """List songs, one page at a time; a page far down costs no more than the first."""
    wanted = _choices(services, filters).filters
    page = services.library.songs(
        search=search or None, sort=sort, offset=offset, limit=limit, filters=wanted
    )
    return {
        "success": True,
        "data": page["songs"],
        "total": page["total"],
        "offset": offset,
        "limit": limit,
        "late": page["late"],
    }


@router.get("/{song_id}", response_model=SongResponse, responses=errors(404), summary="One song")
def read_song(song_id: str, services: ServicesDep, caller: CallerDep) -> dict[str, Any]:
    """Read one song with its measurements, tags and curves."""
    song = services.library.song(song_id)
    if caller.by == "link":
        song = {**song, "uri": None}  # folders of the server are nobody's business outside
    return {"success": True, "data": song}


@router.get(
    "/{song_id}/similar",
    response_model=AnswerResponse,
    responses=errors(400, 404, 422),
    summary="More like this",
)
async def similar_songs(
    song_id: str,
    services: ServicesDep,
    choices: Annotated[form.Query, Depends(_choices_in_address)],
) -> Response:
    """Find the songs that sound most like this one, which is not among them."""

    def answer() -> Response:
        return answered(services, replace(choices, song=check_song_exists(services, song_id)))

    return await services.answer(answer)


@router.delete("/{song_id}", response_model=SongResponse, responses=errors(404), summary="Remove a song")
def remove_song(song_id: str, services: ServicesDep) -> dict[str, Any]:
    """Take a song out of the library; its file stays, and comes back when its folder is added again."""
    return {"success": True, "data": services.library.remove(song_id)}


@router.get(
    "/{song_id}/spectrogram.png",
    responses={
        200: {"content": {"image/png": {"schema": {"type": "string", "format": "binary"}}}},
        **errors(404, 422),
    },
    response_class=FileResponse,
    summary="The spectrogram of a song",
)
def song_spectrogram(song_id: str, services: ServicesDep) -> FileResponse:
    """Send a picture: time to the right, pitch (mel scale) upwards, loud is bright; drawn once and kept."""
    picture = services.library.spectrogram(song_id)
    return FileResponse(picture, media_type="image/png", headers={"Cache-Control": "private, no-cache"})


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
def song_audio(
    song_id: str,
    request: Request,
    services: ServicesDep,
    seekable: Annotated[
        bool,
        Query(
            description="Whether a player is to find each moment to the sample. Browsers seek in MP3, Vorbis "
            "and raw AAC to another place than they say; then a FLAC copy is sent."
        ),
    ] = False,
) -> FileResponse:
    """Send the audio file, or a FLAC copy of what browsers cannot play; ranges are served."""
    path, media_type = services.library.playable(song_id, seekable=seekable)
    return SoundResponse.of(path, request.headers.get("range"), media_type=media_type)

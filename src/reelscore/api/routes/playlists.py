"""Playlists of songs of the library, for players and for Rekordbox."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi.responses import Response
from pydantic import Field

from reelscore.api.dependencies import ServicesDep, errors, resource_router
from reelscore.api.questions import SONG_ID, Sent
from reelscore.export.urls import MediaRoot
from reelscore.library.playlists import SUFFIXES, PlaylistKind, playlist_songs, playlist_text

router = resource_router(prefix="/api/playlists", tags=["songs"])

_TYPES = {"m3u8": "application/vnd.apple.mpegurl", "xspf": "application/xspf+xml", "rekordbox": "text/xml"}


class Root(Sent):
    """Where a folder of the server lies on the machine of the player."""

    here: str = Field(min_length=1, max_length=4000, examples=["/srv/music"])
    there: str = Field(min_length=1, max_length=4000, examples=["D:\\music"])


class PlaylistRequest(Sent):
    """What a playlist holds."""

    song_ids: list[Annotated[str, Field(max_length=200)]] = Field(
        min_length=1,
        max_length=10_000,
        description="In order.",
        examples=[[SONG_ID]],
    )
    to: PlaylistKind = "m3u8"
    title: str = Field("reelscore", min_length=1, max_length=200)
    media_roots: list[Root] = Field(default_factory=list, max_length=50)


@router.post(
    "",
    response_class=Response,
    responses={
        200: {"content": {kind: {"schema": {"type": "string"}} for kind in _TYPES.values()}},
        **errors(400, 422),
    },
    summary="A playlist",
)
def playlist(asked: PlaylistRequest, services: ServicesDep) -> Response:
    """Make a playlist of songs by their ids; songs without a file of their own are left out."""
    roots = [MediaRoot(root.here, root.there) for root in asked.media_roots]
    songs, _ = playlist_songs(services.catalog, asked.song_ids, roots=roots)
    suffix = next(suffix for suffix, kind in SUFFIXES.items() if kind == asked.to)
    name = quote(asked.title.replace("/", "_") + suffix, safe="")
    return Response(
        playlist_text(asked.to, songs, title=asked.title),
        media_type=_TYPES[asked.to],
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{name}"},
    )

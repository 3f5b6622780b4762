"""What music players ask: the part of the OpenSubsonic API that finds, lists and plays songs.

A player signs in with a token of the user: as an API key, or as the password beside the user's name. A salted
hash of a password cannot be checked, since the server keeps no password, so that is refused with its code.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from fastapi import APIRouter, Request
from starlette.responses import Response

from reelscore.accounts.service import TOKEN_PREFIX
from reelscore.api.admission import client_of
from reelscore.api.dependencies import Services, ServicesDep
from reelscore.api.errors import RequestRefused, status_of
from reelscore.api.opensubsonic import EXTENSIONS, Refused, artist_of, child, playlist, renamed, written
from reelscore.api.player_lists import (
    NOTHING,
    album_id,
    album_of,
    album_values,
    artist_values,
    artists_by_letter,
    found_albums,
    found_artists,
    genres,
    listed_albums,
    random_songs,
    same_artist,
)
from reelscore.api.sound import SoundResponse
from reelscore.errors import ConfigurationError, NotFoundError, ReelscoreError
from reelscore.filters.table import DEFAULT_OPTIONS, Filters
from reelscore.library.albums import album_key
from reelscore.library.server_playlists import server_ids
from reelscore.payloads import song_payload
from reelscore.query.form import Query
from reelscore.records import song_id
from reelscore.search.engine import search
from reelscore.search.reading import Reading
from reelscore.search.saved import find_saved, list_saved
from reelscore.search.walks import MOST_STEPS, find_path
from reelscore.wiring.sources import open_server

router = APIRouter(prefix="/rest", include_in_schema=False)

_MOST = 500


@dataclass(frozen=True, slots=True)
class _Call:
    """One call of a player."""

    services: Services
    user: str
    parameters: Mapping[str, str]
    range: str | None = None

    def wanted(self, name: str) -> str:
        """A parameter that must be there."""
        value = self.parameters.get(name, "")
        if not value:
            raise Refused(10, f"the parameter {name} is missing")
        return value

    def number(self, name: str, usual: int) -> int:
        """A count or an offset."""
        text = self.parameters.get(name, "")
        if text and not (text.isascii() and text.isdigit() and len(text) < 9):
            raise Refused(0, f"{name} is no whole number")
        return int(text) if text else usual

    def song(self, name: str = "id") -> tuple[str, Mapping[str, str] | None]:
        """The song that an id names, and a table of ids if it is one of the music server of the settings.

        So that server can pass questions of its players on, and understands the answers.
        """
        value, catalog = self.wanted(name)[:1000], self.services.catalog
        if catalog.known_ids([value]):
            return value, None
        try:
            server = open_server(self.services.settings, "subsonic").name
        except ConfigurationError:
            server = ""
        other = song_id("subsonic", f"{server}/{value}")
        if server and catalog.known_ids([other]):
            return other, {other: value}
        if server and (file := catalog.known_files([other]).get(other)):
            return file.song_id, {file.song_id: value}
        raise Refused(70, f"there is no song {value[:80]!r}")

    def named(self, songs: list[dict[str, Any]], names: Mapping[str, str] | None) -> list[Mapping[str, Any]]:
        """Songs under the ids that the player knows."""
        if names is None:
            return list(songs)
        server = open_server(self.services.settings, "subsonic").name
        ids = [song["id"] for song in songs]
        return renamed(songs, server_ids(self.services.catalog, "subsonic", server, ids))


def _extensions(_: _Call) -> dict[str, Any]:
    return {"openSubsonicExtensions": list(EXTENSIONS)}


def _license(_: _Call) -> dict[str, Any]:
    return {"license": {"valid": True}}


def _token_info(call: _Call) -> dict[str, Any]:
    return {"tokenInfo": {"username": call.user}}


def _user(call: _Call) -> dict[str, Any]:
    roles = ("admin", "settings", "upload", "coverArt", "comment", "podcast", "jukebox", "share", "playlist")
    denied = {f"{role}Role": False for role in roles}
    allowed = {"streamRole": True, "downloadRole": True}
    return {"user": {"username": call.user, "scrobblingEnabled": False, **denied, **allowed, "folder": [1]}}


def _music_folders(_: _Call) -> dict[str, Any]:
    return {"musicFolders": {"musicFolder": [{"id": 1, "name": "Music"}]}}


def _song(call: _Call) -> dict[str, Any]:
    found, names = call.song()
    payload = call.services.library.song(found)
    return {"song": _child(payload if names is None else {**payload, "id": names[found]})}


def _search(call: _Call) -> dict[str, Any]:
    words = call.parameters.get("query", "").strip().strip('"').rstrip("*")
    library = call.services.library
    found: dict[str, Any] = {}
    if count := min(call.number("artistCount", 20), _MOST):
        artists = found_artists(library.discography.artists(), words)
        begin = call.number("artistOffset", 0)
        found["artist"] = [artist_values(one) for one in artists[begin : begin + count]]
    if count := min(call.number("albumCount", 20), _MOST):
        albums = found_albums(library.discography.albums(), words)
        begin = call.number("albumOffset", 0)
        found["album"] = [album_values(one) for one in albums[begin : begin + count]]
    if count := min(call.number("songCount", 20), _MOST):
        page = library.songs(search=words or None, offset=call.number("songOffset", 0), limit=count)
        found["song"] = [_child(song) for song in page["songs"]]
    return {"searchResult3": found}


def _artists(call: _Call) -> dict[str, Any]:
    index = artists_by_letter(call.services.library.discography.artists())
    return {"artists": {"ignoredArticles": "", "index": index}}


def _artist(call: _Call) -> dict[str, Any]:
    name = artist_of(call.wanted("id"))
    found = same_artist(call.services.library.discography.artists(), name) if name else None
    if found is None:
        raise Refused(70, "there is no such artist")
    return {"artist": {**artist_values(found), "album": [album_values(one) for one in found.albums]}}


def _album_list(call: _Call) -> dict[str, Any]:
    kind = call.wanted("type")
    albums = listed_albums(call.services.library.discography.albums(), kind, call.parameters)
    if albums is None:
        raise Refused(0, f"there is no list {kind[:80]!r} of albums")
    begin, count = call.number("offset", 0), min(call.number("size", 10), _MOST)
    return {"albumList2": {"album": [album_values(one) for one in albums[begin : begin + count]]}}


def _album(call: _Call) -> dict[str, Any]:
    named, discography = album_of(call.wanted("id")), call.services.library.discography
    key = album_key([named[0]] if named[0] else [], named[1]) if named else None
    found = next((album for album in discography.albums() if album.key == key), None)
    if found is None:
        raise Refused(70, "there is no such album")
    songs = [_child(song_payload(song)) for song in discography.songs(found)]
    return {"album": {**album_values(found), "song": songs}}


def _genres(call: _Call) -> dict[str, Any]:
    return {"genres": {"genre": genres(call.services.catalog)}}


def _songs_by_genre(call: _Call) -> dict[str, Any]:
    count, begin = min(call.number("count", 10), _MOST), call.number("offset", 0)
    filters = Filters(genres=(call.wanted("genre")[:200],))
    page = call.services.library.songs(filters=filters, offset=begin, limit=count)
    return {"songsByGenre": {"song": [_child(song) for song in page["songs"]]}}


def _random_songs(call: _Call) -> dict[str, Any]:
    years = call.number("fromYear", 0), call.number("toYear", 0)
    count = min(call.number("size", 10), _MOST)
    ids = random_songs(call.services.catalog, call.parameters.get("genre", "")[:200], years, count)
    songs = [song_payload(song) for song in call.services.catalog.songs(ids)]
    return {"randomSongs": {"song": [_child(song) for song in songs]}}


def _nothing(key: str) -> Callable[[_Call], dict[str, Any]]:
    """What players ask beside an album or artist, and nobody keeps here."""
    return lambda _: {key: {}}


def _child(song: Mapping[str, Any]) -> dict[str, Any]:
    """A song with the album that it stands in."""
    made = child(song)
    if song["album"]:
        album = album_id(song["artists"][0] if song["artists"] else "", song["album"])
        made |= {"albumId": album, "parent": album}
    return made


def _neighbours(call: _Call, usual: int) -> tuple[str, list[dict[str, Any]], Mapping[str, str] | None]:
    """The song that is asked with, and those that sound like it, without it."""
    artist = artist_of(call.parameters.get("id", ""))
    count = min(max(call.number("count", usual), 1), _MOST)
    if artist is None:
        found, names = call.song()
    else:
        by = call.services.library.songs(filters=Filters(artists=(artist,)), limit=1)["songs"]
        if not by:
            raise Refused(70, f"there is no song by {artist[:80]!r}")
        found, names = by[0]["id"], None
    answer = search(call.services.wiring, Query(song=found, limit=count))
    return found, [song_payload(each.song) for each in answer.songs], names


def _similar(key: str) -> Callable[[_Call], dict[str, Any]]:
    def similar(call: _Call) -> dict[str, Any]:
        _, songs, names = _neighbours(call, 50)
        return {key: {"song": [_child(song) for song in call.named(songs, names)]}}

    return similar


def _sonic_similar(call: _Call) -> dict[str, Any]:
    found, songs, names = _neighbours(call, 10)
    matches = _matches(call, found, songs, names)
    # By the schema the most similar comes first; the search looks at more than the one space.
    return {"sonicMatch": sorted(matches, key=lambda one: -one["similarity"])}


def _sonic_path(call: _Call) -> dict[str, Any]:
    (start, names), (end, _) = call.song("startSongId"), call.song("endSongId")
    count = min(max(call.number("count", 25), 3), MOST_STEPS + 2)
    found = find_path(
        call.services.wiring, Query(song=start), Query(song=end), steps=count - 2, options=DEFAULT_OPTIONS
    )
    return {"sonicMatch": _matches(call, start, found["songs"], names)}


def _matches(
    call: _Call, seed: str, songs: list[dict[str, Any]], names: Mapping[str, str] | None
) -> list[dict[str, Any]]:
    """Songs with the cosine of their sound to that of the seed; below 0 it is 0, the most different."""
    space = call.services.wiring.embedders.sound_space
    vectors = Reading(call.services.catalog).vectors([space], [seed, *(song["id"] for song in songs)])[space]
    likeness = {
        song["id"]: float(np.clip(np.einsum("d,d->", vectors[seed], vectors[song["id"]]), 0.0, 1.0))
        for song in songs
        if song["id"] in vectors and seed in vectors
    }
    near = [{**song, "likeness": round(likeness.get(song["id"], -1.0), 4)} for song in songs]
    return [{"entry": _child(song), "similarity": song["likeness"]} for song in call.named(near, names)]


def _playlists(call: _Call) -> dict[str, Any]:
    rows = []
    for saved in list_saved(call.services.wiring):
        songs = [song_payload(song) for song in call.services.catalog.songs(saved["song_ids"])]
        rows.append({**playlist(saved, songs), "owner": call.user})
    return {"playlists": {"playlist": rows}}


def _playlist(call: _Call) -> dict[str, Any]:
    saved = find_saved(call.services.wiring, call.wanted("id"))
    songs = [song_payload(song) for song in call.services.catalog.songs(saved["song_ids"])]
    entries = [_child(song) for song in songs]
    return {"playlist": {**playlist(saved, songs), "owner": call.user, "entry": entries}}


def _stream(call: _Call) -> Response:
    found, library = call.song()[0], call.services.library
    if call.parameters.get("format") == "raw":
        path = library.audio_path(found)
        media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    else:
        path, media_type = library.playable(found)
    return SoundResponse.of(path, call.range, media_type=media_type)


def _download(call: _Call) -> Response:
    return _stream(_Call(call.services, call.user, {**call.parameters, "format": "raw"}, call.range))


def _cover(call: _Call) -> Response:
    cover = call.services.library.cover(call.song()[0])
    if cover is None:
        raise Refused(70, "the song has no cover")
    return Response(cover[0], media_type=cover[1], headers={"Cache-Control": "private, max-age=3600"})


_CALLS: Mapping[str, Callable[[_Call], dict[str, Any] | Response]] = {
    "ping": lambda _: {},
    "getLicense": _license,
    "getOpenSubsonicExtensions": _extensions,
    "tokenInfo": _token_info,
    "getUser": _user,
    "getMusicFolders": _music_folders,
    "getSong": _song,
    "search3": _search,
    "getArtists": _artists,
    "getArtist": _artist,
    "getAlbumList2": _album_list,
    "getAlbum": _album,
    "getGenres": _genres,
    "getSongsByGenre": _songs_by_genre,
    "getRandomSongs": _random_songs,
    **{name: _nothing(key) for name, key in NOTHING.items()},
    "getSimilarSongs": _similar("similarSongs"),
    "getSimilarSongs2": _similar("similarSongs2"),
    "getSonicSimilarTracks": _sonic_similar,
    "findSonicPath": _sonic_path,
    "getPlaylists": _playlists,
    "getPlaylist": _playlist,
    "stream": _stream,
    "download": _download,
    "getCoverArt": _cover,
}
_FOR_EVERYBODY = ("getOpenSubsonicExtensions",)


@router.head("/{call}")
@router.get("/{call}")
async def answer(call: str, request: Request, services: ServicesDep) -> Response:
    """Answer a player; a failure has the shape that players read, mostly with the status of a success."""
    parameters = dict(request.query_params)
    form, name = parameters.get("f", "xml"), call.removesuffix(".view")
    try:
        run = _CALLS.get(name)
        if run is None:
            raise Refused(0, f"{name[:80]!r} is not served here", status=404)
        user = parameters.get("u") or "reelscore"
        if name not in _FOR_EVERYBODY and services.admission.asks:
            user = await services.answer(_signed_in, services, client_of(request.scope), parameters)
        one = _Call(services, user, parameters, request.headers.get("range"))
        found = await services.answer(run, one)
    except Refused as refused:
        return written({}, form, refused=refused)
    except NotFoundError as error:
        return written({}, form, refused=Refused(70, str(error)))
    except RequestRefused as error:
        return written({}, form, refused=Refused(0, str(error), status=error.status))
    except ReelscoreError as error:
        status = status_of(error)
        return written({}, form, refused=Refused(70 if status == 404 else 0, str(error)))
    return found if isinstance(found, Response) else written(found, form)


def _signed_in(services: Services, address: str, given: Mapping[str, str]) -> str:
    """The name of the user that a call shows a token of.

    Raises
    ------
    Refused
        It shows none, or not the right way.
    """
    key, name, password = given.get("apiKey"), given.get("u"), given.get("p")
    if key and any(given.get(other) for other in "upts"):
        raise Refused(43, "an API key comes without a user name and a password")
    if not key and given.get("t"):
        raise Refused(
            41,
            "a salted password cannot be checked here, since none is kept; make a token on the account page, "
            "and let the player send it as API key, or as the password in plain text (legacy sign-in)",
        )
    if not key and not (name and password):
        raise Refused(10, "sign in with an API key: a token of the account page")
    secret = key or _plain(str(password))
    user = services.admission.accounts.token_user(secret) if secret.startswith(TOKEN_PREFIX) else None
    services.admission.take_turn(user.name if user else f"@{address}")
    if user is None or (name and name.strip().lower() != user.name):
        raise Refused(44 if key else 40, "the token is wrong, over or removed, or of another user")
    return user.name


def _plain(password: str) -> str:
    """A password as it was before a player wrote it in hexadecimal digits."""
    if not password.startswith("enc:"):
        return password
    try:
        return bytes.fromhex(password.removeprefix("enc:")).decode()
    except ValueError:
        return ""

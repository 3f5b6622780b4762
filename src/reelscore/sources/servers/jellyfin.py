"""Asks a Jellyfin server (https://api.jellyfin.org), as one of its users.

The token travels in a header. It is that of a user: an API key stands for none, and Jellyfin lets it change
no playlist (jellyfin#14910).
"""

from __future__ import annotations

import hashlib
import re
import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, TypeVar, Unpack
from urllib.parse import quote

from reelscore import __version__
from reelscore.errors import ConfigurationError, SourceError, TransientSourceError
from reelscore.net.payload import mapping, number, sequence, year
from reelscore.records import TrackIssue
from reelscore.sources.servers.base import (
    LONGEST_SONG,
    Calling,
    MusicServer,
    RefusedError,
    ServerSong,
    no_song,
    paged,
)
from reelscore.sources.tags.meaning import clean, join_genres, split_artists

PAGE = 500

Result = TypeVar("Result")

_TICKS = 1e7  # in a second
_ID = re.compile(r"[0-9A-Fa-f]{32}|[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")


class JellyfinServer(MusicServer):
    """One Jellyfin server, as one of its users.

    Parameters
    ----------
    url
        Its address, such as https://jellyfin.example.org.
    user, password, token
        A user and the password, or a token of that user alone.
    calling
        How it is called.

    Raises
    ------
    InvalidInputError
        The address is none.
    ConfigurationError
        There is neither a token, nor a user and a password.
    """

    kind = "jellyfin"

    def __init__(
        self,
        url: str,
        *,
        user: str = "",
        password: str = "",
        token: str = "",
        **calling: Unpack[Calling],
    ) -> None:
        super().__init__(url, **calling)
        if not token and not (user and password):
            raise ConfigurationError(
                "the music server wants to know who asks; set REELSCORE_JELLYFIN_USER and "
                "REELSCORE_JELLYFIN_PASSWORD, or REELSCORE_JELLYFIN_TOKEN"
            )
        self._user, self._password = user, password
        self._token, self._user_id = token, ""
        self._lock = threading.Lock()

    def songs(self) -> Iterator[ServerSong | TrackIssue]:
        """Every song that the user may hear, each once."""
        return (parse_item(item, url=self.url) for item in paged(self._page, _id_of))

    @contextmanager
    def sound(self, song: str, uri: str, *, folder: Path, suffix: str = "") -> Iterator[Path]:
        """The file of a song as it lies on the server, for as long as the context is open."""
        with ExitStack() as stack:

            def fetched() -> Path:
                asked = {"params": {"static": "true"}, "headers": self._headers()}
                return stack.enter_context(self._wire.download(uri, folder=folder, suffix=suffix, **asked))

            yield self._as_user(fetched)

    def playlist(self, name: str) -> str | None:
        """The id of a playlist of a name that the user may change; the least one if there are several."""
        # All of them: how a search compares names is the server's own affair.
        asked = {"includeItemTypes": "Playlist", "recursive": "true", "fields": "CanDelete"}
        answer = mapping(self._ask("/Items", params=asked))
        own = [
            _id_of(item)
            for item in map(mapping, sequence(answer.get("Items")))
            # Playlists that others share are listed beside those of the user.
            if item.get("Name") == name and item.get("CanDelete") is not False and _is_id(item.get("Id"))
        ]
        return min(own, default=None)

    def playlist_songs(self, playlist: str) -> list[str]:
        """Ids of the songs of a playlist, in their order."""
        answer = mapping(self._ask(f"/Playlists/{quote(playlist)}/Items"))
        return [_id_of(mapping(item)) for item in sequence(answer.get("Items"))]

    def make_playlist(self, name: str, songs: Sequence[str]) -> str:
        """Make a playlist; its id."""
        body = {"Name": name, "Ids": list(songs), "UserId": self._who(), "MediaType": "Audio"}
        made = mapping(self._ask("/Playlists", method="POST", once=True, body=body))
        if not _is_id(made.get("Id")):
            raise SourceError("the music server made no playlist, though it said nothing against it")
        return str(made["Id"])

    def fill_playlist(self, playlist: str, before: Sequence[str], songs: Sequence[str]) -> None:
        """Let a playlist hold other songs than before, in one call.

        Not step by step: songs that are in a playlist are not added again, and moves end a place beside the
        one that was asked for in Jellyfin 10.10.
        """
        try:
            self._ask(f"/Playlists/{quote(playlist)}", method="POST", body={"Ids": list(songs)})
        except RefusedError as error:
            raise RefusedError("the playlist of this name belongs to another user of the server") from error

    def _page(self, offset: int) -> tuple[list[Mapping[str, Any]], float | None]:
        asked: dict[str, str | int] = {
            "includeItemTypes": "Audio",
            "recursive": "true",
            "fields": "Path,MediaSources,Genres,ProviderIds",
            "sortBy": "DateCreated,SortName",  # what is added meanwhile comes last
            "startIndex": offset,
            "limit": PAGE,
        }
        answer = mapping(self._ask("/Items", params=asked))
        if not isinstance(answer.get("Items"), list):
            raise SourceError("what answers there is no Jellyfin server")
        return [mapping(item) for item in answer["Items"]], number(answer.get("TotalRecordCount"))

    def _ask(self, path: str, *, params: Mapping[str, str | int] | None = None, **call: Any) -> object:
        """What a call answers, as the user."""

        def answered() -> object:
            asked = {**(params or {}), "userId": self._who()}
            return self._wire.ask(path, params=asked, headers=self._headers(), **call)

        return self._as_user(answered)

    def _as_user(self, call: Callable[[], Result]) -> Result:
        """The result of a call; the user signs in once more if the token has expired."""
        self._who()
        token = self._token
        try:
            return call()
        except ConfigurationError:
            if not self._password:
                raise
            with self._lock:
                if self._token == token:  # else another thread has a new one already
                    self._token = self._user_id = ""
            self._who()
            return call()

    def _who(self) -> str:
        """The id of the user, who is signed in if need be."""
        with self._lock:
            if not self._user_id and self._password:
                body = {"Username": self._user, "Pw": self._password}
                path = "/Users/AuthenticateByName"
                answer = mapping(self._wire.ask(path, method="POST", headers=self._headers(), body=body))
                self._token = str(answer.get("AccessToken") or "")
                self._user_id = str(mapping(answer.get("User")).get("Id") or "")
            elif not self._user_id:
                try:
                    found = mapping(self._wire.ask("/Users/Me", headers=self._headers()))
                except TransientSourceError:
                    raise
                except SourceError as error:  # 400 for an API key
                    raise ConfigurationError(
                        "the token stands for no user of the music server, as an API key does not; set "
                        "REELSCORE_JELLYFIN_USER and REELSCORE_JELLYFIN_PASSWORD"
                    ) from error
                self._user_id = str(found.get("Id") or "")
            if not _is_id(self._user_id) or not self._token:
                raise SourceError("what answers there is no Jellyfin server")
            return self._user_id

    def _headers(self) -> dict[str, str]:
        # A sign-in ends the one before under the same device: that of another process of this machine.
        device = hashlib.sha256(f"reelscore {socket.gethostname()}".encode()).hexdigest()[:16]
        parts = {"Client": "reelscore", "Device": "reelscore", "DeviceId": device, "Version": __version__}
        parts |= {"Token": quote(self._token)} if self._token else {}
        return {"Authorization": "MediaBrowser " + ", ".join(f'{key}="{one}"' for key, one in parts.items())}


def parse_item(item: Mapping[str, Any], *, url: str) -> ServerSong | TrackIssue:
    """A song as a server at an address describes it (`BaseItemDto`), or why it is none. Takes anything."""
    song, title = item.get("Id"), clean(item.get("Name"))
    artists = tuple(dict.fromkeys(text for one in sequence(item.get("Artists")) if (text := clean(one))))
    artists = artists or split_artists(clean(item.get("AlbumArtist")) or "")
    if not isinstance(song, str) or not _is_id(song):
        return no_song(title, artists, None, "has no id")
    if (kind := item.get("Type", "Audio")) != "Audio":
        return no_song(title, artists, song, f"of the kind {clean(kind) or 'nothing'}, not a song")
    sources = sequence(item.get("MediaSources"))
    media, user, ids = (
        mapping(one) for one in (sources[0] if sources else {}, item.get("UserData"), item.get("ProviderIds"))
    )
    ticks, plays = (
        number(item.get("RunTimeTicks"), up_to=LONGEST_SONG * _TICKS),
        number(user.get("PlayCount")),
    )
    path, size = item.get("Path") or media.get("Path"), media.get("Size")
    suffix = clean(media.get("Container")) or clean(item.get("Container")) or ""
    starred = user.get("IsFavorite") is True
    return ServerSong(
        id=song,
        uri=f"{url}/Audio/{song}/stream",
        title=title,
        artists=artists,
        album=clean(item.get("Album")),
        genre=join_genres([clean(one) or "" for one in sequence(item.get("Genres"))]),
        year=year(item.get("ProductionYear")),
        duration=None if ticks is None else ticks / _TICKS,
        path=path if isinstance(path, str) else None,
        size=size if isinstance(size, int) else None,
        suffix=suffix.split(",")[0] or None,  # "mov,mp4,m4a": all that the demuxer reads
        is_starred=starred,
        labels={
            "starred": "yes" if starred else None,
            "played": clean(user.get("LastPlayedDate")),
            "plays": None if plays is None else str(round(plays)),
            "musicbrainz_id": clean(ids.get("MusicBrainzRecording")) or clean(ids.get("MusicBrainzTrack")),
        },
    )


def _id_of(item: Mapping[str, Any]) -> str:
    return str(item.get("Id"))


def _is_id(value: object) -> bool:
    return isinstance(value, str) and _ID.fullmatch(value) is not None

"""Asks a Plex Media Server (https://developer.plex.tv/pms), as the account of a token.

The token travels in a header.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Unpack

from reelscore import __version__
from reelscore.errors import ConfigurationError, SourceError
from reelscore.net.payload import mapping, number, sequence, year
from reelscore.records import TrackIssue
from reelscore.sources.servers.base import (
    LONGEST_SONG,
    Calling,
    MusicServer,
    ServerSong,
    no_song,
    paged,
    server_id,
)
from reelscore.sources.tags.meaning import clean, join_genres, split_artists

PAGE = 500
TOGETHER = 100  # songs in one call: ids travel in the address, and addresses have an end

_TRACK = 10  # the type of tracks in a library of music
_STARRED_FROM = 8.0  # of 10: four stars of five
_PART = re.compile(r"/library/parts/[0-9A-Za-z/._-]+")


class PlexServer(MusicServer):
    """One Plex Media Server, as the account of a token.

    Parameters
    ----------
    url
        Its address, such as http://plex.local:32400.
    token
        An X-Plex-Token.
    calling
        How it is called.

    Raises
    ------
    InvalidInputError
        The address is none.
    ConfigurationError
        There is no token.
    """

    kind = "plex"

    def __init__(
        self,
        url: str,
        *,
        token: str = "",
        **calling: Unpack[Calling],
    ) -> None:
        super().__init__(url, **calling)
        if not token:
            raise ConfigurationError("the music server wants to know who asks; set REELSCORE_PLEX_TOKEN")
        self._headers = {
            "Accept": "application/json",  # else it answers in XML
            "X-Plex-Token": token,
            "X-Plex-Client-Identifier": "reelscore",
            "X-Plex-Product": "reelscore",
            "X-Plex-Version": __version__,
        }
        self._machine = ""

    def songs(self) -> Iterator[ServerSong | TrackIssue]:
        """Every song of the libraries of music that the account may see, each once."""
        for section in map(mapping, sequence(self._ask("/library/sections").get("Directory"))):
            if section.get("type") == "artist" and (key := server_id(section.get("key"))):
                for item in paged(lambda offset, key=key: self._page(key, offset), _id_of):  # type: ignore[misc]
                    yield parse_track(item, url=self.url)

    def sound(self, song: str, uri: str, *, folder: Path, suffix: str = "") -> AbstractContextManager[Path]:
        """The file of a song as it lies on the server, for as long as the context is open."""
        return self._wire.download(
            uri, folder=folder, suffix=suffix, params={"download": 1}, headers=self._headers
        )

    def playlist(self, name: str) -> str | None:
        """The id of the account's own playlist of a name, if it is no search; the least one of several."""
        listed = self._ask("/playlists", params={"playlistType": "audio", "smart": 0})
        named = [
            _id_of(one)
            for one in map(mapping, sequence(listed.get("Metadata")))
            if one.get("title") == name
            and not one.get("smart")
            and not one.get("readOnly")
            and one.get("ratingKey")
        ]
        return min(named, default=None)

    def playlist_songs(self, playlist: str) -> list[str]:
        """Ids of the songs of a playlist, in their order."""
        return [_id_of(entry) for entry in self._entries(playlist)]

    def make_playlist(self, name: str, songs: Sequence[str]) -> str:
        """Make a playlist; its id."""
        asked = {"type": "audio", "title": name, "smart": 0, "uri": self._uri(songs[:TOGETHER])}
        made = sequence(self._ask("/playlists", method="POST", once=True, params=asked).get("Metadata"))
        playlist = server_id(mapping(made[0] if made else None).get("ratingKey"))
        if playlist is None:
            raise SourceError("the music server made no playlist, though it said nothing against it")
        self._add(playlist, songs[TOGETHER:])
        return playlist

    def fill_playlist(self, playlist: str, before: Sequence[str], songs: Sequence[str]) -> None:
        """Let a playlist hold other songs than before.

        The beginning that stays is left alone. Behind it the new songs are added before the old ones are
        taken out, one by one as the API has it, so that a failure leaves too many songs in it.
        """
        same = next(
            (at for at, (old, new) in enumerate(zip(before, songs, strict=False)) if old != new),
            min(len(before), len(songs)),
        )
        old = [entry.get("playlistItemID") for entry in self._entries(playlist)][same:]
        self._add(playlist, songs[same:])
        for entry in old:
            self._ask(f"/playlists/{playlist}/items/{entry}", method="DELETE", once=True)

    def _add(self, playlist: str, songs: Sequence[str]) -> None:
        for begin in range(0, len(songs), TOGETHER):
            some = self._uri(songs[begin : begin + TOGETHER])
            self._ask(f"/playlists/{playlist}/items", method="PUT", once=True, params={"uri": some})

    def _entries(self, playlist: str) -> list[Mapping[str, Any]]:
        found = self._ask(f"/playlists/{playlist}/items")
        return [mapping(entry) for entry in sequence(found.get("Metadata"))]

    def _uri(self, songs: Sequence[str]) -> str:
        """Songs as the API names them to a playlist."""
        self._machine = self._machine or clean(self._ask("/identity").get("machineIdentifier")) or ""
        if not self._machine:
            raise SourceError("what answers there is no Plex Media Server")
        return f"server://{self._machine}/com.plexapp.plugins.library/library/metadata/{','.join(songs)}"

    def _page(self, section: str, offset: int) -> tuple[list[Mapping[str, Any]], float | None]:
        place = {"X-Plex-Container-Start": offset, "X-Plex-Container-Size": PAGE}
        asked = {"type": _TRACK, "includeGuids": 1, "sort": "addedAt:asc", **place}
        answer = self._ask(f"/library/sections/{section}/all", params=asked)
        return list(map(mapping, sequence(answer.get("Metadata")))), number(answer.get("totalSize"))

    def _ask(self, path: str, **call: Any) -> Mapping[str, Any]:
        answer = self._wire.ask(path, headers=self._headers, **call)
        if call.get("method") == "DELETE":
            return {}
        found = mapping(answer).get("MediaContainer")
        if not isinstance(found, dict):
            raise SourceError("what answers there is no Plex Media Server")
        return found


def parse_track(item: Mapping[str, Any], *, url: str) -> ServerSong | TrackIssue:
    """A song as a server at an address describes it, or why it is none. Takes anything."""
    song, title = server_id(item.get("ratingKey")), clean(item.get("title"))
    # The artist of the track if it is another one than that of the album.
    artists = split_artists(clean(item.get("originalTitle")) or clean(item.get("grandparentTitle")) or "")
    if song is None or not song.isalnum():
        return no_song(title, artists, None, "has no id")
    if (kind := item.get("type", "track")) != "track":
        return no_song(title, artists, song, f"of the kind {clean(kind) or 'nothing'}, not a song")
    media = sequence(item.get("Media"))
    parts = sequence(mapping(media[0] if media else None).get("Part"))
    part = mapping(parts[0] if parts else None)
    key = part.get("key")
    if not isinstance(key, str) or not _PART.fullmatch(key) or ".." in key:
        return no_song(title, artists, song, "has no file")
    length, plays = number(item.get("duration"), up_to=LONGEST_SONG * 1000.0), number(item.get("viewCount"))
    rating, played = number(item.get("userRating"), up_to=10), number(item.get("lastViewedAt"), up_to=1e12)
    path, size = part.get("file"), part.get("size")
    starred = rating is not None and rating >= _STARRED_FROM
    guids = [clean(mapping(one).get("id")) or "" for one in sequence(item.get("Guid"))]
    recording = next((one.removeprefix("mbid://") for one in guids if one.startswith("mbid://")), None)
    return ServerSong(
        id=song,
        uri=f"{url}{key}",
        title=title,
        artists=artists,
        album=clean(item.get("parentTitle")),
        genre=join_genres([clean(mapping(one).get("tag")) or "" for one in sequence(item.get("Genre"))]),
        year=year(item.get("year")) or year(item.get("parentYear")),
        duration=None if length is None else length / 1000.0,
        path=path if isinstance(path, str) else None,
        size=size if isinstance(size, int) else None,
        suffix=clean(part.get("container")) or clean(mapping(media[0]).get("container")),
        is_starred=starred,
        labels={
            "starred": "yes" if starred else None,
            "played": None if played is None else str(round(played)),
            "plays": None if plays is None else str(round(plays)),
            "rating": None if rating is None else str(round(rating / 2)),
            "musicbrainz_id": recording,
        },
    )


def _id_of(item: Mapping[str, Any]) -> str:
    return str(item.get("ratingKey"))

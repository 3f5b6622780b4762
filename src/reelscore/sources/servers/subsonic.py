"""Asks a music server, such as Navidrome, over the OpenSubsonic API (https://opensubsonic.netlify.app).

A password is never sent: a salted hash of it is, or an API key. Both can only travel in the address, as the
API has it, so no message and no log line has an address.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Unpack

from reelscore.errors import ConfigurationError, NotFoundError, SourceError
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
    server_id,
)
from reelscore.sources.tags.meaning import clean, join_genres, split_artists

PAGE = 500  # the most that servers give at once
TOGETHER = 100  # songs in one call: ids travel in the address, and addresses have an end

_VERSION = "1.16.1"
_ERROR_HEAD = 4096
_REFUSALS: Mapping[int, tuple[type[Exception], str]] = {
    40: (ConfigurationError, "refused the user and the password"),
    41: (ConfigurationError, "takes no salted password; give it an API key (REELSCORE_SUBSONIC_API_KEY)"),
    42: (ConfigurationError, "takes no password; give it an API key (REELSCORE_SUBSONIC_API_KEY)"),
    43: (ConfigurationError, "takes a key or a password, not both"),
    44: (ConfigurationError, "refused the API key"),
    50: (RefusedError, "does not let this user do that"),
    70: (NotFoundError, "does not have what was asked for"),
}


class SubsonicServer(MusicServer):
    """One music server, as one of its users.

    Parameters
    ----------
    url
        Where its `/rest` lies, such as https://music.example.org.
    user, password, api_key
        A user and the password, or a key alone.
    calling
        How it is called.

    Raises
    ------
    InvalidInputError
        The address is none.
    ConfigurationError
        There is neither a key, nor a user and a password.
    """

    kind = "subsonic"

    def __init__(
        self,
        url: str,
        *,
        user: str = "",
        password: str = "",
        api_key: str = "",
        **calling: Unpack[Calling],
    ) -> None:
        super().__init__(url.strip().rstrip("/").removesuffix("/rest"), **calling)
        if not api_key and not (user and password):
            raise ConfigurationError(
                "the music server wants to know who asks; set REELSCORE_SUBSONIC_USER and "
                "REELSCORE_SUBSONIC_PASSWORD, or REELSCORE_SUBSONIC_API_KEY"
            )
        self.user = user
        self._password, self._api_key = password, api_key

    def ask(
        self, call: str, *, once: bool = False, **parameters: str | int | Sequence[str]
    ) -> Mapping[str, Any]:
        """What a call answers; it raises as `Connection.ask`, and NotFoundError."""
        path = f"/rest/{call}.view"
        return self._opened(self._wire.ask(path, once=once, params=self._signed(parameters)))

    def songs(self) -> Iterator[ServerSong | TrackIssue]:
        """Every song that the user may hear, each once."""
        return (parse_child(item, url=self.url) for item in self._children())

    @contextmanager
    def sound(self, song: str, uri: str, *, folder: Path, suffix: str = "") -> Iterator[Path]:
        """The file of a song as it lies on the server; raises as `ask` does."""
        with self._wire.download(
            f"{self.url}/rest/stream.view",
            folder=folder,
            suffix=suffix,
            params=self._signed({"id": song, "format": "raw"}),
        ) as path:
            # A refusal comes as a document with the status of a success.
            with path.open("rb") as file:
                head = file.read(_ERROR_HEAD)
            if (refusal := _refusal_in(head)) is not None:
                raise refusal
            yield path

    def playlist(self, name: str) -> str | None:
        """The id of the user's own playlist of a name; the least one if several have it."""
        listed = sequence(mapping(self.ask("getPlaylists").get("playlists")).get("playlist"))
        named = [one for one in map(mapping, listed) if one.get("name") == name and one.get("id")]
        if not named:
            return None
        # Who shows a key does not know whose it is.
        user = self.user or mapping(self.ask("tokenInfo").get("tokenInfo")).get("username")
        own = [str(one["id"]) for one in named if one.get("owner", user) == user]
        return min(own, default=None)

    def playlist_songs(self, playlist: str) -> list[str]:
        """Ids of the songs of a playlist, in their order."""
        found = mapping(self.ask("getPlaylist", id=playlist).get("playlist"))
        return [str(mapping(one).get("id")) for one in sequence(found.get("entry"))]

    def make_playlist(self, name: str, songs: Sequence[str]) -> str:
        """Make a playlist; its id."""
        made = self.ask("createPlaylist", once=True, name=name, songId=list(songs[:TOGETHER]))
        # Before version 1.14 the answer did not say which one it is.
        playlist = str(mapping(made.get("playlist")).get("id") or "") or self.playlist(name)
        if playlist is None:
            raise SourceError("the music server made no playlist, though it said nothing against it")
        self._add(playlist, songs[TOGETHER:])
        return playlist

    def fill_playlist(self, playlist: str, before: Sequence[str], songs: Sequence[str]) -> None:
        """Let a playlist hold other songs than before.

        One that fits into one call is replaced by it. For a longer one the new songs are added before the old
        ones are taken out, so that a failure leaves too many songs in it.
        """
        if len(songs) <= TOGETHER:
            self.ask("createPlaylist", playlistId=playlist, songId=list(songs))
            return
        self._add(playlist, songs)
        # The last of them first, so that the others keep their places.
        for end in range(len(before), 0, -TOGETHER):
            places = [str(place) for place in range(max(0, end - TOGETHER), end)]
            self.ask("updatePlaylist", once=True, playlistId=playlist, songIndexToRemove=places)

    def _add(self, playlist: str, songs: Sequence[str]) -> None:
        for begin in range(0, len(songs), TOGETHER):
            some = list(songs[begin : begin + TOGETHER])
            self.ask("updatePlaylist", once=True, playlistId=playlist, songIdToAdd=some)

    def _children(self) -> Iterator[Mapping[str, Any]]:
        found = paged(self._searched, _id_of)
        first = next(found, None)
        if first is None:  # older servers search for no empty words
            for album in paged(self._albums, _id_of):
                songs = mapping(self.ask("getAlbum", id=str(album["id"])).get("album")).get("song")
                yield from map(mapping, sequence(songs))
            return
        yield first
        yield from found

    def _searched(self, offset: int) -> tuple[list[Mapping[str, Any]], None]:
        answer = self.ask("search3", query="", artistCount=0, albumCount=0, songCount=PAGE, songOffset=offset)
        return [mapping(item) for item in sequence(mapping(answer.get("searchResult3")).get("song"))], None

    def _albums(self, offset: int) -> tuple[list[Mapping[str, Any]], None]:
        answer = self.ask("getAlbumList2", type="alphabeticalByName", size=PAGE, offset=offset)
        found = [mapping(item) for item in sequence(mapping(answer.get("albumList2")).get("album"))]
        return [album for album in found if server_id(album.get("id"))], None

    def _signed(self, parameters: Mapping[str, str | int | Sequence[str]]) -> dict[str, Any]:
        common: dict[str, Any] = {"v": _VERSION, "c": "reelscore", "f": "json", **parameters}
        if self._api_key:
            return {**common, "apiKey": self._api_key}
        salt = secrets.token_hex(8)
        # The API prescribes MD5.
        token = hashlib.md5((self._password + salt).encode(), usedforsecurity=False).hexdigest()
        return {**common, "u": self.user, "t": token, "s": salt}

    def _opened(self, answer: object) -> Mapping[str, Any]:
        found = mapping(mapping(answer).get("subsonic-response"))
        if not found:
            raise SourceError("what answers there is no music server that speaks OpenSubsonic")
        if found.get("status") == "ok":
            return found
        raise _refusal(mapping(found.get("error")).get("code"))


def parse_child(item: Mapping[str, Any], *, url: str) -> ServerSong | TrackIssue:
    """A song as a server at an address describes it (`Child`), or why it is none. Takes anything."""
    song = server_id(item.get("id"))
    title = clean(item.get("title"))
    named = [text for one in sequence(item.get("artists")) if (text := clean(mapping(one).get("name")))]
    artists = tuple(dict.fromkeys(named)) or split_artists(clean(item.get("artist")) or "")
    if song is None:
        return no_song(title, artists, song, "has no id")
    kind = clean(item.get("type")) or "music"
    if item.get("isDir") is True or item.get("isVideo") is True or kind != "music":
        what = "folder" if item.get("isDir") is True else "video" if item.get("isVideo") is True else kind
        return no_song(title, artists, song, f"a {what}, not a song")
    genres = [clean(mapping(one).get("name")) or "" for one in sequence(item.get("genres"))]
    isrc = [text for one in sequence(item.get("isrc")) if (text := clean(one))]
    plays, rating = number(item.get("playCount")), number(item.get("userRating"), up_to=5)
    size, path, starred = item.get("size"), item.get("path"), clean(item.get("starred"))
    return ServerSong(
        id=song,
        uri=f"{url}/rest/stream?id={song}",
        title=title,
        artists=artists,
        album=clean(item.get("album")),
        genre=join_genres([*genres, clean(item.get("genre")) or ""]),
        year=year(item.get("year")),
        duration=number(item.get("duration"), up_to=LONGEST_SONG),
        isrc=isrc[0] if isrc else None,
        path=path if isinstance(path, str) else None,
        size=size if isinstance(size, int) else None,
        suffix=clean(item.get("suffix")),
        is_starred=starred is not None,
        labels={
            "starred": starred,
            "played": clean(item.get("played")),
            "plays": None if plays is None else str(round(plays)),
            "rating": None if rating is None else str(round(rating)),
            "musicbrainz_id": clean(item.get("musicBrainzId")),
        },
    )


def _id_of(item: Mapping[str, Any]) -> str:
    return str(item.get("id"))


def _refusal(code: object) -> Exception:
    """What the code of a refusal means; the server's own words are anything at all, and are left out."""
    kind, text = _REFUSALS.get(
        code if isinstance(code, int) else -1, (SourceError, f"failed (code {str(code)[:20]})")
    )
    return kind(f"the music server {text}")


def _refusal_in(head: bytes) -> Exception | None:
    """The refusal that the beginning of a file is, if it is no sound."""
    text = head.lstrip()
    if text.startswith(b"{"):
        try:
            document = json.loads(text)
        except ValueError:
            return None
        found = mapping(mapping(document).get("subsonic-response"))
        return _refusal(mapping(found.get("error")).get("code")) if found else None
    if text.startswith(b"<") and b"subsonic-response" in text:
        code = re.search(rb'code="(\d{1,4})"', text)
        return _refusal(int(code[1]) if code else None)
    return None

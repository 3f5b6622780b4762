"""A music server on this machine that speaks OpenSubsonic as published, with the faults that a test wants."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from fake_web import Answer, FakeWeb, Request, as_json, music

USER, PASSWORD, KEY = "ada", "s3cr3t-w0rd", "key-4711"


def child(number: int, **changes: Any) -> dict[str, Any]:
    """One song (`Child`); a change to None leaves the field out."""
    song = {
        "id": f"so-{number}",
        "parent": f"al-{number // 10}",
        "isDir": False,
        "isVideo": False,
        "type": "music",
        "title": f"Pressure No. {number}",
        "album": "Fronts",
        "albumId": f"al-{number // 10}",
        "artist": "The Weather • Ada Rain",
        "artists": [{"id": "ar-1", "name": "The Weather"}, {"id": "ar-2", "name": "Ada Rain"}],
        "genres": [{"name": "Ambient"}, {"name": "Electronic"}],
        "genre": "Ambient",
        "year": 2017,
        "duration": 215,
        "suffix": "m4a",
        "contentType": "audio/mp4",
        "path": f"The Weather/Fronts/{number:02d} Pressure.m4a",
        "playCount": number,
        "isrc": ["DEA621700123"],
        "starred": "2026-02-01T10:00:00Z",
        "musicBrainzId": "",
    }
    return {name: value for name, value in (song | changes).items() if value is not None}


def ok(**parts: Any) -> Answer:
    shared = {"status": "ok", "version": "1.16.1", "type": "fake", "serverVersion": "1", "openSubsonic": True}
    return as_json({"subsonic-response": shared | parts})


def failed(code: int) -> Answer:
    error = {"code": code, "message": "some words <b>of the server</b>"}
    return as_json({"subsonic-response": {"status": "failed", "version": "1.16.1", "error": error}})


@dataclass
class MusicServer:
    """Songs, playlists, and what was fetched."""

    web: FakeWeb
    songs: list[dict[str, Any]]
    sound: Callable[[str], bytes] = lambda song: music(int(song.rpartition("-")[2]), 3.0)
    searches_empty: bool = True  # older servers find nothing for empty words
    playlists: dict[str, tuple[str, list[str]]] = field(default_factory=dict)  # id -> name, songs
    fetched: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.web.routes["/rest/"] = self.answer

    def calls(self) -> list[str]:
        """Names of what was asked, in order."""
        return [request.path.split("/")[2].removesuffix(".view") for request in self.web.seen]

    def answer(self, request: Request) -> Answer:
        query, lists = request.query, request.lists
        call = request.path.split("/")[2].removesuffix(".view")
        if (code := self._refused(query)) is not None:
            return failed(code)
        if call == "search3":
            begin, count = int(query["songOffset"]), int(query["songCount"])
            page = self.songs[begin : begin + count] if self.searches_empty else []
            return ok(searchResult3={"song": page} if page else {})
        if call == "getAlbumList2":
            ids = sorted({song["albumId"] for song in self.songs})[int(query["offset"]) :][
                : int(query["size"])
            ]
            return ok(albumList2={"album": [{"id": one} for one in ids]})
        if call == "getAlbum":
            return ok(album={"song": [song for song in self.songs if song["albumId"] == query["id"]]})
        if call == "stream":
            if query["id"] not in {song["id"] for song in self.songs}:
                return failed(70)
            self.fetched.append(query["id"])
            return Answer(self.sound(query["id"]), headers={"Content-Type": "audio/mp4"})
        if call == "getPlaylists":
            rows = [{"id": one, "name": name, "owner": USER} for one, (name, _) in self.playlists.items()]
            return ok(playlists={"playlist": [*rows, {"id": "0", "name": "Calm", "owner": "bob"}]})
        if call == "getPlaylist":
            name, songs = self.playlists[query["id"]]
            return ok(
                playlist={"id": query["id"], "name": name, "entry": [child(0, id=one) for one in songs]}
            )
        if call == "createPlaylist":
            one = query.get("playlistId", f"pl-{len(self.playlists) + 1}")
            name = query.get("name") or self.playlists[one][0]
            self.playlists[one] = name, lists["songId"]
            return ok(playlist={"id": one, "name": name})
        if call == "updatePlaylist":
            name, songs = self.playlists[query["playlistId"]]
            out = {int(place) for place in lists.get("songIndexToRemove", [])}
            songs = [song for place, song in enumerate(songs) if place not in out]
            self.playlists[query["playlistId"]] = name, songs + lists.get("songIdToAdd", [])
            return ok()
        if call == "tokenInfo":
            return ok(tokenInfo={"username": USER})
        return failed(0)

    def _refused(self, query: dict[str, str]) -> int | None:
        if not {"v", "c", "f"} <= query.keys():
            return 10
        if "apiKey" in query:
            return None if query["apiKey"] == KEY and "u" not in query else 44
        wanted = hashlib.md5((PASSWORD + query.get("s", "")).encode()).hexdigest()
        return None if query.get("u") == USER and query.get("t") == wanted else 40

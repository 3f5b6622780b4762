"""Jellyfin and Plex on this machine, as far as a source and its playlists ask them, and their faults.

The shapes follow Jellyfin's OpenAPI document and source, and what clients of Plex read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from fake_web import Answer, FakeWeb, Request, as_json, music

USER, PASSWORD, TOKEN = "ada", "s3cr3t-w0rd", "tok-4711"
OWNER = "a" * 32


def sound_of(number: int) -> bytes:
    return music(number, 3.0)


@dataclass
class Jellyfin:
    """Songs by number, playlists by id, and what was fetched."""

    web: FakeWeb
    numbers: list[int]
    changes: dict[int, dict[str, Any]] = field(default_factory=dict)
    sound: Callable[[int], bytes] = sound_of
    playlists: dict[str, tuple[str, list[str]]] = field(default_factory=dict)
    fetched: list[str] = field(default_factory=list)
    tokens: set[str] = field(default_factory=lambda: {TOKEN})
    is_api_key: bool = False

    def __post_init__(self) -> None:
        self.web.routes["/"] = self.answer

    @staticmethod
    def id_of(number: int) -> str:
        return f"{number:032x}"

    @staticmethod
    def starred(is_starred: bool) -> dict[str, Any]:
        return {"UserData": {"IsFavorite": is_starred, "PlayCount": 7}}

    def item(self, number: int) -> dict[str, Any]:
        path = f"/music/The Weather/Fronts/{number:02d} Pressure.m4a"
        item = {
            "Id": self.id_of(number),
            "Name": f"Pressure No. {number}",
            "Type": "Audio",
            "Artists": ["The Weather", "Ada Rain"],
            "Album": "Fronts",
            "Genres": ["Ambient", "Electronic"],
            "ProductionYear": 2017,
            "RunTimeTicks": 2_150_000_000,
            "Path": path,
            "MediaSources": [{"Path": path, "Container": "mov,mp4,m4a"}],
            "ProviderIds": {"MusicBrainzTrack": "mb-1"},
            "UserData": {"IsFavorite": False, "PlayCount": 7, "LastPlayedDate": "2026-02-01T10:00:00Z"},
        }
        return item | self.changes.get(number, {})

    def page(self, begin: int, end: int) -> Answer:
        items = [self.item(number) for number in self.numbers[begin:end]]
        return as_json({"Items": items, "TotalRecordCount": len(self.numbers), "StartIndex": begin})

    def answer(self, request: Request) -> Answer:
        body = json.loads(request.body or b"{}")
        if request.path == "/Users/AuthenticateByName":
            if (body["Username"], body["Pw"]) != (USER, PASSWORD):
                return Answer(status=401)
            self.tokens.add(fresh := f"{TOKEN}-{len(self.web.seen)}")
            return as_json({"AccessToken": fresh, "User": {"Id": OWNER, "Name": USER}})
        token = re.search(r'MediaBrowser .*Token="([^"]+)"', request.headers.get("Authorization", ""))
        if token is None or token[1] not in self.tokens:
            return Answer(status=401)
        if request.path == "/Users/Me":
            return Answer(status=400) if self.is_api_key else as_json({"Id": OWNER, "Name": USER})
        if found := re.fullmatch(r"/Audio/(\w{32})/stream", request.path):
            self.fetched.append(found[1])
            return Answer(self.sound(int(found[1], 16))) if request.query["static"] == "true" else Answer()
        if request.query.get("userId") != OWNER:
            return Answer(status=400)
        if request.path == "/Items" and request.query["includeItemTypes"] == "Audio":
            begin = int(request.query["startIndex"])
            return self.page(begin, begin + int(request.query["limit"]))
        if request.path == "/Items":
            rows = [{"Id": one, "Name": name, "CanDelete": True} for one, (name, _) in self.playlists.items()]
            return as_json({"Items": [*rows, {"Id": "0" * 32, "Name": "Calm", "CanDelete": False}]})
        if request.path == "/Playlists":
            one = f"{len(self.playlists) + 1:032x}"
            self.playlists[one] = body["Name"], body["Ids"]
            return as_json({"Id": one})
        one = request.path.split("/")[2]
        if request.method == "POST":
            self.playlists[one] = self.playlists[one][0], body["Ids"]
            return Answer(status=204)
        return as_json({"Items": [{"Id": song, "PlaylistItemId": song} for song in self.playlists[one][1]]})


@dataclass
class Plex:
    """Songs by number, playlists by id with a number of each entry, and what was fetched."""

    web: FakeWeb
    numbers: list[int]
    changes: dict[int, dict[str, Any]] = field(default_factory=dict)
    sound: Callable[[int], bytes] = sound_of
    lists: dict[str, tuple[str, list[tuple[int, str]]]] = field(default_factory=dict)
    fetched: list[str] = field(default_factory=list)
    entries: int = 0

    def __post_init__(self) -> None:
        self.web.routes["/"] = self.answer

    @property
    def playlists(self) -> dict[str, tuple[str, list[str]]]:
        return {one: (name, [song for _, song in songs]) for one, (name, songs) in self.lists.items()}

    @staticmethod
    def id_of(number: int) -> str:
        return str(1000 + number)

    @staticmethod
    def starred(is_starred: bool) -> dict[str, Any]:
        return {"userRating": 10.0 if is_starred else 4.0}

    def item(self, number: int) -> dict[str, Any]:
        path = f"/music/The Weather/Fronts/{number:02d} Pressure.m4a"
        part = {"id": number, "key": f"/library/parts/{number}/1700000000/file.m4a", "file": path}
        item = {
            "ratingKey": self.id_of(number),
            "type": "track",
            "title": f"Pressure No. {number}",
            "grandparentTitle": "The Weather",
            "originalTitle": "The Weather;Ada Rain",
            "parentTitle": "Fronts",
            "parentYear": 2017,
            "duration": 215_000,
            "viewCount": 7,
            "lastViewedAt": 1_770_000_000,
            "Genre": [{"tag": "Ambient"}, {"tag": "Electronic"}],
            "Guid": [{"id": "mbid://mb-1"}],
            "Media": [{"container": "mp4", "Part": [part | {"container": "mp4"}]}],
        }
        return item | self.changes.get(number, {})

    def page(self, begin: int, end: int) -> Answer:
        items = [self.item(number) for number in self.numbers[begin:end]]
        return _held(Metadata=items, totalSize=len(self.numbers), offset=begin)

    def answer(self, request: Request) -> Answer:
        query, parts = request.query, request.path.strip("/").split("/")
        if request.path == "/identity":
            return _held(machineIdentifier="m4ch1n3")
        if request.headers.get("X-Plex-Token") != TOKEN or request.headers.get("Accept") is None:
            return Answer(status=401)
        if parts[:2] == ["library", "parts"]:
            self.fetched.append(self.id_of(int(parts[2])))
            return Answer(self.sound(int(parts[2])))
        if request.headers["Accept"] != "application/json":
            return Answer(b"<MediaContainer/>")
        if request.path == "/library/sections":
            return _held(Directory=[{"key": "1", "type": "movie"}, {"key": "2", "type": "artist"}])
        if request.path == "/library/sections/2/all" and query["type"] == "10":
            begin = int(query["X-Plex-Container-Start"])
            return self.page(begin, begin + int(query["X-Plex-Container-Size"]))
        if request.path == "/playlists" and request.method == "GET":
            rows = [{"ratingKey": one, "title": name} for one, (name, _) in self.lists.items()]
            return _held(Metadata=[*rows, {"ratingKey": "0", "title": "Calm", "smart": True}])
        if request.path == "/playlists":
            self.lists[str(len(self.lists) + 1)] = query["title"], self._named(query["uri"])
            return _held(Metadata=[{"ratingKey": str(len(self.lists)), "title": query["title"]}])
        name, songs = self.lists[parts[1]]
        if request.method == "PUT":
            self.lists[parts[1]] = name, songs + self._named(query["uri"])
        elif request.method == "DELETE":
            self.lists[parts[1]] = name, [(entry, song) for entry, song in songs if str(entry) != parts[3]]
            return Answer()
        rows = [{"ratingKey": song, "playlistItemID": entry} for entry, song in self.lists[parts[1]][1]]
        return _held(Metadata=rows)

    def _named(self, uri: str) -> list[tuple[int, str]]:
        songs = uri.removeprefix("server://m4ch1n3/com.plexapp.plugins.library/library/metadata/").split(",")
        self.entries += len(songs)
        return list(enumerate(songs, self.entries - len(songs)))


def _held(**parts: Any) -> Answer:
    return as_json({"MediaContainer": parts})

"""A server on this machine that speaks for iTunes and YouTube, with every fault that a test wants.

The shapes of the answers follow what the services document; the songs in them do not exist.
"""

from __future__ import annotations

import functools
import io
import json
import re
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import av
import numpy as np


@dataclass(frozen=True)
class Request:
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    at: float
    lists: Mapping[str, list[str]] = field(default_factory=dict)  # of what was given several times
    body: bytes = b""
    method: str = "GET"


@dataclass(frozen=True)
class Answer:
    """One answer. `cut_after`: the connection is closed after so many bytes of the body."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    cut_after: int | None = None
    wait: float = 0.0  # seconds before anything is sent
    drip: float = 0.0  # seconds between any two bytes of the body
    length: bool = True  # whether the length is stated


def as_json(document: object, status: int = 200, **headers: str) -> Answer:
    return Answer(json.dumps(document).encode(), status, {"Content-Type": "application/json", **headers})


Route = Callable[[Request], Answer]


@dataclass
class FakeWeb:
    """What is served under each path, which answers come first, and what was asked."""

    port: int = 0
    routes: dict[str, Route] = field(default_factory=dict)  # longest matching beginning of a path counts
    first: dict[str, list[Answer]] = field(default_factory=lambda: defaultdict(list))  # by exact path
    seen: list[Request] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def asked(self, path: str) -> list[Request]:
        return [request for request in self.seen if request.path == path]

    def answer(self, request: Request) -> Answer:
        self.seen.append(request)
        if self.first[request.path]:
            return self.first[request.path].pop(0)
        fitting = [path for path in self.routes if request.path.startswith(path)]
        return self.routes[max(fitting, key=len)](request) if fitting else Answer(status=404)


@contextmanager
def serve_web(web: FakeWeb) -> Iterator[FakeWeb]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(web))
    server.daemon_threads = True
    web.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield web
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(web: FakeWeb) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            request = Request(
                parts.path,
                dict(parse_qsl(parts.query)),
                dict(self.headers),
                time.monotonic(),
                parse_qs(parts.query),
                self.rfile.read(int(self.headers.get("Content-Length") or 0)),
                self.command,
            )
            self._send(web.answer(request))

        def do_HEAD(self) -> None:
            self.do_GET()

        def do_POST(self) -> None:
            self.do_GET()

        def do_PUT(self) -> None:
            self.do_GET()

        def do_DELETE(self) -> None:
            self.do_GET()

        def log_message(self, *_: object) -> None:
            pass

        def _send(self, answer: Answer) -> None:
            time.sleep(answer.wait)
            self.close_connection = True
            try:
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                if answer.length:
                    self.send_header("Content-Length", str(len(answer.body)))
                self.send_header("Connection", "close")
                self.end_headers()
                if self.command == "HEAD":
                    return
                body = answer.body[: answer.cut_after]
                if not answer.drip:
                    self.wfile.write(body)
                    return
                for byte in body:
                    self.wfile.write(bytes([byte]))
                    self.wfile.flush()
                    time.sleep(answer.drip)
            except OSError:  # the client had enough
                pass

    return Handler


# --- sound -------------------------------------------------------------------------------------------


@functools.cache
def music(seed: int, seconds: float = 6.0) -> bytes:
    """An m4a with some chords, another for every seed, as previews are."""
    rng = np.random.default_rng(seed)
    rate = 44_100
    times = np.arange(int(rate * seconds)) / rate
    sound = np.zeros_like(times)
    for beat in range(int(seconds * 2)):
        since = times - beat / 2
        tone = np.sin(2 * np.pi * 110 * 2 ** (rng.integers(0, 24) / 12) * since)
        sound += np.where(since >= 0, tone * np.exp(-3 * np.clip(since, 0, None)), 0)
    samples = (sound / np.abs(sound).max() * 20_000).astype(np.int16)[None, :]
    file = io.BytesIO()
    with av.open(file, "w", format="ipod") as container:
        stream: Any = container.add_stream("aac", rate=rate, layout="mono")
        frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
        frame.sample_rate = rate
        resampler = av.AudioResampler(stream.format.name, "mono", rate, 1024)
        for piece in [*resampler.resample(frame), *resampler.resample(None), None]:
            container.mux(stream.encode(piece))
    return file.getvalue()


def sound(request: Request) -> Answer:
    """Music for any path, by the number in its last part."""
    number = re.search(r"\d+", request.path.rpartition("/")[2])
    return Answer(music(int(number[0]) if number else 0), headers={"Content-Type": "audio/mp4"})


# --- iTunes ------------------------------------------------------------------------------------------


def itunes_song(web: FakeWeb, number: int, **changes: Any) -> dict[str, Any]:
    """One result; a change to None leaves the field out."""
    song = {
        "wrapperType": "track",
        "kind": "song",
        "artistId": 7_000_000 + number % 5,
        "collectionId": 8_000_000 + number // 10,
        "trackId": 9_000_000 + number,
        "artistName": "The Weather feat. Ada Rain",
        "collectionName": "Fronts (Deluxe)",
        "trackName": f"Pressure No. {number}",
        "collectionCensoredName": "Fronts (Deluxe)",
        "artistViewUrl": "https://music.apple.com/us/artist/the-weather/7000001",
        "trackViewUrl": f"https://music.apple.com/us/album/fronts/8000000?i={9_000_000 + number}&uo=4",
        "previewUrl": f"{web.url}/preview/{number}.p.m4a",
        "artworkUrl30": f"{web.url}/image/{number}.jpg/30x30bb.jpg",
        "artworkUrl100": f"{web.url}/image/{number}.jpg/100x100bb.jpg",
        "collectionPrice": 9.99,
        "trackPrice": 1.29,
        "releaseDate": "2017-03-24T12:00:00Z",
        "trackExplicitness": "notExplicit",
        "discCount": 1,
        "trackNumber": number,
        "trackTimeMillis": 215_427,
        "country": "USA",
        "currency": "USD",
        "primaryGenreName": "Alternative",
        "isStreamable": True,
    }
    return {name: value for name, value in (song | changes).items() if value is not None}


def itunes(web: FakeWeb, songs: Callable[[str], list[dict[str, Any]]]) -> Route:
    """A search that answers page by page with what `songs` has for the term."""

    def search(request: Request) -> Answer:
        if request.query.get("country") == "XX":
            message = "Invalid value(s) for key(s): [country]"
            return as_json({"errorMessage": message, "queryParameters": {}}, 400)
        found = songs(request.query["term"])
        begin, limit = int(request.query.get("offset", 0)), int(request.query.get("limit", 50))
        page = found[begin : begin + limit]
        return as_json({"resultCount": len(page), "results": page})

    return search


# --- YouTube -----------------------------------------------------------------------------------------


def youtube_video(number: int, **changes: Any) -> dict[str, Any]:
    """One item of videos.list; changes are merged into the parts of their names."""
    video: dict[str, Any] = {
        "kind": "youtube#video",
        "etag": "x",
        "id": f"video_{number:05d}",
        "snippet": {
            "publishedAt": "2026-11-01T10:00:00Z",
            "channelId": "UC0",
            "title": f"Ada Rain - Cloud {number} (Official Video)",
            "description": "Out now.",
            "thumbnails": {
                "default": {"url": f"https://i.ytimg.com/vi/video_{number:05d}/default.jpg", "width": 120},
                "high": {"url": f"https://i.ytimg.com/vi/video_{number:05d}/hqdefault.jpg", "width": 480},
            },
            "channelTitle": "AdaRainVEVO",
            "categoryId": "10",
            "liveBroadcastContent": "none",
        },
        "contentDetails": {"duration": "PT3M35S", "dimension": "2d", "contentRating": {}},
        "statistics": {"viewCount": "123456", "likeCount": "99"},
        "status": {"uploadStatus": "processed", "privacyStatus": "public", "embeddable": True},
        "topicDetails": {
            "topicCategories": [
                "https://en.wikipedia.org/wiki/Music",
                "https://en.wikipedia.org/wiki/Electronic_music",
            ]
        },
    }
    for part, values in changes.items():
        video[part] = video[part] | values
    return video


def youtube(videos: list[dict[str, Any]], *, key: str = "") -> Route:
    """videos.list of a chart, page by page."""

    def answer(request: Request) -> Answer:
        if key and request.headers.get("X-Goog-Api-Key") != key:
            return google_error(400, "badRequest", "API key not valid.", detail="API_KEY_INVALID")
        begin = int(request.query.get("pageToken", "P0")[1:])
        size = int(request.query["maxResults"])
        page = {"kind": "youtube#videoListResponse", "items": videos[begin : begin + size]}
        if begin + size < len(videos):
            page["nextPageToken"] = f"P{begin + size}"
        return as_json(page | {"pageInfo": {"totalResults": len(videos), "resultsPerPage": size}})

    return answer


def google_error(
    status: int, reason: str, message: str = "no", *, detail: str = "", **headers: str
) -> Answer:
    error: dict[str, Any] = {
        "code": status,
        "message": message,
        "errors": [{"message": message, "domain": "global", "reason": reason}],
    }
    if detail:
        error["details"] = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": detail}]
    return as_json({"error": error}, status, **headers)

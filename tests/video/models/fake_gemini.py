"""A server on the loopback interface that speaks as much of Gemini's HTTP protocol as the SDK needs.

It knows one key. Requests are kept for the tests to look at. What it answers is scripted: each list of
behaviours is used up from its front, and then everything works.
"""

from __future__ import annotations

import contextlib
import json
import re
import socket
import struct
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from patience import PATIENCE_SECONDS

KEY = "AIzaSyTEST-key_that/must+never=be.seen0123456"

GOOD: dict[str, Any] = {
    "description": "Waves roll onto an empty beach at dawn; long, still shots.",
    "mood": "calm",
    "keywords": ["beach", "dawn", "waves"],
    "speech": False,
    "sections": [
        {"start": 0, "end": 2, "mood": "still", "energy": 0.1},
        {"start": 2, "end": 4, "mood": "opening", "energy": 0.3},
    ],
    "music_recommendation": "Slow ambient piano with soft pads.",
    "genre_suggestions": ["ambient", "neoclassical"],
    "instruments": ["piano", "pads"],
    "vocals": "none",
    "eras": ["2010s"],
    "avoid": ["drums"],
    "tempo": "Slow",
    "tempo_bpm": {"low": 60, "high": 80},
    "energy_level": "Low",
    "phrases": [
        {"text": "slow ambient piano", "weight": 1.0},
        {"text": "soft synthesizer pads", "weight": 0.6},
        {"text": "calm neoclassical", "weight": 0.5},
    ],
}
USAGE = {
    "promptTokenCount": 1000,
    "candidatesTokenCount": 300,
    "thoughtsTokenCount": 50,
    "totalTokenCount": 1350,
}


@dataclass(frozen=True)
class Call:
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    at: float

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def parts(self) -> list[dict[str, Any]]:
        """What a generate request is made of, with names as the documents spell them."""
        return [in_camel_case(part) for part in self.json["contents"][0]["parts"]]


def in_camel_case(value: Any) -> Any:
    """The API takes `mime_type` for `mimeType`, and the SDK sends a bit of both."""
    if not isinstance(value, dict):
        return value
    return {
        re.sub("_([a-z])", lambda found: found[1].upper(), name): in_camel_case(item)
        for name, item in value.items()
    }


Behaviour = Callable[["Handler"], None]


def saying(
    answer: Any = GOOD,
    *,
    finish: str | None = "STOP",
    usage: Mapping[str, int] | None = USAGE,
    **candidate: Any,
) -> Behaviour:
    """A model's answer: a text, or what is sent as JSON text."""
    text = answer if isinstance(answer, str) else json.dumps(answer)
    first: dict[str, Any] = {
        "content": {"role": "model", "parts": [{"text": text}] if text else []},
        **candidate,
    }
    if finish:
        first["finishReason"] = finish
    body: dict[str, Any] = {"candidates": [first], "modelVersion": "fake-flash-001"}
    if usage:
        body["usageMetadata"] = dict(usage)
    return body_of(body)


def body_of(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Behaviour:
    return lambda handler: handler.reply(status, body, headers)


def failing(
    status: int,
    message: str = "it failed",
    *,
    details: list[dict[str, Any]] | None = None,
    headers: Mapping[str, str] | None = None,
    key: str = KEY,
) -> Behaviour:
    """An error as the API words it; a careless server quotes the key in it."""
    error: dict[str, Any] = {"code": status, "message": f"{message}, key {key}", "status": "FAILED"}
    if details:
        error["details"] = details
    return body_of({"error": error}, status, headers)


def retry_info(delay: str) -> dict[str, Any]:
    return {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": delay}


def daily_quota() -> dict[str, Any]:
    return {
        "@type": "type.googleapis.com/google.rpc.QuotaFailure",
        "violations": [{"quotaId": "GenerateRequestsPerDayPerProjectPerModel-FreeTier"}],
    }


def resetting(handler: Handler) -> None:
    """The connection is torn down."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.rfile.close()
    handler.wfile.close()
    handler.connection.close()
    handler.close_connection = True


def hanging(handler: Handler) -> None:
    """Nothing comes back, until the test is over."""
    handler.fake.over.wait(PATIENCE_SECONDS)
    handler.close_connection = True


def dripping(handler: Handler) -> None:
    """An answer that never ends, a byte at a time: no read ever times out."""
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    for _ in range(400):
        if handler.fake.over.wait(0.05):
            break
        try:
            handler.wfile.write(b" ")
            handler.wfile.flush()
        except OSError:
            break
    handler.close_connection = True


def redirecting(place: str) -> Behaviour:
    return body_of({}, 307, {"Location": place})


@dataclass
class RemoteFile:
    name: str
    mime_type: str
    display_name: str | None
    data: bytes = b""
    states: list[str] = field(default_factory=lambda: ["ACTIVE"])


class FakeGemini:
    """The server and its script."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.generates: list[Behaviour] = []
        self.starts: list[Behaviour] = []
        self.chunks: list[Behaviour] = []
        self.gets: list[Behaviour] = []
        self.deletes: list[Behaviour] = []
        self.states: list[str] = ["ACTIVE"]  # of an uploaded file, one after the other
        self.lose_last_answer = False  # the upload ends well, but nobody hears of it
        self.files: dict[str, RemoteFile] = {}
        self.over = threading.Event()
        self.lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"fake": self}))
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self.over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def asked(self, kind: str) -> list[Call]:
        """The calls of a kind: "generate", "start", "chunk", "get", "delete"."""
        return [call for call in self.calls if kind_of(call.method, call.path) == kind]


def kind_of(method: str, path: str) -> str:
    if method == "DELETE":
        return "delete"
    if method == "GET":
        return "get"
    if path.endswith(":generateContent"):
        return "generate"
    return "chunk" if path.startswith("/session/") else "start"


class Handler(BaseHTTPRequestHandler):
    fake: FakeGemini
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        pass

    def handle(self) -> None:
        # The client went away, or the script tore the connection down.
        with contextlib.suppress(OSError, ValueError):
            super().handle()

    def finish(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            super().finish()

    def do_GET(self) -> None:
        self._take("GET")

    def do_POST(self) -> None:
        self._take("POST")

    def do_DELETE(self) -> None:
        self._take("DELETE")

    def reply(self, status: int, body: Any, headers: Mapping[str, str] | None = None) -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def _take(self, method: str) -> None:
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        kind = kind_of(method, self.path)
        fake = self.fake
        with fake.lock:
            fake.calls.append(Call(method, self.path, headers, self.body, time.monotonic()))
            script: list[Behaviour] = getattr(fake, f"{kind}s")
            behaviour = script.pop(0) if script else None
        if kind != "chunk" and headers.get("x-goog-api-key") != KEY:
            info = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}
            failing(400, "API key not valid", details=[info], key=headers.get("x-goog-api-key", ""))(self)
        elif behaviour is not None:
            behaviour(self)
        else:
            getattr(self, f"_{kind}")()

    def _generate(self) -> None:
        saying()(self)

    def _start(self) -> None:
        wanted = json.loads(self.body)["file"]
        file = RemoteFile(
            wanted["name"], self.headers["X-Goog-Upload-Header-Content-Type"], wanted.get("displayName")
        )
        file.states = list(self.fake.states)
        self.fake.files[file.name] = file
        place = f"{self.fake.url}session/{file.name}"
        self.reply(200, {}, {"X-Goog-Upload-URL": place, "X-Goog-Upload-Status": "active"})

    def _chunk(self) -> None:
        file = self.fake.files[self.path.removeprefix("/session/")]
        assert int(self.headers["X-Goog-Upload-Offset"]) == len(file.data)
        file.data += self.body
        if "finalize" not in self.headers["X-Goog-Upload-Command"]:
            self.reply(200, {}, {"X-Goog-Upload-Status": "active"})
        elif self.fake.lose_last_answer:
            self.fake.lose_last_answer = False
            resetting(self)
        else:
            self.reply(200, {"file": self._described(file)}, {"X-Goog-Upload-Status": "final"})

    def _get(self) -> None:
        file = self.fake.files.get(self.path.removeprefix("/v1beta/"))
        if file is None:
            failing(403, "You do not have permission to access the file or it may not exist")(self)
        else:
            self.reply(200, self._described(file))

    def _delete(self) -> None:
        if self.fake.files.pop(self.path.removeprefix("/v1beta/"), None) is None:
            failing(403, "You do not have permission to access the file or it may not exist")(self)
        else:
            self.reply(200, {})

    def _described(self, file: RemoteFile) -> dict[str, Any]:
        state = file.states.pop(0) if len(file.states) > 1 else file.states[0]
        described: dict[str, Any] = {
            "name": file.name,
            "uri": f"{self.fake.url}v1beta/{file.name}",
            "mimeType": file.mime_type,
            "sizeBytes": str(len(file.data)),
            "state": state,
        }
        if state == "FAILED":
            described["error"] = {"code": 3, "message": f"the codec <b>xyz</b> is unknown, key {KEY}"}
        return described

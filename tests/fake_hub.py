"""A server that speaks the part of the hub's protocol that downloads need.

Large files (here: *.onnx) are answered as the hub does with LFS: a redirect to another host, with the
SHA-256 as ETag; small ones directly, with git's SHA-1. Faults are switched on by the tests.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass(frozen=True)
class Seen:
    """One request."""

    method: str
    host: str
    path: str
    range: str | None
    authorization: str | None


@dataclass
class FakeHub:
    """What is served, what goes wrong, and what was asked."""

    repositories: dict[str, Mapping[str, bytes]] = field(default_factory=dict)
    port: int = 0
    seen: list[Seen] = field(default_factory=list)
    cut_after: dict[str, int] = field(default_factory=dict)  # path -> bytes, for one answer
    corrupt: set[str] = field(default_factory=set)  # paths whose bytes are wrong, under the right checksum
    refuse: dict[str, tuple[int, str]] = field(default_factory=dict)  # repository -> status, error code
    token: str | None = None  # who wants a file must show it

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def gets(self, suffix: str) -> list[Seen]:
        """The requests for the bytes of a file."""
        return [item for item in self.seen if item.method == "GET" and suffix in item.path]


@contextmanager
def serve_hub(hub: FakeHub) -> Iterator[FakeHub]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(hub))
    hub.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def git_sha1(data: bytes) -> str:
    return hashlib.sha1(f"blob {len(data)}\0".encode() + data).hexdigest()


def _handler(hub: FakeHub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_HEAD(self) -> None:
            self._answer()

        def do_GET(self) -> None:
            self._answer()

        def log_message(self, *_: object) -> None:
            pass

        def _answer(self) -> None:
            host = self.headers.get("Host", "")
            hub.seen.append(
                Seen(
                    self.command,
                    host,
                    self.path,
                    self.headers.get("Range"),
                    self.headers.get("Authorization"),
                )
            )
            if self.path.startswith("/cdn/"):
                self._send_bytes(self.path.removeprefix("/cdn/").partition("?")[0])
                return
            repository, _, rest = self.path.lstrip("/").partition("/resolve/")
            revision, _, path = rest.partition("/")
            files = hub.repositories.get(repository, {})
            if repository in hub.refuse:
                self._fail(*hub.refuse[repository])
            elif repository not in hub.repositories:
                self._fail(401, "RepoNotFound")
            elif hub.token and self.headers.get("Authorization") != f"Bearer {hub.token}":
                self._fail(401, "GatedRepo")
            elif revision not in ("main", COMMIT):
                self._fail(404, "RevisionNotFound")
            elif path not in files:
                self._fail(404, "EntryNotFound")
            elif path.endswith(".onnx"):
                self._redirect(repository, path, files[path])
            else:
                self._send_bytes(f"{repository}/{path}", git_sha1(files[path]))

        def _redirect(self, repository: str, path: str, data: bytes) -> None:
            self.send_response(302)
            self.send_header("X-Repo-Commit", COMMIT)
            self.send_header("X-Linked-Etag", f'"{hashlib.sha256(data).hexdigest()}"')
            self.send_header("X-Linked-Size", str(len(data)))
            # Another host, as the hub's own store is: the token must not travel there.
            self.send_header(
                "Location", f"http://localhost:{hub.port}/cdn/{repository}/{path}?signature=s3cret"
            )
            self.send_header("Content-Length", "0")
            self.end_headers()

        def _send_bytes(self, name: str, etag: str | None = None) -> None:
            repository, path = "/".join(name.split("/")[:2]), "/".join(name.split("/")[2:])
            data = hub.repositories[repository][path]
            if path in hub.corrupt:
                data = data[:-1] + bytes([data[-1] ^ 1])
            begin = 0
            asked = self.headers.get("Range")
            if asked:
                begin = int(asked.removeprefix("bytes=").split("-")[0])
                self.send_response(206)
                self.send_header("Content-Range", f"bytes {begin}-{len(data) - 1}/{len(data)}")
            else:
                self.send_response(200)
            self.send_header("Accept-Ranges", "bytes")
            self.send_header("Content-Length", str(len(data) - begin))
            if etag:
                self.send_header("ETag", f'"{etag}"')
                self.send_header("X-Repo-Commit", COMMIT)
            self.end_headers()
            if self.command == "HEAD":
                return
            cut = hub.cut_after.pop(path, None)
            body = data[begin:]
            if cut is not None:
                self.wfile.write(body[:cut])
                self.wfile.flush()
                self.close_connection = True
                self.connection.close()
                return
            for start in range(0, len(body), 1 << 16):
                self.wfile.write(body[start : start + (1 << 16)])

        def _fail(self, status: int, code: str) -> None:
            self.send_response(status)
            if code:
                self.send_header("X-Error-Code", code)
            self.send_header("Content-Length", "0")
            self.end_headers()

    return Handler

"""A Qdrant server on this machine, as far as reelscore can tell.

It speaks the REST routes of Qdrant over the local mode of its client, answers exactly, and has every fault
that a test wants. Several processes may use it at once; with a folder it keeps what it has over a restart,
also after a kill. In a process of its own:

    python tests/qdrant_server.py --port 0 --path FOLDER --api-key KEY

prints its address in the first line. There, faults are ordered over the wire: POST /faults takes the fields
of `Fault`, DELETE /faults forgets them.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import re
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, cast
from urllib.parse import unquote, urlsplit

import numpy as np
import pydantic
from qdrant_client import QdrantClient
from qdrant_client import models as wire
from qdrant_client.local import distances

from reelscore.config import Settings
from reelscore.index.qdrant.connection import Connection, ServerOptions
from reelscore.index.qdrant.index import ServerIndex
from reelscore.wiring import Wiring

VERSION = importlib.metadata.version("qdrant-client")
EXTRAS = "reelscore-extras.json"  # what the local mode does not keep


def score_row_by_row(query: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """Cosines as the server computes them: equal vectors score equally, wherever they lie."""
    lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    scores = np.einsum("ij,j->i", vectors, query / (np.linalg.norm(query) or 1.0))
    return (scores / np.where(lengths > 0.0, lengths, 1.0)).astype(np.float32)


def exact_local_client(path: Path | None = None) -> QdrantClient:
    """The local mode, in memory or in a folder. It is for one thread at a time."""
    # Its own product of matrices rounds a row by its place, so equal songs would not tie as on a server.
    distances.cosine_similarity = score_row_by_row
    if path is None:
        return QdrantClient(":memory:")
    client = QdrantClient(path=str(path), force_disable_check_same_thread=True)
    for collection in client._client.collections.values():
        _without_sync(collection)
    return client


class LocalClient:
    """The local mode for several threads, and without a word on what has no effect in it."""

    def __init__(self, client: QdrantClient) -> None:
        self._client = client
        self._lock = threading.RLock()

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._client, name)

        def call(*positional: Any, **named: Any) -> Any:
            named.pop("search_params", None)
            with self._lock:
                return method(*positional, **named)

        return call

    def query_batch_points(self, name: str, requests: list[wire.QueryRequest]) -> Any:
        plain = [request.model_copy(update={"params": None}) for request in requests]
        with self._lock:
            return self._client.query_batch_points(name, plain)

    def create_payload_index(self, *positional: Any, **named: Any) -> None:
        """Nothing: a filter looks at every point."""


def open_local_index(name: str, dim: int, **options: Any) -> ServerIndex:
    """A `ServerIndex` on the local mode in memory."""
    client = cast(QdrantClient, LocalClient(exact_local_client()))
    return ServerIndex(Connection(ServerOptions("http://in-memory", **options), client), name, dim)


def local_qdrant_wiring(home: Path, **settings: Any) -> Wiring:
    """The library under `home` with a Qdrant server, which is the local mode in memory, and empty."""
    wiring = Wiring(Settings(home=home, QDRANT_URL="http://in-memory", **settings))
    client = cast(QdrantClient, LocalClient(exact_local_client()))
    wiring.__dict__["qdrant"] = Connection(ServerOptions("http://in-memory"), client)
    return wiring


def open_remote_index(url: str, name: str, dim: int, **options: Any) -> ServerIndex:
    """A `ServerIndex` on a server, which waits little before it tries again."""
    options = {"backoff_seconds": 0.01, **options}
    return ServerIndex(Connection(ServerOptions(url, **options)), name, dim)


def _without_sync(collection: Any) -> None:
    # A killed process loses nothing with this, and a write does not wait for the disk point by point.
    collection.storage.storage.execute("PRAGMA journal_mode=WAL")
    collection.storage.storage.execute("PRAGMA synchronous=OFF")


@dataclass
class Fault:
    """What goes wrong with the next `times` requests whose "METHOD path" contains `where`.

    `kind`: "refuse" (the connection is closed at once), "cut" (in the middle of the answer), "slow"
    (`seconds` before the answer), or "status" (`status` is answered). With "refuse" and "status" nothing is
    done, unless it fails `after` that.
    """

    kind: str = "status"
    status: int = 503
    times: int = 1
    where: str = ""
    seconds: float = 0.0
    after: bool = False


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    size: int  # bytes of the body
    body: Any
    headers: Mapping[str, str]


class RefusedError(Exception):
    """A request that is answered with an error."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass
class QdrantServer:
    """The state behind the routes."""

    path: Path | None = None
    api_key: str | None = None
    url: str = ""
    faults: list[Fault] = field(default_factory=list)
    seen: list[Request] = field(default_factory=list)
    keep_seen: bool = True
    lock: threading.RLock = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        self.client = exact_local_client(self.path)
        extras = self.path / EXTRAS if self.path else None
        self.extras: dict[str, dict[str, Any]] = (
            json.loads(extras.read_text()) if extras and extras.is_file() else {}
        )

    def asked(self, where: str) -> list[Request]:
        return [request for request in self.seen if where in f"{request.method} {request.path}"]

    def close(self) -> None:
        with self.lock:
            self.client.close()

    # --- faults ---

    def fault(self, request: Request) -> Fault | None:
        with self.lock:
            for fault in self.faults:
                if fault.times > 0 and fault.where in f"{request.method} {request.path}":
                    fault.times -= 1
                    return fault
        return None

    # --- routes ---

    def answer(self, request: Request) -> Any:
        method, path, body = request.method, request.path, request.body
        if path == "/faults":
            if method == "DELETE":
                self.faults.clear()
            else:
                self.faults.append(Fault(**body))
            return True
        if path in ("/", "/healthz", "/readyz", "/livez"):
            return {"title": "qdrant - vector search engine", "version": VERSION}
        if self.api_key is not None and request.headers.get("api-key") != self.api_key:
            raise RefusedError(401, "Must provide an API key or an Authorization bearer token")
        if path == "/collections" and method == "GET":
            return self.client.get_collections().model_dump(mode="json")
        known = re.fullmatch(r"/collections/([^/]+)(/.*)?", path)
        if not known:
            raise RefusedError(404, "no such route")
        name, rest = unquote(known[1]), known[2] or ""
        if (method, rest) == ("GET", "/exists"):
            return {"exists": self.client.collection_exists(name)}
        if (method, rest) == ("PUT", ""):
            return self._create(name, body)
        if (method, rest) == ("DELETE", ""):
            self.extras.pop(name, None)
            self._save_extras()
            return self.client.delete_collection(name)
        if not self.client.collection_exists(name):
            raise RefusedError(404, f"Not found: Collection `{name}` doesn't exist!")
        route = f"{method} {rest}"
        if route.startswith("DELETE /index/"):
            self.extras[name]["schema"].pop(unquote(rest.removeprefix("/index/")), None)
            self._save_extras()
            return _done()
        handlers = {
            "GET ": self._info,
            "PATCH ": self._change,
            "PUT /index": self._index_field,
            "PUT /points": self._upsert,
            "POST /points": self._retrieve,
            "POST /points/delete": self._delete,
            "POST /points/count": self._count,
            "POST /points/scroll": self._scroll,
            "POST /points/query": self._query,
            "POST /points/query/batch": self._query_batch,
        }
        if route not in handlers:
            raise RefusedError(404, f"this server does not speak {route!r}")
        return handlers[route](name, body)

    def _create(self, name: str, body: Any) -> bool:
        if self.client.collection_exists(name):
            raise RefusedError(409, f"Wrong input: Collection `{name}` already exists!")
        asked = wire.CreateCollection.model_validate(body)
        self.client.create_collection(name, vectors_config=asked.vectors)
        if self.path:
            _without_sync(self.client._client.collections[name])
        self.extras[name] = {"schema": {}, "config": body}
        self._save_extras()
        return True

    def _info(self, name: str, body: Any) -> Any:
        info = self.client.get_collection(name).model_dump(mode="json", exclude_none=True)
        kept = self.extras[name]
        info["config"]["quantization_config"] = kept["config"].get("quantization_config")
        info["config"]["params"]["vectors"] = kept["config"]["vectors"]
        info["payload_schema"] = {
            key: {"data_type": params["type"], "params": params, "points": info["points_count"]}
            for key, params in kept["schema"].items()
        }
        return info

    def _change(self, name: str, body: Any) -> bool:
        wire.UpdateCollection.model_validate(body)
        config = self.extras[name]["config"]
        for key, value in (body.get("vectors") or {}).items():
            assert key == ""
            config["vectors"] |= {k: v for k, v in value.items() if v is not None}
        if body.get("quantization_config") is not None:
            off = body["quantization_config"] == "Disabled"
            config["quantization_config"] = None if off else body["quantization_config"]
        self._save_extras()
        return True

    def _index_field(self, name: str, body: Any) -> Any:
        asked = wire.CreateFieldIndex.model_validate(body)
        schema = asked.field_schema
        assert schema is not None
        self.extras[name]["schema"][asked.field_name] = (
            {"type": schema.value}
            if isinstance(schema, wire.PayloadSchemaType)
            else schema.model_dump(mode="json", exclude_none=True)
        )
        self._save_extras()
        return _done()

    def _upsert(self, name: str, body: Any) -> Any:
        points: Any
        if "batch" in body:
            points = wire.PointsBatch.model_validate(body).batch
            vectors = points.vectors
        else:
            points = wire.PointsList.model_validate(body).points
            vectors = [point.vector for point in points]
        size = self.extras[name]["config"]["vectors"]["size"]
        for vector in vectors:
            if len(vector) != size:
                raise RefusedError(
                    400, f"Wrong input: Vector dimension error: expected dim: {size}, got {len(vector)}"
                )
        self.client.upsert(name, points)
        return _done()

    def _retrieve(self, name: str, body: Any) -> Any:
        asked = wire.PointRequest.model_validate(body)
        found = self.client.retrieve(
            name, asked.ids, with_payload=asked.with_payload, with_vectors=bool(asked.with_vector)
        )
        return [record.model_dump(mode="json", exclude_none=True) for record in found]

    def _delete(self, name: str, body: Any) -> Any:
        selector = (
            wire.FilterSelector.model_validate(body)
            if "filter" in body
            else wire.PointIdsList.model_validate(body)
        )
        self.client.delete(name, selector)
        return _done()

    def _count(self, name: str, body: Any) -> Any:
        asked = wire.CountRequest.model_validate(body)
        return {"count": self.client.count(name, asked.filter).count}

    def _scroll(self, name: str, body: Any) -> Any:
        asked = wire.ScrollRequest.model_validate(body)
        found, following = self.client.scroll(
            name,
            asked.filter,
            limit=asked.limit or 10,
            offset=asked.offset,
            with_payload=True if asked.with_payload is None else asked.with_payload,
            with_vectors=asked.with_vector or False,
        )
        return {
            "points": [record.model_dump(mode="json", exclude_none=True) for record in found],
            "next_page_offset": following,
        }

    def _query(self, name: str, body: Any) -> Any:
        asked = wire.QueryRequest.model_validate(body)
        query = asked.query.nearest if isinstance(asked.query, wire.NearestQuery) else asked.query
        size = self.extras[name]["config"]["vectors"]["size"]
        if isinstance(query, list) and len(query) != size:
            raise RefusedError(
                400, f"Wrong input: Vector dimension error: expected dim: {size}, got {len(query)}"
            )
        found = self.client.query_points(
            name,
            query=query,
            query_filter=asked.filter,
            limit=asked.limit or 10,
            with_payload=asked.with_payload or False,
            with_vectors=asked.with_vector or False,
        )
        return found.model_dump(mode="json", exclude_none=True)

    def _query_batch(self, name: str, body: Any) -> Any:
        return [self._query(name, search) for search in body["searches"]]

    def _save_extras(self) -> None:
        if self.path:
            fresh = self.path / f"{EXTRAS}.new"
            fresh.write_text(json.dumps(self.extras))
            fresh.replace(self.path / EXTRAS)


def _done() -> dict[str, Any]:
    return {"operation_id": 0, "status": "completed"}


def _handler(state: QdrantServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            request = Request(
                method=self.command,
                path=urlsplit(self.path).path,
                size=len(body),
                body=json.loads(body) if body else None,
                headers={key.lower(): value for key, value in self.headers.items()},
            )
            if state.keep_seen:
                state.seen.append(request)
            fault = state.fault(request) if request.path != "/faults" else None
            if fault and fault.kind == "slow":
                time.sleep(fault.seconds)
            if fault and fault.kind == "refuse" and not fault.after:
                return self._slam()
            if fault and fault.kind == "status" and not fault.after:
                return self._reply(fault.status, {"status": {"error": "a fault was ordered"}, "time": 0.0})
            status, document = self._result(request)
            if fault and fault.kind == "refuse":
                return self._slam()
            if fault and fault.kind == "status":
                return self._reply(fault.status, {"status": {"error": "a fault was ordered"}, "time": 0.0})
            return self._reply(status, document, cut=fault is not None and fault.kind == "cut")

        def _result(self, request: Request) -> tuple[int, Any]:
            try:
                with state.lock:
                    result = state.answer(request)
            except RefusedError as error:
                return error.status, {"status": {"error": str(error)}, "time": 0.0}
            except pydantic.ValidationError as error:
                return 400, {"status": {"error": f"Format error in JSON body: {error}"}, "time": 0.0}
            except ValueError as error:
                return 400, {"status": {"error": f"Wrong input: {error}"}, "time": 0.0}
            if request.path == "/":
                return 200, result
            return 200, {"result": result, "status": "ok", "time": 0.0}

        def _reply(self, status: int, document: Any, *, cut: bool = False) -> None:
            data = json.dumps(document).encode()
            try:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data[: len(data) // 2] if cut else data)
                self.wfile.flush()
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True  # whoever asked lost patience
            if cut:
                self._slam()

        def _slam(self) -> None:
            # With a reset, as the kernel does for a process that was killed.
            self.close_connection = True
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()

        do_GET = do_PUT = do_POST = do_PATCH = do_DELETE = _serve  # noqa: N815

        def finish(self) -> None:
            with suppress(OSError, ValueError):  # the connection was slammed
                super().finish()

        def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002
            pass

    return Handler


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def shutdown_request(self, request: Any) -> None:
        with suppress(OSError):
            super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


@contextmanager
def serve_qdrant(
    path: Path | None = None,
    *,
    api_key: str | None = None,
    port: int = 0,
    certificate: Path | None = None,
) -> Iterator[QdrantServer]:
    """The server in a thread of this process; its `url`, `faults` and `seen` are for the test.

    With a certificate, whose key lies beside it as "key.pem", it speaks https.
    """
    listener = _Listener(("127.0.0.1", port), BaseHTTPRequestHandler)
    scheme = "http"
    if certificate is not None:
        scheme = "https"
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate, certificate.with_name("key.pem"))
        listener.socket = context.wrap_socket(listener.socket, server_side=True)
    state = QdrantServer(path, api_key, url=f"{scheme}://127.0.0.1:{listener.server_port}")
    listener.RequestHandlerClass = _handler(state)
    thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        listener.shutdown()
        listener.server_close()
        thread.join(10)
        state.close()


@contextmanager
def run_qdrant(
    path: Path, *, api_key: str | None = None, port: int = 0
) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The server in a process of its own: its address, and the process, which a test may kill."""
    command = [sys.executable, __file__, "--port", str(port), "--path", str(path)]
    command += ["--api-key", api_key] if api_key else []
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        url = process.stdout.readline().strip()
        assert url.startswith("http"), "the server did not start"
        yield url, process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def order_fault(url: str, fault: Fault) -> None:
    """Order a fault of a server in another process."""
    import httpx

    httpx.post(f"{url}/faults", json=asdict(fault)).raise_for_status()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--path", type=Path)
    parser.add_argument("--api-key")
    asked = parser.parse_args()
    parent = os.getppid()
    with serve_qdrant(asked.path, api_key=asked.api_key, port=asked.port) as server:
        server.keep_seen = False  # it may run for long
        print(server.url, flush=True)
        while os.getppid() == parent:  # not longer than whoever started it
            time.sleep(0.2)


if __name__ == "__main__":
    main()

"""What one client may cost: every limit of the HTTP layer, met on the wire."""

from __future__ import annotations

import asyncio
import json
import resource
import selectors
import socket
import time
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from patience import PATIENCE_SECONDS
from reelscore.api import guard
from reelscore.api.app import create_app
from reelscore.api.connections import Connection, FewAtOnce, most_connections
from reelscore.api.events import TaskWatcher
from reelscore.api.server import Server
from reelscore.config import Settings
from reelscore.limits import CONNECTIONS, JSON_BYTES, PROBLEMS, RESERVED_FILES
from reelscore.wiring import Wiring
from serving import serve

TEXT = "/api/recommendations/text-recommendations"
EDITED = "/api/recommendations/search"


@contextmanager
def connected(url: str) -> Iterator[socket.socket]:
    address = urlsplit(url)
    with socket.create_connection((str(address.hostname), address.port or 0), timeout=30) as connection:
        yield connection


def everything(connection: socket.socket) -> bytes:
    """What comes until the other side closes."""
    received = b""
    try:
        while piece := connection.recv(65_536):
            received += piece
    except ConnectionResetError:
        pass
    return received


@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=x", "multipart/mixed", "text/plain"])
@pytest.mark.parametrize("path", [TEXT, EDITED])
def test_no_content_type_is_a_way_around_the_cap(client: httpx.Client, kind: str, path: str) -> None:
    body = b"--x\r\n" + b"a" * (2 * JSON_BYTES)
    response = client.post(path, content=body, headers={"content-type": kind})
    assert response.status_code == 413
    pieces = (body[start : start + 65_536] for start in range(0, len(body), 65_536))  # of no stated length
    response = client.post(path, content=pieces, headers={"content-type": kind})
    assert response.status_code == 413 and response.json()["error"]["code"] == "too_large"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (TEXT, {"query": "calm", "filters": {f"k{number}": 1 for number in range(40_000)}}),
        (TEXT, {"query": "calm", "filters": {"genres": [1] * 100_000}}),
        (EDITED, {"phrases": [1] * 100_000}),
    ],
)
def test_a_body_of_very_many_values_is_refused_before_it_is_read(
    client: httpx.Client, path: str, body: object
) -> None:
    response = client.post(path, json=body)
    assert response.status_code == 413 and "values" in response.json()["error"]["message"]


def test_an_answer_lists_a_few_problems_and_says_how_many_there_are(client: httpx.Client) -> None:
    unknown = {f"{'k' * 500}{number}": 1 for number in range(1000)}
    response = client.post(TEXT, json={"query": "calm", "filters": unknown})
    message = response.json()["error"]["message"]
    assert response.status_code == 422
    assert message.endswith(f"and {1000 - PROBLEMS} more") and len(message) < 6000


@pytest.mark.parametrize("path", [TEXT, EDITED, "/recommend"])
def test_deep_json_is_bad_input(client: httpx.Client, path: str) -> None:
    deep = b'{"query":' + b"[" * 200_000 + b"]" * 200_000 + b"}"
    response = client.post(path, content=deep, headers={"content-type": "application/json"})
    assert response.status_code == 422 and response.json()["error"]["code"] == "invalid_input"


@pytest.mark.parametrize("name", ["a" * 300, "js/" + "a" * 5000, "a/" * 3000])
def test_long_names_of_static_files_are_unknown(client: httpx.Client, name: str) -> None:
    response = client.get(f"/static/{name}")
    assert response.status_code == 404 and len(response.content) < 1000


def test_a_range_of_thousands_of_digits_is_left_aside(client: httpx.Client) -> None:
    song = client.get("/api/songs?limit=1").json()["data"][0]["id"]
    for value in ("9" * 5000, f"{'9' * 5000}-", f"0-{'9' * 5000}"):
        response = client.get(f"/api/songs/{song}/audio", headers={"range": f"bytes={value}"})
        assert response.status_code == 200 and len(response.content) > 1000


def test_a_head_that_does_not_end_is_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Connection, "header_seconds", 0.2)
    wiring = Wiring(Settings(home=tmp_path / "home"))
    with serve(wiring) as url:
        with connected(url) as connection:  # nothing at all
            assert everything(connection) == b""
        with connected(url) as connection:
            connection.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n")
            assert everything(connection) == b""
        with connected(url) as connection:  # the second request of a connection
            connection.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert connection.recv(65_536).startswith(b"HTTP/1.1 200")
            connection.sendall(b"GET /health HTTP/1.1\r\nHost: local")
            assert b"HTTP/1.1" not in everything(connection)
    wiring.close()


def test_a_body_that_does_not_come_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "BODY_CREDIT_SECONDS", 0.2)
    wiring = Wiring(Settings(home=tmp_path / "home"))
    with serve(wiring) as url:
        for path, kind in ((TEXT, "application/json"), ("/recommend", "multipart/form-data; boundary=b")):
            with connected(url) as connection:
                head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\n"
                connection.sendall(f"{head}Content-Length: 100\r\n\r\n--b\r\n".encode())
                answer = connection.recv(65_536)
                assert answer.startswith(b"HTTP/1.1 408"), answer
        assert not list((tmp_path / "home" / "uploads").glob("*"))
    wiring.close()


def test_what_hundreds_send_at_once_is_read_in_turns_and_nobody_starves() -> None:
    pairs = [socket.socketpair() for _ in range(3 * FewAtOnce.most)]
    with FewAtOnce() as selector, ExitStack() as opened:
        for number, (here, there) in enumerate(pairs):
            opened.enter_context(here)
            opened.enter_context(there)
            selector.register(here, selectors.EVENT_READ, number)
            there.send(b"x")  # never read: all of them are ready in each turn
        seen: list[int] = []
        for _ in range(3):
            turn = [key.data for key, _ in selector.select(0)]
            assert len(turn) == FewAtOnce.most
            seen += turn
        assert sorted(seen) == [*range(len(pairs))]
        for here, _ in pairs[5:]:
            selector.unregister(here)
        assert {key.data for key, _ in selector.select(0)} == set(range(5))


def test_the_server_runs_on_that_loop(tmp_path: Path) -> None:
    async def body() -> type:
        return type(asyncio.get_running_loop()._selector)  # type: ignore[attr-defined]

    wiring = Wiring(Settings(home=tmp_path / "home"))
    factory = Server(create_app(wiring, asks=False)).config.get_loop_factory()
    wiring.close()
    with asyncio.Runner(loop_factory=factory) as runner:
        assert runner.run(body()) is FewAtOnce


def test_more_connections_than_may_be_are_dropped_and_later_ones_served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wiring = Wiring(Settings(home=tmp_path / "home"))
    with serve(wiring) as url:
        monkeypatch.setattr(Connection, "most", 3)
        address = urlsplit(url)
        held = [socket.create_connection((str(address.hostname), address.port or 0)) for _ in range(3)]
        with connected(url) as connection:
            assert everything(connection) == b""
        for connection in held:
            connection.close()
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:  # until the server has seen that they are closed
            with suppress(httpx.TransportError):
                assert httpx.get(f"{url}/health").status_code == 200
                break
            assert time.monotonic() < deadline
    wiring.close()


def test_connections_leave_files_to_the_rest_of_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    raised: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "setrlimit", lambda _, limits: raised.append(limits))
    monkeypatch.setattr(resource, "getrlimit", lambda _: (256, 600))
    assert most_connections() == 600 - RESERVED_FILES and raised == [(600, 600)]
    monkeypatch.setattr(resource, "getrlimit", lambda _: (256, resource.RLIM_INFINITY))
    assert most_connections() == CONNECTIONS and raised[-1][0] == CONNECTIONS + RESERVED_FILES


def test_hundreds_of_streams_cost_one_read_a_tick() -> None:
    reads: list[Collection[str]] = []

    def read(ids: Collection[str]) -> dict[str, dict[str, str]]:
        reads.append(ids)
        return {one: {"state": "running" if len(reads) < 3 else "succeeded"} for one in ids}

    async def follow_all() -> list[list[bytes]]:
        watcher = TaskWatcher(read, is_stopping=lambda: False)

        async def follow(task: str) -> list[bytes]:
            return [event async for event in watcher.follow(task)]

        found = await asyncio.gather(*(follow(f"task {number % 2}") for number in range(300)))
        assert watcher.followers == 0
        return found

    streams = asyncio.run(follow_all())
    assert len(reads) == 3 and all(sorted(ids) == ["task 0", "task 1"] for ids in reads)
    for events in streams:
        states = [json.loads(event.split(b"data: ")[1])["state"] for event in events if b"data" in event]
        assert states == ["running", "succeeded"]


def test_a_stream_ends_if_its_task_is_removed() -> None:
    async def follow() -> list[bytes]:
        watcher = TaskWatcher(lambda ids: {}, is_stopping=lambda: False)
        return [event async for event in watcher.follow("gone")]

    assert asyncio.run(asyncio.wait_for(follow(), 10)) == [b"retry: 1000\n\n"]

"""Live sets over a real server: a ticket, a socket, pictures in, events out, and who is kept out."""

from __future__ import annotations

import json
import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from patience import PATIENCE_SECONDS
from reelscore.config import Settings
from reelscore.errors import InvalidInputError
from reelscore.live.inputs import Heard, Picture
from reelscore.live.messages import read_message
from reelscore.wiring import Wiring
from serving import serve

sys.path.append(str(Path(__file__).parent.parent / "live"))
from drawn_stream import CALM, Scene, drawn

HEAD = struct.Struct("<B7xd")


def picture(time: float, image: Any) -> bytes:
    return HEAD.pack(1, time) + image.tobytes()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server over an empty library."""
    wiring = Wiring(Settings(home=tmp_path_factory.mktemp("home")))
    with serve(wiring) as url:
        yield url
    wiring.close()


def ticket(address: str, path: str = "/api/live", **body: Any) -> str:
    answer = httpx.post(address + path, json=body)
    assert answer.status_code == 200, answer.text
    socket: str = answer.json()["data"]["socket"]
    return address.replace("http", "ws", 1) + socket


def events_of(socket: ClientConnection, until: str) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = []
    while not events or events[-1]["event"] != until:
        events.append(json.loads(socket.recv(PATIENCE_SECONDS)))
    return events


def test_pictures_go_in_and_events_come_out_to_all_who_follow(address: str) -> None:
    with (
        connect(ticket(address, "/api/live/followers")) as follower,
        httpx.stream("GET", f"{address}/api/live/events", timeout=PATIENCE_SECONDS) as stream,
        connect(ticket(address, music=False)) as socket,
    ):
        lines = stream.iter_lines()
        assert next(lines) == "retry: 1000"
        for time, image in drawn([Scene(3.0, **CALM)], every=2):
            socket.send(picture(time, image))
        assert events_of(socket, "mood")[-1]["mood"] == "peaceful"
        socket.send(json.dumps({"command": "hold", "on": True}))
        assert events_of(socket, "hold")[-1]["on"] is True
        socket.close()
        assert [event["event"] for event in events_of(follower, "stopped")] == ["mood", "hold", "stopped"]
        names = [line.removeprefix("event: ") for line in lines_until(lines, "event: stopped")]
        assert [name for name in names if name in ("mood", "hold", "stopped")] == ["mood", "hold", "stopped"]


def lines_until(lines: Iterator[str], last: str) -> list[str]:
    found = []
    for line in lines:
        found.append(line)
        if line == last:
            break
    return found


def test_an_empty_library_is_told_over_the_socket(address: str) -> None:
    with connect(ticket(address)) as socket:
        for time, image in drawn([Scene(3.0, **CALM)], every=2):
            socket.send(picture(time, image))
        assert "the library is empty" in events_of(socket, "problem")[-1]["message"]
        with pytest.raises(ConnectionClosed):
            socket.recv(PATIENCE_SECONDS)


@pytest.mark.parametrize(
    "message", [b"", b"\x01" * 40, HEAD.pack(1, float("nan")) + b"x", "no JSON", '{"command":"x"}']
)
def test_a_message_that_makes_no_sense_ends_the_set(address: str, message: bytes | str) -> None:
    with connect(ticket(address)) as socket:
        socket.send(message)
        assert events_of(socket, "problem")
        with pytest.raises(ConnectionClosed):
            socket.recv(PATIENCE_SECONDS)


def test_a_socket_needs_a_ticket_that_was_not_used(address: str) -> None:
    own = ticket(address, "/api/live/followers")
    with connect(own):
        pass
    for used in (own, f"{own.rsplit('/', 1)[0]}/guessed"):
        with pytest.raises(InvalidStatus):
            connect(used)


def test_a_page_of_another_site_opens_no_socket(address: str) -> None:
    own = ticket(address, "/api/live/followers")
    with pytest.raises(InvalidStatus):
        connect(own, origin="https://evil.example")  # type: ignore[arg-type]
    refused = httpx.post(f"{address}/api/live", json={}, headers={"Origin": "https://evil.example"})
    assert refused.status_code == 403
    with connect(own, origin=address):  # type: ignore[arg-type]
        pass


@pytest.mark.parametrize("body", [{"query": {"colour": 1}}, {"stay": -1}, {"speed": 2}])
def test_a_wrong_request_is_refused(address: str, body: dict[str, Any]) -> None:
    assert httpx.post(f"{address}/api/live", json=body).status_code in (400, 422)


def test_messages_are_read() -> None:
    tall = np.arange(6912, dtype=np.uint32).astype(np.uint8).reshape(64, 36, 3)
    found = read_message(HEAD.pack(2, 1.5) + tall.tobytes(), after=1.0)
    assert isinstance(found, Picture)
    assert (found.image == tall).all()
    heard = read_message(HEAD.pack(3, 0.5) + np.array([16384, -16384], "<i2").tobytes(), after=1.0)
    assert isinstance(heard, Heard)
    assert heard.time == 1.0
    assert heard.samples.tolist() == [0.5, -0.5]
    for bad in (
        HEAD.pack(1, 5000.0) + bytes(6912),
        HEAD.pack(3, 1.0) + bytes(40_000),
        HEAD.pack(9, 1.0) + b"xx",
    ):
        with pytest.raises(InvalidInputError):
            read_message(bad, after=0.0)

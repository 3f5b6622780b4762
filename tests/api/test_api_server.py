"""The server as a process: it says where it is, refuses a taken port, and stops when told to."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import immich_memories_music
import pydantic
import pytest
from starlette.testclient import TestClient

from patience import PATIENCE_SECONDS
from reelscore.api.app import create_app
from reelscore.api.server import Server, open_socket, url_of
from reelscore.catalog.store import Catalog
from reelscore.config import Settings
from reelscore.errors import ConfigurationError
from reelscore.index.ownership import owner_of
from reelscore.records import JobState
from reelscore.wiring import Wiring

SCRIPT = """
from reelscore.api.server import run_server
from reelscore.wiring import open_wiring

wiring = open_wiring()
run_server(wiring, port=0, on_listening=lambda url: print(url, flush=True))
wiring.close()
print("stopped", flush=True)
"""


@contextmanager
def server_process(home: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT],
        env={**os.environ, "REELSCORE_HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield process, process.stdout.readline().strip()
    finally:
        process.kill()
        process.communicate()


def test_taken_port_is_told_with_what_to_do() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ConfigurationError, match=rf"port {port} .*--port"):
            open_socket("127.0.0.1", port)


def test_address_of_another_machine_is_told() -> None:
    with pytest.raises(ConfigurationError, match="cannot listen"):
        open_socket("192.0.2.1", 0)
    with pytest.raises(ConfigurationError, match="not an address"):
        open_socket("no such host", 0)


def test_url_can_be_opened_even_where_every_address_is_listened_on() -> None:
    listener = open_socket("0.0.0.0", 0)
    try:
        assert url_of(listener) == f"http://127.0.0.1:{listener.getsockname()[1]}/"
    finally:
        listener.close()


@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM])
def test_server_notes_its_address_and_stops_soon_with_a_stream_open(
    tmp_path: Path, told: signal.Signals
) -> None:
    home = tmp_path / "served"
    with (
        server_process(home) as (process, url),
        httpx.Client(base_url=url, timeout=PATIENCE_SECONDS) as client,
    ):
        owner = owner_of(home)
        assert owner is not None and owner.url == url and owner.pid == process.pid
        assert client.get("/health").json()["data"]["songs"] == 0
        started = client.post("/api/recommendations/initialize-database", json={"max_videos": 28}).json()
        with client.stream("GET", f"/api/tasks/{started['task_id']}/events") as stream:
            next(stream.iter_lines())
            process.send_signal(told)
            process.wait(PATIENCE_SECONDS)  # the track that is being analysed may be finished
        assert process.stdout is not None and process.stderr is not None
        log = process.stderr.read()
        assert "Traceback" not in log and "graceful shutdown exceeded" not in log
    assert owner_of(home) is None
    catalog = Catalog(Settings(home=home).sql_url)
    assert catalog.job(started["task_id"]).state is JobState.QUEUED, "it waited for the end of the work"
    catalog.close()


def test_job_of_a_killed_server_goes_on_in_the_next(tmp_path: Path) -> None:
    home, music = tmp_path / "served", tmp_path / "music"
    for folder in (home, music):
        folder.mkdir()
    tracks = Path(immich_memories_music.__file__).parent / "tracks"
    for track in sorted(tracks.rglob("*.opus"))[:3]:
        shutil.copy(track, music)
    catalog = Catalog(Settings(home=home).sql_url)
    job = catalog.create_job("ingest", {"source": "folder", "options": {"paths": [str(music)]}})

    with server_process(home) as (process, _):
        while catalog.job(job.id).state is JobState.QUEUED:
            time.sleep(0.01)
        process.kill()  # no time to say goodbye
        process.wait()
    assert catalog.job(job.id).state is JobState.RUNNING

    with server_process(home) as (_, url), httpx.Client(base_url=url, timeout=PATIENCE_SECONDS) as client:
        with client.stream("GET", f"/api/tasks/{job.id}/events") as stream:
            last = [line for line in stream.iter_lines() if line.startswith("data: ")][-1]
        task = json.loads(last.removeprefix("data: "))
        assert task["state"] == "succeeded" and task["attempts"] == 2, task
        assert task["result"]["added"] + task["result"]["already_known"] == 3
    catalog.close()


def test_no_caller_waits_on_the_event_loop_for_schemas_that_are_built(
    demo_wiring: Wiring, monkeypatch: pytest.MonkeyPatch
) -> None:
    built: list[bool] = []
    build = pydantic.TypeAdapter.__init__

    def noted(self: Any, *arguments: Any, **options: Any) -> None:
        built.append(asyncio._get_running_loop() is not None)
        build(self, *arguments, **options)

    with TestClient(create_app(demo_wiring), base_url="http://localhost") as client:
        monkeypatch.setattr(pydantic.TypeAdapter, "__init__", noted)
        assert client.get("/api/songs").status_code == 200
        assert not built
        assert client.get("/openapi.json").json()["paths"]
        assert built and not any(built)


def test_an_idle_connection_outlives_that_of_a_proxy(demo_wiring: Wiring) -> None:
    assert Server(create_app(demo_wiring)).config.timeout_keep_alive > 60

"""`ingest` while a server owns the library: the server does the work, and the command follows it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from reelscore.config import Settings
from reelscore.records import Track
from reelscore.sources.demo import DemoSource
from reelscore.wiring import Wiring
from serving import serve, wait_for_task

COMMAND = [str(Path(sys.executable).with_name("reelscore"))]


@pytest.fixture
def music(tmp_path: Path) -> Path:
    folder = tmp_path / "music"
    folder.mkdir()
    for offer in DemoSource().offer():
        assert isinstance(offer, Track)
        shutil.copy(str(offer.uri), folder)
    return folder


@pytest.fixture
def client(tmp_path: Path, music: Path) -> Iterator[httpx.Client]:
    wiring = Wiring(Settings(home=tmp_path / "home", music_folders=str(music)))
    with serve(wiring) as url, httpx.Client(base_url=url, timeout=60) as client:
        assert wiring.ownership is not None
        wiring.ownership.update_url(url)
        yield client
    wiring.close()


def start(tmp_path: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*COMMAND, "ingest", *arguments],
        env={**os.environ, "REELSCORE_HOME": str(tmp_path / "home")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_the_server_does_the_work_and_the_command_prints_its_report(
    client: httpx.Client, tmp_path: Path, music: Path
) -> None:
    for path in sorted(music.iterdir())[2:]:
        path.unlink()
    command = start(tmp_path, "folder", str(music), "--json")
    out, err = command.communicate(timeout=90)
    assert command.returncode == 0, err
    report = json.loads(out)
    assert (report["source"], report["offered"], report["added"]) == ("folder", 2, 2)
    assert "owns the library and does the work" in err
    assert client.get("/api/songs").json()["total"] == 2


def test_a_refusal_of_the_server_is_one_line(client: httpx.Client, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    command = start(tmp_path, "folder", str(tmp_path / "other"))
    _, err = command.communicate(timeout=90)
    assert command.returncode == 1
    assert "REELSCORE_MUSIC_FOLDERS" in err
    assert "Traceback" not in err


def test_an_interrupt_cancels_the_task_in_the_server(
    client: httpx.Client, tmp_path: Path, music: Path
) -> None:
    command = start(tmp_path, "folder", str(music))
    deadline = time.monotonic() + 60
    while not (tasks := client.get("/api/tasks").json()["data"]) or not tasks[0]["progress"]["done"]:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    command.send_signal(signal.SIGINT)
    _, err = command.communicate(timeout=60)
    assert command.returncode == 130
    task = wait_for_task(client, tasks[0]["task_id"])
    assert task["state"] == "cancelled", err
    assert "what it added stays" in err
    assert client.get("/api/songs").json()["total"] < 28

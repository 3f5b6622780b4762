"""While a command ingests: questions, `stats`, a second ingest and `serve` work beside it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from reelscore.index.ownership import owner_of
from reelscore.records import Track
from reelscore.sources.demo import DemoSource
from services_running import free_port

COMMAND = [str(Path(sys.executable).with_name("reelscore"))]
PATIENCE_SECONDS = 240.0


class Shell:
    """Commands over one library, each in a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self.log = folder / "log"
        self._running: list[subprocess.Popen[str]] = []

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        with self.log.open("a") as log:
            command = subprocess.Popen(
                [*COMMAND, *arguments],
                env={**os.environ, "REELSCORE_HOME": str(self.home)},
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        self._running.append(command)
        return command

    def run(self, *arguments: str) -> str:
        command = self.start(*arguments)
        out, _ = command.communicate(timeout=PATIENCE_SECONDS)
        assert command.returncode == 0, self.log.read_text()
        return out

    def close(self) -> None:
        for command in self._running:
            if command.poll() is None:
                command.kill()
            command.communicate()


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    shell = Shell(tmp_path)
    yield shell
    shell.close()


def wait_until(condition: Callable[[], bool], explain: Callable[[], str] = str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, explain()
        time.sleep(0.05)


def songs_at(url: str) -> int:
    try:
        return int(httpx.get(f"{url}api/songs", timeout=30).json()["total"])
    except (httpx.HTTPError, ValueError, KeyError):
        return 0


def test_everything_else_goes_on_beside_an_ingest(shell: Shell, tmp_path: Path) -> None:
    ingest = shell.start("ingest", "demo", "--json")

    def added() -> int:
        owner = owner_of(shell.home)
        return songs_at(owner.url) if owner is not None and owner.url else 0

    wait_until(lambda: added() > 0 or ingest.poll() is not None, shell.log.read_text)
    assert ingest.poll() is None, "the ingest was too quick for this test"
    owner = owner_of(shell.home)
    assert owner is not None and owner.pid == ingest.pid
    assert owner.doing == "the ingest from demo"

    port = free_port()
    page = f"http://127.0.0.1:{port}/"
    serve = shell.start("serve", "--port", str(port))
    wait_until(lambda: songs_at(page) > 0, shell.log.read_text)
    owner = owner_of(shell.home)
    assert owner is not None and owner.pid == ingest.pid, "the page came before the end of the ingest"
    assert "<title>" in httpx.get(page).text

    assert json.loads(shell.run("recommend", "text", "calm guitar", "--json"))["songs"]
    out, _ = ingest.communicate(timeout=PATIENCE_SECONDS)
    assert ingest.returncode == 0, shell.log.read_text()
    assert json.loads(out)["added"] == 28

    def served() -> bool:
        owner = owner_of(shell.home)
        return owner is not None and owner.pid == serve.pid and songs_at(page) == 28

    wait_until(served, shell.log.read_text)  # the same address, without the ingest
    serve.terminate()
    assert serve.wait(PATIENCE_SECONDS) in (0, -signal.SIGTERM)
    assert "kill" not in shell.log.read_text() and "Traceback" not in shell.log.read_text()


def test_an_ingest_sees_off_what_others_began_with_it(shell: Shell, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    tracks = [Path(str(offer.uri)) for offer in DemoSource(limit=9).offer() if isinstance(offer, Track)]
    for folder, some in ((first, tracks[:8]), (second, tracks[8:])):
        folder.mkdir()
        for track in some:
            shutil.copy(track, folder)
    ingest = shell.start("ingest", "folder", str(first), "--json")

    def owner_url() -> str | None:
        owner = owner_of(shell.home)
        return owner.url if owner is not None else None

    wait_until(lambda: owner_url() is not None or ingest.poll() is not None, shell.log.read_text)
    other = json.loads(shell.run("ingest", "folder", str(second), "--json"))
    assert (other["offered"], other["added"]) == (1, 1)
    out, _ = ingest.communicate(timeout=PATIENCE_SECONDS)
    assert json.loads(out)["added"] == 8
    assert owner_of(shell.home) is None
    assert json.loads(shell.run("stats", "--json"))["songs"] == 9

"""A library on servers, as processes of this machine: `reelscore serve`, `reelscore worker`, any command."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import httpx

from patience import PATIENCE_SECONDS, wait_until
from qdrant_server import run_qdrant
from services_running import MariaDB, Redis

REELSCORE = (sys.executable, "-c", "from reelscore.cli.main import run; run()")


@dataclass
class Process:
    """A running command, and what it said."""

    popen: subprocess.Popen[str]
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        assert self.popen.stderr is not None
        threading.Thread(target=self._listen, args=(self.popen.stderr,), daemon=True).start()

    def _listen(self, stream: IO[str]) -> None:
        self.said.extend(stream)  # line by line: whoever waits sees it grow
        stream.close()

    def wait_for_words(self, words: str) -> str:
        """The line that has the words, once it is said."""

        def line() -> str | None:
            return next((text for text in list(self.said) if words in text), None)

        wait_until(lambda: line() is not None or self.popen.poll() is not None, lambda: "".join(self.said))
        found = line()
        assert found is not None, "".join(self.said)
        return found

    def end(self) -> int:
        """End it in an orderly way; its exit code."""
        self.popen.terminate()
        return self.popen.wait(PATIENCE_SECONDS)


class Fleet:
    """The servers, the settings of the processes, and the processes.

    Parameters
    ----------
    folder
        Where the library and the logs are.
    mariadb, redis
        Running servers; the database is made here.
    qdrant_url
        A running server.
    """

    def __init__(self, folder: Path, mariadb: MariaDB, redis: Redis, qdrant_url: str) -> None:
        self.folder = folder
        self.mariadb = mariadb
        self.redis = redis
        self.database_url = mariadb.create_database()
        self.processes: list[Process] = []
        ours = ("REELSCORE_", "DB_", "DATABASE_", "QDRANT_", "CELERY_", "GEMINI_", "GOOGLE_", "CLAP_")
        plain = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        self.settings = plain | {
            "REELSCORE_HOME": str(folder / "home"),
            "REELSCORE_MUSIC_FOLDERS": str(folder / "music"),
            "DATABASE_URL": self.database_url,
            "CELERY_BROKER_URL": redis.url,
            "QDRANT_URL": qdrant_url,
        }

    def start(self, *arguments: str) -> Process:
        """Start a command that runs until it is told to end."""
        popen = subprocess.Popen(
            [*REELSCORE, "--verbose", *arguments],
            env=self.settings,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.processes.append(Process(popen))
        return self.processes[-1]

    def serve(self) -> str:
        """Start the server on a free port; its address, without the slash at its end."""
        from services_running import free_port

        line = self.start("serve", "--port", str(free_port())).wait_for_words("serving http")
        return line.split()[1].rstrip("/")

    def work(self, *options: str) -> Process:
        """Start a worker, and wait until it takes jobs."""
        worker = self.start("worker", *options)
        worker.wait_for_words("working")
        return worker

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            [*REELSCORE, *arguments],
            env=self.settings,
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_SECONDS,
        )

    def close(self) -> None:
        for process in self.processes:
            if process.popen.poll() is None:
                process.popen.terminate()
        for process in self.processes:
            process.popen.wait(PATIENCE_SECONDS)
        self.mariadb.start()  # a test may have stopped it
        self.mariadb.drop_database(self.database_url)


@contextmanager
def open_fleet(folder: Path, mariadb: MariaDB, redis: Redis) -> Iterator[Fleet]:
    """The servers and no process yet."""
    with run_qdrant(folder / "qdrant") as (url, _):
        fleet = Fleet(folder, mariadb, redis, url)
        try:
            yield fleet
        finally:
            fleet.close()


def follow(client: httpx.Client, task_id: str) -> Mapping[str, object]:
    """A task once it is over, as its events tell; the stream is opened again where it ends early."""
    import json

    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        with client.stream("GET", f"/api/tasks/{task_id}/events", timeout=PATIENCE_SECONDS) as response:
            response.raise_for_status()
            name = ""
            for line in response.iter_lines():
                if line.startswith("event: "):
                    name = line.removeprefix("event: ")
                elif line.startswith("data: ") and name == "done":
                    task: Mapping[str, object] = json.loads(line.removeprefix("data: "))
                    return task
    raise AssertionError(f"task {task_id} does not end")

"""Do to one server all that was once seen to take it down, and watch its memory and its event loop.

    python tools/hostile_clients.py

The server is `reelscore serve` over the demo's library, with a probe that ticks a hundred times a second in
its event loop. A tick that is late is told with the processor time that the process took meanwhile: on a busy
machine the loop waits for the machine too, which is no fault of it. The cases are those of the table in
`docs/deployment.md`; disks that fill up have `full_disk.py`. The run fails if the server takes more than
600 MB, if its loop is held for more than 200 ms, or if an answer has a status of 500 and above.
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import zlib
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import psutil

from damaged_files import damage, id3, write_media

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "audio"))
from test_tag_entries import KINDS as TAGGED

MOST_BYTES, MOST_SECONDS = 600e6, 0.2
TEXT, EDITED = "/api/recommendations/text-recommendations", "/api/recommendations/search"
# The probe writes (moment, seconds that a tick came late, processor seconds of the loop and of the process).
SERVER = """
import asyncio, os, time
from reelscore.api.server import Server
from reelscore.cli.main import run
start = Server.startup
async def probe():
    with open(os.environ["PROBE"], "w", buffering=1) as log:
        while True:
            begun = time.monotonic(), time.thread_time(), time.process_time()
            await asyncio.sleep(0.01)
            late = time.monotonic() - begun[0] - 0.01
            if late > 0.02:
                print(begun[0], late, time.thread_time() - begun[1], time.process_time() - begun[2], file=log)
async def startup(self, *rest, **more):
    await start(self, *rest, **more)
    self.probe = asyncio.ensure_future(probe())
Server.startup = startup
run()
"""


def large_png(side: int) -> bytes:
    """A black picture of so many pixels a side."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    packer = zlib.compressobj(6)
    rows = b"".join(packer.compress(bytes(side + 1)) for _ in range(side)) + packer.flush()
    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


class Trial:
    """The server, and what is seen of it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.music = folder, folder / "music"
        self.music.mkdir()
        with socket.socket() as tried:
            tried.bind(("127.0.0.1", 0))
            self.port = int(tried.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self.log, self.probe = folder / "server.log", folder / "probe"
        ours = {"REELSCORE_HOME": str(folder / "home"), "REELSCORE_MUSIC_FOLDERS": str(self.music)}
        with self.log.open("w") as said:
            self.server = subprocess.Popen(
                [
                    "prlimit",
                    "--nofile=1024:1024",
                    sys.executable,
                    "-c",
                    SERVER,
                    "serve",
                    "--port",
                    str(self.port),
                ],
                env=os.environ | ours | {"PROBE": str(self.probe)},
                stdout=said,
                stderr=said,
            )
        while "serving" not in self.log.read_text():
            assert self.server.poll() is None, self.log.read_text()
            time.sleep(0.1)
        self.http = httpx.Client(base_url=self.url, timeout=120.0)
        self.statuses: Counter[int] = Counter()
        self.problems: list[str] = []
        self.resident = self.children = self.health = 0.0
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        process = psutil.Process(self.server.pid)
        looked = 0
        while self.server.poll() is None and not self.over:
            self.resident = max(self.resident, process.memory_info().rss)
            looked += 1
            if looked % 5 == 0:
                began = time.monotonic()
                try:
                    answer = httpx.get(f"{self.url}/health", timeout=60.0)
                    if answer.status_code != 200:
                        self.problems.append(f"/health: {answer.status_code}")
                except httpx.TransportError as error:
                    if self.connections_left:
                        self.problems.append(f"/health: {type(error).__name__}")
                self.health = max(self.health, time.monotonic() - began)
            time.sleep(0.1)

    over = False
    connections_left = True  # else a new one is closed at once, as the table says

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        answer = self.http.request(method, path, **more)
        self.statuses[answer.status_code] += 1
        return answer

    def finished(self, answer: httpx.Response) -> dict[str, Any]:
        if answer.status_code != 202:
            return {}
        task = answer.json()["task_id"]
        while (found := self.http.get(f"/api/tasks/{task}").json()["data"])["state"] not in (
            "succeeded",
            "failed",
            "cancelled",
        ):
            time.sleep(0.05)
        self.statuses[200] += 1
        for said in [found["error"] or {}, *(found["result"] or {}).get("failed", [])]:
            if said.get("code") == "internal":
                self.problems.append(str(said))
        return dict(found)

    def ingest(self) -> dict[str, Any]:
        body = {"source": "folder", "options": {"paths": [str(self.music)]}}
        return self.finished(self.ask("POST", "/api/library/ingest", json=body))

    def case(self, name: str, work: Callable[[], object]) -> None:
        self.statuses.clear()
        self.resident = self.health = 0.0
        began = time.monotonic()
        work()
        time.sleep(0.3)
        ended = time.monotonic()
        ticks = [tuple(map(float, line.split())) for line in self.probe.read_text().splitlines()]
        late = [tick for tick in ticks if len(tick) == 4 and began <= tick[0] <= ended]
        wall = max((tick[1] for tick in late), default=0.0)
        own = max((tick[2] for tick in late), default=0.0)
        print(
            f"| {name} | {ended - began:.1f} s | {dict(self.statuses)} | {self.resident / 1e6:.0f} MB | "
            f"{1e3 * wall:.0f} ms, own work {1e3 * own:.0f} | {1e3 * self.health:.0f} ms |",
            flush=True,
        )
        if self.resident > MOST_BYTES or own > MOST_SECONDS or any(status >= 500 for status in self.statuses):
            self.problems.append(f"{name}: {self.resident / 1e6:.0f} MB, {1e3 * own:.0f} ms, {self.statuses}")


def large_bodies(trial: Trial) -> None:
    def send(kind: str) -> None:
        pieces = (b"--x\r\n" + bytes(1 << 20) for _ in range(600))
        try:
            answer = httpx.post(
                trial.url + TEXT, content=pieces, headers={"content-type": kind}, timeout=60.0
            )
            trial.statuses[answer.status_code] += 1
        except httpx.TransportError:
            trial.statuses[413] += 1  # closed while it was sent

    kinds = ("multipart/form-data; boundary=x", "multipart/mixed", "text/plain")
    threads = [threading.Thread(target=send, args=(kind,)) for kind in kinds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def many_values(trial: Trial) -> None:
    for body in (
        {"query": "calm", "filters": {f"key{number}": 1 for number in range(50_000)}},
        {"query": "calm", "filters": {f"{'k' * 500}{number}": 1 for number in range(1000)}},
        {"phrases": [1] * 100_000},
    ):
        trial.ask("POST", EDITED if "phrases" in body else TEXT, json=body)


def odd_requests(trial: Trial) -> None:
    deep = b'{"query":' + b"[" * 200_000 + b"]" * 200_000 + b"}"
    for path in (TEXT, EDITED, "/recommend"):
        trial.ask("POST", path, content=deep, headers={"content-type": "application/json"})
    song = trial.http.get("/api/songs?limit=1").json()["data"][0]["id"]
    for value in ("9" * 5000, f"{'9' * 5000}-", f"0-{'9' * 5000}"):
        trial.ask("GET", f"/api/songs/{song}/audio", headers={"range": f"bytes={value}"})
    for name in ("a" * 300, "js/" + "a" * 5000, "a/" * 3000):
        trial.ask("GET", f"/static/{name}")


def half_requests(trial: Trial) -> None:
    """300 heads and 300 bodies that do not go on: the heads are closed after 20 s."""
    held = [socket.create_connection(("127.0.0.1", trial.port)) for _ in range(600)]
    for number, connection in enumerate(held):
        head = "GET /health HTTP/1.1\r\nHost: localhost\r\n"
        if number % 2:
            head = "POST /recommend HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10000\r\n"
            head += "Content-Type: multipart/form-data; boundary=b\r\n\r\n--b\r\n"
        connection.sendall(head.encode())
    closed = 0
    for connection in held[::2]:
        connection.settimeout(60.0)
        with suppress(TimeoutError):
            closed += connection.recv(10) == b""
    trial.statuses[408] += closed
    if closed != 300:
        trial.problems.append(f"{300 - closed} half-sent heads are still kept")
    for connection in held:
        connection.close()


def too_many_connections(trial: Trial) -> None:
    """More than the process may have open files: those that are too many are closed, and little is logged."""
    before = len(trial.log.read_text().splitlines())
    trial.connections_left = False
    held = []
    for _ in range(950):
        held.append(socket.create_connection(("127.0.0.1", trial.port)))
    time.sleep(3.0)
    for connection in held:
        connection.close()
    time.sleep(1.0)
    trial.connections_left = True
    lines = len(trial.log.read_text().splitlines()) - before
    trial.statuses[trial.http.get("/health").status_code] += 1
    if lines > 20:
        trial.problems.append(f"{lines} lines in the log for connections that were too many")


def event_streams(trial: Trial) -> None:
    task = trial.ask("POST", "/api/library/ingest", json={"source": "demo"}).json()["task_id"]
    trial.finished(httpx.Response(202, json={"task_id": task}))
    held = []
    for _ in range(500):
        connection = socket.create_connection(("127.0.0.1", trial.port))
        connection.sendall(b"GET /api/live/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        held.append(connection)
    time.sleep(5.0)
    for connection in held:
        connection.settimeout(5.0)
        trial.statuses[int(connection.recv(100).split(b" ")[1])] += 1
        connection.close()


def tag_entries(trial: Trial) -> None:
    for kind, make in TAGGED.items():
        name = kind.replace(" ", "-") + {"FLAC": ".flac", "MP4": ".m4a", "Opus": ".opus"}.get(kind, ".mp3")
        data = make(50_000)
        trial.ask("POST", "/recommend", files={"song": (name, data)})
        (trial.music / name).write_bytes(data)
    trial.ingest()


def large_pictures(trial: Trial) -> None:
    picture = large_png(16_000)
    trial.finished(
        trial.ask("POST", "/api/recommendations/analyze-video", files={"video": ("large.png", picture)})
    )
    write_media(trial.folder / "plain.mp3", "", "libmp3lame", {})
    (trial.music / "cover.mp3").write_bytes(id3(picture, "png") + (trial.folder / "plain.mp3").read_bytes())
    trial.ingest()
    found = trial.http.get("/api/songs?limit=10&sort=-added").json()["data"]
    for song in found:
        trial.ask("GET", f"/api/songs/{song['id']}/cover")


def damaged_films(trial: Trial) -> None:
    import random

    path = trial.folder / "film.flv"
    write_media(path, "flv1", "libmp3lame", {})
    whole = path.read_bytes()
    for number in range(8):
        film = damage(whole, whole, random.Random(number))
        answer = trial.ask("POST", "/api/recommendations/analyze-video", files={"video": ("film.flv", film)})
        trial.finished(answer)


CASES: dict[str, Callable[[Trial], None]] = {
    "three bodies of 600 MB under other content types": large_bodies,
    "bodies of very many values": many_values,
    "deep JSON, endless ranges, long names": odd_requests,
    "songs of 50,000 tag entries, sent and ingested": tag_entries,
    "pictures of 16,000 x 16,000, as a film and as a cover": large_pictures,
    "damaged FLV films": damaged_films,
    "500 event streams": event_streams,
    "300 half heads and 300 half bodies": half_requests,
    "950 connections where 824 may be": too_many_connections,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--home", type=Path, help="a library of the demo, which is copied")
    parser.add_argument("--only", nargs="*", default=[""], help="beginnings of the names of cases")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        if options.home:
            shutil.copytree(options.home, Path(made) / "home")
        trial = Trial(Path(made))
        try:
            trial.case("the demo is ingested", lambda: _demo(trial))
            for name, work in CASES.items():
                if not name.startswith(tuple(options.only)):
                    continue
                trial.case(name, lambda work=work: work(trial))
        finally:
            trial.over = True
            trial.server.terminate()
            trial.server.wait(60)
        if "Traceback" in trial.log.read_text():
            trial.problems.append(trial.log.read_text()[-3000:])
    for problem in trial.problems:
        print(f"PROBLEM: {problem}")
    return 1 if trial.problems else 0


def _demo(trial: Trial) -> None:
    trial.finished(trial.ask("POST", "/api/library/ingest", json={"source": "demo"}))
    for words in ("calm piano", "fast techno"):
        trial.ask("POST", TEXT, json={"query": words})


if __name__ == "__main__":
    sys.exit(main())

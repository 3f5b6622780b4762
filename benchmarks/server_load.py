"""Fifty clients and what goes on beside them: answers, errors, `/health`, memory, processor time.

    python benchmarks/server_load.py                             # 50 clients for a minute
    python benchmarks/server_load.py --source ../before          # another working tree, in turn with this one
    python benchmarks/server_load.py --clients 4 --pause 0.5 --seconds 1800     # whether memory grows

The library has 10,000 songs drawn at random and those of the demo, which have sound. Beside the clients an
ingest adds songs, and one film after the other is sent and analysed. A client asks again as soon as it has
its answer, or after `--pause`. The server, the clients and the watch of `/health` (ten times a second) are a
process each.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import zlib
from collections import Counter
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
FILM = "bikes.mp4"
WARM_SECONDS = 5.0  # in which answers are not counted: connections and threads begin
REELSCORE = "from reelscore.cli.main import run; run()"
FILL = """
import sys
from drawn_library import fill
from reelscore.config import Settings
from reelscore.ingest.service import ingest
from reelscore.library.index_sync import refresh_indexes
from reelscore.wiring import Wiring
wiring = Wiring(Settings())
ingest(wiring, "demo")
fill(wiring, int(sys.argv[1]))
refresh_indexes(wiring)
wiring.close()
"""
HOW = "calm happy dark bright slow fast sad warm tender wild soft deep nostalgic tense".split()
WHAT = "piano,guitar song,electronic dance,strings,drone,folk choir,jazz drums,techno,film score".split(",")


# --- the clients: a process of their own --------------------------------------------------------------


def question(draw: random.Random, drawn: list[str], heard: list[str]) -> tuple[str, str, str, Any]:
    """(kind, method, address, body) of what people ask who look for music."""
    text = f"{draw.choice(HOW)} {draw.choice(WHAT)} {draw.randrange(100)}"
    song, played = draw.choice(drawn), draw.choice(heard)
    ways: list[tuple[int, tuple[str, str, str, Any]]] = [
        (20, ("text", "POST", "/api/recommendations/text-recommendations", {"query": text, "limit": 10})),
        (
            10,
            (
                "filtered",
                "POST",
                "/api/recommendations/search",
                {"phrases": [{"text": text}], "filters": {"tempo_bpm": [90, 130]}, "limit": 10},
            ),
        ),
        (10, ("similar", "GET", f"/api/songs/{song}/similar?limit=10", None)),
        (15, ("list", "GET", f"/api/songs?limit=50&offset={50 * draw.randrange(100)}", None)),
        (5, ("list by name", "GET", f"/api/songs?limit=50&search={draw.choice(HOW)}", None)),
        (15, ("song", "GET", f"/api/songs/{song}", None)),
        (10, ("waveform", "GET", f"/api/songs/{played}/waveform", None)),
        (5, ("sound", "GET", f"/api/songs/{played}/audio", None)),
        (4, ("statistics", "GET", "/api/recommendations/database-stats", None)),
        (3, ("jobs", "GET", "/api/tasks?limit=20", None)),
        (3, ("page", "GET", "/", None)),
    ]
    return draw.choices([way for _, way in ways], [weight for weight, _ in ways])[0]


async def ask(url: str, options: dict[str, Any]) -> dict[str, Any]:
    import httpx

    took: dict[str, list[float]] = {}
    errors: Counter[str] = Counter()
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    # One client with a connection for each: fifty would read the certificates of the machine fifty times.
    http = httpx.AsyncClient(base_url=url, timeout=60.0, limits=limits, verify=False)
    begin = time.monotonic() + WARM_SECONDS
    end = begin + options["seconds"]

    async def client(number: int) -> None:
        draw = random.Random(number)
        while (now := time.monotonic()) < end:
            kind, method, address, body = question(draw, options["drawn"], options["heard"])
            head = {"Range": "bytes=0-65535"} if kind == "sound" else {}
            began = time.perf_counter()
            try:
                answer = await http.request(method, address, json=body, headers=head)
                if answer.status_code >= 400:
                    errors[f"{kind}: {answer.status_code} {answer.text[:200]}"] += 1
            except httpx.HTTPError as error:
                errors[f"{kind}: {type(error).__name__}"] += 1
            if now >= begin:
                took.setdefault(kind, []).append(1e3 * (time.perf_counter() - began))
            if options["pause"]:
                await asyncio.sleep(draw.uniform(0.0, 2.0 * options["pause"]))

    async with http:
        await asyncio.gather(*(client(number) for number in range(options["clients"])))
    return {"took": took, "errors": errors, "cpu": time.process_time()}


def watch_health(url: str, seconds: float) -> list[float]:
    """Milliseconds until `/health` has answered, ten times a second."""
    import http.client
    from urllib.parse import urlsplit

    place = urlsplit(url)
    connection = http.client.HTTPConnection(str(place.hostname), place.port, timeout=60)
    took = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        began = time.perf_counter()
        connection.request("GET", "/health")
        assert json.loads(connection.getresponse().read())
        took.append(1e3 * (time.perf_counter() - began))
        time.sleep(0.1)
    return took


# --- the server, and what goes on beside --------------------------------------------------------------


class Side:
    """A working tree, a copy of its library, and the server over it."""

    def __init__(self, source: Path, folder: Path, songs: int) -> None:
        self.source = source
        self._library = folder / f"library-{songs}-{zlib.crc32(str(source).encode())}"
        self._songs = songs
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("REELSCORE_")},
            "PYTHONPATH": os.pathsep.join([str(source / "src"), str(source / "benchmarks")]),
        }

    def filled(self) -> Path:
        """The library, made once."""
        if not self._library.exists():
            made = self._library.with_suffix(".new")
            shutil.rmtree(made, ignore_errors=True)
            subprocess.run(
                [sys.executable, "-c", FILL, str(self._songs)],
                env=self._environment | {"REELSCORE_HOME": str(made)},
                check=True,
            )
            made.rename(self._library)
        return self._library

    def start(self, home: Path, music: Path, log: Path) -> tuple[subprocess.Popen[str], str]:
        with log.open("w") as said:
            process = subprocess.Popen(
                [sys.executable, "-c", REELSCORE, "serve", "--port", str(free_port())],
                env=self._environment | {"REELSCORE_HOME": str(home), "REELSCORE_MUSIC_FOLDERS": str(music)},
                stdout=said,
                stderr=said,
                text=True,
            )
        while not (found := re.search(r"serving (http://\S+?)/?\s", log.read_text())):
            assert process.poll() is None, log.read_text()
            time.sleep(0.1)
        return process, found[1]


def free_port() -> int:
    import socket

    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        return int(tried.getsockname()[1])


class Beside(threading.Thread):
    """Sends one film after the other, each of them another one to the server, and waits for its analysis."""

    def __init__(self, url: str, pause: float) -> None:
        super().__init__(daemon=True)
        self._url, self._pause = url, pause
        self.analysed = 0
        self.problems: list[str] = []
        self.over = threading.Event()

    def run(self) -> None:
        import httpx

        with httpx.Client(base_url=self._url, timeout=60.0) as http:
            film = http.get(f"/api/demo/videos/{FILM}").raise_for_status().content
            while not self.over.is_set():
                # A box of MP4 that players pass over makes it another file.
                other = film + (16).to_bytes(4, "big") + b"free" + random.randbytes(8)
                sent = http.post("/api/recommendations/analyze-video", files={"video": (FILM, other)})
                if sent.status_code >= 400:
                    self.problems.append(f"film: {sent.status_code} {sent.text[:200]}")
                    return
                task = sent.json()["data"]["task_id"]
                while not self.over.is_set():
                    state = http.get(f"/api/tasks/{task}").json()["data"]
                    if state["state"] in ("succeeded", "failed", "cancelled"):
                        self.analysed += state["state"] == "succeeded"
                        if state["state"] == "failed":
                            self.problems.append(f"film: {state['error']}")
                        break
                    time.sleep(0.2)
                self.over.wait(self._pause)


class Memory(threading.Thread):
    """Megabytes of the server and of its children together (shared ones once), every few seconds."""

    def __init__(self, pid: int, every: float, log: Path | None) -> None:
        super().__init__(daemon=True)
        import psutil

        self._process = psutil.Process(pid)
        self._every, self._log = every, log
        self.samples: list[tuple[float, float, float, int]] = []
        self.over = threading.Event()
        self.cpu = 0.0, 0.0  # seconds of the server, and with its children

    def run(self) -> None:
        import psutil

        began = time.monotonic()
        cpu: dict[int, float] = {}
        while True:
            children = 0.0
            alive = 0
            for process in [self._process, *self._process.children(recursive=True)]:
                try:
                    times = process.cpu_times()
                    cpu[process.pid] = times.user + times.system
                    if process.pid != self._process.pid:
                        children += process.memory_full_info().pss / 1e6
                        alive += 1
                except psutil.Error:
                    continue
            own = self._process.memory_info().rss / 1e6
            self.samples.append((time.monotonic() - began, own, children, alive))
            self.cpu = cpu.get(self._process.pid, 0.0), sum(cpu.values())
            if self._log is not None:
                with self._log.open("a") as file:
                    print(*(round(value, 1) for value in self.samples[-1]), file=file)
            if self.over.wait(self._every):
                return


def measure(side: Side, options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    import httpx

    home = folder / "home"
    shutil.copytree(side.filled(), home)
    process, url = side.start(home, options.music, folder / "server.log")
    try:
        with httpx.Client(base_url=url, timeout=60.0) as http:
            pages = [
                http.get(f"/api/songs?limit=100&sort={way}").json()["data"] for way in ("added", "title")
            ]
            heard, drawn = ([song["id"] for song in page] for page in pages)
            heard = heard[:28]  # the demo's came first
            for warm in ("calm piano", "fast techno"):
                http.post("/api/recommendations/text-recommendations", json={"query": warm})
            if options.ingest:
                body = {"source": "folder", "options": {"paths": [str(options.music)]}}
                job = http.post("/api/library/ingest", json=body).raise_for_status().json()["data"]["task_id"]
        memory = Memory(process.pid, options.every, options.log)
        film = Beside(url, options.film_pause)
        memory.start()
        if options.film:
            film.start()
        asked = {"seconds": options.seconds, "pause": options.pause, "clients": options.clients}
        order = [sys.executable, __file__, "--ask", url]
        clients = subprocess.Popen(order, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        health = subprocess.Popen(
            [sys.executable, __file__, "--watch", url, "--seconds", str(WARM_SECONDS + options.seconds)],
            stdout=subprocess.PIPE,
            text=True,
        )
        told, _ = clients.communicate(json.dumps(asked | {"drawn": drawn, "heard": heard}))
        answered = json.loads(told)
        watched = json.loads(health.communicate()[0])
        film.over.set()
        memory.over.set()
        memory.join()
        with httpx.Client(base_url=url, timeout=60.0) as http:
            added = http.get(f"/api/tasks/{job}").json()["data"]["progress"] if options.ingest else None
    finally:
        process.terminate()
        process.wait(60)
        shutil.rmtree(home)
    log = (folder / "server.log").read_text()
    answered["errors"].update(dict.fromkeys(film.problems, 1))
    if "Traceback" in log:
        answered["errors"]["the log has a traceback"] = 1
    return answered | {
        "health": watched,
        "memory": memory.samples,
        "cpu of the server": memory.cpu,
        "films": film.analysed,
        "ingest": added,
    }


def rank(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def show(name: str, found: dict[str, Any], seconds: float) -> None:
    every = [value for values in found["took"].values() for value in values]
    print(f"--- {name}")
    print(
        f"{len(every)} answers, {len(every) / seconds:.0f} a second; "
        f"median {statistics.median(every):.0f} ms, "
        f"p95 {rank(every, 0.95):.0f} ms, longest {max(every):.0f} ms; {sum(found['errors'].values())} errors"
    )
    for kind, values in sorted(found["took"].items(), key=lambda item: -rank(item[1], 0.95)):
        middle, most = statistics.median(values), rank(values, 0.95)
        print(f"  {kind}: {len(values)}, median {middle:.0f}, p95 {most:.0f} ms")
    for problem, count in found["errors"].items():
        print(f"  ERROR {count} x {problem}")
    health = found["health"]
    print(
        f"/health: {len(health)} times, median {statistics.median(health):.1f} ms, "
        f"p95 {rank(health, 0.95):.0f}, p99 {rank(health, 0.99):.0f}, longest {max(health):.0f} ms"
    )
    print(
        f"processor: server {found['cpu of the server'][0]:.0f} s, with its children "
        f"{found['cpu of the server'][1]:.0f} s, clients {found['cpu']:.0f} s; "
        f"beside: {found['films']} films analysed, ingest {found['ingest']}"
    )
    settled = [sample for sample in found["memory"] if sample[0] >= min(300.0, seconds / 6)] or found[
        "memory"
    ]
    own = [sample[1] for sample in settled]
    mean = statistics.mean(own)
    print(
        f"resident: server {min(own):.0f} to {max(own):.0f} MB, {mean:.0f} on average "
        f"({100 * (min(own) / mean - 1):+.1f} to {100 * (max(own) / mean - 1):+.1f} %), "
        f"last sixth to second sixth {last_to_first(own):+.1%}; children together at most "
        f"{max(sample[2] for sample in settled):.0f} MB"
    )


def last_to_first(values: list[float]) -> float:
    size = max(1, len(values) // 6)
    return statistics.mean(values[-size:]) / statistics.mean(values[:size]) - 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument(
        "--pause", type=float, default=0.0, help="of a client between two questions, on average"
    )
    parser.add_argument("--songs", type=int, default=10_000)
    parser.add_argument("--source", type=Path, help="another working tree, measured in turn")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="keeps libraries and music for the next run")
    parser.add_argument("--tracks", type=int, default=300, help="for the ingest beside")
    parser.add_argument("--film-pause", type=float, default=0.0, help="seconds between two films")
    parser.add_argument("--no-ingest", dest="ingest", action="store_false")
    parser.add_argument("--no-film", dest="film", action="store_false")
    parser.add_argument("--every", type=float, default=2.0, help="seconds between two looks at memory")
    parser.add_argument("--log", type=Path, help="takes a line for each look at memory")
    parser.add_argument("--ask", help=argparse.SUPPRESS)
    parser.add_argument("--watch", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.ask:
        print(json.dumps(asyncio.run(ask(options.ask, json.load(sys.stdin)))))
        return
    if options.watch:
        print(json.dumps(watch_health(options.watch, options.seconds)))
        return
    sys.path.insert(0, str(HERE.parent / "tools"))
    from vary_music import VariedMusic, path_of

    with tempfile.TemporaryDirectory() as made:
        folder = options.folder or Path(made)
        folder.mkdir(parents=True, exist_ok=True)
        options.music = (folder / "music").resolve()
        music = VariedMusic(seconds=30.0, seed=1)
        for number in range(options.tracks if options.ingest else 0):
            path = path_of(options.music, number)
            if not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                music.write(number, path)
        sides = [Side(HERE.parent, folder, options.songs)]
        if options.source:
            sides.append(Side(options.source.resolve(), folder, options.songs))
        for side in sides:
            side.filled()
        for number in range(options.rounds):
            for side in sides if number % 2 == 0 else reversed(sides):
                with tempfile.TemporaryDirectory(dir=folder) as place:
                    show(side.source.name, measure(side, options, Path(place)), options.seconds)


if __name__ == "__main__":
    main()

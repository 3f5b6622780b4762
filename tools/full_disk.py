"""Fill the disk under a library at random moments, and see that one line says so and that nothing is lost.

    mount -t tmpfs -o size=900m tmpfs /mnt/small
    python tools/full_disk.py --folder /mnt/small --times 30

The library lies on that small disk, and a server is at work on it: an ingest, an upload of a film, a backup,
in turn; `index rebuild` without a server. At a random moment of the work a file takes all room but a random
rest. The work has to end, well or with one line; meanwhile the server has to go on answering
questions. Then the file goes, the work is done again, and `check` has to be clean, with every song once.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from reelscore.sources.demo import demo_videos
from vary_music import VariedMusic

REELSCORE = (sys.executable, "-c", "from reelscore.cli.main import run; run()")
WORKS = ("ingest", "upload", "backup", "index rebuild")
OVER = ("succeeded", "failed", "cancelled")


class Trial:
    """A library on a small disk."""

    def __init__(self, folder: Path, music: Path, draw: random.Random) -> None:
        self.folder, self.music, self.draw = folder, music, draw
        self.home = folder / "home"
        self.log = music.parent / "server.log"
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("REELSCORE_")},
            "REELSCORE_HOME": str(self.home),
            "REELSCORE_MUSIC_FOLDERS": str(music),
        }
        self.problems: list[str] = []
        self.outcomes: Counter[str] = Counter()
        self.took = dict.fromkeys(WORKS, 2.0)
        self._varied = VariedMusic(seconds=5.0, seed=3)
        self.tracks = 0
        self._films = 0

    def more_music(self, count: int) -> None:
        for _ in range(count):
            self._varied.write(self.tracks, self.music / f"{self.tracks}.flac")
            self.tracks += 1

    def command(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*REELSCORE, *arguments],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    @contextmanager
    def serving(self) -> Iterator[httpx.Client]:
        with socket.socket() as tried:
            tried.bind(("127.0.0.1", 0))
            port = tried.getsockname()[1]
        with self.log.open("w") as said:
            server = subprocess.Popen(
                [*REELSCORE, "serve", "--port", str(port)], env=self.environment, stdout=said, stderr=said
            )
        while "serving" not in self.log.read_text():
            if server.poll() is not None:
                raise SystemExit(f"the server did not start: {self.log.read_text()}")
            time.sleep(0.1)
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=120.0) as http:
                yield http
        finally:
            if server.poll() is not None:
                self.problems.append(f"the server ended with {server.returncode}")
            server.terminate()
            server.wait(60)
            log = self.log.read_text()
            if "Traceback" in log:
                self.problems.append(f"a traceback in the log: {log[-3000:]}")

    def fill(self) -> int:
        """Take all room but a random rest; bytes of that."""
        rest = self.draw.choice((0, 0, 4096, 100_000, 1_000_000, 20_000_000, 240_000_000))
        with (self.folder / "filler").open("wb") as file:
            try:
                while (free := shutil.disk_usage(self.folder).free) > rest:
                    os.posix_fallocate(
                        file.fileno(), os.fstat(file.fileno()).st_size, min(free - rest, 1 << 26)
                    )
            except OSError:
                pass  # somebody else took it
        return rest

    def start(self, work: str, http: httpx.Client | None) -> subprocess.Popen[str] | str:
        """Begin a piece of work: a process, or the id of a task; an answer that refuses it is a line."""
        if work == "backup":
            (self.folder / "library.zip").unlink(missing_ok=True)
            return self.command("backup", str(self.folder / "library.zip"))
        if work == "index rebuild":
            return self.command("index", "rebuild")
        assert http is not None
        if work == "ingest":
            self.more_music(3)
            body = {"source": "folder", "options": {"paths": [str(self.music)]}}
            answer = http.post("/api/library/ingest", json=body)
        else:
            film = next(path for path in demo_videos() if path.name == "bikes.mp4").read_bytes()
            self._films += 1
            film += (16).to_bytes(4, "big") + b"free" + self._films.to_bytes(8, "big")
            answer = http.post("/api/recommendations/analyze-video", files={"video": ("bikes.mp4", film)})
        if answer.status_code == 202:
            return str(answer.json()["data"]["task_id"])
        return f"refused: {answer.status_code} {answer.json()['error']['message']}"

    def finish(self, begun: subprocess.Popen[str] | str, http: httpx.Client | None) -> str:
        """What came of it: "done", or the line that says why not."""
        if isinstance(begun, subprocess.Popen):
            _, said = begun.communicate(timeout=300)
            lines = [line for line in said.splitlines() if line.strip()]
            return "done" if begun.returncode == 0 else f"exit {begun.returncode}: " + "\n".join(lines[-3:])
        if begun.startswith("refused"):
            return begun
        assert http is not None
        deadline = time.monotonic() + 300
        while (task := http.get(f"/api/tasks/{begun}").json()["data"])["state"] not in OVER:
            if time.monotonic() > deadline:
                return "it does not end"
            time.sleep(0.1)
        refused = (task["result"] or {}).get("failed", []) if task["state"] == "succeeded" else []
        if refused:
            return f"of {len(refused)} files: {refused[0]['reason']}"
        return "done" if task["state"] == "succeeded" else f"failed: {task['error']['message']}"

    def round(self, work: str, http: httpx.Client | None) -> None:
        """One piece of work with a disk that gets full, and the same again once there is room."""
        began = time.monotonic()
        early = self.draw.random() < 0.2
        rest = self.fill() if early else 0
        begun = self.start(work, http)
        if not early:
            time.sleep(self.draw.uniform(0.0, 0.9) * self.took[work])
            rest = self.fill()
        for _ in range(3 if http is not None else 0):
            assert http is not None
            if (answer := http.get("/health")).status_code != 200:
                self.problems.append(f"{work}: /health {answer.status_code}")
            question = {"query": f"calm piano {self.draw.random()}"}
            answer = http.post("/api/recommendations/text-recommendations", json=question)
            if answer.status_code != 200:
                self.problems.append(
                    f"{work}: a question with {rest} bytes left: {answer.status_code} {answer.text}"
                )
        full = threading.Timer(
            15.0, (self.folder / "filler").unlink
        )  # how a job ended is written once it can be
        full.start()
        said = self.finish(begun, http)
        full.cancel()
        (self.folder / "filler").unlink(missing_ok=True)
        if "\n" in said or said == "it does not end" or "Traceback" in said or "went wrong" in said:
            self.problems.append(f"{work}, {rest} bytes left: {said}")
        self.outcomes[f"{work}: {'done' if said == 'done' else 'one line'}"] += 1
        print(
            f"{work}, {rest:,} bytes left {'from the start' if early else 'on the way'}: {said}", flush=True
        )
        began = time.monotonic()
        again = self.finish(self.start(work, http), http)
        self.took[work] = time.monotonic() - began
        if again != "done":
            self.problems.append(f"{work} with room again: {again}")

    def examine(self) -> None:
        """Every song is there once, and nothing is left beside."""
        for problem in self.problems:
            print(f"so far: {problem}", flush=True)
        process = self.command("check", "--json")
        out, said = process.communicate()
        if process.returncode:
            self.problems.append(f"check: {out[-2000:]} {said[-500:]}")
        listed = json.loads(self.command("songs", "list", "--json", "--limit", "100").communicate()[0])
        titles = Counter(song["title"] for song in listed["songs"])
        if len(titles) != self.tracks or max(titles.values()) > 1:
            self.problems.append(f"{len(titles)} of {self.tracks} songs; {titles.most_common(2)}")
        left = [path.name for path in self.folder.rglob("*") if re.search(r"\.part$|\.tmp$", path.name)]
        if left:
            self.problems.append(f"left behind: {left}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, required=True, help="a file system of about 900 MB")
    parser.add_argument("--times", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    draw = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as made, tempfile.TemporaryDirectory(dir=options.folder) as small:
        music = Path(made) / "music"
        music.mkdir()
        trial = Trial(Path(small), music, draw)
        trial.more_music(20)
        ingested = trial.command("ingest", "folder", str(music))
        if ingested.wait():
            raise SystemExit(str(ingested.communicate()))
        for number in range(0, options.times, len(WORKS)):
            some = WORKS[: options.times - number]
            with trial.serving() as http:
                for work in some[:3]:
                    trial.round(work, http)
            for work in some[3:]:
                trial.round(work, None)
            trial.examine()
    for problem in trial.problems:
        print(f"PROBLEM: {problem}")
    print(
        f"{options.times} full disks: {dict(sorted(trial.outcomes.items()))}; {len(trial.problems)} problems"
    )
    return 1 if trial.problems else 0


if __name__ == "__main__":
    sys.exit(main())

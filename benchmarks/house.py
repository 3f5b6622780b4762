"""How much work a question is, and how much code: statements, index calls, functions, lines.

Run with `.venv/bin/python benchmarks/house.py`; `--home FOLDER` takes a library of the demo that is there
already, `--json` prints one document, `--list` says what was counted. The server is `reelscore serve`, run by
the console script that the package names, in the main thread of this process; another thread asks it over
HTTP, so nothing here knows what is behind the documented routes. Each figure of a question is the median of
five that were not asked before, on a server that has answered others.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.metadata
import importlib.util
import json
import os
import random
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

import httpx
import sqlalchemy as sa

import house_source as source

PATIENCE_SECONDS = 120.0
TEXTS = (
    "calm acoustic guitar",
    "happy electronic dance",
    "tender acoustic piano",
    "dark ambient drone",
    "nostalgic indie folk",
)
PHRASES = (
    ("calm piano", "soft strings", "warm pads", "slow ballad"),
    ("bright guitar", "folk song", "light drums", "happy choir"),
    ("deep bass", "fast techno", "hard beat", "wild synth"),
    ("sad violin", "slow cello", "dark mood", "film score"),
    ("funk bass", "soul voice", "jazz drums", "brass band"),
)
GUIDE_OF_ONE_PHRASE = "with soft piano"
CLIP = "bikes.mp4"
_SONGS_BY_ID = re.compile(r"\bFROM songs\b(?!_).*\bWHERE\b.*\bsongs\.id (?:IN|=)", re.S | re.I)
_INNER = ("<lambda>", "<listcomp>", "<genexpr>", "<dictcomp>", "<setcomp>", "<module>")


@dataclass
class Counted:
    """What happened while one question was answered."""

    statements: list[str] = field(default_factory=list)
    index_calls: list[str] = field(default_factory=list)
    functions: Counter[tuple[str, str]] = field(default_factory=Counter)

    @property
    def song_reads(self) -> list[str]:
        return [text for text in self.statements if _SONGS_BY_ID.search(text)]


class Watch:
    """Counts what every thread of this process does while it is on."""

    def __init__(self, package: Path) -> None:
        self._package = f"{package}{os.sep}"
        self._index = f"{package / 'index'}{os.sep}"
        self._counted: Counted | None = None
        sa.event.listen(sa.Engine, "before_cursor_execute", self._statement)
        threading.setprofile(self._call)  # of threads that begin from now on
        sys.setprofile(self._call)

    def during(self, work: Callable[[], Any]) -> Counted:
        counted = self._counted = Counted()
        try:
            work()
        finally:
            self._counted = None
        return counted

    def _statement(self, *arguments: Any) -> None:
        text = " ".join(str(arguments[2]).split())
        if self._counted is not None and text != "BEGIN":
            self._counted.statements.append(text)

    def _call(self, frame: FrameType, event: str, _: Any) -> None:
        counted = self._counted
        if counted is None or event != "call":
            return
        code = frame.f_code
        if not code.co_filename.startswith(self._package):
            return
        if code.co_name not in _INNER:
            counted.functions[code.co_filename, code.co_qualname] += 1
        # A search of an index, single or batched, as the rooms above see it: called from outside of the room.
        if code.co_filename.startswith(self._index) and code.co_name.startswith("search"):
            caller = frame.f_back
            if caller is None or not caller.f_code.co_filename.startswith(self._index):
                counted.index_calls.append(code.co_qualname)


def ask_all(client: httpx.Client, watch: Watch) -> dict[str, list[Counted]]:
    """Each kind of question five times, after others that warm the server."""

    def text(words: str) -> Callable[[], Any]:
        route = "/api/recommendations/text-recommendations"
        return lambda: client.post(route, json={"query": words, "limit": 10}).raise_for_status()

    def edited(phrases: tuple[str, ...], **more: Any) -> Callable[[], Any]:
        body = {"phrases": [{"text": phrase} for phrase in phrases], "limit": 10, **more}
        return lambda: client.post("/api/recommendations/search", json=body).raise_for_status()

    def video() -> dict[str, Any]:
        started = client.post("/api/recommendations/analyze-video", files={"video": (CLIP, clip)}).json()
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            task = client.get(f"/api/tasks/{started['task_id']}").json()["data"]
            if task["state"] == "succeeded":
                return dict(task["result"])
            time.sleep(0.05)
        raise TimeoutError("the video was not answered")

    clip = client.get(f"/api/demo/videos/{CLIP}").raise_for_status().content
    analysis = video()["analysis_id"]
    for words in ("warm up", "something slow"):
        text(words)()
        edited((words, "piano"), tempo_bpm=[80, 120], energy=0.5)()
    wishes = {"tempo_bpm": [80, 120], "energy": 0.5}
    return {
        "text": [watch.during(text(words)) for words in TEXTS],
        "edited": [watch.during(edited(phrases, **wishes)) for phrases in PHRASES],
        # What a video asks for is searched with its analysis; the phrases are changed so that there are four.
        "video": [watch.during(edited(phrases, analysis_id=analysis)) for phrases in PHRASES],
    }


def measure(home: Path, package: Path) -> dict[str, list[Counted]]:
    """Run the server in this thread until another has asked everything."""
    found: dict[str, list[Counted]] = {}
    failed: list[BaseException] = []
    watch = Watch(package)
    port = random.SystemRandom().randrange(20_000, 32_000)

    def ask() -> None:
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE_SECONDS) as client:
                deadline = time.monotonic() + PATIENCE_SECONDS
                while True:
                    try:
                        client.get("/api/songs", params={"limit": 1}).raise_for_status()
                        break
                    except httpx.TransportError:
                        if time.monotonic() > deadline:
                            raise
                        time.sleep(0.1)
                found.update(ask_all(client, watch))
        except BaseException as error:  # noqa: BLE001  told by the main thread
            failed.append(error)
        os.kill(os.getpid(), signal.SIGTERM)

    os.environ["REELSCORE_HOME"] = str(home)
    (script,) = importlib.metadata.entry_points(group="console_scripts", name="reelscore")
    run = script.load()
    threading.Thread(target=ask, daemon=True).start()
    sys.argv = ["reelscore", "serve", "--port", str(port)]
    signal.signal(signal.SIGTERM, lambda *_: None)  # while it runs, the server's own handler is in its place
    with contextlib.suppress(SystemExit):
        run()
    if failed:
        raise failed[0]
    return found


def median(counts: list[int]) -> int:
    return round(statistics.median(counts))


def table(found: dict[str, list[Counted]], package: Path) -> dict[str, Any]:
    """The rows of the table."""
    # In all five: what a thread in the background does now and then is in none or in one.
    functions = set.intersection(*(set(one.functions) for one in found["text"]))
    return {
        "SQL statements, text question": median([len(one.statements) for one in found["text"]]),
        "SQL statements, edited search of four phrases": median(
            [len(one.statements) for one in found["edited"]]
        ),
        "index calls, text question": median([len(one.index_calls) for one in found["text"]]),
        "index calls, video of four phrases": median([len(one.index_calls) for one in found["video"]]),
        "times the songs are read, text question": median([len(one.song_reads) for one in found["text"]]),
        "times the songs are read, edited search": median([len(one.song_reads) for one in found["edited"]]),
        "functions of ours between route and body, text": len(functions),
        "modules that they are in": len({file for file, _ in functions}),
        "places that spell the question's arguments": len(source.spelled_questions(package)),
        "lines of `src/reelscore` (Python)": source.lines_of(package),
        "pairs of ten or more repeated lines in `src/`": len(source.repeated(package)),
        "modules past 400 lines": len(source.long_modules(package)),
    }


def details(found: dict[str, list[Counted]], package: Path) -> dict[str, list[str]]:
    """What was counted, of the last question of each kind."""
    last = {kind: counted[-1] for kind, counted in found.items()}
    functions = sorted(set.intersection(*(set(one.functions) for one in found["text"])))
    return {
        **{f"statements, {kind}": one.statements for kind, one in last.items()},
        **{f"index calls, {kind}": one.index_calls for kind, one in last.items()},
        "functions, text": [f"{Path(file).relative_to(package)} {name}" for file, name in functions],
        "spelled": source.spelled_questions(package),
        "repeated": source.repeated(package),
        "long": source.long_modules(package),
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--home", type=Path, help="a library of the demo; not given: a new one")
    parser.add_argument("--json", action="store_true", help="print one document")
    parser.add_argument("--list", action="store_true", help="say what was counted too")
    given = parser.parse_args()
    spec = importlib.util.find_spec("reelscore")
    assert spec is not None and spec.origin is not None
    package = Path(spec.origin).parent
    for name in list(os.environ):
        if name.startswith(("REELSCORE_", "GEMINI_", "QDRANT_", "DB_", "DATABASE_", "CELERY_", "CLAP_")):
            del os.environ[name]
    with tempfile.TemporaryDirectory() as folder:
        home = given.home.resolve() if given.home else Path(folder) / "home"
        os.chdir(folder)  # no `.env` of whoever runs this
        if not given.home:
            command = [sys.executable, "-c", "from reelscore.cli.main import run; run()", "ingest", "demo"]
            environment = {**os.environ, "REELSCORE_HOME": str(home)}
            subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
        found = measure(home, package)
    rows = table(found, package)
    if given.json:
        print(json.dumps({"rows": rows, **(details(found, package) if given.list else {})}, indent=1))
        return
    print("| | now |\n|---|---|")
    for name, value in rows.items():
        print(f"| {name} | {value:,} |")
    if given.list:
        for name, lines in details(found, package).items():
            print(f"\n{name}:", *lines, sep="\n  ")


if __name__ == "__main__":
    main()

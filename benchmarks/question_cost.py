"""What a question costs in a large library, now and at an earlier commit, asked side by side in one run.

    python benchmarks/question_cost.py --songs 100000 --home /tmp/drawn --against HEAD~5
    python benchmarks/question_cost.py --songs 100000 --home /tmp/drawn --http

The library is drawn by `drawn_library.py` once for each schema and kept under `--home`. Each side runs in a
process of its own, that of `--against` in a worktree of that commit, and they are asked in turn, so that what
else the machine does meets both; answers are compared in order and score. `--http` starts `reelscore serve`
and asks it over one connection, then over four at once, with `/health` asked meanwhile.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
TOLERANCE = 1e-5
HOW = "calm happy sad dark energetic dreamy epic gentle tense romantic slow fast".split()
WHAT = (
    *("acoustic guitar", "electronic dance", "solo piano", "string orchestra", "hip hop beat", "heavy metal"),
    *("jazz trio", "ambient pads", "folk song", "synth pop", "funk bass", "choir"),
)
NAMED = ("blue river", "the night of love", "dream", "golden road", "summer rain", "home")
WISHES = {"tempo_bpm": [80, 120], "energy": 0.5}
ROUTES = {
    "song": "/recommend",
    "four phrases": "/api/recommendations/search",
}

Form = dict[str, Any]


def questions(count: int, songs: Sequence[str], artists: int) -> dict[str, list[Form]]:
    """Kind -> different questions in the JSON form of a query."""
    rng = random.Random(11)

    def sentence() -> str:
        return f"{rng.choice(HOW)} {rng.choice(WHAT)} {rng.choice(HOW)}"

    def phrase() -> dict[str, Any]:
        return {"text": f"{rng.choice(HOW)} {rng.choice(WHAT)}", "weight": rng.choice((1.0, 2.0))}

    narrow = {"tempo_bpm": [90, 130], "vocals": False}
    return {
        "text": [{"text": sentence()} for _ in range(count)],
        "filter": [{"text": sentence(), "filters": narrow} for _ in range(count)],
        "names": [{"text": f"{rng.choice(NAMED)} by Artist {rng.randrange(artists)}"} for _ in range(count)],
        "song": [{"song": song, "limit": 5} for song in rng.sample(list(songs), min(count, len(songs)))],
        "four phrases": [{"phrases": [phrase() for _ in range(4)], **WISHES} for _ in range(count)],
    }


# --- one side: a process of its own -------------------------------------------------------------------


def work(home: Path, songs: int) -> None:
    """Answer questions from standard input, each a line of JSON, with its cost and its songs."""
    from drawn_library import fill
    from reelscore.config import Settings
    from reelscore.library.index_sync import refresh_indexes
    from reelscore.query.form import read_query
    from reelscore.search.engine import search
    from reelscore.wiring import Wiring

    wiring = Wiring(Settings(home=home))
    if not wiring.catalog.has_songs():
        fill(wiring, songs)
        refresh_indexes(wiring)
    if hasattr(wiring, "shelf"):
        wiring.shelf.keep_up()  # as a server does
    say = os.fdopen(os.dup(1), "w", buffering=1)  # what the work prints does not come between
    ids = sorted(wiring.catalog.track_ids(wiring.lite.space.name))
    print(json.dumps({"ids": ids[:: max(1, len(ids) // 1000)]}), file=say)
    for line in sys.stdin:
        began, burnt = time.perf_counter(), time.process_time()
        answer = search(wiring, read_query(json.loads(line))).to_dict()
        cost = {"ms": 1e3 * (time.perf_counter() - began), "cpu": 1e3 * (time.process_time() - burnt)}
        found = [[song["id"], song["score"], song["reasons"], song["passage"]] for song in answer["songs"]]
        own = {"songs": found, "rss": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}
        print(json.dumps(cost | own), file=say)
    wiring.close()


class Side:
    """A process that answers questions with the code of one commit."""

    def __init__(self, source: Path, home: Path, songs: int) -> None:
        command = [sys.executable, str(Path(__file__)), "--work", str(home), "--songs", str(songs)]
        environment = {**clean_environment(), "PYTHONPATH": f"{source / 'src'}{os.pathsep}{HERE}"}
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
            cwd=home.parent,
        )
        self.songs: list[str] = self._read()["ids"]

    def ask(self, form: Form) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(form) + "\n")
        self._process.stdin.flush()
        return self._read()

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit("one side ended before it answered")
        found: dict[str, Any] = json.loads(line)
        return found

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(60)


def clean_environment() -> dict[str, str]:
    """The environment without the settings of whoever runs this."""
    own = ("REELSCORE_", "GEMINI_", "QDRANT_", "DB_", "DATABASE_", "CELERY_", "CLAP_")
    return {name: value for name, value in os.environ.items() if not name.startswith(own)}


def home_of(base: Path, source: Path, songs: int) -> Path:
    """The drawn library of the schema of a commit; one of an older schema is copied, to be upgraded."""
    command = [
        sys.executable,
        "-c",
        "from reelscore.catalog.db.schema import REVISIONS; print(REVISIONS[-1])",
    ]
    environment = {**clean_environment(), "PYTHONPATH": str(source / "src")}
    revision = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
    home = base / f"{songs}-{revision.strip()}"
    older = [one for one in sorted(base.glob(f"{songs}-*")) if one.name < home.name]
    if not home.exists() and older:
        shutil.copytree(older[-1], home)
    home.mkdir(parents=True, exist_ok=True)
    return home


@contextlib.contextmanager
def worktree(ref: str) -> Iterator[Path]:
    """The files of an earlier commit."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "source"
        git = ["git", "-C", str(HERE), "worktree"]
        subprocess.run([*git, "add", "--detach", str(place), ref], check=True, capture_output=True)
        try:
            yield place
        finally:
            subprocess.run([*git, "remove", "--force", str(place)], check=True)


def differs(one: Sequence[Any], other: Sequence[Any]) -> bool:
    """Whether two answers differ in their songs, their order or their scores."""
    return [song[0] for song in one] != [song[0] for song in other] or any(
        abs(a[1] - b[1]) > TOLERANCE for a, b in zip(one, other, strict=True)
    )


def compare(base: Path, songs: int, repeats: int, ref: str | None) -> None:
    """Ask every kind of question, and print what they cost."""
    with contextlib.ExitStack() as stack:
        sources = {"now": HERE.parent} | ({ref: stack.enter_context(worktree(ref))} if ref else {})
        homes = {name: home_of(base, source, songs) for name, source in sources.items()}
        if ref and homes[ref] == homes["now"]:  # one process owns a library
            homes[ref] = base / f"{homes[ref].name}~other"
            if not homes[ref].exists():
                Side(sources[ref], homes["now"], songs).close()
                shutil.copytree(homes["now"], homes[ref])
        sides = {name: Side(sources[name], homes[name], songs) for name in reversed(sources)}
        for side in sides.values():
            stack.callback(side.close)
        asked = questions(repeats + 3, sides["now"].songs, max(1, songs // 30))
        costs: dict[str, dict[str, list[dict[str, Any]]]] = {}
        unlike: dict[str, int] = {}
        for kind, forms in asked.items():
            costs[kind] = {name: [] for name in sides}
            for number, form in enumerate(forms):
                order = list(sides) if number % 2 else list(reversed(sides))
                found = {name: sides[name].ask(form) for name in order}
                if number >= 3:
                    for name in sides:
                        costs[kind][name].append(found[name])
                if ref and differs(found["now"]["songs"], found[ref]["songs"]):
                    unlike[kind] = unlike.get(kind, 0) + 1
        print_table(costs, ref, unlike)


def print_table(
    costs: Mapping[str, Mapping[str, Sequence[Mapping[str, Any]]]], ref: str | None, unlike: Mapping[str, int]
) -> None:
    def spread(found: Sequence[Mapping[str, Any]], what: str) -> tuple[float, float]:
        values = sorted(one[what] for one in found)
        return statistics.median(values), values[min(len(values) - 1, int(0.95 * len(values)))]

    names = [*([ref] if ref else []), "now"]
    heads = [f"{name}, ms p50 / p95 | CPU ms" for name in names]
    heads += ["times as fast | in CPU | answers that differ"] if ref else []
    print("| question | " + " | ".join(heads) + " |")
    print("|---|" + "---|" * (7 if ref else 2))
    for kind, sides in costs.items():
        took = {name: spread(sides[name], "ms") for name in names}
        burnt = {name: spread(sides[name], "cpu")[0] for name in names}
        cells = [f"{took[name][0]:.1f} / {took[name][1]:.1f} | {burnt[name]:.1f}" for name in names]
        if ref:
            cells.append(f"{took[ref][0] / took['now'][0]:.1f} | {burnt[ref] / burnt['now']:.1f}")
            cells.append(str(unlike.get(kind, 0)))
        print(f"| {kind} | " + " | ".join(cells) + " |")
    peak = {
        name: max(one["rss"] for sides in costs.values() for one in sides[name]) for name in costs["text"]
    }
    print("\npeak MB: " + ", ".join(f"{name} {megabytes}" for name, megabytes in peak.items()))


# --- over HTTP ----------------------------------------------------------------------------------------


def body_of(kind: str, form: Form) -> tuple[str, bytes]:
    route = ROUTES.get(kind, "/api/recommendations/text-recommendations")
    body = {
        ("query" if name == "text" else "song_id" if name == "song" else name): v for name, v in form.items()
    }
    return route, json.dumps(body).encode()


def post(connection: http.client.HTTPConnection, route: str, body: bytes) -> float:
    began = time.perf_counter()
    connection.request("POST", route, body, {"Content-Type": "application/json"})
    response = connection.getresponse()
    text = response.read()
    assert response.status == 200, text[:200]
    return 1e3 * (time.perf_counter() - began)


def memory_of(pid: int) -> dict[str, int]:
    """Megabytes that a process has in memory: its own, and of files."""
    status = Path(f"/proc/{pid}/status").read_text()
    kinds = {"own": "RssAnon", "of files": "RssFile"}
    return {
        name: int(next(line.split()[1] for line in status.splitlines() if line.startswith(kind))) // 1024
        for name, kind in kinds.items()
    }


def over_http(base: Path, songs: int, repeats: int) -> None:
    """Start the server, ask it over one connection and over four, and print what it took."""
    home = home_of(base, HERE.parent, songs)
    side = Side(HERE.parent, home, songs)  # which draws the library if there is none
    known = side.songs
    side.close()
    port = random.SystemRandom().randrange(20_000, 32_000)
    environment = {**clean_environment(), "PYTHONPATH": str(HERE.parent / "src"), "REELSCORE_HOME": str(home)}
    command = [
        sys.executable,
        "-c",
        "from reelscore.cli.main import run; run()",
        "serve",
        "--port",
        str(port),
    ]
    began = time.perf_counter()
    server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, cwd=home)

    def connect() -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", port, timeout=120)

    try:
        while True:
            with contextlib.suppress(OSError):
                connection = connect()
                connection.request("GET", "/health")
                connection.getresponse().read()
                break
            time.sleep(0.02)
        print(
            f"serve to first answer: {time.perf_counter() - began:.2f} s; MB at rest: {memory_of(server.pid)}"
        )
        asked = questions(repeats + 3, known, max(1, songs // 30))
        for kind, forms in asked.items():
            took = sorted([post(connection, *body_of(kind, form)) for form in forms][3:])
            print(f"{kind}: p50 {statistics.median(took):.1f} ms, p95 {took[int(0.95 * len(took))]:.1f} ms")
        bodies = [body_of("text", form) for form in asked["text"]]
        waits: list[float] = []
        done = threading.Event()

        def ask_health() -> None:
            own = connect()
            while not done.wait(0.05):
                start = time.perf_counter()
                own.request("GET", "/health")
                own.getresponse().read()
                waits.append(1e3 * (time.perf_counter() - start))

        def ask_texts() -> None:
            own = connect()
            for route, body in bodies:
                post(own, route, body)

        clients = [threading.Thread(target=ask_texts) for _ in range(4)]
        watcher = threading.Thread(target=ask_health)
        start = time.perf_counter()
        for thread in (watcher, *clients):
            thread.start()
        for thread in clients:
            thread.join()
        seconds = time.perf_counter() - start
        done.set()
        watcher.join()
        waits.sort()
        print(f"four clients: {4 * len(bodies) / seconds:.0f} texts/s; ", end="")
        print(f"/health meanwhile: p50 {statistics.median(waits):.1f} ms, most {waits[-1]:.1f} ms")
        print(f"MB afterwards: {memory_of(server.pid)}")
    finally:
        server.terminate()
        server.wait(60)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--songs", type=int, default=10_000)
    parser.add_argument("--repeats", type=int, default=30, help="questions of each kind")
    parser.add_argument("--home", type=Path, help="keep the drawn libraries here")
    parser.add_argument("--against", metavar="REF", help="ask an earlier commit the same")
    parser.add_argument("--http", action="store_true", help="ask `reelscore serve`")
    parser.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.work:
        work(given.work, given.songs)
        return
    with tempfile.TemporaryDirectory() as scratch:
        base = (given.home or Path(scratch)).resolve()
        if given.http:
            over_http(base, given.songs, given.repeats)
        else:
            compare(base, given.songs, given.repeats, given.against)


if __name__ == "__main__":
    main()

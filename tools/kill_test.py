"""Kill the process that ingests, again and again at random moments, and see that nothing is lost or doubled.

    python tools/kill_test.py --backend edge --kills 100 --tracks 200
    python tools/kill_test.py --backend celery --kills 100 --tracks 200

`edge`: `reelscore ingest folder` over SQLite and Qdrant Edge. `celery`: `reelscore worker` with an ingest
job, over MariaDB, Redis, and the stand-in for a Qdrant server that the tests have. After the last kill it
runs to its end, and then every track has to be there exactly once, in SQL and in every index, and `check` has
to be clean. The tracks are the demo's, varied (see `vary_music.py`). The moments are spread over the start of
the process, its work and its end, in such a way that there is still work left until the last kills.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "tests")]  # the varied music, and the services of the tests

from reelscore.catalog.store import Catalog  # noqa: E402
from reelscore.config import Settings  # noqa: E402
from reelscore.wiring import Wiring  # noqa: E402
from vary_music import VariedMusic, path_of  # noqa: E402

REELSCORE = (sys.executable, "-c", "from reelscore.cli.main import run; run()")
_SOON = (0.1, 2.5)  # seconds after the start of the process: it starts, and begins to work
_LATE_MOST = 20.0


@dataclass
class Outcome:
    """What a run showed."""

    backend: str
    kills: int
    tracks: int
    seconds: float = 0.0
    killed_at: list[float] = field(default_factory=list)  # seconds after the start of each process
    songs_at: list[int] = field(default_factory=list)  # songs in SQL when it was killed
    given_up: int = 0  # jobs that the queue stopped trying, and that were submitted again
    songs: int = 0
    points: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    @property
    def in_the_middle(self) -> int:
        """Kills after which something was there, and something was still to do."""
        return sum(0 < songs < self.tracks for songs in self.songs_at)


@contextmanager
def environment(backend: str, folder: Path) -> Iterator[dict[str, str]]:
    """The settings of the processes, with the services that the backend needs."""
    ours = ("REELSCORE_", "DB_", "QDRANT_", "CELERY_", "CLAP_", "DATABASE_")
    plain = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    plain["REELSCORE_HOME"] = str(folder / "home")
    if backend == "edge":
        yield plain
        return
    from qdrant_server import run_qdrant
    from services_running import MariaDB, Redis

    with ExitStack() as stack:
        mariadb, redis = MariaDB(folder / "mariadb"), Redis(folder / "redis")
        for server in (mariadb, redis):
            stack.callback(server.stop)
            server.start()
        qdrant, _ = stack.enter_context(run_qdrant(folder / "qdrant"))
        yield plain | {
            "DATABASE_URL": mariadb.create_database(),
            "CELERY_BROKER_URL": redis.url,
            "QDRANT_URL": qdrant,
        }


class Ingest:
    """The ingest that is killed: how to start it, how far it is, and whether it is over."""

    def __init__(self, settings: dict[str, str], music: Path, log: Path) -> None:
        self.settings = settings
        self.music = music
        self.given_up = 0
        self._log = log

    def start(self) -> subprocess.Popen[bytes]:
        """Start the process."""
        raise NotImplementedError

    def is_over(self, process: subprocess.Popen[bytes]) -> bool:
        """Whether the work is done."""
        raise NotImplementedError

    def close(self) -> None:
        """Release what it holds."""

    def _run(self, *arguments: str) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as log:
            return subprocess.Popen(
                [*REELSCORE, *arguments], env=self.settings, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )


class EdgeIngest(Ingest):
    """A command that ingests by itself."""

    def start(self) -> subprocess.Popen[bytes]:
        """Start the process."""
        return self._run("ingest", "folder", str(self.music))

    def is_over(self, process: subprocess.Popen[bytes]) -> bool:
        """Whether the work is done."""
        assert not process.poll(), f"the ingest failed: see {self._log}"
        return process.poll() == 0


class CeleryIngest(Ingest):
    """A worker, and one job that it shall bring to its end."""

    def __init__(self, settings: dict[str, str], music: Path, log: Path) -> None:
        super().__init__(settings, music, log)
        from reelscore.jobs.celery_queue import CeleryJobQueue
        from reelscore.jobs.handlers import job_handlers

        self.wiring = Wiring(settings_of(settings))
        self._queue = CeleryJobQueue(
            self.wiring.catalog, job_handlers(self.wiring), settings["CELERY_BROKER_URL"]
        )
        self.submit()

    def submit(self) -> None:
        """Submit the job, as a server does; the queue looks after nothing here, so that the worker has to."""
        options = {"source": "folder", "options": {"paths": [str(self.music)]}}
        self.job = self._queue.submit("ingest", options)

    def close(self) -> None:
        """Release what it holds."""
        self.wiring.close()

    def start(self) -> subprocess.Popen[bytes]:
        """Start the process."""
        job = self.wiring.catalog.job(self.job.id)
        if job.state.final and (job.error or {}).get("code") == "crashed":
            self.given_up += 1  # as somebody would do who sees it
            self.submit()
        return self._run("worker")

    def is_over(self, process: subprocess.Popen[bytes]) -> bool:
        """Whether the work is done."""
        assert process.poll() is None, f"the worker ended by itself: see {self._log}"
        job = self.wiring.catalog.job(self.job.id)
        if job.state.final and (job.error or {}).get("code") == "crashed":
            self.given_up += 1
            self.submit()
            return False
        return job.state.final


def settings_of(values: dict[str, str]) -> Settings:
    """The settings that a process with these variables has."""
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(values)
    try:
        return Settings(_env_file=None)
    finally:
        os.environ.clear()
        os.environ.update(before)


def count_songs(database: str) -> Callable[[], int]:
    """Counts the songs in SQL, from outside."""
    opened: list[Catalog] = []

    def count() -> int:
        if not opened:
            opened.append(Catalog(database))
        songs: int = opened[0].counts()["songs"]
        return songs

    return count


def kill_again_and_again(
    ingest: Ingest, outcome: Outcome, songs: Callable[[], int], rng: random.Random
) -> None:
    """The kills: early ones while the ingest is ahead of them, late ones while it is behind."""
    late = 6.0
    began = time.monotonic()
    for number in range(outcome.kills):
        before = songs()
        ahead = before / outcome.tracks > (number + 1) / (outcome.kills + 1)
        wait = rng.uniform(*_SOON) if ahead else rng.uniform(_SOON[1], late)
        process = ingest.start()
        started = time.monotonic()
        while (passed := time.monotonic() - started) < wait and process.poll() is None:
            time.sleep(min(0.02, wait - passed))
        process.kill()
        if process.wait() > 0:
            outcome.problems.append(f"kill {number + 1}: it had failed before")
        outcome.killed_at.append(passed)
        outcome.songs_at.append(songs())
        if not ahead and outcome.songs_at[-1] == before:
            late = min(late + 1.0, _LATE_MOST)  # it needs longer to get anywhere, such as on a busy machine
        say(
            f"\rkill {number + 1} of {outcome.kills}, {passed:4.1f} s after its start, "
            f"{outcome.songs_at[-1]} of {outcome.tracks} songs, {time.monotonic() - began:.0f} s "
        )


def run_to_the_end(ingest: Ingest, patience: float) -> None:
    """Start it once more, and wait until it is done."""
    process = ingest.start()
    deadline = time.monotonic() + patience
    try:
        while not ingest.is_over(process):
            if time.monotonic() > deadline:
                raise SystemExit(f"the ingest does not end: see {ingest._log}")
            time.sleep(0.1)
    finally:
        process.terminate()
        process.wait(60)


def examine(settings: dict[str, str], outcome: Outcome) -> None:
    """Whether every track is there exactly once, wherever it should be."""
    wiring = Wiring(settings_of(settings))
    try:
        catalog = wiring.catalog
        songs, total = catalog.list_songs(limit=outcome.tracks + 1000)
        outcome.songs = total
        titles = Counter(song.title for song in songs)
        if total != outcome.tracks or len(titles) != outcome.tracks:
            doubled = [title for title, count in titles.items() if count > 1]
            outcome.problems.append(f"{total} songs of {len(titles)} tracks; doubled: {doubled[:5]}")
        ids = {song.id for song in songs}
        for space in wiring.embedders.spaces:
            in_sql = {song for some, _ in catalog.track_vectors(space) for song in some}
            in_index = wiring.index(space).ids()
            outcome.points[space] = len(in_index)
            for place, found in (("SQL", in_sql), ("the index", in_index)):
                if found != ids:
                    outcome.problems.append(
                        f"{space}: {len(ids - found)} songs are missing in {place}, "
                        f"{len(found - ids)} are too many"
                    )
            if catalog.pending(space) or catalog.removed(space):
                outcome.problems.append(f"{space}: songs are left pending")
        unfinished = [f"{job.kind}: {job.state}" for job in catalog.unfinished_jobs()]
        outcome.problems += [f"a job is not over: {job}" for job in unfinished]
    finally:
        wiring.close()
    check = subprocess.run(
        [*REELSCORE, "check", "--json"], env=settings, capture_output=True, text=True, check=False
    )
    if check.returncode:
        found: Any = json.loads(check.stdout or '{"problems": []}')
        outcome.problems += [f"check: {problem}" for problem in found.get("problems", [check.stderr])]


def run(
    outcome: Outcome, folder: Path, settings: dict[str, str], *, seconds: float = 30.0, seed: int = 1
) -> None:
    """The whole test in a folder, with the settings of `environment`; see the module."""
    tracks = outcome.tracks
    music = VariedMusic(seconds=seconds, seed=seed)
    for number in range(tracks):
        path = path_of(folder / "music", number)
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            music.write(number, path)
    began = time.monotonic()
    make = EdgeIngest if outcome.backend == "edge" else CeleryIngest
    ingest = make(settings, folder / "music", folder / "processes.log")
    songs = count_songs(settings_of(settings).sql_url)
    kill_again_and_again(ingest, outcome, songs, random.Random(seed))
    run_to_the_end(ingest, patience=120 + 5 * tracks)
    outcome.given_up = ingest.given_up
    examine(settings, outcome)
    ingest.close()
    outcome.seconds = time.monotonic() - began


def say(text: str) -> None:
    """Onto stderr, at once."""
    sys.stderr.write(text)
    sys.stderr.flush()


def main() -> int:
    """Run it as the command line asks; exit code 1 where something was lost or doubled."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--backend", choices=("edge", "celery"), required=True)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--tracks", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=30.0, help="length of each track")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="where all is kept; not given: a temporary folder")
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = options.folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.mkdir(parents=True, exist_ok=True)
        outcome = Outcome(options.backend, options.kills, options.tracks)
        settings = stack.enter_context(environment(options.backend, folder))
        run(outcome, folder, settings, seconds=options.seconds, seed=options.seed)
    waits = sorted(outcome.killed_at) or [0.0]
    say("\n")
    print(
        f"{outcome.backend}: {outcome.kills} kills, {waits[0]:.1f} to {waits[-1]:.1f} s after the start "
        f"(median {waits[len(waits) // 2]:.1f}), {outcome.in_the_middle} of them with some of the "
        f"{outcome.tracks} tracks there and some not; {outcome.given_up} times the job was given up and "
        f"submitted again; {outcome.seconds:.0f} s in all"
    )
    print(f"songs in SQL {outcome.songs}, in the indexes {outcome.points}")
    for problem in outcome.problems:
        print(f"PROBLEM: {problem}")
    print("every track is there exactly once" if not outcome.problems else "NOT CLEAN")
    return 1 if outcome.problems else 0


if __name__ == "__main__":
    sys.exit(main())

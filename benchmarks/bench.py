"""What the work costs, beside what others do with it and beside an earlier commit, in turns in one run.

    make bench                                      # ARGS="--against REF --songs 100000 --home /tmp/drawn"
    python benchmarks/bench.py --peers .venv-bench/bin/python --against HEAD~50 --only ingest "bare search"

Every figure is the best of `--rounds` turns, in which each side does the same work in a process of its own.
`now` is this working tree, an earlier commit has a worktree of its own, and the others are packages of
`requirements/bench.txt`, run by the interpreter `--peers`; a side whose package is missing says so.
Questions are asked by `question_cost.py`, in process and over HTTP. Compare ratios, not seconds.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).resolve().parent
Figures = dict[str, float]
Sides = dict[str, tuple[str, tuple[str, ...]]]  # name -> function below, and its arguments


def burnt() -> float:
    """Processor seconds of this process, all of its threads, and the children that it waited for."""
    usages = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def cost_of(work: Callable[[], object], repeats: int = 2) -> Figures:
    """Processor seconds, and seconds on the clock, of the cheapest call after a first."""
    work()
    costs = []
    for _ in range(repeats):
        cpu, began = burnt(), time.perf_counter()
        work()
        costs.append((burnt() - cpu, time.perf_counter() - began))
    return {"CPU s": min(cpu for cpu, _ in costs), "s": min(took for _, took in costs)}


# --- sides: functions that run in a process of their own ----------------------------------------------


def ours(file: str) -> Figures:
    import reelscore.cli  # noqa: F401 - memory and threads are set as for a command
    from reelscore.analysis.track import listen
    from reelscore.config import load_settings
    from reelscore.wiring import Wiring

    embedders = Wiring(load_settings()).embedders
    return cost_of(lambda: listen(Path(file), embedders))


def bliss(file: str) -> Figures:
    import bliss_audio

    return cost_of(lambda: bliss_audio.Song(file))


def musly(file: str) -> Figures:
    import pymusly

    box = pymusly.MuslyJukebox()
    return cost_of(lambda: box.track_from_audiofile(file, length=60, start=-48))


def librosa(file: str) -> Figures:
    import librosa as peer

    def describe() -> None:
        samples, rate = peer.load(file, sr=22_050)
        peer.beat.beat_track(y=samples, sr=rate)
        for feature in ("mfcc", "chroma_stft", "spectral_contrast", "spectral_centroid"):
            getattr(peer.feature, feature)(y=samples, sr=rate)

    return cost_of(describe)


def decoded(file: str) -> Figures:
    from reelscore.audio.decode import load

    return cost_of(lambda: load(Path(file)))


def decoded_alone(file: str) -> Figures:
    """Every frame as the decoder gives it."""
    import av

    def decode() -> None:
        with av.open(file) as container:
            for frame in container.decode(audio=0):
                frame.to_ndarray()

    return cost_of(decode)


def our_cuts(file: str) -> Figures:
    from video import reelscore_cuts

    return cost_of(lambda: reelscore_cuts(Path(file)))


def their_cuts(file: str) -> Figures:
    from scenedetect import AdaptiveDetector, detect

    return cost_of(lambda: detect(file, AdaptiveDetector()))


def command(home: str) -> Figures:
    """A whole process of `reelscore recommend text` over the demo's library."""
    run = [sys.executable, "-c", "from reelscore.cli.main import run; run()"]
    # The first run compiles the package, as an installation does, also where nothing else is to be compiled.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["REELSCORE_HOME"] = home
    if not Path(home).exists():
        subprocess.run([*run, "ingest", "demo"], env=environment, check=True, capture_output=True)
    asked = [*run, "recommend", "text", "calm acoustic guitar", "--json"]
    took = []
    for _ in range(4):
        began = time.perf_counter()
        subprocess.run(asked, env=environment, check=True, capture_output=True)
        took.append(time.perf_counter() - began)
    return {"s": min(took[1:])}


def drawn() -> tuple[np.ndarray, np.ndarray]:
    """(100000, 400) vectors of length 1 around centres, and 200 near some of them."""
    rng = np.random.default_rng(5)
    centres = rng.standard_normal((500, 400), dtype=np.float32)
    songs = centres[rng.integers(500, size=100_000)] + 0.8 * rng.standard_normal(
        (100_000, 400), dtype=np.float32
    )
    asked = songs[:200] + 0.1 * rng.standard_normal((200, 400), dtype=np.float32)
    return tuple(rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in (songs, asked))  # type: ignore[return-value]


def searched(
    songs: np.ndarray, asked: np.ndarray, built: float, find: Callable[[np.ndarray], Any]
) -> Figures:
    """`find` takes a query and gives the places of its ten nearest."""
    nearest = np.argsort(-(asked @ songs.T), axis=1)[:, :10]
    for query in asked[:20]:
        find(query)
    took, found = [], 0
    for query, wanted in zip(asked, nearest, strict=True):
        began = time.perf_counter()
        places = find(query)
        took.append(time.perf_counter() - began)
        found += len(set(map(int, places)) & set(map(int, wanted)))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "ms p50": 1e3 * float(np.median(took)),
        "recall": found / nearest.size,
        "s to build": built,
        "peak MB": peak,
    }


def edge() -> Figures:
    import uuid

    from reelscore.index.edge.index import EdgeIndex

    songs, asked = drawn()
    with (
        tempfile.TemporaryDirectory() as folder,
        contextlib.closing(EdgeIndex(Path(folder), "s", 400)) as index,
    ):
        began = time.perf_counter()
        index.upsert([str(uuid.UUID(int=place)) for place in range(len(songs))], songs)
        index.optimize()
        built = time.perf_counter() - began
        return searched(
            songs, asked, built, lambda query: [uuid.UUID(hit.id).int for hit in index.search(query, 10)]
        )


def faiss(recipe: str) -> Figures:
    import faiss as peer

    songs, asked = drawn()
    began = time.perf_counter()
    index = peer.index_factory(400, recipe, peer.METRIC_INNER_PRODUCT)
    index.train(songs)
    index.add(songs)
    if hasattr(index, "nprobe"):
        index.nprobe = 16
    built = time.perf_counter() - began
    return searched(songs, asked, built, lambda query: index.search(query[None], 10)[1][0])


# --- the table ----------------------------------------------------------------------------------------


def works(folder: Path) -> dict[str, Sides]:
    """Row -> its sides; "now" is measured at the earlier commit as well."""
    from main_job import write_long_song
    from reelscore.sources.demo import DemoSource, demo_videos

    tracks = [Path(track.uri) for track in DemoSource().offer()]
    long = folder / "song.wav"
    write_long_song(tracks[::3], long, 240)
    with wave.open(str(long)) as file:
        assert file.getnframes() == 240 * 44_100
    film = str(max(demo_videos(), key=lambda path: path.stat().st_size))
    heard = {
        f"ingest, {name}": {
            "now": ("ours", (str(file),)),
            "bliss-audio": ("bliss", (str(file),)),
            "pymusly": ("musly", (str(file),)),
            "librosa": ("librosa", (str(file),)),
        }
        for name, file in (("a track of 30 s", tracks[0]), ("a song of 4 minutes", long))
    }
    return heard | {
        "decoding": {
            "now": ("decoded", (str(tracks[0]),)),
            "PyAV alone": ("decoded_alone", (str(tracks[0]),)),
        },
        "cuts": {"now": ("our_cuts", (film,)), "PySceneDetect": ("their_cuts", (film,))},
        "command": {"now": ("command", (str(folder / "home-{side}"),))},
        "bare search": {
            "now": ("edge", ()),
            "FAISS flat": ("faiss", ("Flat",)),
            "FAISS IVF-SQ8": ("faiss", ("IVF1024,SQ8",)),
            "FAISS HNSW": ("faiss", ("HNSW32",)),
        },
    }


def measured(python: str, source: Path, function: str, arguments: list[str]) -> Figures | str:
    """The figures of one side, or why there are none."""
    from question_cost import clean_environment
    from reelscore.children.pool import KEPT_MEMORY

    # Memory is kept as it is by the children that hear songs, on every side.
    environment = KEPT_MEMORY | clean_environment() | {"PYTHONPATH": f"{source / 'src'}{os.pathsep}{HERE}"}
    run = [python, str(HERE / "bench.py"), "--work", function, json.dumps(arguments)]
    done = subprocess.run(run, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        return (done.stderr.strip().splitlines() or [f"ended with {done.returncode}"])[-1][:80]
    figures: Figures = json.loads(done.stdout.splitlines()[-1])
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--against", metavar="REF", help="measure an earlier commit beside")
    parser.add_argument(
        "--peers", default=sys.executable, help="the interpreter that has requirements/bench.txt"
    )
    parser.add_argument(
        "--only", nargs="*", default=[""], metavar="ROW", help="beginnings of rows; questions"
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--songs", type=int, default=10_000, help="in the library that questions are put to")
    parser.add_argument("--home", type=Path, help="keeps the drawn libraries")
    parser.add_argument("--work", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.work:
        function: Callable[..., Figures] = getattr(importlib.import_module("bench"), given.work[0])
        print(json.dumps(function(*json.loads(given.work[1]))))
        return
    from question_cost import worktree

    with contextlib.ExitStack() as stack:
        sources = {"now": HERE.parent}
        if given.against:
            sources[given.against] = stack.enter_context(worktree(given.against))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        for row, sides in works(folder).items():
            if row.startswith(tuple(given.only)):
                print_row(row, turns(sides, sources, given.peers, given.rounds))
        if "questions".startswith(tuple(given.only)):
            base = [sys.executable, str(HERE / "question_cost.py"), "--songs", str(given.songs)]
            base += ["--home", str((given.home or folder).resolve())]
            print("\n## questions\n", flush=True)
            subprocess.run([*base, *(["--against", given.against] if given.against else [])], check=True)
            subprocess.run([*base, "--http"], check=True)


def turns(sides: Sides, sources: dict[str, Path], peers: str, rounds: int) -> dict[str, Figures | str]:
    """Side -> the best figures of some rounds, in which each side has its turn."""
    best: dict[str, Figures | str] = {}
    for _ in range(rounds):
        for name, (function, arguments) in sides.items():
            commits = sources if name == "now" else {name: HERE.parent}
            for side, source in commits.items():
                python = sys.executable if name == "now" else peers
                filled = [one.format(side=side) for one in arguments]
                found = measured(python, source, function, filled)
                before = best.get(side)
                if isinstance(found, dict) and isinstance(before, dict):
                    found = {key: (max if key == "recall" else min)(found[key], before[key]) for key in found}
                best[side] = found
    return best


def print_row(row: str, sides: dict[str, Figures | str]) -> None:
    """A table of the sides, each figure with how many times that of `now` it is."""
    now = sides["now"]
    print(f"\n## {row}\n")
    if isinstance(now, str):
        raise SystemExit(f"{row}: {now}")
    print("| | " + " | ".join(now) + " |\n|---|" + "---|" * len(now))
    for side, figures in sides.items():
        if isinstance(figures, str):
            print(f"| {side} | {figures} |")
            continue
        cells = (f"{value:.3g} ({value / max(now[key], 1e-9):.2f} x)" for key, value in figures.items())
        print(f"| {side} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()

"""How fast music comes in, where the time goes, and how much memory it takes.

    .venv/bin/python tools/vary_music.py --out /tmp/tracks --count 10000 --seconds 5
    .venv/bin/python benchmarks/ingest.py scale /tmp/tracks      # one run over all of them
    .venv/bin/python benchmarks/ingest.py overlap                # against one track after the other

`scale` notes memory and pace at every tenth of the run. `overlap` takes songs of 30 s from a server of its
own that answers after 300 ms and sends 2.5 MB a second, as a store would, and from a folder; each run
has a process of its own, and the two ways take turns. Stage times are CPU seconds of the threads that did it.
"""

from __future__ import annotations

import argparse
import functools
import io
import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import av
import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent / "tools"))

import reelscore.cli  # noqa: F401 - memory and threads are set as for a command
from reelscore.config import Settings
from reelscore.files import hash_file
from reelscore.ingest.service import ingest, ingest_from
from reelscore.library.index_sync import refresh_indexes
from reelscore.maintenance.check import check_library
from reelscore.records import AnalysedTrack, Progress, Track
from reelscore.wiring import Wiring
from vary_music import RATE, VariedMusic, path_of

LATENCY_SECONDS = 0.3
BYTES_PER_SECOND = 2_500_000
STAGES = ("fetch and hash", "decode", "features", "models", "waveform", "SQL", "index")


class Clocks:
    """CPU seconds of each stage, of all threads; what one stage calls of another is not counted twice."""

    def __init__(self) -> None:
        self.seconds = dict.fromkeys(STAGES, 0.0)
        self._lock = threading.Lock()
        self._inner = threading.local()

    def wrap(self, owner: Any, name: str, stage: str) -> None:
        function = getattr(owner, name)

        @functools.wraps(function)
        def timed(*args: Any, **options: Any) -> Any:
            if getattr(self._inner, "busy", False):
                return function(*args, **options)
            self._inner.busy = True
            began = time.thread_time()
            try:
                return function(*args, **options)
            finally:
                self._inner.busy = False
                with self._lock:
                    self.seconds[stage] += time.thread_time() - began

        setattr(owner, name, timed)

    def install(self) -> None:
        from reelscore.analysis import hearing
        from reelscore.catalog.store import Catalog
        from reelscore.index.edge.index import EdgeIndex
        from reelscore.ingest import run as ingest_run
        from reelscore.net.http import HttpClient

        self.wrap(ingest_run, "hash_file", "fetch and hash")
        self.wrap(HttpClient, "_persist", "fetch and hash")
        self.wrap(hearing, "load", "decode")
        self.wrap(hearing, "measure_all", "features")
        self.wrap(hearing, "embed_all", "models")
        self.wrap(hearing, "draw_waveform", "waveform")
        for name in (
            *("add", "known_files", "note_files", "ids_by_content", "known_ids", "songs", "refresh"),
            *("pending", "mark_indexed", "facets"),
        ):
            self.wrap(Catalog, name, "SQL")
        for name in ("upsert", "flush", "optimize"):
            self.wrap(EdgeIndex, name, "index")


def resident_mb() -> dict[str, int]:
    """Resident memory: of the process itself, and of files that are mapped (index, libraries)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    found = {line.split(":")[0]: int(line.split()[1]) for line in lines if line.startswith("Rss")}
    return {"own_mb": round(found["RssAnon"] / 1024), "mapped_mb": round(found["RssFile"] / 1024)}


# --- 10,000 tracks -----------------------------------------------------------------------------------


def scale(folder: Path, home: Path) -> dict[str, Any]:
    clocks = Clocks()
    clocks.install()
    wiring = Wiring(Settings(home=home))
    marks: list[dict[str, Any]] = []
    began, cpu = time.monotonic(), time.process_time()

    def note(step: Progress) -> None:
        if step.total and step.done >= step.total * (len(marks) + 1) / 10:
            tenth = {"share": len(marks) + 1, "tracks": int(step.done), **resident_mb()}
            marks.append(tenth | {"seconds": round(time.monotonic() - began)})
            print(json.dumps(marks[-1]), flush=True)

    report = ingest(wiring, "folder", {"paths": [str(folder)]}, note)
    figures = {
        "offered": report.offered,
        "added": report.added,
        "already": report.already_known,
        "skipped": len(report.skipped),
        "failed": len(report.failed),
        "seconds": round(report.seconds, 1),
        "tracks_per_second": round(report.added / report.seconds, 2),
        "cpu_seconds": round(time.process_time() - cpu, 1),
        "stages_cpu_ms_a_track": {
            name: round(1000 * seconds / max(1, report.added), 2) for name, seconds in clocks.seconds.items()
        },
        "marks": marks,
        "check": check_library(wiring),
    }
    again = ingest(wiring, "folder", {"paths": [str(folder)]})
    figures["second_run_seconds"] = round(again.seconds, 2)
    figures["second_run_known"] = again.already_known
    wiring.close()
    # What of it is the embedded index: a process that only opens the library.
    command = [sys.executable, __file__, "open", str(home)]
    figures["opened_alone"] = json.loads(subprocess.check_output(command))
    return figures


def opened_alone(home: Path) -> dict[str, int]:
    wiring = Wiring(Settings(home=home))
    before = resident_mb()
    for space in wiring.embedders.spaces:
        wiring.index(space).info()
    after = resident_mb()
    wiring.close()
    return {f"index_{name}": after[name] - before[name] for name in after}


# --- side by side and one after the other ------------------------------------------------------------


def in_turn(wiring: Wiring, source: Any) -> int:
    """The same work with the same parts, one track after the other."""
    from reelscore.analysis.track import hear

    catalog, lite = wiring.catalog, wiring.lite
    batch: list[AnalysedTrack] = []
    count = 0
    for track in source.offer():
        if not isinstance(track, Track) or catalog.known_ids([track.id]):
            continue
        with source.fetch(track) as path:
            content = hash_file(path)
            if catalog.ids_by_content([content]):
                continue
            heard = hear(path, wiring.embedders)
        tags = lite.tags(heard.vector(lite.space.name))
        batch.append(
            AnalysedTrack(
                track,
                content,
                heard.features,
                heard.embeddings,
                tags=tags,
                tags_space=lite.space.name,
                waveform=heard.waveform,
            )
        )
        count += 1
        if len(batch) == 16:
            catalog.add(batch)
            batch.clear()
    catalog.add(batch)
    refresh_indexes(wiring)
    return count


def one_run(way: str, source: str, where: str) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as home:
        wiring = Wiring(
            Settings(home=Path(home), itunes_base_url=where, itunes_calls_per_minute=None)
            if source == "itunes"
            else Settings(home=Path(home))
        )
        options = {"term": "any", "limit": 200} if source == "itunes" else {"paths": [where]}
        found = wiring.source(source, options)
        first = next(track for track in found.offer() if isinstance(track, Track))
        with found.fetch(first) as path:  # loads models and libraries
            from reelscore.analysis.track import hear

            hear(path, wiring.embedders)
        began, cpu = time.perf_counter(), time.process_time()
        count = in_turn(wiring, found) if way == "in turn" else ingest_from(wiring, found).added
        seconds = time.perf_counter() - began
        cpu = time.process_time() - cpu
        wiring.close()
    return {"tracks": count, "seconds": seconds, "cpu": cpu}


def overlap(count: int, rounds: int) -> None:
    music = VariedMusic(seconds=30.0, seed=7)
    with tempfile.TemporaryDirectory() as folder, serve_previews(music, count) as url:
        for number in range(count):
            path = path_of(Path(folder), number)
            path.parent.mkdir(exist_ok=True)
            music.write(number, path)
        for source, where, label in (
            ("itunes", url, f"previews, {LATENCY_SECONDS * 1000:.0f} ms and 2.5 MB/s"),
            ("folder", folder, "files on disk"),
        ):
            runs: dict[str, list[dict[str, float]]] = {"in turn": [], "side by side": []}
            for _ in range(rounds):
                for way in runs:
                    command = [sys.executable, __file__, "run", way, source, where]
                    runs[way].append(json.loads(subprocess.check_output(command)))
            rate = {
                way: statistics.median(one["tracks"] / one["seconds"] for one in those)
                for way, those in runs.items()
            }
            ratios = [
                fast["tracks"] / fast["seconds"] / (slow["tracks"] / slow["seconds"])
                for slow, fast in zip(runs["in turn"], runs["side by side"], strict=True)
            ]
            cpu = {way: min(one["cpu"] / one["tracks"] for one in those) for way, those in runs.items()}
            print(
                f"| {label} | {rate['in turn']:.2f} | {rate['side by side']:.2f} | "
                f"{statistics.median(ratios):.2f} | {cpu['in turn']:.2f} | {cpu['side by side']:.2f} |",
                flush=True,
            )


@contextmanager
def serve_previews(music: VariedMusic, count: int) -> Iterator[str]:
    """A store on this machine: a search, and previews that come as slowly as over a network."""
    previews = [as_m4a(music, number) for number in range(count)]

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            time.sleep(LATENCY_SECONDS)
            if parts.path == "/search":
                page = parse_qs(parts.query)
                begin, limit = int(page.get("offset", ["0"])[0]), int(page["limit"][0])
                songs = [song(self.server.server_address[1], n) for n in range(count)][begin : begin + limit]
                self._send(json.dumps({"resultCount": len(songs), "results": songs}).encode(), paced=False)
            else:
                self._send(previews[int(parts.path.rpartition("/")[2].partition(".")[0])], paced=True)

        def _send(self, body: bytes, *, paced: bool) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            piece = BYTES_PER_SECOND // 20
            for start in range(0, len(body), piece):
                self.wfile.write(body[start : start + piece])
                if paced:
                    time.sleep(len(body[start : start + piece]) / BYTES_PER_SECOND)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def song(port: int, number: int) -> dict[str, Any]:
    return {
        "wrapperType": "track",
        "kind": "song",
        "trackId": 1000 + number,
        "trackName": f"Song {number}",
        "artistName": f"Artist {number % 7}",
        "previewUrl": f"http://127.0.0.1:{port}/{number}.m4a",
        "trackTimeMillis": 200_000,
    }


def as_m4a(music: VariedMusic, number: int) -> bytes:
    samples = (np.clip(music.samples(number), -1, 1) * 32767).astype(np.int16)[None, :]
    file = io.BytesIO()
    with av.open(file, "w", format="ipod") as target:
        stream: Any = target.add_stream("aac", rate=44_100, layout="stereo", bit_rate=256_000)
        frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
        frame.sample_rate = RATE
        resampler = av.AudioResampler(stream.format.name, "stereo", 44_100, 1024)
        for piece in [*resampler.resample(frame), *resampler.resample(None), None]:
            target.mux(stream.encode(piece))
    return file.getvalue()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    sub = commands.add_parser("scale")
    sub.add_argument("folder", type=Path)
    sub.add_argument("--home", type=Path, help="an empty folder; not given: a temporary one")
    sub = commands.add_parser("overlap")
    sub.add_argument("--count", type=int, default=60)
    sub.add_argument("--rounds", type=int, default=3)
    sub = commands.add_parser("open")
    sub.add_argument("home", type=Path)
    sub = commands.add_parser("run")
    sub.add_argument("way")
    sub.add_argument("source")
    sub.add_argument("where")
    options = parser.parse_args()
    if options.command == "scale":
        with tempfile.TemporaryDirectory() as home:
            print(json.dumps(scale(options.folder, options.home or Path(home)), indent=1))
    elif options.command == "open":
        print(json.dumps(opened_alone(options.home)))
    elif options.command == "overlap":
        overlap(options.count, options.rounds)
    else:
        print(json.dumps(one_run(options.way, options.source, options.where)))


if __name__ == "__main__":
    main()

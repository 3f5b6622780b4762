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
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

sys.path.append(str(Path(__file__).parent.parent / "tests" / "live"))
from set_songs import band_of, clicks_in, fade_of, song_values, sound_of, tone_of, track_of

from reelscore.live.feeding import Feed
from reelscore.live.inputs import Source
from reelscore.live.mixing import Laid
from reelscore.live.rendering import SetRenderer
from reelscore.live.running import TICK_SECONDS, Run
from reelscore.live.session import LiveSet, SetRules
from reelscore.query.form import Query
from reelscore.sources.demo import demo_videos
from reelscore.video.decode.frames import open_video
from reelscore.video.local.analyzer import LocalAnalyzer
from reelscore.video.local.interpret import energy_level

RATE = 25
ALONE = 1.0  # seconds to the next beat that stand for none within reach
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
    "as it is": Kind(1.0, 1, None),
    "as it is, short": Kind(1.0, 1, 3.0),
}


def footage(folder: Path | None = None) -> list[list[Image]]:
    clips = []
    for path in demo_videos() if folder is None else sorted(folder.iterdir()):
        with open_video(path) as video:
            clips.append([frame.image for frame in video.frames()])
    return clips


def shown(
    kinds: Sequence[str], seconds: Sequence[float], *, seed: int, every: int = 1, folder: Path | None = None
) -> Iterator[tuple[float, Image]]:
    rng, clips, index = np.random.default_rng(seed), footage(folder), 0
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


def scenes(
    count: int, low: float, high: float, seed: int, kinds: Sequence[str] = tuple(KINDS)[:4]
) -> tuple[list[str], list[float]]:
    rng = np.random.default_rng(seed)
    names = [str(rng.choice(list(kinds)))]
    while len(names) < count:
        names.append(str(rng.choice([name for name in kinds if name != names[-1]])))
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
    heard: Callable[[LiveSet, float], bool] = lambda live, now: True,
) -> tuple[LiveSet, list[dict[str, Any]]]:
    events: list[dict[str, Any]] = []

    def ask(query: Query) -> dict[str, Any]:
        wanted = float(query.energy or 0.0)
        near = sorted(library, key=lambda song: abs(song["features"]["energy"] - wanted))
        return {"songs": near[: query.limit]}

    live = LiveSet(ask=ask, load=track_of, emit=lambda event: events.append(dict(event)))
    ticked = 0.0
    for now, image in pictures:
        live.picture(now, image)
        if now >= ticked + TICK_SECONDS:
            ticked = now
            live.tick(now)
            if renderer is not None:
                renderer.render(live.laid, now)
            if not heard(live, now):
                break
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


def simulated_set(hours: float, folder: Path, within: float) -> None:
    """Changes are measured in the sound as it is rendered: a set that is ended early has figures, too."""
    names: list[str] = []
    seconds: list[float] = []
    while sum(seconds) < hours * 3600:
        more = scenes(20, 25.0, 120.0, len(names))
        names += more[0]
        seconds += more[1]
    library = songs(20 + round(2.5 * len(names)), 150.0)  # more than are played

    def path_of(song_id: str) -> Path:
        path = folder / f"{song_id}.wav"
        if not path.exists():  # of those that are played alone
            song = next(one for one in library if one["id"] == song_id)
            soundfile.write(path, sound_of(song)[::2], 24_000, "PCM_16")
        return path

    gaps, quiet, begun = [0.0], 0, False  # everything below -60 dB is a gap
    recent: deque[tuple[int, Any]] = deque()  # (first sample, block) of the last minute
    rendered = 0

    def write(block: Any) -> None:
        nonlocal quiet, begun, rendered
        loud = np.flatnonzero(np.abs(block).max(axis=0) > 1e-3)
        if len(loud):
            edges = np.diff(np.concatenate([[-1 - quiet], loud]))
            if begun:
                gaps.append(float(edges.max() - 1) / 48_000)
            begun, quiet = True, block.shape[1] - 1 - int(loud[-1])
        else:
            quiet += block.shape[1]
        recent.append((rendered, block.mean(axis=0)))
        rendered += block.shape[1]
        while recent[0][0] < rendered - 60 * 48_000:
            recent.popleft()

    off: list[float] = []
    beats: list[float] = []
    lines: list[float] = []
    read = 0  # changes that were looked at
    over = time.monotonic() + within

    def heard(live: LiveSet, now: float) -> bool:
        nonlocal read
        pairs = list(itertools.pairwise(live.laid))
        while read < len(pairs) and (pairs[read][1].begin + pairs[read][1].fade_in + 2.0) * 48_000 < rendered:
            begin = recent[0][0]
            found = heard_change(np.concatenate([block for _, block in recent]), begin, *pairs[read])
            read += 1
            if found is not None:
                off.append(found[0])
                beats.extend(found[1])
                lines.extend(found[2])
        return time.monotonic() < over

    renderer = SetRenderer(path_of, write)
    pictures = shown(names, seconds, seed=2, every=5)
    pictures = itertools.takewhile(lambda each: each[0] < hours * 3600, pictures)
    live, _ = simulate(pictures, library, renderer, heard)
    played = [laid.track.song_id for laid in live.laid]
    ends = rendered / 48_000
    print(
        f"{ends / 3600:.2f} h, {len(played)} songs, {len(played) - len(set(played))} repeats, "
        f"longest gap {max(gaps) * 1000:.1f} ms"
    )
    kinds: dict[str, int] = {}
    for laid in live.laid[1:]:
        kinds[laid.how] = kinds.get(laid.how, 0) + 1
    print(
        f"changes: {kinds}; of {len(off)} it can be heard when the new song begins: "
        f"{np.median(off) * 1000:.1f} ms off a bar line (median), {max(off) * 1000:.1f} ms at most"
    )
    for name, each in (("beats", beats), ("bar lines", lines)):
        near = [apart for apart in each if apart < ALONE]
        print(
            f"{name} of both songs while they cross beat-matched: {len(each)}, "
            f"{np.median(near) * 1000:.1f} ms apart (median), "
            f"{max(near, default=0.0) * 1000:.1f} ms at most, "
            f"{len(each) - len(near)} without one near"
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


def heard_change(
    sound: NDArray[np.float32], begin: int, before: Laid, laid: Laid
) -> tuple[float, list[float], list[float]] | None:
    """(seconds from where a song begins to the nearest bar line of the one before it, those between beats of
    both while they cross, and between bar lines of both), from the rendered sound, mono from sample `begin`
    on; None if their tones or clicks are too alike. The plan only says where to look.
    """
    old, new = band_of(before.track.song_id), band_of(laid.track.song_id)
    tone = tone_of(laid.track.song_id) * laid.rate
    if old == new or abs(tone - tone_of(before.track.song_id)) < 50.0:
        return None
    first = max(begin, int((laid.begin - 6.0) * 48_000))
    mono = sound[first - begin : int((laid.begin + laid.fade_in + 2.0) * 48_000) - begin]
    offset = laid.begin - first / 48_000
    fade = fade_of(mono, tone, offset - 2.0, offset + laid.fade_in + 0.5)
    bars = clicks_in(mono, old, 0.0, offset + 0.1, 0.18)  # bar lines are louder than beats
    if fade is None or not bars:
        return None
    apart: tuple[list[float], list[float]] = ([], [])
    if laid.how == "beat-matched":  # over two bars: in the middle is a bar line, and both are heard well
        middle = offset + laid.fade_in / 2
        for found, reach, least in zip(apart, (0.6, 0.25), (0.03, 0.15), strict=True):
            one = clicks_in(mono, old, middle - reach, middle + reach, least)
            other = clicks_in(mono, new * laid.rate, middle - reach - 0.7, middle + reach + 0.7, least)
            found += [min((abs(at - beat) for beat in other), default=ALONE) for at in one]
    return min(abs(fade[0] - at) for at in bars), *apart


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


def cpu_seconds() -> float:
    """Of this process and of its children that are over."""
    used = (resource.getrusage(each) for each in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in used)


def resident_megabytes() -> float:
    """Of this process and all below it; pages that they share count in each."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has ended
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
    family, pages = [os.getpid()], 0
    for pid in family:
        family += [child for child, parent in parents.items() if parent == pid]
        with suppress(OSError):
            pages += int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def cpu(folder: Path) -> None:
    run, feed = watched(long_film(folder, 1.0, 1080), 0.0)
    began, before = time.perf_counter(), cpu_seconds()
    run.go()
    used = cpu_seconds() - before
    print(
        f"1080p30: {used:.1f} s of CPU for {run.now:.0f} s, {used / run.now:.0%} of one core "
        f"({time.perf_counter() - began:.0f} s by the clock, {feed.late} late)"
    )


def memory(folder: Path, hours: float, speed: float, height: int) -> None:
    run, feed = watched(long_film(folder, hours * 60.0, height), speed)
    sizes: list[tuple[float, float]] = []

    def note(now: float) -> None:
        if not sizes or now >= sizes[-1][0] + 30.0:
            sizes.append((now, resident_megabytes()))
            print(f"{now / 60:.1f} min: {sizes[-1][1]:.1f} MB, {feed.late} late", flush=True)

    run._act = note
    run.go()
    settled = [size for now, size in sizes if now >= 90.0]
    print(
        f"{run.now / 60:.0f} min of {height}p30 at {speed:g} times its speed: {min(settled):.0f} to "
        f"{max(settled):.0f} MB after the first 90 s, {feed.late} late"
    )


def agree(folder: Path, films: int, first: int, clips: Path | None) -> None:
    import av

    kinds = tuple(KINDS) if clips else tuple(KINDS)[:4]
    right = level = total = 0
    for seed in range(first, first + films):
        names, seconds = scenes(5, 20.0, 45.0, 20 + seed, kinds)
        before = right, level, total
        path = folder / f"film{seed}.mp4"
        with av.open(str(path), "w") as container:
            stream = container.add_stream("libx264", rate=RATE, width=256, height=144, pix_fmt="yuv420p")
            stream.options = {"preset": "ultrafast", "crf": "18"}
            for _, image in shown(names, seconds, seed=seed, folder=clips):
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
        of = total - before[2]
        print(
            f"film {seed} ({', '.join(names)}): {of} s, same mood {(right - before[0]) / of:.0%}, "
            f"same energy level {(level - before[1]) / of:.0%}",
            flush=True,
        )
    print(f"{total} s of {films} films: same mood {right / total:.0%}, same energy level {level / total:.0%}")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=("latency", "set", "cpu", "memory", "agree"))
    parser.add_argument("--hours", type=float, default=2.0)
    parser.add_argument("--within", type=float, default=float("inf"), help="seconds of work (set)")
    parser.add_argument("--speed", type=float, default=4.0)
    parser.add_argument("--height", type=int, default=1080, help="of the film (memory)")
    parser.add_argument("--changes", type=int, default=30)
    parser.add_argument("--films", type=int, default=3)
    parser.add_argument("--first", type=int, default=0, help="number of the first film (agree)")
    parser.add_argument("--clips", type=Path, help="folder of footage; not given: the demo's (agree)")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if given.what == "latency":
            latency(given.changes)
        elif given.what == "set":
            simulated_set(given.hours, folder, given.within)
        elif given.what == "cpu":
            cpu(folder)
        elif given.what == "memory":
            memory(folder, given.hours, given.speed, given.height)
        else:
            agree(folder, given.films, given.first, given.clips)


if __name__ == "__main__":
    main()

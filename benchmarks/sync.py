"""Figures of sync: plans against chance, kinship and speed; `sync_fit.py` has those of fits.

    .venv/bin/python benchmarks/sync.py plan            # edits x songs, beats and bar lines
    .venv/bin/python benchmarks/sync.py kinship
    .venv/bin/python benchmarks/sync.py speed

With `--home` the songs are those of a library with the grids that it stores. Without, beat grids are made
from what the beat tracker finds in the demo's 28 tracks: their intervals between beats, in pieces, at other
tempi, so that their unsteadiness is real. Edits are drawn with the lengths of shots in films. Seeds below
1000 were used while weights were chosen; these figures use others.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import partial
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # one core

import numpy as np

from reelscore.audio.decode import load
from reelscore.audio.rhythm import find_rhythm
from reelscore.catalog.store import Catalog
from reelscore.config import Settings
from reelscore.embedding.suite import EmbedderSuite
from reelscore.records import TIMELINE_RATE, BeatGrid, SyncPlan
from reelscore.sources.demo import DemoSource, demo_videos
from reelscore.sync.grids import PictureGrid, SongGrid, picture_grid, song_grid
from reelscore.sync.heard import RATE
from reelscore.sync.kinship import RELATED, kinship
from reelscore.sync.plan import PlanOptions, plan, plan_many, sync_scores
from reelscore.sync.scoring import nearest, tolerance_seconds

SEED = 20_000
FEWEST_BARS = 6  # of a song of a library
# As it is planned, by the cuts alone, and with the song up to 1 % faster or slower.
WAYS = {
    "as planned": PlanOptions(alternatives=0),
    "cuts alone": PlanOptions(alternatives=0, weights={"sync": 1.0}),
    "stretched": PlanOptions(alternatives=0, stretch=True),
}
RATES = (Fraction(24000, 1001), Fraction(25), Fraction(30000, 1001))


# --- material -----------------------------------------------------------------------------------------


def library(count: int, home: Path | None) -> list[SongGrid]:
    """The songs that are planned: those of a library, or drawn ones."""
    return stored(home)[:count] if home else drawn(count)


def stored(home: Path) -> list[SongGrid]:
    """The songs of a library with the grids that it stores, in a drawn order, each 2 to 4.5 minutes long.

    What is known of a song is often an excerpt, so its bars are repeated to that length.
    """
    catalog = Catalog(Settings(home=home).sql_url)
    ids = sorted(song for some, _ in catalog.track_vectors(EmbedderSuite.sound_space) for song in some)
    structures, features = catalog.structures(ids), catalog.features(ids)
    catalog.close()
    found = [(song, structures[song].grid) for song in ids if song in structures]
    found = [(song, grid) for song, grid in found if len(grid.downbeats) > FEWEST_BARS]
    print(f"{len(found)} songs with bars, grids of version {', '.join({grid.version for _, grid in found})}")
    order = np.random.default_rng(SEED).permutation(len(found))
    return [repeated(*found[at], features[found[at][0]].energy_curve, SEED + at) for at in order]


def repeated(song: str, grid: BeatGrid, energy: Sequence[float], seed: int) -> SongGrid:
    """The whole bars of a grid, one after the other, until the song is as long as songs are."""
    draw = np.random.default_rng(seed)
    duration, start = float(draw.uniform(120.0, 270.0)), float(draw.uniform(0.1, 2.0))
    first, end = grid.downbeats[0], grid.downbeats[-1]
    turns = np.arange(int(duration / (end - first)) + 1)[:, None] * (end - first)

    def on(times: Sequence[float]) -> np.ndarray:
        one = np.array([time - first for time in times if first <= time < end])
        every = (start + turns + one).ravel()
        return every[every < duration - 2.0]

    downbeats = on(grid.downbeats)
    return song_grid(
        duration=duration,
        beats=on(grid.times),
        downbeats=downbeats,
        sections=downbeats[:: int(draw.choice((8, 16)))],
        energy=np.resize(np.array(energy), int(duration)) if len(energy) else (),
        song_id=song,
    )


def drawn(count: int) -> list[SongGrid]:
    """Beat grids with the unsteadiness that the tracker has in real music."""
    gaps = []
    for track in DemoSource().offer():
        found = find_rhythm(load(str(track.uri), sample_rate=RATE))
        if len(found.beats) >= 16:
            steps = np.diff(found.beats)
            gaps.append(steps / np.median(steps))
    songs = []
    for number in range(count):
        draw = np.random.default_rng(SEED + number)
        tempo = float(np.clip(np.exp(draw.normal(np.log(112.0), 0.28)), 60.0, 190.0))
        duration = float(draw.uniform(120.0, 270.0))
        own = gaps[number % len(gaps)]
        pieces: list[np.ndarray] = []
        while sum(piece.sum() for piece in pieces) * 60.0 / tempo < duration:
            start = int(draw.integers(0, max(1, len(own) - 8)))
            pieces.append(own[start : start + int(draw.integers(8, 40))])
        beats = draw.uniform(0.1, 2.0) + np.cumsum(np.concatenate(pieces)) * 60.0 / tempo
        beats = beats[beats < duration - 2.0]
        metre = int(draw.choice((4, 3), p=(0.88, 0.12)))
        down = beats[int(draw.integers(0, metre)) :: metre]
        energy = np.clip(0.5 + np.cumsum(draw.normal(0.0, 0.05, int(duration))), 0.0, 1.0)
        songs.append(
            song_grid(
                duration=duration,
                beats=beats,
                downbeats=down,
                sections=down[:: int(draw.choice((8, 16)))],
                energy=energy,
                song_id=f"song-{number}",
            )
        )
    return songs


def irregular(number: int) -> PictureGrid:
    """An edit with the lengths of shots in films: log-normal."""
    draw = np.random.default_rng(SEED + 50_000 + number)
    count = int(draw.integers(10, 31))
    shots = np.exp(draw.normal(np.log(draw.uniform(1.5, 3.5)), 0.6, count + 1))
    return _edit(np.cumsum(np.maximum(shots, 0.25)), number, "irregular", draw)


def steady(number: int) -> PictureGrid:
    """An edit whose shots all have one length, or a multiple of it: cut to no song of the library."""
    draw = np.random.default_rng(SEED + 60_000 + number)
    count = int(draw.integers(10, 31))
    unit = 60.0 / draw.uniform(80.0, 160.0)
    return _edit(np.cumsum(unit * draw.choice((2, 4), count + 1)), number, "steady", draw)


def _edit(ends: np.ndarray, number: int, kind: str, draw: np.random.Generator) -> PictureGrid:
    rate = RATES[number % len(RATES)]
    frames = np.round(ends * float(rate)) / float(rate)
    return picture_grid(
        duration=float(frames[-1]),
        rate=rate,
        cuts=frames[:-1],
        video_id=f"{kind}-{number}",
        energy=np.clip(0.5 + np.cumsum(draw.normal(0.0, 0.05, max(2, int(frames[-1])))), 0.0, 1.0),
    )


def demo_edits() -> list[PictureGrid]:
    """The cuts of the clips that the demo ships."""
    from reelscore.video.measure.video import measure_video

    grids = []
    for path in demo_videos():
        measured = measure_video(path).measurements
        if len(measured.cuts):
            grids.append(
                picture_grid(
                    duration=measured.duration,
                    rate=measured.frame_rate,
                    cuts=measured.cuts,
                    video_id=path.name,
                    energy=measured.energy_curve,
                )
            )
    return grids


def made_to(song: SongGrid, number: int) -> PictureGrid:
    """An edit made to a song: cuts on its beats, each early or late by a hand's 5 to 40 ms."""
    draw = np.random.default_rng(SEED + 70_000 + number)
    count, late = int(draw.integers(10, 31)), draw.normal(0.0, 0.01)
    gaps = draw.choice((1, 2, 3, 4, 6, 8), count + 1, p=(0.08, 0.27, 0.1, 0.35, 0.08, 0.12))
    at = int(draw.integers(0, max(1, len(song.beats) - int(gaps.sum()) - 2))) + np.cumsum(gaps)
    at = at[at < len(song.beats)]
    start = float(song.beats[at[0] - 1])
    cuts = song.beats[at] - start + late + draw.normal(0.0, draw.uniform(0.005, 0.04), len(at))
    return _edit(np.sort(cuts), number, "made", draw)


# --- figures ------------------------------------------------------------------------------------------


def interval(values: np.ndarray) -> str:
    """Mean and 95 % bootstrap interval over edits."""
    draw = np.random.default_rng(1)
    means = values[draw.integers(0, len(values), (2000, len(values)))].mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return f"{values.mean():.3f} [{low:.3f}, {high:.3f}]"


def area(positive: np.ndarray, negative: np.ndarray) -> float:
    """Area under the curve: how often a positive value is above a negative one."""
    return float((positive[:, None] > negative).mean() + 0.5 * (positive[:, None] == negative).mean())


def plan_figures(
    songs: list[SongGrid], edits: int, kinds: list[str], kinds_of_beats: list[str], ways: list[str]
) -> None:
    films = {
        "irregular": [irregular(number) for number in range(edits)],
        "steady": [steady(number) for number in range(edits)],
        "demo clips": demo_edits() if "demo clips" in kinds else [],
    }
    grids: dict[str, Callable[[SongGrid], SongGrid]] = {
        "beats": lambda song: song,
        "every second beat": lambda song: replace(song, beats=song.beats[::2], downbeats=song.beats[::4]),
        "bar lines": lambda song: replace(song, beats=song.downbeats),
    }
    print(f"{len(songs)} songs, {edits} drawn edits of each kind, tolerance one frame (two frames)")
    for kind, some in films.items():
        for name, grid in grids.items():
            if kind not in kinds or name not in kinds_of_beats:
                continue
            own = [grid(song) for song in songs]
            rows: dict[int, dict[str, list[float]]] = {1: {}, 2: {}}
            for film in some:
                for tolerance, row in rows.items():
                    row.setdefault("random place", []).append(_chance(film, own, tolerance))
                for way in ways:
                    plans = plan_many(film, own, WAYS[way])
                    best = max(range(len(plans)), key=lambda i: plans[i].parts["sync"])
                    for tolerance, row in rows.items():
                        pairs = zip(own, plans, strict=True)
                        shares = [_share(film, song, each, tolerance) for song, each in pairs]
                        row.setdefault(f"best place, {way}", []).append(float(np.mean(shares)))
                        row.setdefault(f"best song, {way}", []).append(shares[best])
                print(f"  {film.video_id}: {len(film.cuts)} cuts", file=sys.stderr, flush=True)
            for figure in rows[1]:
                one, two = (interval(np.array(rows[tolerance][figure])) for tolerance in (1, 2))
                print(f"{kind:10s}  {name:17s}  {figure:22s}  {one}   ({two})", flush=True)


def stretch_figures(songs: list[SongGrid]) -> None:
    as_it_is, elastic = WAYS["as planned"], WAYS["stretched"]
    pairs = [
        (plan(film, song, as_it_is), plan(film, song, elastic))
        for film in map(irregular, range(6))
        for song in songs[:8]
    ]
    plain, faster = (np.array([pair[i].hits / len(pair[i].cuts) for pair in pairs]) for i in (0, 1))
    used = np.mean([pair[1].stretch != 1.0 for pair in pairs])
    gain = f"{plain.mean():.3f} -> {faster.mean():.3f}"
    print(f"best place with a stretch of up to 1 %: {gain}, used in {used:.2f} of the plans")


def _share(film: PictureGrid, song: SongGrid, placed: SyncPlan, tolerance: int) -> float:
    return _hit_share(film, song, placed.offset, tolerance, placed.stretch)


def _hit_share(film: PictureGrid, song: SongGrid, offset: int, tolerance: int, stretch: float = 1.0) -> float:
    times = offset / TIMELINE_RATE + film.cuts * stretch
    errors = (times - song.beats[nearest(song.beats, times)]) / stretch
    return float((np.abs(errors) <= tolerance_seconds(tolerance, float(film.rate))).mean())


def _chance(film: PictureGrid, songs: list[SongGrid], tolerance: int) -> float:
    draw = np.random.default_rng(5)
    shares = []
    for song in songs[::5]:
        if song.duration > film.duration:
            offset = round(draw.uniform(0, song.duration - film.duration) * TIMELINE_RATE)
            shares.append(_hit_share(film, song, offset, tolerance))
    return float(np.mean(shares))


def kinship_figures(songs: list[SongGrid]) -> None:
    edits = len(songs)
    own = np.array([kinship(made_to(song, number), song) for number, song in enumerate(songs)])
    free = np.array([kinship(irregular(500 + number), song) for number, song in enumerate(songs)])
    other = np.array(
        [kinship(made_to(song, number), songs[(number + 37) % edits]) for number, song in enumerate(songs)]
    )
    grid = np.array([kinship(steady(500 + number), song) for number, song in enumerate(songs)])
    print(f"{edits} edits of each kind; z, median and share from {RELATED:g} on")
    for name, values in (
        ("made to it", own),
        ("irregular", free),
        ("made to another", other),
        ("steady", grid),
    ):
        print(f"  {name:16s} {np.median(values):5.2f}  {np.mean(values >= RELATED):.2f}")
    print(
        f"AUC against irregular {area(own, free):.3f}, against edits of another song {area(own, other):.3f}"
    )


def speed_figures(songs: list[SongGrid]) -> None:
    draw = np.random.default_rng(SEED)
    ends = np.cumsum(np.exp(draw.normal(np.log(2.0), 0.6, 41)))
    film = _edit(ends, 1, "speed", draw)
    songs = [replace(song, duration=240.0) for song in songs]
    plan(film, songs[0])
    for name, work in (
        ("one plan of 40 cuts, with alternatives", partial(plan, film, songs[1])),
        (
            f"{len(songs)} songs ranked by their places",
            partial(sync_scores, film, songs, WAYS["as planned"]),
        ),
        ("kinship of one plan", partial(kinship, film, songs[2])),
    ):
        runs = []
        for _ in range(5):
            began = time.process_time()
            work()
            runs.append(time.process_time() - began)
        print(f"{name}: {min(runs) * 1000:.1f} ms (processor time, best of 5)")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=("plan", "stretch", "kinship", "speed"))
    parser.add_argument("--home", type=Path, help="a library whose songs are planned")
    parser.add_argument("--edits", type=int, default=21, help="drawn edits of each kind")
    parser.add_argument("--library", type=int, default=300, help="songs")
    parser.add_argument("--kinds", default="irregular,steady,demo clips", help="of edits")
    parser.add_argument("--ways", default=",".join(WAYS), help="to plan; a stretch takes long")
    parser.add_argument("--beats", default="beats,every second beat,bar lines", help="what counts as one")
    chosen = parser.parse_args()
    songs = library(chosen.library, chosen.home)
    match chosen.what:
        case "plan":
            listed = (each.split(",") for each in (chosen.kinds, chosen.beats, chosen.ways))
            plan_figures(songs, chosen.edits, *listed)
        case "stretch":
            stretch_figures(songs)
        case "kinship":
            kinship_figures(songs[:60])
        case _:
            speed_figures(songs)


if __name__ == "__main__":
    main()

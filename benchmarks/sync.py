"""Figures of sync: plans against chance, kinship, speed, and songs brought to a length.

    .venv/bin/python benchmarks/sync.py plan            # edits x songs, beats and bar lines
    .venv/bin/python benchmarks/sync.py kinship
    .venv/bin/python benchmarks/sync.py speed
    .venv/bin/python benchmarks/sync.py fit --songs /tmp/songs     # renders them with FluidSynth first

The library of beat grids is made from what the beat tracker finds in the demo's 28 tracks: their intervals
between beats, in pieces, at other tempi, so that its unsteadiness is real. Edits are drawn with the lengths
of shots in films. Seeds below 1000 were used while weights were chosen; these figures use others.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from functools import partial
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # one core

import numpy as np

from reelscore.audio.decode import load
from reelscore.audio.rhythm import find_rhythm
from reelscore.records import TIMELINE_RATE, Media
from reelscore.sources.demo import DemoSource, demo_videos
from reelscore.sync.fit import FitOptions, Fitter
from reelscore.sync.grids import PictureGrid, SongGrid, picture_grid, song_grid
from reelscore.sync.heard import RATE, hear
from reelscore.sync.kinship import RELATED, kinship
from reelscore.sync.placing import Source
from reelscore.sync.plan import PlanOptions, plan, plan_many
from reelscore.sync.scoring import nearest, tolerance_seconds
from reelscore.sync.seams import _cut, render

SEED = 20_000
RATES = (Fraction(24000, 1001), Fraction(25), Fraction(30000, 1001))


# --- material -----------------------------------------------------------------------------------------


def library(count: int) -> list[SongGrid]:
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


def plan_figures(edits: int, count: int, kinds: list[str], kinds_of_beats: list[str]) -> None:
    songs = library(count)
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
    print(f"{count} songs, {sum(map(len, films.values()))} edits, tolerance one frame (two frames)")
    for kind, some in films.items():
        for name, grid in grids.items():
            if kind not in kinds or name not in kinds_of_beats:
                continue
            own = [grid(song) for song in songs]
            rows: dict[int, dict[str, list[float]]] = {1: {}, 2: {}}
            for film in some:
                plans = plan_many(film, own, PlanOptions(alternatives=0))
                best = max(range(len(plans)), key=lambda i: plans[i].parts["sync"])
                for tolerance, row in rows.items():
                    pairs = zip(own, plans, strict=True)
                    shares = [_share(film, song, each.offset, tolerance) for song, each in pairs]
                    row.setdefault("random place", []).append(_chance(film, own, tolerance))
                    row.setdefault("best place", []).append(float(np.mean(shares)))
                    row.setdefault("best song", []).append(shares[best])
                print(f"  {film.video_id}: {len(film.cuts)} cuts", file=sys.stderr, flush=True)
            for figure in rows[1]:
                one, two = (interval(np.array(rows[tolerance][figure])) for tolerance in (1, 2))
                print(f"{kind:10s}  {name:17s}  {figure:12s}  {one}   ({two})", flush=True)


def stretch_figures(count: int) -> None:
    as_it_is, elastic = PlanOptions(alternatives=0), PlanOptions(alternatives=0, stretch=True)
    pairs = [
        (plan(film, song, as_it_is), plan(film, song, elastic))
        for film in map(irregular, range(6))
        for song in library(count)[:8]
    ]
    plain, faster = (np.array([pair[i].share for pair in pairs]) for i in (0, 1))
    used = np.mean([pair[1].stretch != 1.0 for pair in pairs])
    gain = f"{plain.mean():.3f} -> {faster.mean():.3f}"
    print(f"best place with a stretch of up to 1 %: {gain}, used in {used:.2f} of the plans")


def _share(film: PictureGrid, song: SongGrid, offset: int, tolerance: int) -> float:
    times = offset / TIMELINE_RATE + film.cuts
    errors = times - song.beats[nearest(song.beats, times)]
    return float((np.abs(errors) <= tolerance_seconds(tolerance, float(film.rate))).mean())


def _chance(film: PictureGrid, songs: list[SongGrid], tolerance: int) -> float:
    draw = np.random.default_rng(5)
    shares = []
    for song in songs[::5]:
        if song.duration > film.duration:
            offset = round(draw.uniform(0, song.duration - film.duration) * TIMELINE_RATE)
            shares.append(_share(film, song, offset, tolerance))
    return float(np.mean(shares))


def kinship_figures(edits: int) -> None:
    songs = library(edits)
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


def speed_figures() -> None:
    draw = np.random.default_rng(SEED)
    ends = np.cumsum(np.exp(draw.normal(np.log(2.0), 0.6, 41)))
    film = _edit(ends, 1, "speed", draw)
    songs = [replace(song, duration=240.0) for song in library(300)]
    plan(film, songs[0])
    for name, work in (
        ("one plan of 40 cuts, with alternatives", partial(plan, film, songs[1])),
        ("300 songs, without alternatives", partial(plan_many, film, songs, PlanOptions(alternatives=0))),
        ("kinship of one plan", partial(kinship, film, songs[2])),
    ):
        runs = []
        for _ in range(5):
            began = time.process_time()
            work()
            runs.append(time.process_time() - began)
        print(f"{name}: {min(runs) * 1000:.1f} ms (processor time, best of 5)")


def fit_figures(folder: Path, first: int, count: int) -> None:
    from sync_songs import render as render_song

    folder.mkdir(parents=True, exist_ok=True)
    kept = whole = exact = fits = silent = 0
    ranks, said, seams, lines = [], [], [], []
    for number in range(first, first + count):
        path, truth = render_song(number, folder)
        clip = load(path, sample_rate=RATE)
        grid = song_grid(
            duration=clip.duration, beats=truth.beats, downbeats=truth.downbeats, sections=truth.sections
        )
        song = hear(clip, grid)
        fitter = Fitter(song)
        media = Media(str(path), Fraction(len(clip.samples), RATE), sample_rate=RATE)
        source = Source(str(number), path.stem, media)
        pairs: set[tuple[float, float]] = set()
        for seconds in (15, 30, 60, 90):
            fit = fitter.fit(FitOptions(seconds * TIMELINE_RATE), source)
            fits += 1
            last = fit.events[-1]
            exact += last.record_in + last.length == seconds * TIMELINE_RATE
            kept += (
                fit.ending == "real"
                and (last.source_in + last.length) / TIMELINE_RATE > truth.beats[-1] + 0.3
            )
            away = [
                np.abs(song.lines - time).min() for seam in fit.seams for time in (seam.left, seam.entered)
            ]
            whole += max(away, default=0.0) < 0.035
            for seam in fit.seams:
                ranks.append(seam.flux_rank)
                said.append(bool(seam.degraded))
                silent += seam.flux_rank > 0.9 and not seam.degraded
                pairs.add((seam.left, seam.entered))
        seams += [(number, seam_features(render(clip.samples, *pair)[0])) for pair in sorted(pairs)]
        # The same bar lines as they are in the song: else the classifier learns where joins are made.
        draw = np.random.default_rng(number)
        for pair in sorted(pairs):
            line = pair[int(draw.integers(0, 2))]
            lines.append((number, seam_features(_cut(clip.samples, line - 1.0, line + 1.0))))
    print(f"{fits} fits: length exact {exact}, bars whole {whole}, own ending kept {kept}")
    print(
        f"{len(ranks)} seams: flux up to the song's 90th percentile {np.mean(np.array(ranks) <= 0.9):.3f}; "
        f"said to be degraded for any reason {np.mean(said):.3f}; above it and not said: {silent}"
    )
    surrogate(seams, lines)


def seam_features(stretch: np.ndarray) -> np.ndarray:
    """What a listener might tell a join by: spectrum before and after, flux over time, levels."""
    from reelscore.audio.mel import mel_spectrogram

    mels = np.log1p(1e4 * mel_spectrogram(stretch.astype(np.float32), RATE, n_fft=1024, hop=220, n_mels=24))
    flux = np.maximum(np.diff(mels, axis=0), 0.0).mean(axis=1)
    middle = len(mels) // 2
    level = mels.mean(axis=1)
    parts = [
        mels[middle + 2 : middle + 12].mean(axis=0) - mels[middle - 14 : middle - 4].mean(axis=0),
        flux[middle - 14 : middle + 14] / max(float(flux.mean()), 1e-9),
        [level[middle + 2 : middle + 50].mean() - level[middle - 52 : middle - 4].mean()],
        [mels[middle - 8 : middle].std(), mels[middle - 8 : middle].min(), flux[middle - 8 : middle].max()],
    ]
    return np.concatenate([np.asarray(part, dtype=np.float64) for part in parts])


def surrogate(seams: list[tuple[int, np.ndarray]], lines: list[tuple[int, np.ndarray]]) -> None:
    """A logistic regression that tells seams from bar lines, judged on songs that it did not see."""
    songs = sorted({number for number, _ in seams})
    rows = [(number, features, 1.0) for number, features in seams]
    rows += [(number, features, 0.0) for number, features in lines]
    hits, scores, labels = [], [], []
    for fold in (0, 1):
        held = set(songs[fold::2])
        train = [row for row in rows if row[0] not in held]
        test = [row for row in rows if row[0] in held]
        inputs = np.array([row[1] for row in train])
        mean, spread = inputs.mean(axis=0), inputs.std(axis=0) + 1e-9
        weights = _regression((inputs - mean) / spread, np.array([row[2] for row in train]))
        values = np.c_[(np.array([row[1] for row in test]) - mean) / spread, np.ones(len(test))] @ weights
        truth = np.array([row[2] for row in test])
        hits += ((values > 0) == (truth > 0.5)).tolist()
        scores += values.tolist()
        labels += truth.tolist()
    values, truth = np.array(scores), np.array(labels)
    auc = area(values[truth > 0.5], values[truth < 0.5])
    print(
        f"blind classifier on held-out songs, {len(seams)} seams and {len(lines)} bar lines: "
        f"accuracy {np.mean(hits):.3f}, AUC {auc:.3f}"
    )


def _regression(inputs: np.ndarray, labels: np.ndarray, ridge: float = 3.0) -> np.ndarray:
    padded = np.c_[inputs, np.ones(len(inputs))]
    weights = np.zeros(padded.shape[1])
    penalty = ridge * np.eye(len(weights))
    penalty[-1, -1] = 0.0
    for _ in range(30):
        chance = 1.0 / (1.0 + np.exp(-np.clip(padded @ weights, -30, 30)))
        slope = padded.T @ (labels - chance) - penalty @ weights
        weights += np.linalg.solve((padded.T * (chance * (1 - chance))) @ padded + penalty, slope)
    return weights


def main() -> None:
    sys.path.insert(0, str(Path(__file__).parent))
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=("plan", "stretch", "kinship", "speed", "fit"))
    parser.add_argument(
        "--songs", type=Path, default=Path("/tmp/sync-songs"), help="where songs are rendered"
    )
    parser.add_argument("--first", type=int, default=10, help="seed of the first rendered song")
    parser.add_argument("--count", type=int, default=40, help="rendered songs")
    parser.add_argument("--edits", type=int, default=21, help="drawn edits of each kind")
    parser.add_argument("--library", type=int, default=300, help="beat grids")
    parser.add_argument("--kinds", default="irregular,steady,demo clips", help="of edits")
    parser.add_argument("--beats", default="beats,every second beat,bar lines", help="what counts as one")
    chosen = parser.parse_args()
    match chosen.what:
        case "plan":
            plan_figures(chosen.edits, chosen.library, chosen.kinds.split(","), chosen.beats.split(","))
        case "stretch":
            stretch_figures(chosen.library)
        case "kinship":
            kinship_figures(60)
        case "speed":
            speed_figures()
        case _:
            fit_figures(chosen.songs, chosen.first, chosen.count)


if __name__ == "__main__":
    main()

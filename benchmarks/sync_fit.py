"""Songs brought to a length: is it exact, are bars whole, and can the seams be told from bar lines?

.venv/bin/python benchmarks/sync_fit.py --songs /tmp/songs     # renders them with FluidSynth first
"""

from __future__ import annotations

import argparse
import os
from fractions import Fraction
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # one core

import numpy as np

from reelscore.audio.decode import load
from reelscore.audio.mel import mel_spectrogram
from reelscore.records import TIMELINE_RATE, Media
from reelscore.sync.fit import FitOptions, Fitter
from reelscore.sync.grids import song_grid
from reelscore.sync.heard import RATE, hear
from reelscore.sync.placing import Source
from reelscore.sync.seams import _cut, render
from sync import area
from sync_songs import render as render_song


def fit_figures(folder: Path, first: int, count: int) -> None:
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
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--songs", type=Path, default=Path("/tmp/sync-songs"), help="where songs are rendered"
    )
    parser.add_argument("--first", type=int, default=10, help="seed of the first rendered song")
    parser.add_argument("--count", type=int, default=40, help="rendered songs")
    chosen = parser.parse_args()
    fit_figures(chosen.songs, chosen.first, chosen.count)


if __name__ == "__main__":
    main()

"""Find the weights of `reelscore.audio.readings` on clips that the networks over beats had not seen.

    .venv/bin/python tools/train_bars.py --clips CLIPS --out bars-0.npz --fold 0       # and 1 and 2
    .venv/bin/python tools/choose_reading.py --clips CLIPS --bars bars-0.npz bars-1.npz bars-2.npz

Each clip is judged by the networks that were trained without its work. Prints the weights, and beats F and
metre of clips whose third of the works was left out of the weights, too. The clips of the half `report` must
not be given here.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent / "benchmarks"))
from beat_scores import f_measure
from beats import metre_right
from reelscore.audio import beat_net
from reelscore.audio.beat_view import describe, view_piece
from reelscore.audio.beats import track_beats
from reelscore.audio.decode import load
from reelscore.audio.grid import level_odds, seen_of
from reelscore.audio.levels import levels_of
from reelscore.audio.pulse_net import find_pulse
from reelscore.audio.readings import FARTHEST, READINGS, evidence
from reelscore.audio.rhythm import find_onsets, rhythm_of, tempi
from reelscore.audio.spectrum import HOP, scan

RATE = 22050 / HOP
STEPS, PENALTY = 120, 0.003


@dataclass
class Clip:
    """Every reading of one clip at the levels that may be chosen."""

    fold: int
    seen: np.ndarray  # (readings, weights)
    reading: np.ndarray  # index in READINGS
    f: np.ndarray  # of the beats of its level
    metre: np.ndarray  # whether it is right


def clip_of(mels: np.ndarray, truth: dict[str, object], bars: list[dict[str, np.ndarray]]) -> Clip | None:
    pulse = find_pulse(mels)
    likely = rhythm_of(find_onsets(mels, RATE)).salience
    salience = (tempi(), likely) if len(likely) else None
    path = track_beats(pulse.beat, RATE, salience=salience)
    if len(path.frames) < 6:
        return None
    piece, chains = view_piece(pulse, mels, RATE), levels_of(path.frames.astype(np.float64), RATE)
    rows = [describe(piece, chain) for chain in chains]
    return judged_clip(chains, rows, seen_of(chains, rows, RATE, salience), truth, bars)


def judged_clip(
    chains: list[np.ndarray],
    rows: list[np.ndarray],
    seen: list[np.ndarray],
    truth: dict[str, object],
    bars: list[dict[str, np.ndarray]],
) -> Clip:
    fold = hashlib.sha1(str(truth["group"]).encode()).digest()[2] % 3
    beat_net._weights = lambda: bars[fold]  # the networks that were trained without this work
    judged = beat_net.judge(seen)
    levels = level_odds(judged, chains)
    near = [index for index, level in enumerate(levels) if level >= max(levels) - FARTHEST]
    beats = np.array(truth["beats"])
    names = [f"{3 * beats}/8" if threes else f"{beats}/4" for beats, threes in READINGS]
    right = [metre_right(list(truth["metres"]), name) for name in names]
    return Clip(
        fold,
        np.concatenate([evidence(levels[k], judged[k], beat_net.downbeats(rows[k])) for k in near]),
        np.tile(np.arange(len(READINGS)), len(near)),
        np.repeat([f_measure(beats, chains[k] / RATE) for k in near], len(READINGS)),
        np.tile(right, len(near)),
    )


def fit(clips: list[Clip]) -> np.ndarray:
    """Weights and how usual each reading is, one vector: the likeliest of each clip is to be a right one."""
    wanted = [(clip.f >= max(0.7, clip.f.max() - 0.02)) & clip.metre for clip in clips]
    used = [(clip, want) for clip, want in zip(clips, wanted, strict=True) if want.any()]
    rows = np.concatenate([features(clip) for clip, _ in used])
    counts = np.array([len(want) for _, want in used])
    starts, owner = np.cumsum(counts) - counts, np.repeat(np.arange(len(used)), counts)
    answer = np.concatenate([want / want.sum() for _, want in used])
    spread = rows.std(axis=0) + 1e-3
    rows = (rows - rows.mean(axis=0)) / spread
    weights, first, second = np.zeros((3, rows.shape[1]))
    for step in range(STEPS):
        odds = rows @ weights
        odds = np.exp(odds - np.maximum.reduceat(odds, starts)[owner])
        likely = odds / np.add.reduceat(odds, starts)[owner]
        slope = rows.T @ (likely - answer) / len(used) + PENALTY * weights
        first = 0.9 * first + 0.1 * slope
        second = 0.99 * second + 0.01 * slope * slope
        rate = 0.02 * (1.0 + np.cos(np.pi * step / STEPS))
        weights -= (
            rate * first / (1 - 0.9 ** (step + 1)) / (np.sqrt(second / (1 - 0.99 ** (step + 1))) + 1e-8)
        )
    return weights / spread


def features(clip: Clip) -> np.ndarray:
    return np.concatenate([clip.seen, np.eye(len(READINGS))[clip.reading]], axis=1)


def report(clips: list[Clip]) -> None:
    chosen = []
    for fold in range(3):
        weights = fit([clip for clip in clips if clip.fold != fold])
        for clip in clips:
            if clip.fold == fold:
                best = int((features(clip) @ weights).argmax())
                chosen.append((clip.f[best], clip.metre[best]))
    print(f"{len(chosen)} clips, weights of other works: F, metre", np.mean(chosen, axis=0).round(3))
    weights = fit(clips).round(3)
    print("_WEIGHTS", weights[: -len(READINGS)].tolist())
    print("_USUAL", weights[-len(READINGS) :].tolist())


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--clips", type=Path, required=True)
    parser.add_argument("--bars", type=Path, nargs=3, required=True, help="of fold 0, 1 and 2")
    options = parser.parse_args()
    bars = [dict(np.load(path)) for path in options.bars]
    found = []
    for path in sorted(options.clips.glob("*.json")):
        truth = json.loads(path.read_text())
        if len(truth["beats"]) >= 8:
            found.append(clip_of(scan(load(options.clips / truth["file"])).mels, truth, bars))
    report([clip for clip in found if clip is not None])


if __name__ == "__main__":
    main()

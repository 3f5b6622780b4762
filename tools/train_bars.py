"""Train the networks over beats on rendered clips and write their weights (`src/reelscore/audio/artefacts/`).

    VENV/bin/python benchmarks/rendered --out /tmp/rendered --half choose --clips 650 --invented 0.25
    .venv/bin/python tools/train_bars.py --clips /tmp/rendered/choose --out /tmp/bars.npz

NumPy is enough, and some minutes. Downbeats are learnt from each clip as it is and stretched, levels and
metre from clips as they are; what has no beat is made of clips in pieces. With `--fold` a third of the works
(by a hash) is left out and judged, so that other things can be chosen by clips that the networks have not
seen. The clips of the half `report` must not be given here.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent / "benchmarks"))
from beat_loops import made
from beat_scores import WINDOW, f_measure
from reelscore.audio.bars import METRES
from reelscore.audio.beat_net import windows
from reelscore.audio.beat_view import describe, view_piece
from reelscore.audio.beats import track_beats
from reelscore.audio.decode import load
from reelscore.audio.grid import seen_of
from reelscore.audio.levels import levels_of
from reelscore.audio.pulse_net import find_pulse
from reelscore.audio.rhythm import find_onsets, rhythm_of, tempi
from reelscore.audio.spectrum import HOP, scan

RATE = 22050 / HOP
RIGHT, NEARLY, GOOD = 0.8, 0.75, 0.7  # F of a chain that is right, that may teach bars, that may be chosen
HIDDEN = 24


@dataclass
class Chain:
    rows: np.ndarray
    f: float
    hit: np.ndarray  # which beats are beats of the truth
    down: np.ndarray  # which are downbeats


@dataclass
class Clip:
    group: str
    chains: list[Chain]
    seen: np.ndarray  # a row a chain, what the first network sees
    metre: int  # index in METRES
    threes: bool
    stretched: bool = False

    @property
    def f(self) -> np.ndarray:
        return np.array([chain.f for chain in self.chains])


# --- clips --------------------------------------------------------------------------------------------


def metre_of(metres: list[str]) -> tuple[int, bool] | None:
    values, counts = np.unique(metres, return_counts=True)
    upper, lower = (int(part) for part in str(values[counts.argmax()]).split("/"))
    threes = upper in (6, 9, 12) and lower == 8
    beats = upper // 3 if threes else upper
    return (METRES.index(beats), threes) if beats in METRES else None


def clip_of(
    mels: np.ndarray, group: str, beats: np.ndarray, first: np.ndarray, metre: tuple[int, bool]
) -> Clip | None:
    pulse = find_pulse(mels)
    likely = rhythm_of(find_onsets(mels, RATE)).salience
    salience = (tempi(), likely) if len(likely) else None
    path = track_beats(pulse.beat, RATE, salience=salience)
    if len(path.frames) < 6:
        return None
    piece, chains = view_piece(pulse, mels, RATE), levels_of(path.frames.astype(np.float64), RATE)
    rows = [describe(piece, chain) for chain in chains]
    found = [
        Chain(
            row,
            f_measure(beats, chain / RATE) if len(beats) else 0.0,
            near(chain / RATE, beats),
            near(chain / RATE, first),
        )
        for row, chain in zip(rows, chains, strict=True)
    ]
    return Clip(group, found, np.stack(seen_of(chains, rows, RATE, salience)), *metre)


def near(times: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    if not len(wanted):
        return np.zeros(len(times), bool)
    return np.abs(wanted[None] - times[:, None]).min(axis=1) < WINDOW


def gather(folder: Path, stretched: int, without_beat: int) -> list[Clip]:
    noise, clips, sounds = np.random.default_rng(7), [], []
    for path in sorted(folder.glob("*.json")):
        truth = json.loads(path.read_text())
        metre = metre_of(truth["metres"]) if len(truth["beats"]) >= 8 else None
        if metre is None:
            continue
        mels = scan(load(folder / truth["file"])).mels
        beats, is_first = np.array(truth["beats"]), np.array(truth["positions"]) == 1
        clips.append(clip_of(mels, truth["group"], beats, beats[is_first], metre))
        for _ in range(stretched):
            faster = 2.0 ** noise.uniform(-0.4, 0.4)
            tempo = 60.0 / np.median(np.diff(beats))
            faster = faster if 45.0 < tempo * faster < 215.0 else 1.0 / faster
            moved = beats / faster
            sound = coloured(stretch(mels, faster), noise)
            again = clip_of(sound, truth["group"], moved, moved[is_first], metre)
            clips.append(again and replace(again, stretched=True))
        if len(sounds) < without_beat:
            sounds.append(mels)
    none = np.zeros(0)
    for number, mels in enumerate(sounds):
        pieces = in_pieces(mels, noise)
        clips.append(clip_of(pieces, f"none/{number}", none, none, (METRES.index(4), False)))
    return [clip for clip in clips if clip is not None]


def loops(count: int) -> list[Clip]:
    """Drum loops, clicks and sound without a beat (`beat_loops`)."""
    found = []
    for number in range(count):
        loop = made(number)
        if loop.beats_a_bar in METRES:
            group = f"made/{number}" if len(loop.beats) else f"none/made {number}"
            metre = METRES.index(loop.beats_a_bar), loop.threes
            first = loop.beats[:: loop.beats_a_bar]
            found.append(clip_of(scan(loop.clip).mels, group, loop.beats, first, metre))
    return [clip for clip in found if clip is not None]


def stretch(mels: np.ndarray, faster: float) -> np.ndarray:
    at = np.arange(int((len(mels) - 1) / faster)) * faster
    low, part = at.astype(int), (at % 1.0).astype(np.float32)[:, None]
    return mels[low] * (1 - part) + mels[np.minimum(low + 1, len(mels) - 1)] * part


def coloured(mels: np.ndarray, noise: np.random.Generator) -> np.ndarray:
    gains = np.exp(noise.normal(0.0, 0.5, 4))
    return mels * np.interp(np.arange(mels.shape[1]), [0, 32, 64, 95], gains).astype(np.float32)


def in_pieces(mels: np.ndarray, noise: np.random.Generator) -> np.ndarray:
    """A clip in pieces of any length and order, so that no beat goes on."""
    pieces, frames, longest = [], 0, noise.choice([0.5, 0.9, 1.6])
    while frames < 25 * RATE:
        length = int(RATE * noise.uniform(0.08, longest))
        begin = int(noise.integers(0, max(1, len(mels) - length)))
        pieces.append(mels[begin : begin + length] * np.float32(10 ** noise.uniform(-0.5, 0.5)))
        frames += len(pieces[-1])
    return np.concatenate(pieces)


# --- networks -----------------------------------------------------------------------------------------


class Network:
    """One hidden layer and Adam; inputs are standardised, which goes into the first layer at the end."""

    def __init__(self, seen: np.ndarray, outputs: int, noise: np.random.Generator) -> None:
        self.mean, self.spread = seen.mean(axis=0), seen.std(axis=0) + 1e-2
        inputs = seen.shape[1]
        self.weights = [
            noise.standard_normal((inputs, HIDDEN)) / np.sqrt(inputs),
            np.zeros(HIDDEN),
            0.3 * noise.standard_normal((HIDDEN, outputs)) / np.sqrt(HIDDEN),
            np.zeros(outputs),
        ]
        self.moments = [(np.zeros_like(w), np.zeros_like(w)) for w in self.weights]
        self.steps, self.noise = 0, noise

    def standard(self, seen: np.ndarray) -> np.ndarray:
        return np.clip((seen - self.mean) / self.spread, -4.0, 4.0)

    def forward(self, rows: np.ndarray, dropped: float) -> np.ndarray:
        self.rows = rows + 0.15 * self.noise.standard_normal(rows.shape)
        self.hidden = np.maximum(self.rows @ self.weights[0] + self.weights[1], 0.0)
        self.hidden *= (self.noise.random(self.hidden.shape) > dropped) / (1.0 - dropped)
        return self.hidden @ self.weights[2] + self.weights[3]

    def learn(self, error: np.ndarray, rate: float, decay: float) -> None:
        back = (error @ self.weights[2].T) * (self.hidden > 0.0)
        slopes = [self.rows.T @ back, back.sum(axis=0), self.hidden.T @ error, error.sum(axis=0)]
        self.steps += 1
        for index, slope in enumerate(slopes):
            first, second = self.moments[index]
            first[:] = 0.9 * first + 0.1 * slope
            second[:] = 0.99 * second + 0.01 * slope * slope
            step = first / (1 - 0.9**self.steps) / (np.sqrt(second / (1 - 0.99**self.steps)) + 1e-8)
            self.weights[index] -= rate * (step + decay * self.weights[index] * (index % 2 == 0))

    def plain(self) -> list[np.ndarray]:
        enter = self.weights[0] / self.spread[:, None]
        return [enter, self.weights[1] - self.mean @ enter, *self.weights[2:]]


def slowing(step: int, steps: int) -> float:
    return min(1.0, (step + 1) / 30) * 0.5 * (1 + np.cos(np.pi * step / steps))


def share(logits: np.ndarray) -> np.ndarray:
    return 1.0 / (1.0 + np.exp(-np.clip(logits, -30.0, 30.0)))


def train_chain(clips: list[Clip], seed: int, steps: int = 300) -> Network:
    """Level by choosing among the chains of a clip; threes and metre on those that are right."""
    noise = np.random.default_rng(seed)
    counts = np.array([len(clip.chains) for clip in clips])
    starts, owner = np.cumsum(counts) - counts, np.repeat(np.arange(len(clips)), counts)
    f = np.concatenate([clip.f for clip in clips])
    best = np.maximum.reduceat(f, starts)[owner]
    good = ((f >= best - 0.02) & (f >= GOOD)).astype(float)
    wanted = good / np.maximum(np.add.reduceat(good, starts)[owner], 1.0)
    teach = (f >= NEARLY).astype(float)
    teach /= np.maximum(np.add.reduceat(teach, starts)[owner], 1.0)
    threes = np.array([clip.threes for clip in clips], dtype=float)[owner]
    metres = np.eye(len(METRES))[np.array([clip.metre for clip in clips])[owner]]
    seen = np.concatenate([clip.seen for clip in clips])
    network = Network(seen, 2 + len(METRES), noise)
    rows = network.standard(seen)
    for step in range(steps):
        logits = network.forward(rows * (noise.random((1, rows.shape[1])) > 0.1), 0.2)
        odds = np.exp(logits[:, 0] - np.maximum.reduceat(logits[:, 0], starts)[owner])
        chosen = odds / np.add.reduceat(odds, starts)[owner]
        error = np.zeros_like(logits)
        error[:, 0] = (chosen - wanted) * (best >= GOOD) + 0.3 * (share(logits[:, 0]) - (f >= RIGHT))
        error[:, 1] = 0.7 * teach * (share(logits[:, 1]) - threes)
        likely = np.exp(logits[:, 2:] - logits[:, 2:].max(axis=1, keepdims=True))
        likely /= likely.sum(axis=1, keepdims=True)
        error[:, 2:] = 0.7 * teach[:, None] * (likely - metres)
        network.learn(error / len(clips), 4e-3 * slowing(step, steps), 0.2)
    return network


def train_beat(clips: list[Clip], seed: int, rounds: int = 10) -> Network:
    """Downbeats, on the beats of chains that are right."""
    noise = np.random.default_rng(seed)
    seen, wanted = [], []
    for clip in clips:
        for index in np.flatnonzero(clip.f >= NEARLY)[:2]:
            chain = clip.chains[index]
            seen.append(windows(chain.rows)[chain.hit])
            wanted.append(chain.down[chain.hit])
    network = Network(np.concatenate(seen), 1, noise)
    rows, answers, size = network.standard(np.concatenate(seen)), np.concatenate(wanted), 256
    batches = len(rows) // size
    for step in range(rounds * batches):
        if step % batches == 0:
            order = noise.permutation(len(rows))
        picked = order[step % batches * size :][:size]
        error = share(network.forward(rows[picked], 0.25)[:, 0]) - answers[picked]
        network.learn(error[:, None] / size, 3e-3 * slowing(step, rounds * batches), 0.1)
    return network


def joined(networks: list[Network]) -> list[np.ndarray]:
    """Several networks as one, whose answer is the mean of theirs."""
    plain = [network.plain() for network in networks]
    return [
        np.concatenate([one[0] for one in plain], axis=1),
        np.concatenate([one[1] for one in plain]),
        np.concatenate([one[2] for one in plain]) / len(plain),
        np.mean([one[3] for one in plain], axis=0),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--clips", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--stretched", type=int, default=1, help="how many times each clip is stretched")
    parser.add_argument("--without-beat", type=int, default=60, help="clips in pieces")
    parser.add_argument("--loops", type=int, default=160, help="drum loops, clicks and sound without a beat")
    parser.add_argument("--fold", type=int, choices=(0, 1, 2), help="which third is left out")
    options = parser.parse_args()
    clips = gather(options.clips, options.stretched, options.without_beat) + loops(options.loops)
    left_out = [hashlib.sha1(clip.group.encode()).digest()[2] % 3 == options.fold for clip in clips]
    train = [clip for clip, out in zip(clips, left_out, strict=True) if not out]
    chain = joined([train_chain([clip for clip in train if not clip.stretched], seed) for seed in range(3)])
    beat = joined([train_beat(train, seed) for seed in range(2)])
    names = ("enter.weight", "enter.bias", "leave.weight", "leave.bias")
    stored = {f"chain.{name}": value for name, value in zip(names, chain, strict=True)}
    stored |= {f"beat.{name}": value for name, value in zip(names, beat, strict=True)}
    np.savez(options.out, **{name: value.astype(np.float32) for name, value in stored.items()})
    judged = [clip for clip, out in zip(clips, left_out, strict=True) if out] or train
    picked = [
        clip.f[int((np.maximum(clip.seen @ chain[0] + chain[1], 0.0) @ chain[2])[:, 0].argmax())]
        for clip in judged
    ]
    print(
        len(train),
        len(judged),
        f"F {np.mean(picked):.3f}, as tracked {np.mean([c.f[0] for c in judged]):.3f}",
    )


if __name__ == "__main__":
    main()

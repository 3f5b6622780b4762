"""Train the networks over beats on rendered clips and write their weights (`src/reelscore/audio/artefacts/`).

    VENV/bin/python benchmarks/rendered --out /tmp/rendered --half choose --clips 1000 --invented 0.12
    .venv/bin/python tools/train_bars.py --clips /tmp/rendered/choose --out /tmp/bars.npz

NumPy is enough, and some minutes. What has no beat is made of clips in pieces. Downbeats are learnt first;
level and metre are learnt beside the downbeats that a network hears which has not seen the work, since on
works that it has seen it is too sure. Works are in three parts for that, by a hash, and what is printed is
from networks without the part that they judge. The clips of the half `report` must not be given here.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import sys
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent / "benchmarks"))
from beat_loops import made
from beat_scores import WINDOW, f_measure
from reelscore.audio.bars import bar_fits
from reelscore.audio.beat_net import READINGS, beside, pooled, windows
from reelscore.audio.beat_view import describe, view_piece
from reelscore.audio.beats import track_beats
from reelscore.audio.decode import load
from reelscore.audio.metrical_levels import levels_of
from reelscore.audio.pulse_net import find_pulse
from reelscore.audio.rhythm import find_onsets, rhythm_of, tempi
from reelscore.audio.spectrum import HOP, scan

RATE = 22050 / HOP
RIGHT, NEARLY, GOOD = 0.8, 0.75, 0.7  # F of a chain that is right, that may teach bars, that may be chosen
PARTS = 3
SAME_TEMPO = 0.04
NOTHING = np.zeros(0, bool)
NO_READING = np.zeros(len(READINGS), bool)


@dataclass
class Chain:
    rows: np.ndarray
    beside: np.ndarray
    bpm: float
    f: float = np.nan  # not a number if nobody knows the beats
    hit: np.ndarray = field(default_factory=lambda: NOTHING)  # which beats are beats of the truth
    down: np.ndarray = field(default_factory=lambda: NOTHING)  # which are downbeats


@dataclass
class Clip:
    group: str
    chains: list[Chain]
    right: np.ndarray  # which of READINGS may be right
    tempo: float | None = None  # beats a minute, if no more is known
    fits: list[np.ndarray] = field(default_factory=list)  # `bar_fits` of each chain

    @property
    def f(self) -> np.ndarray:
        return np.array([chain.f for chain in self.chains])

    @property
    def part(self) -> int:
        return hashlib.sha1(self.group.encode()).digest()[2] % PARTS

    def seen(self) -> np.ndarray:
        """A row a chain, what the network over chains sees; as `grid.seen_of` makes it."""
        pairs = zip(self.chains, self.fits, strict=True)
        return np.stack(
            [np.concatenate([pooled(c.rows), c.beside, fit], dtype=np.float32) for c, fit in pairs]
        )

    def wanted(self) -> np.ndarray:
        """Which readings of which chains are right, of shape (chains, readings)."""
        if self.tempo is not None:
            good = np.abs(np.array([chain.bpm for chain in self.chains]) / self.tempo - 1.0) <= SAME_TEMPO
        else:
            good = self.f >= max(GOOD, self.f.max() - 0.02)
        return good[:, None] & self.right


# --- clips --------------------------------------------------------------------------------------------


def readings_of(metres: list[str]) -> np.ndarray | None:
    """Which of READINGS is the metre of most bars; None if none is."""
    values, counts = np.unique(metres, return_counts=True)
    upper, lower = (int(part) for part in str(values[counts.argmax()]).split("/"))
    threes = upper in (6, 9, 12) and lower == 8
    right = np.array([reading == (upper // 3 if threes else upper, threes) for reading in READINGS])
    return right if right.any() else None


def clip_of(
    mels: np.ndarray,
    group: str,
    right: np.ndarray,
    *,
    beats: np.ndarray | None = None,
    first: np.ndarray | None = None,
    tempo: float | None = None,
) -> Clip | None:
    """A clip with known beats and downbeats (empty without a beat), or with a known tempo only."""
    pulse = find_pulse(mels)
    likely = rhythm_of(find_onsets(mels, RATE)).salience
    salience = (tempi(), likely) if len(likely) else None
    path = track_beats(pulse.beat, RATE, salience=salience)
    if len(path.frames) < 6:
        return None
    piece, chains = view_piece(pulse, mels, RATE), levels_of(path.frames.astype(np.float64), RATE)
    found = []
    for places in chains:
        times, bpm = places / RATE, 60.0 * RATE / float(np.median(np.diff(places)))
        chain = Chain(describe(piece, places), beside(places, chains[0], RATE, salience), bpm)
        if beats is not None and first is not None:
            chain.f = f_measure(beats, times) if len(beats) else 0.0
            chain.hit, chain.down = near(times, beats), near(times, first)
        found.append(chain)
    return Clip(group, found, right, tempo)


def near(times: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    if not len(wanted):
        return np.zeros(len(times), bool)
    return np.abs(wanted[None] - times[:, None]).min(axis=1) < WINDOW


def gather(folder: Path, without_beat: int) -> list[Clip]:
    noise, clips, sounds = np.random.default_rng(7), [], []
    for path in sorted(folder.glob("*.json")):
        truth = json.loads(path.read_text())
        right = readings_of(truth["metres"]) if len(truth["beats"]) >= 8 else None
        if right is None:
            continue
        mels = scan(load(folder / truth["file"])).mels
        beats, is_first = np.array(truth["beats"]), np.array(truth["positions"]) == 1
        clips.append(clip_of(mels, truth["group"], right, beats=beats, first=beats[is_first]))
        if len(sounds) < without_beat:
            sounds.append(mels)
    none = np.zeros(0)
    for number, mels in enumerate(sounds):
        pieces = in_pieces(mels, noise)
        clips.append(clip_of(pieces, f"none/{number}", NO_READING, beats=none, first=none))
    return [clip for clip in clips if clip is not None]


def loops(count: int) -> list[Clip]:
    """Drum loops, clicks and sound without a beat (`beat_loops`)."""
    found = []
    for number in range(count):
        loop = made(number)
        metre = f"{3 * loop.beats_a_bar}/8" if loop.threes else f"{loop.beats_a_bar}/4"
        right = readings_of([metre]) if len(loop.beats) else NO_READING
        if right is not None:
            first = loop.beats[:: loop.beats_a_bar]
            mels = scan(loop.clip).mels
            found.append(clip_of(mels, f"made/{number}", right, beats=loop.beats, first=first))
    return [clip for clip in found if clip is not None]


def music(folder: Path) -> list[Clip]:
    """Real music of which the tempo is known: the half `dev` of what `fetch_evaluation_music.py` gathers."""
    with (folder / "labels.csv").open(newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row["tempo_bpm"] and row["split"] == "dev"]
    any_reading = ~NO_READING
    found = [
        clip_of(
            scan(load(folder / row["file"])).mels, row["album"], any_reading, tempo=float(row["tempo_bpm"])
        )
        for row in rows
    ]
    return [clip for clip in found if clip is not None]


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

    def __init__(self, seen: np.ndarray, outputs: int, hidden: int, noise: np.random.Generator) -> None:
        self.mean, self.spread = seen.mean(axis=0), seen.std(axis=0) + 1e-2
        inputs = seen.shape[1]
        self.weights = [
            noise.standard_normal((inputs, hidden), dtype=np.float32) / np.float32(np.sqrt(inputs)),
            np.zeros(hidden, np.float32),
            0.3 * noise.standard_normal((hidden, outputs), dtype=np.float32) / np.float32(np.sqrt(hidden)),
            np.zeros(outputs, np.float32),
        ]
        self.moments = [(np.zeros_like(w), np.zeros_like(w)) for w in self.weights]
        self.steps, self.noise = 0, noise

    def standard(self, seen: np.ndarray) -> np.ndarray:
        return np.clip((seen - self.mean) / self.spread, -4.0, 4.0).astype(np.float32)

    def forward(self, rows: np.ndarray, dropped: float) -> np.ndarray:
        draw = self.noise
        self.rows = rows + np.float32(0.15) * draw.standard_normal(rows.shape, dtype=np.float32)
        self.hidden = np.maximum(self.rows @ self.weights[0] + self.weights[1], 0.0)
        kept = draw.random(self.hidden.shape, dtype=np.float32) > dropped
        self.hidden *= kept / np.float32(1.0 - dropped)
        return self.hidden @ self.weights[2] + self.weights[3]

    def learn(self, error: np.ndarray, rate: float, decay: float) -> None:
        error = error.astype(np.float32)
        back = (error @ self.weights[2].T) * (self.hidden > 0.0)
        slopes = [self.rows.T @ back, back.sum(axis=0), self.hidden.T @ error, error.sum(axis=0)]
        self.steps += 1
        for index, slope in enumerate(slopes):
            first, second = self.moments[index]
            first[:] = 0.9 * first + 0.1 * slope
            second[:] = 0.99 * second + 0.01 * slope * slope
            step = first / (1 - 0.9**self.steps) / (np.sqrt(second / (1 - 0.99**self.steps)) + 1e-8)
            step += decay * self.weights[index] * (index % 2 == 0)
            self.weights[index] -= np.float32(rate) * step.astype(np.float32)

    def plain(self) -> list[np.ndarray]:
        enter = self.weights[0] / self.spread[:, None]
        return [enter, self.weights[1] - self.mean @ enter, *self.weights[2:]]


def slowing(step: int, steps: int) -> float:
    return min(1.0, (step + 1) / 30) * 0.5 * (1 + np.cos(np.pi * step / steps))


def share(logits: np.ndarray) -> np.ndarray:
    return 1.0 / (1.0 + np.exp(-np.clip(logits, -30.0, 30.0)))


def train_chain(clips: list[Clip], seed: int, steps: int = 1500, batch: int = 96) -> Network:
    """The right readings among all of all chains of a clip, the metre of right chains, and whether one is."""
    noise = np.random.default_rng(seed)
    seen, wanted, f = [clip.seen() for clip in clips], [clip.wanted() for clip in clips], [c.f for c in clips]
    network = Network(np.concatenate(seen), len(READINGS) + 1, 32, noise)
    rows = [network.standard(one) for one in seen]
    for step in range(steps):
        picked = noise.integers(0, len(clips), batch)
        counts = np.array([len(rows[index]) for index in picked])
        starts, owner = np.cumsum(counts) - counts, np.repeat(np.arange(batch), counts)
        right, found = (np.concatenate([of[index] for index in picked]) for of in (wanted, f))
        some = np.concatenate([rows[index] for index in picked])
        logits = network.forward(some * (noise.random((1, some.shape[1])) > 0.1), 0.2)
        highest = np.maximum.reduceat(logits[:, :-1].max(axis=1), starts)[owner]
        odds = np.exp(np.maximum(logits[:, :-1] - highest[:, None], -30.0))
        likely = odds / np.add.reduceat(odds.sum(axis=1), starts)[owner][:, None]
        # Of several that are right, the network may prefer one.
        answer = likely * right
        total = np.add.reduceat(answer.sum(axis=1), starts)[owner]
        answer /= np.maximum(total, 1e-30)[:, None]
        teach = answer.sum(axis=1, keepdims=True)
        own = odds / odds.sum(axis=1, keepdims=True)
        error = np.zeros_like(logits)
        error[:, :-1] = (total > 0.0)[:, None] * likely - answer + 0.3 * (teach * own - answer)
        known = ~np.isnan(found)
        error[known, -1] = 0.3 * (share(logits[known, -1]) - (found[known] >= RIGHT))
        network.learn(error / batch, 3e-3 * slowing(step, steps), 0.2)
    return network


def train_beat(clips: list[Clip], seed: int, rounds: int = 6) -> Network:
    """Downbeats, on the beats of chains that are right."""
    noise = np.random.default_rng(seed)
    seen, wanted = [], []
    for clip in clips:
        for index in np.flatnonzero(clip.f >= NEARLY)[:2]:
            chain = clip.chains[index]
            seen.append(windows(chain.rows)[chain.hit])
            wanted.append(chain.down[chain.hit])
    answers, size = np.concatenate(wanted), 256
    network = Network(np.concatenate(seen), 1, 24, noise)
    rows = network.standard(np.concatenate(seen))
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


def answer_of(network: list[np.ndarray], seen: np.ndarray) -> np.ndarray:
    return np.maximum(seen @ network[0] + network[1], 0.0) @ network[2] + network[3]


def hear_bars(clips: list[Clip], network: list[np.ndarray]) -> None:
    """Let clips have the fits of bars to the downbeats that a network hears."""
    for clip in clips:
        heard = [share(answer_of(network, windows(chain.rows))[:, 0]) for chain in clip.chains]
        clip.fits = [bar_fits(one.astype(np.float64)) for one in heard]


def judged(clips: list[Clip], network: list[np.ndarray]) -> list[tuple[float, float, float]]:
    """F of the chosen chain, whether metre and threes are right, and whether a known tempo is."""
    found = []
    for clip in clips:
        odds = answer_of(network, clip.seen())[:, :-1]
        chain, reading = np.unravel_index(int(odds.argmax()), odds.shape)
        if clip.tempo is None:
            found.append((clip.f[chain], float(clip.right[reading]), np.nan))
        else:
            found.append((np.nan, np.nan, float(clip.wanted()[chain].any())))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--clips", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--without-beat", type=int, default=100, help="clips in pieces")
    parser.add_argument("--loops", type=int, default=160, help="drum loops, clicks and sound without a beat")
    parser.add_argument("--music", type=Path, help="real music with known tempi (fetch_evaluation_music.py)")
    options = parser.parse_args()
    clips = gather(options.clips, options.without_beat) + loops(options.loops)
    # Twice, since there is less of it.
    clips += 2 * music(options.music) if options.music else []
    train(clips, options.out)


def train(clips: list[Clip], out: Path) -> None:
    parts = [[clip for clip in clips if clip.part == part] for part in range(PARTS)]
    others = [[clip for clip in clips if clip.part != part] for part in range(PARTS)]
    for own, other in zip(parts, others, strict=True):
        hear_bars(own, joined([train_beat(other, 0)]))
    found = []
    for own, other in zip(parts, others, strict=True):
        network = joined([train_chain(other, seed) for seed in range(2)])
        found += judged([clip for clip in own if clip.right.any()], network)
    print(f"{len(clips)} clips; of other works: F, metre, tempo", np.nanmean(found, axis=0).round(3))
    chain = joined([train_chain(clips, seed) for seed in range(3)])
    beat = joined([train_beat(clips, seed) for seed in range(2)])
    names = ("enter.weight", "enter.bias", "leave.weight", "leave.bias")
    stored = {f"chain.{name}": value for name, value in zip(names, chain, strict=True)}
    stored |= {f"beat.{name}": value for name, value in zip(names, beat, strict=True)}
    np.savez(out, **{name: value.astype(np.float32) for name, value in stored.items()})


if __name__ == "__main__":
    main()

"""Train the beat network on rendered clips and write its weights (`src/reelscore/audio/artefacts/`).

    VENV/bin/python benchmarks/rendered --out /tmp/rendered --half choose --clips 650 --invented 0.25
    VENV/bin/python tools/train_beats.py --clips /tmp/rendered/choose --out /tmp/pulse.npz

Needs PyTorch 2.13 in a Python of its own, with `src/` on its path. Every eighth clip (by a hash of its work)
is held out to choose by. The clips of the half `report` must not be given here.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn

from reelscore.audio.decode import load
from reelscore.audio.pulse_net import DILATIONS, GROUPS, pulse_input
from reelscore.audio.spectrum import HOP, scan

RATE = 22050 / HOP
CROP = 1280
CHANNELS = 20


def leaky(values: torch.Tensor) -> torch.Tensor:
    """What `pulse_net` does between its layers."""
    return nn.functional.leaky_relu(values, 0.1)


class PulseNet(nn.Module):
    """Input (batch, 48, frames), output (batch, 3, frames) of logits."""

    def __init__(self) -> None:
        super().__init__()
        self.enter = nn.Conv1d(2 * GROUPS, CHANNELS, 1)
        self.wide = nn.ModuleList(
            [nn.Conv1d(CHANNELS, CHANNELS, 5, dilation=step, padding=2 * step) for step in DILATIONS]
        )
        self.narrow = nn.ModuleList([nn.Conv1d(CHANNELS, CHANNELS, 1) for _ in DILATIONS])
        self.leave = nn.Conv1d(CHANNELS, 3, 1)  # beat, downbeat, compound time
        self.drop = nn.Dropout(0.1)

    def forward(self, bands: torch.Tensor) -> torch.Tensor:
        x = self.enter(bands)
        total = 0.0
        for wide, narrow in zip(self.wide, self.narrow, strict=True):
            y = narrow(self.drop(leaky(wide(x))))
            x, total = x + y, total + y
        return self.leave(leaky(total))


def features(folder: Path) -> list[dict[str, object]]:
    cached = folder.parent / "features2"
    cached.mkdir(exist_ok=True)
    found = []
    for path in sorted(folder.glob("*.json")):
        truth = json.loads(path.read_text())
        kept = cached / f"{path.stem}.npy"
        if not kept.exists():
            bands = pulse_input(scan(load(folder / truth["file"])).mels)
            np.save(kept, bands.astype(np.float16))
        truth["bands"] = np.load(kept)
        found.append(truth)
    return found


def held_out(truth: dict[str, object]) -> bool:
    return hashlib.sha1(str(truth["group"]).encode()).digest()[1] % 8 == 0


def targets(beats: np.ndarray, frames: int) -> np.ndarray:
    """A triangle two frames wide around each exact time."""
    result = np.zeros(frames, np.float32)
    for place in beats:
        for frame in range(max(0, int(place) - 1), min(frames, int(place) + 3)):
            result[frame] = max(result[frame], 1.0 - abs(frame - place) / 2.0)
    return result


def without_beat(bands: np.ndarray, noise: np.random.Generator) -> np.ndarray:
    """Sound without a steady beat: a clip in pieces of any length and order, held sound, noise, syllables."""
    kind = noise.random()
    if kind < 0.6:
        pieces, frames = [], 0
        while frames < CROP:
            length = int(RATE * noise.uniform(0.08, 0.8))
            begin = int(noise.integers(0, max(1, len(bands) - length)))
            pieces.append(bands[begin : begin + length].astype(np.float32))
            frames += len(pieces[-1])
        return np.concatenate(pieces)[:CROP]
    colour = noise.normal(0.0, 0.5, (1, GROUPS)).cumsum(axis=1) / 3.0
    rough = noise.uniform(0.02, 0.25)
    level = colour + rough * np.log(noise.chisquare(8, (CROP, GROUPS)) / 8 + 1e-3)
    if kind > 0.75:  # syllables, or breaths of a pad
        shape, at = np.full(CROP, -1.5), 0
        while at < CROP:
            length = int(RATE * (noise.uniform(0.07, 0.35) if kind < 0.92 else noise.uniform(1.0, 5.0)))
            stop = min(CROP, at + length)
            bump = np.hanning(length + 2)[1:-1][: stop - at]
            shape[at:stop] = np.maximum(shape[at:stop], -1.5 + noise.uniform(0.3, 1.8) * bump)
            at += int(length * noise.uniform(0.8, 1.6))
            at += int(RATE * noise.uniform(0.2, 1.0)) if noise.random() < 0.1 else 0
        level = level + shape[:, None]
    level = np.maximum(level, -1.0)
    rises = 6.0 * np.maximum(np.diff(level, axis=0, prepend=level[:1]), 0.0)
    return np.concatenate([level, rises], axis=1).astype(np.float32)


def drawn(truth: dict[str, object], noise: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A stretch of a clip, played faster or slower, shifted in pitch and level, with its targets."""
    bands = truth["bands"]
    if noise.random() < 0.08:
        return without_beat(bands, noise), np.zeros((3, CROP), np.float32)
    beats = np.array(truth["beats"]) * RATE
    first = np.array(truth["positions"]) == 1
    factor = 1.0 if noise.random() < 0.4 else 2.0 ** noise.uniform(-0.2, 0.2)
    begin = noise.uniform(-50, max(1.0, len(bands) - 0.7 * CROP * factor))
    places = begin + np.arange(CROP) * factor
    low = np.floor(places).astype(int)
    part = (places - low).astype(np.float32)[:, None]
    still = np.r_[np.full(GROUPS, -1.0), np.zeros(GROUPS)].astype(np.float32)[None]
    padded = np.concatenate([bands.astype(np.float32), still])
    inside = [np.where((at >= 0) & (at < len(bands)), at, len(bands)) for at in (low, low + 1)]
    result = (1 - part) * padded[inside[0]] + part * padded[inside[1]]
    shift = int(noise.integers(-1, 2))
    result = np.concatenate([np.roll(half, shift, axis=1) for half in np.split(result, 2, axis=1)], axis=1)
    result[:, :GROUPS] += noise.normal(0.0, 0.15) + noise.normal(0.0, 0.12, (1, GROUPS))
    result[:, GROUPS:] *= np.exp(noise.normal(0.0, 0.2) + noise.normal(0.0, 0.15, (1, GROUPS)))
    if noise.random() < 0.3:
        cut = int(noise.integers(0, GROUPS - 4))
        band = slice(cut, cut + int(noise.integers(1, 5)))
        result[:, :GROUPS][:, band], result[:, GROUPS:][:, band] = -1.0, 0.0
    moved = (beats - begin) / factor
    return result.astype(np.float32), wanted_of(moved, first, compound(truth), CROP)


def wanted_of(beats: np.ndarray, first: np.ndarray, threes: bool, frames: int) -> np.ndarray:
    """What the three outputs are to be, (3, frames)."""
    return np.stack(
        [targets(beats, frames), targets(beats[first], frames), np.full(frames, threes, np.float32)]
    )


def compound(truth: dict[str, object]) -> bool:
    """Whether beats fall into threes."""
    metres = list(truth["metres"])
    return bool(metres) and metres[0] in ("6/8", "9/8", "12/8")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--clips", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--start", type=Path, help="weights to go on from")
    options = parser.parse_args()
    torch.manual_seed(14)
    torch.set_num_threads(options.threads)
    noise = np.random.default_rng(14)
    clips = features(options.clips)
    train, held = [c for c in clips if not held_out(c)], [c for c in clips if held_out(c)]
    net = PulseNet()
    if options.start:
        net.load_state_dict({name: torch.from_numpy(value) for name, value in np.load(options.start).items()})
    print(len(train), len(held), sum(p.numel() for p in net.parameters()), flush=True)
    optimiser = torch.optim.AdamW(net.parameters(), lr=3e-3, weight_decay=1e-3)
    loss_of = nn.BCEWithLogitsLoss(reduction="none")
    weight = torch.tensor([1.0, 1.0, 0.1])[None, :, None]
    up = torch.tensor([4.0, 4.0, 0.0])[None, :, None]  # frames with a beat are few
    batch, began, step, running = 5, time.monotonic(), 0, []
    while (spent := (time.monotonic() - began) / 60 / options.minutes) < 1.0:
        for group in optimiser.param_groups:
            group["lr"] = 3e-3 * min(1.0, (step + 1) / 100) * 0.5 * (1 + np.cos(np.pi * spent))
        picks = [drawn(train[index], noise) for index in noise.integers(0, len(train), batch)]
        bands = torch.from_numpy(np.stack([pick[0] for pick in picks]).transpose(0, 2, 1))
        wanted = torch.from_numpy(np.stack([pick[1] for pick in picks]))
        net.train()
        loss = (loss_of(net(bands), wanted) * weight * (1 + up * wanted)).mean()
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        running.append(loss.item())
        step += 1
        if step % 150 == 0:
            net.eval()
            with torch.no_grad():
                losses = []
                for clip in held[:16]:
                    bands = torch.from_numpy(clip["bands"].astype(np.float32).T)[None]
                    beats, first = np.array(clip["beats"]) * RATE, np.array(clip["positions"]) == 1
                    wanted = torch.from_numpy(wanted_of(beats, first, compound(clip), bands.shape[2]))[None]
                    losses.append((loss_of(net(bands), wanted) * (1 + up * wanted)).mean(dim=(0, 2)).numpy())
            print(
                step,
                f"{spent:.2f} train {np.mean(running[-150:]):.4f} held",
                np.mean(losses, axis=0).round(4),
                flush=True,
            )
            np.savez(options.out, **{name: value.numpy() for name, value in net.state_dict().items()})
    np.savez(options.out, **{name: value.detach().numpy() for name, value in net.state_dict().items()})


if __name__ == "__main__":
    main()

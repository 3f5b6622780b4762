"""Drum loops, click tracks and sound without a beat, made with NumPy, for `train_bars.py --loops`.

The rendered scores have neither a bare click nor a drum loop, and nothing without a beat but clips in pieces.
The sounds are those of the tests (`tests/audio/audio_material.py`); tempi, metres and roots are drawn.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "audio"))
from audio_material import RATE, add, clicks, drum, note

from reelscore.records import AudioClip

CHORD = (12, 16, 19)  # above the bass note, semitones


@dataclass
class Loop:
    """A clip with its truth; one without beats has none."""

    clip: AudioClip
    beats: np.ndarray
    beats_a_bar: int = 4
    threes: bool = False  # beats fall into threes


def made(number: int) -> Loop:
    """The loop of this number: six of ten are drum loops, two clicks, two have no beat."""
    draw = np.random.default_rng([21, number])
    kind = number % 10
    if kind < 6:
        return _drum_loop(draw)
    if kind < 8:
        clip, beats = clicks(float(draw.uniform(55, 180)), float(draw.uniform(18, 30)))
        return Loop(clip, beats)
    samples = np.zeros(round(float(draw.uniform(18, 28)) * RATE), dtype=np.float32)
    if kind == 8:
        _knock(samples, draw, number)
    else:
        _hold(samples, draw)
    return Loop(AudioClip(samples, RATE), np.zeros(0))


def _drum_loop(draw: np.random.Generator) -> Loop:
    bar, threes, parts = int(draw.choice([2, 3, 4, 4, 4, 5])), False, int(draw.choice([1, 1, 2, 2]))
    bpm = float(draw.uniform(70, 190))
    if draw.random() < 0.25:
        bar, threes, parts, bpm = 2, True, 3, float(draw.uniform(60, 105))
    count = int(draw.uniform(20, 32) * bpm / 60)
    gaps = np.full(count - 1, 60 / bpm)
    if draw.random() < 0.3:
        gaps = 60 / np.linspace(bpm, bpm * draw.uniform(0.7, 1.35), count - 1)
    beats = draw.uniform(0.1, 0.8) + np.r_[0, np.cumsum(gaps)]
    with_tune = bool(draw.random() < 0.7)
    sounds = np.random.default_rng(draw.integers(1 << 30))
    kick, snare, hat = (drum(kind, sounds) for kind in ("kick", "snare", "hat"))
    mix = np.zeros(round((beats[-1] + 1.5) * RATE), dtype=np.float32)
    roots, bass = draw.choice([0, 2, 4, 5, 7, 9], 4), int(draw.integers(33, 46))
    hats, back = draw.uniform(0.2, 0.6), draw.uniform(0.3, 0.8)
    for index, (time, gap) in enumerate(
        zip(beats, np.diff(beats, append=2 * beats[-1] - beats[-2]), strict=True)
    ):
        place, root = index % bar, bass + int(roots[index // bar % 4])
        if place:
            add(mix, kick if bar > 4 and place == 3 else snare, time, back)
        else:
            add(mix, kick, time, 1.0)
            for pitch, level in ((0, 0.5), *((step, 0.15) for step in CHORD)) if with_tune else ():
                add(mix, note(root + pitch, 0.9 * gap * bar, decay=1.2 if pitch else 2.0), time, level)
        for part in range(parts):
            add(mix, hat, time + part * gap / parts, hats if part == 0 else 0.7 * hats)
    return Loop(AudioClip((0.8 * mix / np.abs(mix).max()).astype(np.float32), RATE), beats, bar, threes)


def _knock(mix: np.ndarray, draw: np.random.Generator, number: int) -> None:
    """Knocks at times drawn by chance."""
    sounds, time = np.random.default_rng(number), 0.3
    kind, mean = draw.choice(["snare", "kick", "hat"]), draw.uniform(0.2, 0.6)
    while time < len(mix) / RATE - 1:
        add(mix, drum(kind, sounds), time, 0.6)
        time += float(sounds.exponential(mean)) + 0.06


def _hold(mix: np.ndarray, draw: np.random.Generator) -> None:
    """Held chords that swell."""
    time = np.arange(len(mix)) / RATE
    for pitch in draw.choice(range(40, 76), 4):
        swell = 0.5 + 0.4 * np.sin(2 * np.pi * draw.uniform(0.03, 0.2) * time + draw.uniform(0, 6))
        mix += (0.15 * swell * np.sin(2 * np.pi * 440 * 2 ** ((pitch - 69) / 12) * time)).astype(np.float32)

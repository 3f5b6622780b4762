"""A song made of tones and clicks whose bars, sections and ending are known. Seeded; at 22,050 Hz."""

from __future__ import annotations

from fractions import Fraction
from functools import cache

import numpy as np

from reelscore.records import AudioClip, Media
from reelscore.sync.grids import song_grid
from reelscore.sync.heard import RATE, HeardSong, hear
from reelscore.sync.placing import Source

CHORDS = {"A": (0, 7, 9, 5), "B": (5, 0, 7, 9), "C": (2, 4, 9, 7)}
LEVEL = {"A": 0.6, "B": 1.0, "C": 0.5}


def _tone(length: int, hz: float, decay: float) -> np.ndarray:
    time = np.arange(length) / RATE
    wave = sum(np.sin(2 * np.pi * hz * k * time) / k for k in (1, 2, 3))
    return wave * np.exp(-time / decay) * np.minimum(1.0, time / 0.004)


def sound(
    *,
    form: str = "AABABCB",
    bars: int = 4,
    metre: int = 4,
    bpm: float = 120.0,
    ending: bool = True,
    seed: int = 1,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """(samples, beats, bar lines, section starts)."""
    random = np.random.default_rng(seed)
    beat = 60.0 / bpm
    total = len(form) * bars * metre
    lead = 0.1
    samples = np.zeros(round((lead + total * beat + (4.0 if ending else 0.0)) * RATE) + RATE)

    def add(at: float, wave: np.ndarray) -> None:
        first = round(at * RATE)
        part = samples[first : first + len(wave)]
        part += wave[: len(part)]

    beats = lead + np.arange(total) * beat
    for bar in range(len(form) * bars):
        letter = form[bar // bars]
        root = CHORDS[letter][bar % 4]
        for index in range(metre):
            at, loud = float(beats[bar * metre + index]), LEVEL[letter] * (1.0 + 0.05 * random.normal())
            hz = 220.0 * 2.0 ** (root / 12.0)
            for third in (0, 4, 7):
                add(at, 0.06 * loud * _tone(round(beat * RATE), hz * 2.0 ** (third / 12.0), 0.35))
            if index == 0:
                add(at, 0.25 * loud * _tone(round(0.2 * RATE), 55.0, 0.08))
            click = random.normal(0.0, 0.05 * loud, round(0.03 * RATE))
            add(at + beat / 2, click * np.linspace(1.0, 0.0, len(click)))
            add(at, click * np.linspace(1.0, 0.0, len(click)))
    end = lead + total * beat
    if ending:
        for third in (0, 4, 7, 12):
            add(end, 0.12 * _tone(round(3.0 * RATE), 220.0 * 2.0 ** (third / 12.0), 0.7))
        beats = np.append(beats, end)
        samples = samples[: round((end + 3.5) * RATE)]
    else:
        samples = samples[: round(end * RATE)]
    return samples.astype(np.float32), beats, beats[::metre], beats[:: metre * bars][: len(form)]


@cache
def heard(**form: object) -> HeardSong:
    samples, beats, lines, sections = sound(**form)
    grid = song_grid(
        duration=len(samples) / RATE, beats=beats, downbeats=lines, sections=sections, song_id="song"
    )
    return hear(AudioClip(samples, RATE), grid)


def source(song: HeardSong) -> Source:
    media = Media("/music/song.wav", Fraction(len(song.samples), RATE), sample_rate=RATE, channels=1)
    return Source("song", "A song", media)


def rendered(song: HeardSong, events, length: int) -> np.ndarray:
    """The events played at `RATE`, fades with equal power where two overlap, straight at the ends."""
    scale = RATE / 48_000
    out = np.zeros(round(length * scale) + 8)
    for event in events:
        first = round(event.source_in * scale)
        part = song.samples[first : first + round(event.length * scale)].astype(np.float64)
        for size, back in ((event.fade_in, False), (event.fade_out, True)):
            steps = min(len(part), round(size * scale))
            ramp = np.sin((np.arange(steps) + 0.5) * np.pi / 2 / max(steps, 1))
            if back and steps:
                part[-steps:] *= ramp[::-1]
            elif steps:
                part[:steps] *= ramp
        at = round(event.record_in * scale)
        if at < 0:
            part, at = part[-at:], 0
        out[at : at + len(part)] += part[: len(out) - at]
    return out

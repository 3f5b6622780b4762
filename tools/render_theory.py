"""Composition by rules: scales, chord progressions, accompaniment patterns, melodies, drum patterns.

Times and lengths are in beats. A pattern fills one bar: it takes the chord of the bar and gives notes
`(start, length, MIDI pitch, velocity 1..127)`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

Note = tuple[float, float, int, int]
Rng = np.random.Generator

SCALES = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "harmonic": (0, 2, 3, 5, 7, 8, 11),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
    "lydian": (0, 2, 4, 6, 7, 9, 11),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "gypsy": (0, 1, 4, 5, 7, 8, 11),
    "hirajoshi": (0, 2, 3, 7, 8),
    "pentatonic": (0, 2, 4, 7, 9),
    "blues": (0, 3, 5, 6, 7, 10),
    "octatonic": (0, 1, 3, 4, 6, 7, 9, 10),
    "whole": (0, 2, 4, 6, 8, 10),
}
MAJOR_LIKE = {"major", "lydian", "mixolydian", "pentatonic"}
MINOR_LIKE = {"minor", "harmonic", "dorian", "phrygian", "hirajoshi", "blues"}
# Degrees, one a bar.
PROGRESSIONS = {
    "major": [[1, 5, 6, 4], [1, 4, 5, 1], [1, 6, 4, 5], [1, 4, 1, 5], [1, 3, 4, 5], [6, 4, 1, 5]],
    "minor": [[1, 6, 3, 7], [1, 4, 5, 1], [1, 7, 6, 5], [1, 6, 4, 5], [1, 4, 7, 3], [1, 1, 6, 5]],
    "static": [[1, 1, 1, 1]],
    "modal": [[1, 7, 1, 4], [1, 1, 7, 1], [1, 2, 1, 7]],
    "jazz": [[2, 5, 1, 6], [1, 6, 2, 5], [3, 6, 2, 5]],
    "blues": [[1, 4, 1, 5], [1, 1, 4, 1], [5, 4, 1, 5]],
    "strange": [[1, 3, 2, 5], [1, 2, 1, 4], [1, 5, 2, 6]],
}
# Sixteen steps of a bar in four, twelve of a bar in three; GM drum keys.
K, S, RIM, CLAP, HAT, OPEN, RIDE, CRASH = 36, 38, 37, 39, 42, 46, 51, 49
TOM1, TOM2, TOM3, TAMB, COW, SHAKER, CONGA1, CONGA2, CLAVE, TRI = 50, 47, 43, 54, 56, 70, 63, 64, 75, 81
DRUMS: dict[str, dict[int, str]] = {
    "rock": {K: "x.....x.x.......", S: "....x.......x...", HAT: "x.x.x.x.x.x.x.x."},
    "rock2": {
        K: "x..x..x...x.....",
        S: "....x.......x..x",
        RIDE: "x.x.x.x.x.x.x.x.",
        CRASH: "x...............",
    },
    "punk": {K: "x..xx...x..xx...", S: "..x...x...x...x.", HAT: "x.x.x.x.x.x.x.x."},
    "metal": {
        K: "xxxxxxxxxxxxxxxx",
        S: "....x.......x...",
        RIDE: "x...x...x...x...",
        CRASH: "x...............",
    },
    "blast": {K: "x.x.x.x.x.x.x.x.", S: ".x.x.x.x.x.x.x.x", RIDE: "x.x.x.x.x.x.x.x."},
    "ballad": {K: "x.........x.....", S: "........x.......", HAT: "x.x.x.x.x.x.x.x."},
    "house": {
        K: "x...x...x...x...",
        CLAP: "....x.......x...",
        OPEN: "..x...x...x...x.",
        SHAKER: "x.xxx.xxx.xxx.xx",
    },
    "techno": {
        K: "x...x...x...x...",
        HAT: "xxxxxxxxxxxxxxxx",
        OPEN: "..x...x...x...x.",
        RIM: "...x..x....x...x",
    },
    "trance": {
        K: "x...x...x...x...",
        CLAP: "....x.......x...",
        OPEN: "..x...x...x...x.",
        HAT: "x.xxx.xxx.xxx.xx",
    },
    "disco": {
        K: "x...x...x...x...",
        S: "....x.......x...",
        OPEN: "..x...x...x...x.",
        TAMB: "x.xxx.xxx.xxx.xx",
    },
    "dnb": {K: "x.........x.....", S: "....x..x.x..x..x", HAT: "x.x.x.x.x.x.x.x."},
    "break": {K: "x.x.......xx....", S: "....x..x.x..x...", HAT: "x.x.x.x.x.x.x.x."},
    "dubstep": {K: "x.....x...x.....", S: "........x.......", HAT: "x..x..x.x..x..x."},
    "trap": {K: "x......x..x.....", CLAP: "........x.......", HAT: "x.x.xxx.x.x.xxxx"},
    "boombap": {K: "x..x......xx....", S: "....x.......x...", HAT: "x.x.x.x.x.x.x.x."},
    "lofi": {K: "x......x.x......", S: "....x.......x...", HAT: "x.x.x.x.x.x.x.x."},
    "funk": {K: "x..x..x...x..x..", S: "....x..x.x..x...", HAT: "xxxxxxxxxxxxxxxx"},
    "reggae": {K: "........x.......", RIM: "........x.......", HAT: "..x...x...x...x."},
    "ska": {K: "x.......x.......", S: "....x.......x...", HAT: "..x...x...x...x."},
    "bossa": {K: "x..xx..xx..xx..x", RIM: "x..x..x...x..x..", HAT: "x.x.x.x.x.x.x.x."},
    "salsa": {
        CONGA1: "..x...xx..x...xx",
        CONGA2: "x..xx...x..xx...",
        CLAVE: "x..x..x...x.x...",
        COW: "x...x...x...x...",
    },
    "samba": {
        K: "x..xx..xx..xx..x",
        SHAKER: "xxxxxxxxxxxxxxxx",
        TAMB: "x..x..x...x..x..",
        CONGA2: "..x...x...x...x.",
    },
    "tribal": {
        TOM1: "x..x..x.x..x..x.",
        TOM3: "x...x..xx...x...",
        CONGA1: "..xx..x...xx..x.",
        SHAKER: "x.x.x.x.x.x.x.x.",
    },
    "swing": {RIDE: "x...x.x.x...x.x.", HAT: "....x.......x...", K: "x.......x......."},
    "brushes": {RIDE: "x...x..xx...x..x", HAT: "....x.......x...", S: "......x........."},
    "shuffle": {K: "x.......x.......", S: "....x.......x...", RIDE: "x..xx..xx..xx..x"},
    "march": {S: "x..xx.x.x..xx.xx", K: "x.......x.......", CRASH: "x..............."},
    "train": {K: "x...x...x...x...", S: "x.xxx.xxx.xxx.xx"},
    "epic": {
        TOM3: "x..x..x.x..x.xx.",
        TOM2: "..x..x....x..x..",
        K: "x.......x.......",
        CRASH: "x...............",
    },
    "waltz": {K: "x...........", S: "....x...x...", HAT: "x...x...x..."},
    "jazzwaltz": {RIDE: "x...x.x.x.x.", HAT: "....x.......", K: "x..........."},
    "polka": {K: "x...x...x...x...", S: "..x...x...x...x."},
    "tambourine": {TAMB: "x...x.x.x...x.x.", TOM3: "x.......x......."},
    "heartbeat": {TOM3: "x..x............"},
    "shaker": {SHAKER: "x.x.x.x.x.x.x.x.", TRI: "x......."},
}


@dataclass
class Bar:
    """What a pattern needs to know of its bar."""

    chord: list[int]  # pitches from the root up, close position, root in 48..59
    scale: list[int]  # all pitches of the scale in 24..108
    beats: int
    velocity: int
    density: float  # 0..1, how busy
    rng: Rng
    memory: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    index: int = 0


def chord_of(degree: int, tonic: int, mode: str, *, sevenths: bool) -> list[int]:
    """Stack thirds on a degree of the scale; tonic is a MIDI pitch."""
    scale = SCALES[mode]
    steps = (0, 2, 4, 6) if sevenths else (0, 2, 4)
    pitches = []
    for step in steps:
        octave, place = divmod(degree - 1 + step, len(scale))
        pitches.append(tonic + 12 * octave + scale[place])
    return pitches


def near(pitch: int, low: int, high: int) -> int:
    """Move a pitch by octaves into a range of at least an octave."""
    while pitch < low:
        pitch += 12
    while pitch > high:
        pitch -= 12
    return pitch


def melody(bar: Bar, low: int, high: int) -> list[Note]:
    """A motif that returns every second bar, chord tones on strong beats, steps in between."""
    kind = "even" if bar.index % 2 == 0 else "odd"
    rhythm = bar.memory.get(kind)
    if rhythm is None:
        rhythm, at = [], 0.0
        values = [0.25, 0.5, 0.5, 1.0, 1.0, 2.0] if bar.density > 0.6 else [0.5, 1.0, 1.0, 1.5, 2.0, 2.0]
        if bar.density < 0.25:
            values = [1.0, 2.0, 2.0, 3.0, 4.0]
        while at < bar.beats - 1e-6:
            length = min(float(bar.rng.choice(values)), bar.beats - at)
            rhythm.append((at, length))
            at += length
        bar.memory[kind] = rhythm
    notes: list[Note] = []
    tones = [p for p in bar.scale if low <= p <= high]
    place = int(bar.rng.integers(len(tones) // 4, max(len(tones) // 4 + 1, 3 * len(tones) // 4)))
    for at, length in rhythm:
        place = int(np.clip(place + bar.rng.choice([-2, -1, -1, 0, 1, 1, 2, 3]), 0, len(tones) - 1))
        pitch = tones[place]
        if at % 2 == 0:
            wanted = {c % 12 for c in bar.chord}
            pitch = min(tones, key=lambda p: (p % 12 not in wanted, abs(p - tones[place])))
            place = tones.index(pitch)
        if bar.rng.random() < 0.08:
            continue
        accent = 8 if at % 1 == 0 else 0
        notes.append((at, length * 0.95, pitch, bar.velocity + accent))
    return notes


def _voiced(bar: Bar, low: int, high: int) -> list[int]:
    return sorted({near(p, low, high) for p in bar.chord})


def pad(bar: Bar, low: int, high: int) -> list[Note]:
    """The chord, held."""
    return [(0.0, bar.beats * 1.02, p, bar.velocity) for p in _voiced(bar, low, high)]


def drone(bar: Bar, low: int, high: int) -> list[Note]:
    """Tonic and fifth, held, whatever the chord."""
    root = near(bar.scale[0], low, high)
    return [(0.0, bar.beats * 1.02, root, bar.velocity), (0.0, bar.beats * 1.02, root + 7, bar.velocity - 10)]


def cluster(bar: Bar, low: int, high: int) -> list[Note]:
    """Neighbouring semitones, held: dissonance."""
    base = int(bar.rng.integers(low, max(low + 1, high - 6)))
    return [(0.0, bar.beats * 1.02, base + k, bar.velocity) for k in (0, 1, 2, 6)]


def _repeated(step: float, length: float, which: str) -> Callable[[Bar, int, int], list[Note]]:
    def pattern(bar: Bar, low: int, high: int) -> list[Note]:
        voiced = _voiced(bar, low, high)
        notes: list[Note] = []
        for n, at in enumerate(np.arange(0, bar.beats - 1e-6, step)):
            accent = 10 if at % 1 == 0 else 0
            if which == "chord":
                pitches = voiced
            elif which == "off":
                pitches = voiced if at % 1 >= 0.4 else []
            elif which == "root":
                pitches = [near(bar.chord[0], low, high)]
            elif which == "octave":
                pitches = [near(bar.chord[0], low, low + 11) + 12 * (n % 2)]
            elif which == "power":
                root = near(bar.chord[0], low, low + 11)
                pitches = [root, root + 7, root + 12]
            elif which == "up":
                ladder = voiced + [p + 12 for p in voiced]
                pitches = [ladder[n % len(ladder)]]
            elif which == "updown":
                ladder = [*voiced, voiced[0] + 12]
                ladder = ladder + ladder[-2:0:-1]
                pitches = [ladder[n % len(ladder)]]
            else:  # alberti
                pitches = [[voiced[0], voiced[-1], voiced[len(voiced) // 2], voiced[-1]][n % 4]]
            notes += [(float(at), length, p, bar.velocity + accent) for p in pitches]
        return notes

    return pattern


def oompah(bar: Bar, low: int, high: int) -> list[Note]:
    """Bass on the first beat, chords on the others: waltz and polka."""
    voiced = _voiced(bar, low + 7, high + 7)
    bass = near(bar.chord[0], low - 12, low)
    notes: list[Note] = [(0.0, 0.9, bass, bar.velocity + 8)]
    if bar.beats == 4:
        notes.append((2.0, 0.9, bass + 7 if bass + 7 <= low + 2 else bass - 5, bar.velocity))
    beats = (1, 2) if bar.beats == 3 else (1, 3)
    return notes + [(float(at), 0.45, p, bar.velocity - 8) for at in beats for p in voiced]


def strum(bar: Bar, low: int, high: int) -> list[Note]:
    """Guitar chords in eighths, down and up, strings a little apart."""
    voiced = [*_voiced(bar, low, high), near(bar.chord[0], low + 12, high + 12)]
    notes: list[Note] = []
    for at in np.arange(0, bar.beats, 0.5):
        if at % 1 == 0.5 and bar.rng.random() > 0.4 + 0.6 * bar.density:
            continue
        order = voiced if at % 1 == 0 else voiced[::-1]
        notes += [
            (float(at) + 0.02 * n, 0.6, p, bar.velocity - (at % 1 > 0) * 12) for n, p in enumerate(order)
        ]
    return notes


def walking(bar: Bar, low: int, high: int) -> list[Note]:
    """Jazz bass: a note on each beat, from the root by steps."""
    tones = [p for p in bar.scale if low <= p <= high]
    place = tones.index(min(tones, key=lambda p: abs(p - near(bar.chord[0], low, high))))
    notes: list[Note] = []
    for at in range(bar.beats):
        notes.append((float(at), 0.9, tones[place], bar.velocity))
        place = int(np.clip(place + bar.rng.choice([-2, -1, 1, 2]), 0, len(tones) - 1))
    return notes


def sparse(bar: Bar, low: int, high: int) -> list[Note]:
    """One or two single notes of the scale in the bar."""
    tones = [p for p in bar.scale if low <= p <= high]
    count = int(bar.rng.integers(1, 3))
    starts = np.sort(bar.rng.choice(np.arange(0, bar.beats, 0.5), count, replace=False))
    return [(float(at), 1.8, int(bar.rng.choice(tones)), bar.velocity) for at in starts]


def fanfare(bar: Bar, low: int, high: int) -> list[Note]:
    """Dotted calls on the notes of the triad, in thirds."""
    voiced = _voiced(bar, low, high)
    rhythm = [(0.0, 0.7), (0.75, 0.2), (1.0, 0.9), (2.0, 0.6), (2.67, 0.3), (3.0, 0.9)]
    notes: list[Note] = []
    for at, length in rhythm:
        if at < bar.beats:
            top = int(bar.rng.integers(1, len(voiced) + 1))
            notes += [(at, length, p, bar.velocity + 8) for p in voiced[max(0, top - 2) : top]]
    return notes


def hymn(bar: Bar, low: int, high: int) -> list[Note]:
    """Four voices in quarters or halves: a chorale."""
    step = 2.0 if bar.density < 0.5 else 1.0
    notes: list[Note] = []
    for at in np.arange(0, bar.beats, step):
        voiced = _voiced(bar, low, high)
        shift = int(bar.rng.integers(0, len(voiced)))
        voiced = sorted(voiced[shift:] + [p + 12 for p in voiced[:shift]])
        notes += [(float(at), step, p, bar.velocity) for p in [near(bar.chord[0], low - 12, low), *voiced]]
    return notes


def gallop(bar: Bar, low: int, high: int) -> list[Note]:
    """Power chords in the rhythm of a gallop."""
    root = near(bar.chord[0], low, low + 11)
    starts = [b + s for b in range(bar.beats) for s in (0.0, 0.5, 0.75)]
    return [(at, 0.22, p, bar.velocity) for at in starts for p in (root, root + 7)]


def montuno(bar: Bar, low: int, high: int) -> list[Note]:
    """Syncopated chords of Latin piano."""
    voiced = _voiced(bar, low, high)
    return [
        (at, 0.4, p, bar.velocity)
        for at in (0.0, 0.75, 1.5, 2.25, 2.5, 3.25)
        if at < bar.beats
        for p in voiced
    ]


def syncopated(bar: Bar, low: int, high: int) -> list[Note]:
    """A bass line on the off-beats of funk and reggae."""
    root = near(bar.chord[0], low, low + 11)
    line = [(0.0, root), (0.75, root), (1.5, root + 7), (2.25, root + 10), (2.75, root + 12), (3.5, root + 7)]
    return [(at, 0.4, p, bar.velocity) for at, p in line if at < bar.beats and bar.rng.random() > 0.15]


PATTERNS: dict[str, Callable[[Bar, int, int], list[Note]]] = {
    "melody": melody,
    "pad": pad,
    "drone": drone,
    "cluster": cluster,
    "oompah": oompah,
    "strum": strum,
    "walking": walking,
    "sparse": sparse,
    "fanfare": fanfare,
    "hymn": hymn,
    "gallop": gallop,
    "montuno": montuno,
    "syncopated": syncopated,
    "stabs": _repeated(0.5, 0.2, "off"),
    "quarters": _repeated(1.0, 0.5, "chord"),
    "eighths": _repeated(0.5, 0.4, "chord"),
    "ostinato": _repeated(0.5, 0.3, "up"),
    "ostinato16": _repeated(0.25, 0.18, "up"),
    "tremolo": _repeated(0.125, 0.13, "chord"),
    "arp": _repeated(0.5, 0.9, "updown"),
    "arp16": _repeated(0.25, 0.4, "updown"),
    "alberti": _repeated(0.5, 0.45, "alberti"),
    "power": _repeated(0.5, 0.4, "power"),
    "powerlong": _repeated(2.0, 1.95, "power"),
    "roots": _repeated(1.0, 0.9, "root"),
    "roots8": _repeated(0.5, 0.45, "root"),
    "roots16": _repeated(0.25, 0.2, "root"),
    "rootlong": _repeated(4.0, 3.9, "root"),
    "octaves": _repeated(0.5, 0.4, "octave"),
}


def swing(notes: list[Note], amount: float) -> list[Note]:
    """Delay the second half of each beat; 0 is straight, 1 is a triplet."""
    return [(at + amount / 6 * (0.4 <= at % 1 < 0.6), length, p, v) for at, length, p, v in notes]

"""Songs with a form, made up and rendered: intro, verses, choruses, a bridge and an ending that rings out.

Every beat, bar line and section start is known. A seed makes the same song again; chords, melody, drums,
instruments, metre, tempo, swing and the scatter of the hands differ from song to song, and no two bars of a
song are played quite alike. Needs FluidSynth and a General MIDI soundfont.
"""

from __future__ import annotations

import json
import random
import struct
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

SOUNDFONTS = (Path("/usr/share/sounds/sf2/FluidR3_GM.sf2"), Path("/usr/share/sounds/sf2/TimGM6mb.sf2"))
TICKS = 480  # a beat
LEAD_SECONDS = 0.15  # before the first note, so that early hands have room

_SCALES = ((0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10))
_PROGRESSIONS = (
    (0, 4, 5, 3),
    (0, 3, 4, 4),
    (5, 3, 0, 4),
    (0, 5, 3, 4),
    (0, 2, 3, 4),
    (0, 6, 5, 4),
    (3, 4, 0, 0),
)
_PADS, _BASSES = (0, 4, 24, 25, 26, 48, 49, 50, 89), (32, 33, 34, 38, 43)
_LEADS = (0, 11, 24, 40, 56, 61, 65, 71, 73, 80, 81)


@dataclass(frozen=True)
class Truth:
    """What is known of a rendered song, in seconds."""

    duration: float
    beats: list[float]
    downbeats: list[float]
    sections: list[float]
    letters: list[str]
    tempo_bpm: float
    metre: int


def compose(seed: int) -> tuple[list[tuple[float, int, bytes]], Truth]:
    """(events as (seconds, order, message), truth) of one song."""
    draw = random.Random(seed)
    metre = draw.choices((4, 3), (0.85, 0.15))[0]
    tempo = draw.uniform(72, 168)
    drift = draw.choice((0.0, 0.0, 0.01, 0.02))  # how far the tempo wanders
    scatter = draw.uniform(0.002, 0.009)
    scale, tonic = draw.choice(_SCALES), draw.randrange(48, 60)
    parts = {letter: _part(draw, metre) for letter in "ABC"}
    form = draw.choice(("AABABCBB", "ABABCB", "AABBACAB", "ABACABA"))
    bars = [("I", number) for number in range(4)]
    for letter in form:
        bars += [(letter, number) for number in range(8)]
    bars += [("O", number) for number in range(4)]
    programs = {0: draw.choice(_PADS), 1: draw.choice(_BASSES), 2: draw.choice(_LEADS), 3: draw.choice(_PADS)}
    with_drums = draw.random() < 0.75
    events: list[tuple[float, int, bytes]] = [
        (0.0, 0, bytes([0xC0 | channel, program])) for channel, program in programs.items()
    ]
    beats, downbeats, sections, letters = [], [], [], []
    now, pace = LEAD_SECONDS, tempo

    def note(at: float, length: float, channel: int, pitch: int, velocity: float) -> None:
        at = max(0.0, at + draw.gauss(0.0, scatter))
        loud = max(1, min(127, round(velocity + draw.gauss(0.0, 5.0))))
        events.append((at, 2, bytes([0x90 | channel, pitch, loud])))
        events.append((at + length, 1, bytes([0x80 | channel, pitch, 0])))

    for letter, number in bars:
        part = parts[{"I": "A", "O": "B"}.get(letter, letter)]
        pace = min(tempo * (1 + drift), max(tempo * (1 - drift), pace * (1 + draw.gauss(0.0, drift / 4))))
        beat = 60.0 / pace
        if number == 0:
            sections.append(now)
            letters.append(letter)
        chord = [tonic + scale[(part.chords[number % 4] + step) % 7] for step in (0, 2, 4)]
        energy = {"I": 0.6, "A": 0.75, "B": 1.0, "C": 0.65, "O": 0.85}[letter]
        for pitch in chord:
            note(now, metre * beat * 0.95, 0, pitch, 70 * energy)
        if letter in "BO":
            for pitch in chord:
                note(now, metre * beat * 0.9, 3, pitch + 12, 55 * energy)
        for step in range(metre * 2):
            at = now + (step + (part.swing if step % 2 else 0.0)) * beat / 2
            if part.bass[step] and letter != "I":
                note(at, beat * 0.45, 1, chord[0] - 12 + (7 if part.bass[step] == 2 else 0), 90 * energy)
            if part.melody[number % 4][step] is not None and letter not in "IO":
                degree = part.melody[number % 4][step]
                note(at, beat * 0.5, 2, tonic + 12 + scale[degree % 7] + 12 * (degree // 7), 84 * energy)
            if with_drums and letter != "I":
                for pitch in part.drums[step]:
                    note(at, 0.1, 9, pitch, 88 * energy)
        if with_drums and letter != "I" and number == 0:
            note(now, 0.5, 9, 49, 85 * energy)
        for index in range(metre):
            beats.append(now + index * beat)
        downbeats.append(now)
        now += metre * beat
    # The ending: one chord, all together, that is left to ring.
    beats.append(now)
    downbeats.append(now)
    for pitch in (tonic - 12, tonic, tonic + scale[2], tonic + scale[4], tonic + 12):
        note(now, 2.2, 0, pitch, 86)
    note(now, 2.2, 1, tonic - 12, 90)
    if with_drums:
        note(now, 1.0, 9, 49, 90)
        note(now, 0.2, 9, 36, 95)
    truth = Truth(now + 4.5, beats, downbeats, sections, letters, tempo, metre)
    return events, truth


@dataclass(frozen=True)
class _Part:
    chords: tuple[int, ...]
    bass: list[int]
    melody: list[list[int | None]]
    drums: list[tuple[int, ...]]
    swing: float


def _part(draw: random.Random, metre: int) -> _Part:
    steps = metre * 2
    bass = [1 if step == 0 else draw.choice((0, 0, 1, 2)) for step in range(steps)]
    melody: list[list[int | None]] = []
    for _ in range(4):
        degree = draw.randrange(7)
        bar: list[int | None] = []
        for _ in range(steps):
            degree = min(10, max(0, degree + draw.choice((-2, -1, 0, 1, 2))))
            bar.append(degree if draw.random() < 0.6 else None)
        melody.append(bar)
    drums = []
    for step in range(steps):
        hits = [42] if draw.random() < 0.9 else []
        if step == 0 or (step % 2 == 0 and draw.random() < 0.3):
            hits.append(36)
        if step in ((2, 6) if metre == 4 else (2, 4)):
            hits.append(38)
        drums.append(tuple(hits))
    return _Part(draw.choice(_PROGRESSIONS), bass, melody, drums, draw.choice((0.0, 0.0, 0.0, 0.3)))


def midi_bytes(events: list[tuple[float, int, bytes]]) -> bytes:
    """A MIDI file of one track at 120 beats a minute."""
    track, last = bytearray(b"\x00\xff\x51\x03" + (500_000).to_bytes(3, "big")), 0
    for seconds, _, message in sorted(events, key=lambda event: event[:2]):
        tick = round(seconds * 2 * TICKS)
        track += _variable(tick - last) + message
        last = tick
    track += b"\x00\xff\x2f\x00"
    head = b"MThd" + struct.pack(">IHHH", 6, 0, 1, TICKS)
    return head + b"MTrk" + struct.pack(">I", len(track)) + bytes(track)


def _variable(number: int) -> bytes:
    parts = [number & 0x7F]
    while number := number >> 7:
        parts.append(number & 0x7F | 0x80)
    return bytes(reversed(parts))


def render(seed: int, folder: Path) -> tuple[Path, Truth]:
    """A song and its truth in a folder; rendered if it is not there yet."""
    sound, told = folder / f"{seed:04d}.wav", folder / f"{seed:04d}.json"
    if sound.exists() and told.exists():
        return sound, Truth(**json.loads(told.read_text()))
    events, truth = compose(seed)
    fonts = [font for font in SOUNDFONTS if font.exists()]
    with tempfile.NamedTemporaryFile(suffix=".mid") as midi:
        midi.write(midi_bytes(events))
        midi.flush()
        subprocess.run(
            [
                "fluidsynth",
                "-niq",
                "-g",
                "0.5",
                "-r",
                "44100",
                "-F",
                sound,
                fonts[seed % len(fonts)],
                midi.name,
            ],
            check=True,
            capture_output=True,
        )
    told.write_text(json.dumps(truth.__dict__))
    return sound, truth

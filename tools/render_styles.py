"""Render music by rules, with labels: what `learn_axes.py` learns from. Nothing of it is shipped.

    apt-get install fluidsynth fluid-soundfont-gm timgm6mb-soundfont musescore-general-soundfont-lossless
    .venv/bin/python tools/render_styles.py --out SET/styles --soundfont FILE.sf2 ...

Each clip is a style of `render_recipes.py` (played by FluidSynth) or of `render_electronic.py` (made with
NumPy), written anew with a random tempo, key, progression, motif, instrumentation and soundfont, then sent
through what recordings go through (`render_weather.py`). OUT gets WAV files of 22.05 kHz and `labels.jsonl`.
With one seed and the same soundfonts every run gives the same clips.
"""

from __future__ import annotations

import argparse
import io
import json
import subprocess
import tempfile
import wave
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from render_electronic import ELECTRONIC_STYLES, VOICE_LABELS
from render_recipes import INSTRUMENTS, STYLES, Style
from render_theory import (
    DRUMS,
    MAJOR_LIKE,
    MINOR_LIKE,
    PATTERNS,
    PROGRESSIONS,
    SCALES,
    Bar,
    Note,
    chord_of,
    swing,
)
from render_voices import RATE, VOICES, Samples, amplify, drum, reverberate
from render_weather import weather

SECONDS = 9.6  # of a clip: three patches of the taggers and a little
GAP = 2.4  # between clips in one FluidSynth run, for the tail
TICKS = 480
RANGES = {"mel": (62, 86), "har": (52, 72), "bas": (33, 50), "top": (74, 98)}
LOW_INSTRUMENTS = {
    "cello",
    "bassoon",
    "trombone",
    "horn",
    "tuba",
    "contrabass",
    "ebass",
    "upright",
    "slap",
    "timpani",
    "taiko",
    "dist:string",
    "dist:muted",
}


@dataclass
class Part:
    """One player: an instrument or voice, and its notes in beats."""

    instrument: str
    gain: float
    notes: list[Note]


@dataclass
class Piece:
    """One clip before it sounds."""

    style: Style
    kit: str
    tempo: float
    tonic: int
    mode: str
    parts: list[Part]
    drums: dict[int, list[float]]
    labels: dict[str, float]


def compose(style: Style, kit: str, rng: np.random.Generator) -> Piece:
    """Write one clip in a style."""
    tempo = float(rng.uniform(*style.tempo))
    mode = str(rng.choice(style.modes))
    tonic = int(rng.integers(48, 60))
    rows = PROGRESSIONS[str(rng.choice(style.progressions))]
    progression = rows[int(rng.integers(len(rows)))]
    bars = int(np.ceil(SECONDS / (style.beats * 60 / tempo)))
    level = float(rng.uniform(*style.level))
    density = float(rng.uniform(*style.density))
    scale = [p for p in range(24, 109) if (p - tonic) % 12 in SCALES[mode]]
    parts = []
    for text in style.parts:
        role, pattern, *name, gain = text.split(":")
        if gain.endswith("?") and rng.random() < 0.5:
            continue
        choices = ":".join(name).split("|") if "dist" in text or "gm:" in text else name[0].split("|")
        instrument = str(rng.choice(sorted(INSTRUMENTS) if choices == ["ANY"] else choices))
        parts.append(
            _write(
                role,
                pattern,
                instrument,
                float(gain.rstrip("?")),
                bars,
                style,
                progression,
                tonic,
                mode,
                scale,
                level,
                density,
                rng,
            )
        )
    hits: dict[int, list[float]] = defaultdict(list)
    if style.drums and (rng.random() < 0.85 or kit not in ("gm", "")):
        grid = DRUMS[str(rng.choice(style.drums))]
        for key, steps in grid.items():
            width = 4.0 if len(steps) in (16, 8) else 3.0
            for bar in range(int(np.ceil(bars * style.beats / width))):
                for n, step in enumerate(steps):
                    if step == "x" and rng.random() > 0.04:
                        hits[key].append(bar * width + n * width / len(steps))
    return Piece(
        style, kit, tempo, tonic, mode, parts, dict(hits), _labels(style, parts, hits, kit, tempo, mode)
    )


def _write(
    role, pattern, instrument, gain, bars, style, progression, tonic, mode, scale, level, density, rng
):  # type: ignore[no-untyped-def]
    low, high = RANGES[role]
    if instrument in LOW_INSTRUMENTS and role in ("mel", "har", "top"):
        low, high = low - 14, high - 14
    memory: dict[str, list[tuple[float, float]]] = {}
    notes: list[Note] = []
    for n in range(bars):
        degree = progression[n % len(progression)]
        chord = chord_of(degree, tonic, mode, sevenths=style.sevenths)
        bar = Bar(
            chord,
            scale,
            style.beats,
            int(np.clip(level + rng.normal(0, 5), 25, 118)),
            density,
            rng,
            memory,
            n,
        )
        notes += [
            (at + n * style.beats, length, pitch, v)
            for at, length, pitch, v in PATTERNS[pattern](bar, low, high)
        ]
    return Part(instrument, gain, swing(notes, style.swing))


def _labels(
    style: Style, parts: list[Part], hits: Any, kit: str, tempo: float, mode: str
) -> dict[str, float]:
    """Axis -> how much the clip is an example of it; what is not named is not there."""
    labels = dict.fromkeys(style.labels, 1.0)
    shares: dict[str, float] = defaultdict(float)
    for part in parts:
        weight = part.gain * sum(v**2 * min(length, 2.0) for _, length, _, v in part.notes)
        name = part.instrument.removeprefix("gm:")
        known = INSTRUMENTS[name][1] if name in INSTRUMENTS else VOICE_LABELS[name]
        for axis in known.split():
            shares[axis] += weight
    total = sum(part.gain * sum(v**2 * min(length, 2.0) for _, length, _, v in part.notes) for part in parts)
    for axis, share in shares.items():
        labels[axis] = max(labels.get(axis, 0.0), 1.0 if share >= 0.25 * total else 0.5)
    if hits:
        labels["drums"] = 1.0
        if kit in ("909", "808"):
            labels["drum-machine"] = 1.0
    labels["tempo-fast"] = float(np.clip((tempo - 90) / 60, 0, 1))
    labels["mode-major" if mode in MAJOR_LIKE else "mode-minor" if mode in MINOR_LIKE else "mode-other"] = 1.0
    labels["meter-three"] = float(style.beats == 3)
    return labels


# --- FluidSynth --------------------------------------------------------------------------------------


def write_midi(pieces: list[Piece], path: Path, rng: np.random.Generator) -> None:
    """One MIDI file of many clips, each `SECONDS` long with `GAP` after it, at 1,000 ticks a second."""
    events: list[tuple[int, bytes]] = []
    for number, piece in enumerate(pieces):
        origin = number * (SECONDS + GAP)
        beat = 60 / piece.tempo

        def at(beats: float, origin: float = origin, beat: float = beat) -> int:
            return round(1000 * (origin + min(beats * beat, SECONDS)))

        channels = [c for c in range(16) if c != 9]
        for part in piece.parts:
            name = part.instrument.removeprefix("gm:")
            if name not in INSTRUMENTS or not channels:
                continue
            channel = channels.pop(0)
            program = int(rng.choice(INSTRUMENTS[name][0]))
            start = max(0, at(0) - 20)
            events += [
                (start, bytes([0xB0 | channel, 121, 0])),
                (start, bytes([0xC0 | channel, program])),
                (start, bytes([0xB0 | channel, 7, round(min(127, 100 * part.gain))])),
                (start, bytes([0xB0 | channel, 10, int(rng.integers(30, 98))])),
                (start, bytes([0xB0 | channel, 91, int(rng.integers(20, 90))])),
            ]
            for begin, length, pitch, velocity in part.notes:
                if begin * beat < SECONDS and 0 < pitch < 128:
                    jitter = rng.normal(0, 0.006) / beat
                    loud = int(np.clip(velocity + rng.normal(0, 4), 20, 127))
                    on = at(max(0.0, begin + jitter))
                    events.append((on, bytes([0x90 | channel, pitch, loud])))
                    events.append((max(on + 20, at(begin + length)), bytes([0x80 | channel, pitch, 0])))
        if piece.kit in ("gm", ""):
            program = int(rng.choice([0, 0, 0, 8, 16, 32, 40]))
            events.append((max(0, at(0) - 20), bytes([0xC9, program])))
            for key, starts in piece.drums.items():
                for begin in starts:
                    if begin * beat < SECONDS:
                        events.append((at(begin), bytes([0x99, key, int(rng.integers(75, 115))])))
                        events.append((at(begin) + 60, bytes([0x89, key, 0])))
    events.sort(key=lambda event: (event[0], event[1][0] & 0xF0 == 0x90))
    end = round(1000 * len(pieces) * (SECONDS + GAP))
    track = io.BytesIO()
    track.write(b"\x00\xff\x51\x03" + (500_000).to_bytes(3, "big"))  # 120 bpm at 500 ticks a beat
    now = 0
    for tick, message in events:
        track.write(_varlen(tick - now) + message)
        now = tick
    track.write(_varlen(max(0, end - now)) + b"\xff\x2f\x00")
    body = track.getvalue()
    header = b"MThd" + (6).to_bytes(4, "big") + bytes([0, 0, 0, 1]) + (500).to_bytes(2, "big")
    path.write_bytes(header + b"MTrk" + len(body).to_bytes(4, "big") + body)


def _varlen(value: int) -> bytes:
    out = [value & 0x7F]
    while value := value >> 7:
        out.append(value & 0x7F | 0x80)
    return bytes(reversed(out))


def play(pieces: list[Piece], soundfont: Path, rng: np.random.Generator) -> list[Samples]:
    """The soundfont's share of each clip, from one run of FluidSynth."""
    with tempfile.TemporaryDirectory() as scratch:
        midi, sound = Path(scratch) / "clips.mid", Path(scratch) / "clips.wav"
        write_midi(pieces, midi, rng)
        reverb = "1" if rng.random() < 0.7 else "0"
        command = [
            "fluidsynth",
            "-niq",
            "-F",
            str(sound),
            "-T",
            "wav",
            "-r",
            str(RATE),
            "-g",
            "0.4",
            "-R",
            reverb,
            "-C",
            "0",
            str(soundfont),
            str(midi),
        ]
        subprocess.run(command, check=True, capture_output=True)
        with wave.open(str(sound)) as file:
            data = np.frombuffer(file.readframes(file.getnframes()), np.int16).reshape(-1, 2)
    mono = data.mean(axis=1) / 32768
    each = round((SECONDS + GAP) * RATE)
    mono = np.pad(mono, (0, max(0, each * len(pieces) - len(mono))))
    return [mono[n * each : n * each + round(SECONDS * RATE)] for n in range(len(pieces))]


# --- NumPy -------------------------------------------------------------------------------------------


def synthesise(piece: Piece, rng: np.random.Generator) -> Samples:
    """The share of a clip that the voices and drum machines play."""
    n = round(SECONDS * RATE)
    mix = np.zeros(n)
    beat = 60 / piece.tempo
    pump = np.ones(n)
    for part in piece.parts:
        if part.instrument.startswith("gm:") or part.instrument in INSTRUMENTS:
            continue
        voice = VOICES[part.instrument.removeprefix("dist:")]
        stem = np.zeros(n)
        known: dict[tuple[int, float], Samples] = {}
        for begin, length, pitch, velocity in part.notes:
            start = round(begin * beat * RATE)
            if start >= n:
                continue
            key = (pitch, round(length, 3))
            if key not in known:
                known[key] = voice(440 * 2 ** ((pitch - 69) / 12), length * beat, rng)
            sound = known[key][: n - start]
            stem[start : start + len(sound)] += sound * (velocity / 100) ** 1.5
        if part.instrument.startswith("dist:"):
            stem = amplify(stem, float(rng.uniform(6, 30)))
        loud = np.sqrt(np.mean(stem**2)) or 1.0
        mix += 0.1 * part.gain * stem / loud
    if piece.kit in ("909", "808", "chip"):
        beats = np.zeros(n)
        for key, starts in piece.drums.items():
            hit = drum(piece.kit, key, rng)
            for begin in starts:
                start = round(begin * beat * RATE)
                if start < n:
                    beats[start : start + len(hit)] += hit[: n - start]
                    if key == 36 and piece.kit == "909":
                        stop = min(n, start + round(0.2 * RATE))
                        pump[start:stop] = np.minimum(pump[start:stop], np.linspace(0.3, 1, stop - start))
        loud = np.sqrt(np.mean(beats**2)) or 1.0
        mix = mix * pump + rng.uniform(0.08, 0.16) * beats / loud * (np.abs(mix).max() > 0 or 1)
    if piece.style.name == "lofi":
        crackle = (rng.random(n) < 4e-4) * rng.normal(0, 0.25, n) + rng.normal(0, 0.004, n)
        mix += crackle
    if piece.kit != "chip" and rng.random() < 0.8:
        mix = reverberate(mix, float(rng.uniform(0.4, 3.0)), float(rng.uniform(0.05, 0.35)), rng)
    return mix


def main() -> None:
    """Compose, play, weather and write."""
    parser = argparse.ArgumentParser(description="Render labelled music by rules.")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--soundfont", type=Path, nargs="+", required=True)
    parser.add_argument("--each", type=int, default=10, help="clips of each style")
    parser.add_argument("--random", type=int, default=50, help="clips of each style without a style")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)

    rng = np.random.default_rng(arguments.seed)
    table = [("", style) for style in STYLES] + list(ELECTRONIC_STYLES)
    work: dict[Path, list[Piece]] = defaultdict(list)
    for kit, style in table:
        for n in range(arguments.random if style.name.startswith("random") else arguments.each):
            soundfont = arguments.soundfont[n % len(arguments.soundfont)]
            work[soundfont].append(compose(style, kit, rng))
    number = 0
    with (arguments.out / "labels.jsonl").open("w") as labels:
        for soundfont, pieces in work.items():
            for begin in range(0, len(pieces), 60):
                batch = pieces[begin : begin + 60]
                for piece, played in zip(batch, play(batch, soundfont, rng), strict=True):
                    made = synthesise(piece, rng)
                    if played.any() and made.any():
                        played = played / (np.sqrt(np.mean(played**2)) + 1e-9) * 0.1
                    if not played.any() and not made.any():
                        continue  # the soundfont lacks these instruments
                    sound = weather(played + made, rng)
                    name = f"{number:05d}.wav"
                    with wave.open(str(arguments.out / name), "wb") as file:
                        file.setparams((1, 2, RATE, 0, "NONE", ""))
                        file.writeframes((np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())
                    record = {
                        "file": name,
                        "style": piece.style.name,
                        "soundfont": soundfont.stem if played.any() else "numpy",
                        "tempo_bpm": round(piece.tempo, 2),
                        "beats": piece.style.beats,
                        "tonic": piece.tonic % 12,
                        "mode": piece.mode,
                        "labels": piece.labels,
                    }
                    labels.write(json.dumps(record) + "\n")
                    number += 1
                print(f"{number} clips", flush=True)


if __name__ == "__main__":
    main()

"""Sound and files that the audio tests are made of."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import distribution
from pathlib import Path

import av
import numpy as np
from av.audio.resampler import AudioResampler

from reelscore.records import AudioClip, FloatArray

RATE = 22050


def clip_of(samples: np.ndarray, rate: int = RATE, **fields: float) -> AudioClip:
    return AudioClip(np.ascontiguousarray(samples, dtype=np.float32), rate, **fields)


def sine(hz: float, seconds: float, *, rate: int = RATE, level: float = 1.0) -> FloatArray:
    time = np.arange(round(seconds * rate)) / rate
    return (level * np.sin(2 * np.pi * hz * time)).astype(np.float32)


def chirp(seconds: float, *, rate: int) -> FloatArray:
    """Sound that is nowhere the same, so that a shift in time shows."""
    time = np.arange(round(seconds * rate)) / rate
    low, high = 300 * time + 20 * time**2, 2500 * time - 20 * time**2
    return (0.4 * np.sin(2 * np.pi * low) + 0.2 * np.sin(2 * np.pi * high)).astype(np.float32)


def noise(seconds: float, *, rate: int = RATE, level: float = 0.1, seed: int = 0) -> FloatArray:
    generator = np.random.default_rng(seed)
    return (level * generator.standard_normal(round(seconds * rate))).astype(np.float32)


# --- files -------------------------------------------------------------------------------------------


def write_audio(path: Path, samples: np.ndarray, *, codec: str, rate: int = 44100) -> Path:
    """Encode samples of shape (n,) or (2, n) with FFmpeg; the suffix chooses the container."""
    channels = np.atleast_2d(samples).astype(np.float32)
    layout = "stereo" if len(channels) == 2 else "mono"
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate, layout=layout)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(channels), format="fltp", layout=layout)
        frame.sample_rate = rate
        resampler = AudioResampler(
            format=stream.codec_context.format,
            layout=layout,
            rate=rate,
            frame_size=stream.codec_context.frame_size or 1024,
        )
        for piece in (*resampler.resample(frame), *resampler.resample(None)):
            piece.pts = None
            container.mux(stream.encode(piece))
        rest = stream.encode(None)
        # FLAC's encoder ends with an empty packet that only its own container understands.
        container.mux([packet for packet in rest if packet.size or path.suffix == ".flac"])
    return path


def write_video(
    path: Path, *, sound: np.ndarray | None, sound_at: float = 0.0, seconds: float = 2.0, rate: int = 44100
) -> Path:
    """A small moving picture, with or without sound."""
    with av.open(str(path), "w") as container:
        pictures = container.add_stream("mpeg4", rate=10)
        pictures.width = pictures.height = 64
        pictures.pix_fmt = "yuv420p"
        tones = container.add_stream("aac", rate=rate, layout="mono") if sound is not None else None
        for index in range(round(seconds * 10)):
            image = np.full((64, 64, 3), (index * 20) % 256, dtype=np.uint8)
            container.mux(pictures.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(pictures.encode(None))
        if tones is not None and sound is not None:
            for begin in range(0, len(sound) - 1023, 1024):
                piece = np.ascontiguousarray(sound[begin : begin + 1024])[None, :]
                frame = av.AudioFrame.from_ndarray(piece, format="fltp", layout="mono")
                frame.sample_rate = rate
                frame.pts = begin + round(sound_at * rate)
                container.mux(tones.encode(frame))
            container.mux(tones.encode(None))
    return path


# --- music -------------------------------------------------------------------------------------------


def add(target: np.ndarray, sound: np.ndarray, at: float, gain: float = 1.0) -> None:
    begin = round(at * RATE)
    if 0 <= begin < len(target):
        part = sound[: len(target) - begin]
        target[begin : begin + len(part)] += gain * part


@lru_cache(maxsize=512)
def note(midi: float, seconds: float, *, decay: float = 2.0, overtones: int = 5) -> FloatArray:
    hz = 440.0 * 2 ** ((midi - 69) / 12)
    time = np.arange(round(seconds * RATE)) / RATE
    wave = np.zeros(len(time))
    for number in range(1, overtones + 1):
        if hz * number < RATE / 2:
            wave += np.sin(2 * np.pi * hz * number * time) / number**1.3
    shape = np.minimum(time / 0.008, 1.0) * np.exp(-decay * time) * np.clip((seconds - time) / 0.01, 0, 1)
    return (wave * shape).astype(np.float32)


def drum(kind: str, generator: np.random.Generator) -> FloatArray:
    time = np.arange(round(0.25 * RATE)) / RATE
    hiss = generator.standard_normal(len(time))
    if kind == "kick":
        wave = np.sin(2 * np.pi * (50 * time + 4 * (1 - np.exp(-30 * time)))) * np.exp(-18 * time)
    elif kind == "snare":
        wave = (0.6 * hiss + 0.5 * np.sin(2 * np.pi * 190 * time)) * np.exp(-22 * time)
    else:
        wave = 0.3 * np.diff(hiss, prepend=0) * np.exp(-60 * time)
    return wave.astype(np.float32)


def band(bpm: float, meter: int, *, seed: int, seconds: float = 20.0, drums: bool = True) -> AudioClip:
    """A small band: kick, snare, hat, bass and chords, with a player's unevenness of some milliseconds."""
    generator = np.random.default_rng(seed)
    mix = np.zeros(round(seconds * RATE), dtype=np.float32)
    kick, snare, hat = (drum(kind, generator) for kind in ("kick", "snare", "hat"))
    beat = 60.0 / bpm
    hats = 2 if bpm < 140 and generator.random() < 0.5 else 1
    root, roots = int(generator.integers(40, 52)), generator.permutation([0, 5, 7, 9])
    tune = not drums or generator.random() < 0.4
    start = float(generator.uniform(0.0, 0.3))
    bar = 0
    while start < seconds:
        chord = root + int(roots[bar % 4])
        for step in (12, 16, 19):
            add(mix, note(chord + step, beat * meter * 0.98, decay=1.2), start, 0.15)
        for position in range(meter):
            at = start + position * beat + float(generator.normal(0.0, 0.004))
            if drums and position == 0:
                add(mix, kick, at, 0.9)
            elif drums:
                add(mix, snare if meter == 3 or position != 2 else kick, at, 0.5)
            for part in range(hats if drums else 0):
                add(mix, hat, at + part * beat / hats, 0.5)
            if position == 0:
                add(mix, note(chord, min(1.8 * beat, 2.0)), at, 0.5)
            if tune:
                add(
                    mix,
                    note(chord + 24 + int(generator.choice([0, 4, 7, 12])), 0.9 * beat, decay=4),
                    at,
                    0.25,
                )
        start += meter * beat
        bar += 1
    return clip_of(0.8 * mix / np.abs(mix).max())


def clicks(bpm: float, seconds: float, *, first: float = 0.5) -> tuple[AudioClip, np.ndarray]:
    """A metronome, and the times of its clicks."""
    times = np.arange(first, seconds - 0.2, 60.0 / bpm)
    mix = np.zeros(round(seconds * RATE), dtype=np.float32)
    ramp = np.arange(300)
    click = np.sin(2 * np.pi * 1000 * ramp / RATE) * np.exp(-ramp / 60)
    for time in times:
        add(mix, click, float(time), 0.8)
    return clip_of(mix), times


def progression(tonic: int, mode: str, *, detuned: float = 0.0) -> AudioClip:
    """I IV V I (or i iv V i) twice, with bass."""
    chords = (
        [(0, 4, 7), (5, 9, 12), (7, 11, 14), (0, 4, 7)]
        if mode == "major"
        else [(0, 3, 7), (5, 8, 12), (7, 11, 14), (0, 3, 7)]
    )
    mix = np.zeros(12 * RATE, dtype=np.float32)
    for bar in range(8):
        chord = chords[bar % 4]
        for step in chord:
            add(mix, note(48 + tonic + step + detuned, 1.5, decay=0.8), 1.5 * bar, 0.2)
        add(mix, note(36 + tonic + chord[0] + detuned, 1.5, decay=0.8), 1.5 * bar, 0.2)
    return clip_of(mix)


# --- the labelled tracks of the demo package ---------------------------------------------------------


@dataclass(frozen=True)
class LabelledTrack:
    path: Path
    mood: str
    bpm: int
    key: str


def demo_tracks() -> list[LabelledTrack]:
    files = distribution("immich_memories_music").files or []
    paths = {Path(str(file)).name: Path(str(file.locate())) for file in files if file.name.endswith(".opus")}
    text = next(file for file in files if file.name == "LICENSE-MUSIC").read_text()
    found = re.findall(r"^\s+(\S+\.opus)\s+(\d+) bpm\s+(\S+ (?:major|minor))", text, re.MULTILINE)
    return [LabelledTrack(paths[name], paths[name].parent.name, int(bpm), key) for name, bpm, key in found]

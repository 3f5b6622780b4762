"""How sure the readings of singing are: of music that nobody sings to, and of the same with a voice over it.

    python benchmarks/singing.py SET --keep HOME

Free songs that are known to be sung are few, so voices of speech programs (flite and espeak-ng, of Debian)
are made to sing: their spectral envelopes, with vowels held, over harmonics on a melody with slides and
vibrato, and a room. They are laid over excerpts of the yardstick (`tools/fetch_evaluation_music.py`), one of
each style in turn, for all of an excerpt or for a third of its windows. The rest of the yardstick counts as
instrumental, though nobody listened; what is labelled as sung is shown apart. Halves are those of the labels.
"""

from __future__ import annotations

import argparse
import subprocess
import zlib
from collections import defaultdict
from collections.abc import Sequence
from itertools import chain, zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray
from scipy.signal import fftconvolve

from reelscore.audio.decode import load
from reelscore.audio.features import measure
from reelscore.config import load_settings
from reelscore.embedding.lite.embedder import LITE, LiteEmbedder
from reelscore.evaluation.datasets import LabelledTrack
from reelscore.evaluation.readers import read_dataset
from reelscore.evaluation.runner import load_into_library
from reelscore.filters.terms import voice_of
from reelscore.records import AudioClip, TrackEmbedding
from reelscore.wiring import Wiring

Samples = NDArray[np.float64]
RATE, HOP, FRAME = 16_000, 80, 1024
SECONDS = 30
SONGS = 22  # of each half that a voice is laid over
PART = 1 / 3  # of the windows, where somebody sings in part of a song
SUNG_TAG = "female-vocals"
# Voice -> command, and the lowest note in Hz.
VOICES = (
    *((["flite", "-voice", name, "-o"], hz) for name, hz in (("slt", 196), ("rms", 110), ("awb", 110))),
    *((["espeak-ng", "-s", "120", "-v", name, "-w"], hz) for name, hz in (("en-us+f3", 220), ("en-gb", 110))),
    (["flite", "-voice", "kal16", "-o"], 110),
)
LINES = (
    "I have walked along the river till the morning came to me.",
    "Hold my hand and tell me slowly what the winter meant to say.",
    "We are leaving, we are leaving, over mountains to the sea.",
    "Every window, every light, every word we said that night.",
    "Oh my darling, do not wander where the shadows never end.",
    "All the people in the city hear the bells and look away.",
    "Burn the bridges, raise the banners, nothing here will be the same.",
    "Tell me why you had to go, tell me why I did not know.",
)
SCALES = ((0, 2, 4, 5, 7, 9, 11, 12), (0, 2, 3, 5, 7, 8, 10, 12))
NOTES = (0.25, 0.35, 0.5, 0.5, 0.7, 1.0)  # seconds


def spoken(command: Sequence[str], line: str, folder: Path) -> Samples:
    """A line in one voice."""
    path = folder / "line.wav"
    text = ["-t", line] if command[0] == "flite" else [line]
    subprocess.run([*command, str(path), *text], check=True, capture_output=True)
    return load(path, sample_rate=RATE).samples.astype(np.float64)


def sing(speech: Samples, lowest: float, rng: np.random.Generator) -> Samples:
    """Make a spoken line a sung one: its envelopes over harmonics of a melody, and its consonants."""
    padded = np.pad(speech, (FRAME // 2, FRAME))
    starts = range(0, len(padded) - FRAME, HOP)
    spectrum = np.abs(np.fft.rfft([padded[at : at + FRAME] * np.hanning(FRAME) for at in starts], axis=1))
    cepstrum = np.fft.irfft(np.log(spectrum + 1e-5), axis=1)
    cepstrum[:, 40:-39] = 0.0
    envelopes = np.fft.rfft(cepstrum, axis=1).real
    power, khz = spectrum**2, FRAME * 1000 // RATE
    low, high = power[:, 2:khz].sum(axis=1), power[:, 3 * khz :].sum(axis=1)
    voiced = ((low > 4 * high) & (low > 1e-3 * low.max())).astype(float)
    voiced = np.convolve(voiced, np.ones(5) / 5, "same")
    held = np.where(voiced > 0.5, rng.uniform(2.0, 2.8), 1.2)  # vowels are
    at = np.interp(np.arange(int(held.sum())), np.cumsum(held), np.arange(len(held))).astype(int)
    bins = np.clip(np.arange(FRAME // 2 + 1) * rng.uniform(0.9, 1.15), 0, FRAME // 2)  # another throat
    envelopes = np.stack([np.interp(bins, np.arange(FRAME // 2 + 1), row) for row in envelopes[at]])
    pitch = lowest * 2 ** (_melody(len(at), rng) / 12)
    return _room(_voice(envelopes, voiced[at], pitch, rng), rng)


def _melody(frames: int, rng: np.random.Generator) -> Samples:
    """Semitones (frames,): steps on a scale, with slides and a vibrato that comes and goes."""
    scale, step = SCALES[rng.integers(2)], 3
    notes: list[float] = []
    while len(notes) < frames:
        notes += [scale[step]] * int(rng.choice(NOTES) * RATE / HOP)
        step = int(np.clip(step + rng.integers(-2, 3), 0, 7))
    slid = np.convolve(np.pad(notes[:frames], (6, 5), "edge"), np.ones(12) / 12, "valid")
    seconds = np.arange(frames) * HOP / RATE
    vibrato = (
        0.35 * np.sin(2 * np.pi * 5.5 * seconds) * np.clip(np.sin(2 * np.pi * 0.6 * seconds) + 0.6, 0, 1)
    )
    return np.asarray(slid + vibrato)


def _voice(envelopes: Samples, voiced: Samples, pitch: Samples, rng: np.random.Generator) -> Samples:
    frames, count = np.arange(len(pitch)), len(pitch) * HOP
    at = np.arange(count) / HOP
    phase = 2 * np.pi * np.cumsum(np.interp(at, frames, pitch)) / RATE
    tone = np.zeros(count)
    for harmonic in range(1, int(7000 / pitch.min()) + 1):
        hz = harmonic * pitch
        place = np.clip(hz * FRAME / RATE, 0, FRAME // 2).astype(int)
        loud = np.exp(envelopes[frames, place]) * (hz < 7400)
        tone += np.interp(at, frames, loud) * np.cos(harmonic * phase + rng.uniform(0, 2 * np.pi))
    tone *= np.interp(at, frames, voiced)
    noise, breath = np.zeros(count + FRAME), rng.normal(size=count + FRAME)
    above = np.arange(FRAME // 2 + 1) * RATE / FRAME > 3000
    for frame in frames:
        part = slice(frame * HOP, frame * HOP + FRAME)
        gain = np.exp(envelopes[frame]) * (0.9 * (1 - voiced[frame]) + 0.12 * voiced[frame] * above)
        noise[part] += np.fft.irfft(np.fft.rfft(breath[part] * np.hanning(FRAME)) * gain)
    tone /= level(tone)
    return np.tanh(0.8 * (tone + 0.35 * noise[FRAME // 2 :][:count] / level(noise)))


def _room(dry: Samples, rng: np.random.Generator) -> Samples:
    seconds = np.arange(int(0.9 * RATE)) / RATE
    echo = rng.normal(size=len(seconds)) * np.exp(-seconds / 0.22)
    return np.asarray(dry + 0.25 * fftconvolve(dry, echo / np.linalg.norm(echo))[: len(dry)])


def level(sound: Samples) -> float:
    """Root mean square."""
    return float(np.sqrt(np.mean(np.square(sound)) + 1e-12))


def with_a_singer(path: Path, number: int, folder: Path) -> AudioClip:
    """An excerpt with a voice over it, as loud as the music or 4 dB louder."""
    rng = np.random.default_rng(zlib.crc32(path.stem.encode()))
    command, hz = VOICES[number % len(VOICES)]
    music = load(path, sample_rate=RATE).samples[: SECONDS * RATE].astype(np.float64)
    lowest = hz * 2 ** (rng.integers(-2, 4) / 12)
    parts = [np.zeros(RATE)]
    while sum(map(len, parts)) < len(music):
        parts.append(sing(spoken(command, LINES[rng.integers(len(LINES))], folder), lowest, rng))
        parts.append(np.zeros(int(rng.uniform(0.4, 2.0) * RATE)))
    voice = np.concatenate(parts)[: len(music)]
    mixed = music + voice * level(music) / level(voice[np.abs(voice) > 1e-3]) * 10 ** (number % 2 * 4 / 20)
    mixed *= 0.8 / np.abs(mixed).max()
    return AudioClip(mixed.astype(np.float32), RATE)


def in_turn(tracks: Sequence[LabelledTrack]) -> list[LabelledTrack]:
    """Tracks, one of each style in turn."""
    by_style = defaultdict(list)
    for track in tracks:
        by_style[track.style].append(track)
    rounds = zip_longest(*(by_style[style] for style in sorted(by_style, key=str)))
    return [track for track in chain.from_iterable(rounds) if track is not None]


def auc(right: Samples, wrong: Samples) -> float:
    """Area under the ROC curve."""
    return float(np.mean(right[:, None] > wrong) + 0.5 * np.mean(right[:, None] == wrong))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="How sure the readings of singing are.")
    parser.add_argument("set", type=Path)
    parser.add_argument("--keep", type=Path, help="home of the library, kept for the next run")
    arguments = parser.parse_args()
    lite = LiteEmbedder(threads=1)
    with TemporaryDirectory() as scratch:
        wiring = Wiring(load_settings().embedded(arguments.keep or Path(scratch) / "home"))
        try:
            loaded = load_into_library(read_dataset(arguments.set, "folder"), wiring)
            heard = wiring.catalog.window_vectors(LITE.name, loaded.ids)
        finally:
            wiring.close()
        for half in ("dev", "test"):
            own = {
                track.name: (track, heard[song])
                for track, song in zip(loaded.dataset.tracks, loaded.ids, strict=True)
                if track.split == half
            }
            dry = {name: pair for name, pair in own.items() if SUNG_TAG not in pair[0].tags}
            rows = defaultdict(list)
            for number, track in enumerate(in_turn([track for track, _ in dry.values()])[:SONGS]):
                clip = with_a_singer(track.path, number, Path(scratch))
                sung = lite.embed_audio(clip, measure(clip))
                rows["sung throughout"].append(reading(lite, sung, sung.windows))
                count = round(PART * len(sung.windows))
                part = np.concatenate([sung.windows[:count], dry[track.name][1].windows[count:]])
                rows["sung for a third"].append(reading(lite, sung, part))
            for track, one in own.values():
                kind = "labelled as sung" if SUNG_TAG in track.tags else "instrumental"
                rows[kind].append(reading(lite, one, one.windows))
            for kind, values in rows.items():
                states = [voice_of({"vocals": value}) for value in values]
                shares = {
                    name: states.count(name) / len(states) for name in ("sung", "unsure", "instrumental")
                }
                told = ", ".join(f"{name} {share:.2f}" for name, share in shares.items())
                against = auc(np.array(values), np.array(rows["instrumental"]))
                print(f"{half:4s} {kind:18s} n {len(values):3d}  {told}  AUC {against:.3f}")


def reading(lite: LiteEmbedder, song: TrackEmbedding, windows: NDArray[np.float32]) -> float:
    """How probable singing is."""
    return lite.tags(song.track, windows)["vocals"]


if __name__ == "__main__":
    main()

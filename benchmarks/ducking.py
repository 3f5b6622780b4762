"""By how much the music of a mix makes room for speech: the speech-to-music ratio while somebody speaks.

Speakers are flite's and espeak-ng's voices, and the recorded words of alsa-utils (all of Debian), in a quiet
room and before a rushing background; the music is written here and played by FluidSynth. In each film
`placement.exports` has to find the speech by itself. It is mixed with and without ducking, each time without
the film's own sound, so that the music's level is compared in the same moments: while the voice sounds.

    python benchmarks/ducking.py --soundfont /usr/share/sounds/sf2/FluidR3_GM.sf2
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from rendered.midi import midi_bytes, synthesise

sys.path.append(str(Path(__file__).parent.parent / "tests" / "video"))
from video_files import pan, scenery, write

from reelscore.audio.decode import load
from reelscore.config import Settings
from reelscore.export.mix_levels import DuckSettings, MixSettings
from reelscore.placement import exports
from reelscore.placement.timelines import lay_song, song_of_file
from reelscore.records import DuckRegion
from reelscore.wiring import Wiring

RATE = 16_000
SECONDS = 36
# When each sentence begins, seconds.
SENTENCES = {
    2.0: "We left the harbour before sunrise, and nobody said a word until the island came in sight.",
    11.0: "Look over there! Do you see the light on the hill?",
    18.0: "My grandmother built this house with her own hands, stone by stone, the summer after the war.",
    29.0: "That is all I can tell you.",
}
VOICES = {f"flite {name}": ["flite", "-voice", name, "-o"] for name in ("awb", "rms", "slt", "kal16")}
VOICES |= {f"espeak-ng {name}": ["espeak-ng", "-v", name, "-w"] for name in ("en-gb", "en-us+f3")}
DEPTHS = (6.0, 12.0, 18.0)
SILENCE = float("-inf")
# A moment of speech is one in which the voice is so far below its loud moments at most, decibels.
BELOW_LOUD_DB = 30.0
STEP = RATE // 40


def spoken(command: Sequence[str], folder: Path) -> np.ndarray:
    """The sentences in one voice, float32 at 16,000 Hz."""
    told = np.zeros(RATE * SECONDS, np.float32)
    for begin, sentence in SENTENCES.items():
        path = folder / "sentence.wav"
        text = ["-t", sentence] if command[0] == "flite" else [sentence]
        subprocess.run([*command, str(path), *text], check=True, capture_output=True)
        lay(told, begin, load(path, sample_rate=RATE).samples)
    return told / np.abs(told).max() * np.float32(0.5)


def recorded(folder: Path) -> np.ndarray:
    """The words of alsa-utils, two at a time."""
    told = np.zeros(RATE * SECONDS, np.float32)
    words = [path for path in sorted(folder.glob("*.wav")) if path.stem != "Noise"]
    for number, path in enumerate(words):
        lay(told, 2.0 + 8.0 * (number // 2) + 1.6 * (number % 2), load(path, sample_rate=RATE).samples)
    return told / np.abs(told).max() * np.float32(0.5)


def lay(told: np.ndarray, begin: float, samples: np.ndarray) -> None:
    first = round(begin * RATE)
    told[first : first + len(samples)] += samples[: len(told) - first]


def tunes() -> dict[str, bytes]:
    """Three pieces of music, as MIDI: a piano, strings that hold, a band with drums."""
    chords = ((57, 60, 64), (53, 57, 60), (48, 52, 55), (55, 59, 62))
    piano, strings, band = [], [], []
    for bar in range(SECONDS // 2):
        chord, begin = chords[bar % 4], 2.0 * bar
        for step in range(8):
            piano.append((begin + step / 4, 0.6, 0, chord[step % 3] + 12 * (step // 3), 70 + 3 * step))
            band.append((begin + step / 4, 0.05, 9, 42, 70))
            band.append((begin + step / 4, 0.2, 1, chord[0] - 12, 90))
        strings += [(begin, 2.1, 0, note, 80) for note in chord]
        band += [(begin + beat / 2, 0.1, 9, 38 if beat % 2 else 36, 110) for beat in range(4)]
        band += [(begin + 0.5 * beat + 0.25, 0.2, 0, note, 80) for beat in range(4) for note in chord]
    return {
        "piano": midi_bytes(piano, {0: 0}),
        "strings": midi_bytes(strings, {0: 48}),
        "band": midi_bytes(band, {0: 27, 1: 33}),
    }


def music_level(path: Path, moments: np.ndarray) -> float:
    """The power of a file's sound in those steps of 25 ms, dB."""
    samples = load(path, sample_rate=RATE).samples[: len(moments) * STEP]
    powers = np.square(samples.reshape(-1, STEP), dtype=np.float64).mean(axis=1)
    return 10.0 * math.log10(powers[moments[: len(powers)]].mean())


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--soundfont", type=Path, required=True)
    parser.add_argument("--words", type=Path, default=Path("/usr/share/sounds/alsa"))
    chosen = parser.parse_args()
    rng = np.random.default_rng(0)
    rows = []
    with tempfile.TemporaryDirectory() as made:
        import soundfile

        folder = Path(made)
        wiring = Wiring(Settings(home=folder / "home"))
        songs = {}
        for name, midi in tunes().items():
            sound = synthesise(midi, chosen.soundfont, reverb=0.3)
            songs[name] = folder / f"{name}.wav"
            soundfile.write(songs[name], (sound / np.abs(sound).max() * 0.5).T, 44_100)
        voices = {name: spoken(command, folder) for name, command in VOICES.items()}
        voices["words of alsa-utils"] = recorded(chosen.words)
        pictures = pan(scenery(1), SECONDS)
        for number, (voice, told) in enumerate(voices.items()):
            steps = 10.0 * np.log10(np.square(told.reshape(-1, STEP)).mean(axis=1) + 1e-12)
            moments = steps > np.percentile(steps[steps > -60.0], 95.0) - BELOW_LOUD_DB
            for room, level in (("quiet", 0.0005), ("rushing", 0.006)):
                noise = level * rng.standard_normal(len(told)).astype(np.float32)
                film = write(folder / f"{number}{room}.mp4", pictures, rate=1, sound=told + noise)
                ducks: tuple[DuckRegion, ...] = ()
                for song, path in songs.items():
                    laid = lay_song(wiring, film, song_of_file(path), find_cuts=False)
                    timeline = exports.with_speech(replace(laid, ducks=ducks))
                    ducks = timeline.ducks
                    for depth in (0.0, *(DEPTHS if song == "piano" else (12.0,))):
                        duck = DuckSettings(depth_db=depth)
                        settings = MixSettings(picture_db=SILENCE, loudness=None, duck=duck)
                        out = folder / "mix.wav"
                        taken = exports.mix(timeline, out, settings)
                        assert taken.details["limited_db"] == 0.0
                        level = music_level(out, moments)
                        if depth == 0.0:
                            flat = level
                            continue
                        gained = flat - level
                        rows.append((depth, gained))
                        print(
                            json.dumps(
                                {"voice": voice, "room": room, "music": song, "depth": depth}
                                | {"gained": round(gained, 2), "ducked_s": taken.details["ducked_seconds"]}
                            ),
                            flush=True,
                        )
        wiring.close()
    for depth in DEPTHS:
        off = [gained - depth for asked, gained in rows if asked == depth]
        near = sum(abs(each) <= 1.0 for each in off)
        print(
            f"{depth:g} dB asked: {near} of {len(off)} within 1 dB, mean {np.mean(off):+.2f}, "
            f"from {min(off):+.2f} to {max(off):+.2f}"
        )


if __name__ == "__main__":
    main()

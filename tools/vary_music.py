"""Make many different tracks from the few of the demo, to fill a large library with real sound.

    python tools/vary_music.py --out DIR --count 10000 --seconds 30

Each track is a stretch of a demo track from another point on (around its end to its beginning), at another
gain, and played faster or slower, so with another pitch. They are FLAC files with tags in folders of 500:
writing one costs some 15 ms, and 30 s take 0.7 MB. The same seed gives the same tracks, and a longer run
begins with those of a shorter one. `VariedMusic` makes single tracks for programs.
"""

from __future__ import annotations

import argparse
import functools
import importlib.util
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

RATE = 24_000  # Hz: what features and taggers look at lies below 11 kHz
PER_FOLDER = 500

Samples = NDArray[np.float32]


@dataclass(frozen=True)
class Variation:
    """How one track is made."""

    number: int
    base: int  # which demo track
    offset: float  # seconds into it
    gain_db: float  # -9 .. 0
    semitones: float  # -2 .. 2, in pitch and speed together

    @property
    def name(self) -> str:
        return f"track {self.number:06d}"


class VariedMusic:
    """Varied tracks by their number; each demo track is decoded once.

    Parameters
    ----------
    seconds
        Length of every track.
    seed
        Of the variations.
    """

    def __init__(self, *, seconds: float = 30.0, seed: int = 1) -> None:
        spec = importlib.util.find_spec("immich_memories_music")
        if spec is None or not spec.submodule_search_locations:
            raise SystemExit("the demo music is missing: make demo ARGS=--no-serve")
        folder = Path(spec.submodule_search_locations[0]) / "tracks"
        self._paths = sorted(folder.glob("*/*.opus"))
        self._seconds = seconds
        self._seed = seed
        self._base = functools.cache(self._decode)

    def variation(self, number: int) -> Variation:
        """What the track of a number is."""
        rng = np.random.default_rng((self._seed, number))
        return Variation(
            number=number,
            base=number % len(self._paths),
            offset=float(rng.uniform(0, 30)),
            gain_db=float(rng.uniform(-9, 0)),
            semitones=float(rng.uniform(-2, 2)),
        )

    def samples(self, number: int) -> Samples:
        """Mono sound at `RATE`, in -1..1."""
        wanted = self.variation(number)
        base = self._base(wanted.base)
        step = 2.0 ** (wanted.semitones / 12)
        places = wanted.offset * RATE + step * np.arange(round(self._seconds * RATE))
        whole = places.astype(np.int64)
        part = (places - whole).astype(np.float32)
        first, second = base[whole % len(base)], base[(whole + 1) % len(base)]
        # Linear: what it adds to the sound is far below what a lossy codec does.
        gain = np.float32(10 ** (wanted.gain_db / 20) / 32768)
        return (first * (1 - part) + second * part) * gain

    def write(self, number: int, path: Path) -> None:
        """Write a track; the suffix of the path (.flac, .opus, .wav) says how."""
        wanted = self.variation(number)
        codec, container_format = {
            ".flac": ("flac", "flac"),
            ".opus": ("libopus", "ogg"),
            ".wav": ("pcm_s16le", "wav"),
        }[path.suffix]
        samples = (np.clip(self.samples(number), -1, 1) * 32767).astype(np.int16)[None, :]
        stem = self._paths[wanted.base].stem
        tags = {
            "title": f"{stem.replace('_', ' ')} {number}",
            "artist": f"Demo {wanted.base:02d}",
            "album": f"Varied {number // PER_FOLDER}",
            "genre": stem.split("_")[1],
            "date": str(1970 + number % 50),
        }
        with av.open(str(path), "w", format=container_format) as target:
            stream: Any = target.add_stream(codec, rate=RATE, layout="mono")
            (stream if path.suffix == ".opus" else target).metadata.update(tags)
            stream.codec_context.options = {"compression_level": "0"}
            frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
            frame.sample_rate = RATE
            size = 480 if path.suffix == ".opus" else 4096
            resampler = av.AudioResampler(stream.format.name, "mono", RATE, size)
            for piece in [*resampler.resample(frame), *resampler.resample(None), None]:
                target.mux(stream.encode(piece))

    def _decode(self, base: int) -> NDArray[np.int16]:
        resampler = av.AudioResampler("s16", "mono", RATE)
        with av.open(str(self._paths[base])) as container:
            frames = [piece for frame in container.decode(audio=0) for piece in resampler.resample(frame)]
        frames += resampler.resample(None)
        return np.concatenate([frame.to_ndarray()[0] for frame in frames])


def path_of(folder: Path, number: int, suffix: str = ".flac") -> Path:
    """Where the track of a number lies."""
    return folder / f"{number // PER_FOLDER:04d}" / f"{number:06d}{suffix}"


def main() -> None:
    """Write the tracks; those that are there already are kept."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, help="folder to write into")
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=30.0, help="length of each track")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--format", choices=("flac", "opus", "wav"), default="flac")
    options = parser.parse_args()
    music = VariedMusic(seconds=options.seconds, seed=options.seed)
    began = told = time.monotonic()
    for number in range(options.count):
        path = path_of(options.out, number, f".{options.format}")
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            draft = path.with_name(f".{path.name.replace('.', '~')}{path.suffix}")
            music.write(number, draft)
            draft.rename(path)  # whole, or not there
        if time.monotonic() - told > 1 or number + 1 == options.count:
            told = time.monotonic()
            rate = (number + 1) / (told - began)
            sys.stderr.write(f"\r{number + 1} of {options.count} tracks, {rate:.0f} a second ")
            sys.stderr.flush()
    sys.stderr.write("\n")


if __name__ == "__main__":
    main()

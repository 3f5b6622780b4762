"""Songs whose beats can be found in what was played: clicks at the beats, and a tone of its own for each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

from reelscore.live.mixing import Track
from reelscore.sync.grids import song_grid

RATE = 48_000
FIRST_BEAT = 0.5
# Clicks of songs that follow each other lie in one of these bands, by the number of the song.
BANDS_HZ = (1_500.0, 2_200.0, 2_900.0, 3_600.0)
TONE_LEVEL = 0.15


def song_values(number: int, *, bpm: float, energy: float, seconds: float = 60.0) -> dict[str, Any]:
    """A song as an answer of a search has it."""
    return {
        "id": f"song-{number}",
        "title": f"Song {number}",
        "artists": [f"Artist {number}"],
        "uri": f"/music/{number}.wav",
        "duration_seconds": seconds,
        "audition": {"allowed": True},
        "features": {"tempo_bpm": bpm, "energy": energy, "key": "A minor"},
        "passage": None,
    }


def track_of(song: dict[str, Any]) -> Track:
    bpm, seconds = song["features"]["tempo_bpm"], song["duration_seconds"]
    beats = np.arange(FIRST_BEAT, seconds - 0.05, 60.0 / bpm)
    downbeats = beats[::4]
    grid = song_grid(
        duration=seconds,
        beats=beats,
        downbeats=downbeats,
        phrases=downbeats[::4],
        song_id=song["id"],
        energy=[0.5] * int(seconds),
    )
    return Track(
        song["id"], song["title"], grid, song["artists"][0], bpm, "A minor", song["features"]["energy"]
    )


def tone_of(song_id: str) -> float:
    """The tone of a song, Hz, below all clicks; those of songs that follow each other lie far apart."""
    return 200.0 + 10.0 * (int(song_id.removeprefix("song-")) * 37 % 101)


def band_of(song_id: str) -> float:
    """Where the clicks of a song lie while it plays at its own speed, Hz."""
    return BANDS_HZ[int(song_id.removeprefix("song-")) % len(BANDS_HZ)]


def sound_of(song: dict[str, Any]) -> NDArray[np.float32]:
    """Mono at 48,000 Hz: a tone, and at each beat a click, in the band of the song."""
    seconds, bpm = song["duration_seconds"], song["features"]["tempo_bpm"]
    times = np.arange(round(seconds * RATE)) / RATE
    samples = TONE_LEVEL * np.sin(2 * np.pi * tone_of(song["id"]) * times)
    length = round(0.012 * RATE)
    for place, beat in enumerate(np.arange(FIRST_BEAT, seconds - 0.05, 60.0 / bpm)):
        first = round(beat * RATE)
        click = np.sin(2 * np.pi * band_of(song["id"]) * np.arange(length) / RATE)
        samples[first : first + length] += (0.5 if place % 4 == 0 else 0.2) * click * np.hanning(length)
    return samples.astype(np.float32)


def write_song(folder: Path, song: dict[str, Any]) -> Path:
    path = folder / f"{song['id']}.wav"
    soundfile.write(path, sound_of(song), RATE, "PCM_16")
    return path


def clicks_in(sound: NDArray[np.float32], band: float, begin: float, end: float, least: float) -> list[float]:
    """When clicks of a band are heard, seconds; `least` is their level."""
    part = sound[round(begin * RATE) : round(end * RATE)]
    times = np.arange(len(part)) / RATE
    level = 2.0 * np.abs(_smooth(part * np.exp(-2j * np.pi * band * times), 0.012))
    found: list[float] = []
    for place in np.flatnonzero(level > least):
        if found and begin + place / RATE - found[-1] < 0.1:
            first = round((found[-1] - begin) * RATE)
            if level[place] > level[first]:
                found[-1] = begin + place / RATE
        else:
            found.append(begin + place / RATE)
    return [each - 0.006 for each in found]  # a click begins half its length before its middle


def longest_gap(sound: NDArray[np.float32], *, quiet: float = 1e-3) -> float:
    """The longest silence, seconds."""
    loud = np.flatnonzero(np.abs(sound) > quiet)
    return float(np.diff(loud, prepend=0, append=len(sound)).max()) / RATE


def fade_of(
    sound: NDArray[np.float32], tone_hz: float, begin: float, end: float
) -> tuple[float, float] | None:
    """(when a tone begins to come in, how long that takes), seconds, as heard between two times; None if it
    does not come in there.

    Fades are a quarter of a sine: what is left of one is a straight line, whatever its length.
    """
    part = sound[round(begin * RATE) : round(end * RATE)]
    times = begin + np.arange(len(part)) / RATE
    carried = _smooth(part * np.exp(-2j * np.pi * tone_hz * times), 0.06)[::48]
    share = np.clip(2.0 * np.abs(carried) / TONE_LEVEL, 0.0, 1.0)
    times = times[::48]
    full = np.flatnonzero(share > 0.85)
    low = np.flatnonzero(share[: full[0]] < 0.15) if len(full) else full
    if not len(low) or full[0] - low[-1] < 20:
        return None
    rising = slice(int(low[-1]) + 1, int(full[0]))
    slope, offset = np.polyfit(times[rising], np.arcsin(share[rising]) / (np.pi / 2), 1)
    return float(-offset / slope), float(1.0 / slope)


def _smooth(samples: NDArray[np.complex128], seconds: float) -> NDArray[np.complex128]:
    """Means over a window of so many seconds about each sample."""
    window = np.hanning(round(seconds * RATE))
    length = len(samples) + len(window) - 1
    size = 1 << (length - 1).bit_length()
    smooth = np.fft.ifft(np.fft.fft(samples, size) * np.fft.fft(window / window.sum(), size))
    first = (len(window) - 1) // 2
    return smooth[first : first + len(samples)]

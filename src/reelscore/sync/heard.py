"""A song as its bars: what each beat sounds like, and what is heard on both sides of each bar line."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reelscore.audio.mel import mel_spectrogram, power_blocks
from reelscore.errors import UnusableAudioError
from reelscore.records import AudioClip, FloatArray
from reelscore.sync.grids import SongGrid, Times
from reelscore.sync.scoring import nearest

RATE = 22050
HOP = 220  # about 10 ms
FRAMES_PER_SECOND = RATE / HOP
_N_FFT, _BANDS = 1024, 40
_CHROMA_FFT, _CHROMA_HOP = 4096, 1024
_LOWEST_HZ, _HIGHEST_HZ = 65.0, 2000.0
_COEFFICIENTS = 13
_GAIN = 1000.0  # of the logarithm that mels are compressed with, over the song's own loud level

# Without a beat, a song is cut into equal steps of this, and bars are four of them.
_PLAIN_STEP_SECONDS, _PLAIN_METRE = 0.5, 4
_FEWEST_BEATS = 12
# What lies so far under the loudest tenth of the song is silence at its ends.
_SILENCE_DB = 50.0
# A song has an ending if its last moment is this much softer than its middle.
_ENDED_DB, _LAST_SECONDS = 10.0, 0.2
# The two sides of a bar line: this long, and this far from it, since beats are found a little late.
SIDE_SECONDS, CLEAR_SECONDS = 0.06, 0.025


@dataclass(frozen=True, slots=True)
class HeardSong:
    """The bars of one song. Bar p lies from `lines[p]` to `lines[p + 1]`."""

    grid: SongGrid
    samples: FloatArray  # mono at `RATE`
    begins: float  # seconds at which sound sets in
    ends: float  # and at which it has died away
    beats: Times
    lines: Times  # bar lines, seconds; the last one begins the ending
    line_beats: NDArray[np.intp]  # the beat of each line
    chroma: NDArray[np.float64]  # (beats, 12), unit length
    timbre: NDArray[np.float64]  # (beats, 12), standardised over the song
    level: Times  # dB of each beat
    mels: FloatArray  # (frames, bands), log-compressed, `FRAMES_PER_SECOND`
    has_ending: bool  # the sound dies away; else the file breaks off
    steady: bool  # False: there was no beat to go by
    notes: tuple[str, ...] = ()

    @property
    def bar_seconds(self) -> float:
        """The usual length of a bar."""
        return float(np.median(np.diff(self.lines)))


def hear(clip: AudioClip, grid: SongGrid) -> HeardSong:
    """Measure a song bar by bar.

    Parameters
    ----------
    clip
        The whole song at 22,050 Hz, from its beginning.
    grid
        Its beats and bar lines. Without bar lines, bars of four beats are assumed; without beats, steps of
        half a second.

    Raises
    ------
    UnusableAudioError
        The song is silent or shorter than two bars.
    """
    if clip.sample_rate != RATE:
        raise ValueError(f"a song is heard at {RATE} Hz, not {clip.sample_rate}")
    samples = clip.samples
    mels = mel_spectrogram(samples, RATE, n_fft=_N_FFT, hop=HOP, n_mels=_BANDS, fmax=10000.0)
    power = mels.sum(axis=1)
    loud = float(np.quantile(power, 0.9)) if len(power) else 0.0
    if loud <= 0.0:
        raise UnusableAudioError("silent: there is nothing to fit")
    sounding = np.flatnonzero(power > loud * 10.0 ** (-_SILENCE_DB / 10.0))
    begins, ends = sounding[0] / FRAMES_PER_SECOND, (sounding[-1] + 1) / FRAMES_PER_SECOND
    ends = min(ends, len(samples) / RATE)
    compressed: FloatArray = np.log1p(mels * np.float32(_GAIN * mels.shape[1] / loud)).astype(np.float32)
    beats, lines, steady, notes = _bars(grid, begins, ends, compressed)
    line_beats = nearest(beats, lines)
    edges = np.append(beats, min(ends, 2.0 * beats[-1] - beats[-2]))
    by_beat = _means(compressed, edges * FRAMES_PER_SECOND)
    chroma = _means(_chroma(samples), edges * RATE / _CHROMA_HOP)
    chroma /= np.maximum(np.linalg.norm(chroma, axis=1, keepdims=True), 1e-9)
    cepstra = by_beat @ _cosines(_BANDS, _COEFFICIENTS).T
    timbre = cepstra[:, 1:] / np.maximum(cepstra[:, 1:].std(axis=0), 1e-6)
    level = 10.0 * np.log10(np.maximum(_means(power[:, None], edges * FRAMES_PER_SECOND)[:, 0], loud * 1e-8))
    last = power[max(0, int((ends - _LAST_SECONDS) * FRAMES_PER_SECOND)) :].mean()
    middle = float(np.median(power[sounding]))
    return HeardSong(
        grid=grid,
        samples=samples,
        begins=float(begins),
        ends=float(ends),
        beats=beats,
        lines=lines,
        line_beats=line_beats,
        chroma=chroma,
        timbre=timbre,
        level=level,
        mels=compressed,
        has_ending=bool(last < middle * 10.0 ** (-_ENDED_DB / 10.0)),
        steady=steady,
        notes=notes,
    )


def _bars(
    grid: SongGrid, begins: float, ends: float, mels: FloatArray
) -> tuple[Times, Times, bool, tuple[str, ...]]:
    """(beats, bar lines, whether there was a beat, what was assumed)."""
    beats = grid.beats[(grid.beats >= max(0.0, begins - 0.1)) & (grid.beats < ends - 0.05)]
    notes: tuple[str, ...] = ()
    if len(beats) < _FEWEST_BEATS:
        beats = np.arange(begins, ends - _PLAIN_STEP_SECONDS, _PLAIN_STEP_SECONDS)
        if len(beats) < 2 * _PLAIN_METRE + 1:
            raise UnusableAudioError(f"too short to fit: {ends - begins:.1f} s of sound")
        notes = ("the song has no steady beat, so it was joined where it sounds alike, not at bars",)
        return beats, beats[::_PLAIN_METRE], False, notes
    lines = grid.downbeats
    if len(lines):
        at = nearest(beats, lines)
        lines = np.unique(beats[at[np.abs(beats[at] - lines) < 0.12]])
    if len(lines) < 3:
        lines = beats[_strongest_phase(beats, mels) :: _PLAIN_METRE]
        notes = ("its bars are not known, so bars of four beats were assumed",)
    return beats, lines, True, notes


def _strongest_phase(beats: Times, mels: FloatArray) -> int:
    """Which of four beats has the strongest attack in the bass, over the whole song."""
    at = np.clip(np.round(beats * FRAMES_PER_SECOND).astype(int), 6, len(mels) - 4)
    bass = mels[:, :6].mean(axis=1)
    rises = np.array([bass[i : i + 4].max() - bass[i - 6 : i - 2].min() for i in at])
    return int(np.argmax([rises[phase::_PLAIN_METRE].mean() for phase in range(_PLAIN_METRE)]))


def _means(values: NDArray[np.floating], edges: Times) -> NDArray[np.float64]:
    """Means of rows between edges (in rows), (len(edges) - 1, columns)."""
    sums = np.concatenate([np.zeros((1, values.shape[1])), np.cumsum(values, axis=0, dtype=np.float64)])
    at = np.clip(np.round(edges).astype(int), 0, len(values))
    low, high = at[:-1], np.maximum(at[1:], at[:-1] + 1)
    high = np.minimum(high, len(values))
    low = np.minimum(low, high - 1)
    means: NDArray[np.float64] = (sums[high] - sums[low]) / (high - low)[:, None]
    return means


def _chroma(samples: FloatArray) -> NDArray[np.float64]:
    """Strength of the 12 pitch classes, (frames, 12), of amplitudes between 65 Hz and 2 kHz."""
    hz = np.fft.rfftfreq(_CHROMA_FFT, 1.0 / RATE)
    used = np.flatnonzero((hz >= _LOWEST_HZ) & (hz <= _HIGHEST_HZ))
    pitch = 12.0 * np.log2(hz[used] / 440.0) + 69.0
    away = np.abs((pitch[:, None] - np.arange(12) + 6.0) % 12.0 - 6.0)
    # Low bins are wider than a semitone, so they say less.
    weight = np.exp(-0.5 * np.square(away / 0.35)) * np.minimum(1.0, hz[used] / 250.0)[:, None]
    frames = [
        np.sqrt(power[:, used]).astype(np.float64) @ weight
        for power in power_blocks(samples, n_fft=_CHROMA_FFT, hop=_CHROMA_HOP)
    ]
    return np.concatenate(frames)


def _cosines(bands: int, count: int) -> NDArray[np.float64]:
    """The first rows of a cosine transform (DCT-II)."""
    basis: NDArray[np.float64] = np.cos(
        np.pi / bands * (np.arange(bands) + 0.5) * np.arange(count)[:, None]
    ) * np.sqrt(2.0 / bands)
    return basis

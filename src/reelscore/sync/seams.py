"""Joins to the sample: aligned by their attacks, rendered as a crossfade, and measured as rendered."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reelscore.audio.mel import mel_spectrogram
from reelscore.records import FloatArray
from reelscore.records.sync import Seam
from reelscore.sync.grids import Times
from reelscore.sync.heard import FRAMES_PER_SECOND, HOP, RATE, HeardSong

# The crossfade ends on the bar line: one attack is heard, and whole, and covers the change right before it.
# Two sounds that are alike swell by up to 3 dB while they cross, which is heard where nothing covers it.
FADE_SECONDS = 0.02
# Attacks are brought together within this, in steps of a millisecond or so; then the waves.
_ALIGN_SECONDS, _WAVE_SECONDS = 0.03, 0.002
_ATTACK_SECONDS = 0.12
_ENVELOPE_HOP = 32
# What is rendered around a join to be measured, and what of it the flux is looked for in.
_AROUND_SECONDS = 1.0
_FLUX_BEFORE, _FLUX_AFTER = 0.09, 0.09
_LEVEL_SECONDS = 0.5
HIGH_RANK = 0.9
_LEAST_STEP_DB = 2.0
_OUT_OF_PHASE = -0.5
_LITTLE_LIKENESS = 0.55


@dataclass(frozen=True, slots=True)
class BarLines:
    """How abrupt a song's own bar lines are: what seams are measured against."""

    flux: Times
    steps: Times  # dB, absolute


def own_lines(song: HeardSong) -> BarLines:
    """The flux and the step in loudness at each bar line of a song, measured as seams are."""
    inside = [t for t in song.lines.tolist() if _AROUND_SECONDS < t < song.ends - _AROUND_SECONDS]
    measured = [_measure(_cut(song.samples, t - _AROUND_SECONDS, t + _AROUND_SECONDS)) for t in inside]
    return BarLines(np.array([flux for flux, _ in measured]), np.abs([step for _, step in measured]))


def aligned(song: HeardSong, left: float, entered: float) -> float:
    """The place near `entered` to continue at, so that its attack falls where that of `left` would have."""
    reach = round(_ALIGN_SECONDS * RATE / _ENVELOPE_HOP)
    here = _attacks(song.samples, left)
    there = _attacks(song.samples, entered, more=reach)
    here = here - here.mean()
    windows = np.lib.stride_tricks.sliding_window_view(there, len(here))
    windows = windows - windows.mean(axis=1, keepdims=True)
    norms = np.linalg.norm(windows, axis=1) * np.linalg.norm(here)
    likeness = (windows @ here) / np.maximum(norms, 1e-9)
    likeness -= 0.1 * np.abs(np.arange(len(likeness)) - reach) / max(reach, 1)  # rather none than a little
    shifted = entered + (int(np.argmax(likeness)) - reach) * _ENVELOPE_HOP / RATE
    return _in_phase(song.samples, left, shifted)


def _attacks(samples: FloatArray, time: float, *, more: int = 0) -> NDArray[np.float64]:
    """How the level rises around a moment, in steps of about 1.5 ms."""
    half = round(_ATTACK_SECONDS * RATE / _ENVELOPE_HOP) + more
    first = round(time * RATE) - half * _ENVELOPE_HOP
    stretch = _cut_at(samples, first - 4 * _ENVELOPE_HOP, (2 * half + 4) * _ENVELOPE_HOP)
    level = np.sqrt(np.square(stretch.reshape(-1, _ENVELOPE_HOP), dtype=np.float64).mean(axis=1))
    smooth = np.log(np.maximum(np.convolve(level, np.ones(4) / 4.0, mode="valid"), 1e-5))
    return np.maximum(np.diff(smooth), 0.0)


def _in_phase(samples: FloatArray, left: float, entered: float) -> float:
    """The shift of a few samples at which the two waves agree best while they cross."""
    reach = round(_WAVE_SECONDS * RATE)
    first, length = round((left - FADE_SECONDS) * RATE), round(FADE_SECONDS * RATE)
    here = _cut_at(samples, first, length).astype(np.float64)
    start = round((entered - FADE_SECONDS) * RATE) - reach
    windows = np.lib.stride_tricks.sliding_window_view(
        _cut_at(samples, start, length + 2 * reach).astype(np.float64), length
    )
    norms = np.linalg.norm(windows, axis=1) * np.linalg.norm(here)
    if not norms.max() > 0.0:
        return entered
    return entered + (int(np.argmax((windows @ here) / np.maximum(norms, 1e-9))) - reach) / RATE


def measured_seam(
    song: HeardSong, own: BarLines, *, at: int, left: float, entered: float, likeness: float
) -> Seam:
    """A join as it will sound, rendered and compared with the song's own bar lines.

    Parameters
    ----------
    at
        Sample of the timeline, which is only passed on.
    left, entered
        Seconds of the song that meet; the crossfade lies before them.
    """
    rendered, phase = render(song.samples, left, entered)
    flux, step = _measure(rendered)
    flux_rank, level_rank = _rank(flux, own.flux), _rank(abs(step), own.steps)
    faults = []
    if flux_rank > HIGH_RANK:
        faults.append(f"more abrupt than {flux_rank:.0%} of the song's own bar lines")
    if level_rank > HIGH_RANK and abs(step) > _LEAST_STEP_DB:
        faults.append(f"the loudness steps by {step:+.1f} dB")
    if likeness < _LITTLE_LIKENESS:
        faults.append("harmony or timbre go on otherwise than expected")
    if phase < _OUT_OF_PHASE:
        faults.append("the two sounds cancel each other while they cross")
    return Seam(
        at=at,
        left=left,
        entered=entered,
        likeness=likeness,
        flux=flux,
        flux_rank=flux_rank,
        level_step_db=step,
        level_rank=level_rank,
        phase=phase,
        degraded="; ".join(faults),
    )


def render(samples: FloatArray, left: float, entered: float) -> tuple[FloatArray, float]:
    """The sound around a join, mono at `RATE` with the join in its middle, and the phase of what crosses."""
    around, fade = round(_AROUND_SECONDS * RATE), round(FADE_SECONDS * RATE)
    before = _cut_at(samples, round(left * RATE) - around, 2 * around)
    after = _cut_at(samples, round(entered * RATE) - around, 2 * around)
    cross = slice(around - fade, around)
    turn = (np.arange(fade, dtype=np.float32) + 0.5) * np.float32(np.pi / 2.0 / fade)
    rendered: FloatArray = np.concatenate([before[: cross.start], after[cross.start :]])
    rendered[cross] = before[cross] * np.cos(turn) + after[cross] * np.sin(turn)
    one, other = before[cross].astype(np.float64), after[cross].astype(np.float64)
    norm = float(np.linalg.norm(one) * np.linalg.norm(other))
    return rendered, float(one @ other) / norm if norm > 0.0 else 0.0


def _measure(stretch: FloatArray) -> tuple[float, float]:
    """(highest spectral flux around the middle, dB after less dB before) of a rendered stretch."""
    mels = mel_spectrogram(stretch, RATE, n_fft=1024, hop=HOP, n_mels=40, fmax=10000.0)
    loud = float(np.quantile(mels.sum(axis=1), 0.9)) or 1.0
    bands = np.log1p(mels * np.float32(1000.0 * mels.shape[1] / loud))
    flux = np.maximum(bands[2:] - bands[:-2], 0.0).mean(axis=1)
    middle = len(stretch) / 2.0 / HOP - 1.0
    first = round(middle - _FLUX_BEFORE * FRAMES_PER_SECOND)
    last = round(middle + _FLUX_AFTER * FRAMES_PER_SECOND)
    half, wide = len(stretch) // 2, round(_LEVEL_SECONDS * RATE)
    before, after = (
        float(np.square(part, dtype=np.float64).mean()) + 1e-9
        for part in (stretch[half - wide : half], stretch[half : half + wide])
    )
    return float(flux[first : last + 1].max()), float(10.0 * np.log10(after / before))


def _rank(value: float, own: Times) -> float:
    return float((own < value).mean()) if len(own) else 0.0


def _cut(samples: FloatArray, start: float, end: float) -> FloatArray:
    return _cut_at(samples, round(start * RATE), round((end - start) * RATE))


def _cut_at(samples: FloatArray, first: int, length: int) -> FloatArray:
    """A stretch of a song; silence beyond its ends."""
    part: FloatArray = np.zeros(length, dtype=np.float32)
    low, high = max(0, first), min(len(samples), first + length)
    if high > low:
        part[low - first : high - first] = samples[low:high]
    return part

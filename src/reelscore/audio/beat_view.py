"""What is seen of each beat of a chain: where its sound sets in, how its harmony moves, what it repeats.

All is said relative to the piece and to the length of a beat, so that it looks alike at any tempo; this is
what `beat_net` judges a chain and its bars by.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from reelscore.audio.mel import log1p
from reelscore.audio.pulse_net import GROUPS, Pulse
from reelscore.records import DoubleArray, FloatArray

# Places within a beat that are looked at: halves, thirds and quarters.
PHASES = (0.0, 1 / 6, 0.25, 1 / 3, 0.5, 2 / 3, 0.75, 5 / 6)
_DOWNBEAT_PHASES = [0, 3, 4, 5]
_REACH = 2  # frames around a place in which its onset may lie
# First band of each group of what the network sees: bass, and three above it.
_GROUPS = (0, 3, 8, 16)
_HARMONY_BANDS = 72  # mel bands, up to about 4.5 kHz
_BASS_BANDS = 9
_ENVELOPE = 9  # bands whose mean is the envelope of the spectrum, which says nothing about harmony
# A beat is compared with those this many before and after it.
LAGS = (1, 2, 3, 4, 5, 6, 8)
_COMPRESSION = 100.0

FEATURES = len(PHASES) * 5 + len(_DOWNBEAT_PHASES) + 4 + 5 + 2 * len(LAGS) + 4


@dataclass(frozen=True, slots=True)
class PieceView:
    """What all chains of a piece are described from, frame by frame."""

    beat: FloatArray  # (frames,), log odds, the highest within two frames
    downbeat: FloatArray  # (frames,), the same
    rises: FloatArray  # (frames, 4), log of the highest rise within two frames
    sums: FloatArray  # (frames + 1, bands + 5), running sums of spectrum, level and threes
    rate: float


def view_piece(pulse: Pulse, mels: FloatArray, rate: float) -> PieceView:
    """Prepare the activations and the mel power spectrogram that they were found in."""
    sizes = np.diff([*_GROUPS, GROUPS]).astype(np.float32)
    grouped = np.add.reduceat(pulse.seen[:, GROUPS:], _GROUPS, axis=1) / (3.0 * sizes)
    level = np.add.reduceat(pulse.seen[:, :GROUPS], _GROUPS, axis=1) / (0.5 * sizes)
    spectrum = _log_bands(mels)
    summed: FloatArray = np.concatenate([spectrum, level, pulse.threes[:, None]], axis=1)
    # Less their means, so that single precision is enough; what is read of them are differences.
    means = np.append(summed[:, :-1].mean(axis=0), np.float32(0.0))
    sums: FloatArray = np.zeros((len(summed) + 1, summed.shape[1]), dtype=np.float32)
    np.cumsum(summed - means, axis=0, out=sums[1:])
    return PieceView(
        _odds(_around(pulse.beat)),
        _odds(_around(pulse.downbeat)),
        np.log(_around(grouped) + np.float32(0.02)),
        sums,
        rate,
    )


def describe(piece: PieceView, beats: DoubleArray) -> FloatArray:
    """One row a beat, float32 of shape (beats, FEATURES); `beats` are frames, rising, at least two."""
    count = len(beats)
    gaps = np.diff(beats, append=2.0 * beats[-1] - beats[-2])
    at = np.round(beats[:, None] + np.array(PHASES) * gaps[:, None]).astype(np.int64)
    at = np.clip(at, 0, len(piece.beat) - 1)
    rises = _standard(piece.rises[at], (0, 1), 0.1).reshape(count, -1)
    sounding = _means(piece.sums, beats + 0.1 * gaps + 1.0, beats + 0.95 * gaps)[:, :_HARMONY_BANDS]
    whole = _means(piece.sums[:, _HARMONY_BANDS:], beats, beats + gaps)
    half = _ENVELOPE // 2
    padded = np.pad(sounding, ((0, 0), (half, half)), mode="edge")
    harmony = sounding - sliding_window_view(padded, _ENVELOPE, axis=1).mean(axis=2)
    bass = sounding[:, :_BASS_BANDS] - sounding[:, :_BASS_BANDS].mean(axis=1, keepdims=True)
    changes = [_change(harmony, span) for span in (1, 2, 4)] + [_change(bass, span) for span in (1, 2)]
    likeness = [
        _likeness(rows, lag) for rows in (_unit(harmony), _unit(rises - rises.mean(axis=0))) for lag in LAGS
    ]
    tempo = np.log2(0.6 * piece.rate / np.maximum(gaps, 1.0))
    usual = float(np.log2(0.6 * piece.rate / max(float(np.median(gaps)), 1.0)))
    columns = [
        piece.beat[at],
        piece.downbeat[at[:, _DOWNBEAT_PHASES]],
        rises,
        _standard(whole[:, :4], 0, 0.1),
        _standard(np.stack(changes, axis=1), 0, 0.05),
        2.0 * np.stack(likeness, axis=1),
        _odds(whole[:, 4:]),
        np.stack([np.full(count, usual), 3.0 * (tempo - usual), np.ones(count)], axis=1),
    ]
    result: FloatArray = np.concatenate(columns, axis=1, dtype=np.float32)
    return result


def _log_bands(mels: FloatArray) -> FloatArray:
    level = np.sqrt(mels.max(axis=1))
    heard = level[level > 1e-3 * level.max(initial=0.0)]
    reference = float(np.quantile(heard, 0.98)) if len(heard) else 1.0
    result: FloatArray = np.sqrt(mels[:, :_HARMONY_BANDS])
    result *= np.float32(_COMPRESSION / max(reference, 1e-10))
    return log1p(result)


def _around(values: FloatArray) -> FloatArray:
    """The highest within some frames of each."""
    result = values.copy()
    for step in range(1, _REACH + 1):
        np.maximum(result[step:], values[:-step], out=result[step:])
        np.maximum(result[:-step], values[step:], out=result[:-step])
    return result


def _odds(likely: FloatArray) -> FloatArray:
    """Log odds of 0..1, a third of them, within -2..2."""
    values: FloatArray = np.log(likely + np.float32(1e-4)) - np.log(np.float32(1.0001) - likely)
    return np.clip(values, -6.0, 6.0) / np.float32(3.0)


def _standard(values: FloatArray, axis: int | tuple[int, ...], least: float) -> FloatArray:
    result: FloatArray = (values - values.mean(axis=axis)) / (values.std(axis=axis) + least)
    return result


def _means(sums: FloatArray, begin: DoubleArray, end: DoubleArray) -> FloatArray:
    """Means over frames from running sums; of at least one frame."""
    last = len(sums) - 1
    low = np.clip(np.round(begin), 0, last - 1).astype(np.int64)
    high = np.maximum(np.clip(np.round(end), 1, last).astype(np.int64), low + 1)
    result: FloatArray = (sums[high] - sums[low]) / (high - low).astype(np.float32)[:, None]
    return result


def _unit(rows: FloatArray) -> FloatArray:
    result: FloatArray = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)
    return result


def _change(rows: FloatArray, span: int) -> FloatArray:
    """How much the beats from each beat on differ from those before it, 0..2."""
    count = len(rows)
    sums = np.concatenate([np.zeros((1, rows.shape[1])), np.cumsum(_unit(rows), axis=0, dtype=np.float64)])
    index = np.arange(count)
    before = _unit(sums[index] - sums[np.maximum(index - span, 0)])
    after = _unit(sums[np.minimum(index + span, count)] - sums[index])
    result: FloatArray = 1.0 - (before * after).sum(axis=1)
    result[0] = result.mean()
    return result


def _likeness(rows: FloatArray, lag: int) -> FloatArray:
    """How alike each beat is to those some beats before and after it, the mean of both."""
    both: FloatArray = np.zeros(len(rows), dtype=np.float32)
    if len(rows) > lag:
        alike = 0.5 * (rows[lag:] * rows[:-lag]).sum(axis=1)
        both[lag:] += alike
        both[:-lag] += alike
    return both

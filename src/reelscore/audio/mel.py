"""Spectra: framed power spectra in blocks, mel filterbanks, and mel spectrograms.

Everything is float32. Spectra are made block by block, so memory stays flat however long the sound is.
Arrays are laid out time first: `(frames, bins)` and `(frames, bands)`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from numpy.lib.stride_tricks import as_strided

from reelscore.errors import InvalidInputError
from reelscore.records import FloatArray

MelScale = Literal["slaney", "htk"]
MelNorm = Literal["slaney"]
Padding = Literal["reflect", "zero"]

# Slaney's scale (Auditory Toolbox, 1998): linear below 1 kHz, then 27 steps to a factor of 6.4.
_SLANEY_HZ_PER_MEL = 200.0 / 3.0
_SLANEY_KNEE_HZ = 1000.0
_SLANEY_KNEE_MEL = _SLANEY_KNEE_HZ / _SLANEY_HZ_PER_MEL
_SLANEY_LOG_STEP = np.log(6.4) / 27.0

# Values of one block of framed samples: one megabyte or so stays in the processor's cache.
_BLOCK_VALUES = 1 << 18
# Neighbouring bands that are computed together, and the multiplications that one thread does alone.
_BANDS_PER_PATCH = 8
_ONE_THREAD_PRODUCTS = 1 << 18


def hz_to_mel(hz: float, scale: MelScale = "slaney") -> float:
    """A frequency in Hz on the mel scale."""
    if scale == "htk":
        return float(2595.0 * np.log10(1.0 + hz / 700.0))
    if hz < _SLANEY_KNEE_HZ:
        return hz / _SLANEY_HZ_PER_MEL
    return float(_SLANEY_KNEE_MEL + np.log(hz / _SLANEY_KNEE_HZ) / _SLANEY_LOG_STEP)


def mel_to_hz(mels: np.ndarray, scale: MelScale = "slaney") -> np.ndarray:
    """Values on the mel scale in Hz, float64."""
    mels = np.asarray(mels, dtype=np.float64)
    if scale == "htk":
        return 700.0 * (10.0 ** (mels / 2595.0) - 1.0)
    above = _SLANEY_KNEE_HZ * np.exp(_SLANEY_LOG_STEP * (mels - _SLANEY_KNEE_MEL))
    return np.where(mels < _SLANEY_KNEE_MEL, mels * _SLANEY_HZ_PER_MEL, above)


@lru_cache(maxsize=16)
def mel_filterbank(
    sample_rate: int,
    n_fft: int,
    n_mels: int,
    *,
    fmin: float = 0.0,
    fmax: float | None = None,
    scale: MelScale = "slaney",
    norm: MelNorm | None = "slaney",
) -> FloatArray:
    """Triangular filters that turn a power spectrum into mel bands; cached and read-only.

    Parameters
    ----------
    sample_rate, n_fft
        Of the spectra that the filters are for.
    n_mels
        Number of bands.
    fmin, fmax
        Lower edge of the first and upper edge of the last band, Hz; `fmax` is half the sample rate
        unless given.
    scale
        `slaney` is linear below 1 kHz, `htk` logarithmic throughout.
    norm
        `slaney` divides each filter by half its width in Hz, so that each has the same area; None leaves
        their peaks at 1.

    Returns
    -------
    float32 of shape (n_mels, n_fft // 2 + 1).
    """
    top = sample_rate / 2.0 if fmax is None else float(fmax)
    if n_mels < 1 or not 0.0 <= fmin < top <= sample_rate / 2.0:
        raise InvalidInputError(
            f"mel bands need n_mels >= 1 and 0 <= fmin < fmax <= {sample_rate / 2:g} Hz, "
            f"not n_mels={n_mels}, fmin={fmin:g}, fmax={top:g}"
        )
    edges = mel_to_hz(np.linspace(hz_to_mel(fmin, scale), hz_to_mel(top, scale), n_mels + 2), scale)
    bins = np.linspace(0.0, sample_rate / 2.0, n_fft // 2 + 1)
    low, centre, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    rising = (bins - low) / (centre - low)
    falling = (high - bins) / (high - centre)
    filters = np.maximum(0.0, np.minimum(rising, falling))
    if norm == "slaney":
        filters *= 2.0 / (high - low)
    result: FloatArray = filters.astype(np.float32)
    result.flags.writeable = False
    return result


@lru_cache(maxsize=16)
def hann_window(length: int) -> FloatArray:
    """The periodic Hann window, float32 of shape (length,); cached and read-only."""
    window: FloatArray = (0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(length) / length)).astype(np.float32)
    window.flags.writeable = False
    return window


def pad_centred(samples: FloatArray, n_fft: int, padding: Padding = "reflect") -> FloatArray:
    """Samples with half a window added at both ends, so that frame i is centred on sample i * hop.

    `reflect` mirrors the ends, as librosa before 0.10 did; sound shorter than half a window is mirrored
    as often as it takes.
    """
    half = n_fft // 2
    padded: FloatArray
    if padding == "zero" or len(samples) < 2:
        padded = np.zeros(len(samples) + 2 * half, dtype=np.float32)
        padded[half : half + len(samples)] = samples
        return padded
    padded = np.pad(np.asarray(samples, dtype=np.float32), half, mode="reflect")
    return padded


def frame_count(samples: int, *, n_fft: int, hop: int, padding: Padding | None = "reflect") -> int:
    """How many frames a spectrum of that many samples has."""
    span = samples if padding is None else samples + 2 * (n_fft // 2)
    return max(0, (span - n_fft) // hop + 1)


def power_blocks(
    samples: FloatArray,
    *,
    n_fft: int,
    hop: int,
    padding: Padding | None = "reflect",
) -> Iterator[FloatArray]:
    """Power spectra of Hann-windowed frames, in blocks of consecutive frames.

    Parameters
    ----------
    samples
        float32 of shape (n,).
    n_fft, hop
        Window length and step in samples.
    padding
        How half a window is added at both ends (see `pad_centred`); None adds nothing, and frame i then
        begins at sample i * hop.

    Yields
    ------
    float32 of shape (frames in the block, n_fft // 2 + 1): squared magnitudes, not scaled. If the
    blocks are cut has no effect on the values.
    """
    source = np.ascontiguousarray(samples, dtype=np.float32)
    if padding is not None:
        source = pad_centred(source, n_fft, padding)
    count = max(0, (len(source) - n_fft) // hop + 1)
    if count == 0:
        return
    step = source.strides[0]
    frames = as_strided(source, shape=(count, n_fft), strides=(hop * step, step), writeable=False)
    window = hann_window(n_fft)
    block = max(1, _BLOCK_VALUES // n_fft)
    tapered: FloatArray = np.empty((min(block, count), n_fft), dtype=np.float32)
    # Any: NumPy's stubs know no transform of single precision.
    spectra: Any = np.empty((len(tapered), n_fft // 2 + 1), dtype=np.complex64)
    for begin in range(0, count, block):
        size = min(block, count - begin)
        np.multiply(frames[begin : begin + size], window, out=tapered[:size])
        spectrum = np.fft.rfft(tapered[:size], axis=1, out=spectra[:size])
        power = np.square(spectrum.real)
        power += np.square(spectrum.imag)
        yield power


def apply_filters(power: FloatArray, filters: FloatArray, *, out: FloatArray | None = None) -> FloatArray:
    """Bands of a power spectrum: `power @ filters.T`, for filters that are narrow and in order.

    Parameters
    ----------
    power
        float32 of shape (frames, bins).
    filters
        float32 of shape (bands, bins), as `mel_filterbank` gives them; it must not change afterwards.
    out
        Where the result goes, float32 of shape (frames, bands).
    """
    bands = np.empty((len(power), len(filters)), dtype=np.float32) if out is None else out
    for band, bins, weights in _patches(_Identity(filters)):
        # One large product would wake all of BLAS' threads, which spin for longer than the work takes;
        # these stay under the size from which OpenBLAS uses more than one.
        step = max(1, _ONE_THREAD_PRODUCTS // weights.size)
        for begin in range(0, len(power), step):
            np.matmul(power[begin : begin + step, bins], weights, out=bands[begin : begin + step, band])
    return bands


class _Identity:
    """A key for a cache that stands for one array, by what it is and not by what it holds."""

    def __init__(self, array: FloatArray) -> None:
        self.array = array  # keeps the array alive, so that its id stays its own

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Identity) and other.array is self.array

    def __hash__(self) -> int:
        return id(self.array)


@lru_cache(maxsize=16)
def _patches(key: _Identity) -> tuple[tuple[slice, slice, FloatArray], ...]:
    """The filters cut into runs of neighbouring bands, each with just the bins that it looks at."""
    filters = key.array
    patches = []
    for begin in range(0, len(filters), _BANDS_PER_PATCH):
        run = filters[begin : begin + _BANDS_PER_PATCH]
        used = np.flatnonzero(run.any(axis=0))
        low, high = (int(used[0]), int(used[-1]) + 1) if len(used) else (0, 1)
        weights = np.ascontiguousarray(run[:, low:high].T)
        patches.append((slice(begin, begin + len(run)), slice(low, high), weights))
    return tuple(patches)


def mel_spectrogram(
    samples: FloatArray,
    sample_rate: int,
    *,
    n_fft: int,
    hop: int,
    n_mels: int,
    fmin: float = 0.0,
    fmax: float | None = None,
    scale: MelScale = "slaney",
    norm: MelNorm | None = "slaney",
    padding: Padding | None = "reflect",
) -> FloatArray:
    """Power in mel bands, float32 of shape (frames, n_mels).

    With the defaults it is the transpose of what librosa 0.7's `melspectrogram` gives (power 2, centred
    frames, mirrored ends, Slaney's scale and area normalisation).
    """
    filters = mel_filterbank(sample_rate, n_fft, n_mels, fmin=fmin, fmax=fmax, scale=scale, norm=norm)
    mels = np.empty((frame_count(len(samples), n_fft=n_fft, hop=hop, padding=padding), n_mels), np.float32)
    row = 0
    for power in power_blocks(samples, n_fft=n_fft, hop=hop, padding=padding):
        apply_filters(power, filters, out=mels[row : row + len(power)])
        row += len(power)
    return mels


def log_mel(
    samples: FloatArray,
    sample_rate: int,
    *,
    padding: Padding | None = "reflect",
) -> FloatArray:
    """Compressed mel spectrogram log10(1 + 10,000 * mel), float32 of shape (frames, 96).

    At 16 kHz it is the front end of musicnn (Pons and Serra, 2019, arXiv:1909.06654).
    """
    mels = mel_spectrogram(samples, sample_rate, n_fft=512, hop=256, n_mels=96, padding=padding)
    mels *= np.float32(10_000.0)
    log1p(mels)
    mels *= np.float32(1.0 / np.log(10.0))
    return mels


def log1p(values: FloatArray) -> FloatArray:
    """log(1 + values), in place, of float32 values from 0 on.

    NumPy's own takes six times as long: it has vector instructions for logarithms alone. What adding 1 rounds
    away is below 6e-8.
    """
    values += np.float32(1.0)
    return np.log(values, out=values)


def power_to_db(power: FloatArray, *, reference: float = 1.0, floor_db: float = -100.0) -> FloatArray:
    """Power in dB above `reference`, float32; what is below `floor_db` is raised to it."""
    lowest = np.float32(reference * 10.0 ** (floor_db / 10.0))
    decibels: FloatArray = np.maximum(power, lowest, dtype=np.float32)
    np.log10(decibels, out=decibels)
    decibels *= np.float32(10.0)
    decibels -= np.float32(10.0 * np.log10(reference))
    return decibels

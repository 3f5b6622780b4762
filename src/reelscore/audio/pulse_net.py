"""A small network that says, frame by frame, how likely a beat and a downbeat are.

Nine dilated convolutions look about 12 s to both sides of each frame, in the manner of temporal
convolutional networks for beats (Davies and Böck, "Temporal convolutional networks for musical audio beat
tracking", EUSIPCO 2019). It was trained by `tools/train_beats.py` on rendered scores; here it only runs, in
NumPy. Its weights lie in `artefacts/`, with a notice.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from reelscore.audio.mel import log1p
from reelscore.audio.weights import read_weights
from reelscore.records import FloatArray

GROUPS = 24  # of mel bands
DILATIONS = (1, 2, 4, 8, 16, 32, 64, 128, 256)
WEIGHTS_NAME = "pulse-2.npz"
WEIGHTS_SHA256 = "d5896d44f3b00286bef202df64d47dece9c66684eca5f3436f7182f59c29fa39"

_COMPRESSION = 100.0
_STILL = 1e-10
_SLOPE = np.float32(0.1)  # of what is below zero, between layers
_TAPS = 5
_BLOCK = 2048  # frames that are compressed at once, so that the arrays in between stay small
# From this many multiplications on OpenBLAS uses several threads, which cost more than they save.
_ONE_THREAD_PRODUCTS = 1 << 18


@dataclass(frozen=True, slots=True)
class Pulse:
    """How likely each frame is a beat and a downbeat, and what the network saw of it."""

    beat: FloatArray  # (frames,), 0..1
    downbeat: FloatArray  # (frames,), 0..1
    threes: FloatArray  # (frames,), 0..1, that beats fall into threes
    seen: FloatArray  # (frames, 48), as `pulse_input` gives it

    @property
    def rise(self) -> FloatArray:
        """How much the spectrum rises at each frame, mean over its bands."""
        result: FloatArray = self.seen[:, GROUPS:].mean(axis=1)
        return result


def pulse_input(mels: FloatArray) -> FloatArray:
    """What the network sees of mel power of shape (frames, 96): float32 of shape (frames, 48).

    Level and rise of the log-compressed bands, each averaged over four neighbours, about -1..1.5.
    """
    frames = len(mels)
    result: FloatArray = np.zeros((frames, 2 * GROUPS), dtype=np.float32)
    level = np.sqrt(mels.max(axis=1)) if frames else np.zeros(0, dtype=np.float32)
    heard = level[level > 1e-3 * level.max(initial=0.0)]
    reference = float(np.quantile(heard, 0.98)) if len(heard) else 1.0
    previous: FloatArray | None = None
    for begin in range(0, frames, _BLOCK):
        bands: FloatArray = np.sqrt(mels[begin : begin + _BLOCK])
        bands *= np.float32(_COMPRESSION / max(reference, _STILL))
        log1p(bands)
        joined = np.concatenate([bands[:1] if previous is None else previous, bands])
        rises = np.maximum(np.diff(joined, axis=0), np.float32(0.0))
        place = slice(begin, begin + len(bands))
        result[place, :GROUPS] = np.float32(0.5) * _grouped(bands) - np.float32(1.0)
        result[place, GROUPS:] = np.float32(3.0) * _grouped(rises)
        previous = bands[-1:]
    return result


def _grouped(bands: FloatArray) -> FloatArray:
    """Means of neighbouring bands, (frames, groups); by columns, since means along a short axis take long."""
    size = bands.shape[1] // GROUPS
    total = bands[:, ::size].copy()
    for column in range(1, size):
        total += bands[:, column::size]
    return total / np.float32(size)


def find_pulse(mels: FloatArray) -> Pulse:
    """The network's opinion of a mel power spectrogram.

    Parameters
    ----------
    mels
        float32 of shape (frames, 96), as `reelscore.audio.spectrum.scan` gives it at 22,050 Hz: 86.13 frames
        a second up to 10 kHz.

    Raises
    ------
    ModelError
        The weights that ship with the package are missing or damaged.
    """
    weights = _weights()
    if not len(mels):
        still: FloatArray = np.zeros(0, dtype=np.float32)
        return Pulse(still, still, still, pulse_input(mels))
    seen = pulse_input(mels)
    x = _product(seen, weights["enter.weight"]) + weights["enter.bias"]
    total: FloatArray = np.zeros_like(x)
    for layer, dilation in enumerate(DILATIONS):
        wide, narrow = weights[f"wide.{layer}.weight"], weights[f"narrow.{layer}.weight"]
        reach = _TAPS // 2 * dilation
        padded = np.pad(x, ((reach, reach), (0, 0)))
        # Some frames at once, so that all that comes of them stays in the processor's cache.
        step = max(1, _ONE_THREAD_PRODUCTS // wide.size)
        for begin in range(0, len(x), step):
            place = slice(begin, min(begin + step, len(x)))
            starts = range(begin, begin + _TAPS * dilation, dilation)
            taps = [padded[start : start + place.stop - begin] for start in starts]
            y = _leaky(np.concatenate(taps, axis=1) @ wide + weights[f"wide.{layer}.bias"])
            y = y @ narrow + weights[f"narrow.{layer}.bias"]
            x[place] += y
            total[place] += y
    logits = _product(_leaky(total), weights["leave.weight"]) + weights["leave.bias"]
    beat, downbeat, threes = np.ascontiguousarray(1.0 / (1.0 + np.exp(-np.clip(logits, -30.0, 30.0))).T)
    return Pulse(beat, downbeat, threes, seen)


def _product(x: FloatArray, weight: FloatArray) -> FloatArray:
    result: FloatArray = np.empty((len(x), weight.shape[1]), dtype=np.float32)
    step = max(1, _ONE_THREAD_PRODUCTS // weight.size)
    for begin in range(0, len(x), step):
        np.matmul(x[begin : begin + step], weight, out=result[begin : begin + step])
    return result


def _leaky(x: FloatArray) -> FloatArray:
    result: FloatArray = np.maximum(x, _SLOPE * x)
    return result


@lru_cache(maxsize=1)
def _weights() -> dict[str, FloatArray]:
    """The weights in the layout that the products want."""
    stored = read_weights(WEIGHTS_NAME, WEIGHTS_SHA256)
    return {name: _laid_out(part.astype(np.float32)) for name, part in stored.items()}


def _laid_out(weight: FloatArray) -> FloatArray:
    """From PyTorch's order (out, in, taps) to (taps * in, out)."""
    if weight.ndim == 3:
        weight = weight.transpose(2, 1, 0).reshape(-1, weight.shape[0])
    return np.ascontiguousarray(weight)

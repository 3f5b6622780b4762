"""Sound to the log-mel windows that the audio tower of CLAP looks at.

The values are those of the reference (`ClapFeatureExtractor` of transformers for models without fusion:
Hann windows of 1024 samples every 480, centred and mirrored at both ends, 64 mel bands on Slaney's scale
with area normalisation, in dB with a floor at 1e-10); which part of the sound becomes a window is not: the
reference takes a random crop, this module cuts windows of 10 s every 5 s, always the same.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from reelscore.audio.mel import apply_filters, mel_filterbank
from reelscore.embedding.hub.models import SAMPLE_RATE
from reelscore.errors import InvalidInputError, ModelError, UnusableAudioError
from reelscore.records import FloatArray

HOP_SECONDS = 5.0
# Sound behind the last full window that is worth one more window, which then ends with the sound.
_LEAST_TAIL_SECONDS = 2.5
_FLOOR = 1e-10  # of the power in a mel band: -100 dB
_FRAMES_PER_BLOCK = 128  # float64 spectra of this many frames stay in the processor's cache


@dataclass(frozen=True, slots=True)
class WindowSettings:
    """How sound is cut into the windows that a model hears one by one."""

    sample_rate: int = SAMPLE_RATE
    hop: int = 480  # samples: a window begins at a multiple of it
    window_seconds: float = 10.0
    padding: str = "repeatpad"

    @property
    def window(self) -> int:
        """Samples of one window."""
        return round(self.window_seconds * self.sample_rate)


@dataclass(frozen=True, slots=True)
class FeatureSettings(WindowSettings):
    """What a checkpoint's `preprocessor_config.json` says, as far as it may differ."""

    n_fft: int = 1024
    n_mels: int = 64
    fmin: float = 50.0  # Hz
    fmax: float = 14_000.0  # Hz

    @property
    def frames(self) -> int:
        """Spectra of one window: 1001 for the known checkpoints."""
        return self.window // self.hop + 1


def read_settings(path: Path) -> FeatureSettings:
    """Read a checkpoint's `preprocessor_config.json`.

    Raises
    ------
    ModelError
        The file is missing or damaged, or asks for something that is not done here: fusion of random crops.
    """
    try:
        values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        settings = FeatureSettings(
            sample_rate=int(values["sampling_rate"]),
            n_fft=int(values["fft_window_size"]),
            hop=int(values["hop_length"]),
            n_mels=int(values["feature_size"]),
            fmin=float(values["frequency_min"]),
            fmax=float(values["frequency_max"]),
            window_seconds=float(values["max_length_s"]),
            padding=str(values["padding"]),
        )
        truncation, top_db = values["truncation"], values.get("top_db")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(
            f"the settings of the model's features, {path}, are missing or damaged ({error}); "
            "remove the model and pull it again"
        ) from error
    if (
        truncation != "rand_trunc"
        or top_db is not None
        or settings.padding not in ("repeatpad", "repeat", "pad")
    ):
        raise ModelError(
            f"{path} asks for features of another kind (truncation {truncation!r}, padding "
            f"{settings.padding!r}, top_db {top_db!r}); only CLAP checkpoints without fusion can be used"
        )
    return settings


def window_starts(samples: int, settings: WindowSettings) -> tuple[int, ...]:
    """Where the windows of a sound begin, by its samples: every 5 s, so 30 s have 5 windows.

    Sound shorter than a window is one window. A last window that ends with the sound joins them if at
    least 2.5 s would otherwise go unheard; so none is heard twice, and little is left out. It is moved to
    the grid of the spectra, so it may end up to 10 ms before the sound does.
    """
    if samples <= settings.window:
        return (0,)
    hop = _hop(settings)
    starts = list(range(0, samples - settings.window + 1, hop))
    unheard = samples - (starts[-1] + settings.window)
    if unheard >= _LEAST_TAIL_SECONDS * settings.sample_rate:
        starts.append((samples - settings.window) // settings.hop * settings.hop)
    return tuple(starts)


def fill_window(samples: FloatArray, settings: WindowSettings) -> FloatArray:
    """Sound that is shorter than a window, at the length of one: repeated as a whole, then silence."""
    missing = settings.window - len(samples)
    if missing <= 0:
        return samples
    if len(samples) == 0:
        raise UnusableAudioError("there is no sound to listen to")
    times = settings.window // len(samples)
    if settings.padding == "repeat":
        times += 1
    filled = np.zeros(settings.window, dtype=np.float32)
    repeated = samples if settings.padding == "pad" else np.tile(samples, times)[: settings.window]
    filled[: len(repeated)] = repeated
    return filled


def log_mel_windows(samples: FloatArray, starts: tuple[int, ...], settings: FeatureSettings) -> FloatArray:
    """The features of every window.

    Windows overlap by half, and a spectrum inside a window does not depend on where the window begins. So
    the spectra of the whole sound are made once, and only those that reach over an edge of a window, where
    the reference mirrors the sound, are made for each window.

    Parameters
    ----------
    samples
        float32 of shape (n,), at least one window long, at `settings.sample_rate`.
    starts
        Where the windows begin, in order, each a multiple of `settings.hop`.

    Returns
    -------
    float32 of shape (windows, 1, frames, n_mels), in dB: what the audio tower takes.

    Raises
    ------
    InvalidInputError
        A window does not lie in the sound, or does not begin on the grid of the spectra.
    """
    samples = np.ascontiguousarray(samples, dtype=np.float32)
    if any(start % settings.hop or not 0 <= start <= len(samples) - settings.window for start in starts):
        raise InvalidInputError(
            f"windows of {settings.window} samples cannot begin at {starts} in {len(samples)} samples: "
            f"each must lie in the sound and begin at a multiple of {settings.hop}"
        )
    half = settings.n_fft // 2
    edge = -(-half // settings.hop)  # frames at each end that reach over it
    first = starts[0] // settings.hop
    last = (starts[-1] + settings.window) // settings.hop
    # Frame number k is centred on sample k * hop; those between the outermost edges need no mirror.
    inner = _log_mel_frames(
        samples[(first + edge) * settings.hop - half :], last - first + 1 - 2 * edge, settings
    )
    result = np.empty((len(starts), 1, settings.frames, settings.n_mels), dtype=np.float32)
    for number, start in enumerate(starts):
        window = samples[start : start + settings.window]
        offset = start // settings.hop - first
        result[number, 0, edge:-edge] = inner[offset : offset + settings.frames - 2 * edge]
        span = (edge - 1) * settings.hop + settings.n_fft - half  # samples that the edge frames reach into
        head = np.concatenate([window[half:0:-1], window[:span]])
        result[number, 0, :edge] = _log_mel_frames(head, edge, settings)
        tail = np.concatenate([window[len(window) - span :], window[-2 : -half - 2 : -1]])
        result[number, 0, -edge:] = _log_mel_frames(tail, edge, settings)
    return result


def _log_mel_frames(samples: FloatArray, count: int, settings: FeatureSettings) -> FloatArray:
    """Log-mel of `count` frames, the first of which begins with the first sample; float32 (count, n_mels)."""
    step = samples.strides[0]
    frames = as_strided(
        samples, shape=(count, settings.n_fft), strides=(settings.hop * step, step), writeable=False
    )
    window = _hann(settings.n_fft)
    filters = mel_filterbank(
        settings.sample_rate, settings.n_fft, settings.n_mels, fmin=settings.fmin, fmax=settings.fmax
    )
    mels = np.empty((count, settings.n_mels), dtype=np.float32)
    for begin in range(0, count, _FRAMES_PER_BLOCK):
        block = slice(begin, min(begin + _FRAMES_PER_BLOCK, count))
        # In float32 the rounding of a loud bin would drown quiet ones by more than 1e-4 dB.
        spectrum = np.fft.rfft(frames[block] * window, axis=1)
        power = np.square(spectrum.real)
        power += np.square(spectrum.imag)
        apply_filters(power.astype(np.float32), filters, out=mels[block])
    np.maximum(mels, np.float32(_FLOOR), out=mels)
    np.log10(mels, out=mels)
    mels *= np.float32(10.0)
    return mels


def _hop(settings: WindowSettings) -> int:
    return round(HOP_SECONDS * settings.sample_rate) // settings.hop * settings.hop


@lru_cache(maxsize=4)
def _hann(length: int) -> np.ndarray:
    window: np.ndarray = 0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(length) / length)
    window.flags.writeable = False
    return window

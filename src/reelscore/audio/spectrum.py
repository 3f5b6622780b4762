"""One pass over the short spectra of a clip: what rhythm, brightness and energy are measured from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from reelscore.audio.mel import apply_filters, frame_count, mel_filterbank, power_blocks
from reelscore.records import AudioClip, FloatArray

N_FFT = 1024
HOP = 256
BANDS = 96
TOP_HZ = 10000.0

# The shape of the spectrum changes slowly: every second frame is enough.
_SHAPE_STEP = 2
_LOW_HZ = 150.0
_TINY = np.float32(1e-12)


@dataclass(frozen=True, slots=True)
class Spectrum:
    """Frame by frame: `mels` at `rate` frames a second, the rest at half of that."""

    mels: FloatArray  # (frames, 96) mel power up to 10 kHz
    rate: float
    power: FloatArray  # (frames / 2,) of the whole spectrum
    centroid: FloatArray  # (frames / 2,) Hz, of the magnitudes
    low_share: FloatArray  # (frames / 2,) 0..1, power below 150 Hz
    flatness: FloatArray  # (frames / 2,) 0..1, geometric over arithmetic mean of the mel bands

    @property
    def shape_rate(self) -> float:
        """Frames a second of all but `mels`."""
        return self.rate / _SHAPE_STEP


def scan(clip: AudioClip) -> Spectrum:
    """The short spectra of a clip (best at 22,050 Hz), reduced to what is measured from them."""
    rate = clip.sample_rate
    filters = mel_filterbank(rate, N_FFT, BANDS, fmax=min(TOP_HZ, rate / 2.0))
    sums, moments = _shape_filters(rate)
    count = frame_count(len(clip.samples), n_fft=N_FFT, hop=HOP)
    mels: FloatArray = np.empty((count, BANDS), dtype=np.float32)
    shapes: FloatArray = np.empty((4, (count + _SHAPE_STEP - 1) // _SHAPE_STEP), dtype=np.float32)
    row = 0
    for power in power_blocks(clip.samples, n_fft=N_FFT, hop=HOP):
        bands = apply_filters(power, filters, out=mels[row : row + len(power)])
        first = -row % _SHAPE_STEP
        chosen, bands = power[first::_SHAPE_STEP], bands[first::_SHAPE_STEP]
        place = slice((row + first) // _SHAPE_STEP, (row + first) // _SHAPE_STEP + len(chosen))
        total, low = apply_filters(chosen, sums).T
        weight, moment = apply_filters(np.sqrt(chosen), moments).T
        shapes[0, place] = total
        shapes[1, place] = moment / np.maximum(weight, _TINY)
        shapes[2, place] = low / np.maximum(total, _TINY)
        shapes[3, place] = np.exp(np.log(bands + _TINY).mean(axis=1)) / (bands.mean(axis=1) + _TINY)
        row += len(power)
    return Spectrum(mels, rate / HOP, shapes[0], shapes[1], shapes[2], shapes[3])


@lru_cache(maxsize=4)
def _shape_filters(sample_rate: int) -> tuple[FloatArray, FloatArray]:
    """Rows that sum a spectrum: all and the lows of its power; all and the moment of its magnitudes."""
    hz = np.fft.rfftfreq(N_FFT, 1.0 / sample_rate)
    audible = hz > 20.0  # an offset of the samples is no sound
    sums: FloatArray = np.stack([audible, audible & (hz < _LOW_HZ)]).astype(np.float32)
    moments: FloatArray = np.stack([audible, audible * hz]).astype(np.float32)
    return sums, moments

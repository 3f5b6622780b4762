"""The 256-d statistical fingerprint: how loud each mel band is on average, and how much it varies."""

from __future__ import annotations

import numpy as np

from reelscore.audio.mel import mel_spectrogram
from reelscore.errors import UnusableAudioError
from reelscore.records import AudioClip, FloatArray

# A change of any of these makes other vectors, and asks for a new space.
BANDS = 128
N_FFT = 2048
HOP = 512
# Bands are dB below the loudest one of the track, and no lower than this: a copy at another level has the
# same fingerprint, and the silence of a fade does not drown what was played.
FLOOR_DB = -80.0
_CHUNK_FRAMES = 4096


def fingerprint(clip: AudioClip) -> FloatArray:
    """Mean and standard deviation over time of 128 mel bands in dB.

    The sound is looked at as it is: 2048-sample Hann windows every 512 samples, 128 mel bands up to
    half the sample rate, dB relative to the loudest value, floor at -80 dB. Clips of one library should
    have one rate (22,050 Hz here).

    Returns
    -------
    float32 of shape (256,), unit length: 128 means, then 128 standard deviations.

    Raises
    ------
    UnusableAudioError
        The clip is empty or digitally silent.
    """
    mels = mel_spectrogram(clip.samples, clip.sample_rate, n_fft=N_FFT, hop=HOP, n_mels=BANDS)
    return fingerprint_of_mels(mels)


def fingerprint_of_mels(mels: FloatArray) -> FloatArray:
    """The fingerprint of a mel power spectrogram of shape (frames, 128), made as `fingerprint` says."""
    loudest = float(mels.max()) if len(mels) else 0.0
    if not loudest > 0.0:
        raise UnusableAudioError("this sound is digitally silent, so it has no fingerprint")
    count, total, squares = 0, np.zeros(BANDS), np.zeros(BANDS)
    floor = np.float32(10.0 ** (FLOOR_DB / 10.0))
    for begin in range(0, len(mels), _CHUNK_FRAMES):
        level = np.maximum(mels[begin : begin + _CHUNK_FRAMES] / np.float32(loudest), floor)
        level = np.log(level, out=level) * np.float32(10.0 / np.log(10.0))
        # Shifted by half the range, so that sums of squares lose no digits.
        level -= np.float32(FLOOR_DB / 2.0)
        count += len(level)
        total += level.sum(axis=0, dtype=np.float64)
        squares += np.square(level).sum(axis=0, dtype=np.float64)
    mean = total / count
    deviation = np.sqrt(np.maximum(squares / count - mean * mean, 0.0))
    vector = np.concatenate([mean + FLOOR_DB / 2.0, deviation])
    result: FloatArray = (vector / np.linalg.norm(vector)).astype(np.float32)
    return result

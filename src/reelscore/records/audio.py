"""Sound, and what is measured and embedded from it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class AudioClip:
    """Mono sound: float32 samples of shape (n,), nominally in -1..1."""

    samples: FloatArray
    sample_rate: int
    start: float = 0.0  # where the clip begins in its file
    channel_gain_db: float = 0.0  # power of the file's channels together over that of this mono mix
    # K-weighted power of all channels in steps of 100 ms, as `audio.metering` says; None: it was not metered.
    powers: NDArray[np.float64] | None = None

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return len(self.samples) / self.sample_rate


@dataclass(frozen=True, slots=True)
class MusicFeatures:
    """What was measured in one track. A value that could not be measured is None, never a guess."""

    duration: float  # seconds of sound that were analysed
    tempo_bpm: float | None = None
    tempo_confidence: float = 0.0  # 0..1
    tempo_alternative_bpm: float | None = None  # the runner-up, mostly half or double
    beats: tuple[float, ...] = ()  # seconds from the start of the track
    key: str | None = None  # "C major", "Bb minor"
    key_confidence: float = 0.0  # 0..1
    loudness_lufs: float | None = None  # integrated, ITU-R BS.1770
    loudness_range: float | None = None  # LU, EBU Tech 3342
    onset_rate: float | None = None  # onsets a second
    brightness_hz: float | None = None  # mean spectral centroid of the sounding frames
    dynamic_complexity: float | None = None  # mean deviation of short-time loudness, dB
    energy: float | None = None  # 0..1, from loudness, onsets, spectral change, brightness and flatness
    energy_curve: tuple[float, ...] = ()  # 0..1, one value a second
    version: str = ""  # of the code that measured


@dataclass(frozen=True, slots=True)
class TrackEmbedding:
    """The vectors of one track in one space: the whole track, and the windows that it was made from."""

    space: str
    track: FloatArray  # (dim,), unit length
    windows: FloatArray  # (n, dim), each of unit length; n may be 0
    window_starts: tuple[float, ...]  # seconds, one for each window
    window_seconds: float


@dataclass(frozen=True, slots=True)
class Waveform:
    """The picture of a track's sound: bytes 0..255, one of each kind for every stretch of equal length.

    255 is the loudest sample of the track, so that a quiet master is as well seen as a loud one.
    """

    seconds: float  # of sound that the picture shows
    peaks: bytes  # largest absolute sample of each stretch
    levels: bytes  # root mean square of each stretch

"""Sound, and what is measured and embedded from it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]
DoubleArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class AudioClip:
    """Mono sound: float32 samples of shape (n,), nominally in -1..1."""

    samples: FloatArray
    sample_rate: int
    start: float = 0.0  # where the clip begins in its file
    channel_gain_db: float = 0.0  # power of the file's channels together over that of this mono mix
    # K-weighted power of all channels in steps of 100 ms (`audio.channel_power`); None: it was not metered.
    powers: DoubleArray | None = None

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


@dataclass(frozen=True, slots=True)
class Beat:
    """One beat of a piece."""

    time: float  # seconds from the start of the file
    bar: int  # from 1; 0 is what comes before the first downbeat
    beat: int  # place in the bar, 1 is the downbeat


@dataclass(frozen=True, slots=True)
class TempoPoint:
    """The tempo at a moment."""

    time: float  # seconds from the start of the file
    bpm: float


@dataclass(frozen=True, slots=True)
class BeatGrid:
    """Beats in bars. Without a steady beat there are none, and metre and tempo are None."""

    beats: tuple[Beat, ...] = ()
    metre: str | None = (
        None  # of most bars: "4/4", "3/4", "2/4", "6/8", ...; in compound time a beat is dotted
    )
    metres: tuple[tuple[float, str], ...] = ()  # from which second on which metre holds
    tempo_bpm: float | None = None  # beats a minute, the median
    tempo_curve: tuple[TempoPoint, ...] = ()  # where the tempo moves; empty if it stays
    steadiness: float = 0.0  # 0..1; a machine 1, rubato .3
    confidence: float = 0.0  # 0..1, that the beats are right
    version: str = ""  # of the code that found them

    @property
    def times(self) -> tuple[float, ...]:
        """Seconds of all beats."""
        return tuple(beat.time for beat in self.beats)

    @property
    def downbeats(self) -> tuple[float, ...]:
        """Seconds of the first beats of bars."""
        return tuple(beat.time for beat in self.beats if beat.beat == 1)


@dataclass(frozen=True, slots=True)
class SongSection:
    """A stretch of a song that is one thing; sections follow each other without gaps."""

    start: float  # seconds from the start of the file
    end: float
    letter: str  # alike parts share one: "A", "B", "A", "C"
    energy: float | None = None  # 0..1, the mean of the energy curve over it
    change: str = ""  # what is different from the section before: "louder, brighter"; empty for the first


@dataclass(frozen=True, slots=True)
class SongStructure:
    """How a song is built in time."""

    grid: BeatGrid
    sections: tuple[SongSection, ...] = ()
    phrases: tuple[float, ...] = ()  # seconds at which phrases of four bars begin

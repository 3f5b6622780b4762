"""The key of a clip: a pitch class profile of spectral peaks, compared with the profiles of 24 keys.

The profile is a harmonic one of spectral peaks (Gómez, "Tonal description of music audio signals", 2006):
each peak also counts, less and less, for the fundamentals that it may be an overtone of, and the tuning is
taken from the peaks. The keys' profiles are those of Albrecht and Shanahan ("The use of large corpora to
train a new type of key-finding algorithm", Music Perception 2013), which tell a minor key from its
relative major better than the older probe tones do. Peaks around and below middle C weigh most: that is where
bass and chords are, and what a drum kit adds above says nothing about the key.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from reelscore.audio.mel import power_blocks
from reelscore.records import AudioClip, DoubleArray, FloatArray

Mode = Literal["major", "minor"]

# Names as they are mostly written: the fewest accidentals for each mode.
_MAJOR_NAMES = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
_MINOR_NAMES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "G#", "A", "Bb", "B")

_MAJOR_PROFILE = (0.238, 0.006, 0.111, 0.006, 0.137, 0.094, 0.016, 0.214, 0.009, 0.080, 0.008, 0.081)
_MINOR_PROFILE = (0.220, 0.006, 0.104, 0.123, 0.019, 0.103, 0.012, 0.214, 0.062, 0.022, 0.061, 0.052)

# 0.37 s at 22,050 Hz: long enough to part semitones down to 80 Hz or so.
_WINDOW_SECONDS = 0.37
# Frames a clip is looked at in: long sound is sampled evenly, so its key costs no more.
_MOST_FRAMES = 320
_LOWEST_HZ, _HIGHEST_HZ = 60.0, 3000.0
_CENTRE_HZ, _CENTRE_OCTAVES = 280.0, 1.5
_PEAK_FLOOR_DB = 60.0  # below the strongest bin of the frame
_SURROUNDING_BINS = 81
_OVERTONES, _OVERTONE_DECAY = 4, 0.6
# Correlation with the best profile, and standard deviation of the 12 shares: below the first values the sound
# is taken for unpitched. Noise spreads its shares by .003, random tones by .014, music by .035 or more.
_LEAST_MATCH, _GOOD_MATCH = 0.5, 0.9
_LEAST_SPREAD, _GOOD_SPREAD = 0.01, 0.03
# Frames count with this power of their strength: loud ones more, but they do not drown the others.
_FRAME_COMPRESSION = 0.5


@dataclass(frozen=True, slots=True)
class Tonality:
    """The key that was found; None if nothing pitched sounds."""

    key: str | None  # "C major", "Bb minor"
    confidence: float  # 0..1, roughly how often such a finding is right
    major_ness: float  # -1 (clearly minor) .. 1 (clearly major)
    chroma: FloatArray  # (12,), share of each pitch class from C, sums to 1 (or all 0)


def find_key(clip: AudioClip) -> Tonality:
    """The key of a clip (best at 22,050 Hz)."""
    n_fft = 1 << round(np.log2(_WINDOW_SECONDS * clip.sample_rate))
    samples = clip.samples
    if len(samples) < n_fft:
        samples = np.pad(samples, (0, n_fft - len(samples)))
    hop = max(n_fft // 2, (len(samples) - n_fft) // _MOST_FRAMES + 1)
    frequencies, weights, frames, count = _spectral_peaks(samples, clip.sample_rate, n_fft, hop)
    return key_of_chroma(_pitch_classes(frequencies, weights, frames, count))


def key_of_chroma(chroma: NDArray[np.floating]) -> Tonality:
    """The key whose profile correlates best with 12 pitch class strengths from C."""
    total = float(chroma.sum())
    if not total > 0.0:
        return Tonality(None, 0.0, 0.0, np.zeros(12, dtype=np.float32))
    shares = (chroma / total).astype(np.float32)
    spread = float(shares.std())
    if spread < _LEAST_SPREAD:
        return Tonality(None, 0.0, 0.0, shares)
    centred = (shares - shares.mean()) / spread
    matches = np.array(
        [[_correlate(centred, profile, tonic) for tonic in range(12)] for profile in _PROFILES]
    )
    order = np.argsort(matches, axis=None)[::-1]
    minor, tonic = divmod(int(order[0]), 12)
    best, second = matches.flat[order[0]], matches.flat[order[1]]
    if best < _LEAST_MATCH:
        return Tonality(None, 0.0, 0.0, shares)
    return Tonality(
        key=format_key(tonic, "minor" if minor else "major"),
        confidence=_confidence(float(best), float(best - second), spread),
        major_ness=float(np.tanh((matches[0].max() - matches[1].max()) / _MODE_SCALE)),
        chroma=shares,
    )


def format_key(tonic: int, mode: Mode) -> str:
    """The name of a key, such as "Bb minor", from its pitch class (C is 0)."""
    return f"{(_MINOR_NAMES if mode == 'minor' else _MAJOR_NAMES)[tonic % 12]} {mode}"


# Correlation needs profiles of mean 0 and variance 1.
_PROFILES: tuple[DoubleArray, ...] = tuple(
    (np.array(profile) - np.mean(profile)) / np.std(profile) for profile in (_MAJOR_PROFILE, _MINOR_PROFILE)
)
_MODE_SCALE = 0.15


def _correlate(centred: NDArray[np.floating], profile: DoubleArray, tonic: int) -> float:
    return float(np.mean(centred * np.roll(profile, tonic)))


def _confidence(match: float, margin: float, spread: float) -> float:
    # Fitted by eye to how often findings were right on labelled and on rendered music: near ties are right
    # about every third time, clear ones nine times in ten; a profile that fits no key is worth little.
    clear = 0.35 + 0.55 * min(margin / 0.15, 1.0)
    fits = min((match - _LEAST_MATCH) / (_GOOD_MATCH - _LEAST_MATCH), 1.0)
    pitched = min((spread - _LEAST_SPREAD) / (_GOOD_SPREAD - _LEAST_SPREAD), 1.0)
    return clear * fits * pitched


def _spectral_peaks(
    samples: FloatArray, rate: int, n_fft: int, hop: int
) -> tuple[DoubleArray, DoubleArray, NDArray[np.intp], int]:
    """Frequency (Hz), amplitude and frame of each spectral peak, and the number of frames.

    A peak is a local maximum that stands out from the spectrum around it; its frequency and height come from
    a parabola through the logarithms of three bins.
    """
    bin_hz = rate / n_fft
    low, high = int(_LOWEST_HZ / bin_hz), min(int(_HIGHEST_HZ / bin_hz) + 1, n_fft // 2 - 1)
    floor = np.float32(_PEAK_FLOOR_DB / 20.0 * np.log(10.0))
    half = _SURROUNDING_BINS // 2
    frequencies, heights, frames, count = [], [], [], 0
    for power in power_blocks(samples, n_fft=n_fft, hop=hop, padding=None):
        # The tiny addend only keeps the logarithm of silence finite.
        level = 0.5 * np.log(power[:, low - 1 : high + 1] + np.float32(1e-10))
        middle = level[:, 1:-1]
        padded = np.pad(middle, ((0, 0), (half + 1, half)), mode="edge")
        sums = np.cumsum(padded, axis=1, dtype=np.float64)
        around = (sums[:, _SURROUNDING_BINS:] - sums[:, :-_SURROUNDING_BINS]) / _SURROUNDING_BINS
        peak = (middle > level[:, :-2]) & (middle >= level[:, 2:]) & (middle > around)
        peak &= middle > middle.max(axis=1, keepdims=True) - floor
        row, column = np.nonzero(peak)
        left, centre, right = level[row, column], level[row, column + 1], level[row, column + 2]
        shift = 0.5 * (left - right) / np.minimum(left - 2.0 * centre + right, -1e-6)
        frequencies.append((column + low + shift) * bin_hz)
        heights.append(np.exp((centre - 0.25 * (left - right) * shift).astype(np.float64)))
        frames.append(row + count)
        count += len(power)
    return np.concatenate(frequencies), np.concatenate(heights), np.concatenate(frames), count


def _pitch_classes(
    frequencies: DoubleArray, weights: DoubleArray, frames: NDArray[np.intp], count: int
) -> DoubleArray:
    """Mean strength of the 12 pitch classes from C over the frames."""
    semitones = 12.0 * np.log2(frequencies / 440.0)
    # Where the peaks lie between the semitones on average, on the circle of one semitone.
    detuned = np.angle(np.sum(weights * np.exp(2j * np.pi * semitones))) / (2.0 * np.pi)
    octaves = np.log2(frequencies / _CENTRE_HZ) / _CENTRE_OCTAVES
    weights = weights * np.exp(-0.5 * octaves * octaves)
    chroma = np.zeros(count * 12)
    for overtone in range(1, _OVERTONES + 1):
        pitch = semitones - 12.0 * np.log2(overtone) - detuned + 69.0
        nearest = np.round(pitch)
        share = np.square(np.cos(np.pi * (pitch - nearest))) * _OVERTONE_DECAY ** (overtone - 1)
        chroma += np.bincount(
            frames * 12 + nearest.astype(np.int64) % 12, weights=weights * share, minlength=count * 12
        )
    by_frame = chroma.reshape(count, 12)
    strength = by_frame.sum(axis=1, keepdims=True)
    by_frame = by_frame / np.maximum(strength, 1e-12) ** (1.0 - _FRAME_COMPRESSION)
    mean: DoubleArray = by_frame.mean(axis=0)
    return mean

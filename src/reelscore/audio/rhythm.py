"""Tempo, beats and onsets of a clip.

The onset strength is a half-wave rectified spectral flux over log-compressed mel bands. Its tempo is where
a Fourier tempogram and an autocorrelation agree: the one errs towards multiples of the tempo, the other
towards fractions of it, and their product towards neither (Peeters, "Template-based estimation of
time-varying tempo", EURASIP 2007). Beats follow by dynamic programming (Ellis, "Beat tracking by dynamic
programming", JNMR 2007), and their accents tell compound time (`compound_time`). All scales are robust ones:
a loop that starts at full level, one loud click, or silence at the ends must not decide what counts as an
onset.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from reelscore.audio.compound_time import GROUPS, comes_in_threes
from reelscore.audio.mel import log1p
from reelscore.audio.spectrum import HOP, N_FFT, scan
from reelscore.records import AudioClip, DoubleArray, FloatArray

_COMPRESSION = 100.0
_LOCAL_MEAN_SECONDS = 0.75

# Tempi that are considered, and the log-normal wish among them: what people tap lies around 100.
_SLOWEST_BPM, _FASTEST_BPM = 40.0, 210.0
_STEPS_PER_OCTAVE = 120
_USUAL_BPM, _USUAL_OCTAVES = 97.0, 0.75
# Weights of the pulse and its divisions in the tempogram, and of one beat and its multiples, up to bars of
# three and four, in the autocorrelation.
_DIVISIONS = ((1, 1.0), (2, 0.5), (4, 0.3))
_MULTIPLES = ((1, 1.0), (2, 0.4), (3, 0.4), (4, 0.25), (6, 0.25))
_WINDOW_SECONDS, _WINDOW_STEP_SECONDS = 12.0, 3.0

# Mean rise over all bands, in units of log-compressed amplitude, from which a peak is an onset. Absolute, so
# that the noise in a held note is none.
_ONSET_RISE = 0.05
_ONSET_DISTANCE_SECONDS = 0.035
# A frame sees a click when its window first reaches it, a quarter of a window before its centre does.
_LEAD_FRAMES = 0.25 * N_FFT / HOP
# Peaks of the onset strength that are higher than this many times the usual peak are cut down to it.
_PEAK_LIMIT = 3.0

# The clarity of a pulse is the autocorrelation at 1, 2 and 4 beats, on average. Noise and onsets at random
# times stay under the first value over 30 s (shorter sound, more of it by chance); the second one is certain.
_LEAST_CLARITY, _FULL_CLARITY = 0.06, 0.6
_SHORTEST_SECONDS = 4.0
# An alternative tempo differs by more than this many octaves.
_ALTERNATIVE_OCTAVES = 0.1
_TIGHTNESS = 100.0  # Ellis' alpha: how much an even pulse counts against strong onsets


@dataclass(frozen=True, slots=True)
class Onsets:
    """Onset strength over time. Frame i is about what happens at `i / rate` seconds."""

    strength: FloatArray  # (frames,), rectified, less its running mean
    rise: FloatArray  # (frames,), mean rise over all bands since the frame before
    rises: FloatArray  # (frames, groups), the same in groups of bands (`metre.GROUPS`)
    peaks: NDArray[np.intp]  # frames of the onsets
    rate: float  # frames a second
    sounding: tuple[int, int]  # first frame that sounds, and the one after the last


@dataclass(frozen=True, slots=True)
class Rhythm:
    """What was found. Without a pulse, tempo and alternative are None and there are no beats."""

    tempo_bpm: float | None
    confidence: float  # 0..1
    alternative_bpm: float | None
    beats: tuple[float, ...]  # seconds from the start of the file
    onset_rate: float | None  # onsets a second of the stretch that sounds
    clarity: float = 0.0  # 0..1, how much the onset strength repeats at the beat
    # How likely each of `tempi()` is, 1 for the likeliest; empty without a pulse.
    salience: DoubleArray = field(default_factory=lambda: np.zeros(0), compare=False)


def find_rhythm(clip: AudioClip) -> Rhythm:
    """Tempo, beats and onset rate of a clip (best at 22,050 Hz)."""
    spectrum = scan(clip)
    return rhythm_of(find_onsets(spectrum.mels, spectrum.rate), start=clip.start)


def find_onsets(mels: FloatArray, rate: float) -> Onsets:
    """Onset strength of a mel power spectrogram of shape (frames, bands) with `rate` frames a second."""
    level = np.sqrt(mels.max(axis=1)) if len(mels) else np.zeros(0, dtype=np.float32)
    loudest = float(level.max()) if len(level) else 0.0
    heard = np.flatnonzero(level > 1e-3 * loudest)
    if len(heard) < 3:
        still = np.zeros(len(mels), dtype=np.float32)
        return Onsets(still, still, still[:, None], np.empty(0, dtype=np.intp), rate, (0, 0))
    first, last = int(heard[0]), int(heard[-1]) + 1
    reference = float(np.quantile(level[heard], 0.98))
    rise: FloatArray = np.zeros(len(mels), dtype=np.float32)
    starts = [start for start in GROUPS if start < mels.shape[1]]
    sizes = np.diff([*starts, mels.shape[1]]).astype(np.float32)
    rises: FloatArray = np.zeros((len(mels), len(starts)), dtype=np.float32)
    previous: FloatArray | None = None
    for begin in range(0, len(mels), 2048):
        bands = np.sqrt(mels[begin : begin + 2048])
        bands *= np.float32(_COMPRESSION / reference)
        log1p(bands)
        joined = bands if previous is None else np.concatenate([previous, bands])
        steps = np.diff(joined, axis=0)
        np.maximum(steps, 0.0, out=steps)
        new = slice(begin + len(bands) - len(steps), begin + len(bands))
        rise[new] = steps.mean(axis=1)
        rises[new] = np.add.reduceat(steps, starts, axis=1) / sizes
        previous = bands[-1:]
    strength = np.maximum(rise - _running_mean(rise, round(_LOCAL_MEAN_SECONDS * rate)), 0.0)
    peaks = _peaks(strength, max(1, round(_ONSET_DISTANCE_SECONDS * rate)))
    if len(peaks) >= 8:
        usual = float(np.quantile(strength[peaks], 0.9))
        np.minimum(strength, np.float32(_PEAK_LIMIT * usual), out=strength)
    return Onsets(strength.astype(np.float32), rise, rises, peaks, rate, (first, last))


def rhythm_of(onsets: Onsets, *, start: float = 0.0) -> Rhythm:
    """Tempo and beats of a piece of onset strength; `start` is where it begins in its file."""
    first, last = onsets.sounding
    seconds = (last - first) / onsets.rate
    if seconds <= 0.0:
        return Rhythm(None, 0.0, None, (), None)
    onset_rate = len(onsets.peaks) / seconds
    strength = onsets.strength[first:last]
    if seconds < _SHORTEST_SECONDS or len(onsets.peaks) < 4:
        return Rhythm(None, 0.0, None, (), onset_rate)
    tempo, confidence, alternative, clarity, salience = _find_tempo(strength, onsets.rate)
    if tempo is None:
        return Rhythm(None, 0.0, None, (), onset_rate, clarity)
    if tempo >= 1.5 * _SLOWEST_BPM:
        half_beats = _track_beats(strength, 30.0 * onsets.rate / tempo)
        if comes_in_threes(onsets.rises[first:last], half_beats):
            tempo, alternative = tempo / 1.5, tempo
    frames = _track_beats(strength, 60.0 * onsets.rate / tempo)
    beats = (frames + first) / onsets.rate + _LEAD_FRAMES / onsets.rate + start
    return Rhythm(tempo, confidence, alternative, tuple(beats.tolist()), onset_rate, clarity, salience)


def _running_mean(values: FloatArray, length: int) -> DoubleArray:
    """Mean over `length` values around each; at the ends over those that there are."""
    sums = np.concatenate([[0.0], np.cumsum(values, dtype=np.float64)])
    index = np.arange(len(values))
    low = np.maximum(index - length // 2, 0)
    high = np.minimum(index + (length - length // 2), len(values))
    result: DoubleArray = (sums[high] - sums[low]) / (high - low)
    return result


def _peaks(strength: NDArray[np.floating], distance: int) -> NDArray[np.intp]:
    """Frames that rise above the onset threshold and above all within `distance` frames."""
    top = strength > _ONSET_RISE
    for step in range(1, distance + 1):
        top[step:] &= strength[step:] >= strength[:-step]
        top[:-step] &= strength[:-step] > strength[step:]
    return np.flatnonzero(top)


@lru_cache(maxsize=1)
def tempi() -> DoubleArray:
    """Beats a minute of the tempi that are considered, float64, rising."""
    octaves = np.log2(_FASTEST_BPM / _SLOWEST_BPM)
    steps = np.arange(int(octaves * _STEPS_PER_OCTAVE) + 1)
    values: DoubleArray = _SLOWEST_BPM * 2.0 ** (steps / _STEPS_PER_OCTAVE)
    return values


def _find_tempo(
    strength: FloatArray, rate: float
) -> tuple[float | None, float, float | None, float, DoubleArray]:
    """Tempo, confidence, runner-up, clarity and salience of onset strength; no tempo without a pulse."""
    choices = tempi()
    spectrum = _tempogram(strength, rate)
    lags = _autocorrelation(strength, rate)
    fourier, correlation = np.zeros(len(choices)), np.zeros(len(choices))
    for factor, weight in _DIVISIONS:
        fourier += weight * np.interp(choices * factor, *spectrum)
    for factor, weight in _MULTIPLES:
        correlation += weight * np.interp(60.0 / choices * factor, *lags)
    wish = np.exp(-0.5 * np.square(np.log2(choices / _USUAL_BPM) / _USUAL_OCTAVES))
    score = fourier * correlation * wish
    best = int(np.argmax(score))
    if not score[best] > 0.0:
        return None, 0.0, None, 0.0, np.zeros(0)

    nearly = np.linspace(0.98, 1.02, 9) * 60.0 / choices[best]
    clarity = float(np.mean([np.interp(nearly * beats, *lags).max() for beats in (1, 2, 4)]))
    least = _LEAST_CLARITY * max(1.0, np.sqrt(30.0 * rate / len(strength)))
    if clarity < least:
        return None, 0.0, None, clarity, np.zeros(0)
    others = np.where(np.abs(np.log2(choices / choices[best])) > _ALTERNATIVE_OCTAVES, score, 0.0)
    second = int(np.argmax(others))
    doubt = float(others[second] / score[best])
    confidence = min(1.0, (clarity - least) / (_FULL_CLARITY - least)) * (1.0 - 0.5 * doubt)
    alternative = _refined(score, second) if doubt > 0.0 else None
    return _refined(score, best), max(confidence, 0.01), alternative, clarity, score / score[best]


def _refined(score: DoubleArray, best: int) -> float:
    """The tempo at a maximum of the score, by a parabola through its neighbours."""
    shift = 0.0
    if 0 < best < len(score) - 1:
        left, middle, right = score[best - 1 : best + 2]
        curve = left - 2.0 * middle + right
        if curve < 0.0:
            shift = float(np.clip(0.5 * (left - right) / curve, -0.5, 0.5))
    return float(_SLOWEST_BPM * 2.0 ** ((best + shift) / _STEPS_PER_OCTAVE))


def _tempogram(strength: FloatArray, rate: float) -> tuple[DoubleArray, DoubleArray]:
    """Frequencies in bpm and mean spectral magnitude over windows of 12 s."""
    length = min(len(strength), round(_WINDOW_SECONDS * rate))
    hop = round(_WINDOW_STEP_SECONDS * rate)
    count = (len(strength) - length) // hop + 1
    step = strength.strides[0]
    windows = as_strided(strength, (count, length), (hop * step, step), writeable=False)
    tapered = (windows - windows.mean(axis=1, keepdims=True)) * np.hanning(length).astype(np.float32)
    n_fft = 8 * (1 << (length - 1).bit_length())
    magnitude: DoubleArray = np.zeros(n_fft // 2 + 1)
    for begin in range(0, count, 16):
        magnitude += np.abs(np.fft.rfft(tapered[begin : begin + 16], n_fft, axis=1)).sum(axis=0)
    magnitude /= count
    tempi = np.arange(len(magnitude), dtype=np.float64) * np.float64(60.0 * rate / n_fft)
    return tempi, magnitude


def _autocorrelation(strength: FloatArray, rate: float) -> tuple[DoubleArray, DoubleArray]:
    """Lags in seconds and the unbiased, rectified autocorrelation, 1 at lag 0."""
    centred = strength - strength.mean()
    n_fft = 1 << (2 * len(centred) - 1).bit_length()
    power = np.square(np.abs(np.fft.rfft(centred, n_fft)))
    longest = min(len(centred), round(_MULTIPLES[-1][0] * 60.0 / _SLOWEST_BPM * rate) + 2)
    products = np.fft.irfft(power, n_fft)[:longest].astype(np.float64)
    products /= len(centred) - np.arange(longest)
    if products[0] > 0.0:
        products /= products[0]
    return np.arange(longest) / rate, np.maximum(products, 0.0)


def _track_beats(strength: FloatArray, period: float) -> NDArray[np.int64]:
    """Frames of the beats: strong onsets in steps that stay near `period` frames.

    Ellis' recurrence, half a period of frames at once: no step is shorter than that, so none of these frames
    can precede another of them.
    """
    width = np.arange(-round(period), round(period) + 1)
    local = np.convolve(strength, np.exp(-0.5 * np.square(width * 32.0 / period)), mode="same")
    local /= max(float(local.std()), 1e-9)
    shortest, longest = max(1, round(period / 2.0)), round(2.0 * period)
    steps = np.arange(longest, shortest - 1, -1)
    cost = -_TIGHTNESS * np.square(np.log(steps / period))
    # Frames before the first are there with score 0: the first beat is free to choose.
    total = np.zeros(len(local) + longest)
    previous = np.full(len(local), -1)
    for begin in range(0, len(local), shortest):
        size = min(shortest, len(local) - begin)
        earlier = as_strided(total[begin:], (size, len(steps)), (total.strides[0], total.strides[0]))
        reached = earlier + cost
        choice = reached.argmax(axis=1)
        frames = np.arange(begin, begin + size)
        total[longest + begin : longest + begin + size] = local[frames] + reached[np.arange(size), choice]
        previous[frames] = frames - steps[choice]
    tail = max(0, len(local) - round(period))
    beats = [tail + int(np.argmax(total[longest + tail :]))]
    while (before := int(previous[beats[-1]])) >= 0:
        beats.append(before)
    found = np.array(beats[::-1])
    # Beats that were only extrapolated into an intro or a fade without onsets are no beats.
    strong = np.flatnonzero(local[found] > 0.3 * np.median(local[found]))
    return found[strong[0] : strong[-1] + 1] if len(strong) else found[:0]

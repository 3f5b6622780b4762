"""Everything that is measured in a track, from one clip: the facade of this room's pure modules."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from reelscore.audio.channel_power import STEP_SECONDS
from reelscore.audio.decode import MAX_ANALYSED_SECONDS, resample
from reelscore.audio.energy import combine_energy
from reelscore.audio.grid import find_grid
from reelscore.audio.loudness import Loudness, measure_loudness
from reelscore.audio.rhythm import Onsets, Rhythm, find_onsets, rhythm_of, tempi
from reelscore.audio.silence import sounding_frames, sounding_spans
from reelscore.audio.song_sections import find_sections, phrase_starts
from reelscore.audio.spectrum import Spectrum, scan
from reelscore.audio.tonality import find_key
from reelscore.errors import UnusableAudioError
from reelscore.records import AudioClip, DoubleArray, FloatArray, MusicFeatures, SongStructure

# Changes whenever a change of the code here changes what is measured.
FEATURES_VERSION = "3"
SAMPLE_RATE = 22050

SHORTEST_SECONDS = 3.0
SILENCE_LUFS = -70.0

# Frames this far below the loud ones (their 95th percentile) are pauses: they say nothing about timbre.
_PAUSE_DB = 40.0
# Seconds around each second that the energy curve looks at.
_CURVE_SECONDS = 3


@dataclass(frozen=True, slots=True)
class Descriptors:
    """More that tells moods apart, beside `MusicFeatures`."""

    major_ness: float  # -1 (clearly minor) .. 1 (clearly major), 0 if no key was found
    flux: float  # rises of the log-compressed mel spectrum a second; about 3 calm, 6 busy
    flatness: float  # 0..1, how noise-like: held chords .01, a band with cymbals .05
    low_share: float  # 0..1, power below 150 Hz


@dataclass(frozen=True, slots=True)
class Measured:
    """Everything that one pass over a clip gives."""

    features: MusicFeatures
    descriptors: Descriptors
    structure: SongStructure


def check_usable(clip: AudioClip) -> None:
    """Refuse sound that holds nothing to analyse.

    Raises
    ------
    UnusableAudioError
        It is shorter than 3 s, or silent: all zero, or below -70 dBFS.
    """
    if clip.duration < SHORTEST_SECONDS:
        # Rounded down, so that nothing is called as long as what is needed.
        seconds = math.floor(100 * clip.duration) / 100
        raise UnusableAudioError(f"too short: {seconds:.2f} s of sound; {SHORTEST_SECONDS:g} s are needed")
    # The mean square of the loudest second, so that a short sound in a long pause still counts.
    second = clip.sample_rate
    whole = clip.samples[: len(clip.samples) // second * second].reshape(-1, second)
    loudest = max(float(np.square(part - part.mean()).mean()) for part in whole)
    if loudest == 0.0:
        raise UnusableAudioError("silent: every sample is the same")
    level = 10.0 * np.log10(loudest)
    if level < SILENCE_LUFS:
        raise UnusableAudioError(f"silent: its loudest second is at {level:.0f} dBFS")


def measure(clip: AudioClip) -> MusicFeatures:
    """All that `MusicFeatures` holds, measured in the first 15 minutes of a clip at 22,050 Hz."""
    return measure_more(clip)[0]


def measure_more(clip: AudioClip) -> tuple[MusicFeatures, Descriptors]:
    """`measure`, and the descriptors that come from the same pass."""
    measured = measure_all(clip)
    return measured.features, measured.descriptors


def measure_all(clip: AudioClip) -> Measured:
    """`measure`, with the descriptors and the structure that come from the same pass."""
    clip = _analysed_part(clip)
    spectrum = scan(clip)
    onsets = find_onsets(spectrum.mels, spectrum.rate)
    spans = sounding_spans(clip.samples, clip.sample_rate)
    alive = sounding_frames(spans, clip.sample_rate, len(onsets.rise), onsets.rate)
    alive[: onsets.sounding[0]] = alive[onsets.sounding[1] :] = False
    rhythm = _onsets_where_it_sounds(rhythm_of(onsets, start=clip.start), onsets, alive)
    grid = find_grid(clip, spectrum.mels, spectrum.rate, salience=(tempi(), rhythm.salience))
    loudness = measure_loudness(clip)
    tonality = find_key(clip)

    shaped = sounding_frames(spans, clip.sample_rate, len(spectrum.power), spectrum.shape_rate)
    loud = np.quantile(spectrum.power[shaped] if shaped.any() else spectrum.power, 0.95)
    sounding = shaped & (spectrum.power > loud * np.float32(10.0 ** (-_PAUSE_DB / 10.0)))
    risen = float(onsets.rise[alive].sum())
    flux = risen / max(int(alive.sum()), 1) * onsets.rate
    brightness = float(spectrum.centroid[sounding].mean()) if sounding.any() else None
    flatness = float(spectrum.flatness[sounding].mean()) if sounding.any() else 0.0
    energy = None
    if loudness.integrated is not None and brightness is not None:
        energy = float(
            combine_energy(loudness.integrated, rhythm.onset_rate or 0.0, flux, brightness, flatness)
        )
    features = MusicFeatures(
        duration=clip.duration,
        tempo_bpm=rhythm.tempo_bpm,
        tempo_confidence=rhythm.confidence,
        tempo_alternative_bpm=rhythm.alternative_bpm,
        beats=rhythm.beats,
        key=tonality.key,
        key_confidence=tonality.confidence,
        loudness_lufs=loudness.integrated,
        loudness_range=loudness.range,
        onset_rate=rhythm.onset_rate,
        brightness_hz=brightness,
        dynamic_complexity=loudness.complexity,
        energy=energy,
        energy_curve=_energy_curve(spectrum, onsets, loudness),
        version=FEATURES_VERSION,
    )
    descriptors = Descriptors(
        major_ness=tonality.major_ness,
        flux=flux,
        flatness=flatness,
        low_share=float(spectrum.low_share[sounding].mean()) if sounding.any() else 0.0,
    )
    sections = find_sections(spectrum.mels, spectrum.rate, grid, features.energy_curve, start=clip.start)
    structure = SongStructure(grid, sections, phrase_starts(grid, sections))
    return Measured(features, descriptors, structure)


def _onsets_where_it_sounds(rhythm: Rhythm, onsets: Onsets, alive: NDArray[np.bool_]) -> Rhythm:
    """The rhythm with its onsets counted over the time that sounds, not over the silence between."""
    first, last = onsets.sounding
    heard = int(alive.sum())
    if rhythm.onset_rate is None or heard == last - first or not heard:
        return rhythm
    return replace(rhythm, onset_rate=float(alive[onsets.peaks].sum()) / heard * onsets.rate)


def _analysed_part(clip: AudioClip) -> AudioClip:
    longest = int(MAX_ANALYSED_SECONDS * clip.sample_rate)
    if len(clip.samples) > longest:
        powers = None if clip.powers is None else clip.powers[: int(MAX_ANALYSED_SECONDS / STEP_SECONDS)]
        clip = replace(clip, samples=clip.samples[:longest], powers=powers)
    return resample(clip, SAMPLE_RATE)


def _energy_curve(spectrum: Spectrum, onsets: Onsets, loudness: Loudness) -> tuple[float, ...]:
    """Energy, 0..1, around each begun second."""
    seconds = len(loudness.curve)
    if not seconds:
        return ()
    onset_frames = np.zeros(len(onsets.rise), dtype=np.float32)
    onset_frames[onsets.peaks] = 1.0
    power = _by_second(10.0 ** (loudness.curve.astype(np.float64) / 10.0), 1.0, seconds)
    energy = combine_energy(
        10.0 * np.log10(power),
        _by_second(onset_frames, onsets.rate, seconds) * onsets.rate,
        _by_second(onsets.rise, onsets.rate, seconds) * onsets.rate,
        _by_second(spectrum.centroid, spectrum.shape_rate, seconds),
        _by_second(spectrum.flatness, spectrum.shape_rate, seconds),
    )
    return tuple(np.round(energy, 4).tolist())


def _by_second(values: FloatArray | DoubleArray, rate: float, seconds: int) -> DoubleArray:
    """Means over some seconds around the middle of each second."""
    sums = np.concatenate([[0.0], np.cumsum(values, dtype=np.float64)])
    middle = np.arange(seconds) + 0.5
    edges = np.stack([middle - _CURVE_SECONDS / 2.0, middle + _CURVE_SECONDS / 2.0]) * rate
    low, high = np.clip(np.round(edges), 0, len(values)).astype(int)
    means: DoubleArray = (sums[high] - sums[low]) / np.maximum(high - low, 1)
    return means

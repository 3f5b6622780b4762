"""The sound of a video: how loud, how much like speech, and whether it has a beat.

Memory does not grow with length.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from reelscore.audio.decode import load
from reelscore.audio.loudness import measure_loudness
from reelscore.audio.rhythm import Rhythm, find_rhythm
from reelscore.errors import InvalidInputError, MediaError
from reelscore.records import AudioClip, Progress, ProgressCallback, ignore_progress, part_of
from reelscore.video.measure.speech import SAMPLE_RATE, speech_likeness
from reelscore.video.measure.speech_curve import speech_curve, speech_regions

# Of a longer video this many stretches are heard, spread evenly, instead of all.
_STRETCHES, _STRETCH_SECONDS = 8, 20.0
# Of its waveform: more than a timeline has pixels, and 4 kB of JSON.
_PEAKS = 800
_BLOCK_SECONDS = 60.0
# Of the work, in progress: to decode them. The rest is what is measured, and the waveform of a longer video.
_STRETCHES_SHARE = 0.3
# Clarity of a beat (`Rhythm.clarity`) that noise may have by chance, and that music with drums has.
_NO_BEAT, _CLEAR_BEAT = 0.08, 0.4
# With less of it, the sound is not taken for music with a tempo.
_LEAST_MUSIC = 0.15
_SAME_TEMPO_OCTAVES = 0.06


@dataclass(frozen=True, slots=True)
class Sound:
    """What was measured in the sound of a video."""

    loudness_lufs: float | None = None  # None for digital silence, or if it cannot be decoded
    speech: float | None = None  # 0..1; None if there is nothing to tell from
    problem: str | None = None  # why it could not be measured
    music: float | None = None  # 0..1, how clear a beat it has; None if there is nothing to tell from
    tempo_bpm: float | None = None  # of that beat; None if there is too little of it
    tempo_confidence: float = 0.0  # 0..1
    speech_spans: tuple[tuple[float, float], ...] = ()  # seconds; none if only parts were heard
    curve: tuple[float, ...] = ()  # 0..1, the peaks of equal stretches of the time that the video takes


def measure_sound(
    path: Path,
    duration: float,
    *,
    container_start: float = 0.0,
    progress: ProgressCallback = ignore_progress,
) -> Sound:
    """Measure the sound of a video; a damaged sound track is no error, but said.

    Its pictures end `duration` seconds, and its container begins `container_start` seconds, after the zero
    of the player.
    """
    clips: list[AudioClip] = []
    problem = None
    stretches = _stretches(duration - container_start)
    share = _STRETCHES_SHARE / len(stretches)
    for number, (offset, seconds) in enumerate(stretches):
        told = part_of(progress, number * share, (number + 1) * share)
        try:
            clips.append(load(path, sample_rate=SAMPLE_RATE, offset=offset, duration=seconds, progress=told))
        except InvalidInputError:
            continue  # the sound ends before the picture does
        except MediaError as error:
            problem = str(error)
            break
    if not clips:
        return Sound(problem=problem)
    gain = float(np.average([c.channel_gain_db for c in clips], weights=[c.duration for c in clips]))
    whole = replace(
        clips[0], samples=np.concatenate([clip.samples for clip in clips]), channel_gain_db=gain, powers=None
    )
    scores = [(score, clip.duration) for clip in clips if (score := speech_likeness(clip)) is not None]
    values, weights = [s for s, _ in scores], [w for _, w in scores]
    speech = float(np.average(values, weights=weights)) if scores else None
    loudness = measure_loudness(whole).integrated
    waveform = part_of(progress, _STRETCHES_SHARE, 1.0)
    heard = clips if len(clips) == 1 else _blocks(path, duration - container_start, waveform)
    curve = sound_curve(heard, duration, container_start=container_start)
    if loudness is None or speech is None:
        return Sound(loudness, speech, problem, curve=curve)
    music, tempo, confidence = music_of([find_rhythm(clip) for clip in clips], speech)
    # Of a long video only parts are heard, and what lies between them is not known.
    spans = _spans(clips[0], container_start) if len(clips) == 1 else ()
    return Sound(loudness, speech, problem, music, tempo, confidence, spans, curve)


def music_of(rhythms: Sequence[Rhythm], speech: float) -> tuple[float, float | None, float]:
    """(how clear a beat there is, its tempo, how sure the tempo is) over the stretches that were heard.

    Syllables keep no time, but a few seconds of them may seem to; so what is like speech is taken for less.
    Stretches that agree on a tempo, half and double left apart, make it surer than one alone.
    """
    clear = [min(1.0, max(0.0, (r.clarity - _NO_BEAT) / (_CLEAR_BEAT - _NO_BEAT))) for r in rhythms]
    music = float(np.mean(clear)) * (1.0 - speech)
    found = [(r.tempo_bpm, level * r.confidence) for r, level in zip(rhythms, clear, strict=True)]
    best: tuple[float, float] | None = None
    for tempo, _ in found:
        if tempo is None:
            continue
        alike = [(t, w) for t, w in found if t and abs(math.log2(t / tempo)) < _SAME_TEMPO_OCTAVES and w > 0]
        weight = sum(w for _, w in alike)
        if weight > 0 and (best is None or weight > best[1]):
            best = (sum(t * w for t, w in alike) / weight, weight)
    if best is None or music < _LEAST_MUSIC:
        return music, None, 0.0
    return music, best[0], min(1.0, best[1] / len(rhythms)) * (1.0 - speech)


def _spans(clip: AudioClip, container_start: float) -> tuple[tuple[float, float], ...]:
    # A clip counts from the start of the container, which may lie behind the zero of the player.
    shift = clip.start + container_start
    regions = speech_regions(speech_curve(clip))
    return tuple((round(start + shift, 3), round(end + shift, 3)) for start, end in regions)


def sound_curve(
    clips: Iterable[AudioClip], duration: float, *, container_start: float = 0.0
) -> tuple[float, ...]:
    """The waveform of clips of one sound: the peaks of 800 equal stretches of `duration` seconds, 0..1.

    The highest is 1. If no clip is, it is 0; () for silence.
    """
    peaks = np.zeros(_PEAKS)
    for clip in clips:
        # A clip counts from the start of the container.
        starts = clip.start + container_start + np.arange(len(clip.samples)) / clip.sample_rate
        places = (starts / duration * _PEAKS).astype(np.intp)
        inside = (places >= 0) & (places < _PEAKS)
        np.maximum.at(peaks, places[inside], np.abs(clip.samples[inside]))
    top = float(peaks.max())
    return tuple(np.round(peaks / top, 3).tolist()) if top > 0 else ()


def _blocks(path: Path, duration: float, progress: ProgressCallback) -> Iterator[AudioClip]:
    """All of a sound, a minute at a time."""
    begin = 0.0
    while begin < duration:
        try:
            clip = load(path, sample_rate=SAMPLE_RATE, offset=begin, duration=_BLOCK_SECONDS)
        except (InvalidInputError, MediaError):
            return  # the sound ends before the picture does, or is damaged from here on
        yield clip
        progress(Progress(begin, duration))
        begin += _BLOCK_SECONDS
        if clip.start > begin:  # silence before it: damaged times may leave days of it, which are not read
            begin = clip.start + clip.duration


def _stretches(duration: float) -> list[tuple[float, float]]:
    """(offset, seconds) of what to hear: all of a short video, parts of a long one."""
    if duration <= _STRETCHES * _STRETCH_SECONDS * 1.5:
        return [(0.0, max(duration, 1.0))]
    starts = np.linspace(0.0, duration - _STRETCH_SECONDS, _STRETCHES)
    return [(float(start), _STRETCH_SECONDS) for start in starts]

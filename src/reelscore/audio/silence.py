"""Which stretches of a track sound at all: minutes of silence before a hidden track are no part of the music.

What a track sounds like is measured and embedded where it sounds. Short pauses stay: they belong to the
music.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from reelscore.records import AudioClip, FloatArray

# A stretch is silent if all of it is this far below the loudest second of the track, or below -70 dBFS:
# hiss and dither lie there, and the softest passages of orchestral music above.
_RELATIVE_DB = -42.0
_ABSOLUTE_DBFS = -70.0
# Shorter silence is a pause. As long as one patch of the taggers, so that none need be heard without sound.
_SHORTEST_SECONDS = 3.0
_STEP_SECONDS = 0.1
_STEPS_AT_ONCE = 256


def sounding_spans(samples: FloatArray, rate: int) -> list[tuple[int, int]]:
    """(first, end) of each stretch that sounds, in samples and in order; the whole if all is silent."""
    step = max(1, round(_STEP_SECONDS * rate))
    count = len(samples) // step
    if count < 2:
        return [(0, len(samples))]
    parts = samples[: count * step].reshape(count, step)
    powers: FloatArray = np.empty(count, dtype=np.float32)
    for begin in range(0, count, _STEPS_AT_ONCE):  # in little memory, however long the track is
        some = parts[begin : begin + _STEPS_AT_ONCE]
        powers[begin : begin + len(some)] = np.square(some).mean(axis=1) - np.square(some.mean(axis=1))
    second = min(count, round(1.0 / _STEP_SECONDS))
    loudest = float(np.convolve(powers, np.full(second, 1.0 / second, dtype=np.float32), "valid").max())
    least = max(loudest * 10.0 ** (_RELATIVE_DB / 10.0), 10.0 ** (_ABSOLUTE_DBFS / 10.0))
    heard = np.flatnonzero(powers >= least)
    if not len(heard):
        return [(0, len(samples))]
    longest_pause = round(_SHORTEST_SECONDS / _STEP_SECONDS)
    breaks = np.flatnonzero(np.diff(heard) > longest_pause)
    firsts = [int(heard[0]), *(int(step) for step in heard[breaks + 1])]
    lasts = [*(int(step) for step in heard[breaks]), int(heard[-1])]
    if firsts[0] < longest_pause:
        firsts[0] = 0
    spans = [(first * step, (last + 1) * step) for first, last in zip(firsts, lasts, strict=True)]
    if len(samples) - spans[-1][1] < longest_pause * step:
        spans[-1] = (spans[-1][0], len(samples))
    return spans


def without_silence(clip: AudioClip) -> AudioClip:
    """The stretches of a clip that sound, joined; the clip itself if it has no long silence."""
    spans = sounding_spans(clip.samples, clip.sample_rate)
    if spans == [(0, len(clip.samples))]:
        return clip
    joined = np.concatenate([clip.samples[first:end] for first, end in spans])
    return replace(clip, samples=joined, powers=None)


def sounding_frames(
    spans: list[tuple[int, int]], rate: int, count: int, frame_rate: float
) -> NDArray[np.bool_]:
    """A mask of `count` frames (`frame_rate` a second): which lie within spans of samples at `rate` Hz."""
    middles = np.arange(count) / frame_rate * rate
    inside: NDArray[np.bool_] = np.zeros(count, dtype=np.bool_)
    for first, end in spans:
        inside |= (middles >= first) & (middles <= end)
    return inside

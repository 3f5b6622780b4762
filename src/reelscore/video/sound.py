"""The sound of a video: how loud it is, and how much like speech. Memory does not grow with length."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from reelscore.audio.decode import load
from reelscore.audio.loudness import measure_loudness
from reelscore.errors import InvalidInputError, MediaError
from reelscore.records import AudioClip, ProgressCallback, ignore_progress
from reelscore.video.speech import SAMPLE_RATE, speech_likeness

# Of a longer video this many stretches are heard, spread evenly, instead of all.
_STRETCHES, _STRETCH_SECONDS = 8, 20.0


@dataclass(frozen=True, slots=True)
class Sound:
    """What was measured in the sound of a video."""

    loudness_lufs: float | None = None  # None for digital silence, or where it cannot be decoded
    speech: float | None = None  # 0..1; None where there is nothing to tell from
    heard_seconds: float = 0.0
    problem: str | None = None  # why it could not be measured


def measure_sound(path: Path, duration: float, *, progress: ProgressCallback = ignore_progress) -> Sound:
    """Measure the sound of a video of `duration` seconds; a damaged sound track is no error, but said."""
    clips: list[AudioClip] = []
    problem = None
    for offset, seconds in _stretches(duration):
        try:
            clips.append(
                load(path, sample_rate=SAMPLE_RATE, offset=offset, duration=seconds, progress=progress)
            )
        except InvalidInputError:
            continue  # the sound ends before the picture does
        except MediaError as error:
            problem = str(error)
            break
    if not clips:
        return Sound(problem=problem)
    gain = float(np.average([c.channel_gain_db for c in clips], weights=[c.duration for c in clips]))
    whole = replace(clips[0], samples=np.concatenate([clip.samples for clip in clips]), channel_gain_db=gain)
    scores = [(score, clip.duration) for clip in clips if (score := speech_likeness(clip)) is not None]
    values, weights = [s for s, _ in scores], [w for _, w in scores]
    speech = float(np.average(values, weights=weights)) if scores else None
    return Sound(measure_loudness(whole).integrated, speech, whole.duration, problem)


def _stretches(duration: float) -> list[tuple[float, float]]:
    """(offset, seconds) of what to hear: all of a short video, parts of a long one."""
    if duration <= _STRETCHES * _STRETCH_SECONDS * 1.5:
        return [(0.0, max(duration, 1.0))]
    starts = np.linspace(0.0, duration - _STRETCH_SECONDS, _STRETCHES)
    return [(float(start), _STRETCH_SECONDS) for start in starts]

"""Where somebody speaks in the sound of a film, to 25 ms: what music is lowered under.

Two questions are asked of each moment: whether the seconds around it are like speech, and whether there is
a voice just now, that is a level in the bands of speech that stands out from what is below it. Memory does
not grow with length: sound is read four minutes at a time.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reelscore.audio.decode import load
from reelscore.children import in_child
from reelscore.children.streaming import streamed
from reelscore.errors import InvalidInputError, UnusableAudioError
from reelscore.limits import FILM
from reelscore.records import AudioClip, FloatArray, Progress, ProgressCallback, ignore_progress
from reelscore.video.measure.speech import FRAMES_PER_SECOND, SAMPLE_RATE, band_powers, likeness_of

STEP_SECONDS = 0.025
_FRAMES_A_STEP = round(FRAMES_PER_SECOND * STEP_SECONDS)
_WINDOW = round(3.0 * FRAMES_PER_SECOND)
_WINDOW_HOP = round(0.75 * FRAMES_PER_SECOND)
_AUDIBLE_POWER = 1e-7
# A voice is this far above the quiet of its surroundings, and not this far below their loud parts.
_ABOVE_QUIET_DB = 9.0
_BELOW_LOUD_DB = 26.0
_SPOKEN = 0.5
# Pauses between words and syllables are part of speech; what is shorter than a syllable is none.
_BRIDGED_SECONDS = 0.4
_SHORTEST_SECONDS = 0.12
# To open a film of hours takes a tenth of a second and 40 MB: not each minute.
_BLOCK_SECONDS = 240.0
# What the windows of a block need to see of its neighbours.
_MARGIN_SECONDS = 3.0


def speech_curve(clip: AudioClip) -> FloatArray:
    """How sure it is that somebody speaks, 0..1, one value for each 25 ms of a clip at 16,000 Hz."""
    return curve_of(band_powers(clip))


def curve_of(powers: NDArray[np.float32]) -> FloatArray:
    """The same from `speech.band_powers`."""
    steps = len(powers) // _FRAMES_A_STEP
    if steps == 0:
        return np.zeros(0, np.float32)
    likeness = _likeness(powers)
    voiced = _voiced(powers.sum(axis=1))
    both = (likeness * voiced)[: steps * _FRAMES_A_STEP].reshape(steps, _FRAMES_A_STEP)
    curve: FloatArray = both.max(axis=1).astype(np.float32)
    return curve


def speech_regions(curve: FloatArray) -> list[tuple[float, float]]:
    """Stretches of speech, (start, end) in seconds, of a curve of `STEP_SECONDS`."""
    spoken = np.concatenate([[False], curve >= _SPOKEN, [False]])
    edges = np.flatnonzero(np.diff(spoken.astype(np.int8)))
    return _joined(
        [(a * STEP_SECONDS, b * STEP_SECONDS) for a, b in zip(edges[::2], edges[1::2], strict=True)]
    )


@in_child(FILM)
def find_speech(
    path: str | Path, duration: float, *, progress: ProgressCallback = ignore_progress
) -> list[tuple[float, float]]:
    """Stretches of speech in the sound of a file of `duration` seconds, (start, end) on the player's clock.

    A film without sound has none.

    Raises
    ------
    MediaError
        The sound cannot be read.
    """
    found: list[tuple[float, float]] = []
    blocks = math.ceil(duration / _BLOCK_SECONDS)
    # Of a long film the next block is decoded while this one is measured.
    asked = (path, blocks, _BLOCK_SECONDS)
    with closing(streamed(_load_blocks, *asked, name=str(path), limits=FILM, in_child=blocks > 1)) as clips:
        try:
            for number, clip in enumerate(clips):
                begin, end = number * _BLOCK_SECONDS, (number + 1) * _BLOCK_SECONDS
                for start, over in speech_regions(speech_curve(clip)):
                    inside = max(begin, clip.start + start), min(end, clip.start + over)
                    if inside[1] > inside[0]:
                        found.append(inside)
                done = min(end, duration)
                progress(Progress(done=done, total=duration, message="listening for speech"))
        except InvalidInputError:
            pass  # the sound ends before the picture does
        except UnusableAudioError:
            return []
    return _joined(found)


def _load_blocks(path: str | Path, blocks: int, seconds: float) -> Generator[AudioClip]:
    for number in range(blocks):
        first = max(0.0, number * seconds - _MARGIN_SECONDS)
        length = (number + 1) * seconds + _MARGIN_SECONDS - first
        yield load(path, sample_rate=SAMPLE_RATE, offset=first, duration=length)


def _joined(regions: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Stretches with short pauses bridged, without those too short to be a word."""
    joined: list[tuple[float, float]] = []
    for start, end in regions:
        if joined and start - joined[-1][1] <= _BRIDGED_SECONDS:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return [(float(start), float(end)) for start, end in joined if end - start >= _SHORTEST_SECONDS]


def _likeness(powers: NDArray[np.float32]) -> NDArray[np.float64]:
    """The mean likeness to speech of the windows that each frame lies in."""
    totals = np.zeros(len(powers))
    counts = np.zeros(len(powers))
    last = max(0, len(powers) - _WINDOW)
    for first in [*range(0, last, _WINDOW_HOP), last]:
        window = powers[first : first + _WINDOW]
        if float(window.sum(axis=1).max()) < _AUDIBLE_POWER:
            continue
        part = slice(first, first + len(window))
        # What is loud in a window is what it was judged by, so that counts where it is.
        totals[part] += likeness_of(window)
        counts[part] += 1.0
    result: NDArray[np.float64] = totals / np.maximum(counts, 1.0)
    return result


def _voiced(power: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Frames whose level stands out from the quiet of the seconds around them."""
    levels = 10.0 * np.log10(np.maximum(power, 1e-10))
    result = np.zeros(len(levels), bool)
    for first in range(0, len(levels), _WINDOW_HOP):
        around = levels[max(0, first - _WINDOW // 2) : first + _WINDOW_HOP + _WINDOW // 2]
        quiet, loud = np.percentile(around, (10.0, 95.0))
        least = max(min(quiet + _ABOVE_QUIET_DB, loud - 3.0), loud - _BELOW_LOUD_DB)
        part = levels[first : first + _WINDOW_HOP]
        result[first : first + _WINDOW_HOP] = (part > least) & (part > 10.0 * np.log10(_AUDIBLE_POWER))
    return result

"""What a picture that is still coming is like now: windows of 4, 15 and 60 s over it. Pure.

The measures are those of the local analyser, frame by frame, so that a live picture and a file of it want the
same music. Memory and cost do not grow with time.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from reelscore.records import AudioClip, FloatArray, VideoMeasurements
from reelscore.video.measure.pace import IMAGINED_SECONDS
from reelscore.video.measure.sampling import BRIGHT, PIXELS, STEP, TRAVEL, FrameMeter, averages
from reelscore.video.measure.shots import CutDetector
from reelscore.video.measure.speech import (
    FRAMES_PER_SECOND,
    HOP,
    SAMPLE_RATE,
    band_powers,
    likeness_of,
)
from reelscore.video.measure.speech_curve import STEP_SECONDS, curve_of

SHORT_SECONDS, MIDDLE_SECONDS, LONG_SECONDS = 4.0, 15.0, 60.0
# A shot of this length is measured by itself: what was before its cut no longer counts.
_OWN_SECONDS = 0.6
# This many cuts in the short window are a fast passage.
_FAST_CUTS = 3
# A shot longer than this, and this many times as long as those before it, ends a fast passage.
_LONG_SHOT_SECONDS, _LONGER = 1.5, 2.5
# In a fast passage light and colour are averaged over this many shots of the middle window: single shots
# vary. A shot this many times as long as those before it is measured by itself.
_LIGHT_SHOTS, _OUTLASTS = 8, 2.0
# Samples come at most ten times a second, so this many rows hold the middle window.
_ROWS = 160
_TIME = STEP + 1  # of a row, behind what it sums
# Number of frames in which a cut may still be found.
_REMEMBERED = 128
# How much sound is kept, and how much of its end decides whether somebody speaks now.
_HEARD_SECONDS, _NOW_SECONDS = 4.0, 0.6
_LISTEN_SECONDS = 0.25
_SOUND_GAP_SECONDS = 0.5
_SPOKEN = 0.5


@dataclass(frozen=True, slots=True)
class Cut:
    """A new shot: reported within two frames, and again when it is certain or turned out to be none."""

    time: float  # when its first frame is shown, seconds
    seen_at: float  # seconds
    state: str  # "seen", "certain", "none"


@dataclass(frozen=True, slots=True)
class Look:
    """What the picture is like at a moment."""

    time: float
    figures: VideoMeasurements  # as of a video that is like the last seconds
    cuts_per_minute: float  # over the long window
    shot: float  # seconds that the newest shot has lasted
    speaking: bool


class Watcher:
    """Takes the frames and the sound of one picture in order; times in seconds, never falling.

    Parameters
    ----------
    frame_rate
        Roughly how many frames come a second; None: 25.
    """

    def __init__(self, frame_rate: float | None = None) -> None:
        self._detector = CutDetector(frame_rate)
        self._meter = FrameMeter(camera=False)
        self._index = -1
        self._times: deque[tuple[int, float]] = deque(maxlen=_REMEMBERED)
        self._rows: NDArray[np.float64] = np.zeros((_ROWS, 10))
        self._rows[:, _TIME] = -np.inf
        self._pairs: list[tuple[int, int]] = [
            (0, -1)
        ] * _ROWS  # frames that the movement of a row lies between
        self._at = 0
        self._cuts: deque[float] = deque()  # certain ones of the long window
        self._seen: dict[int, float] = {}  # suspected, not certain yet: frame -> time
        self._begin: float | None = None
        self._time = 0.0
        self._sound: FloatArray = np.zeros(0, np.float32)  # what is still to be measured
        self._powers: FloatArray = np.zeros((0, 0), np.float32)  # of what was heard
        self._sound_end = 0.0
        self._speech: deque[tuple[float, float]] = deque()  # (time, likeness)
        self.speaking = False

    @property
    def begin(self) -> float | None:
        """When the first frame came; None before it."""
        return self._begin

    def add(self, time: float, image: NDArray[np.uint8]) -> list[Cut]:
        """Take the next frame, RGB of shape (36, 64, 3) or (64, 36, 3); what it reports of cuts."""
        self._index += 1
        index = self._index
        self._begin = time if self._begin is None else self._begin
        self._time = time
        self._times.append((index, time))
        sample = self._meter.add(index, time, image)
        if sample is not None:
            row = self._at % _ROWS
            self._rows[row] = (*sample.levels, sample.travel, sample.step, time)
            self._pairs[row] = (index, -1) if sample.before is None else (sample.before, index)
            self._at += 1
        certain = self._detector.add(image, time=time)
        cuts = [self._certain(each) for each in certain]
        suspect = self._detector.suspected()
        if suspect is not None and suspect not in self._seen and suspect not in certain:
            self._seen[suspect] = self._time_of(suspect)
            cuts.append(Cut(self._seen[suspect], time, "seen"))
        for each in [one for one in self._seen if one < index - self._detector.delay]:
            cuts.append(Cut(self._seen.pop(each), time, "none"))
        while self._cuts and self._cuts[0] < time - LONG_SECONDS:
            self._cuts.popleft()
        return cuts

    def hear(self, time: float, samples: FloatArray) -> None:
        """Take the next sound, mono at 16,000 Hz, that begins at `time`."""
        # After a gap, earlier sound says nothing about now.
        if abs(time - self._sound_end) > _SOUND_GAP_SECONDS:
            self._sound, self._powers = self._sound[:0], self._powers[:0]
        self._sound = np.concatenate([self._sound, samples])
        self._sound_end = time + len(samples) / SAMPLE_RATE
        if len(self._sound) < _LISTEN_SECONDS * SAMPLE_RATE:
            return
        powers = band_powers(AudioClip(self._sound, SAMPLE_RATE))
        self._sound = self._sound[len(powers) * HOP :]
        held = self._powers if len(self._powers) else powers[:0]
        self._powers = np.concatenate([held, powers])[-round(_HEARD_SECONDS * FRAMES_PER_SECOND) :]
        if len(self._powers) < FRAMES_PER_SECOND:
            return
        now = curve_of(self._powers)[-round(_NOW_SECONDS / STEP_SECONDS) :]
        self.speaking = bool(len(now) and now.max() >= _SPOKEN)
        self._speech.append((self._sound_end, likeness_of(self._powers)))
        while self._speech and self._speech[0][0] < self._sound_end - MIDDLE_SECONDS:
            self._speech.popleft()

    def look(self) -> Look:
        """What the picture is like now."""
        now, begin = self._time, self._begin if self._begin is not None else self._time
        scene = max(now - SHORT_SECONDS, self._scene_begin())
        moved, shown = (
            self._rows[self._rows[:, _TIME] >= since].sum(axis=0)
            for since in (scene, self._light_begin(scene))
        )
        motion = float(averages(moved[None])[0, 0])
        _, brightness, contrast, saturation, warmth = map(float, averages(shown[None])[:, 0])
        cuts, seconds = self._pace(now - begin)
        speech = [likeness for _, likeness in self._speech]
        figures = VideoMeasurements(
            duration=seconds,
            width=0,
            height=0,
            frame_rate=None,
            rotation=0,
            frames=int(shown[PIXELS]),
            cuts=tuple(seconds * (place + 1) / (cuts + 1) for place in range(cuts)),
            cuts_per_minute=60.0 * cuts / (seconds + IMAGINED_SECONDS),
            motion=motion,
            brightness=brightness,
            contrast=contrast,
            saturation=saturation,
            warmth=warmth,
            has_audio=bool(speech),
            # Loudness is left out: a microphone hears the music that is played.
            speech=float(np.mean(speech)) if speech else None,
        )
        a_minute = 60.0 * len(self._cuts) / max(1.0, min(LONG_SECONDS, now - begin))
        return Look(now, figures, a_minute, self._shot, self.speaking)

    def _scene_begin(self) -> float:
        """Since when what is shown belongs together: a shot of some length, or a few of a fast passage."""
        near = [cut for cut in self._cuts if cut >= self._time - SHORT_SECONDS]
        if len(near) < _FAST_CUTS:
            return near[-1] if near and self._shot >= _OWN_SECONDS else -math.inf
        return near[-1] if self._is_long_shot() else near[-_FAST_CUTS]

    def _light_begin(self, scene: float) -> float:
        """Since when light and colour are averaged: over the shots of a passage, if there are some."""
        now = self._time
        cuts = [cut for cut in self._cuts if cut >= now - MIDDLE_SECONDS]
        if len(cuts) < _FAST_CUTS:
            return scene
        long = max(_LONG_SHOT_SECONDS, _OUTLASTS * float(np.median(np.diff(cuts))))
        if self._shot > long:
            return max(scene, cuts[-1])
        before_it = [cut for shot, cut in pairwise([self._begin or 0.0, *self._cuts]) if cut - shot > long]
        first = cuts[-_LIGHT_SHOTS] if len(cuts) >= _LIGHT_SHOTS else -math.inf
        since = max([now - MIDDLE_SECONDS, first, *before_it])
        if since >= cuts[-1]:
            return scene
        return self._light_change(since, [cut for cut in cuts if cut > since])

    def _light_change(self, since: float, cuts: list[float]) -> float:
        """When three shots began that are all darker, or all lighter, than all of a passage before them."""
        rows = self._rows[self._rows[:, _TIME] >= since]
        shots = np.searchsorted(cuts, rows[:, _TIME], "right")
        light = [float(rows[shots == shot, BRIGHT].mean()) for shot in np.unique(shots)]
        new, old = light[-_FAST_CUTS:], light[:-_FAST_CUTS]
        if len(old) < _FAST_CUTS or (min(new) <= max(old) and max(new) >= min(old)):
            return since
        return cuts[-_FAST_CUTS]

    def _is_long_shot(self) -> bool:
        """Whether the newest shot goes on for much longer than those before it."""
        recent = [cut for cut in self._cuts if cut >= self._time - MIDDLE_SECONDS]
        if len(recent) < _FAST_CUTS:
            return False
        return self._shot > max(_LONG_SHOT_SECONDS, _LONGER * float(np.median(np.diff(recent))))

    def _pace(self, seconds: float) -> tuple[int, float]:
        """(cuts, the seconds they came in) that stand for how fast it is cut now.

        The middle window is steady. Three cuts in the short one show a faster pace before it fills, and a
        shot that goes on for much longer than those before it a slower one before it forgets them.
        """
        recent = [cut for cut in self._cuts if cut >= self._time - MIDDLE_SECONDS]
        steady = len(recent), min(MIDDLE_SECONDS, seconds)
        if len(recent) < _FAST_CUTS:
            return steady
        if self._is_long_shot():
            return 1, 2.0 * self._shot  # of a shot that goes on, half has been seen, taken at random
        longest = max(recent[-1] - recent[-2], recent[-2] - recent[-3], self._shot)
        if recent[-3] < self._time - SHORT_SECONDS or longest <= 0.0:
            return steady
        times = math.ceil(IMAGINED_SECONDS / longest)  # so that the seconds below are not below 0
        quick = times, times * longest - IMAGINED_SECONDS
        return max(steady, quick, key=lambda each: each[0] / (each[1] + IMAGINED_SECONDS))

    @property
    def _shot(self) -> float:
        """How long the newest shot has lasted."""
        begin = self._cuts[-1] if self._cuts else self._begin
        return 0.0 if begin is None else self._time - begin

    def _certain(self, index: int) -> Cut:
        time = self._seen.pop(index, None)
        time = self._time_of(index) if time is None else time
        self._cuts.append(time)
        # The movement into the first frame of a shot is none.
        for row, (before, after) in enumerate(self._pairs):
            if before < index <= after:
                self._rows[row, TRAVEL] = self._rows[row, STEP] = 0.0
        return Cut(time, self._time, "certain")

    def _time_of(self, index: int) -> float:
        return next((time for each, time in self._times if each == index), self._time)

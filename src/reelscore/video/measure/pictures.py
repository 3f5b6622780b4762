"""Movement, light and colour of a video, second by second, from small frames as they come. Pure.

Only sums are kept, so memory hardly grows with length.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reelscore.records import FloatArray
from reelscore.video.measure.camera import CameraMeter, CameraWork
from reelscore.video.measure.sampling import PIXELS, STEP, TRAVEL, FrameMeter, FrameSample, averages

# How many frames later a cut may turn out.
_REMEMBERED = 128


@dataclass(frozen=True, slots=True)
class PictureCurves:
    """One value for each begun second, float32; a second without a frame repeats the one before it.

    Seconds before the first frame are still, and otherwise like it.
    """

    motion: FloatArray  # 0..1
    brightness: FloatArray  # 0..1
    contrast: FloatArray  # 0..1
    saturation: FloatArray  # 0..1
    warmth: FloatArray  # -1..1


class PictureMeter:
    """Takes the frames of one video in order."""

    def __init__(self) -> None:
        self._sums = np.zeros((64, 9))
        self._second = -1  # the last one that has a frame
        self._frames = FrameMeter()
        self._steps: deque[tuple[FrameSample, NDArray[np.float64] | None]] = deque(maxlen=_REMEMBERED)
        self._camera = CameraMeter()

    def add(self, index: int, time: float, image: NDArray[np.uint8]) -> None:
        """Take the next frame: its number, its time in seconds, RGB of shape (36, 64, 3) or (64, 36, 3)."""
        sample = self._frames.add(index, time, image)
        if sample is None:
            return
        second = int(time)
        row = self._row(second)
        row[:TRAVEL] += sample.levels
        if sample.before is None:
            return
        row[TRAVEL] += sample.travel
        row[STEP] += sample.step
        move = sample.move
        moved = self._camera.add(second, sample.step, move) if move is not None else None
        self._steps.append((sample, moved))

    def forget_step(self, index: int) -> None:
        """Take back the movement into a frame: it was a cut."""
        for taken, moved in self._steps:
            if taken.before is not None and taken.before < index <= taken.index:
                self._sums[int(taken.time), TRAVEL] -= taken.travel
                self._sums[int(taken.time), STEP] -= taken.step
                if moved is not None:
                    self._camera.forget(int(taken.time), moved)

    def camera(self) -> CameraWork:
        """What the camera did in all that was taken so far."""
        return self._camera.summary()

    def curves(self) -> PictureCurves:
        """The curves of what was taken so far."""
        sums = self._sums[: self._second + 1]
        columns = averages(sums).astype(np.float32)
        filled = sums[:, PIXELS] > 0
        first = int(np.argmax(filled)) if len(filled) else 0
        last = np.maximum.accumulate(np.where(filled, np.arange(len(sums)), first))
        # A held picture does not move.
        held = np.where(filled, columns[0], 0.0).astype(np.float32)
        return PictureCurves(held, *columns[1:, last])

    def _row(self, second: int) -> NDArray[np.float64]:
        if second >= len(self._sums):
            room = np.zeros((max(second + 1, 2 * len(self._sums)), self._sums.shape[1]))
            room[: len(self._sums)] = self._sums
            self._sums = room
        self._second = max(self._second, second)
        row: NDArray[np.float64] = self._sums[second]
        return row

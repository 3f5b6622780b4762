"""Movement, light and colour of a video, second by second, from small frames as they come. Pure.

They are measured about eight times a second, movement between a frame and one just before it: more tells
nothing that a value for each second would keep. Only sums are kept, so memory hardly grows with length.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reelscore.records import FloatArray
from reelscore.video.measure.camera import CameraMeter, CameraWork, move_between

_LUMA = np.float32(0.299), np.float32(0.587), np.float32(0.114)
# Differences below this are coding noise and grain, not movement: grey levels.
_NOISE_LEVEL = 0.5
# A picture with less slope than this is plain, and tells nothing about movement: grey levels a pixel.
_LEAST_SLOPE = 1.0
# A picture that moves by this share of its width a second has a motion of 63 %.
_LIVELY_WIDTHS_PER_SECOND = 0.2
# More than this is a flash, not movement.
_FASTEST_WIDTHS_PER_SECOND = 1.25
# A standstill longer than this is a picture held, not movement in between.
_LONGEST_STEP_SECONDS = 0.5
# Which way the camera went can be told between frames this close together.
_LONGEST_PAIR_SECONDS = 0.21
# How many frames later a cut may turn out.
_REMEMBERED = 128
_SHORTEST_PAIR_SECONDS = 0.03
# Frames that come sooner than this after a measured one are only kept to compare the next one with.
_MEASURED_EVERY_SECONDS = 0.11

_PIXELS, _BRIGHT, _CONTRAST, _CHROMA, _PEAK, _WARM, _WARM_BASE, _TRAVEL, _SECONDS = range(9)


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
        self._before: deque[tuple[int, float, NDArray[np.uint8]]] = deque()
        self._measured = -1.0
        self._steps: deque[_Step] = deque(maxlen=_REMEMBERED)
        self._camera = CameraMeter()

    def add(self, index: int, time: float, image: NDArray[np.uint8]) -> None:
        """Take the next frame.

        Parameters
        ----------
        index
            Number of the frame.
        time
            Seconds from the start.
        image
            RGB of shape (36, 64, 3) or (64, 36, 3).
        """
        # Where each picture is shown twice, one in two would not move.
        while len(self._before) > 1 and self._before[1][1] <= time - _SHORTEST_PAIR_SECONDS:
            self._before.popleft()
        self._before.append((index, time, image))
        if int(time) == self._second and time < self._measured + _MEASURED_EVERY_SECONDS:
            return
        self._measured = time
        row = self._row(int(time))
        # Whole planes: NumPy is slow along an axis of three.
        planes = np.ascontiguousarray(image.transpose(2, 0, 1))
        red, blue = int(planes[0].sum()), int(planes[2].sum())
        peak = int(np.maximum(np.maximum(planes[0], planes[1]), planes[2]).sum())
        low = int(np.minimum(np.minimum(planes[0], planes[1]), planes[2]).sum())
        luma = _luma(planes)
        size = luma.size
        mean = float(luma.sum()) / size
        deviation = math.sqrt(max(0.0, float(np.vdot(luma, luma)) / size - mean * mean))
        row[:_TRAVEL] += (
            1.0,
            mean / 255.0,
            min(1.0, 2.0 * deviation / 127.5),
            (peak - low) / size,
            peak / size,
            (red - blue) / size,
            max(red, blue) / size,
        )
        first, time_before, before = self._before[0]
        if first < index and before.shape == image.shape:
            old = _halved(_luma(np.ascontiguousarray(before.transpose(2, 0, 1))))
            self._compare((first, index), time, time - time_before, old, _halved(luma))

    def _compare(
        self,
        frames: tuple[int, int],
        time: float,
        gap: float,
        old: NDArray[np.float32],
        after: NDArray[np.float32],
    ) -> None:
        step = min(max(gap, 1e-3), _LONGEST_STEP_SECONDS)
        move = move_between(old, after) if gap <= _LONGEST_PAIR_SECONDS else None
        travel = _travel(old, after)
        travel = min(travel, _FASTEST_WIDTHS_PER_SECOND * step)
        second = int(time)
        self._sums[second, _TRAVEL] += travel
        self._sums[second, _SECONDS] += step
        moved = self._camera.add(second, step, move) if move is not None else None
        self._steps.append(_Step(frames, second, travel, step, moved))

    def forget_step(self, index: int) -> None:
        """Take back the movement into a frame: it was a cut."""
        for taken in self._steps:
            if taken.frames[0] < index <= taken.frames[1]:
                self._sums[taken.second, _TRAVEL] -= taken.travel
                self._sums[taken.second, _SECONDS] -= taken.step
                if taken.moved is not None:
                    self._camera.forget(taken.second, taken.moved)

    def camera(self) -> CameraWork:
        """What the camera did in all that was taken so far."""
        return self._camera.summary()

    def curves(self) -> PictureCurves:
        """The curves of what was taken so far."""
        sums = self._sums[: self._second + 1]
        seen = np.maximum(sums[:, _PIXELS], 1.0)
        moved = np.maximum(sums[:, _TRAVEL], 0.0) / np.maximum(sums[:, _SECONDS], 0.04)
        motion = 1.0 - np.exp(-moved / _LIVELY_WIDTHS_PER_SECOND)
        columns = np.stack(
            [
                motion,
                sums[:, _BRIGHT] / seen,
                sums[:, _CONTRAST] / seen,
                sums[:, _CHROMA] / np.maximum(sums[:, _PEAK], 1.0),
                sums[:, _WARM] / np.maximum(sums[:, _WARM_BASE], 1.0),
            ]
        ).astype(np.float32)
        filled = sums[:, _PIXELS] > 0
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


@dataclass(frozen=True, slots=True)
class _Step:
    """The movement from one frame to another."""

    frames: tuple[int, int]
    second: int
    travel: float
    step: float
    moved: NDArray[np.float64] | None


def _luma(planes: NDArray[np.uint8]) -> NDArray[np.float32]:
    luma: NDArray[np.float32] = _LUMA[0] * planes[0] + _LUMA[1] * planes[1] + _LUMA[2] * planes[2]
    return luma


def _halved(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    rows = plane[::2] + plane[1::2]
    half: NDArray[np.float32] = (rows[:, ::2] + rows[:, 1::2]) * np.float32(0.25)
    return half


def _travel(before: NDArray[np.float32], after: NDArray[np.float32]) -> float:
    """How far the picture moved on the whole, in widths.

    The change over time in proportion to the slope of the picture, summed up over it: the length of the
    normal flow (Horn and Schunck, "Determining optical flow", 1981) without its direction. So the contrast
    of a picture does not decide how much it seems to move, nor does light that fades.
    """
    light = np.float32((float(before.mean()) + 1.0) / (float(after.mean()) + 1.0))
    change = np.abs(after * light - before)
    change -= np.float32(_NOISE_LEVEL)
    np.maximum(change, 0.0, out=change)
    down = np.abs(before[1:] - before[:-1]).mean()
    across = np.abs(before[:, 1:] - before[:, :-1]).mean()
    slope = math.hypot(float(down), float(across)) + _LEAST_SLOPE
    travel: float = float(change.mean()) / (slope * max(before.shape))
    return travel

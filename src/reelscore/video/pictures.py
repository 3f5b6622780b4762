"""Movement, light and colour of a video, second by second, from small frames as they come. Pure.

Only sums are kept, a few for each second, so memory hardly grows with length.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reelscore.records import FloatArray

_LUMA = np.float32(0.299), np.float32(0.587), np.float32(0.114)
# Differences below this are coding noise and grain, not movement: grey levels.
_NOISE_LEVEL = 0.5
# A picture with less slope than this is plain, and tells nothing about movement: grey levels a pixel.
_LEAST_SLOPE = 1.0
# A picture that moves by this share of its width a second has a motion of 63 %.
_LIVELY_WIDTHS_PER_SECOND = 0.2
# More than this from one frame to the next is a flash, not movement: widths.
_LONGEST_TRAVEL = 0.05
# A standstill longer than this is a picture held, not movement in between.
_LONGEST_STEP_SECONDS = 0.5
# How many frames later a cut may turn out.
_REMEMBERED = 128

_PIXELS, _BRIGHT, _CONTRAST, _CHROMA, _PEAK, _WARM, _WARM_BASE, _TRAVEL, _SECONDS = range(9)


@dataclass(frozen=True, slots=True)
class PictureCurves:
    """One value for each begun second, float32; a second without a frame repeats the one before it."""

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
        self._luma: NDArray[np.float32] | None = None
        self._time = 0.0
        self._steps: deque[tuple[int, int, float, float]] = deque(maxlen=_REMEMBERED)

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
        row = self._row(int(time))
        # Whole planes: NumPy is slow along an axis of three.
        red, green, blue = np.ascontiguousarray(image.transpose(2, 0, 1), dtype=np.float32)
        high = np.maximum(np.maximum(red, green), blue)
        low = np.minimum(np.minimum(red, green), blue)
        luma = _LUMA[0] * red + _LUMA[1] * green + _LUMA[2] * blue
        mean_red, mean_blue, peak = float(red.mean()), float(blue.mean()), float(high.mean())
        row[_PIXELS] += 1.0
        row[_BRIGHT] += float(luma.mean()) / 255.0
        row[_CONTRAST] += min(1.0, 2.0 * float(luma.std()) / 127.5)
        row[_CHROMA] += peak - float(low.mean())
        row[_PEAK] += peak
        row[_WARM] += mean_red - mean_blue
        row[_WARM_BASE] += max(mean_red, mean_blue)
        quads = _halved(luma)
        if self._luma is not None and self._luma.shape == quads.shape:
            step = min(max(time - self._time, 1e-3), _LONGEST_STEP_SECONDS)
            travel = _travel(self._luma, quads)
            row[_TRAVEL] += travel
            row[_SECONDS] += step
            self._steps.append((index, int(time), travel, step))
        self._luma, self._time = quads, time

    def forget_step(self, index: int) -> None:
        """Take back the movement into a frame: it was a cut."""
        for number, second, travel, step in self._steps:
            if number == index:
                self._sums[second, _TRAVEL] -= travel
                self._sums[second, _SECONDS] -= step

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
        last = np.maximum.accumulate(np.where(sums[:, _PIXELS] > 0, np.arange(len(sums)), 0))
        # A held picture does not move.
        held = np.where(sums[:, _PIXELS] > 0, columns[0], 0.0).astype(np.float32)
        return PictureCurves(held, *columns[1:, last])

    def _row(self, second: int) -> NDArray[np.float64]:
        if second >= len(self._sums):
            room = np.zeros((max(second + 1, 2 * len(self._sums)), self._sums.shape[1]))
            room[: len(self._sums)] = self._sums
            self._sums = room
        self._second = max(self._second, second)
        row: NDArray[np.float64] = self._sums[second]
        return row


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
    travel = float(change.mean()) / (slope * max(before.shape))
    return float(min(travel, _LONGEST_TRAVEL))

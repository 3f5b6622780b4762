"""Light, colour and movement of single frames, about eight times a second, as they come. Pure.

More tells nothing that a value for each second would keep. What is made of the samples, a curve over a whole
video or a window that slides over one that is still coming, is the taker's.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reelscore.video.measure.camera import Move, move_between

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
_SHORTEST_PAIR_SECONDS = 0.03
# Frames that come sooner than this after a measured one are only kept to compare the next one with.
_MEASURED_EVERY_SECONDS = 0.11

# Places of the sums that levels are made from.
PIXELS, BRIGHT, CONTRAST, CHROMA, PEAK, WARM, WARM_BASE = range(7)
# Behind the levels: how far the picture moved, and the seconds in which it did.
TRAVEL, STEP = 7, 8


@dataclass(frozen=True, slots=True)
class FrameSample:
    """What one frame shows, and how far the picture moved since one just before it."""

    index: int
    time: float  # seconds
    levels: tuple[float, ...]  # by the places above; sums of several are averages once divided
    before: int | None = None  # the frame that it was compared with
    travel: float = 0.0  # widths that the picture moved
    step: float = 0.0  # seconds in which it did
    move: Move | None = None  # of the camera


class FrameMeter:
    """Takes the frames of one video in order.

    Parameters
    ----------
    camera
        Whether moves of the camera are looked for, which takes most of the time.
    """

    def __init__(self, *, camera: bool = True) -> None:
        self._camera = camera
        self._before: deque[tuple[int, float, NDArray[np.uint8]]] = deque()
        self._measured = -1.0
        self._second = -1

    def add(self, index: int, time: float, image: NDArray[np.uint8]) -> FrameSample | None:
        """Take the next frame; None if it comes too soon after a measured one in the same second.

        Parameters
        ----------
        index
            Number of the frame.
        time
            Seconds from the start.
        image
            RGB of shape (36, 64, 3) or (64, 36, 3).
        """
        # If each picture is shown twice, one in two would not move.
        while len(self._before) > 1 and self._before[1][1] <= time - _SHORTEST_PAIR_SECONDS:
            self._before.popleft()
        self._before.append((index, time, image))
        if int(time) == self._second and time < self._measured + _MEASURED_EVERY_SECONDS:
            return None
        self._measured, self._second = time, int(time)
        # Whole planes: NumPy is slow along an axis of three.
        planes = np.ascontiguousarray(image.transpose(2, 0, 1))
        red, blue = int(planes[0].sum()), int(planes[2].sum())
        peak = int(np.maximum(np.maximum(planes[0], planes[1]), planes[2]).sum())
        low = int(np.minimum(np.minimum(planes[0], planes[1]), planes[2]).sum())
        luma = _luma(planes)
        size = luma.size
        mean = float(luma.sum()) / size
        deviation = math.sqrt(max(0.0, float(np.vdot(luma, luma)) / size - mean * mean))
        levels = (
            1.0,
            mean / 255.0,
            min(1.0, 2.0 * deviation / 127.5),
            (peak - low) / size,
            peak / size,
            (red - blue) / size,
            max(red, blue) / size,
        )
        first, time_before, before = self._before[0]
        if first >= index or before.shape != image.shape:
            return FrameSample(index, time, levels)
        gap = time - time_before
        step = min(max(gap, 1e-3), _LONGEST_STEP_SECONDS)
        old, new = _halved(_luma(np.ascontiguousarray(before.transpose(2, 0, 1)))), _halved(luma)
        close = self._camera and gap <= _LONGEST_PAIR_SECONDS
        travel = min(_travel(old, new), _FASTEST_WIDTHS_PER_SECOND * step)
        return FrameSample(
            index, time, levels, first, travel, step, move_between(old, new) if close else None
        )


def averages(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """Motion, brightness, contrast, saturation and warmth, shape (5, n), of n rows of summed samples.

    A row has the levels, and behind them what moved in how many seconds (`TRAVEL`, `STEP`).
    """
    seen = np.maximum(sums[:, PIXELS], 1.0)
    return np.stack(
        [
            motion_of(np.maximum(sums[:, TRAVEL], 0.0) / np.maximum(sums[:, STEP], 0.04)),
            sums[:, BRIGHT] / seen,
            sums[:, CONTRAST] / seen,
            sums[:, CHROMA] / np.maximum(sums[:, PEAK], 1.0),
            sums[:, WARM] / np.maximum(sums[:, WARM_BASE], 1.0),
        ]
    )


def motion_of(widths_per_second: NDArray[np.float64]) -> NDArray[np.float64]:
    """Motion, 0..1, from how fast the picture moves."""
    motion: NDArray[np.float64] = 1.0 - np.exp(-widths_per_second / _LIVELY_WIDTHS_PER_SECOND)
    return motion


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

"""The part of a frame that is picture: without bars, and without what stands still around it. Pure.

A portrait clip in a landscape video fills a third of it. Measured as a whole, its cuts drown in the bars, and
all of it is dark. Bars are of one colour, stand symmetrically, and end in straight lines; they may come and
go at cuts. What else stands still around a picture from the first to the last frame (a drawn border, a
desktop around a small window) can only be told at the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from reelscore.records import FloatArray
from reelscore.video.decode.frames import SmallFrame
from reelscore.video.decode.scaling import LONG_SIDE, SHORT_SIDE

Image = NDArray[np.uint8]

# Levels (0..255) that a bar may stray from its colour by coding.
_BAR_NOISE = 12
# A line belongs to the picture if this share of it is none of the bar; subtitles in a bar are less.
_LIVE_SHARE = 0.5
# Bars on two sides may differ by this many pixels, and thinner ones do no harm.
_UNEVEN, _THINNEST = 2, 2
# A picture smaller than this is none: pixels of a small frame, and share of its area.
_LEAST_WIDE, _LEAST_HIGH, _LEAST_AREA = 8, 6, 0.1
# This many frames that agree decide, unless this many have passed without.
_AGREEING, _MOST_HELD = 10, 120
# So much of the edge between picture and bars must be picture at some time.
_STRAIGHT = 0.7
# Bars come with a cut: levels that the mean pixel changes by.
_ABRUPT = 6.0
# A frame that stands still is looked for in one picture of this many seconds.
_STILL_SECONDS = 0.25
_STILL_NOISE = 14
_LEAST_LIVE, _MOST_AREA = 0.85, 0.85


@dataclass(frozen=True, slots=True)
class Box:
    """A part of a small frame, in its pixels; ends are not part of it."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top

    def joined(self, other: Box) -> Box:
        """The least box around both."""
        return Box(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )

    def holds(self, other: Box) -> bool:
        """Whether another box lies within, give or take a pixel."""
        return (
            other.left >= self.left - 1
            and other.top >= self.top - 1
            and other.right <= self.right + 1
            and other.bottom <= self.bottom + 1
        )

    def shares(self, shape: tuple[int, ...]) -> tuple[float, float, float, float]:
        """(left, top, right, bottom) as shares of a picture of shape (height, width, ...)."""
        height, width = shape[:2]
        return self.left / width, self.top / height, self.right / width, self.bottom / height


def live_box(image: Image) -> Box | None:
    """The box inside bars of one colour at the edges; None for a picture of one colour.

    Parameters
    ----------
    image
        RGB of shape (height, width, 3).
    """
    height, width = image.shape[:2]
    differs = _differing(image)
    return Box(0, 0, width, height) if differs is None else _extents(differs)


def _differing(image: Image) -> NDArray[np.bool_] | None:
    """A mask of pixels that differ from the colour of the corners; None if the corners differ: no bars."""
    height, width = image.shape[:2]
    corners = image[:: height - 1, :: width - 1].reshape(4, 3).astype(np.int16)
    if int(np.ptp(corners, axis=0).max()) > _BAR_NOISE:
        return None
    colour = np.median(corners, axis=0).astype(np.int16)
    differs: NDArray[np.bool_] = (np.abs(image.astype(np.int16) - colour) > _BAR_NOISE).any(axis=2)
    return differs


def _extents(differs: NDArray[np.bool_]) -> Box | None:
    """The box around the lines of a mask that are filled for the most part."""
    rows, columns = np.flatnonzero(differs.any(axis=1)), np.flatnonzero(differs.any(axis=0))
    if not len(rows):
        return None
    # Shares are those of the picture, which may be bounded on all sides.
    part = differs[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    full_rows = np.flatnonzero(part.mean(axis=1) >= _LIVE_SHARE)
    full_columns = np.flatnonzero(part.mean(axis=0) >= _LIVE_SHARE)
    if not len(full_rows) or not len(full_columns):
        return Box(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
    return Box(
        int(columns[0] + full_columns[0]),
        int(rows[0] + full_rows[0]),
        int(columns[0] + full_columns[-1]) + 1,
        int(rows[0] + full_rows[-1]) + 1,
    )


def barred(box: Box | None, shape: tuple[int, ...]) -> Box | None:
    """The box between bars that stand symmetrically, whole along an axis without; None if there are none."""
    if box is None:
        return None
    height, width = shape[:2]
    left, right, top, bottom = box.left, width - box.right, box.top, height - box.bottom
    across = abs(left - right) <= _UNEVEN and min(left, right) >= _THINNEST
    along = abs(top - bottom) <= _UNEVEN and min(top, bottom) >= _THINNEST
    if not across and not along:
        return None
    found = Box(
        box.left if across else 0,
        box.top if along else 0,
        box.right if across else width,
        box.bottom if along else height,
    )
    small = found.width < _LEAST_WIDE or found.height < _LEAST_HIGH
    return None if small or found.width * found.height < _LEAST_AREA * width * height else found


class ActivePicture:
    """Gives out the frames of one video, in order, cut to the picture between bars.

    Parameters
    ----------
    aspect
        Width of the video as shown, in heights.
    box
        Where the picture is, if that is known; then nothing is looked for.
    """

    def __init__(self, aspect: float, *, box: Box | None = None) -> None:
        self._aspect = aspect
        self._known = box is not None
        self.box = box  # of the newest frame given out; None: the whole
        self.shape: tuple[int, ...] = (SHORT_SIDE, LONG_SIDE)
        self.seen: dict[Box | None, int] = {}  # how many frames each box was of
        self._still = StillFrame()
        self._held: list[SmallFrame] = []
        self._union: Box | None = None
        self._boxes: list[Box] = []  # of the frames held that are not plain
        self._live: NDArray[np.bool_] | None = None  # where any of them has picture
        self._before: Image | None = None

    def of(self, frames: Iterable[SmallFrame]) -> Iterator[SmallFrame]:
        """The same frames, each no more than what is picture in it."""
        for frame in frames:
            self.shape = frame.image.shape
            if self._known:
                yield self._cut(frame)
                continue
            self._still.add(frame.time, frame.image)
            yield from self._take(frame)
            self._before = frame.image
        yield from self._release()

    @property
    def main_box(self) -> Box | None:
        """Where the picture was for most of the time; None: everywhere."""
        return max(self.seen, key=lambda box: self.seen[box], default=None)

    def still_box(self) -> Box | None:
        """Where the picture is in what stood still all the time; None if nothing did, or bars were found."""
        return None if self._known or set(self.seen) != {None} else self._still.box()

    def _take(self, frame: SmallFrame) -> Iterator[SmallFrame]:
        box = live_box(frame.image)
        if self._held:
            union = self._union if box is None else box.joined(self._union or box)
            if barred(union, frame.image.shape) is not None and len(self._held) < _MOST_HELD:
                self._hold(frame, box)
                found = self._decided()
                if found is not None:
                    self.box = found
                    yield from self._release()
                return
            yield from self._release()
        if box is None:
            yield self._cut(frame)
            return
        found = barred(box, frame.image.shape)
        inside = self.box is None or self.box.holds(box)
        if not inside:
            self.box = None
        if found is not None and self._may_begin(frame, found, inside):
            self._hold(frame, box)
            return
        yield self._cut(frame)

    def _may_begin(self, frame: SmallFrame, found: Box, inside: bool) -> bool:
        """Whether bars may set in with this frame that were not there before it."""
        if self.box is not None and found.holds(self.box):
            return False  # these are known
        if self._before is None or not inside or self._before.shape != frame.image.shape:
            return True
        change = np.abs(frame.image.astype(np.int16) - self._before).mean()
        return bool(change >= _ABRUPT) or live_box(self._before) is None

    def _hold(self, frame: SmallFrame, box: Box | None) -> None:
        self._held.append(frame)
        if box is not None:
            self._union = box.joined(self._union or box)
            self._boxes.append(box)
            live = _differing(frame.image)
            self._live = live if self._live is None or live is None else self._live | live

    def _decided(self) -> Box | None:
        """The picture between bars, once enough frames agree on it."""
        if self._union is None or len(self._boxes) < _AGREEING:
            return None
        found = barred(self._union, self.shape)
        # What is dark reaches less far; the edge of a bar does not move.
        agreeing = sum(box.holds(self._union) for box in self._boxes)
        if agreeing < max(_AGREEING // 2, len(self._boxes) // 2) or not self._ends_straight(self._union):
            return None
        return found

    def _ends_straight(self, box: Box) -> bool:
        """Whether there is picture all along the edge of a box; a spotlight on a dark stage is round."""
        if self._live is None:
            return False
        part = self._live[box.top : box.bottom, box.left : box.right]
        edges = np.concatenate([part[0], part[-1], part[:, 0], part[:, -1]])
        return float(edges.mean()) >= _STRAIGHT

    def _release(self) -> Iterator[SmallFrame]:
        # A video may end before ten frames have agreed.
        short = len(self._held) < _AGREEING and not self.seen
        if short and self.box is None and self._union is not None and self._ends_straight(self._union):
            self.box = barred(self._union, self.shape)
        held, self._held, self._boxes = self._held, [], []
        self._union, self._live = None, None
        for frame in held:
            yield self._cut(frame)

    def _cut(self, frame: SmallFrame) -> SmallFrame:
        self.seen[self.box] = self.seen.get(self.box, 0) + 1
        if self.box is None:
            return frame
        return replace(frame, image=cut_to(frame.image, self.box, aspect=self._aspect))


class StillFrame:
    """Looks for a part of the picture that changes from shot to shot within one that never does."""

    def __init__(self) -> None:
        self._low: Image | None = None
        self._high: Image | None = None
        self._last: Image | None = None
        self._next = 0.0
        self._changes: list[NDArray[np.bool_]] = []  # where much changed at once

    def add(self, time: float, image: Image) -> None:
        """Take the next frame."""
        if time < self._next:
            return
        self._next = time + _STILL_SECONDS
        if self._low is None or self._high is None or self._last is None or self._low.shape != image.shape:
            self._low, self._high, self._last = image.copy(), image.copy(), image
            return
        np.minimum(self._low, image, out=self._low)
        np.maximum(self._high, image, out=self._high)
        changed = (np.maximum(image, self._last) - np.minimum(image, self._last)).max(axis=2) > _STILL_NOISE
        self._last = image
        if changed.mean() >= _LEAST_AREA * 0.6 and len(self._changes) < 64:
            self._changes.append(changed)

    def box(self) -> Box | None:
        """Where the picture is within what never changed; None if there is no such frame around it."""
        if self._low is None or self._high is None:
            return None
        live = (self._high - self._low).max(axis=2) > _STILL_NOISE
        box = _extents(live)
        if box is None:
            return None
        height, width = live.shape
        area = box.width * box.height / (width * height)
        small = box.width < _LEAST_WIDE or box.height < _LEAST_HIGH or area < _LEAST_AREA
        if small or area > _MOST_AREA:
            return None
        part = slice(box.top, box.bottom), slice(box.left, box.right)
        outside = live.sum() - live[part].sum()
        if live[part].mean() < _LEAST_LIVE or outside > 0.02 * live.size:
            return None
        # Somebody who moves before a wall changes it bit by bit; a cut changes nearly all of it at once.
        cut = any(changed[part].mean() >= 0.6 for changed in self._changes)
        return box if cut else None


def cut_to(image: Image, box: Box, *, aspect: float) -> Image:
    """A part of a picture at the size of a small frame, wide or tall as the part is.

    Parameters
    ----------
    image
        RGB of shape (height, width, 3), of a video of which `aspect` is the width in heights.
    """
    height, width = image.shape[:2]
    shown = aspect * (box.width / width) / (box.height / height)
    wide, high = (SHORT_SIDE, LONG_SIDE) if shown < 1.0 else (LONG_SIDE, SHORT_SIDE)
    # The outermost pixels may be part bar.
    left, right = _inner(box.left, box.right, width)
    top, bottom = _inner(box.top, box.bottom, height)
    part = image[top:bottom, left:right].astype(np.float32)
    rows = _stretch(bottom - top, high) @ part.reshape(bottom - top, -1)
    columns = _stretch(right - left, wide) @ rows.reshape(high, right - left, 3)
    stretched: Image = (columns + np.float32(0.5)).astype(np.uint8)
    return stretched


def _inner(begin: int, end: int, size: int) -> tuple[int, int]:
    if end - begin < 2 * _LEAST_WIDE:
        return begin, end
    return begin + (begin > 0), end - (end < size)


@lru_cache(maxsize=64)
def _stretch(before: int, after: int) -> FloatArray:
    """The matrix (after, before) that interpolates linearly between pixels."""
    places = np.clip((np.arange(after) + 0.5) * before / after - 0.5, 0, before - 1)
    low = np.minimum(places.astype(np.intp), max(0, before - 2))
    share = (places - low).astype(np.float32)
    matrix = np.zeros((after, before), dtype=np.float32)
    matrix[np.arange(after), low] = 1.0 - share
    matrix[np.arange(after), np.minimum(low + 1, before - 1)] += share
    return matrix

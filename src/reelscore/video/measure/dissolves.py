"""Dissolves and fades, found in small frames as they come. Pure.

While one shot goes over into another, each picture is a mix of one from before and one from after: it lies
on the line between the two, and moves along it at a steady pace (the production model of Hampapur, Jain and
Weymouth, "Digital video segmentation", ACM Multimedia 1994). So for several lengths the pictures between two
are looked at: how far off the line they are, and whether they go along it without a jump. What only changes
its light has the same picture at both ends; what pans has pictures that are on no line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reelscore.records import Dissolve, FloatArray
from reelscore.video.measure.shots import change_between

# Pictures are halved twice to this many rows and columns: what moves a little is still on the line.
_ROWS, _COLUMNS = 9, 16
# The lengths that are tried, seconds.
_LENGTHS = np.array([0.36, 0.52, 0.72, 1.0, 1.4, 1.9, 2.6])
_SPACING_SECONDS = 0.06  # no need to look more often
_KEPT = 96  # pictures: at least half of them reach back further than the longest
# The two ends must differ by this share of their contrast ...
_LEAST_CHANGE = 0.6
# ... and the picture half-way must be this near the line, in shares of its length.
_OFF_THE_LINE = 0.33
_MEAN_OFF_THE_LINE = 0.33
_MIDDLE = (0.3, 0.7)
# No picture may be further along the line than the one before by more than this,
_LONGEST_STEP = 0.42
# and none further back; noise is.
_BACKWARDS = 0.08
_LEAST_BETWEEN = 3
# What cannot be found again from one end to the other, and from either end to the middle, wherever it moved:
# in a pan it can.
_LEAST_NEW, _LEAST_NEW_BY_HALF = 0.36, 0.22
# The same picture in another light correlates with itself by this much.
_SAME_PICTURE = 0.8
# Less contrast than this is a plain picture: black, mostly. Grey levels.
_PLAIN = 3.5
_NOISE_LEVEL = 4.0
# Fades with no more than this between them lead through the same black.
_SAME_BLACK_SECONDS = 1.0
# One that is shorter and has a hard cut in it is that cut.
_SHORT_SECONDS = 0.5
_MOST_TRIES = 12
# How much further off the line a change may be that takes a second longer, and still be the better reading.
_PER_SECOND = 0.45


@dataclass(frozen=True, slots=True)
class _Found:
    start: float
    end: float
    plain: str  # which end is a plain picture: "start", "end" or ""
    off: float  # how far off the line, in the mean
    images: tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]  # before, half-way, after


class DissolveDetector:
    """Takes the frames of one video in order; tells the changes at the end."""

    def __init__(self) -> None:
        # Of the last few seconds; what is older is moved out in blocks.
        self._times: NDArray[np.float64] = np.zeros(_KEPT)
        self._pictures: FloatArray = np.zeros((_KEPT, _ROWS * _COLUMNS * 3), dtype=np.float32)
        self._contrasts: NDArray[np.float64] = np.zeros(_KEPT)
        self._images: list[NDArray[np.uint8]] = []
        self._possible: list[_Found] = []  # overlapping ones stand for one change
        self._found: list[Dissolve] = []
        self._black_since: float | None = None  # where the last one found led to a plain picture

    def add(self, time: float, image: NDArray[np.uint8]) -> None:
        """Take the next frame, RGB of shape (36, 64, 3) or (64, 36, 3)."""
        count = len(self._images)
        if count and time < self._times[count - 1] + _SPACING_SECONDS:
            return
        if count == _KEPT:
            half = _KEPT // 2
            for kept in (self._times, self._pictures, self._contrasts):
                kept[:half] = kept[half:]
            del self._images[:half]
            count = half
        picture = _coarse(image)
        self._times[count], self._pictures[count] = time, picture
        self._contrasts[count] = _contrast(picture)
        self._images.append(image)
        self._look(count)
        if self._possible and time > self._possible[-1].end + _LENGTHS[-1]:
            self._settle()

    def finish(self, cuts: Sequence[float] = ()) -> tuple[Dissolve, ...]:
        """All changes, in order; a short one in which a hard cut was found is that cut."""
        self._settle()
        return tuple(
            one
            for one in self._found
            if one.end - one.start >= _SHORT_SECONDS or not any(one.start <= cut <= one.end for cut in cuts)
        )

    def _settle(self) -> None:
        """Choose among what is possible so far; the costly part of the proof is done for the best only."""
        chosen: list[_Found] = []
        tried = 0
        for one in sorted(
            self._possible, key=lambda one: one.off - _PER_SECOND * min(one.end - one.start, 2.0)
        ):
            if any(one.start < other.end and one.end > other.start for other in chosen):
                continue
            tried += 1
            if _is_new(*one.images, plain=bool(one.plain)):
                chosen.append(one)
            if tried >= _MOST_TRIES:
                break
        self._possible.clear()
        for one in sorted(chosen, key=lambda one: one.start):
            black, self._black_since = self._black_since, one.end if one.plain == "end" else None
            if one.plain == "start" and black is not None and one.start - black <= _SAME_BLACK_SECONDS:
                self._found[-1] = Dissolve(self._found[-1].start, one.end, "fade")
            else:
                self._found.append(Dissolve(one.start, one.end, "fade" if one.plain else "dissolve"))

    def _look(self, last: int) -> None:
        """Try all lengths that end with the newest picture."""
        times = self._times[: last + 1]
        after, contrast = self._pictures[last], self._contrasts[last]
        begins = np.searchsorted(times, times[last] - _LENGTHS - 1e-6)
        possible = (last - begins > _LEAST_BETWEEN) & (times[begins] <= times[last] - _LENGTHS + 0.1)
        begins, lengths = begins[possible], _LENGTHS[possible]
        if not len(begins):
            return
        lines = after - self._pictures[begins]
        change = np.abs(lines).mean(axis=1)
        changed = change >= _LEAST_CHANGE * (np.maximum(self._contrasts[begins], contrast) + _NOISE_LEVEL)
        for begin, line, seconds in zip(begins[changed], lines[changed], lengths[changed], strict=True):
            middle = int(np.searchsorted(times, times[last] - seconds / 2))
            length = float(np.vdot(line, line))
            place, off = _on_line(self._pictures[middle] - self._pictures[begin], line, length)
            if off > _OFF_THE_LINE or not _MIDDLE[0] <= place <= _MIDDLE[1]:
                continue
            found = self._follow(int(begin), last, line, length)
            if found is not None:
                self._possible.append(found)

    def _follow(self, begin: int, last: int, line: FloatArray, length: float) -> _Found | None:
        """Go along all pictures between two."""
        times = self._times
        before = self._pictures[begin]
        between = self._pictures[begin + 1 : last] - before
        places = between @ line / length
        offs = np.sqrt(np.maximum((between**2).sum(axis=1) / length - places**2, 0.0))
        steps = np.diff(np.concatenate([[0.0], places, [1.0]]))
        if steps.max() > _LONGEST_STEP or steps.min() < -_BACKWARDS:
            return None
        on_the_way = (places > 0.1) & (places < 0.9)
        if on_the_way.sum() < _LEAST_BETWEEN or offs[on_the_way].mean() > _MEAN_OFF_THE_LINE:
            return None
        plain = (
            "start" if self._contrasts[begin] < _PLAIN else "end" if self._contrasts[last] < _PLAIN else ""
        )
        middle = begin + 1 + int(np.argmin(np.abs(places - 0.5)))
        inside = np.flatnonzero(on_the_way) + begin + 1
        return _Found(
            float(times[inside[0] - 1]),
            float(times[inside[-1] + 1]),
            plain,
            float(offs[on_the_way].mean()),
            (self._images[begin], self._images[middle], self._images[last]),
        )


def _is_new(
    old: NDArray[np.uint8], half_way: NDArray[np.uint8], new: NDArray[np.uint8], *, plain: bool
) -> bool:
    """Whether what is at the end is not what was at the start, moved or in another light."""
    if change_between(old, new) < _LEAST_NEW:
        return False
    if not plain:
        if _likeness(_coarse(old), _coarse(new)) >= _SAME_PICTURE:
            return False
        if change_between(old, _in_the_light_of(new, old)) < _LEAST_NEW:
            return False
    halves = ((old, half_way), (half_way, new))
    return all(change_between(one, other) >= _LEAST_NEW_BY_HALF for one, other in halves)


def _in_the_light_of(image: NDArray[np.uint8], other: NDArray[np.uint8]) -> NDArray[np.uint8]:
    gain = (float(other.mean()) + 1.0) / (float(image.mean()) + 1.0)
    lit: NDArray[np.uint8] = np.minimum(image * np.float32(min(gain, 4.0)), 255.0).astype(np.uint8)
    return lit


def _coarse(image: NDArray[np.uint8]) -> FloatArray:
    if image.shape[0] > image.shape[1]:
        image = image.transpose(1, 0, 2)
    rows = image[::2].astype(np.uint16)
    rows += image[1::2]
    rows = rows[::2] + rows[1::2]
    columns = rows[:, ::2] + rows[:, 1::2]
    quads = columns[:, ::2] + columns[:, 1::2]
    coarse: FloatArray = quads.ravel().astype(np.float32) / np.float32(16.0)
    return coarse


def _contrast(picture: FloatArray) -> float:
    planes = picture.reshape(-1, 3)
    return float(np.abs(planes - planes.mean(axis=0)).mean())


def _on_line(offset: FloatArray, line: FloatArray, length: float) -> tuple[float, float]:
    """Where along a line a picture is, 0..1, and how far off it, in shares of its length."""
    place = float(np.vdot(offset, line)) / length
    rest = float(np.vdot(offset, offset)) / length - place * place
    return place, float(np.sqrt(max(rest, 0.0)))


def _likeness(one: FloatArray, other: FloatArray) -> float:
    """Pearson's correlation of two pictures in grey."""
    here, there = one.reshape(-1, 3).mean(axis=1), other.reshape(-1, 3).mean(axis=1)
    here, there = here - here.mean(), there - there.mean()
    noise = here.size * _NOISE_LEVEL
    scale = np.sqrt((float(np.vdot(here, here)) + noise) * (float(np.vdot(there, there)) + noise))
    return float(np.vdot(here, there) / scale)

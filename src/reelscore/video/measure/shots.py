"""Hard cuts, found in small frames as they come: a frame in, cuts out. Pure.

A cut is where no part of the picture can be found again, however the camera moved, and stays so:

1. Two frames are compared in blocks: each block of the later one is looked for within a few pixels of its
   place in the earlier one, so that pans, zooms and things that move cost little (motion-compensated
   differences, as Shahraray proposed in "Scene change detection and content-based sampling of video
   sequences", SPIE 2419, 1995). What cannot be found is put in proportion to the contrast of the picture.
2. It must stay so: the picture before is also compared with those up to a fifth of a second after, and the
   other way round. After a flash, or when something has passed close to the lens, the old picture is back.
3. It must stand out from what was going on just before and after by the same two measures, so that in fast
   motion only more than that is a cut.

Only the first, cheapest comparison is made for every frame.
"""

from __future__ import annotations

from collections import deque
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

# Frames are halved to this grid, and cut into 8 x 6 blocks of 4 x 3 pixels.
_HEIGHT, _WIDTH = 18, 32
_ROWS, _COLUMNS = 6, 8
_BLOCK_HEIGHT, _BLOCK_WIDTH = _HEIGHT // _ROWS, _WIDTH // _COLUMNS
_BLOCKS = _ROWS * _COLUMNS
_PIXELS = _HEIGHT * _WIDTH
_VALUES = 3 * _BLOCK_HEIGHT * _BLOCK_WIDTH  # of one block
# How far a block is looked for, in pixels: a tenth of the width.
_REACH = 3

# A change is a cut from either pair on: share of the contrast that cannot be found again, and how many
# times what goes on close by. Where they lie matters little: with the first share from .25 to .33 and its
# ratio from 1.5 to 2, the F1 on 68 clips of which half of the frames were seen stays above .97.
_LIMITS = ((0.3, 1.8), (0.2, 4.0))
_LEAST_CHANGE = min(share for share, _ in _LIMITS)
# Frames on each side that count as close by. Three would hide the cuts of an edit of four a second, of which
# every other frame is seen: F1 .98 instead of .996 on the 56 clips of the benchmark.
_NEARBY = 2
_RETURN_SECONDS = 0.2  # what comes back within this time was never cut away
# Pictures further apart than this are no longer close by, however few lie between them: in a slide show each
# is a shot of its own. Up to two a second, they are.
_HELD_SECONDS = 0.55
# With few pictures a second, more than the fifth of one is looked at for what comes back; not more than this.
_LONGEST_RETURN_SECONDS = 1.05
# A picture is back if it has less than this share of the change at the cut.
_RETURNED = 0.5
# Frames with less change than this repeat the one before, as when 30 pictures a second are shown at 60. Up
# to this many in a row are passed over, or else every picture would stand out from a standstill before it.
_REPEATED = 0.012
_MOST_REPEATS = 2
# Stands for coding noise in the contrast: grey levels.
_NOISE_LEVEL = 4.0
# The same picture in another light correlates with itself by this much or more ...
_SAME_PICTURE = 0.92
# ... and the light has changed if a colour's mean moved by this share of the contrast.
_OTHER_LIGHT = 0.3
# Two changes this close together are one cut with a mixed frame in it.
_MERGED = 2
# Frames after a cut at which a live set reports it, before it is certain.
_SOON = 2

Small = NDArray[np.int16]


class CutDetector:
    """Takes the frames of one video in order and tells where new shots begin."""

    def __init__(self, frame_rate: float | None = None) -> None:
        rate = frame_rate or 25.0
        most = min(12, max(4, round(_RETURN_SECONDS * rate)))
        self._gaps = [gap for gap in (1, 2, 3, 4, 6, 8, 10, 12) if gap <= most]
        # A decision looks this far to each side: the neighbours, and where they may return.
        self._margin = _NEARBY + max(self._gaps) + 1
        self._frames: deque[_Frame] = deque(maxlen=2 * self._margin + 2)
        self._seen = 0  # frames given
        self._skipped = 0  # of them, repeats since the last one that was taken
        self._taken = 0  # frames that are not repeats; these are numbered below
        self._decided = 1  # the first frame begins no new shot
        self._last_cut: int | None = None

    def add(self, image: NDArray[np.uint8], *, passed_over: int = 0, time: float | None = None) -> list[int]:
        """Take the next frame; the indices of frames that now turn out to begin a new shot.

        Parameters
        ----------
        image
            RGB of shape (36, 64, 3), or (64, 36, 3) if the video is tall.
        passed_over
            How many frames just before it were left out.
        time
            When it is shown, seconds. Without it, frames are taken to follow each other closely.
        """
        frame = _Frame(image, self._seen, self._frames[-1] if self._frames else None)
        frame.step = 1 + passed_over
        frame.time = time
        self._seen += 1
        if self._is_repeat(frame):
            self._skipped += 1
            return []
        self._skipped = 0
        self._frames.append(frame)
        self._taken += 1
        return self._decide(self._taken - self._margin)

    def _is_repeat(self, frame: _Frame) -> bool:
        if not self._frames or frame.plain_change >= _REPEATED or self._skipped >= _MOST_REPEATS:
            return False
        # If the picture before did not move either, this is no repeat but a standstill; and after what may
        # be a cut it may be a shot that stands still.
        if self._frames[-1].plain_change < _REPEATED:
            return False
        last = self._taken - 1
        return self._plain_change(last) < _LEAST_CHANGE or self._change(last - 1, last) < _LEAST_CHANGE

    @property
    def delay(self) -> int:
        """How many frames after it a cut is reported at the latest."""
        return self._margin * (1 + _MOST_REPEATS)

    def suspected(self) -> int | None:
        """The index of the frame two before the newest, if it begins a new shot by what has come so far.

        It may turn out to be a flash, or a movement that goes on: `add` names the shots that stay.
        """
        index = self._taken - 1 - _SOON
        last = self._last_cut
        if index < 1 or (last is not None and index - last <= _MERGED) or not self._is_cut(index):
            return None
        return self._frames[index - self._taken].index

    def finish(self) -> list[int]:
        """The cuts among the last frames, once no more will come."""
        return self._decide(self._taken)

    def _decide(self, end: int) -> list[int]:
        cuts = []
        while self._decided < end:
            index = self._decided
            self._decided += 1
            last = self._last_cut
            apart = last is None or index - last > _MERGED or not self._is_close(last, index)
            if apart and self._is_cut(index):
                self._last_cut = index
                cuts.append(self._frames[index - self._taken].index)
        return cuts

    def _is_cut(self, index: int) -> bool:
        if self._plain_change(index) < _LEAST_CHANGE:
            return False
        if self._change(index - 1, index) < _LEAST_CHANGE:
            return False
        change = self._lasting_change(index)
        ratios = [ratio for share, ratio in _LIMITS if change >= share]
        if not ratios:
            return False
        # Movement shows twice as much over two frames; per frame, so to speak.
        level = self._level(index) / self._pace(index)
        before, after = self._is_close(index - 1, index), self._is_close(index, index + 1)
        if (before and self._exceeds(index - 1, level)) or (after and self._exceeds(index + 1, level)):
            return False
        limit = level / min(ratios)
        window = (*range(index - _NEARBY, index - 1), *range(index + 2, index + _NEARBY + 1))
        if any(self._is_close(index, other) and self._exceeds(other, limit) for other in window):
            return False
        # One of the two frames next to a cut may be a mix of both shots; with something that moves in
        # front of the lens, both steps are large.
        if before and after and self._exceeds(index - 1, limit) and self._exceeds(index + 1, limit):
            return False
        return not (self._returns(index, change) or self._only_light_changed(index))

    def _is_close(self, one: int, other: int, *, within: float = _HELD_SECONDS) -> bool:
        """Whether two frames are shown so soon after each other that one tells about the other."""
        here, there = self._frame(one), self._frame(other)
        if here is None or there is None or here.time is None or there.time is None:
            return True
        return abs(here.time - there.time) <= within

    def _level(self, index: int) -> float:
        """How much happens at a frame, by both comparisons; what comes back at once counts for less."""
        change = self._change(index - 1, index)
        lasting = self._lasting_change(index)
        if change <= 0.0 or not np.isfinite(change):
            return 0.0
        return float(np.sqrt(lasting * self._plain_change(index) * lasting / change))

    def _pace(self, index: int) -> float:
        """What movement makes more of if frames before this one were left out."""
        frame = self._frame(index)
        return float(np.sqrt(frame.step)) if frame is not None else 1.0

    def _exceeds(self, index: int, limit: float) -> bool:
        """Whether the level of a frame is above a limit, computed only as far as needed."""
        limit *= self._pace(index)
        plain = self._plain_change(index)
        if plain <= limit:  # it bounds the change, and so the level
            return False
        if plain * self._change(index - 1, index) <= limit * limit:
            return False
        return self._level(index) > limit

    def _returns(self, index: int, change: float) -> bool:
        """Whether a picture from before is back a moment later, though not the one just before.

        So it is inside a flash that grows or fades over several frames.
        """
        most = max(self._gaps)
        return any(
            self._change(index - 1 - back, index + on) < _RETURNED * change
            for back in self._gaps
            for on in self._gaps
            if back + on <= most
            and self._is_close(index - 1 - back, index + on, within=_LONGEST_RETURN_SECONDS)
        )

    def _only_light_changed(self, index: int) -> bool:
        # One of the frames next to the change may be a mix, so those one further away are compared.
        old, new = self._frame(index - 1), self._frame(index)
        if self._is_close(index - 2, index - 1):
            old = self._frame(index - 2) or old
        if self._is_close(index, index + 1):
            new = self._frame(index + 1) or new
        return old is not None and new is not None and new.is_relit(old)

    def _frame(self, index: int) -> _Frame | None:
        place = index - (self._taken - len(self._frames))
        return self._frames[place] if 0 <= place < len(self._frames) and index >= 0 else None

    def _plain_change(self, index: int) -> float:
        """How much a frame differs from the one before it, pixel by pixel; 0 outside the video."""
        frame = self._frame(index)
        return frame.plain_change if frame is not None else 0.0

    def _change(self, before: int, after: int) -> float:
        """Share of the contrast of two frames that the later one does not have from the earlier one."""
        old, new = self._frame(before), self._frame(after)
        if old is None or new is None or new.index - old.index > max(self._gaps) + 2:
            return float("inf")
        known = new.changes.get(after - before)
        if known is None:
            known = new.changes[after - before] = new.change_since(old)
        return known

    def _lasting_change(self, index: int) -> float:
        """The least change between a frame just before `index` and one just after."""
        new = self._frame(index)
        if new is None:
            return 0.0
        if new.lasting_change is not None:
            return new.lasting_change
        pairs = [(index - 2, index + 1)]
        for gap in self._gaps:
            pairs += [(index - 1, index + gap), (index - 1 - gap, index)]
        close = [pair for pair in pairs if self._is_close(*pair, within=_LONGEST_RETURN_SECONDS)]
        change = min(self._change(*pair) for pair in [(index - 1, index), *close])
        if index + max(self._gaps) < self._taken:  # else what comes may still change it
            new.lasting_change = change
        return change


def change_between(before: NDArray[np.uint8], after: NDArray[np.uint8]) -> float:
    """Share of the contrast of two pictures that the later one does not have from the earlier one."""
    return _Frame(after, 1, None).change_since(_Frame(before, 0, None))


class _Frame:
    """A small frame with what was found out about it."""

    def __init__(self, image: NDArray[np.uint8], index: int, before: _Frame | None) -> None:
        self.index = index
        if image.shape[0] > image.shape[1]:
            image = image.transpose(1, 0, 2)
        wide = image.astype(np.int16)
        rows = wide[::2] + wide[1::2]
        quads = (rows[:, ::2] + rows[:, 1::2] + 2) >> 2
        self.planes: Small = np.ascontiguousarray(quads.transpose(2, 0, 1))  # (3, 18, 32)
        flat = self.planes.reshape(3, -1)
        self.means = flat.sum(axis=1, dtype=np.int32) / _PIXELS
        spread = np.abs(flat - self.means.astype(np.int16)[:, None])
        self.contrast: float = int(spread.sum(dtype=np.int32)) / spread.size
        self.plain_change = 0.0
        if before is not None:
            difference = int(np.abs(self.planes - before.planes).sum(dtype=np.int32)) / spread.size
            self.plain_change = difference / (max(self.contrast, before.contrast) + _NOISE_LEVEL)
        self.step = 1  # frames since the one before
        self.time: float | None = None  # when it is shown, seconds
        self.changes: dict[int, float] = {}  # by how many frames back
        self.lasting_change: float | None = None
        self._blocks: Small | None = None
        self._surroundings: Small | None = None

    def change_since(self, old: _Frame) -> float:
        """Mean of what is left of each block when the best place in `old` is taken away from it."""
        left = old.surroundings - self.blocks[:, None]
        np.abs(left, out=left)
        # The values come first, so that whole rows are summed up.
        best = np.add.reduce(left, axis=0, dtype=np.int16).min(axis=0)
        rest = int(best.sum(dtype=np.int32)) / (_BLOCKS * _VALUES)
        return rest / (max(self.contrast, old.contrast) + _NOISE_LEVEL)

    def is_relit(self, old: _Frame) -> bool:
        """Whether this is the picture of `old` in another light: brighter, darker or of another colour."""
        shift = np.abs(self.means - old.means).max()
        if shift < _OTHER_LIGHT * min(self.contrast, old.contrast):
            return False
        here = self.planes.mean(axis=0, dtype=np.float32)
        there = old.planes.mean(axis=0, dtype=np.float32)
        inner = here[_REACH:-_REACH, _REACH:-_REACH]
        height, width = inner.shape
        return any(
            _correlate(inner, there[down : down + height, right : right + width]) >= _SAME_PICTURE
            for down in range(2 * _REACH + 1)
            for right in range(2 * _REACH + 1)
        )

    @property
    def blocks(self) -> Small:
        """The values of each block, (values, blocks)."""
        if self._blocks is None:
            cut = self.planes.reshape(3, _ROWS, _BLOCK_HEIGHT, _COLUMNS, _BLOCK_WIDTH)
            self._blocks = cut.transpose(0, 2, 4, 1, 3).reshape(_VALUES, _BLOCKS)
        return self._blocks

    @property
    def surroundings(self) -> Small:
        """The values that each block would have, were it moved, (values, places, blocks)."""
        if self._surroundings is None:
            height, width = _HEIGHT + 2 * _REACH, _WIDTH + 2 * _REACH
            framed = np.empty((3, height, width), dtype=np.int16)
            framed[:, _REACH:-_REACH, _REACH:-_REACH] = self.planes
            framed[:, :_REACH] = framed[:, _REACH : _REACH + 1]
            framed[:, -_REACH:] = framed[:, -_REACH - 1 : -_REACH]
            framed[:, :, :_REACH] = framed[:, :, _REACH : _REACH + 1]
            framed[:, :, -_REACH:] = framed[:, :, -_REACH - 1 : -_REACH]
            self._surroundings = framed.ravel().take(_places())
        return self._surroundings


@lru_cache(maxsize=1)
def _places() -> NDArray[np.intp]:
    """Where in the padded, flattened planes the values of each moved block lie."""
    height, width = _HEIGHT + 2 * _REACH, _WIDTH + 2 * _REACH
    plane, row, column = np.meshgrid(
        np.arange(3), np.arange(_HEIGHT), np.arange(_WIDTH), indexing="ij", sparse=True
    )
    base = (plane * height + row) * width + column
    cut = base.reshape(3, _ROWS, _BLOCK_HEIGHT, _COLUMNS, _BLOCK_WIDTH)
    blocks = cut.transpose(0, 2, 4, 1, 3).reshape(_VALUES, _BLOCKS)
    moves = np.arange(2 * _REACH + 1)
    offsets = (moves[:, None] * width + moves).reshape(1, -1, 1)
    places: NDArray[np.intp] = np.ascontiguousarray(offsets + blocks[:, None])
    return places


def _correlate(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Pearson's correlation of two pictures; noise on a plain one is taken for none."""
    one, other = one - one.mean(), other - other.mean()
    noise = one.size * _NOISE_LEVEL
    scale = np.sqrt((np.vdot(one, one) + noise) * (np.vdot(other, other) + noise))
    correlation: np.floating = np.vdot(one, other) / scale
    return float(correlation)

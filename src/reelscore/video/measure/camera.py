"""How the camera moves: which way, and how steadily, from pairs of small pictures. Pure.

A pair is first laid over each other by phase correlation (Kuglin and Hines, "The phase correlation image
alignment method", 1975), which finds whole pixels however far; what is left over, a part of a pixel and a
zoom, is solved for by least squares on the gradients (Lucas and Kanade, "An iterative image registration
technique with an application to stereo vision", 1981).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from reelscore.records import FloatArray

MOVES = ("still", "pan left", "pan right", "tilt up", "tilt down", "zoom in", "zoom out", "mixed")

# Slower than this is a camera that stands: widths a second.
_LEAST_SPEED = 0.025
# A direction counts if it is this much stronger than the next one, and than the shaking.
_CLEARER = 1.4
# A move must explain this share of what changed, or it is things that move, or a cut.
_EXPLAINED = 0.25
# So little change is a picture that stands, in shares of its contrast.
_NOTHING = 0.03
# Shaking at which steadiness has fallen to 37 %, widths a second.
_SHAKY = 0.12
# Fewer pairs in a second than this tell nothing about shaking.
_LEAST_PAIRS = 3
_NOISE_LEVEL = 2.0  # grey levels


@dataclass(frozen=True, slots=True)
class Move:
    """From one picture to the next, as the camera does it: shares of the width, and a growth."""

    right: float
    down: float
    closer: float  # how much larger things become, 0 if they stay


@dataclass(frozen=True, slots=True)
class CameraWork:
    """What the camera does over a whole video."""

    shares: dict[str, float] = field(default_factory=dict)  # of the time, by the names in MOVES
    steadiness: float | None = None  # 1: on a tripod, 0: shaken; None if too little was seen


def move_between(before: FloatArray, after: FloatArray) -> Move | None:
    """What the camera did between two pictures.

    Parameters
    ----------
    before, after
        Grey levels of shape (height, width), the same for both and at least 8 x 8.

    Returns
    -------
    None if no move of the camera explains what changed.
    """
    old, new = _even_light(before), _even_light(after)
    if old is None or new is None:
        return Move(0.0, 0.0, 0.0)
    height, width = old.shape
    change = new - old
    if float(np.abs(change).sum()) < _NOTHING * old.size:
        return Move(0.0, 0.0, 0.0)
    unexplained = float(np.vdot(change, change)) / change.size
    best: tuple[float, Move | None] = (unexplained * (1.0 - _EXPLAINED), None)
    shifts = dict.fromkeys([(0, 0), _whole_pixels(old, new)])
    for down, right in shifts:
        rows, columns = (
            slice(max(0, down), height + min(0, down)),
            slice(max(0, right), width + min(0, right)),
        )
        there = old[
            slice(max(0, -down), height + min(0, -down)), slice(max(0, -right), width + min(0, -right))
        ]
        found = _part_of_pixel(there, new[rows, columns])
        if found is None:
            continue
        x, y, growth, rest = found
        if rest < best[0]:
            # What is in the picture goes against the camera.
            best = (rest, Move(-(right + x) / width, -(down + y) / width, growth))
    return best[1]


class CameraMeter:
    """Takes the moves of one video in order; keeps a few sums for each second."""

    def __init__(self) -> None:
        self._sums: dict[int, NDArray[np.float64]] = {}

    def add(self, second: int, step: float, move: Move) -> NDArray[np.float64]:
        """Take a move that took `step` seconds; what it added, for `forget`."""
        speed = np.array([move.right, move.down, move.closer]) / step
        added = np.concatenate([[1.0], speed, [speed[0] ** 2 + speed[1] ** 2]])
        self._sums.setdefault(second, np.zeros(5))[:] += added
        return added

    def forget(self, second: int, added: NDArray[np.float64]) -> None:
        """Take a move back."""
        self._sums[second] -= added

    def summary(self) -> CameraWork:
        """What the camera did over all that was taken."""
        counts = dict.fromkeys(MOVES, 0)
        shakes = []
        for sums in self._sums.values():
            pairs = round(float(sums[0]))
            if pairs < 1:
                continue
            mean = sums[1:4] / pairs
            spread = float(np.sqrt(max(0.0, sums[4] / pairs - mean[0] ** 2 - mean[1] ** 2)))
            if pairs >= _LEAST_PAIRS:
                shakes.append(spread)
            counts[_named(mean, spread / np.sqrt(pairs))] += 1
        seen = sum(counts.values())
        if not seen:
            return CameraWork()
        shares = {name: count / seen for name, count in counts.items() if count}
        steadiness = float(np.exp(-float(np.median(shakes)) / _SHAKY)) if shakes else None
        return CameraWork(shares, steadiness)


def _named(speed: NDArray[np.float64], doubt: float) -> str:
    """The name of a mean speed that is known to within `doubt`."""
    # A zoom moves the edge of the picture, which is half a width from its middle.
    sizes = np.abs(speed) * (1.0, 1.0, 0.5)
    order = np.argsort(sizes)
    strongest, next_one = int(order[-1]), float(sizes[order[-2]])
    if sizes[strongest] < max(_LEAST_SPEED, doubt):
        return "still"
    if sizes[strongest] < _CLEARER * next_one:
        return "mixed"
    names = (("pan left", "pan right"), ("tilt up", "tilt down"), ("zoom out", "zoom in"))
    return names[strongest][int(speed[strongest] > 0)]


def _even_light(picture: FloatArray) -> FloatArray | None:
    """A picture with mean 0 and contrast 1, whatever its light; None if it is plain."""
    centred = picture - picture.mean(dtype=np.float32)
    deviation = float(np.sqrt(np.vdot(centred, centred) / centred.size))
    if deviation < _NOISE_LEVEL:
        return None
    even: FloatArray = centred / np.float32(deviation)
    return even


def _whole_pixels(old: FloatArray, new: FloatArray) -> tuple[int, int]:
    """(down, right) that what is in the picture has moved by, in whole pixels."""
    height, width = old.shape
    window = _window(height, width)
    cross = np.fft.rfft2(new * window) * np.conj(np.fft.rfft2(old * window))
    likeness = np.fft.irfft2(cross / (np.abs(cross) + 1e-6), (height, width))
    down, right = divmod(int(np.argmax(likeness)), width)
    down = down - height if down > height // 2 else down
    right = right - width if right > width // 2 else right
    # With less than half of the picture in common, chance finds a likeness somewhere.
    return (down, right) if abs(down) <= height // 3 and abs(right) <= width // 3 else (0, 0)


def _part_of_pixel(old: FloatArray, new: FloatArray) -> tuple[float, float, float, float] | None:
    """(right, down, growth, mean square left over) of what is in the picture, solved for at once."""
    height, width = old.shape
    both = (old + new) / np.float32(2.0)
    across = (both[1:-1, 2:] - both[1:-1, :-2]) / np.float32(2.0)
    along = (both[2:, 1:-1] - both[:-2, 1:-1]) / np.float32(2.0)
    change = (new - old)[1:-1, 1:-1].ravel()
    x = np.arange(width - 2, dtype=np.float32) - np.float32((width - 3) / 2)
    y = np.arange(height - 2, dtype=np.float32) - np.float32((height - 3) / 2)
    outwards = across * x + along * y[:, None]
    slopes = np.stack([across.ravel(), along.ravel(), outwards.ravel()])
    try:
        solved = np.linalg.solve(
            (slopes @ slopes.T).astype(np.float64) + 1e-3 * np.eye(3), -(slopes @ change).astype(np.float64)
        )
    except np.linalg.LinAlgError:
        return None
    rest = change + solved.astype(np.float32) @ slopes
    return float(solved[0]), float(solved[1]), float(solved[2]), float(np.vdot(rest, rest)) / rest.size


@lru_cache(maxsize=4)
def _window(height: int, width: int) -> FloatArray:
    window: FloatArray = np.outer(np.hanning(height + 2)[1:-1], np.hanning(width + 2)[1:-1]).astype(
        np.float32
    )
    return window

"""The levels of a pulse: a chain of beats twice or three times as fast or slow, or off the beat.

Which beats a chain has is sure sooner than which of its levels people would call the beat, so that is chosen
afterwards, among all of them.
"""

from __future__ import annotations

import numpy as np

from reelscore.records import DoubleArray

# (parts that each interval is divided into, how many of these make a beat, from which on): the chain itself,
# slower, faster, off the beat, and by two thirds and three halves.
LEVELS = (
    (1, 1, 0),
    *((1, step, phase) for step in (2, 3) for phase in range(step)),
    (2, 1, 0),
    (3, 1, 0),
    (2, 2, 1),
    (3, 3, 1),
    (3, 3, 2),
    *((3, 2, phase) for phase in range(2)),
    *((2, 3, phase) for phase in range(3)),
)
SLOWEST_BPM, FASTEST_BPM = 38.0, 270.0
_FEWEST_BEATS = 5


def levels_of(beats: DoubleArray, rate: float) -> list[DoubleArray]:
    """The chain and its other levels, as frames, those that are no tempo of music left out.

    Parameters
    ----------
    beats
        Frames of a chain, rising.
    rate
        Frames a second.
    """
    found = []
    for parts, step, phase in LEVELS:
        places = np.arange((len(beats) - 1) * parts + 1)[phase::step] / parts
        chain = np.interp(places, np.arange(len(beats)), beats)
        if len(chain) < _FEWEST_BEATS:
            continue
        if SLOWEST_BPM <= 60.0 * rate / float(np.median(np.diff(chain))) <= FASTEST_BPM:
            found.append(chain)
    return found

"""Metrical levels of a chain of beats (twice or three times as fast or slow, off the beat): one is chosen.

Which beats a chain has is sure sooner than which of its levels people would call the beat, so that is chosen
afterwards, among all of them. Level, metre and division are chosen together, since each speaks for the
others: a level at which bars of four begin regularly is likelier the beat than one without bars.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reelscore.audio.bars import METRES
from reelscore.audio.beat_net import READINGS, Judgement
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
    """The chain and its other levels, in frames, without those whose tempo no music has.

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


@dataclass(frozen=True, slots=True)
class Reading:
    """The chosen level, its beats in a bar, and whether they are divided by three."""

    chain: int  # index of the level
    beats: int  # in a bar
    threes: bool


def read_piece(judged: Sequence[Judgement]) -> Reading:
    """The likeliest reading of the levels of a piece."""
    odds = np.stack([one.odds for one in judged])
    chain, reading = (int(at) for at in np.unravel_index(int(odds.argmax()), odds.shape))
    return Reading(chain, *READINGS[reading])


def level_shares(judged: Sequence[Judgement]) -> DoubleArray:
    """How likely each level is the beat, whatever its bars, 0..1; together 1."""
    odds = np.stack([one.odds for one in judged])
    likely = np.exp(odds - odds.max()).sum(axis=1)
    shares: DoubleArray = likely / likely.sum()
    return shares


def metre_shares(judged: Judgement) -> DoubleArray:
    """How likely each of `bars.METRES` is at one level, 0..1; together 1."""
    likely = np.exp(judged.odds - judged.odds.max())
    beats = np.array([beats for beats, _ in READINGS])
    shares = np.array([likely[beats == metre].sum() for metre in METRES])
    result: DoubleArray = shares / shares.sum()
    return result

"""One reading of a piece: which level is the beat, how many beats a bar has, whether they fall into threes.

These are chosen together, since each speaks for the others: a level at which bars of four begin regularly is
likelier the beat than one without bars.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reelscore.audio.bars import METRES
from reelscore.audio.beat_net import READINGS, Judgement
from reelscore.records import DoubleArray


@dataclass(frozen=True, slots=True)
class Reading:
    """What was chosen."""

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

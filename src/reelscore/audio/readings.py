"""One reading of a piece: which level is the beat, how many beats a bar has, whether they fall into threes.

These are chosen together, since each speaks for the others: a level at which bars of four begin regularly is
likelier the beat than one without bars. A log-linear model weighs what the networks say (`beat_net`) and how
well bars of each length go with the downbeats they hear; `tools/choose_reading.py` found its weights on
clips that those networks had not seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reelscore.audio.bars import METRES, log_odds
from reelscore.audio.beat_net import Judgement

Doubles = NDArray[np.float64]

# (beats in a bar, whether each falls into threes); compound time has two, three or four.
READINGS = tuple((beats, threes) for beats in METRES for threes in (False, True) if not threes or beats <= 4)
# Levels that are so much worse than the best one, in log odds, are never chosen.
FARTHEST = 7.0
# Bars are looked for in the whole piece and in spans of so many beats, since a beat too many shifts them.
_SPAN = 24
_SUREST, _LEAST_METRE, _LEAST_THREES = 8.0, 0.002, 0.003

# Weights of level, metre, threes, bars in the whole piece, bars in spans, and the last less its best metre's.
_WEIGHTS = np.array([2.062, 0.41, 0.614, 0.665, 0.613, 1.824])
# How usual each of `READINGS` is beside that.
_USUAL = np.array([0.098, 0.332, 0.637, 0.603, 0.826, -1.096, 0.043, -1.013, -0.45])


@dataclass(frozen=True, slots=True)
class Reading:
    """What was chosen."""

    chain: int  # index of the level
    beats: int  # in a bar
    threes: bool


def read_piece(
    levels: Sequence[float], judged: Sequence[Judgement], downs: Sequence[Doubles | None]
) -> Reading:
    """The likeliest reading.

    Parameters
    ----------
    levels
        How much speaks for each chain to be the beat, in log odds.
    judged
        What else is known of each.
    downs
        How likely each of its beats is the first of a bar, 0..1; None for chains that are not to be chosen.
    """
    odds = np.full((len(levels), len(READINGS)), -np.inf)
    for index, down in enumerate(downs):
        if down is not None:
            odds[index] = evidence(levels[index], judged[index], down) @ _WEIGHTS + _USUAL
    chain, reading = (int(at) for at in np.unravel_index(int(odds.argmax()), odds.shape))
    beats, threes = READINGS[reading]
    return Reading(chain, beats, threes)


def evidence(level: float, judged: Judgement, down: Doubles) -> Doubles:
    """What is weighed for each of `READINGS` at one level, float64 of shape (readings, weights)."""
    bars = _bars(down)
    best = bars[:, 1].max()
    rows = []
    for beats, threes in READINGS:
        metre = METRES.index(beats)
        share = float(np.clip(judged.threes, _LEAST_THREES, 1.0 - _LEAST_THREES))
        rows.append(
            (
                np.clip(level, -_SUREST, _SUREST) / 4.0,
                np.log(max(judged.metres[metre], _LEAST_METRE)),
                np.log(share if threes else 1.0 - share),
                *bars[metre],
                bars[metre, 1] - best,
            )
        )
    return np.array(rows)


def _bars(down: Doubles) -> Doubles:
    """How well bars of each of `METRES` go with the downbeats, a beat: (whole piece, spans), (metres, 2)."""
    odds = log_odds(down)
    found = np.zeros((len(METRES), 2))
    for index, beats in enumerate(METRES):
        found[index, 0] = max(odds[first::beats].sum() for first in range(beats))
        for begin in range(0, len(odds), _SPAN):
            span = odds[begin : begin + _SPAN]
            found[index, 1] += max(span[first::beats].sum() for first in range(beats))
    return found / len(odds)

"""What leaving a song at one bar line and going on at another would cost.

Two bar lines can be joined if the beats before both and the beats after both sound alike, in harmony and in
timbre: then what follows is what was expected. How abrupt the join will be is predicted by the rise
of the spectrum from one side to the other, and by the step in loudness, each against the song's own lines.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reelscore.sync.grids import Times
from reelscore.sync.heard import CLEAR_SECONDS, FRAMES_PER_SECOND, SIDE_SECONDS, HeardSong
from reelscore.sync.scoring import nearest

CONTEXT_BEATS = 4
_CHROMA_SHARE = 0.6
# A join costs this at least, so that one is made rather than two.
_EACH = 0.25
_UNLIKE = 2.0  # for each 1.0 of lacking likeness
_ABRUPT, _STEP = 0.6, 0.4  # if the song's own lines are hardly ever so
# Phrases are of 4 or 8 bars; a join that breaks their count is heard even if it is smooth.
_OFF_PHRASE = {1: 0.35, 2: 0.15, 4: 0.03, 8: 0.0}
_FROM_BOUNDARY = 0.05
_HIGH_RANK = 0.85
# Below this likeness a join is none.
LEAST_LIKENESS = 0.3


@dataclass(frozen=True, slots=True)
class Joins:
    """For each pair of bar lines: leave the song at the first, go on at the second."""

    cost: NDArray[np.float64]  # (lines, lines); infinite if it must not be
    likeness: NDArray[np.float64]  # (lines, lines), -1..1


def find_joins(song: HeardSong) -> Joins:
    """The cost of each join of a song."""
    count = len(song.lines)
    likeness = _likeness(song)
    cost = _EACH + _UNLIKE * np.maximum(0.0, 1.0 - likeness)
    before, after = _sides(song)
    flux = np.maximum(after[None, :, :] - before[:, None, :], 0.0).mean(axis=2)
    cost += _ABRUPT * _excess(flux, np.diagonal(flux))
    level_before, level_after = _levels(song)
    steps = np.abs(level_after[None, :] - level_before[:, None])
    cost += _STEP * _excess(steps, np.diagonal(steps))
    cost += _phrase_cost(song)
    cost[likeness < LEAST_LIKENESS] = np.inf
    np.fill_diagonal(cost, np.inf)  # that is going on
    if count > 1:
        cost[0, :] = np.inf  # nothing has been heard yet
        cost[:, count - 1] = np.inf  # the ending follows on its last bar
    return Joins(cost, likeness)


def _likeness(song: HeardSong) -> NDArray[np.float64]:
    """Likeness of the beats around each pair of lines, in harmony and timbre."""
    around = song.line_beats[:, None] + np.arange(-CONTEXT_BEATS, CONTEXT_BEATS)
    inside = (around >= 0) & (around < len(song.beats))
    at = np.clip(around, 0, len(song.beats) - 1)
    # Correlation, not cosine: all chroma vectors of one key point in much the same way.
    chroma = (song.chroma - song.chroma.mean(axis=0))[at] * inside[:, :, None]
    timbre = (song.timbre - song.timbre.mean(axis=0))[at] * inside[:, :, None]
    return _CHROMA_SHARE * _correlations(chroma) + (1.0 - _CHROMA_SHARE) * _correlations(timbre)


def _correlations(contexts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean over both sides of a line, so that one side cannot make up for the other."""
    total = np.zeros((len(contexts), len(contexts)))
    for side in (contexts[:, :CONTEXT_BEATS], contexts[:, CONTEXT_BEATS:]):
        flat = side.reshape(len(side), -1)
        unit = flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-9)
        total += unit @ unit.T / 2.0
    return total


def _sides(song: HeardSong) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean compressed spectrum just before and just after each line, (lines, bands)."""
    wide = max(1, round(SIDE_SECONDS * FRAMES_PER_SECOND))
    clear = round(CLEAR_SECONDS * FRAMES_PER_SECOND)
    at = np.round(song.lines * FRAMES_PER_SECOND).astype(int)

    def mean(first: NDArray[np.intp]) -> NDArray[np.float64]:
        frames = np.clip(first[:, None] + np.arange(wide), 0, len(song.mels) - 1)
        sides: NDArray[np.float64] = song.mels[frames].mean(axis=1, dtype=np.float64)
        return sides

    return mean(at - clear - wide), mean(at - clear + 1)


def _levels(song: HeardSong) -> tuple[Times, Times]:
    """dB of the two beats before and after each line."""
    at = song.line_beats[:, None]
    last = len(song.level) - 1
    before = song.level[np.clip(at + np.array([-2, -1]), 0, last)].mean(axis=1)
    return before, song.level[np.clip(at + np.array([0, 1]), 0, last)].mean(axis=1)


def _excess(values: NDArray[np.float64], own: NDArray[np.float64]) -> NDArray[np.float64]:
    """0 for what many of the song's own lines have, 1 and more for what hardly any has."""
    usual, high = np.quantile(own, [_HIGH_RANK, 0.98])
    excess: NDArray[np.float64] = (values - usual) / max(float(high - usual), 0.1 * float(usual), 1e-6)
    return np.minimum(np.maximum(excess, 0.0), 3.0)


def _phrase_cost(song: HeardSong) -> NDArray[np.float64]:
    lines = np.arange(len(song.lines))
    apart = np.abs(lines[:, None] - lines[None, :])
    cost = np.full(apart.shape, _OFF_PHRASE[1])
    for bars in (2, 4, 8):
        cost[apart % bars == 0] = _OFF_PHRASE[bars]
    boundaries = np.concatenate([song.grid.sections, song.grid.phrases])
    if len(boundaries):
        at = nearest(song.lines, boundaries)
        marked = np.zeros(len(lines), dtype=bool)
        marked[at[np.abs(song.lines[at] - boundaries) < 0.3]] = True
        cost -= _FROM_BOUNDARY * (marked[:, None] & marked[None, :])
    return cost

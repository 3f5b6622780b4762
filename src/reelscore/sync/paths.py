"""Ways through the bars of a song: which bars are played, at what cost, for every number of bars at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# So many bars are played between two joins at least, and at both ends of the song.
SHORTEST_RUN = 2


@dataclass(frozen=True, slots=True)
class Path:
    """Runs of bars, each (first line, line at which it is left), and what its joins cost."""

    runs: tuple[tuple[int, int], ...]
    cost: float

    @property
    def bars(self) -> int:
        """Bars that are played."""
        return sum(last - first for first, last in self.runs)


@dataclass(frozen=True, slots=True)
class Paths:
    """The cheapest ways from one line, to each line with each number of bars."""

    start: int
    cost: NDArray[np.float64]  # (bars + 1, lines)
    left: NDArray[
        np.int64
    ]  # (bars + 1, lines): the line that the last join left; -1: the bar before was played

    def to(self, line: int, bars: int) -> Path | None:
        """The cheapest way to a line in a number of bars; None if there is none."""
        if not 0 <= bars < len(self.cost) or not np.isfinite(self.cost[bars, line]):
            return None
        runs: list[tuple[int, int]] = []
        at, number, last = line, bars, line
        while number > 0:
            source = int(self.left[number, at])
            if source < 0:
                at, number = at - 1, number - 1
                continue
            entered = at - SHORTEST_RUN
            runs.append((entered, last))
            at, number, last = source, number - SHORTEST_RUN, source
        runs.append((self.start, last))
        return Path(tuple(reversed(runs)), float(self.cost[bars, line]))


def find_paths(joins: NDArray[np.float64], start: int, bars: int) -> Paths:
    """The cheapest ways from a bar line with up to `bars` bars, by dynamic programming.

    A join carries the bars that must follow it, so that no run is shorter than those.

    Parameters
    ----------
    joins
        (lines, lines) cost of leaving at the first and going on at the second; infinite if it must not be.
    """
    lines = len(joins)
    cost = np.full((bars + 1, lines), np.inf)
    left = np.full((bars + 1, lines), -1, dtype=np.int64)
    cost[0, start] = 0.0
    for number in range(1, bars + 1):
        cost[number, 1:] = cost[number - 1, :-1]
        # The run before a join is long enough too: at the start of the way by this, later by the join's own.
        if number - SHORTEST_RUN >= SHORTEST_RUN:
            reached = cost[number - SHORTEST_RUN][:, None] + joins
            source = np.argmin(reached, axis=0)
            best = reached[source, np.arange(lines)]
            ends = np.arange(SHORTEST_RUN, lines)
            better = best[: lines - SHORTEST_RUN] < cost[number, ends]
            cost[number, ends[better]] = best[: lines - SHORTEST_RUN][better]
            left[number, ends[better]] = source[: lines - SHORTEST_RUN][better]
    return Paths(start, cost, left)

"""The ways of bringing a song to a length, each with what it costs."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from reelscore.sync.endings import (
    Margins,
    end_margins,
    find_margins,
    hit_margins,
    plain_start,
    ring_span,
)
from reelscore.sync.heard import HeardSong
from reelscore.sync.paths import SHORTEST_RUN, Path, find_paths
from reelscore.sync.seams import aligned

Ring = tuple[float, float, float]  # shortest, usual and longest seconds after the last bar line
Costs = NDArray[np.float64]

# A musical length may be so far from the wanted one; what a bar of difference costs.
_MUSICAL_BARS, _MUSICAL_SHARE, PER_BAR = 2.0, 0.15, 0.4
# Ways are weighed exactly for this many of the cheapest, since their lengths differ in milliseconds.
_WEIGHED = 24
_WEAK_BUTTON = 0.3
_LATE = 1.0  # to begin after the first frame, beside what the seconds cost


@dataclass(frozen=True, slots=True)
class Way:
    """A path with what makes it come out to the wanted length."""

    segments: tuple[tuple[float, float], ...]  # seconds of the song, the ring included
    joins: tuple[tuple[int, int], ...]
    cost: float
    margins: Margins
    bars: int
    words: tuple[str, ...] = ()
    hit: float | None = None  # seconds of the timeline


class WaySearch:
    """Finds ways through one song; bar lines that are to meet are aligned once for each pair."""

    def __init__(self, song: HeardSong) -> None:
        self._song = song
        self._aligned: dict[tuple[int, int], float] = {}

    def ways(
        self, wanted: float, ending: str, cost: Costs, *, musical: bool, hit: tuple[int, float] | None = None
    ) -> Iterator[Way]:
        """Ways to `wanted` seconds.

        Parameters
        ----------
        ending
            real, button or fade.
        cost
            (lines, lines) of each join, infinite if it must not be.
        musical
            The length may be a little other than wanted.
        hit
            A bar line, and the second at which it is to lie.
        """
        ring = (0.0, 0.0, self._song.bar_seconds) if ending == "fade" else ring_span(self._song, ending)
        if hit is not None:
            return self._ways_over(*hit, wanted, ending, ring, cost)
        return self._ways_through(wanted, ending, ring, cost, musical=musical)

    def _ways_through(
        self, wanted: float, ending: str, ring: Ring, cost: Costs, *, musical: bool
    ) -> Iterator[Way]:
        song = self._song
        head, bar = float(song.lines[0]), song.bar_seconds
        spare = max(_MUSICAL_BARS * bar, _MUSICAL_SHARE * wanted) if musical else 1.5 * bar + ring[2]
        for path in self._paths(
            cost, 0, wanted - head - ring[1], spare, self._last_lines(ending, ring), ending
        ):
            played = head + self._played(path)
            if musical:
                off = abs(played + ring[1] - wanted)
                margins: Margins | None = Margins(0.0, 0.0, ring[1], PER_BAR * off / bar)
                margins = margins if off <= spare else None
            else:
                margins = find_margins(song, played, wanted, ring) or self._late(played, wanted, ring)
            if margins is not None:
                yield self._way(path, margins, margins.words)

    def _late(self, played: float, wanted: float, ring: Ring) -> Margins | None:
        """Margins that begin the music a little after the picture, if none are found within the first bar."""
        found = hit_margins(self._song, played + ring[1], wanted)
        return None if found is None else replace(found, ring=ring[1], cost=found.cost + _LATE)

    def _ways_over(
        self,
        hit: int,
        hit_at: float,
        wanted: float,
        ending: str,
        ring: Ring,
        cost: Costs,
    ) -> Iterator[Way]:
        """Ways on which a bar line lies at a given second: one way up to it, and one on from it."""
        song = self._song
        head, bar = float(song.lines[0]), song.bar_seconds
        first = min(
            (
                (path.cost + margins.cost, path, margins)
                for path in self._paths(cost, 0, hit_at - head, 2.0 * bar, [hit], "")
                if (margins := hit_margins(song, head + self._played(path), hit_at)) is not None
            ),
            key=lambda each: each[0],
            default=None,
        )
        if first is None and (inside := plain_start(song, hit, hit_at)) is not None:
            first = inside.cost, Path(((hit, hit),), 0.0), inside
        if first is None:
            return
        rest = wanted - hit_at
        last = self._last_lines(ending, ring)
        for path in self._paths(cost, hit, rest - ring[1], 2.0 * bar, last, ending):
            ends = end_margins(rest, self._played(path), ring, bar)
            if ends is None:
                continue
            _, before, begins = first
            runs = (*before.runs[:-1], (before.runs[-1][0], path.runs[0][1]), *path.runs[1:])
            margins = Margins(begins.source_in, begins.delay, ends.ring, begins.cost + ends.cost)
            way = self._way(Path(runs, before.cost + path.cost), margins, begins.words + ends.words)
            yield replace(way, hit=hit_at)

    def _last_lines(self, ending: str, ring: Ring) -> list[int]:
        lines = self._song.lines
        if ending == "real":
            return [len(lines) - 1]
        return [line for line in range(SHORTEST_RUN, len(lines)) if lines[line] + ring[2] <= self._song.ends]

    def _paths(
        self, cost: Costs, start: int, seconds: float, spare: float, last: list[int], ending: str
    ) -> Iterator[Path]:
        """The cheapest ways to any of the last lines that take about a number of seconds."""
        bar = self._song.bar_seconds
        most = math.ceil((seconds + spare) / bar * 1.1) + 1
        if most < 0:
            return
        paths = find_paths(cost, start, most)
        found = []
        for line in last:
            weak = _WEAK_BUTTON if ending == "button" and not self._is_strong(line) else 0.0
            for bars in range(max(0, math.floor((seconds - spare) / bar * 0.9)), most + 1):
                if np.isfinite(paths.cost[bars, line]):
                    found.append((float(paths.cost[bars, line]) + weak, bars, line, weak))
        # All numbers of bars have their cheapest way weighed, not only the cheapest of all.
        found.sort()
        chosen, seen = [], dict[int, int]()
        for value, bars, line, weak in found:
            if seen.get(bars, 0) < _WEIGHED // 4:
                seen[bars] = seen.get(bars, 0) + 1
                chosen.append((value, bars, line, weak))
        for _, bars, line, weak in chosen:
            path = paths.to(line, bars)
            if path is not None and abs(self._played(path) - seconds) <= spare:
                yield replace(path, cost=path.cost + weak)

    def _is_strong(self, line: int) -> bool:
        beat = self._song.line_beats[line]
        return bool(self._song.level[beat] >= np.median(self._song.level) - 2.0)

    # --- from bars to seconds ---

    def entered(self, left: int, entered: int) -> float:
        """Second at which the song goes on when it is left at one line and entered at another."""
        key = (left, entered)
        if key not in self._aligned:
            lines = self._song.lines
            self._aligned[key] = aligned(self._song, float(lines[left]), float(lines[entered]))
        return self._aligned[key]

    def _spans(self, path: Path) -> list[tuple[float, float]]:
        lines = self._song.lines
        spans = [(float(lines[path.runs[0][0]]), float(lines[path.runs[0][1]]))]
        for (_, left), (entered, last) in zip(path.runs, path.runs[1:], strict=False):
            spans.append((self.entered(left, entered), float(lines[last])))
        return spans

    def _played(self, path: Path) -> float:
        return sum(end - start for start, end in self._spans(path))

    def _way(self, path: Path, margins: Margins, words: tuple[str, ...]) -> Way:
        spans = self._spans(path)
        spans[0] = (margins.source_in, spans[0][1])
        spans[-1] = (spans[-1][0], spans[-1][1] + margins.ring)
        joins = tuple(
            (left, entered) for (_, left), (entered, _) in zip(path.runs, path.runs[1:], strict=False)
        )
        return Way(tuple(spans), joins, path.cost + margins.cost, margins, path.bars, words)

"""A song brought to a length: whole bars are left out or repeated, the real beginning and ending stay."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from reelscore.errors import InvalidInputError, UnknownNameError
from reelscore.records.sync import FitPlan, Seam
from reelscore.records.timeline import TIMELINE_RATE
from reelscore.sync.endings import Margins
from reelscore.sync.heard import HeardSong
from reelscore.sync.joins import Joins, find_joins
from reelscore.sync.paths import SHORTEST_RUN
from reelscore.sync.placing import Laid, Source, lay
from reelscore.sync.seams import BarLines, measured_seam, own_lines
from reelscore.sync.ways import PER_BAR, Way, WaySearch

KINDS = ("exact", "musical", "loop")
ENDINGS = ("real", "button", "fade")
# What is tried if the ending that was asked for cannot be had.
_LADDER = {"real": ("real", "button", "fade"), "button": ("button", "fade"), "fade": ("fade",)}

_ROUNDS = 8
_WORSE = 0.6  # what is added to a join that was heard in its sound
_SHORTEST_SECONDS, _LONGEST_SECONDS = 2.0, 3600.0
_MOST_REPEATS = 64


@dataclass(frozen=True, slots=True)
class FitOptions:
    """What a song is to be brought to."""

    length: int  # samples
    kind: str = "exact"
    ending: str = "real"
    hit_at: float | None = None  # seconds at which the climax, or `hit_source`, is to lie
    hit_source: float | None = None  # seconds of the song

    def __post_init__(self) -> None:
        """Refuse what cannot be fitted to."""
        if self.kind not in KINDS:
            raise UnknownNameError("kind of fit", self.kind, KINDS)
        if self.ending not in ENDINGS:
            raise UnknownNameError("ending", self.ending, ENDINGS)
        seconds = self.length / TIMELINE_RATE
        if not _SHORTEST_SECONDS <= seconds <= _LONGEST_SECONDS:
            raise InvalidInputError(f"a song is fitted to 2 s to 1 hour, not to {seconds:g} s")
        if self.hit_at is not None and not 0.0 <= self.hit_at < seconds:
            raise InvalidInputError(
                f"the hit lies within the {seconds:g} s of the music, not at {self.hit_at:g} s"
            )
        if self.hit_at is not None and self.kind == "loop":
            raise InvalidInputError("a loop has no place for a hit; fit with kind exact or musical")


class Fitter:
    """Fits one song to any number of lengths; what was heard in it is measured once."""

    def __init__(self, song: HeardSong) -> None:
        self._song = song
        self._joins: Joins = find_joins(song)
        self._own: BarLines = own_lines(song)
        self._search = WaySearch(song)

    def fit(self, options: FitOptions, source: Source) -> FitPlan:
        """The song brought to a length.

        Raises
        ------
        InvalidInputError
            Its bars cannot be brought to that length at all, or what is to be hit is not in it.
        """
        if options.kind == "loop":
            return self._loop(options, source)
        tried: list[str] = []
        hit = self._hit(options, tried)
        for ending in self._endings(options, tried):
            best = self._best(options, ending, hit)
            if best is not None:
                way, seams = best
                return self._fit_plan(options, source, way, seams, ending, tried, hit)
            tried.append(f"a {ending} ending does not come out to this length")
        if options.hit_at is None and (rest := self._cut_off(options)) is not None:
            return self._fit_plan(options, source, rest, (), "fade", tried, None)
        raise InvalidInputError(
            f"{options.length / TIMELINE_RATE:g} s cannot be made of this song's bars of "
            f"{self._song.bar_seconds:.1f} s"
            + (f" with its hit at {options.hit_at:g} s" if options.hit_at is not None else "")
        )

    # --- which endings, which moment ---

    def _endings(self, options: FitOptions, tried: list[str]) -> Iterator[str]:
        for ending in _LADDER[options.ending]:
            if ending == "real" and not self._song.has_ending:
                tried.append("the song breaks off at full level, so it has no ending of its own")
                continue
            yield ending

    def _hit(self, options: FitOptions, tried: list[str]) -> tuple[int, float] | None:
        """The bar line by which the moment is laid, and how many seconds behind that the moment is."""
        if options.hit_at is None:
            return None
        if options.hit_source is None:
            return climax(self._song), 0.0
        lines, source = self._song.lines, options.hit_source
        if not 0.0 <= source < self._song.grid.duration:
            raise InvalidInputError(
                f"what is to be hit lies within the {self._song.grid.duration:.1f} s of the song, not at "
                f"{source:g} s"
            )
        # Joins are on bar lines, so a moment keeps its place in its bar.
        line = int(np.searchsorted(lines, source + 1e-3)) - 1
        if line >= 0 and (into := float(source - lines[line])) <= options.hit_at:
            return line, into
        line = int(np.argmin(np.abs(lines - source)))
        tried.append(f"its bar would begin too early: the bar line at {lines[line]:.1f} s is hit instead")
        return line, 0.0

    def _cut_off(self, options: FitOptions) -> Way | None:
        """The beginning of the song and no more: what is left for lengths that hold no two bars."""
        song, wanted = self._song, options.length / TIMELINE_RATE
        start = max(0.0, song.begins - 0.005)
        if start + wanted > song.ends:
            return None
        bars = int((song.lines <= start + wanted).sum()) - 1
        margins = Margins(start, 0.0, 0.0, 0.0)
        words = ("too short for whole bars: its beginning is heard, and fades",)
        return Way(((start, start + wanted),), (), 0.0, margins, max(0, bars), words)

    # --- search ---

    def _best(
        self, options: FitOptions, ending: str, hit: tuple[int, float] | None
    ) -> tuple[Way, tuple[Seam, ...]] | None:
        """The cheapest way; joins that were heard in their sound cost more in the next round."""
        cost, wanted = self._joins.cost.copy(), options.length / TIMELINE_RATE
        at = None if hit is None or options.hit_at is None else (hit[0], options.hit_at - hit[1])
        best: tuple[int, float, Way, tuple[Seam, ...]] | None = None
        for _ in range(_ROUNDS):
            ways = self._search.ways(wanted, ending, cost, musical=options.kind == "musical", hit=at)
            way = min(ways, key=lambda each: each.cost, default=None)
            if way is None:
                break
            seams = self._seams(way)
            faults = [join for join, seam in zip(way.joins, seams, strict=True) if seam.degraded]
            if best is None or (len(faults), way.cost) < best[:2]:
                best = len(faults), way.cost, way, seams
            if not faults:
                break
            for join in faults:
                cost[join] += _WORSE
        return None if best is None else best[2:]

    def _seams(self, way: Way) -> tuple[Seam, ...]:
        seams, at = [], way.margins.delay
        for (left, entered), (start, end), (goes_on, _) in zip(
            way.joins, way.segments, way.segments[1:], strict=False
        ):
            at += end - start
            likeness = float(self._joins.likeness[left, entered])
            place = round(at * TIMELINE_RATE)
            seams.append(
                measured_seam(self._song, self._own, at=place, left=end, entered=goes_on, likeness=likeness)
            )
        return tuple(seams)

    # --- the answer ---

    def _fit_plan(
        self,
        options: FitOptions,
        source: Source,
        way: Way,
        seams: tuple[Seam, ...],
        ending: str,
        tried: list[str],
        hit: tuple[int, float] | None,
    ) -> FitPlan:
        song = self._song
        exact = options.kind == "exact" and not any("ends" in words for words in way.words)
        trimmed = ending == "real" and song.ends - way.segments[-1][1] > 0.05
        laid = lay(
            source,
            Laid(
                way.segments,
                way.margins.delay,
                ending,
                way.margins.ring,
                trimmed,
                options.length if exact else None,
            ),
            begins=song.begins,
        )
        words = [*tried, *way.words]
        if trimmed:
            words.append(
                f"the last chord rings {song.ends - way.segments[-1][1]:.1f} s less than in the song"
            )
        words += [
            f"join at {seam.at / TIMELINE_RATE:.1f} s: {seam.degraded}" for seam in seams if seam.degraded
        ]
        return FitPlan(
            song_id=source.song_id,
            kind=options.kind,
            ending=ending,
            wanted=options.length,
            length=max(event.record_in + event.length for event in laid),
            events=laid,
            seams=seams,
            hit=None if way.hit is None or hit is None else round((way.hit + hit[1]) * TIMELINE_RATE),
            hit_source=None if hit is None else float(song.lines[hit[0]]) + hit[1],
            bars=way.bars,
            degraded=tuple(words),
            notes=song.notes,
        )

    def _loop(self, options: FitOptions, source: Source) -> FitPlan:
        """Bars that can be repeated without end: their last one leads into their first one."""
        wanted, lines = options.length / TIMELINE_RATE, self._song.lines
        first, last = (each.ravel() for each in np.indices(self._joins.cost.shape))
        lengths = lines[last] - lines[first]
        found = []
        for times in range(1, _MOST_REPEATS + 1):
            off = np.abs(lengths * times - wanted) / self._song.bar_seconds
            total = self._joins.cost[last, first] + PER_BAR * off + 0.02 * (times - 1)
            total[(last - first) < SHORTEST_RUN] = np.inf
            for index in np.argsort(total)[:_ROUNDS].tolist():
                found.append((float(total[index]), times, int(first[index]), int(last[index])))
        best: tuple[int, float, Way, tuple[Seam, ...]] | None = None
        for total_cost, times, start, end in sorted(found)[:_ROUNDS]:
            if not math.isfinite(total_cost):
                continue
            entered = self._search.entered(end, start)
            # The piece behind the last bar leads back to the very sample that the loop begins with.
            segments = ((entered, float(lines[end])),) * times + ((entered, entered),)
            way = Way(segments, ((end, start),) * times, total_cost, Margins(entered, 0.0, 0.0, 0.0), 0)
            way = replace(way, bars=(end - start) * times)
            seams = self._seams(way)
            faults = sum(bool(seam.degraded) for seam in seams)
            if best is None or (faults, total_cost) < best[:2]:
                best = faults, total_cost, way, seams
            if not faults:
                break
        if best is None:
            raise InvalidInputError("no bars of this song can be repeated: no two of its bar lines are alike")
        return self._fit_plan(options, source, best[2], best[3], "loop", [], None)


def climax(song: HeardSong) -> int:
    """The bar line from which on the song is loud after a rise; a section start if known."""
    lines = song.line_beats
    strength = song.level
    wide = max(4, round(4 * len(song.beats) / max(len(lines), 1)))
    sums = np.concatenate([[0.0], np.cumsum(strength)])

    def mean(first: np.ndarray, last: np.ndarray) -> np.ndarray:
        first, last = np.clip(first, 0, len(strength)), np.clip(last, 0, len(strength))
        return np.asarray((sums[last] - sums[first]) / np.maximum(last - first, 1))

    after, before = mean(lines, lines + wide), mean(lines - wide, lines)
    worth = (after - before) + 0.5 * (after - float(np.median(strength)))
    inner = np.arange(len(lines))
    worth[(inner < SHORTEST_RUN) | (inner > len(lines) - 1 - SHORTEST_RUN)] = -np.inf
    for section in song.grid.sections.tolist():
        near = int(np.argmin(np.abs(song.lines - section)))
        if abs(song.lines[near] - section) < 0.3:
            worth[near] += 2.0
    return int(np.argmax(worth))

"""The transition from one song to the next: on a bar line, beat-matched if the tempi allow it. Pure.

Times are seconds: of the stream (`begin`, `end`), or of a song (`source`). A song that comes in beat-matched
plays at the tempo of the one before it while both sound, and then glides back to its own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from reelscore.sync.grids import SongGrid

# How much faster or slower a song may be played: two thirds of a semitone.
MOST_STRETCH = 0.04
_FADE_BARS = 2
# A beat-matched song returns to its own tempo within this time.
_GLIDE_SECONDS = 4.0
# Bars whose lengths differ by more than this share are not steady.
_UNSTEADY = 0.03
# Crossfades without beat-matching; the short one is at the end of a phrase.
_PLAIN_FADE_SECONDS, _PHRASE_FADE_SECONDS = 3.0, 0.4
_SILENCED_SECONDS = 0.15
# How long to wait for the end of a phrase, about four bars, if there is time.
_PHRASE_WAIT_SECONDS = 12.0
# A song that comes in has at least this much left to play.
LEAST_LEFT_SECONDS = 40.0
_FIRST_FADE_SECONDS = 0.25
# The sound of a song ends where its energy falls below this share of its maximum.
_SILENT_SHARE = 0.15


@dataclass(frozen=True, slots=True)
class Track:
    """A song that can be played."""

    song_id: str
    title: str
    grid: SongGrid
    artist: str = ""
    tempo_bpm: float | None = None
    key: str | None = None
    energy: float | None = None
    entry: float = 0.0  # second from which on it suits best

    @property
    def over(self) -> float:
        """When its sound ends, before a silence at the end of its file."""
        curve = self.grid.energy
        if not len(curve) or not curve.max() > 0.0:
            return self.grid.duration
        last = int(np.flatnonzero(curve >= _SILENT_SHARE * curve.max())[-1]) + 1
        return min(self.grid.duration, float(last))


@dataclass(frozen=True, slots=True)
class Laid:
    """A song as it is played."""

    track: Track
    begin: float
    source: float  # second of the song at `begin`
    end: float  # when it is silent again
    fade_in: float = 0.0
    fade_out: float = 0.0
    rate: float = 1.0  # its speed while it comes in
    glide: float = 0.0  # how long its speed then takes to come back to 1
    how: str = "first"  # "first", "beat-matched", "phrase", "bar", "plain", "panic"
    number: int = 0  # of the set

    @property
    def settled(self) -> float:
        """From when on it plays at its own speed."""
        return self.begin + self.fade_in + self.glide if self.rate != 1.0 else self.begin

    def source_at(self, times: NDArray[np.float64]) -> NDArray[np.float64]:
        """The seconds of the song that are heard at some times."""
        since = times - self.begin
        matched = np.minimum(since, self.fade_in)
        gliding = np.clip(since - self.fade_in, 0.0, self.glide)
        own = np.maximum(since - self.fade_in - self.glide, 0.0)
        slope = (1.0 - self.rate) / (2.0 * self.glide) if self.glide else 0.0
        found: NDArray[np.float64] = (
            self.source + self.rate * matched + self.rate * gliding + slope * gliding**2 + own
        )
        return found

    def record_of(self, source: float) -> float:
        """When in the stream a second of the song is heard, once the song plays at its own tempo."""
        return self.settled + source - float(self.source_at(np.array(self.settled)))


def first_song(track: Track, at: float) -> Laid:
    """A song that begins a set, or comes after a silence."""
    source = _entry(track)
    laid = Laid(track, at, source, at, fade_in=_FIRST_FADE_SECONDS)
    return replace(laid, end=laid.record_of(track.over))


def crossfade(current: Laid, track: Track, *, earliest: float, patient: bool = False) -> tuple[Laid, Laid]:
    """The song that plays, ended, and the one that follows it, from `earliest` on.

    Beat-matched from the next bar line on if the tempi are close enough; else at the next bar line, or, if
    that is `patient`, at the end of a phrase that is near; without bars, at once. Never before the current
    one has settled for a bar.
    """
    bars = _lines(current, current.track.grid.downbeats, earliest)
    matched = _matched(current, track, bars)
    if matched is not None:
        return matched
    source = _entry(track)
    phrases = _lines(current, _phrases(current.track.grid), earliest)
    near = [time for time in phrases if time <= earliest + _PHRASE_WAIT_SECONDS] if patient else []
    usable = [time for time in (near or bars) if time + _PHRASE_FADE_SECONDS <= current.end]
    if usable:
        how = "phrase" if usable[0] in phrases else "bar"
        return _crossed(current, track, usable[0], source, _PHRASE_FADE_SECONDS, how)
    fade = min(_PLAIN_FADE_SECONDS, max(0.05, current.end - earliest))
    return _crossed(current, track, max(earliest, current.begin), source, fade, "plain")


def fade_out_time(current: Laid) -> float:
    """The time from which a song that nears its end should be mixed out."""
    grid = current.track.grid
    bar = _bar_seconds(grid.downbeats) or 2.0
    return max(current.settled, current.end - _FADE_BARS * bar - 2.0 * bar - _PLAIN_FADE_SECONDS)


def silenced(current: Laid, at: float) -> Laid:
    """The song that plays, taken away at once."""
    end = min(current.end, at + _SILENCED_SECONDS)
    return replace(current, end=end, fade_out=min(_SILENCED_SECONDS, max(0.0, end - current.begin)))


def _matched(current: Laid, track: Track, bars: list[float]) -> tuple[Laid, Laid] | None:
    """Both songs as they cross over two bars that both have, if their tempi allow it."""
    entry = _entry(track)
    coming = _steady_bars(track.grid, entry)
    if coming is None:
        return None
    for begin in bars:
        source = float(current.source_at(np.array(begin)))
        going = _steady_bars(current.track.grid, source)
        if going is None or going[1] != coming[1]:
            continue
        fade, rate = going[0], coming[0] / going[0]
        if abs(rate - 1.0) > MOST_STRETCH or begin + fade > current.end:
            return None
        return _crossed(current, track, begin, entry, fade, "beat-matched", rate)
    return None


def _crossed(
    current: Laid, track: Track, begin: float, source: float, fade: float, how: str, rate: float = 1.0
) -> tuple[Laid, Laid]:
    coming = Laid(
        track,
        begin,
        source,
        begin,
        fade_in=fade,
        rate=rate,
        glide=_GLIDE_SECONDS if rate != 1.0 else 0.0,
        how=how,
    )
    ended = replace(current, end=begin + fade, fade_out=fade)
    return ended, replace(coming, end=coming.record_of(track.over))


def _lines(current: Laid, sources: NDArray[np.float64], earliest: float) -> list[float]:
    """When lines of the song that plays are heard, from a bar after it settled on, and before it ends."""
    bar = _bar_seconds(current.track.grid.downbeats) or 0.0
    begin = max(earliest, current.settled + bar)
    offset = current.record_of(0.0)
    times = np.asarray(sources) + offset
    return [float(time) for time in times[(times >= begin - 1e-6) & (times < current.end)]]


def _phrases(grid: SongGrid) -> NDArray[np.float64]:
    """Ends of phrases; of a grid without them, every fourth bar."""
    return grid.phrases if len(grid.phrases) else grid.downbeats[::4]


def _entry(track: Track) -> float:
    """The bar line at which a song comes in: near where it suits best, with enough of it left."""
    grid, latest = track.grid, track.over - LEAST_LEFT_SECONDS
    bar = _bar_seconds(grid.downbeats)
    if bar is None:
        return track.entry if track.entry <= latest else 0.0
    wanted = track.entry - bar / 2.0
    usable = [float(at) for at in grid.downbeats if at <= max(latest, float(grid.downbeats[0]))]
    steady = [at for at in usable if _steady_bars(grid, at) is not None] or usable
    return next((at for at in steady if at >= wanted), steady[0] if wanted > steady[-1] else steady[-1])


def _steady_bars(grid: SongGrid, begin: float) -> tuple[float, int] | None:
    """(seconds, beats) of two bars from a bar line on, if they are alike."""
    at = int(np.searchsorted(grid.downbeats, begin - 1e-3))
    lines = grid.downbeats[at : at + _FADE_BARS + 1]
    if len(lines) <= _FADE_BARS or abs(float(lines[0]) - begin) > 1e-2:
        return None
    lengths = np.diff(lines)
    if float(np.ptp(lengths)) > _UNSTEADY * float(lengths.mean()):
        return None
    beats = int(((grid.beats >= lines[0] - 1e-3) & (grid.beats < lines[-1] - 1e-3)).sum())
    return float(lines[-1] - lines[0]), beats


def _bar_seconds(downbeats: NDArray[np.float64]) -> float | None:
    if len(downbeats) < _FADE_BARS + 1:
        return None
    median = float(np.median(np.diff(downbeats)))
    return median if math.isfinite(median) and median > 0.0 else None

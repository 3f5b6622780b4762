"""How the music of a fitted song begins and ends, so that its length comes out to the sample."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reelscore.sync.heard import HeardSong

# After the last hit of an ending at least this much of its ring is heard.
LEAST_RING_SECONDS = 0.35
# A button rings for up to a bar, fading all the while, so that any length can be met.
_LEAST_BUTTON_SECONDS, _USUAL_BUTTON_SECONDS = 0.15, 1.0
# The fade that ends a ring which is cut short.
RING_FADE_SECONDS = 0.25
_FADE_SHARE, _LONGEST_FADE_SECONDS = 0.2, 4.0
# A beat is entered this much early, so that its attack is whole.
_BEFORE_BEAT_SECONDS = 0.02
# What it costs to begin a beat later, to cut all of a ring, and to leave the picture a second without music.
_LATE_BEAT, _WHOLE_RING, _SILENT_SECOND = 0.12, 0.25, 0.5
_ENDS_EARLY = 3.0  # beside what its seconds cost


@dataclass(frozen=True, slots=True)
class Margins:
    """How the difference between whole bars and the wanted length is made up."""

    source_in: float  # seconds of the song at which it begins
    delay: float  # seconds of picture before the music begins
    ring: float  # seconds after the last bar line
    cost: float
    words: tuple[str, ...] = ()


def last_hit(song: HeardSong) -> float:
    """The last attack of a song's ending, seconds: the last beat that is not far softer than the song."""
    line = float(song.lines[-1])
    loud = float(np.median(song.level)) - 12.0
    after = [
        (beat, level)
        for beat, level, before in zip(
            song.beats[1:].tolist(), song.level[1:].tolist(), song.level[:-1].tolist(), strict=True
        )
        if beat >= line and level > loud and level > before - 1.0
    ]
    return max((beat for beat, _ in after), default=line)


def ring_span(song: HeardSong, ending: str) -> tuple[float, float, float]:
    """(shortest, usual, longest) seconds from the last bar line to the end of the sound."""
    if ending == "real":
        longest = song.ends - float(song.lines[-1])
        shortest = last_hit(song) - float(song.lines[-1]) + LEAST_RING_SECONDS
        return min(shortest, longest), longest, longest
    longest = song.bar_seconds + _LEAST_BUTTON_SECONDS
    return _LEAST_BUTTON_SECONDS, min(_USUAL_BUTTON_SECONDS, longest / 2.0), longest


def fade_seconds(length: float) -> float:
    """How long music that fades out at its end does so."""
    return min(_LONGEST_FADE_SECONDS, _FADE_SHARE * length)


def find_margins(
    song: HeardSong, played: float, wanted: float, ring: tuple[float, float, float]
) -> Margins | None:
    """Beginning and ring for bars that last `played` seconds from the song's start, or None.

    Whole beats may be missing at the beginning, at most a bar; the rest comes from the ring. The music is
    never shorter than what is wanted.
    """
    shortest, usual, longest = ring
    best: Margins | None = None
    first_bar = song.beats[song.beats <= song.lines[0] + song.bar_seconds + 1e-6].tolist()
    starts = [0.0, *(max(0.0, beat - _BEFORE_BEAT_SECONDS) for beat in first_bar)]
    for number, start in enumerate(starts):
        left = wanted - (played - start)
        if not shortest - 1e-9 <= left <= longest + 1e-9:
            continue
        cut = abs(usual - left) / max(usual, 1e-6)
        silent = start <= song.begins + 0.02
        cost = _WHOLE_RING * cut + (0.0 if silent else _LATE_BEAT * number)
        words = []
        if not silent:
            words.append(f"it begins {start - song.begins:.1f} s into the song, on a beat")
        if best is None or cost < best.cost:
            best = Margins(start, 0.0, left, cost, tuple(words))
    return best


def hit_margins(song: HeardSong, played: float, wanted: float) -> Margins | None:
    """A beginning for bars that last `played` seconds from the song's start, up to a moment `wanted` s in.

    The music begins late by less than a bar, on the song's first sound or on a beat of its first bar.
    """
    best: Margins | None = None
    beats = song.beats[song.beats <= song.lines[0] + song.bar_seconds + 1e-6] - _BEFORE_BEAT_SECONDS
    for number, start in enumerate([max(0.0, song.begins - 0.005), *np.maximum(beats, 0.0).tolist()]):
        delay = wanted - (played - start)
        if not -1e-9 <= delay <= song.bar_seconds:
            continue
        cost = _SILENT_SECOND * delay + _LATE_BEAT * number
        words = []
        if delay > 0.05:
            words.append(f"the music begins {delay:.1f} s after the first frame")
        if number and start > song.begins + 0.05:
            words.append(f"it begins {start - song.begins:.1f} s into the song, on a beat")
        if best is None or cost < best.cost:
            best = Margins(start, max(0.0, delay), 0.0, cost, tuple(words))
    return best


def plain_start(song: HeardSong, line: int, wanted: float) -> Margins | None:
    """A beginning inside the song for a bar line that is to lie `wanted` seconds in: on a beat before it."""
    first = float(song.lines[line]) - wanted
    early = song.beats - _BEFORE_BEAT_SECONDS
    beats = early[(early >= max(0.0, first)) & (early <= song.lines[line])]
    if not len(beats):
        return None
    start = float(beats[0])
    delay = max(0.0, wanted - (float(song.lines[line]) - start))
    words = [f"its own beginning is left out: it begins {start - song.begins:.1f} s into the song, on a beat"]
    if delay > 0.05:
        words.append(f"the music begins {delay:.1f} s after the first frame")
    return Margins(start, delay, 0.0, 1.5 + _SILENT_SECOND * delay, tuple(words))


def end_margins(wanted: float, played: float, ring: tuple[float, float, float], bar: float) -> Margins | None:
    """A ring for bars that last `played` seconds after a moment, if `wanted` seconds are left; or None.

    Music that ends too early leaves the last moments silent, by less than a bar.
    """
    shortest, usual, longest = ring
    left = wanted - played
    if left < shortest - 1e-9 or left > longest + bar:
        return None
    if left <= longest:
        return Margins(0.0, 0.0, left, _WHOLE_RING * abs(usual - left) / max(usual, 1e-6))
    silent = left - longest
    words = (f"the music ends {silent:.1f} s before the last frame",) if silent > 0.05 else ()
    return Margins(0.0, 0.0, longest, _SILENT_SECOND * silent + _ENDS_EARLY, words)

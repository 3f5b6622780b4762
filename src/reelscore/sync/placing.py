"""Stretches of a song as events of a timeline, in samples; each boundary is rounded once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reelscore.records.timeline import TIMELINE_RATE, Media, MusicEvent
from reelscore.sync.endings import RING_FADE_SECONDS, fade_seconds
from reelscore.sync.seams import FADE_SECONDS
from reelscore.sync.timeline import SOFT_START

_HIT_SECONDS = 0.06  # of a button that is heard in full before it fades


@dataclass(frozen=True, slots=True)
class Source:
    """The song that is laid."""

    song_id: str
    title: str
    media: Media
    artist: str = ""


@dataclass(frozen=True, slots=True)
class Laid:
    """What is to be laid: stretches in seconds of the song, one after the other."""

    segments: Sequence[tuple[float, float]]
    delay: float = 0.0
    ending: str = "real"
    ring: float = 0.0  # seconds of the last stretch after its last hit
    trimmed: bool = False  # the ring of the real ending is cut short
    length: int | None = None  # samples that the whole comes to exactly; None: as it comes


def lay(source: Source, laid: Laid, *, begins: float) -> tuple[MusicEvent, ...]:
    """The events of a fitted song.

    Neighbours overlap by a crossfade that ends on the bar line. If the sum of the stretches and
    the wanted length differ by the rounding of a sample or two, the last event takes it.

    Parameters
    ----------
    begins
        Second of the song at which its sound sets in: a stretch from there on needs no fade.
    """
    fade = round(FADE_SECONDS * TIMELINE_RATE)
    most = int(source.media.duration * TIMELINE_RATE)
    events = []
    at = laid.delay
    last = len(laid.segments) - 1
    for number, (start, end) in enumerate(laid.segments):
        record, until = round(at * TIMELINE_RATE), round((at + end - start) * TIMELINE_RATE)
        source_in = round(start * TIMELINE_RATE)
        fade_in = fade_out = 0
        if number:
            lead = min(fade, source_in)
            record, source_in, fade_in = record - lead, source_in - lead, lead
        elif start > begins + 0.02:
            fade_in = SOFT_START
        if number < last:
            fade_out = fade
        elif laid.length is not None:
            until = laid.length
        if number == last:
            until = min(until, record + most - source_in)
            fade_out = _last_fade(laid, until - record)
        events.append(
            MusicEvent(
                song_id=source.song_id,
                title=source.title,
                artist=source.artist,
                media=source.media,
                source_in=source_in,
                record_in=record,
                length=until - record,
                fade_in=fade_in,
                fade_out=fade_out,
            )
        )
        at += end - start
    return tuple(events)


def _last_fade(laid: Laid, length: int) -> int:
    seconds = 0.0
    if laid.ending == "fade":
        total = laid.delay + sum(end - start for start, end in laid.segments)
        seconds = fade_seconds(total)
    elif laid.ending == "button":
        seconds = laid.ring - _HIT_SECONDS
    elif laid.trimmed:
        seconds = RING_FADE_SECONDS
    return min(max(0, round(seconds * TIMELINE_RATE)), max(0, length))

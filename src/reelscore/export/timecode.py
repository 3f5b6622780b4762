"""SMPTE timecode of frames, drop-frame and not. Pure.

Drop-frame leaves out numbers, never frames: at 30000/1001 the numbers 00 and 01 of each minute but each
tenth, at 60000/1001 the numbers 00 to 03 (SMPTE ST 12-1, section 5.2.2).
"""

from __future__ import annotations

from fractions import Fraction

from reelscore.errors import InvalidInputError
from reelscore.records import Timeline

_DROPPABLE_BASE = 30  # frames a second; multiples drop in proportion


def timebase(rate: Fraction) -> int:
    """How many numbers a second of timecode has: 30 at 30000/1001."""
    return max(1, round(rate))


def may_drop(rate: Fraction) -> bool:
    """Whether drop-frame timecode exists at this rate."""
    return rate.denominator == 1001 and timebase(rate) % _DROPPABLE_BASE == 0


def frames_in_a_day(rate: Fraction, *, drop: bool = False) -> int:
    """How many frames the numbers of 24 hours stand for."""
    dropped = timebase(rate) // 15 * (24 * 60 - 24 * 6) if drop else 0
    return 24 * 3600 * timebase(rate) - dropped


def format_timecode(frame: int, rate: Fraction, *, drop: bool = False) -> str:
    """`01:00:00:00`, or `01:00:00;00` if it drops numbers. After 24 hours it begins again at zero.

    Raises
    ------
    InvalidInputError
        Drop-frame was asked for at a rate that has none.
    """
    base = timebase(rate)
    if drop and not may_drop(rate):
        raise InvalidInputError(
            f"there is no drop-frame timecode at {rate} frames a second; only 29.97 and its multiples do"
        )
    frame %= frames_in_a_day(rate, drop=drop)
    if drop:
        step = base // 15
        tens, rest = divmod(frame, 600 * base - 9 * step)
        frame += 9 * step * tens
        if rest >= 60 * base:
            frame += step * (1 + (rest - 60 * base) // (60 * base - step))
    seconds, frames = divmod(frame, base)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    digits = 3 if base > 100 else 2
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}{';' if drop else ':'}{frames:0{digits}d}"


def timecode_at(timeline: Timeline, frame: int) -> str:
    """The timecode of a frame, counted from the first one of a timeline."""
    return format_timecode(timeline.start_frame + frame, timeline.rate, drop=timeline.drop_frame)

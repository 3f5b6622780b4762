"""The clock of the pictures: time stamps of a stream as seconds on the clock of a player.

A player shows the container's own time: in MP4 and Matroska zero is meant, and a picture may set in later;
elsewhere (MPEG-TS counts from when the sender was switched on) zero is the first thing stored. What
containers get wrong is put right here: time stamps that are missing, repeated or run backwards.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

# Containers whose zero is meant, by FFmpeg's name of them.
_TRUE_ZERO = ("mov", "matroska", "webm")
# A file that begins later than this was cut out of a recording that went on for hours: such times help
# nobody, so they count from its first picture or sound. Seconds.
_FAR_SECONDS = 600
_FALLBACK_STEP_SECONDS = 1 / 25
# A time stamp that falls back or leaps by more than this begins a new count, as when recordings were joined.
_RESTART_SECONDS = 1.0
_LEAP_SECONDS = 600.0
_MICROSECOND = Fraction(1, 1_000_000)
_LOWEST_RATE, _HIGHEST_RATE = 0.05, 1000.0


def player_zero(container: InputContainer) -> Fraction:
    """The time stamp, in seconds, that a player calls 0:00."""
    begin = container_start(container)
    true_zero = container.format.name.split(",")[0] in _TRUE_ZERO and begin <= _FAR_SECONDS
    return Fraction(0) if true_zero else begin


def container_start(container: InputContainer) -> Fraction:
    """The earliest time stamp that a container states for its pictures and sounds, seconds."""
    # Exact to the tick: a rounded zero would put pictures a hair before their frame.
    starts = [
        stream.start_time * stream.time_base
        for stream in (*container.streams.video, *container.streams.audio)
        if stream.start_time is not None and stream.time_base
    ]
    # PyAV's types know of no container without a start.
    stated: int | None = container.start_time
    if stated is None:
        return min(starts, default=Fraction(0))
    rounded = stated * _MICROSECOND
    return min(starts, key=lambda start: abs(start - rounded), default=rounded)


def meaningful_rate(rate: Fraction | None) -> Fraction | None:
    """A rate in frames a second; None for what containers write if they know none."""
    return rate if rate and _LOWEST_RATE <= rate <= _HIGHEST_RATE else None


class Stamps:
    """What the first packets of a stream tell about its time stamps, and how to read the others by that.

    Attributes
    ----------
    counted
        Nothing is stamped, as in bare H.264: pictures are counted.
    has_holes
        Some of the first packets are not stamped.
    is_out_of_order
        The stamps are those of decoding (AVI): of the pictures decoded so far, the earliest one is shown.
    """

    def __init__(self, container: InputContainer, stream: VideoStream, first: Sequence[Packet[VideoStream]]):
        whole = [packet for packet in first if packet.size > 0]
        self.counted = bool(whole) and all(p.pts is None and p.dts is None for p in whole)
        self.has_holes = not self.counted and any(packet.pts is None for packet in whole)
        self.is_out_of_order = container.format.name == "avi" and bool(
            stream.codec_context.has_b_frames or not _runs_forward(whole)
        )
        self.rate = meaningful_rate(stream.average_rate)
        if self.counted or self.is_out_of_order:
            # If nothing is stamped, the mean is a guess; and fields may be counted for frames.
            self.rate = meaningful_rate(stream.guessed_rate) or self.rate
        self._waiting: list[int] = []  # stamps of packets whose pictures have not been shown

    @property
    def all_needed(self) -> bool:
        """Whether every picture must be decoded to know when each is shown."""
        return self.counted or self.has_holes or self.is_out_of_order

    def note(self, packet: Packet[VideoStream]) -> None:
        """Take a packet with a picture in it, decoded or not."""
        stamp = packet.dts if self.is_out_of_order else packet.pts
        if stamp is not None:
            heapq.heappush(self._waiting, stamp)

    def lose(self) -> None:
        """A packet gave no picture."""
        if self._waiting and self.is_out_of_order:
            heapq.heappop(self._waiting)

    def stamp_of(self, picture: VideoFrame) -> int | None:
        """The time stamp of the next picture shown; None if it has none."""
        if self.counted:
            return None
        if self.is_out_of_order:
            return heapq.heappop(self._waiting) if self._waiting else None
        return picture.pts

    def passed_over(self, picture: VideoFrame) -> int:
        """How many pictures stand between this one and the one that was shown before it."""
        stamp = picture.pts
        if stamp is None or self.all_needed:
            return 0
        before = 0
        while self._waiting and self._waiting[0] <= stamp:
            before += heapq.heappop(self._waiting) < stamp
        return before


def _runs_forward(packets: Sequence[Packet[VideoStream]]) -> bool:
    stamps = [packet.pts for packet in packets if packet.pts is not None]
    return stamps == sorted(stamps)


class PictureClock:
    """Turns the time stamps of a stream into times that never fall, seconds from `zero` on."""

    def __init__(self, rate: Fraction | None, zero: Fraction, stamps: Stamps) -> None:
        self.rate = float(rate) if rate else None
        self.step = 1 / self.rate if self.rate else _FALLBACK_STEP_SECONDS
        self._stated_step = self.step
        self._exact_step = 1 / rate if stamps.counted and rate else None
        self._zero = zero
        self._stamps = stamps
        self._base: Fraction | None = None
        # seconds = (stamp * _scale - _offset) / _divisor, in whole numbers: fractions are slow, and floats
        # would put a picture a hair before its frame.
        self._scale, self._offset, self._divisor = 0, 0, 1
        self._shift = 0.0
        self._count = 0
        self._last: float | None = None
        self._last_stamp: float | None = None

    def start_at(self, time: float) -> None:
        """Say when the next picture is shown, if it has no time stamp."""
        self._last = time - self.step

    def stated_time(self, stamp: int, base: Fraction | None) -> float | None:
        """A time stamp as seconds; None without a unit."""
        if base is not self._base and base != self._base:
            self._base = base
            unit = base or Fraction(0)
            self._scale = unit.numerator * self._zero.denominator
            self._offset = self._zero.numerator * unit.denominator
            self._divisor = unit.denominator * self._zero.denominator
        return (stamp * self._scale - self._offset) / self._divisor if base else None

    def shown_at(self, stamp: int) -> float | None:
        """When a picture of this time stamp would be shown; None if stamps are not what times go by."""
        if self._shift or self._stamps.all_needed or not self._base:
            return None
        return self.stated_time(stamp, self._base)

    def time_of(self, picture: VideoFrame) -> float:
        """When the next picture is shown, seconds."""
        raw = self._stamps.stamp_of(picture)
        stamp = None if raw is None else self.stated_time(raw, picture.time_base)
        self._count += 1
        if self._exact_step is not None:
            self._last = float((self._count - 1) * self._exact_step)
            return self._last
        if self._last is None:
            self._last = time = 0.0 if stamp is None else stamp
            self._last_stamp = stamp
            self._note_duration(picture)
            return time
        expected = self._last + self.step
        if stamp is None:
            time = expected
        else:
            moved = 0.0 if self._last_stamp is None else stamp - self._last_stamp
            if not -_RESTART_SECONDS <= moved <= _LEAP_SECONDS:
                self._shift = expected - stamp
            self._last_stamp = stamp
            time = stamp + self._shift if self._shift else stamp
            if time <= self._last:
                time = expected
            else:
                # How long a picture stands that does not state it is guessed from the one before.
                self.step = min(time - self._last, 4 * self._stated_step)
        self._last = time
        self._note_duration(picture)
        return time

    def _note_duration(self, picture: VideoFrame) -> None:
        unit = self._base or picture.time_base  # to ask the picture for it is slow
        if picture.duration and unit:
            self.step = picture.duration * unit.numerator / unit.denominator

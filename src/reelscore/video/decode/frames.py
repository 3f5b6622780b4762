"""The only opener of video: one pass over the pictures, each scaled down while it is decoded.

A picture leaves the decoder at `LONG_SIDE` x `SHORT_SIDE` pixels whatever its size was, averaged over
areas, so that everything behind it costs the same for any video and memory stays flat. Times count from
the first picture. What containers get wrong is put right here: offsets at the start, time stamps that are
missing, repeated or run backwards, missing frame rates, broken packets, files that break off.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from reelscore.errors import UnreadableMediaError
from reelscore.video.decode.container import VideoFacts, opened, stated_facts
from reelscore.video.decode.readahead import ReadAhead

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

# Of every small picture, be the video wide, square or tall: what is measured are shares of the picture.
LONG_SIDE, SHORT_SIDE = 64, 36

# More threads gain little for one file and cost memory in proportion: each holds whole pictures.
_MOST_THREADS = 4
# Pictures that no other one refers to are passed over, which in H.264 with its usual B-frames is every other
# one and takes 40 % off, and block edges are left as they are: at this scale they cannot be seen.
_FULL_OPTIONS = {"skip_loop_filter": "noref"}
_QUICK_OPTIONS = {"skip_loop_filter": "all", "flags2": "+fast"}
# A cut must be told to the frame before or after it, so no more than two pictures in a row may be missing;
# where the steps are longer than this many pictures, all are decoded from there on.
_LONGEST_STEP = 3.5
# Where fewer pictures come a second, all are decoded; where so many come out of the decoder, one between two
# alike ones is not scaled.
_ENOUGH_A_SECOND = 20.0
# Of so many key frames in a row nothing refers to the first.
_ALONE = 3
# More than this share of the contrast is not alike: half of what the least cut has.
_ALIKE = 0.1
_NOISE_LEVEL = 4.0
_FALLBACK_STEP_SECONDS = 1 / 25
# A time stamp that falls back or leaps by more than this begins a new count, as where recordings were joined.
_RESTART_SECONDS = 1.0
_LEAP_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class SmallFrame:
    """One picture, turned as shown: uint8 RGB of shape (36, 64, 3), or (64, 36, 3) where it is tall."""

    index: int  # 0 for the first one given out
    time: float  # seconds from the first picture; never falls
    image: NDArray[np.uint8]
    passed_over: int = 0  # pictures just before it that were not decoded


class Video:
    """An open video. Read `facts` at any time; iterate `frames()` once."""

    def __init__(
        self, path: Path, container: InputContainer, stream: VideoStream, *, every: bool = True
    ) -> None:
        self.path = path
        self.broken = 0  # packets that could not be decoded, so far
        self.pictures = 0  # in the file, so far; some may have been passed over
        self.decoded = 0  # of them
        self.looked_at = 0  # of them again: scaled and given out
        self.end = 0.0  # when the last picture so far is over, seconds
        # Told each decoded picture and its time, by the thread that decodes; to be set before `frames()`.
        self.on_picture: Callable[[VideoFrame, float], None] | None = None
        self._container = container
        self._stream = stream
        self._clock = _Clock(stream.average_rate)
        stream.thread_type = "AUTO"
        stream.codec_context.thread_count = min(os.cpu_count() or 1, _MOST_THREADS)
        # Without a rate it could not be seen whether too many are missing.
        self._quick = not every and (self._clock.rate or 0.0) >= _ENOUGH_A_SECOND
        self._counts_packets = self._quick
        if self._quick:
            stream.codec_context.skip_frame = "NONREF"
        stream.codec_context.options = dict(_FULL_OPTIONS if every else _QUICK_OPTIONS)
        self._every = every
        self._packets = 0
        self._queue = self._decode()
        # Rotation is stated with the pictures, so the first one is fetched now and given out later.
        self._first = next(self._queue, None)
        if self._first is None:
            raise UnreadableMediaError(
                f"{path} has no picture that can be decoded; it is damaged or breaks off, export it again"
            )
        turned = -self._first.rotation  # FFmpeg counts counter-clockwise
        self.facts: VideoFacts = stated_facts(container, stream, round(turned / 90) * 90 % 360)
        self._scaler = _Scaler(path, -self.facts.rotation // 90)
        self._ahead = ReadAhead(self._scaled())

    def frames(self) -> Iterator[SmallFrame]:
        """The pictures in the order of showing, scaled down.

        They are decoded and scaled ahead of the taker, by a thread of its own; what is counted runs ahead of
        the pictures with it, and is final after the last one.
        """
        return iter(self._ahead)

    def close(self) -> None:
        """Stop decoding; the container may be closed afterwards."""
        self._ahead.close()

    def _scaled(self) -> Iterator[SmallFrame]:
        picture = self._first
        held: tuple[VideoFrame, float, int] | None = None
        last: _Outline | None = None
        while picture is not None:
            time, missing = self._note(picture)
            if self.on_picture is not None:
                self.on_picture(picture, time)
            if held is None and last is not None and self._may_wait(missing):
                held = (picture, time, missing)
                picture = next(self._queue, None)
                continue
            image = self._scaler.scale(picture)
            outline = None if self._every else _Outline(image)
            if held is not None:
                # Between two that are alike nothing happened; else the one between them counts.
                if last is None or outline is None or not outline.is_like(last):
                    yield self._given(held[1], self._scaler.scale(held[0]), held[2])
                held = None
            last = outline
            yield self._given(time, image, missing)
            picture = next(self._queue, None)
        if held is not None:
            yield self._given(held[1], self._scaler.scale(held[0]), held[2])
        if self._counts_packets and self.facts.duration is not None:
            # What was passed over at the very end is part of the video.
            missing_end = self.facts.duration - self.end
            self.end += missing_end if 0.0 < missing_end < _LONGEST_STEP * self._clock.step else 0.0

    def _given(self, time: float, image: NDArray[np.uint8], missing: int) -> SmallFrame:
        self.looked_at += 1
        return SmallFrame(self.looked_at - 1, time, image, missing)

    def _may_wait(self, missing: int) -> bool:
        """Whether the picture at hand need only be looked at if something happens around it."""
        return not self._every and (self._clock.rate or 0.0) / (missing + 1) >= _ENOUGH_A_SECOND

    def _note(self, picture: VideoFrame) -> tuple[float, int]:
        """The time of a picture, and how many were passed over before it; all counters are moved on."""
        before = self.end
        time = self._clock.time_of(picture)
        self.end = time + self._clock.step
        missing = 0.0
        if self._counts_packets and self.decoded:
            missing = (time - before) * (self._clock.rate or 0.0)
        if self._quick and missing > _LONGEST_STEP - 1:
            self._quick = False
            self._stream.codec_context.skip_frame = "DEFAULT"
        self.decoded += 1
        self.pictures = self.decoded
        if self._counts_packets:
            self.pictures = max(self.decoded, self._packets - self.broken)
        return time, min(round(missing), round(_LONGEST_STEP - 1)) if missing > 0 else 0

    @property
    def rate(self) -> float | None:
        """Roughly how many of the pictures are given out a second."""
        return self._clock.rate and self._clock.rate * (0.5 if self._quick else 1.0)

    def _decode(self) -> Iterator[VideoFrame]:
        """Pictures packet by packet, so that a broken packet costs that packet and not the video."""
        import av

        for packet in self._needed(self._demux()):
            try:
                yield from self._stream.decode(packet)
            except av.EOFError:
                return
            except av.FFmpegError:
                self.broken += 1

    def _demux(self) -> Iterator[Packet[VideoStream] | None]:
        """The packets as they are stored, an empty one last; None stands for it where the file breaks off."""
        import av

        packets = self._container.demux(self._stream)
        while True:
            try:
                yield next(packets)
            except StopIteration:
                return
            except av.FFmpegError:
                self.broken += 1  # the container itself breaks off here
                yield None
                return

    def _needed(self, packets: Iterator[Packet[VideoStream] | None]) -> Iterator[Packet[VideoStream] | None]:
        """All packets, less every other one where each picture stands for itself.

        So it is in what editors and cameras write: ProRes, DNxHD, Motion JPEG, H.264 of key frames alone. No
        picture refers to one that is followed by two key frames; after only one, those between the two may.
        Elsewhere key frames in a row are flashes and fast cuts, where nothing may be missed.
        """
        waiting: deque[Packet[VideoStream] | None] = deque()
        alone, passed_over = True, True
        for packet in packets:
            waiting.append(packet)
            if packet is not None and packet.size > 0:
                self._packets += 1
                alone = alone and packet.is_keyframe
            if len(waiting) < _ALONE:
                continue
            passed_over = alone and self._quick and not passed_over
            if passed_over:
                waiting.popleft()
            else:
                yield waiting.popleft()
        yield from waiting


class _Scaler:
    """Pictures of any size and format as small RGB ones."""

    def __init__(self, path: Path, turns: int) -> None:
        from av.video.reformatter import VideoReformatter

        self._path = path
        self._turns = turns
        self._reformatter = VideoReformatter()

    def scale(self, picture: VideoFrame) -> NDArray[np.uint8]:
        """The picture, averaged over areas and turned as shown."""
        import av
        from av.video.reformatter import Interpolation

        tall = picture.height > picture.width
        width, height = (SHORT_SIDE, LONG_SIDE) if tall else (LONG_SIDE, SHORT_SIDE)
        try:
            small = self._reformatter.reformat(
                picture,
                width,
                height,
                format="rgb24",
                interpolation=Interpolation.AREA,
                threads=1,  # more cost more than they gain for so small a picture
            )
        except (av.FFmpegError, ValueError) as error:
            raise UnreadableMediaError(
                f"{self._path} has pictures in a format that cannot be converted ({picture.format.name}); "
                "export it as H.264"
            ) from error
        image: NDArray[np.uint8] = small.to_ndarray().astype(np.uint8, copy=False)
        return np.ascontiguousarray(np.rot90(image, self._turns)) if self._turns else image


class _Outline:
    """A quarter of the pixels of a small picture, to see at little cost whether two pictures are alike."""

    def __init__(self, image: NDArray[np.uint8]) -> None:
        self._values = image[::2, ::2].astype(np.int16).ravel()
        mean = int(self._values.sum(dtype=np.int32)) // len(self._values)
        self._contrast = self._mean(self._values - np.int16(mean))

    def is_like(self, other: _Outline) -> bool:
        """Whether next to nothing has changed, in proportion to the contrast."""
        if len(self._values) != len(other._values):
            return False
        return self._mean(self._values - other._values) < _ALIKE * (self._contrast + _NOISE_LEVEL)

    @staticmethod
    def _mean(values: NDArray[np.int16]) -> float:
        np.abs(values, out=values)
        return int(values.sum(dtype=np.int32)) / len(values)


class _Clock:
    """Turns the time stamps of a stream into times that begin at 0 and never fall."""

    def __init__(self, rate: Fraction | None) -> None:
        self.rate = float(rate) if rate and 0.05 <= rate <= 1000 else None
        self.step = 1 / self.rate if self.rate else _FALLBACK_STEP_SECONDS
        self._stated_step = self.step
        self._base: tuple[Fraction | None, float] = (None, 0.0)  # fractions are slow
        self._shift: float | None = None
        self._last: float | None = None
        self._last_stamp: float | None = None

    def time_of(self, picture: VideoFrame) -> float:
        """The time of the next picture, seconds."""
        base = picture.time_base
        if base is not self._base[0] and base != self._base[0]:
            self._base = (base, float(base or 0))
        stamp = picture.pts * self._base[1] if picture.pts is not None and self._base[1] else None
        if self._last is None:
            self._last = 0.0
            self._note_duration(picture)
            if stamp is not None:
                self._shift, self._last_stamp = -stamp, stamp
            return 0.0
        expected = self._last + self.step
        if stamp is None:
            time = expected
        else:
            moved = 0.0 if self._last_stamp is None else stamp - self._last_stamp
            if self._shift is None or not -_RESTART_SECONDS <= moved <= _LEAP_SECONDS:
                self._shift = expected - stamp
            self._last_stamp = stamp
            time = stamp + self._shift
            if time <= self._last:
                time = expected
            else:
                # How long a picture stands that does not state it is guessed from the one before.
                self.step = min(time - self._last, 4 * self._stated_step)
        self._last = time
        self._note_duration(picture)
        return time

    def _note_duration(self, picture: VideoFrame) -> None:
        if picture.duration and self._base[1]:
            self.step = picture.duration * self._base[1]


@contextmanager
def open_video(path: str | Path, *, every: bool = True) -> Iterator[Video]:
    """Open a video for one pass over its pictures, and close it again whatever happens.

    Parameters
    ----------
    path
        Of the video.
    every
        Whether every picture is given out. False: of those that no other one refers to at most two in a row
        are passed over, and between two alike ones another one may be.

    Raises
    ------
    MediaNotFoundError
        There is no such file, it is a folder, or it may not be read.
    UnreadableMediaError
        The file is empty, damaged, cut off before its index, or no media at all.
    MediaError
        The file has no picture, only sound.
    """
    with opened(path) as (checked, container, stream):
        video = Video(checked, container, stream, every=every)
        try:
            yield video
        finally:
            video.close()


def probe(path: str | Path) -> VideoFacts:
    """Read the header of a video, and its first picture for the rotation.

    Raises
    ------
    MediaNotFoundError
        There is no such file, it is a folder, or it may not be read.
    UnreadableMediaError
        The file is empty, damaged, cut off before its index, or no media at all.
    MediaError
        The file has no picture, only sound.
    """
    with open_video(path) as video:
        return video.facts

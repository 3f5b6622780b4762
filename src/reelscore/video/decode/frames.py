"""The only opener of video: one pass over the pictures, each scaled down while it is decoded.

A picture leaves the decoder at `LONG_SIDE` x `SHORT_SIDE` pixels whatever its size was, averaged over
areas, so that everything behind it costs the same for any video and memory stays flat. Times are those of
a player (`clock`): a picture may set in later than 0. What containers get wrong is put right here: time
stamps that are missing, repeated or run backwards, missing frame rates, broken packets, files that break off.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from reelscore.audio.container import packets_of
from reelscore.errors import MediaError, UnreadableMediaError
from reelscore.limits import FILM_PIXELS_IN_ALL
from reelscore.video.decode.clock import PictureClock, Stamps, container_start, player_zero
from reelscore.video.decode.container import VideoFacts, opened, stated_facts
from reelscore.video.decode.readahead import ReadAhead
from reelscore.video.decode.scaling import Outline, Scaler

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

# More threads gain little for one file and cost memory in proportion: each holds whole pictures.
_MOST_THREADS = 4
# Pictures that no other one refers to are passed over, which in H.264 with its usual B-frames is every other
# one and takes 40 % off, and block edges are left as they are: at this scale they cannot be seen.
_FULL_OPTIONS = {"skip_loop_filter": "noref"}
_QUICK_OPTIONS = {"skip_loop_filter": "all", "flags2": "+fast"}
# A cut must be told to the frame before or after it, so no more than two pictures in a row may be missing;
# if the steps are longer than this many pictures, all are decoded from there on.
_LONGEST_STEP = 3.5
# If fewer pictures come a second, all are decoded; if this many come out of the decoder, one between two
# alike ones is not scaled.
_ENOUGH_A_SECOND = 20.0
# Of this many key frames in a row nothing refers to the first.
_ALONE = 3
# So many of the first packets tell how the stream is stamped.
_FIRST_PACKETS = 48
# The first pictures may have no time stamps; this many are kept until one has.
_MOST_KEPT = 300


@dataclass(frozen=True, slots=True)
class SmallFrame:
    """One picture, turned as shown: uint8 RGB of shape (36, 64, 3), or (64, 36, 3) if it is tall."""

    index: int  # 0 for the first one given out
    time: float  # when a player shows it, seconds; never falls
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
        self.start: float | None = None  # when the first picture is shown, seconds; None before it is there
        self.end = 0.0  # when the last picture so far is over, seconds
        self._last_time = 0.0  # of those given out
        # Told each decoded picture and its time, by the thread that decodes; to be set before `frames()`.
        self.on_picture: Callable[[VideoFrame, float], None] | None = None
        self._container = container
        self._stream = stream
        zero = player_zero(container)
        # When the first of pictures and sound sets in, as stated, seconds on the clock of the player.
        self.container_start = float(container_start(container) - zero)
        self._demuxed = self._demux()
        first = list(islice(self._demuxed, _FIRST_PACKETS))
        self._stamps = Stamps(container, stream, [packet for packet in first if packet is not None])
        self._clock = PictureClock(self._stamps.rate, zero, self._stamps)
        stream.thread_type = "AUTO"
        stream.codec_context.thread_count = min(os.cpu_count() or 1, _MOST_THREADS)
        # Without a rate it could not be seen whether too many are missing.
        enough = (self._clock.rate or 0.0) >= _ENOUGH_A_SECOND
        self._quick = not every and enough and not self._stamps.all_needed
        self._counts_packets = self._quick
        if self._quick:
            stream.codec_context.skip_frame = "NONREF"
        stream.codec_context.options = dict(_FULL_OPTIONS if every else _QUICK_OPTIONS)
        self._every = every
        self._packets = 0
        self._last_packet: int | None = None  # the latest end of one, in units of the stream
        self._queue = self._decode(chain(first, self._demuxed))
        # Rotation is stated with the pictures, so the first one is fetched now and given out later.
        self._first = next(self._queue, None)
        if self._first is None:
            raise UnreadableMediaError(
                f"{path} has no picture that can be decoded; it is damaged or breaks off, export it again"
            )
        turned = -self._first.rotation  # FFmpeg counts counter-clockwise
        self.facts: VideoFacts = stated_facts(
            container, stream, round(turned / 90) * 90 % 360, rate=self._stamps.rate, zero=zero
        )
        self._scaler = Scaler(path, self.facts)
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
        if self._stamps.has_holes and picture is not None and picture.pts is None:
            yield from self._begun(picture)
            picture = next(self._queue, None)
        held: tuple[VideoFrame, float, int] | None = None
        last: Outline | None = None
        while picture is not None:
            time, missing = self._note(picture)
            if time < 0.0:  # no player shows it
                picture = next(self._queue, None)
                continue
            if self.on_picture is not None:
                self.on_picture(picture, time)
            if held is None and last is not None and self._may_wait(missing):
                held = (picture, time, missing)
                picture = next(self._queue, None)
                continue
            image = self._scaler.scale(picture)
            outline = None if self._every else Outline(image)
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
        self._settle_end()

    def _begun(self, picture: VideoFrame | None) -> Iterator[SmallFrame]:
        """The first pictures, which have no time stamps, up to one that has; their times are counted back."""
        kept: list[NDArray[np.uint8]] = []
        while picture is not None and picture.pts is None and len(kept) < _MOST_KEPT:
            kept.append(self._scaler.scale(picture))
            self.decoded += 1
            picture = next(self._queue, None)
        begin = -0.0
        if picture is not None:
            if picture.pts is not None:
                begin = self._clock.stated_time(picture.pts, picture.time_base) or 0.0
                begin -= len(kept) * self._clock.step
            self._clock.start_at(begin + len(kept) * self._clock.step)
        for number, image in enumerate(kept):
            time = begin + number * self._clock.step
            if time > -self._clock.step / 2:  # no player shows what lies before
                self.end = time + self._clock.step
                yield self._given(max(0.0, time), image, 0)
        if picture is not None:
            time, missing = self._note(picture)
            if time >= 0.0:
                yield self._given(time, self._scaler.scale(picture), missing)

    def _settle_end(self) -> None:
        """When the last picture is over, by what its packet or the header states: steps only guess it."""
        stated = self.facts.end
        if self._last_packet is not None:
            stated = self._clock.shown_at(self._last_packet) or stated
        if stated is None:
            return
        # What was passed over at the very end is part of the video.
        most = _LONGEST_STEP * self._clock.step if self._counts_packets else 0.0
        if self._last_time < stated <= self.end + most:
            self.end = stated

    def _given(self, time: float, image: NDArray[np.uint8], missing: int) -> SmallFrame:
        self.looked_at += 1
        self._last_time = time
        if self.start is None:
            self.start = time
        return SmallFrame(self.looked_at - 1, time, image, missing)

    def _may_wait(self, missing: int) -> bool:
        """Whether the picture at hand need only be looked at if something happens around it."""
        return not self._every and (self._clock.rate or 0.0) / (missing + 1) >= _ENOUGH_A_SECOND

    def _note(self, picture: VideoFrame) -> tuple[float, int]:
        """The time of a picture, and how many were passed over before it; all counters are moved on."""
        time = self._clock.time_of(picture)
        self.end = time + self._clock.step
        missing = self._stamps.passed_over(picture)
        if not (self._counts_packets and self.decoded):
            missing = 0
        if self._quick and missing > _LONGEST_STEP - 1:
            self._quick = False
            self._stream.codec_context.skip_frame = "DEFAULT"
        self.decoded += 1
        self.pictures = self.decoded
        if self._counts_packets:
            self.pictures = max(self.decoded, self._packets - self.broken)
        return time, min(missing, round(_LONGEST_STEP - 1))

    @property
    def rate(self) -> float | None:
        """Roughly how many of the pictures are given out a second."""
        return self._clock.rate and self._clock.rate * (0.5 if self._quick else 1.0)

    def _decode(self, packets: Iterator[Packet[VideoStream] | None]) -> Iterator[VideoFrame]:
        """Pictures packet by packet, so that a broken packet costs that packet and not the video."""
        import av

        pixels = 0
        for packet in self._needed(packets):
            try:
                for picture in self._stream.decode(packet):
                    pixels += picture.width * picture.height
                    if pixels > FILM_PIXELS_IN_ALL:
                        raise MediaError(
                            f"{self.path} has more than {FILM_PIXELS_IN_ALL / 1e9:,.0f} billion pixels in "
                            "its pictures; export it smaller, or cut it into parts"
                        )
                    yield picture
            except av.EOFError:
                return
            except av.FFmpegError:
                self.broken += 1
                self._stamps.lose()

    def _demux(self) -> Iterator[Packet[VideoStream] | None]:
        """The packets as they are stored, an empty one last; None stands for it where the file breaks off."""
        import av

        packets = packets_of(self._container, self._stream)
        while True:
            try:
                yield next(packets)
            except StopIteration:
                return
            except av.FFmpegError:  # the container itself breaks off here
                self.broken += 1
                yield None
                return

    def _needed(self, packets: Iterator[Packet[VideoStream] | None]) -> Iterator[Packet[VideoStream] | None]:
        """All packets, less every other one if each picture stands for itself.

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
                self._stamps.note(packet)
                if packet.pts is not None and packet.duration and not packet.is_discard:
                    over = packet.pts + packet.duration
                    self._last_packet = over if self._last_packet is None else max(over, self._last_packet)
                alone = alone and packet.is_keyframe
            if len(waiting) < _ALONE:
                continue
            passed_over = alone and self._quick and not passed_over
            if passed_over:
                waiting.popleft()
            else:
                yield waiting.popleft()
        yield from waiting


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

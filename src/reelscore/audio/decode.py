"""Decodes audio files of any common format, and the sound of videos, to mono float32.

FFmpeg (through PyAV) decodes, one packet at a time, so that a damaged packet costs that packet and not
the track. What FFmpeg refuses is offered to libsndfile, which reads some valid Vorbis files that FFmpeg
does not. Time zero is where a player shows 0:00, the container's start.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from reelscore.audio.container import (
    MediaInfo,
    chained_packets,
    checked_path,
    describe,
    describe_with_sndfile,
    links_of,
    open_container,
    open_with_sndfile,
    sound_stream,
)
from reelscore.audio.mixdown import Mixdown, Resampler
from reelscore.children import in_child
from reelscore.errors import InvalidInputError, UnreadableMediaError, UnusableAudioError
from reelscore.limits import BRIEF, SOUND
from reelscore.records import AudioClip, FloatArray, Progress, ProgressCallback, ignore_progress

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer

# Longer sound is analysed up to here; callers pass it as `duration`, so that a ten-hour mix costs no more.
MAX_ANALYSED_SECONDS = 900.0

# Decoders need a run-up after a seek (MP3's bit reservoir, Opus' 80 ms); what it gives is dropped.
_RUN_UP_SECONDS = 1.0
# A seek that lands later than asked by more than this is not believed, and the file is read from its start.
SEEK_SLACK_SECONDS = 0.002
# What a packet may hold beside its sound.
_PACKET_HEAD_BYTES = 4096
_BARE_FORMATS = ("aac", "ogg")
# Frames are gathered to about this many samples before they are converted: calls cost more than samples.
_GATHERED_SAMPLES = 1 << 17
# What stands for 1.0 in sound of whole numbers.
_FULL_SCALE = {"uint8": 2.0**7, "int16": 2.0**15, "int32": 2.0**31, "int64": 2.0**63}


class _SeekMissedError(Exception):
    """A seek landed behind its target."""


class _DamagedError(UnreadableMediaError):
    """FFmpeg could decode less than half of the sound, up to `seconds`."""

    def __init__(self, message: str, seconds: float) -> None:
        super().__init__(message)
        self.seconds = seconds


@in_child(BRIEF)
def probe(path: str | Path) -> MediaInfo:
    """Read the header of a media file.

    Raises
    ------
    MediaNotFoundError
        There is no such file, it is a folder, or it may not be read.
    UnreadableMediaError
        The file is empty, damaged, or not media at all.
    """
    path = checked_path(path)
    try:
        with open_container(path) as container:
            return replace(describe(container), chained=len(links_of(container, path)) > 1)
    except UnreadableMediaError:
        described = describe_with_sndfile(path)
        if described is None:
            raise
        return described


@in_child(SOUND)
def load(
    path: str | Path,
    *,
    sample_rate: int = 22050,
    offset: float = 0.0,
    duration: float | None = None,
    progress: ProgressCallback = ignore_progress,
    metered: bool = False,
) -> AudioClip:
    """Decode the sound of a file, mixed to mono: the mean of its channels.

    Of stereo in which one channel is upside down, it is half their difference (see `audio.polarity`). A
    constant offset is taken away.

    Parameters
    ----------
    path
        mp3, m4a/AAC, flac, ogg with Vorbis or Opus, wav, aiff, wma, ..., or a video.
    sample_rate
        Of the result, Hz.
    offset
        Where to begin, in seconds; exact to the sample in the common formats.
    duration
        How many seconds to read at most; None reads to the end, with memory in proportion.
    progress
        Told the seconds decoded so far.
    metered
        Whether the loudness of all channels at full bandwidth is measured too, for `AudioClip.powers`.

    Returns
    -------
    A clip whose `start` is `offset`, or later if the sound of a video sets in later.

    Raises
    ------
    MediaNotFoundError
        There is no such file, it is a folder, or it may not be read.
    UnreadableMediaError
        The file is empty, damaged for the most part, or not media at all.
    UnusableAudioError
        The file has no sound, or an audio track without any in it.
    InvalidInputError
        The rate, offset or duration cannot be, or the sound ends before `offset`.
    """
    if sample_rate < 1000 or not math.isfinite(offset) or offset < 0.0:
        raise InvalidInputError(
            f"cannot read at {sample_rate} Hz from {offset} s: give 1000 Hz or more and an offset from 0"
        )
    if duration is not None and not (math.isfinite(duration) and duration > 0.0):
        raise InvalidInputError(f"cannot read {duration} s of sound: give a duration above 0")
    path = checked_path(path)
    request = _Request(path, sample_rate, offset, duration, progress, metered)
    try:
        try:
            return request.read(seek=offset > _RUN_UP_SECONDS)
        except _SeekMissedError:
            return request.read(seek=False)
    except UnreadableMediaError as error:
        clip = request.read_with_sndfile()
        # If both stumble over the same damage, the little that either reads is not the track.
        known = error.seconds if isinstance(error, _DamagedError) else 0.0
        if clip is None or clip.start + clip.duration < 2.0 * known:
            raise
        return clip


def resample(clip: AudioClip, sample_rate: int) -> AudioClip:
    """The same sound at another rate (libswresample); the clip itself if the rate is the same."""
    if sample_rate == clip.sample_rate:
        return clip
    resampler = Resampler(clip.sample_rate, sample_rate)
    length = round(len(clip.samples) * sample_rate / clip.sample_rate)
    samples: FloatArray = np.zeros(length, dtype=np.float32)
    filled = 0
    for begin in range(0, len(clip.samples), _GATHERED_SAMPLES):
        for piece in resampler.push(clip.samples[begin : begin + _GATHERED_SAMPLES]):
            taken = piece[: length - filled]
            samples[filled : filled + len(taken)] = taken
            filled += len(taken)
    for piece in resampler.flush():
        taken = piece[: length - filled]
        samples[filled : filled + len(taken)] = taken
        filled += len(taken)
    return replace(clip, samples=samples, sample_rate=sample_rate)


@dataclass(frozen=True, slots=True)
class _Request:
    """What `load` was asked for, with its checked path."""

    path: Path
    sample_rate: int
    offset: float
    duration: float | None
    progress: ProgressCallback
    metered: bool = False

    def read(self, *, seek: bool, invert_right: bool = False) -> AudioClip:
        """Decode with FFmpeg; _SeekMissedError if a seek landed too late."""
        with open_container(self.path) as container:
            info = describe(container)
            stream = sound_stream(container, self.path)
            reader = PacketReader(container, stream, self.path, self.offset if seek else 0.0)
            mixdown = self._mixdown(info.duration, invert_right)
            first = True
            for time, frames in reader.frames():
                if first:
                    first = False
                    if time > self.offset + SEEK_SLACK_SECONDS and reader.sought:
                        raise _SeekMissedError
                    mixdown.begin_at(time)
                names = [channel.name for channel in frames[0].layout.channels]
                if not mixdown.add(_to_channels(frames), frames[0].sample_rate, names):
                    break
            if reader.broken_bytes > reader.sound_bytes:
                share = reader.broken_bytes / (reader.broken_bytes + reader.sound_bytes)
                raise _DamagedError(
                    f"{self.path} is damaged: {share:.0%} of its sound cannot be decoded; "
                    "fetch or export the file again",
                    mixdown.seconds_seen,
                )
            if not mixdown.seconds_seen:
                if reader.sought:
                    raise _SeekMissedError  # behind the end; reading from the start tells where that is
                raise UnusableAudioError(
                    f"{self.path} has an audio track without sound in it; choose another file"
                )
        if mixdown.polarity.inverted and not invert_right:
            return self.read(seek=seek, invert_right=True)
        return self._checked_clip(mixdown.finish(), mixdown)

    def read_with_sndfile(self) -> AudioClip | None:
        """Decode with libsndfile; None where it cannot read the file either."""
        with open_with_sndfile(self.path) as sound:
            if sound is None or sound.frames == 0 or sound.channels == 0:
                return None
            import soundfile

            mixdown = self._mixdown(sound.frames / sound.samplerate)
            begin = min(int(self.offset * sound.samplerate), sound.frames)
            try:
                sound.seek(begin)
                mixdown.begin_at(begin / sound.samplerate)
                while len(block := sound.read(_GATHERED_SAMPLES, dtype="float32", always_2d=True)):
                    if not mixdown.add(block.T, sound.samplerate):
                        break
            except soundfile.LibsndfileError:
                if not mixdown.seconds_seen:
                    return None
            return self._checked_clip(mixdown.finish(), mixdown)

    def _mixdown(self, stated: float | None, invert_right: bool = False) -> Mixdown:
        total = None if stated is None else max(0.0, stated - self.offset)
        if self.duration is not None:
            total = self.duration if total is None else min(total, self.duration)

        def report(seconds: float) -> None:
            self.progress(Progress(done=seconds, total=total, message="decoding"))

        return Mixdown(
            self.sample_rate,
            offset=self.offset,
            duration=self.duration,
            expected=total,
            report=report,
            metered=self.metered,
            invert_right=invert_right,
        )

    def _checked_clip(self, clip: AudioClip | None, mixdown: Mixdown) -> AudioClip:
        if clip is None:
            raise InvalidInputError(
                f"{self.path} ends after {mixdown.seconds_seen:.1f} s, "
                f"so there is nothing at {self.offset:g} s"
            )
        return clip


class PacketReader:
    """Decodes the packets of one stream, and weighs those that cannot be decoded."""

    def __init__(
        self, container: InputContainer, stream: AudioStream, path: Path, offset: float = 0.0
    ) -> None:
        self.sound_bytes = 0  # of packets that gave sound
        self.broken_bytes = 0
        self.sought = False
        self._container = container
        self._stream = stream
        self._path = path
        self._begins = links_of(container, path)
        begin = container.start_time
        self._zero = 0.0 if begin is None else begin / 1_000_000
        if offset > 0.0 and stream.time_base and len(self._begins) == 1:
            import av

            target = self._zero + offset - _RUN_UP_SECONDS
            try:
                container.seek(int(target / stream.time_base), stream=stream)
                self.sought = True
            except av.FFmpegError:
                self.sought = False  # nothing has been read yet, so this is the start of the file

    def frames(self) -> Iterator[tuple[float, list[AudioFrame]]]:
        """Runs of frames of one format, each with the time of its first frame as the file states it."""
        gathered: list[AudioFrame] = []
        kind: tuple[Any, ...] = ()
        samples = 0
        for frame in self._decoded():
            if not frame.samples:
                continue
            this = (frame.sample_rate, frame.format.name, frame.layout.nb_channels)
            if gathered and (this != kind or samples >= _GATHERED_SAMPLES):
                yield self._time_of(gathered[0]), gathered
                gathered, samples = [], 0
            kind = this
            gathered.append(frame)
            samples += frame.samples
        if gathered:
            yield self._time_of(gathered[0]), gathered

    def _decoded(self) -> Iterator[AudioFrame]:
        import av

        packets = chained_packets(self._container, self._stream, self._path, self._begins)
        began: int | None = None
        reached = claimed = 0
        while True:
            try:
                packet = next(packets)
            except StopIteration:
                if began is not None and self._is_bare():
                    gap = self._container.size - began - claimed
                    self.broken_bytes += max(0, gap - _PACKET_HEAD_BYTES)
                return
            except av.FFmpegError:
                # The container itself breaks off: what lies behind cannot be read.
                self.broken_bytes += max(1, self._container.size - reached)
                return
            if began is None:
                began = packet.pos
            size = packet.size
            claimed += size
            reached = max(reached, (packet.pos or 0) + size)
            try:
                frames = packet.decode()
            except av.FFmpegError:
                self.broken_bytes += max(1, size)
                continue
            plain = 0
            for frame in frames:
                plain += 8 * frame.samples * frame.layout.nb_channels
                yield frame
            # A packet that is larger than its sound has swallowed damage up to the next one that is whole.
            if frames and size > plain:
                self.sound_bytes += plain
                self.broken_bytes += max(0, size - plain - _PACKET_HEAD_BYTES)
            elif frames:
                self.sound_bytes += size

    def _is_bare(self) -> bool:
        """Whether the format has no container, so that bytes between packets of sound mean damage."""
        return self._container.format.name in _BARE_FORMATS and len(self._container.streams) == 1

    def _time_of(self, frame: AudioFrame) -> float:
        if frame.pts is None or not frame.time_base:
            return 0.0 if not self.sought else math.inf
        return float(frame.pts * frame.time_base) - self._zero


def _to_channels(frames: list[AudioFrame]) -> FloatArray:
    """Frames of one format as float32 of shape (channels, n)."""
    import av

    channels = frames[0].layout.nb_channels
    queue = av.AudioFifo()  # an array of each frame, and those joined, costs four times as much
    for frame in frames:
        frame.pts = None  # a queue refuses times that do not follow each other
        queue.write(frame)
    whole = queue.read()
    assert whole is not None  # frames without samples are left out
    joined: Any = whole.to_ndarray()
    if not frames[0].format.is_planar:
        joined = joined.reshape(-1, channels).T
    full_scale = _FULL_SCALE.get(joined.dtype.name)
    result: FloatArray = joined.astype(np.float32, copy=False)
    if joined.dtype == np.uint8:
        result -= 128.0
    if full_scale is not None:
        result *= np.float32(1.0 / full_scale)
    return result

"""Makes the small copy of a video that is sent: fewer pixels, fewer frames, of long videos only pieces.

The file itself never leaves the machine. That bounds what is uploaded, gives the service a format that it
reads, and leaves behind what a camera or an editor wrote into the file: names, places, paths.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from reelscore.audio.container import packets_of
from reelscore.children import in_child
from reelscore.errors import AnalysisError, UnreadableMediaError
from reelscore.limits import FILM
from reelscore.records import ProgressCallback
from reelscore.video.asking.reporting import Reporter
from reelscore.video.decode.clock import player_zero
from reelscore.video.decode.container import opened
from reelscore.video.decode.scaling import encodable, tag_colours
from reelscore.video.gemini.options import SampleOptions
from reelscore.video.gemini.pieces import Piece, Timeline, plan_pieces

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.resampler import AudioResampler
    from av.audio.stream import AudioStream
    from av.container import InputContainer, OutputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

MIME_TYPE = "video/mp4"

# Reports to the user are this many source frames apart.
_REPORT_FRAMES = 25
# A keyframe at least this often, so that the reader of the copy can enter anywhere.
_KEYFRAME_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Sample:
    """The copy of a video."""

    path: Path
    seconds: float
    bytes: int
    timeline: Timeline
    has_audio: bool


def make_sample(
    path: Path, target: Path, options: SampleOptions, reporter: Reporter, *, seconds: float | None = None
) -> Sample:
    """Write the copy of a video to `target` (MP4 with H.264 and AAC).

    Parameters
    ----------
    seconds
        How long its pictures go on, if that was measured. Files state it wrongly: of one that breaks off
        half is missing, and sound that is longer than the pictures is counted too.

    Raises
    ------
    MediaError
        The file does not exist, is no video, or none of its pictures can be decoded.
    AnalysisError
        The copy cannot be written.
    """
    return _make_sample(path, target, options, reporter.span, seconds, progress=reporter.repeat)


@in_child(FILM)
def _make_sample(
    path: Path,
    target: Path,
    options: SampleOptions,
    span: tuple[float, float],
    seconds: float | None,
    *,
    progress: ProgressCallback,
) -> Sample:
    reporter = Reporter(progress)
    reporter.stage(*span)
    upright = _upright_size(path)
    with opened(path) as (_, source, video), _writing(target) as container:
        length = seconds or _length(source, video)
        copier = _Copier(source, video, container, upright, options, reporter)
        pieces = copier.run(plan_pieces(length, options))
    return Sample(
        path=target,
        seconds=sum(piece.seconds for piece in pieces),
        bytes=target.stat().st_size,
        timeline=Timeline(pieces, max(length or 0.0, pieces[-1].end)),
        has_audio=copier.heard,
    )


class _Copier:
    """Decodes the pieces and encodes them one behind the other."""

    def __init__(
        self,
        source: InputContainer,
        video: VideoStream,
        target: OutputContainer,
        upright: tuple[int, int],
        options: SampleOptions,
        reporter: Reporter,
    ) -> None:
        self._source = source
        self._options = options
        self._reporter = reporter
        self._zero = float(player_zero(source))
        self._video = video
        self._audio = _sound_of(source)
        # Both streams must be there before the first packet is written, so the size must be known.
        self._picture = _Picture(target, options, upright)
        self._sound = _Sound(target, options) if self._audio else None
        rate = float(self._video.average_rate or 0)
        self._video.thread_type = "AUTO"
        if rate >= 4 * options.frame_rate:
            # Frames that no other frame needs are not even decoded: at two a second nobody misses them.
            self._video.codec_context.skip_frame = "NONREF"

    @property
    def heard(self) -> bool:
        """Whether any sound was copied."""
        return self._sound is not None and self._sound.written > 0

    def run(self, pieces: tuple[Piece, ...]) -> tuple[Piece, ...]:
        """Copy the pieces; returns them as they were found, the last one maybe shorter."""
        total = sum(piece.seconds for piece in pieces)
        begin, ends = 0.0, []
        for piece in pieces:
            if piece.start > 0:
                self._seek(piece.start)
            ends.append(self._copy(piece, begin, total))
            begin += piece.seconds
        shown = [number for number, end in enumerate(ends) if end is not None]
        if not shown:
            raise UnreadableMediaError("no picture of the video can be decoded; export or fetch it again")
        self._picture.finish()
        if self._sound:
            self._sound.finish()
        # Those in the middle keep their place even if a damaged stretch left them short.
        last = shown[-1]
        return (*pieces[:last], Piece(pieces[last].start, ends[last] or pieces[last].end))

    def _copy(self, piece: Piece, begin: float, total: float) -> float | None:
        """Copy one piece to `begin` of the copy; returns where its pictures end in the video, if any."""
        message = "making a small copy of the video"
        step = 1.0 / float(self._video.average_rate or 25)
        last, frames = -math.inf, 0
        seen, heard = False, self._audio is None
        streams: list[Any] = [self._video, *([self._audio] if self._audio else [])]
        for stream, frame in _decoded(self._source, streams):
            time = _time_of(frame, self._zero)
            if stream is not self._video:
                heard = heard or (time is not None and time >= piece.end)
                if self._sound and time is not None and piece.start <= time < piece.end:
                    self._sound.add(frame, begin + time - piece.start)
            else:
                if time is None:  # some old files date no frame: they follow each other
                    time = max(last, piece.start - step) + step
                if time >= piece.end:
                    seen = True
                elif time > piece.start - step:
                    last = max(last, time)
                    self._picture.add(frame, begin + max(0.0, time - piece.start))
                    frames += 1
                    if frames % _REPORT_FRAMES == 0:
                        self._reporter.say(message, begin + time - piece.start, total)
            if seen and heard:
                break
        self._reporter.say(message, begin + piece.seconds, total)
        return min(piece.end, last + step) if math.isfinite(last) else None

    def _seek(self, seconds: float) -> None:
        import av

        try:
            self._source.seek(int((seconds + self._zero) * 1_000_000))
        except av.FFmpegError:
            return  # then the decoding goes on from where it is, and reaches the piece later


class _Picture:
    """Encodes frames, scaled and turned upright, at most one for each step of the wanted rate."""

    def __init__(self, target: OutputContainer, options: SampleOptions, upright: tuple[int, int]) -> None:
        self._target = target
        self._rate = Fraction(options.frame_rate).limit_denominator(1000)
        self._size = _reduced(upright, options.short_side)
        self._last = -1
        # Any: PyAV's types know the kind of stream only of encoders that are written out here.
        stream: Any = target.add_stream(_encoder(), rate=self._rate)
        self._stream: VideoStream = stream
        self._stream.width, self._stream.height = self._size
        self._stream.pix_fmt = "yuv420p"
        self._stream.bit_rate = options.video_bits
        self._stream.codec_context.gop_size = max(1, round(_KEYFRAME_SECONDS * options.frame_rate))
        most = str(options.video_bits)
        self._stream.options = {"preset": "veryfast", "maxrate": most, "bufsize": most}

    def add(self, frame: VideoFrame, time: float) -> None:
        """Encode a frame, if it is the first of its step."""
        position = int(time * self._rate + Fraction(1, 1_000_000))
        if position <= self._last:
            return
        turns = round(frame.rotation / 90) % 4  # counter-clockwise
        small = encodable(frame, self._size, turns)
        if self._last < 0:
            tag_colours(self._stream.codec_context, small)
        self._last = position
        small.pts = position
        small.time_base = 1 / self._rate
        small.pict_type = 0
        self._target.mux(self._stream.encode(small))

    def finish(self) -> None:
        """Write what the encoder still holds."""
        self._target.mux(self._stream.encode(None))


class _Sound:
    """Encodes sound as mono AAC, and keeps it beside the picture."""

    def __init__(self, target: OutputContainer, options: SampleOptions) -> None:
        self._target = target
        self._rate = options.audio_rate
        self._stream: AudioStream = target.add_stream("aac", rate=options.audio_rate, layout="mono")
        self._stream.bit_rate = options.audio_bits
        self._resampler: AudioResampler | None = None
        self._kind: tuple[Any, ...] = ()
        self.written = 0  # samples, silence of gaps among them

    def add(self, frame: AudioFrame, time: float) -> None:
        """Encode a frame of sound that belongs to `time` of the copy."""
        from av.audio.resampler import AudioResampler

        kind = (frame.format.name, frame.layout.name, frame.sample_rate)
        if kind != self._kind:
            self._kind = kind
            self._resampler = AudioResampler(format="fltp", layout="mono", rate=self._rate)
        behind = round(time * self._rate) - self.written
        if behind > self._rate // 10:
            self._silence(behind)
        frame.pts = None
        assert self._resampler is not None
        for piece in self._resampler.resample(frame):
            self._encode(piece)

    def finish(self) -> None:
        """Write what the encoder still holds."""
        self._target.mux(self._stream.encode(None))

    def _silence(self, samples: int) -> None:
        import av

        while samples > 0:
            count = min(samples, self._rate)
            frame = av.AudioFrame.from_ndarray(np.zeros((1, count), np.float32), format="fltp", layout="mono")
            frame.sample_rate = self._rate
            self._encode(frame)
            samples -= count

    def _encode(self, frame: AudioFrame) -> None:
        frame.pts = self.written
        frame.time_base = Fraction(1, self._rate)
        self.written += frame.samples
        self._target.mux(self._stream.encode(frame))


def _reduced(size: tuple[int, int], short_side: int) -> tuple[int, int]:
    """The size of the copy: even, and never larger than the picture."""
    scale = min(1.0, short_side / min(size))
    return max(16, 2 * round(size[0] * scale / 2)), max(16, 2 * round(size[1] * scale / 2))


def _upright_size(path: Path) -> tuple[int, int]:
    """Width and height as a player shows them."""
    with opened(path) as (_, source, video):
        for _, frame in _decoded(source, [video]):
            ratio = float(video.sample_aspect_ratio or 1)
            width, height = max(1, round(frame.width * ratio)), frame.height
            return (height, width) if round(frame.rotation / 90) % 2 else (width, height)
    raise UnreadableMediaError(f"{path} has no picture that can be decoded; export or fetch it again")


def _length(source: InputContainer, video: VideoStream) -> float | None:
    """Seconds as the file states them, or None."""
    if video.duration and video.duration > 0 and video.time_base:
        return float(video.duration * video.time_base)
    if source.duration and source.duration > 0:
        return source.duration / 1_000_000
    return None


def _encoder() -> str:
    import av

    # Every build of PyAV encodes MPEG-4 part 2; most have x264.
    return "libx264" if "libx264" in av.codecs_available else "mpeg4"


def _decoded(source: InputContainer, streams: list[Any]) -> Iterator[tuple[Any, Any]]:
    """The frames of some streams, each with its stream, in the order of the file."""
    import av

    packets = packets_of(source, streams)
    while True:
        try:
            packet = next(packets)
        except (StopIteration, av.FFmpegError):
            return  # the end, or where a truncated file breaks off
        try:
            decoded = packet.decode()
        except av.FFmpegError:
            continue  # a damaged packet costs that packet
        for frame in decoded:
            yield packet.stream, frame


def _time_of(frame: Any, zero: float) -> float | None:
    if frame.pts is None or frame.time_base is None:
        return None
    return float(frame.pts * frame.time_base) - zero


def _sound_of(source: InputContainer) -> AudioStream | None:
    for stream in source.streams.audio:
        codec: object = stream.codec_context
        if codec is not None:
            return stream
    return None


@contextmanager
def _writing(path: Path) -> Iterator[OutputContainer]:
    import av

    try:
        with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as container:
            yield container
    except (av.FFmpegError, OSError) as error:
        raise AnalysisError(
            f"the small copy of the video could not be written ({type(error).__name__}); "
            "make room in the folder for temporary files"
        ) from error

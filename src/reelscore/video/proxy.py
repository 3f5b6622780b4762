"""A copy of a film that browsers show: the same pictures at the same times, H.264 of at most 720 lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from reelscore.audio.container import best_sound, packets_of
from reelscore.children import in_child
from reelscore.errors import AnalysisError, UnreadableMediaError
from reelscore.limits import BRIEF, FILM
from reelscore.records import FloatArray, Progress, ProgressCallback, ignore_progress
from reelscore.video.decode.clock import player_zero
from reelscore.video.decode.container import opened
from reelscore.video.decode.frames import open_video
from reelscore.video.decode.scaling import encodable, tag_colours

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.container import OutputContainer
    from av.video.frame import VideoFrame

_SHORT_SIDE = 720
_LONG_SIDE = 1280
_BASE = Fraction(1, 90_000)  # of the pictures' time stamps
_SOUND_RATE = 48_000
_SOUND_BITS = 128_000
_GAP_SECONDS = 0.05  # less is rounding of a container's time stamps
_KEYFRAME_SECONDS = 1.0  # a jump in the player decodes at most that much
_OPTIONS = {"preset": "veryfast", "crf": "24", "bf": "0"}
_FALLBACK_RATE = 25

# What Chromium, Firefox and Safari show: container, codec, and for H.264 its only form of colours.
_SHOWN = (
    ("mov", ("h264",), ("yuv420p", "yuvj420p")),
    ("mov", ("vp9", "av1"), ("yuv420p", "yuv420p10le")),
    ("matroska", ("vp8", "vp9", "av1"), ("yuv420p", "yuv420p10le")),
)
_HEARD = ("aac", "mp3", "opus", "vorbis", "flac")


@in_child(BRIEF)
def shown_by_browsers(path: Path) -> bool:
    """Whether every browser of today shows a film and lets its sound be heard, by what its header states.

    Raises
    ------
    MediaError
        It is no video, or damaged.
    """
    with opened(path) as (_, container, stream):
        context = stream.codec_context
        sound = best_sound(container)
        codec: Any = None if sound is None else sound.codec_context  # None too if there is no decoder
        # Of several a browser plays the first, and everything else here hears the best.
        first = sound is None or sound is container.streams.audio[0]
        heard = sound is None or (first and codec is not None and codec.name in _HEARD)
        # WebM and Matroska are one format to FFmpeg; without its DocType the ending has to tell.
        webm = "matroska" not in container.format.name or path.suffix.lower() == ".webm"
        return (
            heard
            and webm
            and any(
                kind in container.format.name
                and context.name.removeprefix("lib") in codecs
                and context.pix_fmt in formats
                for kind, codecs, formats in _SHOWN
            )
        )


@in_child(FILM)
def write_proxy(source: Path, target: Path, *, progress: ProgressCallback = ignore_progress) -> None:
    """Write the copy as MP4. Times are those of a player of the source, so cuts and songs lie where they lay.

    Raises
    ------
    MediaError
        The film cannot be read.
    OSError
        The copy cannot be written.
    """
    import av

    with (
        open_video(source) as video,
        av.open(str(target), "w", format="mp4", options={"movflags": "+faststart"}) as output,
    ):
        facts = video.facts
        pictures = _Pictures(output, facts.width, facts.height, -facts.rotation // 90 % 4, facts.frame_rate)
        sound = _Sound(source, output) if facts.has_audio else None
        total = facts.duration
        due: list[tuple[VideoFrame, float]] = []
        # Scaled by the thread that decodes, so that what waits is small; encoded by the one that reads, so
        # that a cancel ends both.
        video.on_picture = lambda picture, time: due.append((pictures.scaled(picture), time))
        for _ in video.frames():
            while due:
                picture, time = due.pop(0)
                pictures.add(picture, time)
                if sound is not None:
                    sound.up_to(time)
                progress(Progress(time, max(total or 0.0, time), "making a copy that browsers show"))
        for picture, time in due:
            pictures.add(picture, time)
        pictures.finish()
        if sound is not None:
            sound.finish()


def write_pictures(pictures: Sequence[tuple[float, NDArray[np.uint8]]], target: Path) -> None:
    """Write single pictures as a film without sound, each shown until the next.

    Parameters
    ----------
    pictures
        Seconds, rising, and uint8 RGB (height, width, 3); at least two.

    Raises
    ------
    AnalysisError
        The film cannot be written.
    """
    import av
    from av.video.frame import VideoFrame

    begin, end = pictures[0][0], pictures[-1][0]
    height, width = pictures[0][1].shape[:2]
    try:
        with av.open(str(target), "w", format="mp4") as output:
            film = _Pictures(output, width, height, 0, (len(pictures) - 1) / (end - begin))
            for time, image in pictures:
                film.add(film.scaled(VideoFrame.from_ndarray(image, format="rgb24")), time - begin)
            film.finish()
    except (av.FFmpegError, OSError) as error:
        raise AnalysisError(f"the last pictures could not be written as a film: {error.strerror}") from error


class _Pictures:
    """Scales, turns and encodes pictures."""

    def __init__(
        self, output: OutputContainer, width: int, height: int, turns: int, rate: float | None
    ) -> None:
        shrink = min(1.0, _SHORT_SIDE / min(width, height), _LONG_SIDE / max(width, height))
        self._size = (max(2, round(width * shrink / 2) * 2), max(2, round(height * shrink / 2) * 2))
        self._turns = turns  # counter-clockwise
        self._output = output
        self._last = -1
        stated = Fraction(rate or _FALLBACK_RATE).limit_denominator(1001)
        self._stream: Any = output.add_stream("libx264", rate=stated)
        self._stream.width, self._stream.height = self._size
        self._stream.pix_fmt = "yuv420p"
        self._stream.time_base = self._stream.codec_context.time_base = _BASE
        self._stream.codec_context.gop_size = max(1, round(_KEYFRAME_SECONDS * float(stated)))
        self._stream.codec_context.thread_count = 0
        self._stream.options = dict(_OPTIONS)

    def add(self, frame: VideoFrame, time: float) -> None:
        """Encode a scaled picture at its time; of two at one moment the first stays."""
        stamp = round(time / _BASE)
        if stamp <= self._last:
            return
        if self._last < 0:
            tag_colours(self._stream.codec_context, frame)
        self._last = stamp
        frame.pts, frame.time_base, frame.pict_type = stamp, _BASE, 0
        self._output.mux(self._stream.encode(frame))

    def scaled(self, picture: VideoFrame) -> VideoFrame:
        """A picture as it is encoded: small, upright, and of the usual range."""
        import av

        try:
            return encodable(picture, self._size, self._turns)
        except (av.FFmpegError, ValueError) as error:
            raise UnreadableMediaError(
                f"its pictures are in a format that cannot be converted ({picture.format.name})"
            ) from error

    def finish(self) -> None:
        """Write what the encoder still holds."""
        self._output.mux(self._stream.encode(None))


class _Sound:
    """Encodes the sound of a film beside its pictures, as far as it can be decoded."""

    def __init__(self, source: Path, output: OutputContainer) -> None:
        from av.audio.resampler import AudioResampler

        self._source = source
        self._output = output
        self._stream: Any = output.add_stream("aac", rate=_SOUND_RATE, layout="stereo")
        self._stream.bit_rate = _SOUND_BITS
        self._resampler = AudioResampler(format="fltp", layout="stereo", rate=_SOUND_RATE)
        self._frames = self._decoded()
        self._next: tuple[AudioFrame, float] | None = next(self._frames, None)
        self._sent: int | None = None  # samples, up to the end of what was encoded

    def up_to(self, time: float) -> None:
        """Encode the sound up to a time."""
        while self._next is not None and self._next[1] <= time:
            frame, begin = self._next
            self._next = next(self._frames, None)
            frame.pts = None  # the resampler counts on from one frame to the next
            for made in self._resampler.resample(frame):
                stamp = round(begin * _SOUND_RATE)
                if self._sent is not None and abs(stamp - self._sent) < _GAP_SECONDS * _SOUND_RATE:
                    stamp = self._sent
                begin = (stamp + made.samples) / _SOUND_RATE
                self._send(made, stamp)

    def _send(self, frame: AudioFrame, stamp: int) -> None:
        from av.audio.frame import AudioFrame

        # What a player passes over at the start, and what overlaps what was sent, since stamps must rise.
        over = max(0, (self._sent or 0) - stamp)
        if over >= frame.samples:
            return
        if over:
            rest: FloatArray = np.ascontiguousarray(frame.to_ndarray()[:, over:], dtype=np.float32)
            frame = AudioFrame.from_ndarray(rest, format="fltp", layout="stereo")
            frame.sample_rate = _SOUND_RATE
        frame.pts, frame.time_base = stamp + over, Fraction(1, _SOUND_RATE)
        self._sent = frame.pts + frame.samples
        self._output.mux(self._stream.encode(frame))

    def finish(self) -> None:
        """Encode the rest."""
        self.up_to(float("inf"))
        self._output.mux(self._stream.encode(None))

    def _decoded(self) -> Iterator[tuple[AudioFrame, float]]:
        import av

        with opened(self._source) as (_, container, _video):
            zero = float(player_zero(container))
            packets = packets_of(container, best_sound(container))
            while True:
                try:
                    packet = next(packets)
                    frames = packet.decode()
                except StopIteration:
                    return
                except av.EOFError:
                    return
                except av.FFmpegError:
                    continue
                frame: Any
                for frame in frames:
                    if frame.pts is not None and frame.time_base is not None:
                        yield frame, float(frame.pts * frame.time_base) - zero

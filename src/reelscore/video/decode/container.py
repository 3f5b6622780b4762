"""Opening video files: what can be one, what cannot, and what its header states."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from reelscore.audio.tag_entries import check_tag_entries
from reelscore.errors import MediaError, MediaNotFoundError, UnreadableMediaError
from reelscore.limits import FILM_PIXELS
from reelscore.video.decode.clock import container_start
from reelscore.video.decode.sequences import checked_film, said_of_pictures

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream

# Only containers that hold pictures or sound themselves: a playlist would make FFmpeg open other files.
# Those for sound alone are there so that such a file gets an answer that names what it is.
CONTAINERS = (
    "apng,asf,avi,dv,flv,gif,h264,hevc,ivf,matroska,mov,mpeg,mpegts,mpegvideo,m4v,mxf,nut,obu,ogg,rm,"
    "yuv4mpegpipe,wtv,aac,ac3,aiff,amr,ape,au,caf,flac,mp3,voc,wav,wv"
)
FILE_OPTIONS = {"protocol_whitelist": "file", "format_whitelist": CONTAINERS}
# A pixel that is stretched further than this is a fault of the file.
_MOST_STRETCHED = 8


@dataclass(frozen=True, slots=True)
class VideoFacts:
    """What the header of a video states; a file that breaks off may hold less."""

    width: int  # pixels as shown, so after rotation
    height: int
    rotation: int  # degrees clockwise that a player turns the picture by: 0, 90, 180, 270
    frame_rate: float | None  # frames a second, None if none is stated
    duration: float | None  # seconds, None if none is stated
    end: float | None  # when the pictures end on the clock of a player, seconds; None if it is not stated
    has_audio: bool
    codec: str
    container: str
    pixel_aspect: float = 1.0  # width of a stored pixel in heights, before rotation


@contextmanager
def opened(path: str | Path) -> Iterator[tuple[Path, InputContainer, VideoStream]]:
    """The checked path, its container and the stream of its moving pictures; closed at the end."""
    import av

    path = checked_film(path)
    check_tag_entries(path)
    try:
        # "file:" keeps a name with a colon in it from being taken for a protocol.
        container = av.open(f"file:{path}", options=FILE_OPTIONS, metadata_errors="replace")
    except (av.FFmpegError, ValueError, OSError) as error:
        try:
            with path.open("rb") as file:
                head = file.read(16)
        except OSError:  # an upload is removed as soon as nobody waits for it
            raise MediaNotFoundError(f"{path} is gone; send or name it again") from error
        if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
            raise UnreadableMediaError(
                f"{path} is a WebP picture, which FFmpeg does not decode as a video; convert it to MP4 or GIF"
            ) from error
        raise UnreadableMediaError(
            said_of_pictures(path)
            or f"{path} is not a video that can be read: damaged, cut off before its index, or another kind "
            "of file; export or fetch it again"
        ) from error
    with container:
        yield path, container, _pictures_of(container, path)


def stated_facts(
    container: InputContainer,
    stream: VideoStream,
    rotation: int,
    *,
    rate: Fraction | None = None,
    zero: Fraction = Fraction(0),
) -> VideoFacts:
    """The facts of an open video whose pictures a player turns by `rotation` degrees clockwise.

    `rate` is its frame rate, if there is one, and `zero` the time stamp that a player calls 0:00.
    """
    aspect = stream.sample_aspect_ratio or Fraction(1)
    if not 1 / _MOST_STRETCHED <= aspect <= _MOST_STRETCHED:
        aspect = Fraction(1)
    width, height = max(1, round(stream.width * aspect)), stream.height
    if rotation in (90, 270):
        width, height = height, width
    seconds, end = _stated_length(container, stream)
    return VideoFacts(
        width=width,
        height=height,
        rotation=rotation,
        frame_rate=float(rate) if rate else None,
        duration=float(seconds) if seconds is not None else None,
        end=float(end - zero) if end is not None else None,
        has_audio=bool(container.streams.audio),
        codec=stream.codec_context.name,
        container=container.format.name,
        pixel_aspect=float(aspect),
    )


def _stated_length(container: InputContainer, stream: VideoStream) -> tuple[Fraction | None, Fraction | None]:
    """(length, time stamp of the end) of the pictures, as the header states them; seconds."""
    if stream.duration and stream.duration > 0 and stream.time_base:
        seconds = stream.duration * stream.time_base
        return seconds, seconds + (stream.start_time or 0) * stream.time_base
    if container.duration and container.duration > 0:
        seconds = Fraction(container.duration, 1_000_000)
        # These state the end, and call it duration.
        counted = container.format.name.startswith(("matroska", "flv"))
        return seconds, seconds if counted else seconds + container_start(container)
    return None, None


def picture_tracks(container: InputContainer) -> list[VideoStream]:
    """The streams of moving pictures: a cover is one of a single picture to FFmpeg, and to a viewer none."""
    from av.stream import Disposition

    return [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]


def _pictures_of(container: InputContainer, path: Path) -> VideoStream:
    moving = picture_tracks(container)
    if not moving:
        if container.streams.audio:
            raise MediaError(
                f"{path} has sound but no picture, so it is not a video; "
                "use `reelscore recommend song` to search by its sound"
            )
        raise UnreadableMediaError(f"{path} holds no picture; choose a video file")
    best = container.streams.best("video")
    stream = next((s for s in moving if best is not None and s.index == best.index), moving[0])
    # PyAV has no codec context if FFmpeg has no decoder, whatever its types say.
    codec: object = stream.codec_context
    if codec is None:
        raise UnreadableMediaError(f"{path} has a picture format that cannot be decoded; convert it to H.264")
    if stream.width * stream.height > FILM_PIXELS:
        raise UnreadableMediaError(
            f"{path} has pictures of {stream.width} x {stream.height}, and {FILM_PIXELS // 1_000_000} "
            "million pixels are the most; export it smaller"
        )
    stream.codec_context.options = {"max_pixels": str(FILM_PIXELS)}  # also if they grow on the way
    return stream

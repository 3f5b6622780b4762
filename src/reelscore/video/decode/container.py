"""Opening video files: what can be one, what cannot, and what its header states."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from reelscore.audio.container import checked_path
from reelscore.errors import MediaError, UnreadableMediaError

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream

# Only containers that hold pictures or sound themselves: a playlist would make FFmpeg open other files.
# Those for sound alone are there so that such a file gets an answer that names what it is.
_CONTAINERS = (
    "asf,avi,dv,flv,gif,h264,hevc,ivf,matroska,mov,mpeg,mpegts,mpegvideo,m4v,mxf,nut,obu,ogg,rm,"
    "yuv4mpegpipe,wtv,aac,ac3,aiff,amr,ape,au,caf,flac,mp3,voc,wav,wv"
)
_OPTIONS = {"protocol_whitelist": "file", "format_whitelist": _CONTAINERS}
# Containers write these where they know no rate.
_LOWEST_RATE, _HIGHEST_RATE = 0.05, 1000.0


@dataclass(frozen=True, slots=True)
class VideoFacts:
    """What the header of a video states; a file that breaks off may hold less."""

    width: int  # pixels as shown, so after rotation
    height: int
    rotation: int  # degrees clockwise that a player turns the picture by: 0, 90, 180, 270
    frame_rate: float | None  # frames a second, None where none is stated
    duration: float | None  # seconds, None where none is stated
    has_audio: bool
    codec: str
    container: str


@contextmanager
def opened(path: str | Path) -> Iterator[tuple[Path, InputContainer, VideoStream]]:
    """The checked path, its container and the stream of its moving pictures; closed at the end."""
    import av

    path = checked_path(path)
    try:
        # "file:" keeps a name with a colon in it from being taken for a protocol.
        container = av.open(f"file:{path}", options=_OPTIONS, metadata_errors="replace")
    except (av.FFmpegError, ValueError, OSError) as error:
        raise UnreadableMediaError(
            f"{path} is not a video that can be read: damaged, cut off before its index, or another kind of "
            "file; export or fetch it again"
        ) from error
    with container:
        yield path, container, _pictures_of(container, path)


def stated_facts(container: InputContainer, stream: VideoStream, rotation: int) -> VideoFacts:
    """The facts of an open video whose pictures a player turns by `rotation` degrees clockwise."""
    width, height = stream.width, stream.height
    if rotation in (90, 270):
        width, height = height, width
    seconds = None
    if stream.duration and stream.time_base:
        seconds = float(stream.duration * stream.time_base)
    elif container.duration and container.duration > 0:
        seconds = container.duration / 1_000_000
    rate = float(stream.average_rate or 0)
    return VideoFacts(
        width=width,
        height=height,
        rotation=rotation,
        frame_rate=rate if _LOWEST_RATE <= rate <= _HIGHEST_RATE else None,
        duration=seconds if seconds and seconds > 0 else None,
        has_audio=bool(container.streams.audio),
        codec=stream.codec_context.name,
        container=container.format.name,
    )


def _pictures_of(container: InputContainer, path: Path) -> VideoStream:
    from av.stream import Disposition

    # A cover is a video stream of one picture to FFmpeg; to a viewer it is none.
    moving = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
    if not moving:
        if container.streams.audio:
            raise MediaError(
                f"{path} has sound but no picture, so it is not a video; "
                "use `reelscore recommend song` to search by its sound"
            )
        raise UnreadableMediaError(f"{path} holds no picture; choose a video file")
    best = container.streams.best("video")
    stream = next((s for s in moving if best is not None and s.index == best.index), moving[0])
    # PyAV has no codec context where FFmpeg has no decoder, whatever its types say.
    codec: object = stream.codec_context
    if codec is None:
        raise UnreadableMediaError(f"{path} has a picture format that cannot be decoded; convert it to H.264")
    return stream

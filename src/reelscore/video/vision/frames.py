"""A few pictures of a video for a model, one of each shot while there is room, as small JPEG files.

Like the copy that Gemini gets, they bound what is sent, and leave behind what a camera or an editor wrote
into the file. Where they are taken is pure (`moments`).
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from reelscore.children import in_child
from reelscore.errors import UnreadableMediaError
from reelscore.limits import FILM
from reelscore.records import ProgressCallback, Shot, VideoMeasurements
from reelscore.video.asking.reporting import Reporter
from reelscore.video.decode.clock import player_zero
from reelscore.video.decode.container import opened
from reelscore.video.decode.scaling import rgb_of
from reelscore.video.decode.tone import is_high_range
from reelscore.video.showing import LEAST_DEVIATION
from reelscore.video.still import encode_jpeg

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

# Pictures that are decoded from a key frame on in search of a moment; some files have one key frame in all.
_MOST_DECODED = 3000
_LENGTH_UNKNOWN = 10.0  # seconds that are looked at of a file that states none
_MOST_PLAIN = 12  # pictures that are looked through for one


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture and when it is shown, in seconds."""

    time: float
    jpeg: bytes


def moments(shots: Sequence[Shot], start: float, end: float, most: int) -> tuple[float, ...]:
    """The middles of shots, or of the parts of long ones: at most `most`, in order.

    With more shots than that, of equal stretches of the video the longest shot in each; with fewer, long
    shots are shown more than once.
    """
    spans = [(shot.start, shot.end) for shot in shots if shot.end > shot.start] or [(start, end)]
    if len(spans) > most:
        edges = np.linspace(start, end, most + 1)
        inside = [
            [(max(one, low), min(two, high)) for one, two in spans if min(two, high) > max(one, low)]
            for low, high in pairwise(edges)
        ]
        spans = [max(each, key=lambda span: span[1] - span[0]) for each in inside if each]
        return tuple(dict.fromkeys(round(float(one + two) / 2, 3) for one, two in spans))
    parts = [1] * len(spans)
    # Two pictures of one second show little more than one.
    while sum(parts) < most:
        longest = max(range(len(spans)), key=lambda at: (spans[at][1] - spans[at][0]) / parts[at])
        if (spans[longest][1] - spans[longest][0]) / parts[longest] <= 2.0:
            break
        parts[longest] += 1
    times = [
        one + (two - one) * (index + 0.5) / count
        for (one, two), count in zip(spans, parts, strict=True)
        for index in range(count)
    ]
    return tuple(round(time, 3) for time in times)


def take_pictures(
    path: Path, measured: VideoMeasurements | None, *, most: int, long_side: int, reporter: Reporter
) -> tuple[tuple[Picture, ...], float]:
    """Pictures of a video and its length in seconds.

    Raises
    ------
    MediaError
        The file does not exist, is no video, or none of its pictures can be decoded.
    """
    return _take_pictures(path, measured, most, long_side, reporter.span, progress=reporter.repeat)


@in_child(FILM)
def _take_pictures(
    path: Path,
    measured: VideoMeasurements | None,
    most: int,
    long_side: int,
    span: tuple[float, float],
    *,
    progress: ProgressCallback,
) -> tuple[tuple[Picture, ...], float]:
    reporter = Reporter(progress)
    reporter.stage(*span)
    with opened(path) as (_, container, video):
        length = measured.duration if measured else _length(container, video)
        begin = measured.picture_start if measured else 0.0
        times = moments(measured.shots if measured else (), begin, max(length, begin + 0.1), most)
        pictures = tuple(_pictures(container, video, times, long_side, reporter))
    if not pictures:
        raise UnreadableMediaError(f"{path} has no picture that can be decoded; export or fetch it again")
    return pictures, length


def pictures_at(path: Path, times: Sequence[float], *, long_side: int) -> Generator[Picture, None, None]:
    """Pictures at some seconds of a video, in order, each decoded when it is asked for.

    Raises
    ------
    MediaError
        The file does not exist, or is no video.
    """
    with opened(path) as (_, container, video):
        yield from _pictures(container, video, times, long_side, None)


def _pictures(
    container: InputContainer,
    video: VideoStream,
    times: Sequence[float],
    long_side: int,
    reporter: Reporter | None,
) -> Iterator[Picture]:
    video.thread_type = "AUTO"
    last = -1.0
    for number, time in enumerate(times):
        if reporter is not None:
            reporter.say("taking pictures of the video", number, len(times))
        found = _picture_at(container, video, time, long_side)
        if found is None or found[1] <= last:
            continue
        last = found[1]
        yield Picture(round(last, 3), _jpeg(found[0], long_side))


def _picture_at(
    container: InputContainer, video: VideoStream, time: float, long_side: int
) -> tuple[NDArray[np.uint8], float] | None:
    """The first picture at or after a moment that shows something, upright, and when it is shown."""
    import av

    zero = float(player_zero(container))
    best: tuple[NDArray[np.uint8], float] | None = None
    with suppress(av.FFmpegError):  # then it is looked for from where the decoding stands
        container.seek(int((time + zero) * 1_000_000))
    shown = 0
    with suppress(av.FFmpegError, EOFError):
        for number, frame in enumerate(container.decode(video)):
            dated = frame.pts is not None and frame.time_base is not None
            at = float(frame.pts * frame.time_base) - zero if dated else time  # type: ignore[operator]
            if number > _MOST_DECODED:
                break
            if at < time - 0.001:
                continue
            best = _upright(frame, long_side), max(0.0, at)
            shown += 1
            if float(best[0].std()) >= LEAST_DEVIATION or shown >= _MOST_PLAIN:
                break
    return best


def _upright(frame: VideoFrame, long_side: int) -> NDArray[np.uint8]:
    turns = round(frame.rotation / 90) % 4  # counter-clockwise
    image: Any
    if is_high_range(frame.color_trc):  # its light is worked out for the pixels that are sent alone
        scale = min(1.0, long_side / max(frame.width, frame.height))
        image = rgb_of(frame, round(frame.width * scale), round(frame.height * scale))
    else:
        image = frame.to_ndarray(format="rgb24")
    turned: NDArray[np.uint8] = np.ascontiguousarray(np.rot90(image, turns))
    return turned


def _jpeg(image: NDArray[np.uint8], long_side: int) -> bytes:
    height, width = image.shape[:2]
    scale = min(1.0, long_side / max(width, height))
    width, height = (max(16, 2 * round(side * scale / 2)) for side in (width, height))
    return encode_jpeg(image, (width, height))


def _length(container: InputContainer, video: VideoStream) -> float:
    if video.duration and video.duration > 0 and video.time_base:
        return float(video.duration * video.time_base)
    if container.duration and container.duration > 0:
        return container.duration / 1_000_000
    return _LENGTH_UNKNOWN

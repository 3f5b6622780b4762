"""Pictures of any size and format as small RGB ones, and whether two of them are alike."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from reelscore.errors import UnreadableMediaError
from reelscore.video.decode.container import VideoFacts
from reelscore.video.decode.tone import is_high_range, to_standard_range

if TYPE_CHECKING:
    from av.video.codeccontext import VideoCodecContext
    from av.video.frame import VideoFrame
    from av.video.reformatter import Interpolation, VideoReformatter

# Of every small picture, be the video wide, square or tall: what is measured are shares of the picture.
LONG_SIDE, SHORT_SIDE = 64, 36
# More than this share of the contrast is not alike: half of what the least cut has.
_ALIKE = 0.1
_NOISE_LEVEL = 4.0
# Codes of H.273, as FFmpeg hands them on.
_BT709, _UNSPECIFIED = 1, 2


def rgb_of(
    picture: VideoFrame,
    width: int,
    height: int,
    reformatter: VideoReformatter | None = None,
    interpolation: Interpolation | None = None,
) -> NDArray[np.uint8]:
    """A picture at a size as RGB of standard range, (height, width, 3), as it is stored: not turned.

    FFmpegError or ValueError of PyAV if its format cannot be converted.
    """
    from av.video.reformatter import VideoReformatter

    high = is_high_range(picture.color_trc)
    small = (reformatter or VideoReformatter()).reformat(
        picture,
        width,
        height,
        format="rgb48le" if high else "rgb24",
        interpolation=interpolation,
        threads=1,  # more cost more than they gain for a small picture
    )
    if high:
        deep = small.to_ndarray().astype(np.uint16, copy=False)
        return to_standard_range(deep, picture.color_trc, picture.color_primaries)
    image: NDArray[np.uint8] = small.to_ndarray().astype(np.uint8, copy=False)
    return image


def encodable(picture: VideoFrame, size: tuple[int, int], turns: int) -> VideoFrame:
    """A picture as a copy of a film has it: of a size as shown, upright, in standard range, as yuv420p.

    Its levels are 16..235. Its colours are coded as in BT.709 if it is known how they were coded, else as
    they were. `turns`: quarter turns counter-clockwise that show it upright. Raises as `rgb_of` does.
    """
    from av.video.frame import VideoFrame
    from av.video.reformatter import ColorRange, Colorspace

    coded: dict[str, Any] = {"format": "yuv420p", "dst_color_range": ColorRange.MPEG}
    if picture.colorspace != _UNSPECIFIED:
        coded["dst_colorspace"] = Colorspace.ITU709
    width, height = size if turns % 2 == 0 else size[::-1]
    if not is_high_range(picture.color_trc) and not turns:
        return picture.reformat(width=width, height=height, **coded)
    upright = np.ascontiguousarray(np.rot90(rgb_of(picture, width, height), turns))
    return VideoFrame.from_ndarray(upright, format="rgb24").reformat(**coded)


def tag_colours(context: VideoCodecContext, frame: VideoFrame) -> None:
    """Let an encoder that has had no picture yet state how those of `encodable` are coded.

    Untagged ones are taken for BT.601 if they are small.
    """
    context.color_range = frame.color_range
    if frame.colorspace == _BT709:
        context.colorspace = context.color_primaries = context.color_trc = _BT709


class Scaler:
    """Pictures of any size and format as small RGB ones."""

    def __init__(self, path: Path, facts: VideoFacts) -> None:
        from av.video.reformatter import VideoReformatter

        self._path = path
        self._turns = -facts.rotation // 90
        self._aspect = facts.pixel_aspect
        self._reformatter = VideoReformatter()

    def scale(self, picture: VideoFrame) -> NDArray[np.uint8]:
        """The picture, averaged over areas and turned as shown."""
        import av
        from av.video.reformatter import Interpolation

        tall = picture.height > picture.width * self._aspect  # as stored: it is turned at the end
        width, height = (SHORT_SIDE, LONG_SIDE) if tall else (LONG_SIDE, SHORT_SIDE)
        try:
            image = rgb_of(picture, width, height, self._reformatter, Interpolation.AREA)
        except (av.FFmpegError, ValueError) as error:
            raise UnreadableMediaError(
                f"{self._path} has pictures in a format that cannot be converted ({picture.format.name}); "
                "export it as H.264"
            ) from error
        return np.ascontiguousarray(np.rot90(image, self._turns)) if self._turns else image


class Outline:
    """A quarter of the pixels of a small picture, to see at little cost whether two pictures are alike."""

    def __init__(self, image: NDArray[np.uint8]) -> None:
        self._values = image[::2, ::2].astype(np.int16).ravel()
        mean = int(self._values.sum(dtype=np.int32)) // len(self._values)
        self._contrast = self._mean(self._values - np.int16(mean))

    def is_like(self, other: Outline) -> bool:
        """Whether next to nothing has changed, in proportion to the contrast."""
        if len(self._values) != len(other._values):
            return False
        return self._mean(self._values - other._values) < _ALIKE * (self._contrast + _NOISE_LEVEL)

    @staticmethod
    def _mean(values: NDArray[np.int16]) -> float:
        np.abs(values, out=values)
        return int(values.sum(dtype=np.int32)) / len(values)

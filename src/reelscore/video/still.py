"""One picture of a video to know it by, as JPEG."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from reelscore.video.showing import PictureSampler

_QUALITY = 4  # of FFmpeg's scale for Motion JPEG: 2 (best) .. 31


def still_of(sampler: PictureSampler) -> bytes | None:
    """The picture with most to see among those from the middle half of a video; None if there is none."""
    pictures = sampler.pictures
    edge = len(pictures) // 4
    middle = pictures[edge : len(pictures) - edge]
    return encode_jpeg(max(middle, key=lambda image: float(image.std()))) if middle else None


def encode_jpeg(image: NDArray[np.uint8], size: tuple[int, int] | None = None) -> bytes:
    """A picture, uint8 RGB (height, width, 3), as a JPEG file, brought to a width and height if given."""
    import av
    from av.video.codeccontext import VideoCodecContext
    from av.video.frame import VideoFrame

    codec = av.CodecContext.create("mjpeg", "w")
    assert isinstance(codec, VideoCodecContext)
    codec.width, codec.height = size or image.shape[1::-1]
    codec.pix_fmt = "yuvj420p"
    codec.time_base = 1  # type: ignore[assignment]  # a single picture has no time
    codec.options = {"qmin": str(_QUALITY), "qmax": str(_QUALITY)}
    frame = VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24")
    frame = frame.reformat(codec.width, codec.height, format="yuvj420p")
    packets = [*codec.encode(frame), *codec.encode(None)]
    return b"".join(bytes(packet) for packet in packets)

"""Small videos, and all that an error could show."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from reelscore.video.gemini.analyzer import GeminiAnalyzer

MakeAnalyzer = Callable[..., GeminiAnalyzer]


def write_video(
    path: Path,
    *,
    seconds: float = 4.0,
    rate: int = 10,
    size: tuple[int, int] = (160, 120),
    sound: bool = True,
    container: str = "mp4",
    metadata: dict[str, str] | None = None,
) -> Path:
    """Grey frames whose level rises from black to white over the length, with a 440 Hz tone."""
    with av.open(str(path), "w", format=container) as target:
        target.metadata.update(metadata or {})
        picture: Any = target.add_stream("mpeg4" if container in ("mp4", "avi") else "libvpx-vp9", rate=rate)
        picture.width, picture.height = size
        picture.pix_fmt = "yuv420p"
        picture.bit_rate = 400_000
        tone: Any = (
            target.add_stream("aac" if container == "mp4" else "libopus", rate=48_000, layout="mono")
            if sound
            else None
        )
        count = round(seconds * rate)
        for number in range(count):
            level = round(255 * number / max(1, count - 1))
            frame = av.VideoFrame.from_ndarray(
                np.full((size[1], size[0], 3), level, np.uint8), format="rgb24"
            )
            frame.pts, frame.time_base = number, Fraction(1, rate)
            target.mux(picture.encode(frame))
        target.mux(picture.encode(None))
        if tone:
            times = np.arange(round(seconds * 48_000)) / 48_000
            samples = (0.3 * np.sin(2 * np.pi * 440 * times)).astype(np.float32)[None]
            audio = av.AudioFrame.from_ndarray(samples, format="fltp", layout="mono")
            audio.sample_rate = 48_000
            audio.pts = 0
            target.mux(tone.encode(audio))
            target.mux(tone.encode(None))
    return path


def shown(error: BaseException) -> str:
    """All that could be printed of an error, with its causes and contexts."""
    text = "".join(traceback.format_exception(error))
    seen: BaseException | None = error
    while seen is not None:
        text += repr(seen) + str(seen) + repr(getattr(seen, "__dict__", ""))
        seen = seen.__cause__ or seen.__context__
    return text

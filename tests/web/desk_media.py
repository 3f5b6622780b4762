"""Films and songs for the tests of the desk, written when they are wanted."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np


def write_video(path: Path, seconds: float) -> None:
    """A small video whose pictures change, with a quiet tone."""
    rate = 25
    with av.open(str(path), "w") as writer:
        picture = writer.add_stream("libx264", rate=rate, options={"preset": "ultrafast", "g": "25"})
        picture.width, picture.height, picture.pix_fmt = 160, 90, "yuv420p"
        sound = writer.add_stream("aac", rate=44_100)
        sound.layout = "mono"
        base = np.arange(160)[None, :].repeat(90, axis=0)
        for number in range(int(seconds * rate)):
            plane = ((base + number * 2 + 60 * (number // 100)) % 256).astype(np.uint8)
            frame = av.VideoFrame.from_ndarray(np.stack([plane] * 3, axis=2), format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, rate)
            writer.mux(picture.encode(frame))
        writer.mux(picture.encode(None))
        times = np.arange(int(seconds * 44_100)) / 44_100
        tone = (0.05 * np.sin(2 * np.pi * 220 * times)).astype(np.float32)
        for start in range(0, len(tone) - 1024, 1024):
            block = av.AudioFrame.from_ndarray(tone[None, start : start + 1024], format="fltp", layout="mono")
            block.sample_rate, block.pts = 44_100, start
            writer.mux(sound.encode(block))
        writer.mux(sound.encode(None))


def write_song(path: Path, tracks: list[Path], seconds: float) -> None:
    """Tracks of the demo one after the other, as one song."""
    with av.open(str(path), "w") as writer:
        stream = writer.add_stream("flac", rate=48_000)
        stream.layout = "stereo"
        resampler = av.AudioResampler(format="s16", layout="stereo", rate=48_000, frame_size=4096)
        written = 0
        for track in tracks:
            with av.open(str(track)) as reader:
                for frame in reader.decode(audio=0):
                    frame.pts = None
                    for part in resampler.resample(frame):
                        part.pts = written
                        written += part.samples
                        writer.mux(stream.encode(part))
                    if written > seconds * 48_000:
                        break
        writer.mux(stream.encode(None))


def write_cut_film(path: Path, seconds: float, cuts: list[float]) -> None:
    """A silent film of 25 pictures a second whose shots have nothing in common."""
    rate = 25
    across, down = np.meshgrid(np.arange(160), np.arange(90))
    with av.open(str(path), "w") as writer:
        stream = writer.add_stream("libx264", rate=rate, options={"preset": "ultrafast", "g": "25"})
        stream.width, stream.height, stream.pix_fmt = 160, 90, "yuv420p"
        for number in range(round(seconds * rate)):
            shot = np.random.default_rng(sum(cut * rate <= number for cut in cuts))
            colour = shot.uniform(30, 225, 3)
            waves = 40 * np.sin(across * shot.uniform(0.05, 0.4) + down * shot.uniform(0.05, 0.4))
            image = (colour + waves[:, :, None]).clip(0, 255).astype(np.uint8)
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, rate)
            writer.mux(stream.encode(frame))
        writer.mux(stream.encode(None))


def write_drone(path: Path, seconds: float) -> None:
    """A song without any beat: a few tones that swell and never begin."""
    times = np.arange(round(seconds * 48_000)) / 48_000
    swell = 0.6 + 0.4 * np.sin(2 * np.pi * times / 17)
    tone = sum(np.sin(2 * np.pi * pitch * times) for pitch in (110.0, 165.2, 220.7)) * swell * 0.1
    with av.open(str(path), "w") as writer:
        stream = writer.add_stream("flac", rate=48_000)
        stream.layout = "mono"
        for start in range(0, len(tone) - 4096, 4096):
            block = (tone[None, start : start + 4096] * 32767).astype(np.int16)
            frame = av.AudioFrame.from_ndarray(block, format="s16", layout="mono")
            frame.sample_rate, frame.pts = 48_000, start
            writer.mux(stream.encode(frame))
        writer.mux(stream.encode(None))


def unfold_tools(page: Any) -> None:
    """Open what lies under the picture if there is so little room that it is folded away."""
    folded = page.locator(".under-picture > summary")
    if folded.is_visible():
        folded.click()

"""Small videos written by the tests, with what the tests know about them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
SIZE = (160, 90)


def scenery(seed: int, *, width: int = 320, height: int = 180) -> NDArray[np.float32]:
    """A smooth coloured picture with some edges, larger than what is shown of it."""
    rng = np.random.default_rng(seed)
    fy, fx = np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None, :]
    falloff = np.maximum(np.hypot(fy, fx), 1 / width) ** -1.4
    picture = np.empty((height, width, 3), np.float32)
    for channel in range(3):
        noise = rng.standard_normal(falloff.shape) + 1j * rng.standard_normal(falloff.shape)
        plane = np.fft.irfft2(noise * falloff, (height, width))
        picture[..., channel] = rng.uniform(60, 180) + plane / plane.std() * 35
    for _ in range(6):
        x, y, w, h = rng.integers(0, [width, height, width // 3, height // 3])
        picture[y : y + h, x : x + w] = rng.uniform(0, 255, 3)
    return np.clip(picture, 0, 255)


def pan(picture: NDArray[np.float32], count: int, *, step: float = 0.0, light: float = 1.0) -> list[Picture]:
    """`count` frames of a camera that moves by `step` pixels a frame."""
    width, height = SIZE
    room = picture.shape[1] - width
    frames = []
    for index in range(count):
        left = int(abs((index * step + room) % (2 * room) - room))
        part = picture[40 : 40 + height, left : left + width]
        frames.append(np.clip(part * light, 0, 255).astype(np.uint8))
    return frames


def write(
    path: Path,
    frames: Iterable[Picture],
    *,
    rate: Fraction | int = 25,
    times: Sequence[int] | None = None,
    codec: str = "libx264",
    sound: NDArray[np.float32] | None = None,
    rotation: float = 0.0,
    preset: str = "ultrafast",
    group: int | None = None,
    options: dict[str, str] | None = None,
) -> Path:
    """Write frames to a video.

    `times` are time stamps in milliseconds instead of a steady rate, `group` the most frames from one key
    frame to the next.
    """
    base = Fraction(1, 1000) if times is not None else 1 / Fraction(rate)
    with av.open(str(path), "w", options=options or {}) as container:
        stream = container.add_stream(codec, rate=rate)
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        stream.codec_context.time_base = base
        if codec == "libx264":
            stream.options = {"preset": preset, "crf": "18"} | ({"g": str(group)} if group else {})
        if rotation:
            stream.set_display_rotation(rotation)
        heard = container.add_stream("aac", rate=16000, layout="mono") if sound is not None else None
        for index, image in enumerate(frames):
            if index == 0:
                stream.height, stream.width = image.shape[:2]
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24")
            frame.time_base = base
            frame.pts = times[index] if times is not None else index
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if heard is not None and sound is not None:
            for begin in range(0, len(sound) - 1023, 1024):
                block = sound[None, begin : begin + 1024].astype(np.float32)
                piece = av.AudioFrame.from_ndarray(block, format="fltp", layout="mono")
                piece.sample_rate, piece.pts, piece.time_base = 16000, begin, Fraction(1, 16000)
                container.mux(heard.encode(piece))
            container.mux(heard.encode(None))
    return path


def write_sound(path: Path, samples: NDArray[np.float32], *, cover: Picture | None = None) -> Path:
    """Write a file that only sounds; an mp3 may have a cover picture."""
    with av.open(str(path), "w") as container:
        codec = "mp3" if path.suffix == ".mp3" else "aac"
        stream = container.add_stream(codec, rate=16000, layout="mono")
        for begin in range(0, len(samples) - 1023, 1024):
            block = samples[None, begin : begin + 1024]
            piece = av.AudioFrame.from_ndarray(block, format="fltp", layout="mono")
            piece.sample_rate, piece.pts, piece.time_base = 16000, begin, Fraction(1, 16000)
            container.mux(stream.encode(piece))
        container.mux(stream.encode(None))
    if cover is not None:
        path.write_bytes(_cover_tag(cover) + path.read_bytes())
    return path


def _cover_tag(cover: Picture) -> bytes:
    """An ID3v2.3 tag with a front cover."""
    encoder = av.CodecContext.create("mjpeg", "w")
    encoder.height, encoder.width = cover.shape[:2]
    encoder.pix_fmt, encoder.time_base = "yuvj420p", Fraction(1, 25)
    frame = av.VideoFrame.from_ndarray(cover, format="rgb24").reformat(format="yuvj420p")
    picture = b"".join(bytes(packet) for packet in [*encoder.encode(frame), *encoder.encode(None)])
    body = b"\0image/jpeg\0\x03\0" + picture
    content = b"APIC" + len(body).to_bytes(4, "big") + b"\0\0" + body
    size = bytes(len(content) >> shift & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\x03\0\0" + size + content


def tone(seconds: float, *, level: float = 0.2) -> NDArray[np.float32]:
    """A tone at 16 kHz."""
    return (level * np.sin(2 * np.pi * 330 * np.arange(int(16000 * seconds)) / 16000)).astype(np.float32)


def beats(seconds: float, bpm: float) -> NDArray[np.float32]:
    """Drum hits and a bass note at a steady tempo, at 16 kHz."""
    rng = np.random.default_rng(0)
    samples = np.zeros(int(16000 * seconds), np.float32)
    hit = rng.standard_normal(2400) * np.exp(-np.arange(2400) / 300)
    note = np.sin(2 * np.pi * 110 * np.arange(6000) / 16000) * np.exp(-np.arange(6000) / 3000)
    for number, at in enumerate(np.arange(0.1, seconds - 0.5, 60 / bpm)):
        start = int(16000 * at)
        samples[start : start + 2400] += (0.3 if number % 2 else 0.15) * hit.astype(np.float32)
        samples[start : start + 6000] += 0.3 * note.astype(np.float32)
    return samples


def babble(seconds: float, *, seed: int = 0) -> NDArray[np.float32]:
    """What speech does, without words, at 16 kHz: voiced syllables of changing colour, hisses and pauses."""
    rng = np.random.default_rng(seed)
    samples = np.zeros(int(16000 * seconds), np.float32)
    at = 0.1
    while at < seconds - 0.5:
        length = rng.uniform(0.09, 0.24)
        n = int(16000 * length)
        t = np.arange(n) / 16000
        pitch = rng.uniform(95, 150) * (1 - 0.15 * t / length)
        phase = 2 * np.pi * np.cumsum(pitch) / 16000
        formants = rng.uniform([300, 900, 2200], [800, 2200, 3000])
        voice = np.zeros(n)
        for harmonic in range(1, 30):
            hz = harmonic * pitch.mean()
            voice += np.sin(harmonic * phase) * sum(np.exp(-(((hz - f) / 150) ** 2)) for f in formants)
        syllable = voice * np.hanning(n)
        if rng.random() < 0.4:
            hiss = int(0.06 * 16000)
            burst = np.diff(rng.standard_normal(hiss + 1)) * np.hanning(hiss)
            syllable = np.concatenate([0.4 * burst, syllable])
        start = int(16000 * at)
        syllable = syllable[: len(samples) - start]
        samples[start : start + len(syllable)] += 0.2 * syllable.astype(np.float32)
        at += length + rng.choice([0.03, 0.06, 0.12, 0.45], p=[0.4, 0.3, 0.2, 0.1])
    return samples

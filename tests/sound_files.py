"""Sound files of every kind, made with PyAV and byte by byte, for the tests of all rooms."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import av
import numpy as np
import soundfile

RATE = 44_100


def music(seconds: float, *, bpm: float = 120.0, seed: int = 0, rate: int = RATE) -> np.ndarray:
    """Something like music, float32 of shape (2, n): a beat, chords that change, and different sides."""
    generator = np.random.default_rng(seed)
    count = round(seconds * rate)
    time = np.arange(count) / rate
    roots = np.repeat(generator.choice([110.0, 130.8, 146.8, 164.8, 98.0], 64), round(2 * rate))
    root = np.resize(roots, count)
    phase = 2 * np.pi * np.cumsum(root) / rate
    chord = sum(np.sin(k * phase) / k for k in (1, 2, 3, 5))
    since = np.mod(time, 60.0 / bpm)
    drum = generator.standard_normal(count) * np.exp(-since * 30) + 2 * np.sin(
        2 * np.pi * 55 * since
    ) * np.exp(-since * 12)
    side = 0.3 * np.sin(2.5 * phase)
    sound = np.stack([chord + drum + side, chord + drum - side]) * 0.12
    return sound.astype(np.float32)


def encode(
    path: Path,
    samples: np.ndarray,
    codec: str,
    *,
    rate: int = RATE,
    form: str | None = None,
    options: Mapping[str, str] | None = None,
    tags: Mapping[str, str] | None = None,
    layout: str | None = None,
    out_rate: int | None = None,
    stream_options: Mapping[str, str] | None = None,
    stamped: bool = False,
) -> Path:
    """Write samples of shape (channels, n) at `rate` with FFmpeg; `form`: the container, if not by suffix.

    With `stamped` frames have their times, so that MP4 gets an edit list for what the encoder adds in front.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    channels = np.atleast_2d(samples).astype(np.float32)
    layout = layout or {1: "mono", 2: "stereo", 6: "5.1"}[len(channels)]
    out_rate = out_rate or rate
    with av.open(str(path), "w", format=form, options=dict(options or {})) as container:
        container.metadata.update(tags or {})
        stream: Any = container.add_stream(
            codec, rate=out_rate, layout=layout, options=dict(stream_options or {})
        )
        if codec.startswith("wma"):
            stream.bit_rate = 128_000
        if path.suffix in (".ogg", ".opus", ".oga"):
            stream.metadata.update(tags or {})
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(channels), format="fltp", layout=layout)
        frame.sample_rate = rate
        shaper = av.AudioResampler(
            stream.codec_context.format, layout, out_rate, stream.codec_context.frame_size or 1024
        )
        written = 0
        for piece in (*shaper.resample(frame), *shaper.resample(None)):
            piece.pts = written if stamped else None
            written += piece.samples
            container.mux(stream.encode(piece))
        container.mux(stream.encode(None))
    return path


def vorbis(path: Path, samples: np.ndarray, *, rate: int = RATE) -> Path:
    """Write Ogg Vorbis, with libsndfile: FFmpeg's own encoder is not for use."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with soundfile.SoundFile(path, "w", rate, len(samples), format="OGG", subtype="VORBIS") as file:
        for begin in range(0, samples.shape[1], 4096):  # the encoder's stack does not hold more at once
            file.write(samples[:, begin : begin + 4096].T)
    return path


def remux(source: Path, target: Path, form: str, **tags: str) -> Path:
    """The packets of a file in another container."""
    with av.open(str(source)) as read, av.open(str(target), "w", format=form) as write:
        write.metadata.update(tags)
        stream = write.add_stream_from_template(read.streams.audio[0])
        for packet in read.demux(audio=0):
            if packet.dts is not None:
                packet.stream = stream
                write.mux(packet)
    return target


def wav_bytes(
    samples: np.ndarray, *, rate: int = RATE, sizes: int | None = None, rf64: bool = False
) -> bytes:
    """A 16-bit WAV; `sizes` stands in place of the true ones, as a pipe leaves them."""
    channels = np.atleast_2d(samples)
    data = (np.clip(channels, -1, 1) * 32767).astype("<i2").T.tobytes()
    form = struct.pack("<HHIIHH", 1, len(channels), rate, rate * 2 * len(channels), 2 * len(channels), 16)
    if rf64:
        ds64 = struct.pack("<QQQI", 72 + len(data), len(data), len(data) // (2 * len(channels)), 0)
        return (
            b"RF64\xff\xff\xff\xffWAVEds64"
            + struct.pack("<I", len(ds64))
            + ds64
            + b"fmt "
            + struct.pack("<I", len(form))
            + form
            + b"data\xff\xff\xff\xff"
            + data
        )
    size = len(data) if sizes is None else sizes
    whole = 36 + len(data) if sizes is None else sizes
    return (
        b"RIFF"
        + struct.pack("<I", whole)
        + b"WAVEfmt "
        + struct.pack("<I", 16)
        + form
        + b"data"
        + struct.pack("<I", size)
        + data
    )


def dsf_bytes(seconds: float) -> bytes:
    """A DSF file of one channel at 2.8 MHz that holds a tone, one bit a sample (sigma-delta, first order)."""
    rate = 2_822_400
    count = round(seconds * rate) // 32768 * 32768
    wanted = 0.5 * np.sin(2 * np.pi * 440 * np.arange(count) / rate)
    sums = np.floor(np.cumsum((wanted + 1.0) / 2.0))
    bits = np.diff(sums, prepend=0.0) > 0
    data = np.packbits(bits, bitorder="little").tobytes()
    form = struct.pack("<4sQIIIIIIQII", b"fmt ", 52, 1, 0, 1, 1, rate, 1, count, 4096, 0)
    head = struct.pack("<4sQQQ", b"DSD ", 28, 28 + 52 + 12 + len(data), 0)
    return head + form + struct.pack("<4sQ", b"data", 12 + len(data)) + data


def syncsafe(number: int) -> bytes:
    """28 bits as four bytes of seven."""
    return bytes((number >> shift) & 0x7F for shift in (21, 14, 7, 0))


def id3(frames: list[tuple[str, bytes]], *, version: int = 4, plain: bool = False, flags: int = 0) -> bytes:
    """An ID3v2 tag; `plain`: sizes of 2.4 frames as iTunes wrote them."""
    body = b""
    for name, data in frames:
        size = syncsafe(len(data)) if version == 4 and not plain else struct.pack(">I", len(data))
        body += name.encode() + (size + b"\x00\x00" if version > 2 else size[1:]) + data
    return b"ID3" + bytes((version, 0, flags)) + syncsafe(len(body)) + body


def text(*values: str) -> bytes:
    """The content of a text frame in UTF-8, several values with nulls between."""
    return b"\x03" + "\x00".join(values).encode()


def ape(items: Mapping[str, str], *, header: bool = False) -> bytes:
    """An APEv2 tag, with a footer and, if asked, a header."""
    body = b"".join(
        struct.pack("<2I", len(value.encode()), 0) + key.encode() + b"\x00" + value.encode()
        for key, value in items.items()
    )
    flags = (1 << 31) if header else 0

    def frame(bits: int) -> bytes:
        return struct.pack("<8s4I8x", b"APETAGEX", 2000, len(body) + 32, len(items), flags | bits)

    return (frame(1 << 29) if header else b"") + body + frame(0)


def flac_with_comments(path: Path, comments: list[tuple[str, str]]) -> Path:
    """Give a FLAC file these Vorbis comments instead of its own, several of one name if need be."""
    data = path.read_bytes()
    blocks, place, last = [], 4, False
    while not last:
        kind, size = data[place], int.from_bytes(data[place + 1 : place + 4], "big")
        last = bool(kind & 0x80)
        if kind & 0x7F not in (1, 4):
            blocks.append((kind & 0x7F, data[place + 4 : place + 4 + size]))
        place += 4 + size
    lines = [f"{name}={value}".encode() for name, value in comments]
    written = struct.pack("<I", 4) + b"test" + struct.pack("<I", len(lines))
    written += b"".join(struct.pack("<I", len(line)) + line for line in lines)
    blocks.append((4, written))
    heads = [
        bytes((kind | (0x80 if number == len(blocks) - 1 else 0),)) + len(body).to_bytes(3, "big") + body
        for number, (kind, body) in enumerate(blocks)
    ]
    path.write_bytes(b"fLaC" + b"".join(heads) + data[place:])
    return path

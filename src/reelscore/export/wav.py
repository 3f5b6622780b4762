"""Broadcast WAV: 24 bit, with the place in time (`bext`) and named places (`cue `, `LIST adtl`). Pure.

By EBU Tech 3285 (bext), EBU Tech 3306 (RF64, above 4 GiB) and Microsoft's RIFF documents. The chunks that
name places stand before the sound, so that the whole head is known before the first sample is made.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BYTES_A_SAMPLE = 3
_FULL_SCALE = 2**23 - 1
_RIFF_LIMIT = 2**32 - 1


@dataclass(frozen=True, slots=True)
class Label:
    """A named place in a WAV file."""

    sample: int
    name: str


@dataclass(frozen=True, slots=True)
class WavForm:
    """What the head of a WAV file states."""

    samples: int  # of each channel
    channels: int = 2
    sample_rate: int = 48_000
    time_reference: int = 0  # samples since midnight of the first sample
    description: str = ""
    originator: str = "reelscore"
    labels: tuple[Label, ...] = ()


def wav_head(form: WavForm) -> bytes:
    """All bytes of the file before its first sample; RF64 if RIFF's 32 bits do not hold its size."""
    size = form.samples * form.channels * BYTES_A_SAMPLE
    chunks = b"".join(
        (_chunk(b"fmt ", _format(form)), _chunk(b"bext", _bext(form)), _cues(form.labels, form.samples))
    )
    whole = 4 + len(chunks) + 8 + size + size % 2
    # As large as a `ds64` chunk, so that both kinds of head have one length.
    spare = _chunk(b"JUNK", bytes(28))
    if whole + len(spare) <= _RIFF_LIMIT:
        start = b"RIFF" + struct.pack("<I", whole + len(spare)) + b"WAVE" + spare
        return start + chunks + b"data" + struct.pack("<I", size)
    sizes = struct.pack("<QQQI", whole + len(spare), size, form.samples, 0)
    start = b"RF64" + struct.pack("<I", _RIFF_LIMIT) + b"WAVE" + _chunk(b"ds64", sizes)
    return start + chunks + b"data" + struct.pack("<I", _RIFF_LIMIT)


def wav_tail(form: WavForm) -> bytes:
    """What follows the last sample: chunks have even lengths."""
    return bytes(form.samples * form.channels * BYTES_A_SAMPLE % 2)


def pcm24(samples: NDArray[np.floating]) -> bytes:
    """Samples of shape (channels, n) and range -1..1 as interleaved 24-bit integers; louder is cut off."""
    scaled = np.rint(np.clip(samples.T, -1.0, 1.0) * _FULL_SCALE).astype("<i4")
    octets: NDArray[np.uint8] = scaled.reshape(-1, 1).view(np.uint8)
    return octets[:, :BYTES_A_SAMPLE].tobytes()


def _chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + bytes(len(content) % 2)


def _format(form: WavForm) -> bytes:
    frame = form.channels * BYTES_A_SAMPLE
    rate = form.sample_rate
    return struct.pack("<HHIIHH", 1, form.channels, rate, rate * frame, frame, BYTES_A_SAMPLE * 8)


def _bext(form: WavForm) -> bytes:
    """Version 1. No date: the same timeline gives the same file."""
    low, high = form.time_reference & 0xFFFFFFFF, form.time_reference >> 32
    return struct.pack(
        "<256s32s32s10s8sIIH64s190s",
        _ascii(form.description),
        _ascii(form.originator),
        b"",
        b"0000-00-00",
        b"00:00:00",
        low,
        high,
        1,
        b"",
        b"",
    )


def _ascii(text: str) -> bytes:
    return text.encode("ascii", "replace")


def _cues(labels: Sequence[Label], samples: int) -> bytes:
    inside = [label for label in labels if 0 <= label.sample < samples]
    if not inside:
        return b""
    points = b"".join(
        struct.pack("<II4sIII", number, label.sample, b"data", 0, 0, label.sample)
        for number, label in enumerate(inside, start=1)
    )
    names = b"".join(
        _chunk(b"labl", struct.pack("<I", number) + label.name.replace("\0", "").encode() + b"\0")
        for number, label in enumerate(inside, start=1)
    )
    listed = _chunk(b"LIST", b"adtl" + names)
    return _chunk(b"cue ", struct.pack("<I", len(inside)) + points) + listed

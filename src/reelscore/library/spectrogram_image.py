"""A sound as a picture: time to the right, pitch upwards, loud is bright."""

from __future__ import annotations

import struct
import zlib

import numpy as np
from numpy.typing import NDArray

from reelscore.audio.mel import mel_spectrogram, power_to_db
from reelscore.errors import InvalidInputError
from reelscore.records import AudioClip

SPECTROGRAM_VERSION = 1  # goes up when the picture of an unchanged sound changes

_BANDS = 160
_WIDEST = 1_200  # columns; a long sound has several frames in each
_N_FFT, _HOP = 2_048, 512
_DEEPEST_DB = -75.0  # below the loudest; darker is black
# From silence to full level, evenly spaced; lightness rises all the way, so it reads without colour too.
_COLOURS = (
    (14, 13, 18),
    (52, 28, 66),
    (112, 35, 84),
    (176, 56, 64),
    (226, 108, 44),
    (250, 178, 76),
    (255, 244, 214),
)


def draw_spectrogram(clip: AudioClip) -> bytes:
    """The mel spectrogram of a clip as a PNG of at most 1200 x 160 pixels; digital silence is black."""
    mels = mel_spectrogram(clip.samples, clip.sample_rate, n_fft=_N_FFT, hop=_HOP, n_mels=_BANDS)
    columns = _narrowed(mels)
    loudest = max(float(columns.max()), 1e-10)
    levels = power_to_db(columns, reference=loudest, floor_db=_DEEPEST_DB) / -_DEEPEST_DB + 1.0
    pixels = np.round(np.clip(levels, 0.0, 1.0) * 255.0).astype(np.uint8)
    return encode_png(np.ascontiguousarray(pixels.T[::-1]), _palette())


def _narrowed(mels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Neighbouring frames as one column: their mean power."""
    if len(mels) <= _WIDEST:
        return mels
    starts = np.linspace(0, len(mels), _WIDEST, endpoint=False).astype(np.intp)
    sums = np.add.reduceat(mels, starts, axis=0)
    lengths = np.diff(np.append(starts, len(mels)))
    narrowed: NDArray[np.float32] = (sums / lengths[:, None]).astype(np.float32)
    return narrowed


def _palette() -> NDArray[np.uint8]:
    stops = np.linspace(0.0, 1.0, len(_COLOURS))
    shades = np.linspace(0.0, 1.0, 256)
    channels = [np.interp(shades, stops, [colour[channel] for colour in _COLOURS]) for channel in range(3)]
    return np.round(np.stack(channels, axis=1)).astype(np.uint8)


def encode_png(pixels: NDArray[np.uint8], palette: NDArray[np.uint8]) -> bytes:
    """A PNG with a palette (ISO/IEC 15948, colour type 3).

    Parameters
    ----------
    pixels
        Places in the palette, (height, width), the top row first.
    palette
        Red, green and blue of each colour, (at most 256, 3).
    """
    height, width = pixels.shape
    if not height or not width or palette.shape[1:] != (3,) or not 1 <= len(palette) <= 256:
        raise InvalidInputError("a PNG needs at least one pixel, and a palette of 1 to 256 colours")
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    # Each row begins with its filter: 1, the difference to the pixel on the left, suits smooth pictures.
    rows = np.zeros((height, width + 1), dtype=np.uint8)
    rows[:, 0] = 1
    rows[:, 1] = pixels[:, 0]
    rows[:, 2:] = pixels[:, 1:] - pixels[:, :-1]
    body = zlib.compress(rows.tobytes(), 6)
    parts = (
        (b"IHDR", header),
        (b"PLTE", palette.astype(np.uint8).tobytes()),
        (b"IDAT", body),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in parts)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

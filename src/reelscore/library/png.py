"""Write small pictures as PNG files with nothing but the standard library."""

from __future__ import annotations

import struct
import zlib

import numpy as np
from numpy.typing import NDArray

from reelscore.errors import InvalidInputError


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

"""What a browser sends of its picture and its sound, as bytes. Pure.

A message is a byte for its kind, seven that are 0, the second of the stream as a little-endian float64, and

- 1: a picture, 64 x 36 pixels of RGB, 2: one of 36 x 64,
- 3: sound, mono 16-bit samples at 16,000 Hz, little-endian, a second at most.
"""

from __future__ import annotations

import math
import struct

import numpy as np

from reelscore.errors import InvalidInputError
from reelscore.live.inputs import Heard, Picture, Piece
from reelscore.video.decode.scaling import LONG_SIDE, SHORT_SIDE
from reelscore.video.measure.speech import SAMPLE_RATE

_HEAD = struct.Struct("<B7xd")
_SHAPES = {1: (SHORT_SIDE, LONG_SIDE, 3), 2: (LONG_SIDE, SHORT_SIDE, 3)}
_SOUND = 3
MOST_BYTES = _HEAD.size + 2 * SAMPLE_RATE
# More than a year is no time of a set.
_LATEST_SECONDS = 3.2e7


def read_message(data: bytes, *, after: float) -> Piece:
    """A picture or a sound.

    Parameters
    ----------
    after
        The time of the message before; this one may be the same, or later by an hour at most.

    Raises
    ------
    InvalidInputError
        It is neither, or its time makes no sense.
    """
    if len(data) <= _HEAD.size:
        raise InvalidInputError("a message has a head of 16 bytes, and something behind it")
    kind, time = _HEAD.unpack_from(data)
    if not (math.isfinite(time) and 0.0 <= time <= _LATEST_SECONDS and time <= after + 3600.0):
        raise InvalidInputError(f"the time of a message makes no sense: {time!r}")
    time = max(time, after)
    body = memoryview(data)[_HEAD.size :]
    if kind in _SHAPES:
        shape = _SHAPES[kind]
        if len(body) != math.prod(shape):
            raise InvalidInputError(f"a picture has {math.prod(shape)} bytes, not {len(body)}")
        return Picture(time, np.frombuffer(body, np.uint8).reshape(shape))
    if kind == _SOUND and len(body) % 2 == 0 and len(body) <= 2 * SAMPLE_RATE:
        return Heard(time, np.frombuffer(body, "<i2").astype(np.float32) / np.float32(32768.0))
    raise InvalidInputError(f"there is no message of kind {kind} and {len(body)} bytes")

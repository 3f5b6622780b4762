"""APEv2 tags: the only ones of WavPack and Monkey's Audio, and found in MP3 files, at either end.

The layout is that of https://wiki.hydrogenaud.io/index.php?title=APEv2_specification: a header or footer of
32 bytes, and items of a size, flags, a key and a value, whose parts nulls separate.
"""

from __future__ import annotations

import struct
from typing import BinaryIO

from reelscore.sources.tags.raw import RawTags, add_value

_MARK = b"APETAGEX"
_FRAME = struct.Struct("<8s4I8x")  # mark, version, bytes after the header, items, flags
_LARGEST = 64 << 20
_ID3V1 = 128
_NOT_TEXT = 0b110  # flags of an item that is bytes or an address
_IS_HEADER = 1 << 29


def read_ape(file: BinaryIO, begin: int = 0) -> RawTags:
    """The fields of an APEv2 tag at the end of a file, before an ID3v1 tag there, or at `begin`."""
    end = file.seek(0, 2)
    for after in (0, _ID3V1):
        place = end - after - _FRAME.size
        if place < 0:
            break
        file.seek(place)
        mark, _, size, count, _ = _FRAME.unpack(file.read(_FRAME.size))
        if mark == _MARK and _FRAME.size <= size <= min(place + _FRAME.size, _LARGEST):
            file.seek(place + _FRAME.size - size)
            return _items(file.read(size - _FRAME.size), count)
    file.seek(begin)
    head = file.read(_FRAME.size)
    if len(head) == _FRAME.size:
        mark, _, size, count, flags = _FRAME.unpack(head)
        if mark == _MARK and flags & _IS_HEADER:
            return _items(file.read(min(size, _LARGEST)), count)
    return {}


def _items(body: bytes, count: int) -> RawTags:
    tags: RawTags = {}
    place = 0
    for _ in range(min(count, 10_000)):
        key_end = body.find(b"\x00", place + 8)
        if place + 8 > len(body) or key_end < 0:
            break
        size, flags = struct.unpack_from("<2I", body, place)
        key = body[place + 8 : key_end].decode("ascii", "replace")
        place = key_end + 1 + size
        if not flags & _NOT_TEXT:
            add_value(tags, key, body[key_end + 1 : place].decode("utf-8", "replace").split("\x00"))
    return tags

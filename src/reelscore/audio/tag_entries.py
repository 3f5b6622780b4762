"""Count the tag entries of a file before anyone parses them: parsers take time with the square of that."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

from reelscore.errors import UnreadableMediaError
from reelscore.limits import TAG_ENTRIES

_HEAD = 1 << 16
_BOXES = {b"moov": 0, b"udta": 0, b"meta": 4, b"ilst": 0}  # name -> bytes before its first box
_DEPTHS = (b"moov", b"udta", b"meta", b"ilst")


def check_tag_entries(path: Path) -> None:
    """Refuse a file with more tag entries than `TAG_ENTRIES`: ID3v2, FLAC, Ogg Vorbis and Opus, MP4.

    Raises
    ------
    UnreadableMediaError
        It has more.
    """
    try:
        with path.open("rb") as file:
            count = _count(file)
    except (OSError, struct.error):
        return  # whoever opens it says what is wrong with it
    if count > TAG_ENTRIES:
        raise UnreadableMediaError(
            f"{path} has more than {TAG_ENTRIES:,} tag entries, which take too long to read; remove its tags"
        )


def _count(file: BinaryIO) -> int:
    head = file.read(10)
    begin = count = 0
    if head[:3] == b"ID3" and len(head) == 10:
        begin = 10 + syncsafe(head[6:10])
        count = _count_id3(file, head[3], begin)
    file.seek(begin)
    start = file.read(_HEAD)
    if start[:4] == b"fLaC":
        return count + _count_flac(file, begin + 4)
    if start[:4] == b"OggS":
        found = [start.find(name) + len(name) for name in (b"\x03vorbis", b"OpusTags") if name in start]
        return count + max((_count_comments(start, place) for place in found), default=0)
    if start[4:8] == b"ftyp":
        return count + _count_boxes(file, 0, file.seek(0, 2), _DEPTHS)
    return count


def _count_id3(file: BinaryIO, version: int, end: int) -> int:
    name_length, head_length = (3, 6) if version == 2 else (4, 10)
    count, place = 0, 10
    while place + head_length <= end and count <= TAG_ENTRIES:
        file.seek(place)
        head = file.read(head_length)
        if len(head) < head_length or not head[:name_length].isalnum():
            break
        sizes = head[name_length : name_length + (3 if version == 2 else 4)]
        place += head_length + (syncsafe(sizes) if version == 4 else int.from_bytes(sizes, "big"))
        count += 1
    return count


def _count_flac(file: BinaryIO, place: int) -> int:
    for _ in range(128):
        file.seek(place)
        head = file.read(4)
        if len(head) < 4:
            break
        size = int.from_bytes(head[1:], "big")
        if head[0] & 0x7F == 4:  # a Vorbis comment, whose vendor is of any length
            block = file.read(min(size, _HEAD))
            return _count_comments(block, 0)
        if head[0] & 0x80:
            break
        place += 4 + size
    return 0


def _count_comments(data: bytes, place: int) -> int:
    """The count that a Vorbis comment at a place states; 0 if there is none."""
    vendor = struct.unpack_from("<I", data, place)[0] if place + 4 <= len(data) else len(data)
    at = place + 4 + vendor
    return int(struct.unpack_from("<I", data, at)[0]) if at + 4 <= len(data) else 0


def _count_boxes(file: BinaryIO, place: int, end: int, names: tuple[bytes, ...]) -> int:
    """Boxes of the MP4 path `names` from a place on; with no name left, all that are there."""
    count = 0
    while place + 8 <= end and count <= TAG_ENTRIES:
        file.seek(place)
        head = file.read(16)
        size, name = int.from_bytes(head[:4], "big"), head[4:8]
        begin = place + 8
        if size == 1 and len(head) == 16:
            size, begin = int.from_bytes(head[8:], "big"), begin + 8
        if size < 8:
            size = end - place if size == 0 else 8
        if not names:
            count += 1
        elif name == names[0]:
            return _count_boxes(file, begin + _BOXES[name], min(end, place + size), names[1:])
        place += size
    return count


def syncsafe(data: bytes) -> int:
    """A number of ID3v2 of which each byte holds seven bits."""
    value = 0
    for byte in data:
        value = value << 7 | byte & 0x7F
    return value

"""ID3v2 tags written: versions 2.2, 2.3 and 2.4 (id3.org), each in the version that the file has.

A file without a tag gets 2.3, which every player reads. If padding has room, the sound stays at its place.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import BinaryIO

from reelscore.sources.tags.id3 import tag_length, walk_frames
from reelscore.sources.tags.writing.edit import (
    Edit,
    TagsNotWritableError,
    Wanted,
    replaced,
    whole_number,
)

_HEADER = 10
_PADDING = 1024
_LARGEST = 64 << 20
_FRAMES = {"TBP": "bpm", "TBPM": "bpm", "TKE": "key", "TKEY": "key", "TMOO": "mood"}
_NAMES = {"bpm": ("TBP", "TBPM", "TBPM"), "key": ("TKE", "TKEY", "TKEY"), "mood": ("TXX", "TXXX", "TMOO")}
_UNSYNCHRONISED, _EXTENDED, _FOOTER = 0x80, 0x40, 0x10


def edit_id3(file: BinaryIO, wanted: Wanted) -> Edit:
    """A file that begins with its sound, or with an ID3v2 tag before it.

    Raises
    ------
    TagsNotWritableError
        The tag is damaged, or of a form that is not written.
    """
    length = tag_length(file)
    file.seek(0)
    tag, before = edit_tag(file.read(length), wanted)
    end = file.seek(0, 2)
    return Edit(before, [tag, range(length, end)])


def edit_tag(tag: bytes, wanted: Wanted) -> tuple[bytes, dict[str, list[bytes]]]:
    """A whole tag with other values, and the frames that were there; empty bytes are no tag.

    Raises
    ------
    TagsNotWritableError
        It is damaged, or of a form that is not written.
    """
    if len(tag) > _LARGEST:
        raise TagsNotWritableError("its ID3 tag is larger than 64 MB")
    version, flags, body = (tag[3], tag[5], tag[_HEADER:]) if tag else (3, 0, b"")
    if version not in (2, 3, 4):
        raise TagsNotWritableError(f"its ID3 tag has the unknown version 2.{version}")
    # 0x40 is compression in 2.2; later an extended header, which may hold a checksum of all frames.
    if flags & (_EXTENDED | _FOOTER):
        raise TagsNotWritableError("its ID3 tag has an extended header or a footer")
    room = len(body)
    whole = bool(flags & _UNSYNCHRONISED) and version < 4  # 2.4 does it frame by frame
    if whole:
        body = body.replace(b"\xff\x00", b"\xff")
    frames, plain = _frames_of(body, version)
    new = {name: _frames(name, values, version, plain=plain) for name, values in wanted.items()}
    kept, before = replaced(frames, new)
    if not kept:
        return b"", before
    content = b"".join(kept)
    if whole:
        content = re.sub(rb"\xff(?=[\xe0-\xff\x00]|\Z)", b"\xff\x00", content)
    size = room if len(content) <= room else len(content) + _PADDING
    sizes = bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))
    header = b"ID3" + bytes((version, tag[4] if tag else 0, flags)) + sizes
    return header + content.ljust(size, b"\x00"), before


def _frames_of(body: bytes, version: int) -> tuple[list[tuple[str, bytes]], bool]:
    """Field and bytes of each frame, and whether sizes are plain numbers, as iTunes writes them in 2.4."""
    head = 6 if version == 2 else 10
    for plain in (version != 4, True):
        found, whole = walk_frames(body, version, plain=plain)
        end = sum(head + len(data) for _, _, data in found)
        if whole and not body[end:].strip(b"\x00"):
            break
    else:
        raise TagsNotWritableError("its ID3 tag is damaged")
    frames = []
    place = 0
    for name, _, data in found:
        stop = place + head + len(data)
        frames.append((_field(name, data), body[place:stop]))
        place = stop
    return frames, plain


def _field(name: str, data: bytes) -> str:
    if name in ("TXX", "TXXX") and data:
        text = data[1:].decode(
            "utf-16" if data[0] == 1 else "utf-16-be" if data[0] == 2 else "utf-8", "replace"
        )
        return "mood" if text.partition("\x00")[0].strip("\ufeff").lower() == "mood" else ""
    return _FRAMES.get(name, "")


def _frames(field: str, values: Sequence[str | bytes], version: int, *, plain: bool) -> list[bytes]:
    texts = [value for value in values if isinstance(value, str)]
    raw = [value for value in values if isinstance(value, bytes)]
    if not texts:
        return raw
    name = _NAMES[field][version - 2]
    # Only 2.4 has several values in a frame, and a tempo is a whole number in all of them.
    text = "\x00".join(texts) if version == 4 else "; ".join(texts)
    text = str(whole_number(texts[0])) if field == "bpm" else text
    if name in ("TXX", "TXXX"):
        text = f"MOOD\x00{text}"
    if text.isascii():
        data = b"\x00" + text.encode("ascii")
    elif version == 4:
        data = b"\x03" + text.encode()
    else:  # each text has a byte order mark of its own
        data = b"\x01" + "\x00".join("\ufeff" + part for part in text.split("\x00")).encode("utf-16-le")
    size = len(data)
    if version == 2:
        return [*raw, name.encode() + size.to_bytes(3, "big") + data]
    sizes = size.to_bytes(4, "big") if plain else bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))
    return [*raw, name.encode() + sizes + b"\x00\x00" + data]

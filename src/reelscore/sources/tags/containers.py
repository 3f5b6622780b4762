"""Tags that a container keeps in its own way: FLAC, Ogg, MP4, WMA, WAV, AIFF by tinytag, others by FFmpeg.

The container is recognised by what the file begins with, not by its suffix.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from tinytag import TinyTag

from reelscore.audio.container import open_container, sound_stream
from reelscore.errors import MediaError
from reelscore.sources.tags.id3 import read_id3v2
from reelscore.sources.tags.raw import RawTags, add_value

_ASF = b"\x30\x26\xb2\x75\x8e\x66\xcf\x11"
_LISTED = ("title", "artist", "albumartist", "album", "genre", "year")
_CHUNKS = 4096  # of a RIFF or AIFF file that are looked through for its tags


def kind_of(head: bytes) -> str | None:
    """Which of these containers a file is, from its first 16 bytes; None for any other."""
    if head[:4] in (b"fLaC", b"OggS", b"DSD "):
        return {b"fLaC": "flac", b"OggS": "ogg", b"DSD ": "dsf"}[head[:4]]
    if head[4:8] == b"ftyp":
        return "mp4"
    if head.startswith(_ASF):
        return "asf"
    if head[:4] in (b"RIFF", b"RF64", b"BW64") and head[8:12] == b"WAVE":
        return "riff"
    if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        return "aiff"
    return None


def read_with_tinytag(file: BinaryIO) -> RawTags:
    """The fields that tinytag finds; nothing if it fails, for the sound may be fine."""
    file.seek(0)
    tags: RawTags = {}
    try:
        tag = TinyTag.get(None, file_obj=file, duration=False)
        for name in _LISTED:
            add_value(tags, name, _texts([getattr(tag, name)]))
        for name, values in tag.other.items():
            # What is called as one of its own fields and means something else has a "_" in front.
            add_value(tags, name, _texts(values))
    except Exception:  # noqa: BLE001 - a parser of hostile bytes: whatever it raises means "no tags"
        return {}
    return tags


def read_embedded_id3(file: BinaryIO, kind: str) -> RawTags:
    """The ID3v2 tag in a chunk of a WAV or AIFF file, or at the end of a DSF file."""
    if kind == "dsf":
        file.seek(20)
        stated = file.read(8)
        return read_id3v2(file, struct.unpack("<Q", stated)[0])[0] if len(stated) == 8 and any(stated) else {}
    if kind not in ("riff", "aiff"):
        return {}
    size_format = "<I" if kind == "riff" else ">I"
    end = file.seek(0, 2)
    place = 12
    for _ in range(_CHUNKS):
        if place + 8 > end:
            break
        file.seek(place)
        head = file.read(8)
        if head[:4].upper() == b"ID3 ":
            return read_id3v2(file, place + 8)[0]
        size = struct.unpack(size_format, head[4:])[0]
        if size == 0xFFFFFFFF:  # RF64: the true size stands in the first chunk, `ds64`
            file.seek(28)
            stated = file.read(8)
            size = struct.unpack("<Q", stated)[0] if len(stated) == 8 else end
        place += 8 + size + size % 2
    return {}


def read_with_ffmpeg(path: Path) -> RawTags:
    """The fields that FFmpeg finds in a container and in its sound; nothing if it cannot open the file."""
    tags: RawTags = {}
    try:
        with open_container(path) as container:
            for found in (container.metadata, sound_stream(container, path).metadata):
                for name, value in found.items():
                    add_value(tags, name, [value])
    except MediaError:
        return {}
    return tags


def _texts(values: Iterable[object]) -> list[str]:
    return [str(value) for value in values if value is not None]

"""The ID3v2 tag in a chunk of a WAV or AIFF file, written: all other chunks stay as they are."""

from __future__ import annotations

from typing import BinaryIO, Literal

from reelscore.sources.tags.writing.edit import Edit, Piece, TagsNotWritableError, Wanted
from reelscore.sources.tags.writing.id3 import edit_tag

_MOST_CHUNKS = 4096
_LARGEST = 0xFFFFFFFF


def edit_wav(file: BinaryIO, wanted: Wanted) -> Edit:
    """A WAV file; raises as `edit_chunks` does."""
    return _edit_chunks(file, wanted, b"RIFF", b"id3 ", "little")


def edit_aiff(file: BinaryIO, wanted: Wanted) -> Edit:
    """An AIFF or AIFF-C file; raises as `edit_chunks` does."""
    return _edit_chunks(file, wanted, b"FORM", b"ID3 ", "big")


def _edit_chunks(
    file: BinaryIO, wanted: Wanted, form: bytes, name: bytes, order: Literal["little", "big"]
) -> Edit:
    length = file.seek(0, 2)
    file.seek(0)
    head = file.read(12)
    end = 8 + int.from_bytes(head[4:8], order)
    if head[:4] != form or end > length + 1:  # the last padding byte is often left out
        raise TagsNotWritableError("it does not state its own size rightly, as files from a pipe do")
    end = min(end, length)
    before: dict[str, list[bytes]] = {}
    pieces: list[Piece] = []
    found = False
    place = 12
    for _ in range(_MOST_CHUNKS):
        if place + 8 > end:
            break
        file.seek(place)
        own = file.read(8)
        size = int.from_bytes(own[4:], order)
        stop = min(place + 8 + size + size % 2, end)
        if place + 8 + size > end:
            raise TagsNotWritableError("one of its chunks is cut short")
        if own[:4].upper() == b"ID3 " and not found:
            found = True
            tag, before = edit_tag(file.read(size), wanted)
            pieces.extend([_chunk(own[:4], tag, order)] if tag else [])
        else:
            pieces.append(range(place, stop))
            if (stop - place) % 2:
                pieces.append(b"\x00")
        place = stop
    else:
        raise TagsNotWritableError(f"it has more than {_MOST_CHUNKS} chunks")
    if not found:
        tag, before = edit_tag(b"", wanted)
        pieces.extend([_chunk(name, tag, order)] if tag else [])
    size = 4 + sum(len(piece) for piece in pieces)
    if size > _LARGEST:
        raise TagsNotWritableError("with tags it would pass 4 GB, which its kind of file cannot state")
    return Edit(before, [head[:4] + size.to_bytes(4, order) + head[8:12], *pieces, range(end, length)])


def _chunk(name: bytes, tag: bytes, order: Literal["little", "big"]) -> bytes:
    return name + len(tag).to_bytes(4, order) + tag + b"\x00" * (len(tag) % 2)

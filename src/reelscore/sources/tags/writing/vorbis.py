"""Vorbis comments written: in FLAC, and in Ogg (Vorbis, Opus, FLAC), whose pages are numbered and summed.

The comments by https://xiph.org/vorbis/doc/v-comment.html, FLAC by RFC 9639, Ogg by RFC 3533.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from reelscore.sources.tags.id3 import tag_length
from reelscore.sources.tags.writing.edit import Edit, Piece, TagsNotWritableError, Wanted, replaced

_NAMES = {"bpm": "BPM", "key": "INITIALKEY", "mood": "MOOD"}
_FIELDS = {name: field for field, name in _NAMES.items()}
_COMMENT, _PADDING, _LAST = 4, 1, 0x80
_LARGEST_BLOCK = (1 << 24) - 1
_MOST_HEADERS = 64 << 20  # bytes of comments and covers
_CONTINUED, _FIRST, _END = 0x01, 0x02, 0x04
_MIRRORED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def edit_comments(data: bytes, wanted: Wanted) -> tuple[bytes, dict[str, list[bytes]]]:
    """A block of comments with other values, and the comments that were there; what follows them is kept.

    Raises
    ------
    TagsNotWritableError
        It is damaged.
    """
    items = []
    try:
        vendor_end = 4 + struct.unpack_from("<I", data)[0]
        count = struct.unpack_from("<I", data, vendor_end)[0]
        place = vendor_end + 4
        for _ in range(count):
            stop = place + 4 + struct.unpack_from("<I", data, place)[0]
            if stop > len(data):
                raise TagsNotWritableError("its comments are damaged")
            comment = data[place + 4 : stop]
            name = comment.partition(b"=")[0].decode("ascii", "replace").upper()
            items.append((_FIELDS.get(name, ""), comment))
            place = stop
    except struct.error:
        raise TagsNotWritableError("its comments are damaged") from None
    new = {field: [_comment(field, value) for value in values] for field, values in wanted.items()}
    kept, before = replaced(items, new)
    written = b"".join(struct.pack("<I", len(item)) + item for item in kept)
    return data[:vendor_end] + struct.pack("<I", len(kept)) + written + data[place:], before


def _comment(field: str, value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else f"{_NAMES[field]}={value}".encode()


# --- FLAC --------------------------------------------------------------------------------------------


def edit_flac(file: BinaryIO, wanted: Wanted) -> Edit:
    """A FLAC file. Its padding is used first, so that the sound mostly stays at its place.

    Raises
    ------
    TagsNotWritableError
        It is damaged.
    """
    start = tag_length(file)
    end = file.seek(0, 2)
    blocks: list[tuple[int, bytes | range]] = []
    place = start + 4
    last = False
    while not last:
        file.seek(place)
        head = file.read(4)
        size = int.from_bytes(head[1:], "big")
        if len(head) < 4 or place + 4 + size > end:
            raise TagsNotWritableError("its blocks of tags are damaged")
        last = bool(head[0] & _LAST)
        blocks.append((head[0] & 0x7F, range(place + 4, place + 4 + size)))
        place += 4 + size
    at = next((n for n, (kind, _) in enumerate(blocks) if kind == _COMMENT), None)
    if at is None:  # behind the first, which describes the stream
        at = 1
        blocks.insert(1, (_COMMENT, b""))
        old, new = -4, b"\x00" * 8  # the block itself comes as well
    else:
        held = blocks[at][1]
        file.seek(held.start if isinstance(held, range) else 0)
        new = file.read(len(held))
        old = len(new)
    new, before = edit_comments(new, wanted)
    if len(new) > _LARGEST_BLOCK:
        raise TagsNotWritableError("its comments would pass 16 MB")
    blocks[at] = (_COMMENT, new)
    grown = len(new) - old
    for n, (kind, held) in enumerate(blocks):
        if kind == _PADDING and 0 <= len(held) - grown <= _LARGEST_BLOCK:
            blocks[n] = (_PADDING, b"\x00" * (len(held) - grown))
            break
    pieces: list[Piece] = [range(start + 4)]
    for n, (kind, held) in enumerate(blocks):
        flag = _LAST if n == len(blocks) - 1 else 0
        pieces += [bytes((kind | flag,)) + len(held).to_bytes(3, "big"), held]
    return Edit(before, [*pieces, range(place, end)])


# --- Ogg ---------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Page:
    flags: int
    granule: int
    serial: int
    number: int
    table: bytes  # lengths of segments
    body: bytes

    def packed(self) -> bytes:
        head = struct.pack(
            "<4sBBqIII", b"OggS", 0, self.flags, self.granule, self.serial, self.number & 0xFFFFFFFF, 0
        )
        page = head + bytes((len(self.table),)) + self.table + self.body
        return page[:22] + struct.pack("<I", checksum(page)) + page[26:]


def checksum(page: bytes) -> int:
    """The sum of a page whose own field for it is zero.

    Ogg takes the CRC of zlib with its bits in the other order, without inverting them at begin and end.
    """
    mirrored = zlib.crc32(page.translate(_MIRRORED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int.from_bytes(mirrored.to_bytes(4, "little").translate(_MIRRORED), "big")


def edit_ogg(file: BinaryIO, wanted: Wanted) -> Edit:
    """An Ogg file with one stream of sound; if it is several in a row, the tags of the first.

    Raises
    ------
    TagsNotWritableError
        It is damaged, or holds something else than sound.
    """
    end = file.seek(0, 2)
    file.seek(0)
    first = _read_page(file)
    head, wanted_packets = _headers(first)
    packets, old_pages = _header_packets(file, first.serial, wanted_packets)
    begin = file.tell()
    in_flac = not head
    if in_flac and packets[0][0] & 0x7F == _COMMENT:
        head = packets[0][:4]
    if not head or not packets[0].startswith(head):
        raise TagsNotWritableError("its comments do not follow its first page")
    content, before = edit_comments(packets[0][len(head) :], wanted)
    if in_flac:  # the comments are a block of FLAC, with its length
        if len(content) > _LARGEST_BLOCK:
            raise TagsNotWritableError("its comments would pass 16 MB")
        head = head[:1] + len(content).to_bytes(3, "big")
    packets[0] = head + content
    pages = list(_paged(packets, first.serial))
    opening: list[Piece] = [range(begin - sum(old_pages)), *(page.packed() for page in pages)]
    if len(pages) == len(old_pages):
        return Edit(before, [*opening, range(begin, end)])
    return Edit(before, _renumbered(file, opening, begin, end, first.serial, len(pages) - len(old_pages)))


def _headers(first: _Page) -> tuple[bytes, int]:
    """The magic bytes of the comment packet (none in FLAC), and how many header packets follow the first."""
    body = first.body
    if first.flags & _FIRST:
        if body.startswith(b"\x01vorbis"):
            return b"\x03vorbis", 2
        if body.startswith(b"OpusHead"):
            return b"OpusTags", 1
        if body.startswith(b"\x7fFLAC") and (count := int.from_bytes(body[7:9], "big")):
            return b"", count
    raise TagsNotWritableError("this kind of Ogg file is not written")


def _header_packets(file: BinaryIO, serial: int, count: int) -> tuple[list[bytes], list[int]]:
    """The header packets behind the first page, and the lengths of their pages."""
    packets: list[bytes] = []
    lengths: list[int] = []
    open_packet = b""
    while len(packets) < count:
        page = _read_page(file)
        if page.serial != serial:
            raise TagsNotWritableError("it holds more than sound")
        lengths.append(27 + len(page.table) + len(page.body))
        if sum(lengths) > _MOST_HEADERS:
            raise TagsNotWritableError("its tags are larger than 64 MB")
        place = 0
        for segment in page.table:
            open_packet += page.body[place : place + segment]
            place += segment
            if segment < 255:
                packets.append(open_packet)
                open_packet = b""
        if len(packets) > count or (len(packets) == count and open_packet):
            raise TagsNotWritableError("its sound begins on the page of its tags")
    return packets, lengths


def _paged(packets: Sequence[bytes], serial: int) -> Iterator[_Page]:
    """Pages from number 1 on; none has more than 255 segments."""
    segments: list[tuple[int, bytes]] = []  # length, bytes
    for packet in packets:
        parts = [packet[at : at + 255] for at in range(0, len(packet) + 1, 255)]
        segments += [(len(part), part) for part in parts]
    continued = False
    for number, at in enumerate(range(0, len(segments), 255), start=1):
        some = segments[at : at + 255]
        table = bytes(length for length, _ in some)
        ends = min(table) < 255
        flags = _CONTINUED if continued else 0
        yield _Page(flags, 0 if ends else -1, serial, number, table, b"".join(part for _, part in some))
        continued = table[-1] == 255


def _renumbered(
    file: BinaryIO, opening: Sequence[Piece], begin: int, end: int, serial: int, more: int
) -> Iterator[Piece]:
    """The opening, and the pages behind it with numbers that go on from there."""
    yield from opening
    place = begin
    while place < end:
        file.seek(place)
        page = _read_page(file)
        place = file.tell()
        page.number += more if page.serial == serial else 0
        yield page.packed()
        if page.serial == serial and page.flags & _END:
            break  # what follows are other streams, which count for themselves
    yield range(place, end)


def _read_page(file: BinaryIO) -> _Page:
    head = file.read(27)
    if len(head) < 27 or head[:5] != b"OggS\x00":
        raise TagsNotWritableError("its pages are damaged")
    _, _, flags, granule, serial, number, _, count = struct.unpack("<4sBBqIIIB", head)
    table = file.read(count)
    body = file.read(sum(table))
    if len(table) < count or len(body) < sum(table):
        raise TagsNotWritableError("its last page is cut short")
    return _Page(flags, granule, serial, number, table, body)

"""Tags of MP4 files (m4a, m4b) written: boxes of `ilst`, by ISO 14496-12 and what iTunes made of it.

The tables that say where the sound lies count from the beginning of the file, so they move with what stands
behind `moov`.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Sequence
from typing import BinaryIO, NamedTuple

from reelscore.sources.tags.writing.edit import Edit, TagsNotWritableError, Wanted, replaced, whole_number

_LARGEST = 64 << 20
_ITUNES = b"com.apple.iTunes"
_FREEFORM = {"key": b"initialkey", "mood": b"MOOD"}
_FIELDS = {name.lower(): field for field, name in _FREEFORM.items()}
_INTEGER, _UTF8 = 21, 1  # kinds of values
_HANDLER = bytes(8) + b"mdirappl" + bytes(9)
_TO_TABLES = (b"trak", b"mdia", b"minf", b"stbl")


class _Box(NamedTuple):
    name: bytes
    start: int
    begin: int  # of what is in it
    end: int


def edit_mp4(file: BinaryIO, wanted: Wanted) -> Edit:
    """An MP4 file.

    Raises
    ------
    TagsNotWritableError
        It is damaged, or made of fragments.
    """
    length = file.seek(0, 2)
    top = list(_top(file, length))
    moovs = [box for box in top if box.name == b"moov"]
    if any(box.name == b"moof" for box in top):
        raise TagsNotWritableError("it is made of fragments; join them first (ffmpeg -c copy)")
    if len(moovs) != 1 or moovs[0].begin - moovs[0].start != 8 or moovs[0].end - moovs[0].start > _LARGEST:
        raise TagsNotWritableError("its tables are of a form that is not written")
    moov = moovs[0]
    file.seek(moov.start)
    old = file.read(moov.end - moov.start)
    before: dict[str, list[bytes]] = {}

    def in_ilst(data: bytes) -> bytes:
        items = [(_field(data, box), data[box.start : box.end]) for box in _boxes(data, 0, len(data))]
        kept, found = replaced(items, {name: _items(name, values) for name, values in wanted.items()})
        before.update(found)
        return b"".join(kept)

    content = _within(old[8:], (b"udta", b"meta", b"ilst"), in_ilst)
    grown = len(content) + 8 - len(old)
    new = bytearray(_box(b"moov", content))
    if grown:
        _move(new, moov.end, grown)
    return Edit(before, [range(moov.start), bytes(new), range(moov.end, length)])


def _within(data: bytes, path: Sequence[bytes], change: Callable[[bytes], bytes]) -> bytes:
    """The boxes of `data` with what is in the box at a path changed; boxes that lack are made."""
    if not path:
        return change(data)
    name, rest = path[0], path[1:]
    for box in _boxes(data, 0, len(data)):
        if box.name != name:
            continue
        begin = box.begin
        # ISO has four bytes of version and flags before the boxes of `meta`, QuickTime has none.
        if name == b"meta" and data[begin + 4 : begin + 8] != b"hdlr":
            begin += 4
        inner = data[box.begin : begin] + _within(data[begin : box.end], rest, change)
        tail = data[box.end :]
        return data[: box.start] + _box(name, inner) + tail
    made = _within(b"", rest, change)
    if name == b"meta":
        made = bytes(4) + _box(b"hdlr", _HANDLER) + made
    # `udta` may end with four zero bytes instead of a box; they stay at its end.
    if name == b"meta" and data[-4:] == bytes(4) and _ends_with_zeros(data):
        return data[:-4] + _box(name, made) + data[-4:]
    return data + _box(name, made)


def _move(moov: bytearray, behind: int, by: int) -> None:
    """Add to every place of sound that lies behind a place in the file."""
    for box in _boxes(bytes(moov), 8, len(moov)):
        if box.name == b"trak":
            _move_in(moov, box, _TO_TABLES[1:], behind, by)


def _move_in(moov: bytearray, parent: _Box, path: Sequence[bytes], behind: int, by: int) -> None:
    for box in _boxes(bytes(moov[: parent.end]), parent.begin, parent.end):
        if path and box.name == path[0]:
            _move_in(moov, box, path[1:], behind, by)
        elif not path and box.name in (b"stco", b"co64"):
            kind = "I" if box.name == b"stco" else "Q"
            count = struct.unpack_from(">I", moov, box.begin + 4)[0]
            layout = f">{count}{kind}"
            if box.begin + 8 + struct.calcsize(layout) > box.end:
                raise TagsNotWritableError("its tables are damaged")
            places = struct.unpack_from(layout, moov, box.begin + 8)
            moved = [place + by if place >= behind else place for place in places]
            if kind == "I" and moved and max(moved) > 0xFFFFFFFF:
                raise TagsNotWritableError("with tags its tables would have to state places behind 4 GB")
            struct.pack_into(layout, moov, box.begin + 8, *moved)


def _top(file: BinaryIO, length: int) -> Iterator[_Box]:
    place = 0
    while place + 8 <= length:
        file.seek(place)
        head = file.read(16)
        size, begin = int.from_bytes(head[:4], "big"), place + 8
        if size == 1:
            size, begin = int.from_bytes(head[8:16], "big"), place + 16
        size = size or length - place
        if size < begin - place or place + size > length:
            raise TagsNotWritableError("its boxes are damaged")
        yield _Box(head[4:8], place, begin, place + size)
        place += size


def _boxes(data: bytes, start: int, end: int) -> list[_Box]:
    """The boxes in a stretch of bytes; four zero bytes at its end are ignored."""
    found = []
    while start + 8 <= end:
        size = int.from_bytes(data[start : start + 4], "big")
        if size < 8 or start + size > end:
            raise TagsNotWritableError("its boxes are damaged")
        found.append(_Box(data[start + 4 : start + 8], start, start + 8, start + size))
        start += size
    if data[start:end].strip(b"\x00"):
        raise TagsNotWritableError("its boxes are damaged")
    return found


def _ends_with_zeros(data: bytes) -> bool:
    boxes = _boxes(data, 0, len(data))
    return (boxes[-1].end if boxes else 0) == len(data) - 4


def _field(data: bytes, box: _Box) -> str:
    if box.name == b"tmpo":
        return "bpm"
    if box.name != b"----":
        return ""
    for part in _boxes(data, box.begin, box.end):
        if part.name == b"name":
            return _FIELDS.get(data[part.begin + 4 : part.end].lower(), "")
    return ""


def _items(field: str, values: Sequence[str | bytes]) -> list[bytes]:
    raw = [value for value in values if isinstance(value, bytes)]
    texts = [value for value in values if isinstance(value, str)]
    if not texts:
        return raw
    if field == "bpm":
        return [*raw, _box(b"tmpo", _value(_INTEGER, whole_number(texts[0]).to_bytes(2, "big")))]
    named = _box(b"mean", bytes(4) + _ITUNES) + _box(b"name", bytes(4) + _FREEFORM[field])
    return [*raw, _box(b"----", named + b"".join(_value(_UTF8, text.encode()) for text in texts))]


def _value(kind: int, data: bytes) -> bytes:
    return _box(b"data", struct.pack(">II", kind, 0) + data)


def _box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", 8 + len(content)) + name + content

"""A file with very many tag entries is refused before a parser gets stuck in it."""

from __future__ import annotations

import struct
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from reelscore.audio.decode import probe
from reelscore.audio.tag_entries import check_tag_entries
from reelscore.errors import UnreadableMediaError
from reelscore.limits import TAG_ENTRIES
from reelscore.sources.folder.tags import read_tags


def synchsafe(number: int) -> bytes:
    return bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0))


def id3(count: int, version: int) -> bytes:
    frames = b""
    for number in range(count):
        body = b"\x03k%d\0v" % number
        size = synchsafe(len(body)) if version == 4 else len(body).to_bytes(3 if version == 2 else 4, "big")
        frames += (b"TXX" + size if version == 2 else b"TXXX" + size + b"\0\0") + body
    frames += b"\0" * 100
    return b"ID3" + bytes([version, 0, 0]) + synchsafe(len(frames)) + frames


def comments(count: int) -> bytes:
    each = [b"X%d=v" % number for number in range(count)]
    packed = b"".join(struct.pack("<I", len(one)) + one for one in each)
    return struct.pack("<I", 4) + b"test" + struct.pack("<I", count) + packed


def flac(count: int) -> bytes:
    block = comments(count)
    return b"fLaC\0\0\0\x22" + bytes(34) + b"\x84" + len(block).to_bytes(3, "big") + block


def box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", 8 + len(content)) + name + content


def mp4(count: int) -> bytes:
    entries = b"".join(box(b"----", b"x") for _ in range(count))
    tags = box(b"udta", box(b"meta", bytes(4) + box(b"ilst", entries)))
    return box(b"ftyp", b"M4A \0\0\0\0") + box(b"free", b"") + box(b"moov", box(b"mvhd", bytes(8)) + tags)


KINDS: dict[str, Callable[[int], bytes]] = {
    "ID3v2.2": lambda count: id3(count, 2),
    "ID3v2.3": lambda count: id3(count, 3),
    "ID3v2.4": lambda count: id3(count, 4),
    "FLAC": flac,
    "FLAC behind ID3": lambda count: id3(3, 3) + flac(count),
    "Opus": lambda count: b"OggS" + bytes(24) + b"OpusTags" + comments(count),
    "Vorbis": lambda count: b"OggS" + bytes(24) + b"\x03vorbis" + comments(count),
    "MP4": mp4,
}


@pytest.mark.parametrize("kind", KINDS)
def test_too_many_entries_are_refused_at_once(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "song"
    path.write_bytes(KINDS[kind](200))
    check_tag_entries(path)
    path.write_bytes(KINDS[kind](60_000))
    began = time.process_time()
    with pytest.raises(UnreadableMediaError, match=f"more than {TAG_ENTRIES:,} tag entries"):
        check_tag_entries(path)
    with pytest.raises(UnreadableMediaError, match="tag entries"):
        probe(path)
    with path.open("rb") as file:
        assert read_tags(path, file).empty
    assert time.process_time() - began < 5  # a minute without the guard


@pytest.mark.parametrize("kind", KINDS)
def test_what_breaks_off_is_left_to_whoever_opens_it(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "song"
    whole = KINDS[kind](50)
    for length in range(0, min(len(whole), 200), 7):
        path.write_bytes(whole[:length])
        check_tag_entries(path)


def test_very_many_values_of_a_field_are_cut(tmp_path: Path) -> None:
    path = tmp_path / "song.mp3"
    frames = b"".join(b"TPE1" + (6).to_bytes(4, "big") + b"\0\0\3%05d" % number for number in range(4_000))
    path.write_bytes(b"ID3\3\0\0" + synchsafe(len(frames)) + frames)
    with path.open("rb") as file:
        assert len(read_tags(path, file).artists) == 100

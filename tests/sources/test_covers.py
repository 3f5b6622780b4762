"""Covers of music files."""

from __future__ import annotations

import base64
import shutil
import struct
import zlib
from pathlib import Path

import pytest

from reelscore.sources.folder.covers import read_cover

JPEG = b"\xff\xd8\xff\xe0" + bytes(200)


def png() -> bytes:
    """A picture of one pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\0\xff\0\0")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def flac_with(picture: bytes, kind: str) -> bytes:
    """The blocks of a FLAC file that has a picture and no sound."""
    mime = kind.encode()
    block = struct.pack(">I", 3) + struct.pack(">I", len(mime)) + mime + struct.pack(">I", 0)
    block += struct.pack(">IIII", 1, 1, 24, 0) + struct.pack(">I", len(picture)) + picture
    stream = struct.pack(">HH", 4096, 4096) + bytes(6) + bytes.fromhex("0ac442f000000000") + bytes(16)
    return (
        b"fLaC"
        + bytes([0])
        + len(stream).to_bytes(3, "big")
        + stream
        + bytes([0x86])
        + len(block).to_bytes(3, "big")
        + block
    )


@pytest.fixture
def song(tmp_path: Path) -> Path:
    import immich_memories_music

    track = sorted((Path(immich_memories_music.__file__).parent / "tracks").rglob("*.opus"))[0]
    return Path(shutil.copy(track, tmp_path))


def test_cover_in_the_tags_comes_first(tmp_path: Path) -> None:
    path = tmp_path / "song.flac"
    path.write_bytes(flac_with(png(), "image/png"))
    (tmp_path / "cover.jpg").write_bytes(JPEG)
    assert read_cover(path) == (png(), "image/png")


def test_cover_beside_the_file_is_found_whatever_its_case(song: Path) -> None:
    assert read_cover(song) is None
    (song.parent / "Folder.JPG").write_bytes(JPEG)
    assert read_cover(song) == (JPEG, "image/jpeg")


@pytest.mark.parametrize("data", [b"<svg onload='alert(1)'/>", b"", b"text", bytes(10_000_001)])
def test_what_is_no_picture_is_no_cover_whatever_it_is_called(song: Path, data: bytes) -> None:
    (song.parent / "cover.png").write_bytes(data)
    assert read_cover(song) is None
    path = song.parent / "tagged.flac"
    path.write_bytes(flac_with(data[:1000], "image/png"))
    assert read_cover(path) is None


def test_damaged_tags_are_no_error(tmp_path: Path) -> None:
    path = tmp_path / "broken.mp3"
    path.write_bytes(b"ID3\x04\x00\x00\x7f\x7f\x7f\x7f" + base64.b64decode("AAAA") * 50)
    assert read_cover(path) is None

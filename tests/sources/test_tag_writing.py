"""Tags written into every kind of file: read back by tinytag and FFmpeg, with all else as it was."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from tinytag import TinyTag

from reelscore.audio.decode import load, probe
from reelscore.audio.packets import sound_fingerprint
from reelscore.sources.tags.id3 import read_id3v2
from reelscore.sources.tags.writing.edit import TagsNotWritableError, Wanted, pieces_of
from reelscore.sources.tags.writing.vorbis import checksum, edit_comments, edit_ogg
from reelscore.sources.tags.writing.writers import edit_tags
from sound_files import ape, encode, flac_with_comments, id3, music, remux, text, vorbis, wav_bytes

SONG = music(1.5)
WANTED = {"bpm": ["119.6"], "key": ["Am"], "mood": ["calm", "düster"]}
OURS = ("bpm", "initial_key", "mood", "tmoo")
COVER = bytes(range(256)) * 40


def rewritten(path: Path, wanted: Wanted) -> tuple[bytes, dict[str, list[bytes]]]:
    with path.open("rb") as file:
        edit = edit_tags(file, probe(path).container, wanted)
        return b"".join(pieces_of(edit, file)), edit.before


def told(path: Path) -> dict[str, Any]:
    """What a reader that is not ours finds, and how many pictures."""
    tag = TinyTag.get(path, image=True)
    values = {name: value for name, value in tag.as_dict().items() if name not in ("filename", "filesize")}
    pictures = [image.data for images in tag.images.as_dict().values() for image in images]
    return values | {"pictures": pictures}


def mp3(path: Path, head: bytes, tail: bytes = b"") -> Path:
    sound = encode(path, SONG, "libmp3lame", options={"id3v2_version": "0"}).read_bytes()
    path.write_bytes(head + sound + tail)
    return path


FRAMES = [("TIT2", text("Titel")), ("TPE1", text("Band")), ("GEOB", b"\x00x\x00y\x00z\x00\xff\xe0data")]
PICTURE = ("APIC", b"\x00image/jpeg\x00\x03\x00\xff\xd8" + COVER)


def _unsynchronised(path: Path) -> Path:
    body = id3(
        [("TIT2", b"\x01" + "\ufeffTitel".encode("utf-16-le")), ("PRIV", b"o\x00\xff\xe0\xff\x00")], version=3
    )
    inner = body[10:].replace(b"\xff\x00", b"\xff\x00\x00").replace(b"\xff\xe0", b"\xff\x00\xe0")
    inner = inner.replace(b"\xff\xfe", b"\xff\x00\xfe")
    sizes = bytes(len(inner) >> shift & 0x7F for shift in (21, 14, 7, 0))
    return mp3(path, b"ID3\x03\x00\x80" + sizes + inner)


def _large_vorbis(path: Path) -> Path:
    """Comments that go over several pages."""
    data = vorbis(path, SONG).read_bytes()
    added = [f"COVER={'x' * 70_000}", "TITLE=Titel", "BPM=90", "bpm=91"]
    with io.BytesIO(data) as file:
        # As another writer would: more comments, by the same pages as ours, which `soundfile` reads below.
        edit = edit_ogg(file, {"mood": [line.encode() for line in added]})
        path.write_bytes(b"".join(pieces_of(edit, file)))
    return path


def _m4a(path: Path, **options: str) -> Path:
    tags = {"title": "Titel", "artist": "Band", "comment": "kept"}
    return encode(path, SONG, "aac", tags=tags, options=options, stamped=True)


def _wav(path: Path) -> Path:
    data = wav_bytes(SONG)
    listed = b"INFOINAM\x06\x00\x00\x00Titel\x00"
    data += b"LIST" + struct.pack("<I", len(listed)) + listed + b"odd \x03\x00\x00\x00abc\x00"
    path.write_bytes(data[:4] + struct.pack("<I", len(data) - 8) + data[8:])
    return path


FILES: dict[str, Callable[[Path], Path]] = {
    "bare.mp3": lambda path: mp3(path, b""),
    "v24.mp3": lambda path: mp3(path, id3([*FRAMES, PICTURE, ("TBPM", text("90"))])),
    "v23.mp3": lambda path: mp3(path, id3([("TKEY", b"\x00Bm"), ("TIT2", b"\x00Titel")], version=3)),
    "v22.mp3": lambda path: mp3(path, id3([("TKE", b"\x00Bm"), ("TT2", b"\x00Titel")], version=2)),
    "ape.mp3": lambda path: mp3(path, b"", ape({"Title": "T"}) + b"TAG" + b"Titel".ljust(125, b"\x00")),
    "a.flac": lambda path: encode(path, SONG, "flac", tags={"title": "Titel", "comment": "kept"}),
    "full.flac": lambda path: flac_with_comments(
        encode(path, SONG, "flac"), [("Title", "Titel"), ("bpm", "90"), ("BPM", "91"), ("MOOD", "wild")]
    ),
    "a.ogg": lambda path: vorbis(path, SONG),
    "large.ogg": _large_vorbis,
    "a.opus": lambda path: encode(path, SONG, "libopus", out_rate=48_000, tags={"title": "Titel"}),
    "flac.oga": lambda path: remux(
        encode(path.with_suffix(".flac"), SONG, "flac"), path, "ogg", title="Titel"
    ),
    "late.m4a": _m4a,
    "early.m4a": lambda path: _m4a(path, movflags="faststart"),
    "bare.m4a": lambda path: encode(
        path, SONG, "aac", options={"movflags": "faststart", "fflags": "bitexact"}
    ),
    "alac.m4a": lambda path: encode(path, SONG, "alac", options={"movflags": "faststart"}),
    "a.wav": _wav,
    "a.aiff": lambda path: encode(path, SONG, "pcm_s16be", tags={"title": "Titel"}),
    "a.aac": lambda path: encode(path, SONG, "aac", form="adts"),
}


@pytest.mark.parametrize("name", FILES)
def test_values_are_written_and_taken_back_and_all_else_stays(name: str, tmp_path: Path) -> None:
    path = FILES[name](tmp_path / name)
    before, sound, samples = told(path), sound_fingerprint(path), load(path).samples
    data, kept = rewritten(path, WANTED)
    written = tmp_path / f"written-{name}"
    written.write_bytes(data)

    after = told(written)
    whole = not name.endswith((".flac", ".ogg", ".opus", ".oga"))
    assert after["bpm"] == (["120"] if whole else ["119.6"])
    assert after["initial_key"] == ["Am"]
    moods = [
        mood for value in after.get("mood") or after["tmoo"] for mood in value.replace("\0", "; ").split("; ")
    ]
    assert moods == ["calm", "düster"]
    others = [
        {key: value for key, value in each.items() if key not in (*OURS, "bitrate")}
        for each in (before, after)
    ]
    others = [{**each, "duration": round(each["duration"] or 0, 1)} for each in others]
    assert others[0] == others[1]
    assert sound_fingerprint(written) == sound
    assert np.array_equal(load(written).samples, samples)
    if path.suffix in (".ogg", ".opus", ".flac", ".wav", ".aiff"):  # libsndfile checks sums of pages
        assert np.array_equal(soundfile.read(written)[0], soundfile.read(path)[0])

    back, ours = rewritten(written, kept)
    assert all(ours.values())
    written.write_bytes(back)
    assert told(written) | {"bitrate": 0, "filename": 0} == before | {"bitrate": 0, "filename": 0}
    if len(back) == path.stat().st_size:
        assert back == path.read_bytes()
    assert len(back) - path.stat().st_size in (0, 1024, *range(1025, 1300))  # at most padding, once


def test_what_stood_in_a_field_is_handed_back_as_it_stood(tmp_path: Path) -> None:
    _, kept = rewritten(FILES["full.flac"](tmp_path / "a.flac"), WANTED)
    assert kept == {"bpm": [b"bpm=90", b"BPM=91"], "key": [], "mood": [b"MOOD=wild"]}
    _, kept = rewritten(FILES["v23.mp3"](tmp_path / "a.mp3"), {"key": ["Am"]})
    assert kept == {"key": [b"TKEY\x00\x00\x00\x03\x00\x00\x00Bm"]}


def test_frames_that_nobody_knows_stay_byte_by_byte(tmp_path: Path) -> None:
    path = FILES["v24.mp3"](tmp_path / "a.mp3")
    data, _ = rewritten(path, WANTED)
    for frame in (FRAMES[2][1], PICTURE[1]):
        assert frame in data
    data, _ = rewritten(_unsynchronised(tmp_path / "b.mp3"), WANTED)
    assert b"o\x00\xff\x00\xe0\xff\x00\x00" in data
    assert b"TBPM\x00\x00\x00\x04\x00\x00\x00120" in data  # tinytag and FFmpeg misread such tags
    assert read_id3v2(io.BytesIO(data))[0]["title"] == ["Titel"]


def _as(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def _fragments(path: Path) -> Path:
    return encode(path, SONG, "aac", options={"movflags": "frag_keyframe+empty_moov"})


def _with_picture(path: Path) -> Path:
    """Ogg with a second stream between the headers."""
    data = vorbis(path, SONG).read_bytes()
    other = data[:14] + b"\x07\x07\x07\x07" + data[18:58]
    return _as(path, data[:58] + other + data[58:])


REFUSED: dict[str, tuple[Callable[[Path], Path], str]] = {
    "a.mka": (lambda path: encode(path, SONG, "libmp3lame", form="matroska"), "matroska"),
    "a.wma": (lambda path: encode(path, SONG, "wmav2"), "asf"),
    "f.m4a": (_fragments, "fragments"),
    "pipe.wav": (lambda path: _as(path, wav_bytes(SONG, sizes=0xFFFFFFFF)), "size"),
    "rf.wav": (lambda path: _as(path, wav_bytes(SONG, rf64=True)), "size"),
    "ext.mp3": (lambda path: mp3(path, id3([("TIT2", text("T"))], flags=0x40)), "extended"),
    "bad.mp3": (lambda path: mp3(path, id3([("TIT2", text("T")), ("bad!", b"xx")], version=3)), "damaged"),
    "cut.ogg": (lambda path: _as(path, vorbis(path, SONG).read_bytes()[:-10]), "cut short"),
    "two.ogg": (_with_picture, "more than sound"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_written_is_refused_in_a_line(name: str, tmp_path: Path) -> None:
    make, reason = REFUSED[name]
    path = make(tmp_path / name)
    container = "mp3" if name.endswith("mp3") else "ogg" if name.endswith("ogg") else probe(path).container
    # More comments, so that the pages behind them are numbered anew.
    wanted = WANTED | ({"mood": ["x" * 70_000]} if name.endswith("ogg") else {})
    with path.open("rb") as file, pytest.raises(TagsNotWritableError, match=reason):
        list(pieces_of(edit_tags(file, container, wanted), file))


@given(st.integers(0, 200_000))
def test_pages_of_every_number_of_comments_are_numbered_and_summed(length: int) -> None:
    data = _ogg()
    with io.BytesIO(data) as file:
        edit = edit_ogg(file, {"mood": ["m" * length]})
        made = b"".join(pieces_of(edit, file))
    place = number = 0
    while place < len(made):
        assert made[place : place + 4] == b"OggS"
        count = made[place + 26]
        stop = place + 27 + count + sum(made[place + 27 : place + 27 + count])
        page = made[place:stop]
        assert struct.unpack_from("<I", page, 18)[0] == number
        assert _plain_sum(page[:22] + bytes(4) + page[26:]) == struct.unpack_from("<I", page, 22)[0]
        place, number = stop, number + 1
    with io.BytesIO(made) as file:
        edit = edit_ogg(file, edit.before)
        assert b"".join(pieces_of(edit, file)) == data


_CACHE: list[bytes] = []


def _ogg() -> bytes:
    if not _CACHE:
        file = io.BytesIO()
        soundfile.write(file, SONG.T[:20_000], 44_100, format="OGG", subtype="VORBIS")
        _CACHE.append(file.getvalue())
    return _CACHE[0]


def _plain_sum(page: bytes) -> int:
    """As RFC 3533 says it, bit by bit; a page of any length in the time of a short one, by its table."""
    value = 0
    for byte in page:
        value = (value << 8 & 0xFFFFFFFF) ^ _TABLE[value >> 24 ^ byte]
    return value


def _entry(index: int) -> int:
    value = index << 24
    for _ in range(8):
        value = (value << 1 ^ (0x04C11DB7 if value & 0x80000000 else 0)) & 0xFFFFFFFF
    return value


_TABLE = [_entry(index) for index in range(256)]


@given(st.binary(max_size=400))
def test_the_sum_of_a_page_is_that_of_the_standard(page: bytes) -> None:
    assert checksum(page) == _plain_sum(page)


@given(st.binary(max_size=60))
def test_damaged_comments_are_refused_and_never_shortened(data: bytes) -> None:
    try:
        made, before = edit_comments(data, {"bpm": ["100"]})
    except TagsNotWritableError:
        return
    if not before["bpm"]:
        assert edit_comments(made, {"bpm": []})[0] == data


def test_ffmpeg_reads_them_too(tmp_path: Path) -> None:
    names = {"v24.mp3": "TBPM", "a.flac": "BPM", "plain.mp3": "TBPM"}
    # Frames of 2.4 with plain sizes, as iTunes wrote them, are misread by tinytag.
    made = FILES | {"plain.mp3": lambda path: mp3(path, id3([*FRAMES, PICTURE], plain=True))}
    for name, tag in names.items():
        path = made[name](tmp_path / name)
        path.write_bytes(rewritten(path, WANTED)[0])
        with av.open(str(path)) as container:
            assert container.metadata.get(tag) in ("120", "119.6"), (name, dict(container.metadata))

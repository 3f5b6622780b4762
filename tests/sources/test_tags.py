from __future__ import annotations

import io
import struct
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from reelscore.audio.decode import load
from reelscore.sources.folder.covers import read_cover
from reelscore.sources.folder.tags import Tags, read_tags, split_artists
from reelscore.sources.tags.id3 import ID3_GENRES, genres_of, read_id3v2
from reelscore.sources.tags.meaning import artists_of, tags_of
from sound_files import (
    ape,
    dsf_bytes,
    encode,
    flac_with_comments,
    id3,
    music,
    syncsafe,
    text,
    wav_bytes,
)

SONG = music(2.0)
NAMED = [("TIT2", text("Titel")), ("TPE1", text("Band"))]


def tags_in(path: Path) -> Tags:
    with path.open("rb") as file:
        return read_tags(path, file)


@pytest.fixture(scope="module")
def mp3(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return encode(
        tmp_path_factory.mktemp("mp3") / "a.mp3", SONG, "libmp3lame", options={"id3v2_version": "0"}
    ).read_bytes()


def with_id3(path: Path, sound: bytes, *frames: tuple[str, bytes], **form: int) -> Tags:
    path.write_bytes(id3([*NAMED, *frames], **form) + sound)
    found = tags_in(path)
    assert (found.title, found.artists) == ("Titel", ("Band",))
    return found


@pytest.mark.parametrize(
    ("frame", "value", "year", "original"),
    [
        ("TDRC", "20141108", 2014, None),
        ("TDRC", "2014-11-08T12:00:00", 2014, None),
        ("TDOR", "1975", 1975, None),
        ("TORY", "1975", 1975, None),
        ("TDRL", "1988-01-01", 1988, None),
        ("TDRC", "99", None, None),
        ("TDRC", "123456789", None, None),
        ("TXXX", "originalyear\x001971", 1971, None),
    ],
)
def test_dates_of_every_writer_give_a_year(
    frame: str, value: str, year: int | None, original: int | None, mp3: bytes, tmp_path: Path
) -> None:
    found = with_id3(tmp_path / "a.mp3", mp3, (frame, text(value)))
    assert (found.year, found.original_year) == (year, original)


def test_a_reissue_keeps_both_years(mp3: bytes, tmp_path: Path) -> None:
    found = with_id3(tmp_path / "a.mp3", mp3, ("TDRC", text("2011")), ("TDOR", text("1975-03")))
    assert (found.year, found.original_year) == (2011, 1975)
    same = with_id3(tmp_path / "b.mp3", mp3, ("TDRC", text("1975")), ("TDOR", text("1975")))
    assert (same.year, same.original_year) == (1975, None)


@pytest.mark.parametrize(
    ("value", "genres"),
    [
        ("(4)Eurodisco", ["Disco", "Eurodisco"]),
        ("(17)", ["Rock"]),
        ("17", ["Rock"]),
        ("(51)(39)", ["Techno-Industrial", "Noise"]),
        ("(RX)", ["Remix"]),
        ("((odd) name", ["(odd) name"]),
        ("Rock", ["Rock"]),
        ("(255)", []),
    ],
)
def test_a_genre_keeps_its_refinement(value: str, genres: list[str], mp3: bytes, tmp_path: Path) -> None:
    assert genres_of(value) == genres
    found = with_id3(tmp_path / "a.mp3", mp3, ("TCON", text(value)), version=3)
    assert found.genre == ("; ".join(genres) or None)


def test_several_genres_are_kept(mp3: bytes, tmp_path: Path) -> None:
    assert with_id3(tmp_path / "a.mp3", mp3, ("TCON", text("Rock", "Jazz", "rock"))).genre == "Rock; Jazz"
    assert len(ID3_GENRES) == 192


def test_plain_sizes_of_itunes_and_other_forms_of_id3_are_read(mp3: bytes, tmp_path: Path) -> None:
    long_comment = ("COMM", b"\x03eng\x00" + b"x" * 300)
    path = tmp_path / "a.mp3"
    path.write_bytes(id3([long_comment, *NAMED], plain=True) + mp3)
    assert tags_in(path).title == "Titel"
    path.write_bytes(id3([long_comment, *NAMED]) + mp3)
    assert tags_in(path).title == "Titel"
    path.write_bytes(
        id3([("TT2", b"\x00Titel"), ("TP1", b"\x00Band"), ("TYE", b"\x001999")], version=2) + mp3
    )
    assert (tags_in(path).title, tags_in(path).year) == ("Titel", 1999)
    wide = ("TIT2", b"\x01" + "Größe".encode("utf-16")), ("TPE1", b"\x01" + "Ä\x00Ö".encode("utf-16"))
    path.write_bytes(id3(list(wide), version=3) + mp3)
    assert (tags_in(path).title, tags_in(path).artists) == ("Größe", ("Ä", "Ö"))
    compressed = ("TIT2", struct.pack(">I", 5))  # a frame that cannot be unpacked costs that frame only
    body = (
        b"TIT2"
        + struct.pack(">I", 4)
        + b"\x00\x80"
        + compressed[1]
        + b"TPE1"
        + struct.pack(">I", 5)
        + b"\x00\x00\x00Band"
    )
    found, _ = read_id3v2(io.BytesIO(b"ID3\x03\x00\x00" + syncsafe(len(body)) + body))
    assert found == {"artist": ["Band"]}


@pytest.mark.parametrize("place", ["end", "start", "before ID3v1"])
def test_apev2_is_read_wherever_it_lies(place: str, mp3: bytes, tmp_path: Path) -> None:
    tag = ape({"Title": "T", "Artist": "A\x00B", "Genre": "Rock\x00Jazz", "Year": "2003-05-01"}, header=True)
    old = b"TAG" + b"Short title".ljust(30, b"\x00") + b"\x00" * 94 + b"\xff"
    path = tmp_path / "a.mp3"
    path.write_bytes({"end": mp3 + tag, "start": tag + mp3, "before ID3v1": mp3 + tag + old}[place])
    found = tags_in(path)
    assert (found.title, found.artists, found.genre, found.year) == ("T", ("A", "B"), "Rock; Jazz", 2003)
    assert load(path).duration == pytest.approx(2.0, abs=0.1)


def test_wavpack_has_only_apev2(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.wv", SONG, "wavpack")
    path.write_bytes(path.read_bytes() + ape({"Title": "T", "Artist": "A", "Year": "1999"}))
    assert tags_in(path) == Tags(title="T", artists=("A",), year=1999)


def test_id3v1_stands_in_where_there_is_nothing_else(mp3: bytes, tmp_path: Path) -> None:
    old = (
        b"TAG"
        + b"".join(word.ljust(30, b"\x00") for word in (b"T", b"A", b"L"))
        + b"1999"
        + b"\x00" * 30
        + b"\x08"
    )
    (tmp_path / "a.mp3").write_bytes(mp3 + old)
    assert tags_in(tmp_path / "a.mp3") == Tags("T", ("A",), "L", "Jazz", 1999)


def test_comments_of_flac_are_kept_whole(tmp_path: Path) -> None:
    path = flac_with_comments(
        encode(tmp_path / "a.flac", SONG, "flac"),
        [
            ("TITLE", "T"),
            ("ARTISTS", "Iota"),
            ("ARTISTS", "Kappa"),
            ("ARTIST", "Iota & Kappa"),
            ("GENRE", "Electronic"),
            ("GENRE", "Ambient"),
            ("YEAR", "1966"),
        ],
    )
    assert tags_in(path) == Tags("T", ("Iota", "Kappa"), None, "Electronic; Ambient", 1966)
    flac_with_comments(path, [("TITLE", "T"), ("DATE", "2015"), ("ORIGINALDATE", "1971-05-01")])
    assert (tags_in(path).year, tags_in(path).original_year) == (2015, 1971)


@pytest.mark.parametrize(
    ("name", "codec", "form"),
    [
        ("a.mka", "aac", "matroska"),
        ("a.webm", "libopus", "webm"),
        ("a.caf", "pcm_s16be", "caf"),
        ("a.m4a", "aac", "ipod"),
        ("named.mp3", "aac", "ipod"),
        ("named.wav", "libmp3lame", "mp3"),
        ("a.opus", "libopus", None),
        ("a.wma", "wmav2", "asf"),
        ("a.aiff", "pcm_s16be", "aiff"),
        ("a.tta", "tta", "tta"),
        ("a.wav", "pcm_s16le", None),
    ],
)
def test_tags_are_read_by_what_a_file_is(name: str, codec: str, form: str | None, tmp_path: Path) -> None:
    tags = {"title": "Ein Lied", "artist": "Die Band", "album": "Platte", "genre": "Folk", "date": "1999"}
    options = {"write_id3v2": "1"} if form == "aiff" else {}
    path = encode(
        tmp_path / name,
        SONG,
        codec,
        form=form,
        tags=tags,
        options=options,
        out_rate=48_000 if "opus" in codec else None,
    )
    if form == "tta":  # FFmpeg writes none there; taggers put ID3v2 in front
        path.write_bytes(id3([("TIT2", text("Ein Lied")), ("TPE1", text("Die Band"))]) + path.read_bytes())
    found = tags_in(path)
    assert (found.title, found.artists) == ("Ein Lied", ("Die Band",))
    if form not in ("caf", "tta", "aiff"):
        assert (found.album, found.genre, found.year) == ("Platte", "Folk", 1999)


def test_the_chunk_with_tags_is_found_in_wav_rf64_and_dsf(tmp_path: Path) -> None:
    tag = id3([*NAMED, ("TDOR", text("1970"))])
    tag += b"\x00" * (len(tag) % 2)
    chunk = b"id3 " + struct.pack("<I", len(tag)) + tag
    for name, rf64 in (("a.wav", False), ("b.wav", True)):
        path = tmp_path / name
        path.write_bytes(wav_bytes(SONG, rf64=rf64) + chunk)
        assert tags_in(path) == Tags("Titel", ("Band",), year=1970)
    data = dsf_bytes(0.5)
    path = tmp_path / "a.dsf"
    path.write_bytes(data[:20] + struct.pack("<Q", len(data)) + data[28:] + tag)
    assert tags_in(path).title == "Titel"


def test_wma_names_its_main_artist_first(tmp_path: Path) -> None:
    """The first value lies in the description, the others in a list that stands before it in the file."""
    path = encode(
        tmp_path / "a.wma", SONG, "wmav2", form="asf", tags={"title": "T", "artist": "Rho", "genre": "Rock"}
    )
    data = path.read_bytes()

    def entry(name: str, value: str) -> bytes:
        spelt, content = (part.encode("utf-16-le") + b"\x00\x00" for part in (name, value))
        return struct.pack("<HHHHI", 0, 0, len(spelt), 0, len(content)) + spelt + content

    entries = [entry("Author", "Sigma"), entry("WM/Genre", "Blues")]
    listed = struct.pack("<H", len(entries)) + b"".join(entries)
    library = bytes.fromhex("941c23449894d149a1411d134e457054") + struct.pack("<Q", 24 + len(listed)) + listed
    clock = bytes.fromhex("11d2d3abbaa9cf118ee600c00c205365") + struct.pack("<HI", 6, len(library)) + library
    extension = bytes.fromhex("b503bf5f2ea9cf118ee300c00c205365") + struct.pack("<Q", 24 + len(clock)) + clock
    size, count = struct.unpack_from("<QI", data, 16)
    head = data[:16] + struct.pack("<QI", size + len(extension), count + 1) + data[28:30]
    path.write_bytes(head + extension + data[30:])
    assert tags_in(path) == Tags("T", ("Rho", "Sigma"), None, "Rock; Blues")


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("Bet (feat. Gimel)", ("Bet", "Gimel")),
        ("Bet [ft. Gimel & Dalet]", ("Bet", "Gimel & Dalet")),
        ("Bet (Featuring Gimel) / He", ("Bet", "Gimel", "He")),
        ("Feat (live)", ("Feat (live)",)),
    ],
)
def test_guests_in_brackets_are_artists(line: str, names: tuple[str, ...]) -> None:
    assert split_artists(line) == names


@pytest.mark.parametrize(
    ("credited", "listed", "names"),
    [
        (["Iota & Kappa"], ["Iota", "Kappa"], ("Iota", "Kappa")),
        (["Iota & Kappa", "Iota", "Kappa"], [], ("Iota", "Kappa")),
        (["Iota", "Kappa", "Iota & Kappa"], [], ("Iota", "Kappa")),
        (["Iota feat. Kappa", "Iota", "Kappa"], [], ("Iota", "Kappa")),
        (["Simon & Garfunkel", "Simon & Garfunkel"], [], ("Simon & Garfunkel",)),
        (["A", "B"], [], ("A", "B")),
        (["Earth, Wind & Fire", "Fire"], [], ("Earth, Wind & Fire", "Fire")),
        (["Iota; Kappa"], ["Iota; Kappa"], ("Iota", "Kappa")),
    ],
)
def test_the_list_of_artists_is_the_split_of_their_line(
    credited: list[str], listed: list[str], names: tuple[str, ...]
) -> None:
    assert artists_of(credited, listed) == names


def test_a_file_without_a_word_is_empty(mp3: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.mp3").write_bytes(mp3)
    assert tags_in(tmp_path / "a.mp3").empty
    assert tags_of({}).empty


def test_covers_are_found_by_what_a_file_is_and_large_ones_are_scaled(mp3: bytes, tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (2400, 2400, 3), dtype=np.uint8)
    encoder = av.CodecContext.create("png", "w")
    encoder.width = encoder.height = 2400
    encoder.pix_fmt = "rgb24"
    encoder.time_base = Fraction(1, 1)
    png = b"".join(
        bytes(packet) for packet in encoder.encode(av.VideoFrame.from_ndarray(noise, format="rgb24"))
    )
    assert len(png) > 10_000_000
    picture = b"\x00image/png\x00\x03\x00" + png
    path = tmp_path / "named.wav"
    path.write_bytes(id3([*NAMED, ("APIC", picture)]) + mp3)
    found = read_cover(path)
    assert found is not None
    data, media_type = found
    assert media_type == "image/jpeg"
    assert len(data) < 2_000_000

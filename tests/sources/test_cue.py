from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from reelscore.records import Track, TrackIssue
from reelscore.sources.folder.cue import find_songs, parse_sheet, read_sheet
from reelscore.sources.folder.source import FolderSource, HeardFile
from sound_files import ape, encode, flac_with_comments, id3, music, text

SHEET = """\ufeffREM GENRE "Indie Rock"
REM DATE 1998
PERFORMER "The Band"
TITLE "The Record"
FILE "Album (original).wav" WAVE
  TRACK 01 AUDIO
    TITLE "First \u201cone\u201d"
    INDEX 01 00:00:00
  TRACK 02 AUDIO
    TITLE "Second"
    PERFORMER "The Band feat. A Guest"
    ISRC DEXX00000001
    INDEX 00 00:03:70
    INDEX 01 00:04:15
  TRACK 03 AUDIO
    INDEX 01 00:08:00
"""


def offers(folder: Path, **known: object) -> list[Track | TrackIssue]:
    return list(FolderSource([folder], **known).offer())  # type: ignore[arg-type]


@pytest.fixture
def record(tmp_path: Path) -> Path:
    encode(tmp_path / "album.flac", music(12.0), "flac")
    (tmp_path / "album.cue").write_text(SHEET, encoding="utf-8")
    return tmp_path


def test_a_sheet_beside_one_file_gives_its_songs(record: Path) -> None:
    first, second, third = (track for track in offers(record) if isinstance(track, Track))
    assert [track.title for track in (first, second, third)] == ["First “one”", "Second", "Track 3"]
    assert [track.begin for track in (first, second, third)] == pytest.approx([0.0, 4.2, 8.0])
    assert [track.duration for track in (first, second)] == pytest.approx([4.2, 3.8])
    assert third.duration is None  # up to the end of the file
    assert (first.artists, second.artists) == (("The Band",), ("The Band", "A Guest"))
    assert {(track.album, track.genre, track.year) for track in (first, second, third)} == {
        ("The Record", "Indie Rock", 1998)
    }
    assert second.isrc == "DEXX00000001"
    assert len({track.id for track in (first, second, third)}) == 3
    assert {track.uri for track in (first, second, third)} == {str((record / "album.flac").resolve())}
    assert [track.id for track in offers(record) if isinstance(track, Track)] == [
        track.id for track in (first, second, third)
    ]


def test_songs_of_an_unchanged_file_and_sheet_are_not_looked_at(record: Path) -> None:
    stamps = {
        track.source_id: HeardFile(track.stamp)
        for track in offers(record)
        if isinstance(track, Track) and track.stamp
    }
    assert all(
        track.unchanged for track in offers(record, stamps=lambda _: stamps) if isinstance(track, Track)
    )
    sheet = record / "album.cue"
    sheet.write_text(SHEET.replace("Second", "Another title"), encoding="utf-8")
    assert not any(
        track.unchanged for track in offers(record, stamps=lambda _: stamps) if isinstance(track, Track)
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252"])
def test_sheets_in_old_encodings_are_read(encoding: str, tmp_path: Path) -> None:
    (tmp_path / "a.cue").write_bytes('TITLE "Größe"'.encode(encoding))
    assert "Größe" in read_sheet(tmp_path / "a.cue")


def test_what_is_no_sheet_of_songs_cuts_nothing(tmp_path: Path) -> None:
    assert parse_sheet("") == parse_sheet("FILE x\nTRACK aa AUDIO\nINDEX 01 1:2") == ()
    assert parse_sheet('FILE "a.wav" WAVE\nTRACK 01 MODE1/2352\nINDEX 01 00:00:00') == ()
    assert find_songs(tmp_path, ["a.flac", "missing.cue"]) == {}
    # One file a song: each is a song already.
    single = "".join(
        f'FILE "{n}.wav" WAVE\nTRACK 0{n} AUDIO\nTITLE "S{n}"\nINDEX 01 00:00:00\n' for n in (1, 2)
    )
    (tmp_path / "x.cue").write_text(single)
    assert find_songs(tmp_path, ["1.flac", "2.flac", "x.cue"]) == {}


def test_the_file_that_is_meant_is_found_by_the_name_of_its_stem_or_of_the_sheet(tmp_path: Path) -> None:
    (tmp_path / "album.flac.cue").write_text(SHEET, encoding="utf-8")
    (sheet, songs) = find_songs(tmp_path, ["ALBUM.FLAC", "album.flac.cue"])["ALBUM.FLAC"]
    assert (sheet.name, len(songs)) == ("album.flac.cue", 3)
    assert "Album (Original).ape" in find_songs(tmp_path, ["Album (Original).ape", "album.flac.cue"])
    assert find_songs(tmp_path, ["other.flac", "album.flac.cue"]) == {}


def in_flac_tags(folder: Path, sheet: str) -> Path:
    lines = [("TITLE", "The Whole"), ("ALBUM", "The Record"), ("CUESHEET", sheet)]
    return flac_with_comments(encode(folder / "a.flac", music(12.0), "flac"), lines)


def in_wavpack(folder: Path, sheet: str) -> Path:
    path = encode(folder / "a.wv", music(12.0), "wavpack")
    path.write_bytes(path.read_bytes() + ape({"Album": "The Record", "Cuesheet": sheet}))
    return path


def in_mp3(folder: Path, sheet: str) -> Path:
    path = encode(folder / "a.mp3", music(12.0), "libmp3lame", options={"id3v2_version": "0"})
    path.write_bytes(id3([("TXXX", text("CUESHEET", sheet))]) + path.read_bytes())
    return path


@pytest.mark.parametrize("write", [in_flac_tags, in_wavpack, in_mp3])
def test_a_sheet_in_the_tags_gives_its_songs(write: Callable[[Path, str], Path], tmp_path: Path) -> None:
    path = write(tmp_path, SHEET.removeprefix("\ufeff"))
    songs = [track for track in offers(tmp_path) if isinstance(track, Track)]
    assert [track.title for track in songs] == ["First “one”", "Second", "Track 3"]
    assert [track.begin for track in songs] == pytest.approx([0.0, 4.2, 8.0])
    assert {track.album for track in songs} == {"The Record"}
    assert {track.uri for track in songs} == {str(path.resolve())}
    stamps = {track.source_id: HeardFile(track.stamp) for track in songs if track.stamp}
    assert all(track.unchanged for track in offers(tmp_path, stamps=lambda _: stamps))  # type: ignore[union-attr]


def test_the_sheet_of_a_record_in_one_of_its_songs_cuts_nothing(tmp_path: Path) -> None:
    sheet = SHEET.replace("INDEX 01 00:08:00", "INDEX 01 09:08:00").removeprefix("\ufeff")
    in_flac_tags(tmp_path, sheet)
    (song,) = offers(tmp_path)
    assert isinstance(song, Track) and (song.title, song.begin) == ("The Whole", None)


def flac_block(*begins: int) -> bytes:
    """A CUESHEET block with these songs (samples), the last of which is the end."""

    def track(number: int, offset: int, indices: int) -> bytes:
        points = b"".join(struct.pack(">QB3x", 588 * at, at + (indices == 1)) for at in range(indices))
        return struct.pack(">QB12s14xB", offset, number, b"DEXX00000001", indices) + points

    tracks = [track(number, begin, 2 if number == 2 else 1) for number, begin in enumerate(begins[:-1], 1)]
    tracks.append(struct.pack(">QB12s14xB", begins[-1], 170, b"", 0))
    return b"\x00" * 136 + b"\x80" + b"\x00" * 258 + bytes((len(tracks),)) + b"".join(tracks)


def test_the_cuesheet_block_of_flac_gives_its_songs(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.flac", music(12.0), "flac")
    data, block = path.read_bytes(), flac_block(0, 4 * 44_100, 8 * 44_100, 12 * 44_100)
    end = 4 + 4 + int.from_bytes(data[5:8], "big")  # behind STREAMINFO
    path.write_bytes(data[:end] + bytes((5,)) + len(block).to_bytes(3, "big") + block + data[end:])
    songs = [track for track in offers(tmp_path) if isinstance(track, Track)]
    assert [track.title for track in songs] == ["Track 1", "Track 2", "Track 3"]
    # The second one has a pregap of a frame: it begins at its index 1.
    assert [track.begin for track in songs] == pytest.approx([0.0, 4.0 + 1 / 75, 8.0])
    assert {track.isrc for track in songs} == {"DEXX00000001"}

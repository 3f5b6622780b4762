"""CUE sheets: the songs of a record that was copied into one big file.

A sheet lies beside the file, in a tag of it, or in the block that FLAC has for it. Read are FILE, TRACK,
INDEX 01, TITLE, PERFORMER, ISRC and the remarks GENRE and DATE. A song goes from its INDEX 01 to that of the
next one, as players play it; times are minutes, seconds and frames, of which 75 are a second.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

from reelscore.audio.formats import AUDIO_SUFFIXES
from reelscore.sources.tags.id3 import tag_length
from reelscore.sources.tags.meaning import Tags, split_artists, tags_of

_FRAMES_PER_SECOND = 75
_MOST_BLOCKS = 128
_BLOCK_HEAD = 396  # bytes of a CUESHEET block before its tracks
_LEAD_OUT = (170, 255)
_LARGEST = 1 << 20  # bytes; what is larger is no sheet
_LINE = re.compile(r"^\s*(?:REM\s+)?([A-Za-z]+)\s+(.*?)\s*$")
_QUOTED = re.compile(r'^"(.*?)"|^(\S+)')
_FILE = re.compile(r'^(?:"(.+)"|(.+?))(?:\s+[A-Za-z0-9]+)?$')
_INDEX = re.compile(r"^0*1\s+(\d{1,4}):(\d{1,2}):(\d{1,2})$")


@dataclass(frozen=True, slots=True)
class CueSong:
    """A song of a sheet."""

    number: int
    begin: float  # seconds in the file
    end: float | None = None  # None: the end of the file
    title: str | None = None
    performer: str | None = None  # its own, or else that of the record
    album: str | None = None
    genre: str | None = None
    date: str | None = None
    isrc: str | None = None


@dataclass(frozen=True, slots=True)
class CueFile:
    """A sound file that a sheet names, with the songs in it in order."""

    name: str
    songs: tuple[CueSong, ...]


def parse_sheet(text: str) -> tuple[CueFile, ...]:
    """The files of a sheet, in order; those without a song that has a beginning are left out."""
    files: list[tuple[str, list[CueSong]]] = []
    record: dict[str, str] = {}
    song: CueSong | None = None
    begun = False

    def close() -> None:
        if song is not None and begun and files:
            files[-1][1].append(song)

    for line in text.splitlines():
        match = _LINE.match(line)
        if match is None:
            continue
        word, rest = match[1].upper(), match[2]
        if word == "FILE":
            close()
            song, begun = None, False
            named = _FILE.match(rest)
            files.append(((named[1] or named[2]) if named else rest, []))
        elif word == "TRACK":
            close()
            number, _, kind = rest.partition(" ")
            is_sound = kind.strip().upper() in ("AUDIO", "")
            song = CueSong(int(number), 0.0) if number.isdecimal() and is_sound else None
            begun = False
        elif word == "INDEX" and song is not None and (time := _INDEX.match(rest)):
            minutes, seconds, frames = (int(part) for part in time.groups())
            song = replace(song, begin=60 * minutes + seconds + frames / _FRAMES_PER_SECOND)
            begun = True
        elif word in ("TITLE", "PERFORMER", "ISRC", "GENRE", "DATE"):
            value = _unquoted(rest)
            if song is None:
                record.setdefault(word, value)
            else:
                fields: dict[str, Any] = {word.lower(): value}
                song = replace(song, **fields)
    close()
    return tuple(CueFile(name, _in_order(songs, record)) for name, songs in files if songs)


def find_songs(folder: Path, names: Sequence[str]) -> dict[str, tuple[Path, tuple[CueSong, ...]]]:
    """Names of sound files in a folder that a sheet there cuts into songs -> the sheet, and the songs.

    Parameters
    ----------
    names
        Of all files in the folder. A sheet often names the file from which the one that is there was made:
        then the one with the same stem is meant, or that with the stem of the sheet.

    A file with a single song is not cut, and of several sheets for one file the first by name counts.
    """
    found: dict[str, tuple[Path, tuple[CueSong, ...]]] = {}
    sounds = {name.casefold(): name for name in names if Path(name).suffix.lower() in AUDIO_SUFFIXES}
    stems: dict[str, str] = {}
    for folded in sorted(sounds):
        stems.setdefault(Path(folded).stem, sounds[folded])
    for name in sorted(name for name in names if name.lower().endswith(".cue")):
        files = parse_sheet(read_sheet(folder / name))
        for file in files:
            stated = file.name.replace("\\", "/").rsplit("/", 1)[-1].casefold()
            meant = sounds.get(stated) or stems.get(Path(stated).stem)
            if meant is None and len(files) == 1:
                meant = stems.get(Path(name.casefold()).stem) or stems.get(
                    Path(name.casefold()).stem.rsplit(".", 1)[0]
                )
            if meant is not None and len(file.songs) > 1:
                found.setdefault(meant, (folder / name, file.songs))
    return found


def songs_within(file: BinaryIO, sheet: str | None) -> tuple[CueSong, ...]:
    """The songs into which a sound file cuts itself, by the sheet in its tags or by its FLAC block; or none.

    A sheet of one song cuts nothing, nor does one for several files: it came with a piece of the record.
    """
    if sheet:
        files = parse_sheet(sheet) or parse_sheet(f'FILE "" WAVE\n{sheet}')
        songs = files[0].songs if len(files) == 1 else ()
    else:
        songs = _songs_in_block(file)
    return songs if len(songs) > 1 else ()


def _songs_in_block(file: BinaryIO) -> tuple[CueSong, ...]:
    """The songs of the CUESHEET block of a FLAC file (RFC 9639, 8.7): they have places and no names."""
    file.seek(tag_length(file))
    if file.read(4) != b"fLaC":
        return ()
    rate = 0
    for _ in range(_MOST_BLOCKS):
        head = file.read(4)
        if len(head) < 4:
            return ()
        kind, size = head[0] & 0x7F, int.from_bytes(head[1:], "big")
        if kind in (0, 5):
            block = file.read(size)
            if kind == 5 and rate:
                return _in_order(list(_tracks_of_block(block, rate)), {})
            rate = int.from_bytes(block[10:13], "big") >> 4
        else:
            file.seek(size, 1)
        if head[0] & 0x80:
            return ()
    return ()


def _tracks_of_block(block: bytes, rate: int) -> Iterator[CueSong]:
    """Tracks of a CUESHEET block but the lead-out, and those that are data."""
    place = _BLOCK_HEAD
    for _ in range(block[_BLOCK_HEAD - 1] if len(block) >= _BLOCK_HEAD else 0):
        track = block[place : place + 36]
        if len(track) < 36:
            return
        points = {}
        for index in range(track[35]):
            point = block[place + 36 + 12 * index : place + 48 + 12 * index]
            if len(point) == 12:
                points[point[8]] = int.from_bytes(point[:8], "big")
        place += 36 + 12 * track[35]
        begin = int.from_bytes(track[:8], "big") + points.get(1, min(points.values(), default=0))
        if track[8] not in _LEAD_OUT and not track[21] & 0x80:
            isrc = track[9:21].decode("ascii", "replace").strip("\x00 ")
            yield CueSong(track[8], begin / rate, isrc=isrc or None)


def read_sheet(path: Path) -> str:
    """The text of a sheet, in UTF-8 or 16 or an old Western encoding; empty if it cannot be read."""
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST)
    except OSError:
        return ""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _in_order(songs: Sequence[CueSong], record: dict[str, str]) -> tuple[CueSong, ...]:
    """Songs by their beginning, each ending where the next begins, with what is said of the whole record."""
    by_time = sorted(songs, key=lambda song: song.begin)
    ends: list[float | None] = [song.begin for song in by_time[1:]]
    return tuple(
        replace(
            song,
            end=end,
            performer=song.performer or record.get("PERFORMER"),
            album=record.get("TITLE"),
            genre=song.genre or record.get("GENRE"),
            date=song.date or record.get("DATE"),
        )
        for song, end in zip(by_time, [*ends, None], strict=True)
        if end is None or end > song.begin
    )


def _unquoted(text: str) -> str:
    match = _QUOTED.match(text) if text.startswith('"') else None
    return match[1] if match and match[1] is not None else text.strip().strip('"')


def tags_in_sheet(song: CueSong, whole: Tags) -> Tags:
    """Tags of a song by the sheet; artists, album, genre and year that it lacks are the file's."""
    raw = {
        "title": song.title,
        "album": song.album,
        "genre": song.genre,
        "date": song.date,
        "isrc": song.isrc,
    }
    said = tags_of({name: [value] for name, value in raw.items() if value})
    return Tags(
        title=said.title,
        artists=split_artists(song.performer or "") or whole.artists,
        album=said.album or whole.album,
        genre=said.genre or whole.genre,
        year=said.year or whole.year,
        original_year=whole.original_year if said.year in (None, whole.year) else None,
        isrc=said.isrc,
    )

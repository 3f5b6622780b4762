"""CUE sheets: the songs of a record that was copied into one big file.

Read are FILE, TRACK, INDEX 01, TITLE, PERFORMER, ISRC and the remarks GENRE and DATE. A song goes from its
INDEX 01 to that of the next one, as players play it; times are minutes, seconds and frames, of which 75 are
a second.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from reelscore.audio.formats import AUDIO_SUFFIXES

_FRAMES_PER_SECOND = 75
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
            told = file.name.replace("\\", "/").rsplit("/", 1)[-1].casefold()
            meant = sounds.get(told) or stems.get(Path(told).stem)
            if meant is None and len(files) == 1:
                meant = stems.get(Path(name.casefold()).stem) or stems.get(
                    Path(name.casefold()).stem.rsplit(".", 1)[0]
                )
            if meant is not None and len(file.songs) > 1:
                found.setdefault(meant, (folder / name, file.songs))
    return found


def read_sheet(path: Path) -> str:
    """The text of a sheet, in UTF-8 or 16 or an old Western encoding; empty where it cannot be read."""
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

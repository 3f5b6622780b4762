"""What sources know about files: their hash, their tags, and the title that a file name gives."""

from __future__ import annotations

import hashlib
import math
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from tinytag import TinyTag

from reelscore.errors import MediaNotFoundError

# Suffixes of files that are taken for music. Video is not: `mp4` is mostly pictures.
AUDIO_SUFFIXES = frozenset(
    (
        *(".aac", ".aif", ".aifc", ".aiff", ".ape", ".flac", ".m4a", ".mka"),
        *(".mp3", ".oga", ".ogg", ".opus", ".wav", ".wma", ".wv"),
    )
)

_BLOCK = 1 << 20
_LONGEST = 500  # characters of a title or a name; what is longer is no title

# Signs that part two artists. "," "&" and "/" alone do not: "Tyler, The Creator", "Simon & Garfunkel",
# "AC/DC".
_ARTISTS = re.compile(r"\s*[;\x00|]\s*|\s+/\s+|\s+(?:feat|ft|featuring)\b\.?\s+", re.IGNORECASE)
_YEAR = re.compile(r"(?<!\d)(1[89]\d\d|20\d\d)(?!\d)")
# "03 ", "1-03 ", "12. ", "12 - "; but not the numbers of "99 Luftballons" and "50 Cent - In Da Club".
_TRACK_NUMBER = re.compile(
    r"^(?:(?:\d{1,2}-)?\d{1,3}(?:\s*[.)]\s*|\s+-\s+)|(?:\d{1,2}-\d|0)\d{1,2}\s+)(?=.*[^\W\d_])"
)
_ISRC = re.compile(r"[A-Z]{2}[A-Z0-9]{3}\d{7}")


@dataclass(frozen=True, slots=True)
class Tags:
    """What a file says of itself; a value that is missing or makes no sense is None."""

    title: str | None = None
    artists: tuple[str, ...] = ()
    album: str | None = None
    genre: str | None = None
    year: int | None = None
    duration: float | None = None  # seconds
    isrc: str | None = None


def hash_file(path: Path) -> str:
    """SHA-256 of a file, hex, read in pieces.

    Raises
    ------
    MediaNotFoundError
        There is no such file, or it may not be read.
    """
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
    except OSError as error:
        raise MediaNotFoundError(f"cannot read {path}: {error.strerror or error}") from error
    return digest.hexdigest()


def read_tags(path: Path, file: BinaryIO) -> Tags:
    """The tags of an open audio file; empty where they are broken or unknown, for the sound may be fine."""
    try:
        tag = TinyTag.get(str(path), file_obj=file)
        other = {name: [str(value) for value in values] for name, values in tag.other.items()}
    except Exception:  # noqa: BLE001 - a parser of hostile bytes: whatever it raises means "no tags"
        return Tags()
    artists = [tag.artist or tag.albumartist or "", *other.get("artist", ())]
    isrc = re.sub(r"[\s-]", "", next(iter(other.get("isrc", ())), "")).upper()
    year = _YEAR.search(str(tag.year or ""))
    duration = tag.duration
    return Tags(
        title=clean(tag.title),
        artists=split_artists("\x00".join(artists)),
        album=clean(tag.album),
        genre=clean(tag.genre),
        year=int(year.group()) if year else None,
        duration=float(duration) if duration and math.isfinite(duration) and duration > 0 else None,
        isrc=isrc if _ISRC.fullmatch(isrc) else None,
    )


def clean(text: object) -> str | None:
    """Text of a tag as one line of composed Unicode without control characters; None where it is empty."""
    if not isinstance(text, str):
        return None
    composed = unicodedata.normalize("NFC", text.split("\x00", 1)[0])
    printable = "".join(
        " " if unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") else char for char in composed
    )
    return " ".join(printable.split())[:_LONGEST].strip() or None


def split_artists(text: str) -> tuple[str, ...]:
    """The artists that a text names, each once."""
    names = (clean(part) for part in _ARTISTS.split(text))
    return tuple(dict.fromkeys(name for name in names if name))


def parse_name(stem: str) -> tuple[tuple[str, ...], str]:
    """Artists and title that a file name without its suffix gives.

    "03 - Artist - Title", "Artist - Title", "03 Title" and "artist_-_title" are understood; anything else
    is the title.
    """
    text = clean(stem.replace("_", " ") if " " not in stem or "_-_" in stem else stem) or stem
    text = _TRACK_NUMBER.sub("", text)
    artist, separator, title = text.partition(" - ")
    if separator and artist.strip() and title.strip():
        return split_artists(artist), title.strip()
    return (), text

"""What sources know about files: their tags, and the title that a file name gives."""

from __future__ import annotations

import re
from pathlib import Path
from typing import BinaryIO

from reelscore.audio.tag_entries import check_tag_entries
from reelscore.children import in_child
from reelscore.limits import BRIEF
from reelscore.sources.tags.ape import read_ape
from reelscore.sources.tags.containers import (
    kind_of,
    read_embedded_id3,
    read_with_ffmpeg,
    read_with_tinytag,
)
from reelscore.sources.tags.id3 import read_id3v1, read_id3v2
from reelscore.sources.tags.meaning import Tags, clean, split_artists, tags_of
from reelscore.sources.tags.raw import RawTags, fill_in

__all__ = ["Tags", "clean", "parse_name", "read_tags", "split_artists"]

# "03 ", "1-03 ", "12. ", "12 - "; but not the numbers of "99 Luftballons" and "50 Cent - In Da Club".
_TRACK_NUMBER = re.compile(
    r"^(?:(?:\d{1,2}-)?\d{1,3}(?:\s*[.)]\s*|\s+-\s+)|(?:\d{1,2}-\d|0)\d{1,2}\s+)(?=.*[^\W\d_])"
)


def read_tags(path: Path, file: BinaryIO) -> Tags:
    """What the tags of an open audio file say; empty if they are broken or unknown."""
    return tags_of(read_fields(path, file))


@in_child(BRIEF)
def fields_of_file(path: Path) -> RawTags:
    """All fields of the tags of an audio file, as `read_fields`; OSError if it cannot be read."""
    with path.open("rb") as file:
        return read_fields(path, file)


def read_fields(path: Path, file: BinaryIO) -> RawTags:
    """All fields of the tags of an open audio file; none if they are broken, for the sound may be fine.

    The file is read as what it is, whatever its suffix. If none of our readers finds a name in it, FFmpeg
    is asked.
    """
    raw = _gather(path, file)
    return fill_in(read_with_ffmpeg(path), raw) if tags_of(raw).empty else raw


def _gather(path: Path, file: BinaryIO) -> RawTags:
    try:
        check_tag_entries(path)
        raw, length = read_id3v2(file)
        file.seek(length)
        kind = kind_of(file.read(16))
        if kind is None:  # nothing but sound: MPEG, ADTS, WavPack, Monkey's Audio, ...
            return fill_in(fill_in(raw, read_ape(file, length)), read_id3v1(file))
        raw = fill_in(raw, read_embedded_id3(file, kind))
        raw = (
            fill_in(read_with_tinytag(file), raw) if kind == "flac" else fill_in(raw, read_with_tinytag(file))
        )
        # Of several values, FFmpeg knows which comes first in a WMA file: they lie in different lists.
        return _led_by(read_with_ffmpeg(path), raw) if kind == "asf" else raw
    except Exception:  # noqa: BLE001 - readers of hostile bytes: whatever they raise means "no tags"
        return {}


def _led_by(first: RawTags, raw: RawTags) -> RawTags:
    """The tags, with those values in front that `first` has."""
    return {
        name: [value for value in first.get(name, ())[:1] if value in values]
        + [value for value in values if value not in first.get(name, ())[:1]]
        for name, values in raw.items()
    }


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

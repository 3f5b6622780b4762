"""What every reader of tags gives, and the names that fields go by."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import TypeAlias

# Field -> its values in the order of the file. Fields are lower-case letters and digits: "albumartist".
RawTags: TypeAlias = dict[str, list[str]]

# Other names of the same field. Those that are not here stand for themselves.
_ALIASES = {
    "year": "date",
    "recordingtime": "date",
    "recorddate": "date",
    "daterecorded": "date",
    "creationdate": "date",
    "datereleased": "releasedate",
    "releasetime": "releasedate",
    "releaseyear": "releasedate",
    "tdrl": "releasedate",
    "tdrc": "date",
    "tyer": "date",
    "tdor": "originaldate",
    "tory": "originaldate",
    "originalyear": "originaldate",
    "originalreleaseyear": "originaldate",
    "originalreleasetime": "originaldate",
    "originalreleasedate": "originaldate",
    "author": "artist",
    "ensemble": "albumartist",
    "tsrc": "isrc",
}


# Readers and comparisons take time with the square of these, and a file may hold any number.
_MOST_FIELDS = 500
_MOST_VALUES = 100


def field_name(name: str) -> str:
    """The name that a field goes by, of whatever its writer called it: "Album Artist", "ALBUM_ARTIST"."""
    plain = re.sub(r"[^0-9a-z]", "", name.casefold().removeprefix("wm/"))
    return _ALIASES.get(plain, plain)


def add_value(tags: RawTags, name: str, values: Iterable[str]) -> None:
    """Note the values of a field, each once and none that is blank; no more than a song can have."""
    field = field_name(name)
    if field not in tags and len(tags) >= _MOST_FIELDS:
        return
    kept = tags.setdefault(field, [])
    for value in islice(values, _MOST_VALUES):
        if len(kept) < _MOST_VALUES and value.strip(" \t\r\n\x00") and value not in kept:
            kept.append(value)
    if not kept:
        del tags[field]


def fill_in(tags: RawTags, more: Mapping[str, list[str]]) -> RawTags:
    """The tags, and what the second reader has of fields that the first one lacks."""
    return {**more, **tags}

"""What tags say of a song, from the fields that a reader found."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from reelscore.sources.tags.raw import RawTags

_LONGEST = 500  # characters of a title or a name; what is longer is no title
_MOST_GENRES = 12

# Signs that part two artists. "," "&" and "/" alone do not: "Tyler, The Creator", "Simon & Garfunkel",
# "AC/DC".
_ARTISTS = re.compile(r"\s*[;\x00|]\s*|\s+/\s+|\s+(?:feat|ft|featuring)\b\.?\s+", re.IGNORECASE)
_GUESTS_IN_BRACKETS = re.compile(r"\s*[(\[]\s*(?:feat|ft|featuring)\b\.?\s*([^)\]]+)[)\]]", re.IGNORECASE)
# What stands between the artists that one name lists, once they are taken out of it.
_JOINERS = re.compile(
    r"(?:[\s,;&+/|()\[\]×\x00]|\b(?:feat|ft|featuring|with|and|und|et|y|e|och|vs|versus|x|con|pres|presents)\b\.?)*",
    re.IGNORECASE,
)
# A year by itself, or with month and day, with or without signs between: "1999", "1999-05-01", "19990501".
_YEAR = re.compile(
    r"(?<!\d)(1[89]\d\d|20\d\d)(?:(?!\d)|(?=(?:0[1-9]|1[0-2])(?:(?:0[1-9]|[12]\d|3[01])(?!\d)|(?!\d))))"
)
_GENRES = re.compile(r"\s*[;\x00|]\s*")
_ISRC = re.compile(r"[A-Z]{2}[A-Z0-9]{3}\d{7}")


@dataclass(frozen=True, slots=True)
class Tags:
    """What a file says of itself; a value that is missing or makes no sense is None."""

    title: str | None = None
    artists: tuple[str, ...] = ()
    album: str | None = None
    genre: str | None = None  # all that are stated, with "; " between
    year: int | None = None  # of this release, as far as the file tells
    original_year: int | None = None  # of the first release, if the file states that too
    isrc: str | None = None
    cue: str | None = None  # a CUE sheet for the file itself

    @property
    def empty(self) -> bool:
        """Whether the file says nothing that names it."""
        return not (self.title or self.artists or self.album or self.genre or self.year)


def tags_of(raw: RawTags) -> Tags:
    """What the fields of a file mean."""
    released = _first_year(raw.get("date", ())) or _first_year(raw.get("releasedate", ()))
    original = _first_year(raw.get("originaldate", ()))
    isrc = re.sub(r"[\s-]", "", next(iter(raw.get("isrc", ())), "")).upper()
    return Tags(
        title=_first(raw.get("title", ())),
        artists=artists_of(raw.get("artist", ()), raw.get("artists", ()))
        or _several(raw.get("albumartist", ())),
        album=_first(raw.get("album", ())),
        genre=join_genres(raw.get("genre", ())),
        year=released or original,
        original_year=original if original != (released or original) else None,
        isrc=isrc if _ISRC.fullmatch(isrc) else None,
        cue=next(iter(raw.get("cuesheet", ())), None),
    )


def clean(text: object) -> str | None:
    """Text of a tag as one line of composed Unicode without control characters; None if it is empty."""
    if not isinstance(text, str):
        return None
    composed = unicodedata.normalize("NFC", text.split("\x00", 1)[0])
    printable = "".join(
        " " if unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") else char for char in composed
    )
    return " ".join(printable.split())[:_LONGEST].strip() or None


def split_artists(text: str) -> tuple[str, ...]:
    """The artists that a text names, each once: "A feat. B", "A (feat. B)", "A; B"."""
    names = (clean(part) for part in _ARTISTS.split(_GUESTS_IN_BRACKETS.sub(r";\1", text)))
    return tuple(dict.fromkeys(name for name in names if name))


def artists_of(credited: Sequence[str], listed: Sequence[str] = ()) -> tuple[str, ...]:
    """The artists of a song, from the values of ARTIST and, if there are any, of ARTISTS.

    ARTISTS is the list of those whom ARTIST names in one line ("Iota & Kappa"), not more of them. Some
    readers give both as one list; then the line is left out.
    """
    if listed:
        names = [name for value in listed if (name := clean(value))]
        # A list that is written as one value is no list.
        return _several(names) if len(names) == 1 else tuple(dict.fromkeys(names))
    for line in credited if len(credited) > 1 else ():
        others = [value for value in credited if value != line]
        if _lists(line, others):
            return tuple(dict.fromkeys(name for value in others if (name := clean(value))))
    return _several(credited)


def join_genres(values: Iterable[str]) -> str | None:
    """All genres that are stated, each once, with "; " between; None if there is none."""
    found: dict[str, str] = {}
    for value in values:
        for part in _GENRES.split(value):
            if name := clean(part):
                found.setdefault(name.casefold(), name)
    return "; ".join(list(found.values())[:_MOST_GENRES])[:_LONGEST] or None


def _lists(line: str, names: Sequence[str]) -> bool:
    """Whether a line is nothing but these names and what stands between names."""
    rest = line.casefold()
    for name in sorted({name.casefold().strip() for name in names}, key=len, reverse=True):
        if not name or name not in rest:
            return False
        rest = rest.replace(name, "\x00")
    return _JOINERS.fullmatch(rest) is not None


def _several(values: Iterable[str]) -> tuple[str, ...]:
    return split_artists("\x00".join(values))


def _first(values: Iterable[str]) -> str | None:
    return next((text for value in values if (text := clean(value))), None)


def _first_year(values: Iterable[str]) -> int | None:
    for value in values:
        if match := _YEAR.search(value):
            return int(match[1])
    return None

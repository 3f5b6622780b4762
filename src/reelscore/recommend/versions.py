"""Which songs are versions of one song: for display only, reversible, and never by their vectors.

Two recordings count as versions of one song where the first artist and the title agree once decorations
are gone ("feat. X", "(Remastered 2011)", "- Live at Y", "[Deluxe]"), and where their lengths allow it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from reelscore.records import Song

# Words that mark a recording as a version. The value tells whether the version may have another length.
_MARKERS = {
    "remaster": False,
    "remastered": False,
    "mono": False,
    "stereo": False,
    "deluxe": False,
    "bonus track": False,
    "explicit": False,
    "clean": False,
    "album version": False,
    "single version": True,
    "anniversary": False,
    "reissue": False,
    "live": True,
    "acoustic": True,
    "unplugged": True,
    "demo": True,
    "remix": True,
    "mix": True,
    "edit": True,
    "extended": True,
    "radio": True,
    "instrumental": True,
    "karaoke": True,
    "a cappella": True,
    "acapella": True,
    "version": True,
    "session": True,
    "sessions": True,
    "rehearsal": True,
    "orchestral": True,
    "cover": True,
    "reprise": True,
    "re-recorded": True,
    "rerecorded": True,
    "sped up": True,
    "slowed": True,
    "outtake": True,
    "alternate take": True,
    "take": True,
}
_MARKER = re.compile(
    r"\b(" + "|".join(re.escape(word) for word in sorted(_MARKERS, key=len, reverse=True)) + r")\b"
)
# Part of what the song is, also inside brackets: parts of a work are different pieces.
_PART = re.compile(
    r"\b(part|pt|vol|volume|no|act|movement|mvt|chapter|episode|ii|iii|iv|v|vi|vii|viii)\b|^\d+$"
)
_FEATURING = re.compile(r"\s*[\(\[]?\b(feat|ft|featuring)\b\.?\s[^\)\]]*[\)\]]?")
_BRACKETS = re.compile(r"[\(\[\{]([^\)\]\}]*)[\)\]\}]")
_TAIL = re.compile(r"\s[-–—:]\s([^-–—:]+)$")
# One artist may have several pieces of these names, which are told apart only by their length.
_GENERIC = frozenset(
    {
        *("intro", "outro", "interlude", "prelude", "overture", "finale", "untitled", "theme", "main theme"),
        *("title theme", "skit", "credits", "end credits", "ending", "opening", "track", "hidden track"),
        *("battle", "boss", "boss battle", "menu", "level", "stage", "silence", "bonus"),
    }
)
_SAME_RECORDING_SECONDS = 3.0
_SAME_LENGTH_RATIO = 1.25


@dataclass(frozen=True, slots=True)
class TitleParts:
    """A title taken apart: what the song is called, and what marks this recording of it."""

    base: str
    markers: frozenset[str]


def split_title(title: str) -> TitleParts:
    """Take decorations off a title.

    A bracket or a tail behind a dash goes only where it holds a known marker and no part number, so
    that "Symphony No. 5 (Live)" loses its bracket and "Suite (Part 2)" keeps it.
    """
    text = _FEATURING.sub(" ", plain(title))
    markers: set[str] = set()

    def take(match: re.Match[str]) -> str:
        inside = match.group(1).strip()
        found = _MARKER.findall(inside)
        if not found or _PART.search(inside):
            return " " + inside + " "
        markers.update(found)
        return " "

    text = _BRACKETS.sub(take, text)
    while (tail := _TAIL.search(text)) and _MARKER.search(tail.group(1)) and not _PART.search(tail.group(1)):
        markers.update(_MARKER.findall(tail.group(1)))
        text = text[: tail.start()]
    base = re.sub(r"[^\w]+", " ", text).strip()
    # A title that is nothing but decoration ("Live", "Remix") is the title of that song.
    return TitleParts(base or re.sub(r"[^\w]+", " ", plain(title)).strip(), frozenset(markers))


def artist_key(artists: Sequence[str]) -> str:
    """The first artist in a form that compares: no case, accents, article or guests. Empty: not known."""
    if not artists:
        return ""
    name = _FEATURING.sub(" ", plain(artists[0]))
    name = re.sub(r"^the\s+|,\s*the$", "", name)
    return re.sub(r"[^\w]+", " ", name.replace("&", " and ")).strip()


def same_song(one: Song, other: Song) -> bool:
    """Whether two recordings are versions of one song; in doubt, no."""
    artist = artist_key(one.artists)
    if not artist or artist != artist_key(other.artists) or artist in ("various artists", "unknown artist"):
        return False
    first, second = split_title(one.title), split_title(other.title)
    if not first.base or first.base != second.base:
        return False
    if one.duration is None or other.duration is None:
        return first.base not in _GENERIC
    difference = abs(one.duration - other.duration)
    if first.base in _GENERIC:
        return difference <= _SAME_RECORDING_SECONDS
    if any(_MARKERS[marker] for marker in first.markers | second.markers):
        return True
    shorter, longer = sorted((one.duration, other.duration))
    return longer <= shorter * _SAME_LENGTH_RATIO or difference <= _SAME_RECORDING_SECONDS


def group_versions(songs: Sequence[Song]) -> list[list[Song]]:
    """Songs with their versions, in the order of each group's first song.

    A song joins the first group whose first song is the same song; so what a group shows is that one,
    and the others are its versions.
    """
    groups: list[list[Song]] = []
    by_key: dict[tuple[str, str], list[list[Song]]] = {}
    for song in songs:
        bucket = by_key.setdefault((artist_key(song.artists), split_title(song.title).base), [])
        for group in bucket:
            if same_song(group[0], song):
                group.append(song)
                break
        else:
            group = [song]
            bucket.append(group)
            groups.append(group)
    return groups


def plain(text: str) -> str:
    """Text without case, accents, apostrophes and doubled spaces."""
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    kept = "".join(char for char in decomposed if not unicodedata.combining(char))
    return " ".join(kept.replace("’", "'").replace("'", "").split())

"""Paths as editors want them: `file:` URLs escaped right, and native paths of another machine. Pure."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote, quote_from_bytes

from reelscore.errors import InvalidInputError
from reelscore.records import Timeline

_DRIVE = re.compile(r"[A-Za-z]:[\\/]")
# RFC 3986: these stand for themselves in a path. `#`, `?` and `%` do not, and readers cut at the first two.
_PLAIN = "/!$&'()*+,;=:@-._~"


@dataclass(frozen=True, slots=True)
class MediaRoot:
    """Where a folder of the server lies on the machine of the editor."""

    here: str
    there: str


def read_media_root(text: str) -> MediaRoot:
    """`FROM=TO` as a mapping; the first `=` parts them.

    Raises
    ------
    InvalidInputError
        There is no `=`, or a side is empty.
    """
    here, sign, there = text.partition("=")
    if not sign or not here.strip() or not there.strip():
        raise InvalidInputError(f"{text!r} maps nothing; write FROM=TO, such as /srv/media=D:\\media")
    return MediaRoot(here.strip(), there.strip())


def map_path(path: str, roots: Sequence[MediaRoot]) -> str:
    """The path on the editor's machine: the longest root that holds it counts; else it stays."""
    for root in sorted(roots, key=lambda root: -len(root.here)):
        here = root.here.rstrip("/\\") or "/"
        rest = path[len(here) :]
        if not path.startswith(here) or (rest and rest[0] not in "/\\" and here != "/"):
            continue
        there = root.there.rstrip("/\\")
        windows = is_windows(root.there)
        parts = [part for part in re.split(r"[/\\]" if is_windows(path) else "/", rest) if part]
        return ("\\" if windows else "/").join([there, *parts]) or "/"
    return path


def relocate(timeline: Timeline, roots: Sequence[MediaRoot]) -> Timeline:
    """The timeline with the paths of its files as they are on the editor's machine."""
    picture = timeline.picture and replace(timeline.picture, path=map_path(timeline.picture.path, roots))
    music = (
        replace(event, media=replace(event.media, path=map_path(event.media.path, roots)))
        for event in timeline.music
    )
    return replace(timeline, picture=picture, music=tuple(music))


def is_windows(path: str) -> bool:
    """Whether a path has a drive letter or begins with a server's name."""
    return bool(_DRIVE.match(path + "\\")) or path.startswith(("\\\\", "//"))


def file_url(path: str, *, host: str = "") -> str:
    """The `file:` URL of an absolute path: POSIX, with a Windows drive, or UNC.

    `host`: what stands between the slashes for a local file; some importers know only `localhost`.
    """
    if is_windows(path):
        path = path.replace("\\", "/")
        if path.startswith("//"):
            server, _, rest = path[2:].partition("/")
            return f"file://{server}/{quote(rest, safe=_PLAIN)}"
        return f"file://{host}/{quote(path, safe=_PLAIN)}"
    # A name that is no valid UTF-8 keeps its bytes.
    return f"file://{host}{quote_from_bytes(os.fsencode(path), safe=_PLAIN)}"


def file_name(path: str) -> str:
    """The last part of a path, whichever system it is of."""
    return re.split(r"[\\/]" if is_windows(path) else "/", path)[-1]


def relative_path(path: str, folder: str) -> str:
    """The path from a folder, with `/`; the path itself if the two share no root, as on two drives."""
    if is_windows(path) != is_windows(folder) or is_windows(path):
        head = folder.rstrip("\\/") + ("\\" if is_windows(folder) else "/")
        return path[len(head) :].replace("\\", "/") if path.lower().startswith(head.lower()) else path
    return os.path.relpath(path, folder)

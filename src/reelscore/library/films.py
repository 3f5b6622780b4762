"""Copies of films for browsers that cannot show them: made once for each film, kept within a budget."""

from __future__ import annotations

import re
from pathlib import Path

from reelscore.config import Settings
from reelscore.files import check_room, make_copy
from reelscore.limits import FREE_BYTES_LEFT
from reelscore.records import ProgressCallback, ignore_progress
from reelscore.video.proxy import write_proxy

_FOLDER = "films"
_HASH = re.compile(r"[0-9a-f]{64}")


def film_url(content_hash: str) -> str:
    """Where the server has the copy of a film."""
    return f"/api/films/{content_hash}"


def kept_film(settings: Settings, content_hash: str) -> Path | None:
    """The copy of a film, by the SHA-256 of its file; None if there is none."""
    if not _HASH.fullmatch(content_hash):
        return None
    path = settings.home / _FOLDER / f"{content_hash}.mp4"
    return path if path.is_file() else None


def keep_copy(
    settings: Settings, film: Path, content_hash: str, progress: ProgressCallback = ignore_progress
) -> Path:
    """Make the copy of a film that browsers show, unless it is there.

    Raises
    ------
    MediaError
        The film cannot be read.
    StorageError
        The copy cannot be kept: there is no room on the disk, or it cannot be written.
    """
    known = kept_film(settings, content_hash)
    if known is not None:
        return known

    def write(own: Path) -> None:
        check_room(own.parent, FREE_BYTES_LEFT)
        write_proxy(film, own, progress=progress)

    target = settings.home / _FOLDER / f"{content_hash}.mp4"
    return make_copy(target, write, what="the film", most=settings.films_mb * 1_000_000)


def drop_copy(settings: Settings, content_hash: str) -> None:
    """Remove the copy of a film, if there is one."""
    path = kept_film(settings, content_hash)
    if path is not None:
        path.unlink(missing_ok=True)

"""Songs that are stretches of one big file, cut out when they are first played and kept in the home."""

from __future__ import annotations

import contextlib
import threading
import uuid
from pathlib import Path

from reelscore.errors import StorageError
from reelscore.records import Song
from reelscore.wiring import Wiring

_FOLDER = "cut-songs"
_MOST_BYTES = 2 << 30  # of all cuts together; those that were not played for longest go first
_cutting = threading.Lock()


def cut_out(wiring: Wiring, song: Song, path: Path) -> Path:
    """The file of a song whose sound lies in a stretch of `path`; its time zero is the song's.

    Raises
    ------
    MediaError
        The file cannot be read, or has no sound there.
    StorageError
        The song cannot be kept.
    """
    from reelscore.audio.cutting import cut_sound

    folder = wiring.settings.home / _FOLDER
    target = folder / f"{song.id}-{(song.content_hash or 'unknown')[:12]}.flac"
    with _cutting:
        try:
            if target.is_file():
                target.touch()
                return target
            folder.mkdir(parents=True, exist_ok=True)
            own = folder / f".{uuid.uuid4().hex}.part"
            try:
                cut_sound(path, song.begin or 0.0, song.duration, own)
                for old in folder.glob(f"{song.id}-*.flac"):
                    old.unlink(missing_ok=True)
                own.replace(target)  # at once, so that nobody hears half a song
            finally:
                own.unlink(missing_ok=True)
            _keep_within(folder, target)
        except OSError as error:
            raise StorageError(f"the song cannot be kept in {folder}: {error.strerror or error}") from error
    return target


def _keep_within(folder: Path, newest: Path) -> None:
    files = sorted(folder.glob("*.flac"), key=lambda file: file.stat().st_mtime, reverse=True)
    total = 0
    for file in files:
        total += file.stat().st_size
        if total > _MOST_BYTES and file != newest:
            with contextlib.suppress(OSError):
                file.unlink()

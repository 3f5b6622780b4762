"""The audio file of a song."""

from __future__ import annotations

from pathlib import Path

from reelscore.errors import MediaNotFoundError
from reelscore.library.playable import copy_of
from reelscore.records import Song
from reelscore.wiring import Wiring


def file_of(song: Song) -> Path:
    """The file that a song lies in, and that may hold others too.

    Raises
    ------
    MediaNotFoundError
        It is gone, or the source of the song gives no file.
    """
    if not song.uri or "://" in song.uri:
        raise MediaNotFoundError(f"“{song.title}” is streamed from its source; there is no file of it here")
    path = Path(song.uri)
    if not path.is_file():
        raise MediaNotFoundError(
            f"the file of “{song.title}” is gone: {path}; put it back or ingest its folder again"
        )
    return path


def sound_file(wiring: Wiring, song: Song) -> Path:
    """The audio file of a song; of one that is a stretch of a file, that stretch, from second 0.

    Raises
    ------
    MediaError
        The file is gone or cannot be read, or has no sound there.
    StorageError
        The stretch cannot be kept.
    """
    path = file_of(song)
    return path if song.begin is None else copy_of(wiring, song, path)

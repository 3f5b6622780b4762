"""The sound file of a song: its own, or a copy that is made when it is first asked for, and kept.

A copy is needed for a song that is a stretch of one big file, for what browsers cannot play, and, if a
player is to find each moment, for formats in which browsers seek to another place than they say. Copies are
FLAC; of long songs that are coded already, the packets are put into MP4, which has an index.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache, partial
from pathlib import Path

from reelscore.audio.formats import FLAC, BrowserFormat, browser_format_of
from reelscore.errors import MediaNotFoundError, UnusableAudioError
from reelscore.files import make_copy
from reelscore.limits import PLAYABLE_BYTES
from reelscore.records import Song
from reelscore.wiring import Wiring

_FOLDER = "playable"
# A FLAC copy takes about a second for each five minutes of sound; of what is longer only packets are copied.
_LONGEST_SECONDS = 30 * 60.0
_REMUXED = frozenset(("mp3", "aac"))
_MP4 = "audio/mp4"

_locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)  # a copy is made once


def playable(wiring: Wiring, song: Song, path: Path, *, seekable: bool = False) -> tuple[Path, str]:
    """A file of a song that browsers play, with its media type; `path` is the file that it lies in.

    Parameters
    ----------
    seekable
        Whether a player is to find each moment of it to the sample. Vorbis of more than half an hour stays
        as it is.

    Raises
    ------
    MediaError
        The file cannot be read, or has no sound.
    StorageError
        The copy cannot be kept.
    """
    if song.begin is None:
        state = path.stat()
        found, exact = _format_of(path, state.st_mtime_ns, state.st_size)
        long = (song.duration or 0.0) > _LONGEST_SECONDS
        if found is not None and long and seekable and not exact and found.container in _REMUXED:
            from reelscore.audio.remux import remux

            with suppress(UnusableAudioError):
                return _copy(wiring, song, ".m4a", partial(remux, path)), _MP4
        if found is not None and (exact or not seekable or long):
            return path, found.media_type
    return copy_of(wiring, song, path), FLAC.media_type


def copy_of(wiring: Wiring, song: Song, path: Path) -> Path:
    """The FLAC copy of a song whose sound is in `path`, or in a stretch of it; its time zero is the song's.

    Raises as `playable` does.
    """
    from reelscore.audio.cutting import cut_sound

    seconds = song.duration if song.begin is not None else None
    return _copy(wiring, song, ".flac", partial(cut_sound, path, song.begin or 0.0, seconds))


def _copy(wiring: Wiring, song: Song, suffix: str, write: Callable[[Path], None]) -> Path:
    folder = wiring.settings.home / _FOLDER
    target = folder / f"{song.id}-{(song.content_hash or 'unknown')[:12]}{suffix}"
    with _locks[target.name]:
        if target.is_file():
            with suppress(OSError):
                target.touch()  # what was played last is kept longest
            return target
        return make_copy(target, write, what="the song", most=PLAYABLE_BYTES, replaces=f"{song.id}-*")


@lru_cache(maxsize=4096)
def _format_of(path: Path, changed: int, size: int) -> tuple[BrowserFormat | None, bool]:
    """What a browser takes a file for, and whether it seeks in it to the sample."""
    from reelscore.audio.decode import probe

    info = probe(path)
    if info.chained:  # they stop behind the first link
        return None, False
    with path.open("rb") as file:
        found = browser_format_of(info.container, info.codec, file.read(64))
    return found, found is not None and found.seekable and not info.trimmed_by_tag


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

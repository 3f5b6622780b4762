"""Songs of a music server: what it says of them, and their sound, fetched or read from a mounted folder."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath, PureWindowsPath

from reelscore.audio.formats import KNOWN_SUFFIXES
from reelscore.errors import InvalidInputError, TransientSourceError
from reelscore.records import Track, TrackIssue
from reelscore.sources.servers.base import MusicServer, ServerSong

_GIVE_UP_AFTER = 5  # fetches that failed one after the other


class ServerSource:
    """The songs of a music server.

    Parameters
    ----------
    server
        It, with the user who asks.
    fetched
        Where sound lies while it is analysed.
    folder
        Where the music folder of the server is mounted here; None: everything is fetched. A song whose
        file is there, and as large as the server says, is read there.

    Raises
    ------
    InvalidInputError
        There is no such folder.
    """

    fetches = 4

    def __init__(self, server: MusicServer, *, fetched: Path, folder: Path | None = None) -> None:
        if folder is not None and not folder.is_dir():
            raise InvalidInputError(f"there is no folder {folder}; is it mounted?")
        self.name = server.kind
        self.server = server
        self.starred: set[str] | None = None  # songs with a star, once the whole catalogue was read
        self._fetched = fetched
        self._folder = folder.resolve() if folder is not None else None
        self._failed_in_a_row = 0
        self._lock = threading.Lock()

    def offer(self) -> Iterator[Track | TrackIssue]:
        """The songs in the order of the server.

        Raises
        ------
        SourceError
            The server cannot be read; what it had offered until then stays offered.
        """
        starred = set()
        for song in self.server.songs():
            if isinstance(song, TrackIssue):
                yield song
                continue
            track = self._track(song)
            if song.is_starred:
                starred.add(track.id)
            yield track
        self.starred = starred

    @contextmanager
    def fetch(self, track: Track) -> Iterator[Path]:
        """The file of a song: where it is mounted, else fetched, and deleted when the context ends.

        Raises
        ------
        SourceError
            It cannot be had.
        """
        if track.uri and "://" not in track.uri:
            yield Path(track.uri)
            return
        with self._lock:
            failed = self._failed_in_a_row
        if failed >= _GIVE_UP_AFTER:
            raise TransientSourceError(f"not fetched, since {failed} fetches before it failed")
        song = track.labels[f"{self.name}_id"]
        try:
            with self.server.sound(song, str(track.uri), folder=self._fetched, suffix=_suffix(track)) as path:
                with self._lock:
                    self._failed_in_a_row = 0
                yield path
        except TransientSourceError:
            with self._lock:
                self._failed_in_a_row += 1
            raise

    def _track(self, song: ServerSong) -> Track:
        path = _mounted(song, self._folder) if self._folder is not None else None
        labels = {
            f"{self.name}_id": song.id,
            f"{self.name}_server": self.server.name,
            "suffix": song.suffix,
            **song.labels,
        }
        return Track(
            source=self.name,
            source_id=f"{self.server.name}/{song.id}",
            title=song.title or f"song {song.id}",
            artists=song.artists,
            album=song.album,
            genre=song.genre,
            year=song.year,
            duration=song.duration,
            uri=str(path) if path is not None else song.uri,
            isrc=song.isrc,
            labels={name: value[:200] for name, value in labels.items() if value},
            untagged=song.title is None,
        )


def _mounted(song: ServerSong, folder: Path) -> Path | None:
    """The file of a song below the mounted folder; None if it is not there, or another one."""
    stated = song.path
    if not stated or "\0" in stated:
        return None
    parts = [part for part in PurePosixPath(stated.replace("\\", "/")).parts if part not in ("/", "..")]
    # Servers state a path below their music folder, or a whole one, which has folders of theirs in front.
    for first in range(len(parts)):
        path = folder.joinpath(*parts[first:])
        try:
            if path.is_file() and path.resolve().is_relative_to(folder):
                return path if song.size is None or path.stat().st_size == song.size else None
        except OSError:
            continue
        if first == 0 and not (stated.startswith(("/", "\\")) or PureWindowsPath(stated).drive):
            return None
    return None


def _suffix(track: Track) -> str:
    suffix = "." + track.labels.get("suffix", "").lower().lstrip(".")
    return suffix if suffix in KNOWN_SUFFIXES else ""

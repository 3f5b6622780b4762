"""Songs of a music server: what it says of them, and their sound, fetched or read from a mounted folder."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from reelscore.audio.formats import KNOWN_SUFFIXES
from reelscore.errors import InvalidInputError, TransientSourceError, UnusableAudioError
from reelscore.net.payload import mapping, number, sequence, year
from reelscore.records import Track, TrackIssue
from reelscore.sources.subsonic.server import SubsonicServer
from reelscore.sources.tags.meaning import clean, join_genres, split_artists

_GIVE_UP_AFTER = 5  # fetches that failed one after the other
_LONGEST_SONG = 24 * 3600.0
_LONGEST_ID = 200


class SubsonicSource:
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

    name = "subsonic"
    fetches = 4

    def __init__(self, server: SubsonicServer, *, fetched: Path, folder: Path | None = None) -> None:
        if folder is not None and not folder.is_dir():
            raise InvalidInputError(f"there is no folder {folder}; is it mounted?")
        self._server = server
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
        for item in self._server.songs():
            yield parse_child(item, server=self._server, folder=self._folder)

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
        song = track.labels["subsonic_id"]
        try:
            with self._server.sound(song, folder=self._fetched, suffix=_suffix(track)) as path:
                with self._lock:
                    self._failed_in_a_row = 0
                yield path
        except TransientSourceError:
            with self._lock:
                self._failed_in_a_row += 1
            raise


def parse_child(
    item: Mapping[str, Any], *, server: SubsonicServer, folder: Path | None
) -> Track | TrackIssue:
    """A song as a server describes it (`Child`), or why it is none. Takes anything."""
    song = _id(item.get("id"))
    title = clean(item.get("title"))
    artists = _artists(item)
    name = " – ".join(filter(None, (", ".join(artists), title))) or f"song {song or 'without an id'}"
    if song is None:
        return TrackIssue(name, "has no id", UnusableAudioError.code)
    kind = clean(item.get("type")) or "music"
    if item.get("isDir") is True or item.get("isVideo") is True or kind != "music":
        what = "folder" if item.get("isDir") is True else "video" if item.get("isVideo") is True else kind
        return TrackIssue(name, f"a {what}, not a song", UnusableAudioError.code)
    genres = [clean(mapping(one).get("name")) or "" for one in sequence(item.get("genres"))]
    isrc = [text for one in sequence(item.get("isrc")) if (text := clean(one))]
    path = _mounted(item, folder) if folder is not None else None
    return Track(
        source=SubsonicSource.name,
        source_id=f"{server.name}/{song}",
        title=title or f"song {song}",
        artists=artists,
        album=clean(item.get("album")),
        genre=join_genres([*genres, clean(item.get("genre")) or ""]),
        year=year(item.get("year")),
        duration=number(item.get("duration"), up_to=_LONGEST_SONG),
        uri=str(path) if path is not None else f"{server.url}/rest/stream?id={song}",
        isrc=isrc[0] if isrc else None,
        labels=_labels(item, song, server),
        untagged=title is None,
    )


def _labels(item: Mapping[str, Any], song: str, server: SubsonicServer) -> dict[str, str]:
    plays, rating = number(item.get("playCount")), number(item.get("userRating"), up_to=5)
    stated = {
        "subsonic_id": song,
        "subsonic_server": server.name,
        "suffix": clean(item.get("suffix")),
        "starred": clean(item.get("starred")),
        "played": clean(item.get("played")),
        "plays": None if plays is None else str(round(plays)),
        "rating": None if rating is None else str(round(rating)),
        "musicbrainz_id": clean(item.get("musicBrainzId")),
    }
    return {name: value[:200] for name, value in stated.items() if value}


def _id(value: object) -> str | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) and value.isprintable() and 0 < len(value) <= _LONGEST_ID else None


def _artists(item: Mapping[str, Any]) -> tuple[str, ...]:
    named = [text for one in sequence(item.get("artists")) if (text := clean(mapping(one).get("name")))]
    return tuple(dict.fromkeys(named)) or split_artists(clean(item.get("artist")) or "")


def _mounted(item: Mapping[str, Any], folder: Path) -> Path | None:
    """The file of a song below the mounted folder; None if it is not there, or another one."""
    stated, size = item.get("path"), item.get("size")
    if not isinstance(stated, str) or "\0" in stated:
        return None
    parts = [part for part in PurePosixPath(stated.replace("\\", "/")).parts if part not in ("/", "..")]
    # Servers state a path below their music folder, or a whole one, which has folders of theirs in front.
    for first in range(len(parts)):
        path = folder.joinpath(*parts[first:])
        try:
            if path.is_file() and path.resolve().is_relative_to(folder):
                return path if not isinstance(size, int) or path.stat().st_size == size else None
        except OSError:
            continue
        if first == 0 and not PurePosixPath(stated).is_absolute():
            return None
    return None


def _suffix(track: Track) -> str:
    suffix = "." + track.labels.get("suffix", "").lower().lstrip(".")
    return suffix if suffix in KNOWN_SUFFIXES else ""

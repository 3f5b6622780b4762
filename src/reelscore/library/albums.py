"""The albums and artists of a library, made of what its songs state: there is no table of them.

An album is the songs that state one title and have one first artist; case and accents do not matter. So a
sampler is an album of each of its artists.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from reelscore.catalog.browsing import AlbumRow
from reelscore.catalog.store import Catalog
from reelscore.records import Song
from reelscore.text.folding import artist_key, fold

# What takes so long to read is read again after ten times as long, at the earliest.
_LONG_SECONDS, _REST = 1.0, 10.0


@dataclass(frozen=True, slots=True)
class Album:
    """One album. Its years and its first song are those of the songs that state them."""

    name: str
    artist: str
    songs: int
    seconds: float
    year: int | None
    created: str  # when its first song was added, ISO 8601
    song: str  # id of one of its songs, whose cover is that of the album

    @property
    def key(self) -> tuple[str, str]:
        """What songs of it have in common."""
        return album_key([self.artist], self.name)


@dataclass(frozen=True, slots=True)
class Artist:
    """A first artist of songs, and the albums by name."""

    name: str
    albums: Sequence[Album] = field(default=())


def name_key(artist: str) -> str:
    """What tells artists apart: their name without case, accents and guests; signs alone stay as they are."""
    return artist_key([artist]) or fold(artist)


def album_key(artists: Sequence[str], album: str | None) -> tuple[str, str]:
    """What tells the albums of songs apart."""
    return name_key(artists[0]) if artists else "", fold(album or "")


def albums_of(rows: Iterable[AlbumRow]) -> list[Album]:
    """Albums by name, of groups of songs that have all their artists in common."""
    found: dict[tuple[str, str], Album] = {}
    for row in rows:
        if not row.album:
            continue
        one = Album(
            row.album,
            row.artists[0] if row.artists else "",
            row.songs,
            row.seconds,
            row.year,
            row.created,
            row.song,
        )
        key = album_key(row.artists, row.album)
        if (known := found.get(key)) is not None:
            years = [year for year in (known.year, one.year) if year]
            one = replace(
                known,
                songs=known.songs + one.songs,
                seconds=known.seconds + one.seconds,
                year=min(years, default=None),
                created=min(known.created, one.created),
                song=min(known.song, one.song),
            )
        found[key] = one
    return sorted(found.values(), key=lambda album: (fold(album.name), fold(album.artist)))


def artists_of(rows: Iterable[AlbumRow], albums: Iterable[Album]) -> list[Artist]:
    """The first artists of all songs by name with their albums, also of songs without an album."""
    names: dict[str, str] = {}
    for row in rows:
        if row.artists:
            names.setdefault(name_key(row.artists[0]), row.artists[0])
    own: dict[str, list[Album]] = {}
    for album in albums:
        own.setdefault(album.key[0], []).append(album)
    artists = [Artist(name, tuple(own.get(key, ()))) for key, name in names.items()]
    return sorted(artists, key=lambda artist: fold(artist.name))


class Discography:
    """Albums and artists, kept for as long as no song comes, goes or is corrected.

    Where reading them takes long, as in a library of a million songs that is being filled, they are not read
    again before ten times as long has passed.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._lock = threading.Lock()
        self._stamp: tuple[int, str] | None = None
        self._kept_until = 0.0
        self._albums: list[Album] = []
        self._artists: list[Artist] = []
        self._spelled: dict[tuple[str, str], set[str]] = {}  # titles of an album, as its songs state them

    def albums(self) -> Sequence[Album]:
        """All albums by name."""
        return self._read()[0]

    def artists(self) -> Sequence[Artist]:
        """All artists by name."""
        return self._read()[1]

    def songs(self, album: Album) -> list[Song]:
        """The songs of an album by file, which is mostly their order: no number of a track is kept."""
        songs = [
            song
            for song in self._catalog.songs_of_albums(self._spelled.get(album.key, ()))
            if album_key(song.artists, song.album) == album.key
        ]
        return sorted(songs, key=lambda song: (song.uri or "", song.title, song.id))

    def _read(self) -> tuple[list[Album], list[Artist]]:
        with self._lock:
            stamp, began = self._catalog.library_stamp(), time.monotonic()
            if stamp != self._stamp and began >= self._kept_until:
                rows = self._catalog.album_rows()
                self._albums = albums_of(rows)
                self._artists = artists_of(rows, self._albums)
                self._stamp = stamp
                spelled: dict[tuple[str, str], set[str]] = {}
                for row in rows:
                    if row.album:
                        spelled.setdefault(album_key(row.artists, row.album), set()).add(row.album)
                self._spelled = spelled
                took = time.monotonic() - began
                self._kept_until = began + _REST * took if took > _LONG_SECONDS else 0.0
            return self._albums, self._artists

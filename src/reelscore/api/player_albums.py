"""Albums and artists as players browse them (`AlbumID3`, `ArtistID3` of the OpenSubsonic API)."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Mapping, Sequence
from typing import Any

from reelscore.api.opensubsonic import artist_id
from reelscore.library.albums import Album, Artist, name_key
from reelscore.text.folding import fold

_ALBUM = "al-"
_OTHERS = "#"  # where artists stand whose names begin with no letter


def album_id(artist: str, album: str) -> str:
    """An id from which `album_of` reads artist and title again."""
    text = json.dumps([artist, album], ensure_ascii=False)
    return _ALBUM + base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def album_of(value: str) -> tuple[str, str] | None:
    """The artist and the title in the id of an album; None if it is none."""
    coded = value.removeprefix(_ALBUM)
    try:
        read = json.loads(base64.urlsafe_b64decode(coded + "=" * (-len(coded) % 4)))
    except ValueError:
        return None
    if not value.startswith(_ALBUM) or not isinstance(read, list) or len(read) != 2:
        return None
    artist, album = read
    return (artist, album) if isinstance(artist, str) and isinstance(album, str) else None


def album_values(album: Album) -> dict[str, Any]:
    """An album without its songs."""
    values = {
        "id": album_id(album.artist, album.name),
        "name": album.name,
        "title": album.name,
        "artist": album.artist or None,
        "artistId": artist_id(album.artist) if album.artist else None,
        "coverArt": album.song,
        "songCount": album.songs,
        "duration": round(album.seconds),
        "created": album.created,
        "year": album.year,
    }
    return {name: value for name, value in values.items() if value is not None}


def artist_values(artist: Artist) -> dict[str, Any]:
    """An artist without the albums."""
    cover = {"coverArt": artist.albums[0].song} if artist.albums else {}
    return {
        "id": artist_id(artist.name),
        "name": artist.name,
        "albumCount": len(artist.albums),
        **cover,
    }


def artists_by_letter(artists: Sequence[Artist]) -> list[dict[str, Any]]:
    """Artists under the first letters of their names, as `getArtists` lists them."""
    letters: dict[str, list[dict[str, Any]]] = {}
    for artist in artists:
        first = fold(artist.name)[:1].upper()
        letters.setdefault(first if first.isalpha() else _OTHERS, []).append(artist_values(artist))
    return [{"name": name, "artist": own} for name, own in sorted(letters.items())]


def listed_albums(albums: Sequence[Album], kind: str, asked: Mapping[str, str]) -> list[Album] | None:
    """All albums of a list of `getAlbumList2` in its order; None if there is no such list.

    Nothing is starred, rated or counted here, so the lists that go by those are empty.
    """
    if kind == "alphabeticalByName":
        return list(albums)
    if kind == "alphabeticalByArtist":
        return sorted(albums, key=lambda album: (fold(album.artist), fold(album.name)))
    if kind == "newest":
        return sorted(albums, key=lambda album: album.created, reverse=True)
    if kind == "random":
        return random.sample(albums, len(albums))
    if kind == "byYear":
        ends = [asked.get(name, "") for name in ("fromYear", "toYear")]
        if not all(end.isascii() and end.isdigit() and len(end) < 9 for end in ends):
            return None
        low, high = int(ends[0]), int(ends[1])
        within = [album for album in albums if album.year and min(low, high) <= album.year <= max(low, high)]
        return sorted(within, key=lambda album: album.year or 0, reverse=low > high)
    return [] if kind in ("frequent", "recent", "highest", "starred") else None


def found_albums(albums: Sequence[Album], words: str) -> list[Album]:
    """The albums whose title or artist has all of some words, or beginnings of them."""
    return [album for album in albums if _has(f"{album.name} {album.artist}", words)]


def found_artists(artists: Sequence[Artist], words: str) -> list[Artist]:
    """The artists whose name has all of some words, or beginnings of them."""
    return [artist for artist in artists if _has(artist.name, words)]


def same_artist(artists: Sequence[Artist], name: str) -> Artist | None:
    """The artist of a name, however it is spelled."""
    return next((artist for artist in artists if name_key(artist.name) == name_key(name)), None)


def _has(text: str, words: str) -> bool:
    own = fold(text).split()
    return all(any(one.startswith(word) for one in own) for word in fold(words).split())

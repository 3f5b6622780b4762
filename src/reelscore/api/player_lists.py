"""Albums, artists and songs as players list them (`AlbumID3`, `ArtistID3` of the OpenSubsonic API)."""

from __future__ import annotations

import base64
import json
import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from reelscore.api.opensubsonic import artist_id
from reelscore.catalog.browsing import ID_BYTES, unpack_ids
from reelscore.catalog.store import Catalog
from reelscore.filters.table import Filters
from reelscore.filters.terms import genre_names
from reelscore.library.albums import Album, Artist, album_key, name_key
from reelscore.text.folding import fold

# Call -> the field of its answer, which is empty: nothing is starred, counted, shared or bookmarked here.
NOTHING: Mapping[str, str] = {
    "getStarred": "starred",
    "getStarred2": "starred2",
    "getArtistInfo": "artistInfo",
    "getArtistInfo2": "artistInfo2",
    "getAlbumInfo": "albumInfo",
    "getAlbumInfo2": "albumInfo",
    "getTopSongs": "topSongs",
    "getNowPlaying": "nowPlaying",
    "getBookmarks": "bookmarks",
    "getShares": "shares",
    "getPodcasts": "podcasts",
    "getNewestPodcasts": "newestPodcasts",
    "getInternetRadioStations": "internetRadioStations",
    "getLyrics": "lyrics",
    "getLyricsBySongId": "lyricsList",
}

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


def genres(catalog: Catalog) -> list[dict[str, Any]]:
    """The genres that songs state, by name, with how many songs and albums have each."""
    songs: dict[str, int] = defaultdict(int)
    albums: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for stated, album, artists, count in catalog.genre_rows():
        for name in genre_names(stated):
            songs[name] += count
            if album:
                albums[name].add(album_key(artists, album))
    return [
        {"value": name, "songCount": songs[name], "albumCount": len(albums[name])} for name in sorted(songs)
    ]


def random_songs(catalog: Catalog, genre: str, years: tuple[int, int], count: int) -> list[str]:
    """Ids of songs at random, of a genre and of a span of years; "" and 0: any."""
    low, high = (year or None for year in years)
    filters = Filters(genres=(genre,) if genre else (), year=(low, high) if low or high else None)
    packed = catalog.ordered_ids(filters=filters)
    there = len(packed) // ID_BYTES
    return unpack_ids(packed, random.sample(range(there), min(count, there)))

"""Lists of songs that players ask for by genre or at random, and what nobody keeps here."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from reelscore.catalog.browsing import ID_BYTES, unpack_ids
from reelscore.catalog.store import Catalog
from reelscore.filters.table import Filters
from reelscore.filters.terms import genre_names
from reelscore.library.albums import album_key

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
    """Ids of so many songs at random, of a genre and of a span of years; "" and 0: any."""
    low, high = (year or None for year in years)
    filters = Filters(genres=(genre,) if genre else (), year=(low, high) if low or high else None)
    packed = catalog.ordered_ids(filters=filters)
    there = len(packed) // ID_BYTES
    return unpack_ids(packed, random.sample(range(there), min(count, there)))

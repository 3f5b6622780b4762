"""Every source fills the same record with what it knows of a song, and with the length of the song itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from reelscore.records import Track
from reelscore.sources.demo import DemoSource
from reelscore.sources.itunes import parse_song
from reelscore.sources.youtube.payload import parse_info, parse_video

ITUNES = {
    "wrapperType": "track",
    "kind": "song",
    "trackId": 7,
    "artistId": 8,
    "collectionId": 9,
    "trackName": "Title (feat. Guest)",
    "artistName": "Artist",
    "collectionName": "Album",
    "primaryGenreName": "Pop",
    "releaseDate": "1999-05-04T07:00:00Z",
    "trackTimeMillis": 201_500,
    "previewUrl": "https://audio.example/7.m4a",
    "trackViewUrl": "https://music.example/7",
    "artworkUrl100": "https://image.example/7/100x100bb.jpg",
}
LABEL_TEXT = (
    "Provided to YouTube by Label\n\nTitle \u00b7 Artist\n\nAlbum\n\n\u2117 Label\n\nReleased on: 1999-05-04"
)
YOUTUBE = {
    "id": "abcdefghijk",
    "snippet": {
        "title": "Title",
        "channelTitle": "Artist - Topic",
        "description": LABEL_TEXT,
        "thumbnails": {"high": {"url": "https://image.example/high.jpg"}},
    },
    "contentDetails": {"duration": "PT3M21.5S"},
    "topicDetails": {"topicCategories": ["https://en.wikipedia.org/wiki/Pop_music"]},
}
YT_DLP = {
    "id": "abcdefghijk",
    "extractor_key": "Youtube",
    "webpage_url": "https://video.example/watch?v=abcdefghijk",
    "title": "Artist - Title (Official Video)",
    "track": "Title",
    "artists": ["Artist"],
    "album": "Album",
    "genres": ["Pop"],
    "release_year": 1999,
    "duration": 201.5,
    "thumbnail": "https://image.example/high.jpg",
}


@pytest.mark.parametrize(
    ("track", "lacks"),
    [
        (parse_song(ITUNES, country="US"), {"isrc", "video_id"}),
        # Nothing of a video is a preview: the page plays it where it is.
        (parse_video(YOUTUBE, region="US", max_seconds=1200), {"isrc", "preview_url"}),
        (parse_info(YT_DLP, max_seconds=1200), {"isrc", "preview_url"}),
    ],
    ids=["itunes", "youtube chart", "youtube address"],
)
def test_a_service_fills_all_that_it_can_know(track: object, lacks: set[str]) -> None:
    assert isinstance(track, Track)
    stated = (track.title.partition(" (")[0], track.artists, track.album, track.genre, track.year)
    assert stated == ("Title", ("Artist",), "Album", "Pop", 1999)
    assert track.duration == 201.5
    every = ("uri", "page_url", "preview_url", "artwork_url", "video_id", "isrc")
    assert {name for name in every if getattr(track, name) is None} == lacks
    assert track.source_id


def test_the_demo_states_what_its_package_tells() -> None:
    track = next(iter(DemoSource(limit=1).offer()))
    assert isinstance(track, Track)
    assert track.title
    assert track.genre
    assert track.duration is not None
    assert 20.0 < track.duration < 60.0
    assert track.uri is not None
    assert Path(track.uri).is_file()
    assert {"mood", "tempo_bpm", "key", "licence"} <= track.labels.keys()

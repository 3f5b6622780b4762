"""iTunes and YouTube all the way into the library: the counts add up, and only links stay of the sound."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from fake_web import (
    Answer,
    FakeWeb,
    google_error,
    itunes,
    itunes_song,
    serve_web,
    sound,
    youtube,
    youtube_video,
)
from reelscore.config import Settings
from reelscore.errors import ConfigurationError, MediaNotFoundError, SourceError
from reelscore.facade import RecommendationService
from reelscore.ingest.service import ingest, ingest_from
from reelscore.jobs.handlers import job_handlers
from reelscore.library.service import Library
from reelscore.maintenance.check import check_library
from reelscore.net.http import Timeouts, close_connections
from reelscore.net.retry import RetryPolicy
from reelscore.records import IngestReport, song_id
from reelscore.sources.youtube.source import YouTubeSource
from reelscore.wiring import Wiring

QUICK = RetryPolicy(attempts=2, first_wait=0.01, longest_wait=1.0, longest_retry_after=1.0)
TIMEOUTS = Timeouts(piece_seconds=10.0, answer_seconds=20.0)
KEY = "AIza-s3cr3t"


@pytest.fixture
def web() -> Iterator[FakeWeb]:
    web = FakeWeb(routes={"/preview/": sound, "/watch/": sound})
    web.routes["/search"] = itunes(web, lambda term: [itunes_song(web, number) for number in range(4)])
    web.routes["/v3/videos"] = youtube([youtube_video(number) for number in range(4)], key=KEY)
    with serve_web(web):
        yield web
    close_connections()


def open_library(web: FakeWeb, tmp_path: Path, **settings: Any) -> Wiring:
    return Wiring(
        Settings(
            home=tmp_path / "home",
            itunes_base_url=web.url,
            itunes_calls_per_minute=None,
            youtube_base_url=f"{web.url}/v3",
            **settings,
        )
    )


@pytest.fixture
def wiring(web: FakeWeb, tmp_path: Path) -> Iterator[Wiring]:
    wiring = open_library(web, tmp_path)
    yield wiring
    wiring.close()


def add_up(report: IngestReport) -> tuple[int, int, int, int, int]:
    counts = (report.added, report.already_known, len(report.skipped), len(report.failed))
    assert report.offered == sum(counts)
    return (report.offered, *counts)


def test_songs_of_itunes_come_in_whole_and_their_sound_does_not_stay(
    web: FakeWeb, wiring: Wiring, tmp_path: Path
) -> None:
    options = {"artists": ["The Weather"], "limit": 2}
    report = ingest(wiring, "itunes", options)
    assert add_up(report) == (2, 2, 0, 0, 0)
    checked = check_library(wiring)
    assert (checked["problems"], checked["songs"]) == ([], 2)

    own_id = song_id("itunes", "9000001")
    song = Library(wiring).song(own_id)
    assert song["title"] == "Pressure No. 1"
    assert song["artists"] == ["The Weather", "Ada Rain"]
    assert (song["album"], song["genre"], song["year"]) == ("Fronts (Deluxe)", "Alternative", 2017)
    assert song["duration"] == "3:35"  # the song's; the preview has six seconds
    assert song["features"]["duration"] == pytest.approx(6.0, abs=0.2)
    assert song["preview_url"] == f"{web.url}/preview/1.p.m4a"
    assert song["page_url"].startswith("https://music.apple.com/")
    assert song["thumbnails"]["default"].endswith("600x600bb.jpg")

    # Apple lends previews: they are streamed from its own address, and no copy is there to give away.
    with pytest.raises(MediaNotFoundError, match="streamed from its source"):
        Library(wiring).audio_path(own_id)
    assert not [path for path in (tmp_path / "home").rglob("*") if path.suffix == ".m4a"]
    assert not list(wiring.settings.fetched_dir.iterdir())

    fetched = len(web.seen)
    again = ingest(wiring, "itunes", options)
    assert add_up(again) == (2, 0, 2, 0, 0)
    assert len(web.seen) == fetched + 1  # the search; no preview is fetched for what is known


def test_every_song_is_accounted_for(web: FakeWeb, wiring: Wiring) -> None:
    songs = [
        itunes_song(web, 0),
        itunes_song(web, 1, previewUrl=None),
        itunes_song(web, 2, previewUrl=f"{web.url}/gone/2.m4a"),
        itunes_song(web, 3, previewUrl=f"{web.url}/preview/0.p.m4a"),  # the sound of the first
        itunes_song(web, 4, previewUrl=f"{web.url}/text"),
        itunes_song(web, 0),
        itunes_song(web, 5, kind="music-video"),
    ]
    web.routes["/search"] = itunes(web, lambda term: songs if term == "A" else [])
    web.routes["/text"] = lambda request: Answer(b"<html>this is no music</html>" * 100)
    report = ingest(wiring, "itunes", {"artists": ["A", "B"]})
    assert add_up(report) == (8, 1, 2, 4, 1)
    reasons = {issue.name.split(" (")[0]: issue.reason for issue in (*report.skipped, *report.failed)}
    who = "The Weather, Ada Rain – Pressure No. "
    assert "no preview" in reasons[f"{who}1"]
    assert "its preview is gone" in reasons[f"{who}2"]
    assert "not a song" in reasons[f"{who}5"]
    assert "nothing was found" in reasons["B"]
    assert f"{who}4" in reasons
    assert not list(wiring.settings.fetched_dir.iterdir())
    assert check_library(wiring)["ok"]


def test_videos_without_the_opt_in_are_links_with_a_reason(web: FakeWeb, tmp_path: Path) -> None:
    wiring = open_library(web, tmp_path, youtube_api_key=SecretStr(KEY))
    try:
        payload = job_handlers(wiring)["initialize_music_database"]({"max_videos": 3}, lambda step: None)
        assert (payload["source"], payload["offered"], len(payload["skipped"])) == ("youtube", 3, 3)
        first = payload["skipped"][0]
        assert first["name"] == "Ada Rain – Cloud 0 (https://www.youtube.com/watch?v=video_00000)"
        assert "REELSCORE_YOUTUBE_AUDIO=1" in first["reason"]
        checked = check_library(wiring)
        assert (checked["problems"], checked["songs"]) == ([], 0)
        assert {request.path for request in web.seen} == {"/v3/videos"}

        web.first["/v3/videos"] = [google_error(403, "quotaExceeded")]
        for _ in range(2):
            with pytest.raises(SourceError, match="midnight Pacific"):
                RecommendationService(wiring).initialize_database(3)
        assert len(web.seen) == 2  # the second time it is known, and nobody asks
    finally:
        wiring.close()


def test_videos_with_the_opt_in_come_in_and_their_sound_does_not_stay(
    web: FakeWeb, wiring: Wiring, tmp_path: Path
) -> None:
    web.routes["/v3/videos"] = youtube(
        [
            youtube_video(0),
            youtube_video(1, snippet={"liveBroadcastContent": "live"}),
            youtube_video(2),
            youtube_video(3),
        ]
    )
    web.first["/watch/video_00002"] = [Answer(status=404)]
    web.first["/watch/video_00003"] = [Answer(status=500)] * 2
    source = YouTubeSource(
        4,
        api_key=KEY,
        audio=True,
        folder=wiring.settings.fetched_dir,
        base_url=f"{web.url}/v3",
        watch_url=f"{web.url}/watch/{{id}}",
        policy=QUICK,
        timeouts=TIMEOUTS,
        limited=False,
    )
    report = ingest_from(wiring, source)
    assert add_up(report) == (4, 1, 0, 2, 1)
    song = Library(wiring).song(song_id("youtube", "video_00000"))
    assert (song["title"], song["artists"], song["videoId"]) == ("Cloud 0", ["Ada Rain"], "video_00000")
    assert song["duration"] == "3:35"
    with pytest.raises(MediaNotFoundError, match="streamed from its source"):
        Library(wiring).audio_path(song["id"])
    assert not list(wiring.settings.fetched_dir.iterdir())
    assert check_library(wiring)["ok"]
    # The second run takes up what failed; what is there is known.
    assert add_up(ingest_from(wiring, source))[1:3] == (2, 1)


def test_a_missing_key_is_told_before_anyone_is_asked(web: FakeWeb, wiring: Wiring) -> None:
    with pytest.raises(ConfigurationError, match="set YOUTUBE_API_KEY"):
        ingest(wiring, "youtube")
    assert not web.seen


def test_a_job_fills_the_library_from_itunes(web: FakeWeb, wiring: Wiring) -> None:
    arguments = {"source": "itunes", "options": {"term": "rain", "limit": 1}}
    payload = job_handlers(wiring)["ingest"](arguments, lambda step: None)
    assert (payload["source"], payload["offered"], payload["added"]) == ("itunes", 1, 1)

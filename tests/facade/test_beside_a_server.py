"""The documented classes in a process beside the server that owns the library."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from reelscore.config import Settings
from reelscore.errors import ConfigurationError
from reelscore.facade import MusicVectorizationService, RecommendationService, VideoAnalysisService
from reelscore.sources.demo import demo_videos
from reelscore.wiring import Wiring
from serving import serve


@pytest.fixture
def owner(demo_library_home: Path) -> Iterator[Wiring]:
    wiring = Wiring(Settings(home=demo_library_home))
    with serve(wiring) as url:
        assert wiring.ownership is not None
        wiring.ownership.update_url(url)
        yield wiring
    wiring.close()


def test_the_classes_work_through_the_server(owner: Wiring) -> None:
    beside = Wiring(owner.settings)
    own, there = RecommendationService(owner), RecommendationService(beside)
    assert there.recommend_by_text_query("calm piano", 4) == own.recommend_by_text_query("calm piano", 4)
    assert MusicVectorizationService(beside).search_similar_music("piano", 2) == own.recommend_by_text_query(
        "piano", 2
    )
    song = own.recommend_by_text_query("calm piano", 1)[0]
    for named in (song["id"], song["uri"]):  # a file too: the server may read what its user may read
        assert there.recommend_by_song(named, 3) == own.recommend_by_song(named, 3)
    assert there.database_stats() == own.database_stats()
    assert there.initialize_database(3).already_known == 3

    led, led_there = (
        one.analyze_video_and_recommend(demo_videos()[0], 3, about="nightclub, dancing")[1]
        for one in (own, there)
    )
    assert [song["id"] for song in led] == [song["id"] for song in led_there]
    assert led[0]["id"] != own.analyze_video_and_recommend(demo_videos()[0], limit=1)[1][0]["id"]
    analysis, songs = there.analyze_video_and_recommend(demo_videos()[0], limit=2)
    assert [song["id"] for song in songs] == [
        song["id"] for song in own.analyze_video_and_recommend(demo_videos()[0], limit=2)[1]
    ]
    made = VideoAnalysisService(wiring=beside).analyze_video(demo_videos()[0])
    assert made["analysis_id"]
    assert made["mood"] == analysis["mood"]
    assert "catalog" not in beside.__dict__  # nothing of it was opened here


def test_a_key_is_for_a_library_of_this_process(owner: Wiring) -> None:
    service = VideoAnalysisService("a key", wiring=Wiring(owner.settings))
    with pytest.raises(ConfigurationError, match=r"owns the library .*leave out the key"):
        service.analyze_video(demo_videos()[0])

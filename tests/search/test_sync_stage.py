"""Cuts on beats as a part of the score of songs for a video, over the demo library."""

from __future__ import annotations

import re

import pytest

from asked import Asking
from reelscore.filters.table import RankingOptions
from reelscore.placement.service import SyncService
from reelscore.sources.demo import demo_videos
from reelscore.wiring import Wiring


@pytest.fixture(scope="module")
def service(shared_demo_wiring: Wiring) -> Asking:
    return Asking(shared_demo_wiring)


def test_cuts_on_beats_are_a_part_of_the_score_and_a_reason(
    service: Asking, shared_demo_wiring: Wiring
) -> None:
    street = demo_videos()[0]
    plain = service.recommend_video(street, limit=28)
    answer = service.recommend_video(street, limit=28, options=RankingOptions(sync=0.8))
    assert all("sync" not in item.parts for item in plain.songs)
    assert [item.song.id for item in answer.songs] != [item.song.id for item in plain.songs]
    parts = [item.parts["sync"] for item in answer.songs]
    assert max(parts) > 0.2
    for item in answer.songs:
        assert sum(item.parts.values()) == pytest.approx(item.score)
        assert item.reason_details[-1].kind == "cuts"
        assert re.search(r"\d+ of 5 cuts on a beat \([\d.]+ by chance\)|no steady beat", item.reasons[-1])
    # The passage is the place that `sync` plans.
    first = answer.songs[0]
    (made,) = SyncService(shared_demo_wiring).sync(street, [first.song.id])["plans"]
    assert first.passage is not None
    assert first.passage.start == pytest.approx(made["plan"]["offset"] / 48_000, abs=0.001)
    assert first.passage.why == made["plan"]["verdict"]


def test_without_a_video_it_changes_nothing_and_says_so(service: Asking) -> None:
    plain = service.recommend_text("calm guitar", limit=5)
    asked = service.recommend_text("calm guitar", limit=5, options=RankingOptions(sync=0.5))
    assert [item.song.id for item in asked.songs] == [item.song.id for item in plain.songs]
    assert any("only for a video" in note for note in asked.notes)

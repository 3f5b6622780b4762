"""From what is in a video to other songs, with reasons that say why."""

from __future__ import annotations

from dataclasses import replace

import pytest

from asked import Asking
from reelscore.query.lead import query_of
from reelscore.records import MusicFeatures, Passage, Section, Song, VideoAnalysis, VideoMeasurements
from reelscore.search.explain import Answer, of_what_was_heard
from reelscore.video.local.interpret import interpret
from reelscore.video.local.wording import phrases_for
from reelscore.wiring import Wiring


@pytest.fixture(scope="module")
def service(shared_demo_wiring: Wiring) -> Asking:
    return Asking(shared_demo_wiring)


def measured(**values: float | None) -> VideoMeasurements:
    known = {"cuts": 6.0, "motion": 0.3, "brightness": 0.45, "warmth": 0.05, "speech": None} | values
    cuts = int(known["cuts"] or 0)
    return VideoMeasurements(
        duration=20.0, width=1280, height=720, frame_rate=25.0, rotation=0, frames=500,
        cuts=tuple(20.0 * (k + 1) / (cuts + 1) for k in range(cuts)), cuts_per_minute=3.0 * cuts,
        motion=known["motion"] or 0.0, brightness=known["brightness"] or 0.0, contrast=0.5,
        saturation=0.3, warmth=known["warmth"] or 0.0, has_audio=known["speech"] is not None,
        loudness_lufs=None if known["speech"] is None else -20.0, speech=known["speech"],
        energy_curve=(0.3,) * 20,
    )  # fmt: skip


def analysis_of(facts: VideoMeasurements) -> VideoAnalysis:
    """What the local analyser says of a video with these measurements."""
    wish = interpret(facts)
    return VideoAnalysis(
        "", "", (), wish.mood, wish.genres, wish.tempo, wish.energy_level, "local",
        phrases=phrases_for(wish), tempo_bpm=wish.tempo_bpm, energy=wish.energy,
        sections=(Section(0.0, 20.0, wish.energy, wish.mood),), measurements=facts,
    )  # fmt: skip


def songs_for(service: Asking, wiring: Wiring, facts: VideoMeasurements) -> Answer:
    analysis = analysis_of(facts)
    content = f"{facts.cuts_per_minute}/{facts.motion}/{facts.brightness}/{facts.warmth}/{facts.speech}"
    stored = wiring.catalog.save_analysis(analysis, content_hash=content, analyzer="local:test")
    return service.search(query_of(analysis), analysis_id=stored, limit=5)


def mean_of(answer: Answer, name: str) -> float:
    values = [getattr(item.features, name) for item in answer.songs if item.features]
    return float(sum(value for value in values if value is not None) / len(values))


def test_a_calm_and_a_fast_video_get_other_songs_with_reasons(
    service: Asking, shared_demo_wiring: Wiring
) -> None:
    calm = songs_for(service, shared_demo_wiring, measured(cuts=0, motion=0.05, warmth=0.15))
    fast = songs_for(service, shared_demo_wiring, measured(cuts=16, motion=0.7, warmth=-0.1))
    calm_ids, fast_ids = ([item.song.id for item in answer.songs] for answer in (calm, fast))
    assert len(set(calm_ids) & set(fast_ids)) <= 1
    assert mean_of(fast, "energy") > mean_of(calm, "energy") + 0.05
    moods = [[item.song.labels["mood"] for item in answer.songs] for answer in (calm, fast)]
    assert moods[0].count("energetic") == 0 < moods[1].count("energetic")
    assert all(
        "slow pace" in " ".join(item.reasons) or "bpm" in " ".join(item.reasons) for item in calm.songs
    )
    assert any("fast pace of the picture" in reason for item in fast.songs for reason in item.reasons)


def test_the_weights_of_all_wishes_are_in_the_answer(service: Asking, shared_demo_wiring: Wiring) -> None:
    answer = songs_for(service, shared_demo_wiring, measured()).to_dict()
    weights = answer["query"]["weights"]
    assert sum(weights.values()) == pytest.approx(1.0)
    assert weights["tempo"] > 0
    assert weights["energy"] > 0
    assert len(answer["query"]["tempo_bpm"]) == 2
    for song in answer["songs"]:
        assert song["parts"]["tempo"] <= weights["tempo"] + 1e-6
        assert song["parts"]["energy"] <= weights["energy"] + 1e-6
        assert sum(song["parts"].values()) == pytest.approx(song["score"], abs=1e-5)
    plain = service.recommend_text("calm piano", limit=1).to_dict()
    assert plain["query"]["weights"] == {"relevance": 1.0, "tempo": 0.0, "energy": 0.0}


def test_vocals_step_back_where_somebody_speaks_and_the_answer_says_why(
    service: Asking, shared_demo_wiring: Wiring
) -> None:
    spoken = songs_for(service, shared_demo_wiring, measured(speech=0.8))
    silent = songs_for(service, shared_demo_wiring, measured())
    assert [phrase["text"] for phrase in spoken.query["avoid"]] == ["vocals"]
    assert any("seems to speak" in note and "vocals" in note for note in spoken.notes)
    assert silent.query["avoid"] == []
    assert not any("vocals" in note for note in silent.notes)


def test_passages_follow_the_course_of_the_video(service: Asking, shared_demo_wiring: Wiring) -> None:
    rising = tuple(0.1 + 0.04 * k for k in range(20))
    facts = replace(measured(brightness=0.46), energy_curve=rising)
    answer = songs_for(service, shared_demo_wiring, facts)
    passages = [item.passage for item in answer.songs if item.passage]
    assert passages
    for passage, item in ((item.passage, item) for item in answer.songs if item.passage):
        assert passage.end - passage.start == pytest.approx(20.0, abs=0.02)
        assert isinstance(item.features, MusicFeatures)
        assert passage.end <= item.features.duration + 0.02
        assert passage.why


@pytest.mark.parametrize("seconds", [0.08, 1.0, 5.28, 29.0, 31.5, 60.0, 7200.0])
def test_passages_fit_the_song_and_the_length_of_the_video(
    service: Asking, shared_demo_wiring: Wiring, seconds: float
) -> None:
    curve = tuple(0.1 + 0.8 * k / max(1.0, seconds) for k in range(max(1, round(seconds))))
    facts = replace(measured(), duration=seconds, energy_curve=curve)
    analysis = replace(analysis_of(facts), sections=(Section(0.0, seconds, 0.3, "calm"),))
    stored = shared_demo_wiring.catalog.save_analysis(analysis, content_hash=f"long {seconds}")
    answer = service.search(query_of(analysis), analysis_id=stored, limit=28)
    assert len(answer.songs) == 28
    for item in answer.songs:
        assert item.passage is not None
        assert item.features is not None
        length = min(seconds, item.features.duration)
        assert item.passage.start >= 0.0
        assert item.passage.end <= item.features.duration + 0.01
        assert item.passage.end - item.passage.start == pytest.approx(length, abs=0.02)


def test_a_passage_says_where_only_a_part_of_the_song_was_heard() -> None:
    whole = Passage(0.0, 30.0, "the whole song: it is not longer than the picture")
    part = Passage(4.0, 14.0, "closest to the query")
    song = Song("id", "itunes", "1", "Title", duration=220.0, preview_url="https://example.org/1.m4a")
    heard = of_what_was_heard(whole, song, 30.0)
    assert heard is not None
    assert heard.why == "all that was heard of it: 30 s of 220"
    within = of_what_was_heard(part, song, 30.0)
    assert within is not None
    assert within.why == "closest to the query; the times are those of its preview"
    # Tags round; and of a track of half an hour the first 15 minutes were heard, which its times are of.
    assert of_what_was_heard(whole, replace(song, duration=31.0), 30.0) == whole
    assert of_what_was_heard(part, replace(song, duration=1740.0, preview_url=None), 900.0) == part

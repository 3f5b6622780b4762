"""Queries of more than one kind: who weighs what, and what is avoided."""

from __future__ import annotations

from typing import Any

import pytest

from reelscore.errors import InvalidInputError
from reelscore.query.guide import (
    AVOID_BY_ADVICE,
    AVOID_BY_USER,
    AVOID_VOCALS,
    Guidance,
    avoid_by_analysis,
    guide,
    read_guidance,
)
from reelscore.records import MusicQuery, Phrase, VideoAnalysis, VideoMeasurements

VIDEO = MusicQuery(
    phrases=(Phrase("slow ambient pads", 1.0), Phrase("calm piano", 0.5), Phrase("soft strings", 0.5)),
    tempo_bpm=(60.0, 80.0),
    energy=0.3,
    avoid=(Phrase("drums", AVOID_BY_ADVICE),),
)


def analysis(*, speech: float | None = None, **extra: Any) -> VideoAnalysis:
    measured = VideoMeasurements(
        duration=10.0,
        width=640,
        height=360,
        frame_rate=25.0,
        rotation=0,
        frames=250,
        cuts=(),
        cuts_per_minute=0.0,
        motion=0.1,
        brightness=0.5,
        contrast=0.2,
        saturation=0.2,
        warmth=0.0,
        has_audio=True,
        speech=speech,
    )
    return VideoAnalysis(
        description="",
        music_recommendation="piano",
        keywords=(),
        mood="calm",
        genre_suggestions=(),
        tempo="Slow",
        energy_level="Low",
        analyzer="local",
        measurements=measured,
        extra=extra,
    )


# --- reading a sentence ---


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        ("but with piano", Guidance(("piano",))),
        ("piano", Guidance(("piano",))),
        ("But with Female Vocals, please", Guidance(("female vocals",))),
        ("without drums", Guidance((), ("drums",))),
        ("but no drums", Guidance((), ("drums",))),
        ("acoustic guitar without any drums", Guidance(("acoustic guitar",), ("drums",))),
        ("anything but jazz", Guidance((), ("jazz",))),
        ("jazz instead of rock", Guidance(("jazz",), ("rock",))),
        ("with strings, but not sad", Guidance(("strings",), ("sad",))),
        ("faster", Guidance((), (), 1)),
        ("a bit slower and calmer", Guidance((), (), -1, -1)),
        ("not too fast", Guidance((), (), -1)),
        ("much more energetic, with brass", Guidance(("brass",), (), 0, 1)),
        ("less intense but with a choir", Guidance(("choir",), (), 0, -1)),
        ("not too loud", Guidance((), (), 0, -1)),
    ],
)
def test_a_sentence_is_taken_apart(sentence: str, said: Guidance) -> None:
    assert read_guidance(sentence) == said


def test_a_comparison_with_nothing_is_a_plain_wish() -> None:
    assert read_guidance("faster", tempo_known=False) == Guidance(("fast",))
    assert read_guidance("calmer with harp", energy_known=False) == Guidance(("calm", "harp"))


@pytest.mark.parametrize("sentence", ["", "   ", "x" * 3000])
def test_a_sentence_without_words_or_without_end_is_refused(sentence: str) -> None:
    with pytest.raises(InvalidInputError):
        guide(VIDEO, sentence)


# --- a video with a sentence ---


def test_the_sentence_gets_its_share_and_the_video_keeps_its_proportions() -> None:
    guided = guide(VIDEO, "but with harp", share=0.4)
    assert [phrase.text for phrase in guided.phrases] == [
        "slow ambient pads",
        "calm piano",
        "soft strings",
        "harp",
    ]
    weights = [phrase.weight for phrase in guided.phrases]
    assert weights == pytest.approx([0.3, 0.15, 0.15, 0.4])
    assert guided.tempo_bpm == VIDEO.tempo_bpm
    assert guided.energy == VIDEO.energy
    assert guided.avoid == VIDEO.avoid


def test_several_wishes_share_what_the_sentence_has() -> None:
    guided = guide(VIDEO, "harp, flute", share=0.5)
    assert {phrase.text: phrase.weight for phrase in guided.phrases[-2:]} == {"harp": 0.25, "flute": 0.25}


def test_what_the_sentence_does_not_want_is_avoided_and_no_longer_searched_for() -> None:
    guided = guide(VIDEO, "without piano")
    assert [phrase.text for phrase in guided.phrases] == ["slow ambient pads", "soft strings"]
    assert Phrase("piano", AVOID_BY_USER) in guided.avoid


def test_the_only_phrase_is_kept_even_against_the_sentence() -> None:
    query = MusicQuery(phrases=(Phrase("calm piano"),))
    guided = guide(query, "without pianos")
    assert guided.phrases == query.phrases
    assert guided.avoid == (Phrase("pianos", AVOID_BY_USER),)


def test_what_the_sentence_wants_is_avoided_no_more() -> None:
    assert guide(VIDEO, "but with drums").avoid == ()


def test_avoiding_by_the_users_word_weighs_more_than_by_advice() -> None:
    assert guide(VIDEO, "no drums").avoid == (Phrase("drums", AVOID_BY_USER),)


def test_faster_raises_the_wanted_tempo_and_calmer_lowers_the_wanted_energy() -> None:
    assert guide(VIDEO, "faster").tempo_bpm == pytest.approx((72.0, 96.0))
    assert guide(VIDEO, "slower").tempo_bpm == pytest.approx((50.0, 66.67), abs=0.01)
    assert guide(VIDEO, "more energetic").energy == pytest.approx(0.5)
    assert guide(VIDEO, "calmer").energy == pytest.approx(0.1)
    assert guide(guide(VIDEO, "calmer"), "calmer").energy == 0.0
    assert guide(VIDEO, "faster").phrases == VIDEO.phrases


# --- what to avoid for the video's sake ---


def test_vocals_are_avoided_where_the_analyser_says_that_speech_needs_room() -> None:
    assert avoid_by_analysis(VIDEO, analysis(vocals="none")).avoid[-1] == Phrase("vocals", AVOID_VOCALS)


@pytest.mark.parametrize(
    ("found", "avoided"),
    [
        ({"speech": 0.9}, True),
        ({"speech": 0.1}, False),
        ({"speech": None}, False),
        ({"speech": 0.9, "vocals": "wanted"}, False),
        ({"speech": 0.0, "vocals": "none"}, True),
    ],
)
def test_the_analysers_word_counts_before_the_measurement(found: dict[str, Any], avoided: bool) -> None:
    texts = [phrase.text for phrase in avoid_by_analysis(VIDEO, analysis(**found)).avoid]
    assert ("vocals" in texts) is avoided


def test_the_advice_of_the_analyser_is_added_once() -> None:
    query = avoid_by_analysis(VIDEO, analysis(avoid=["Drums", "choir", "", 3]))
    assert query.avoid == (Phrase("drums", AVOID_BY_ADVICE), Phrase("choir", AVOID_BY_ADVICE))


def test_a_sentence_that_wants_vocals_wins_over_the_speech() -> None:
    query = guide(avoid_by_analysis(VIDEO, analysis(vocals="none")), "with female vocals")
    assert "vocals" not in [phrase.text for phrase in query.avoid]

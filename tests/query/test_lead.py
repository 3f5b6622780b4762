"""Who sees, leads: a person's words and models decide style, measurements the pace."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reelscore.query.film_music import music_for
from reelscore.query.guide import AVOID_BY_USER
from reelscore.query.lead import MEASURED, PERSON, edited, query_of
from reelscore.records import MusicQuery, Phrase, VideoAnalysis

LOCAL = VideoAnalysis(
    description="It was measured.",
    music_recommendation="slow ambient",
    keywords=(),
    mood="calm",
    genre_suggestions=("ambient",),
    tempo="Slow",
    energy_level="Low",
    analyzer="local",
    phrases=(Phrase("slow ambient", 1.0), Phrase("soft pads", 0.6)),
    tempo_bpm=(60.0, 80.0),
    energy=0.2,
)
MODEL = replace(LOCAL, analyzer="gemini:some", phrases=(Phrase("epic orchestra"), Phrase("war drums", 0.5)))
SHOWN = replace(
    LOCAL,
    phrases=(*LOCAL.phrases, Phrase("surf rock guitar", 0.7)),
    extra={
        "showing": {
            "model": "some/clip",
            "scene": [{"word": "surfing", "score": 0.6, "music": "surf rock guitar"}],
            "mood": [],
        }
    },
)


def texts(music: MusicQuery) -> set[str]:
    return {phrase.text for phrase in music.phrases}


def share(music: MusicQuery, of: set[str]) -> float:
    return sum(p.weight for p in music.phrases if p.text in of) / sum(p.weight for p in music.phrases)


def test_where_nobody_sees_the_measurements_speak_for_style() -> None:
    music = query_of(LOCAL)
    assert music.phrases == LOCAL.phrases
    assert (music.tempo_bpm, music.energy) == (LOCAL.tempo_bpm, LOCAL.energy)
    assert set(music.decided.values()) == {MEASURED}


def test_a_persons_words_decide_style_and_measured_phrases_are_silent() -> None:
    music = query_of(LOCAL, "rocket launch")
    assert texts(music) == texts(MusicQuery(music_for("rocket launch").phrases))
    assert music.decided["style"] == music.decided["mood"] == PERSON
    assert music.decided["passage"] == MEASURED
    assert music.energy is not None
    own = music_for("rocket launch")
    assert own.energy is not None
    assert LOCAL.energy is not None
    assert LOCAL.energy < music.energy < own.energy  # the pace of the picture draws it
    assert own.tempo_bpm is not None
    assert music.tempo_bpm is not None
    assert 60.0 < music.tempo_bpm[0] < own.tempo_bpm[0]


def test_words_that_are_not_known_are_searched_as_they_are() -> None:
    music = query_of(LOCAL, "bossa nova")
    assert music.phrases == (Phrase("bossa nova"),)
    assert (music.tempo_bpm, music.energy) == (LOCAL.tempo_bpm, LOCAL.energy)
    assert music.decided["tempo"] == MEASURED


def test_a_model_that_sees_leads_alone_and_beside_a_person_follows() -> None:
    alone = query_of(MODEL)
    assert alone.phrases == MODEL.phrases
    assert alone.decided["style"] == alone.decided["tempo"] == "gemini:some"
    assert alone.decided["passage"] == MEASURED
    both = query_of(MODEL, "wedding")
    assert texts(both) > texts(alone)
    assert share(both, texts(alone)) == pytest.approx(0.3, abs=0.01)
    assert both.decided["style"] == f"{PERSON}, beside them gemini:some"


def test_words_for_pictures_lead_what_was_measured() -> None:
    music = query_of(SHOWN)
    assert share(music, {"surf rock guitar"}) > share(MusicQuery(SHOWN.phrases), {"surf rock guitar"})
    assert music.decided["style"] == "some/clip"
    assert music.decided["tempo"] == MEASURED
    assert "soft pads" not in texts(query_of(SHOWN, "rocket launch"))


def test_what_somebody_does_not_want_is_avoided_whoever_sees() -> None:
    for analysis in (None, LOCAL, MODEL):
        for about in ("garden, no vocals", "no vocals"):
            assert Phrase("vocals", AVOID_BY_USER) in query_of(analysis, about).avoid


def test_words_alone_ask_for_music_without_a_film() -> None:
    music = query_of(None, "wedding, seaside")
    assert music.phrases
    assert "passage" not in music.decided
    assert query_of(None) == MusicQuery(())


def test_an_edit_and_a_guide_are_named() -> None:
    decided = query_of(LOCAL, "wedding").decided
    changed = edited(decided, ["phrases", "energy"], None)
    assert (changed["style"], changed["energy"], changed["passage"]) == ("your edit", "your edit", MEASURED)
    assert changed["tempo"] == decided["tempo"]
    assert edited(decided, [], "but slower")["style"] == f"{PERSON}, and your guide"
    assert edited({}, ["phrases"], None) == {}


def test_the_longer_a_part_that_is_not_known_the_less_it_counts_beside_what_is() -> None:
    music = query_of(None, "a wedding, zither, zithers hum behind doors")
    weights = {phrase.text: phrase.weight for phrase in music.phrases}
    assert 0.0 < weights["zithers hum behind doors"] < weights["zither"] <= max(weights.values())

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from reelscore.errors import InvalidInputError
from reelscore.query.build import MAX_QUERY_CHARACTERS, checked_query, query_from_analysis, query_from_text
from reelscore.records import MusicQuery, Phrase, VideoAnalysis


def analysis(**changes: object) -> VideoAnalysis:
    fields: dict[str, object] = {
        "description": "x",
        "music_recommendation": "upbeat electronic dance music",
        "keywords": (),
        "mood": "energetic",
        "genre_suggestions": ("electronic", "pop"),
        "tempo": "Fast",
        "energy_level": "High",
        "analyzer": "test",
        **changes,
    }
    return VideoAnalysis(**fields)  # type: ignore[arg-type]


def test_a_sentence_is_one_phrase_without_stray_blanks() -> None:
    assert query_from_text("  calm \n guitar ").phrases == (Phrase("calm guitar"),)


@pytest.mark.parametrize("text", ["", "   ", "\n\t"])
def test_an_empty_sentence_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError, match="empty"):
        query_from_text(text)


def test_an_endless_sentence_is_refused() -> None:
    with pytest.raises(InvalidInputError, match=str(MAX_QUERY_CHARACTERS)):
        query_from_text("la " * MAX_QUERY_CHARACTERS)


def test_phrases_of_an_analysis_are_searched_as_they_are() -> None:
    phrases = (Phrase("piano", 2.0), Phrase("calm", 1.0), Phrase("ignored", 0.0))
    query = query_from_analysis(analysis(phrases=phrases, tempo_bpm=(60, 80), energy=0.2))
    assert query.phrases == phrases[:2]
    assert query.tempo_bpm == (60, 80)
    assert query.energy == 0.2


def test_an_analysis_without_phrases_is_searched_by_its_documented_fields() -> None:
    texts = [phrase.text for phrase in query_from_analysis(analysis()).phrases]
    assert texts == ["upbeat electronic dance music", "energetic electronic", "energetic pop"]


def test_an_analysis_that_names_no_music_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="names no music"):
        query_from_analysis(analysis(music_recommendation=" ", genre_suggestions=()))


def test_an_edited_query_is_brought_into_form() -> None:
    edited = MusicQuery(
        (Phrase("calm  piano", 1.0), Phrase("Calm piano", 0.5), Phrase("strings", 0.2)),
        tempo_bpm=(90.0, 60.0),
        avoid=(Phrase("vocals", 0.4), Phrase("Vocals", 0.1)),
    )
    checked = checked_query(edited)
    assert checked.phrases == (Phrase("calm piano", 1.5), Phrase("strings", 0.2))
    assert checked.avoid == (Phrase("vocals", 0.5),)
    assert checked.tempo_bpm == (60.0, 90.0)
    assert checked_query(checked) == checked


@pytest.mark.parametrize(
    "wrong",
    [
        *({"tempo_bpm": tempo} for tempo in ((0.0, 0.0), (-5.0, 90.0), (60.0, 1e9), (math.nan, 90.0))),
        *({"energy": energy} for energy in (-0.1, 1.1, math.nan)),
        *({"phrases": (Phrase("piano", weight),)} for weight in (0.0, -1.0, math.inf, math.nan, 1e300)),
        {"avoid": (Phrase("drums", math.nan),)},
    ],
)
def test_an_edited_query_that_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError, match="must"):
        checked_query(replace(MusicQuery((Phrase("piano"),)), **wrong))

from __future__ import annotations

import pytest

from reelscore.errors import InvalidInputError
from reelscore.recommend.query import MAX_QUERY_CHARACTERS, query_from_analysis, query_from_text
from reelscore.records import Phrase, VideoAnalysis


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

"""An answer is data from outside: what is mended, what is refused, and that all of it is bounded."""

from __future__ import annotations

import json
import math
from itertools import pairwise
from typing import Any

import pytest
from fake_gemini import GOOD
from hypothesis import given, settings
from hypothesis import strategies as st

from reelscore.records import Phrase
from reelscore.video.asking.schema import (
    MAX_SECTIONS,
    MAX_TEXT,
    MAX_WORDS,
    Answer,
    AnswerError,
    answer_schema,
    clean,
    parse_answer,
)


def parsed(seconds: float = 4.0, **changes: Any) -> Answer:
    fields = {name: value for name, value in (GOOD | changes).items() if value is not ...}
    return parse_answer(json.dumps(fields), seconds)


def problem(**changes: Any) -> str:
    with pytest.raises(AnswerError) as caught:
        parsed(**changes)
    return str(caught.value)


def test_the_schema_asks_for_every_field_of_the_answer() -> None:
    assert set(answer_schema()["properties"]) == set(Answer.__dataclass_fields__)
    assert set(GOOD) == set(answer_schema()["required"])


@pytest.mark.parametrize("wrap", ["{}", "```json\n{}\n```", "\ufeff{}", "```\n{}```", "[{}]"])
def test_harmless_wrappings_are_taken_off(wrap: str) -> None:
    assert parse_answer(wrap.replace("{}", json.dumps(GOOD)), 4.0).mood == "calm"


@pytest.mark.parametrize("text", ["", "no", "{", "[]", "3", "null", "[" * 100_000, '{"a": NaN', "9" * 5000])
def test_what_is_no_object_is_refused(text: str) -> None:
    with pytest.raises(AnswerError):
        parse_answer(text, 4.0)


def test_an_answer_without_end_is_refused_unread() -> None:
    with pytest.raises(AnswerError, match="characters long"):
        parse_answer(json.dumps(GOOD | {"description": "x" * 200_000}), 4.0)


@pytest.mark.parametrize(
    "name", ["description", "music_recommendation", "mood", "keywords", "genre_suggestions"]
)
def test_the_documented_fields_must_be_there_and_filled(name: str) -> None:
    assert f"{name} is missing" in problem(**{name: ...})
    for value in (None, 3, "", [], {"a": 1}, ["", " "]):
        assert name in problem(**{name: value})


def test_everything_that_is_wrong_is_named_at_once() -> None:
    text = problem(tempo="Presto", energy_level=3, mood="", phrases="piano", sections=5, tempo_bpm="80")
    for name in (
        "tempo is not one of Slow, Medium, Fast",
        "energy_level",
        "mood",
        "phrases",
        "sections",
        "tempo_bpm",
    ):
        assert name in text


def test_the_case_of_a_choice_does_not_matter() -> None:
    answer = parsed(tempo="fast", energy_level=" HIGH ", vocals="None")
    assert (answer.tempo, answer.energy_level, answer.vocals) == ("Fast", "High", "none")


def test_texts_are_cut_at_a_word_and_lists_at_their_end() -> None:
    answer = parsed(
        description="word " * 1000,
        keywords=[f"keyword {number}" for number in range(50)],
        mood="m" * 500,
        genre_suggestions=["pop", "POP", " pop ", "rock"],
    )
    assert len(answer.description) <= MAX_TEXT
    assert answer.description.endswith("word…")
    assert len(answer.keywords) == 16
    assert len(answer.mood) <= MAX_WORDS
    assert answer.genre_suggestions == ("pop", "rock")


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("<script>alert(1)</script>calm", "alert(1) calm"),
        ('<img src=x onerror="alert(1)">', ""),
        ("[red]calm[/red]", "red calm /red"),
        ("[a](javascript:alert(1))", "a (javascript:alert(1))"),
        ("calm\x1b[31m\x00\x07", "calm 31m"),
        ("a\u202eb\u200bc", "abc"),
        ("two\nlines\tand more", "two lines and more"),
        ("5 < 6 > 4", "5 6 4"),
        ("naïve – “süß” 静か 🎹", "naïve – “süß” 静か 🎹"),
    ],
)
def test_a_text_from_outside_is_no_markup(said: str, shown: str) -> None:
    assert clean(said, 200) == shown


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({"low": 60, "high": 80}, (60.0, 80.0)),
        ({"low": 80, "high": 60}, (60.0, 80.0)),
        ({"low": "60", "high": "80.5"}, (60.0, 80.5)),
        ({"low": -5, "high": 9000}, (30.0, 240.0)),
        (None, None),
    ],
)
def test_a_tempo_range_is_put_in_order_and_in_bounds(given: Any, kept: Any) -> None:
    assert parsed(tempo_bpm=given).tempo_bpm == kept


@pytest.mark.parametrize(
    "value",
    [
        {"low": 60},
        {"low": 60, "high": None},
        {"low": math.nan, "high": 80},
        [60, 80],
        {"low": True, "high": 9},
    ],
)
def test_a_tempo_range_without_two_numbers_is_refused(value: Any) -> None:
    assert "tempo_bpm has no low and high number" in problem(tempo_bpm=value)


def test_phrases_are_bounded_ordered_and_told_apart() -> None:
    answer = parsed(
        phrases=[
            {"text": "soft piano", "weight": 0.2},
            {"text": "Soft  Piano", "weight": 0.9},
            {"text": "pads", "weight": 7},
            {"text": "strings", "weight": "0.5"},
            {"text": "never", "weight": 0},
            {"text": "nan", "weight": math.nan},
            {"text": "x" * 500, "weight": 0.01},
            {"text": 3, "weight": 1},
            "flute",
            {"text": "harp"},
            {"text": "choir", "weight": 0.1},
        ]
    )
    assert [phrase.text[:5] for phrase in answer.phrases] == ["pads", "harp", "strin", "soft ", "choir"]
    assert answer.phrases[0] == Phrase("pads", 1.0)
    assert all(0 < phrase.weight <= 1 and len(phrase.text) <= MAX_WORDS for phrase in answer.phrases)


def test_fewer_than_three_phrases_are_refused() -> None:
    assert "phrases has 2 usable items" in problem(phrases=GOOD["phrases"][:2])


def section(start: Any, end: Any, energy: Any = 0.5, mood: Any = "calm") -> dict[str, Any]:
    return {"start": start, "end": end, "energy": energy, "mood": mood}


def test_sections_are_ordered_bounded_and_do_not_overlap() -> None:
    answer = parsed(
        10.0,
        sections=[
            section(6, 99, 7.0),
            section(-3, 4, -1, "<b>calm</b>"),
            section(3, 7, "0.5"),
            section(8, 8),
            section(9, 2),
            section(20, 30),
            section(0, 5, math.inf),
            "nothing",
        ],
    )
    assert [(s.start, s.end, s.energy) for s in answer.sections] == [(0, 4, 0), (4, 7, 0.5), (7, 10, 1)]
    assert answer.sections[0].mood == "calm"


def test_too_many_sections_are_joined_and_still_cover_the_video() -> None:
    answer = parsed(24.0, sections=[section(2 * i, 2 * i + 2, i / 12) for i in range(12)])
    assert len(answer.sections) == MAX_SECTIONS
    assert answer.sections[0].start == 0
    assert answer.sections[-1].end == 24.0
    for one, following in pairwise(answer.sections):
        assert one.end == following.start
        assert one.energy < following.energy


def test_no_section_inside_of_the_video_is_refused_but_none_at_all_is_not() -> None:
    assert "sections has no stretch" in problem(sections=[section(50, 60)])
    assert parsed(sections=[]).sections == ()


@pytest.mark.parametrize(
    ("level", "sections", "energy"),
    [
        ("Low", [section(0, 4, 0.2)], 0.2),
        ("Medium", [section(0, 2, 0.4), section(2, 4, 0.6)], 0.5),
        ("High", [section(0, 4, 0.1)], 0.6),
        ("Low", [section(0, 4, 0.9)], 0.4),
        ("High", [], 0.8),
    ],
)
def test_the_wanted_energy_is_the_mean_held_near_the_level(level: str, sections: Any, energy: float) -> None:
    assert parsed(energy_level=level, sections=sections).energy == pytest.approx(energy)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text(max_size=8), inner, max_size=6),
    max_leaves=12,
)
_FIELD = st.sampled_from(sorted(GOOD))


@settings(max_examples=150, deadline=None)
@given(changes=st.dictionaries(_FIELD, _JSON, max_size=4), inner=_JSON, seconds=st.floats(0.1, 5000))
def test_whatever_comes_is_an_answer_in_bounds_or_an_answer_error(
    changes: dict[str, Any], inner: Any, seconds: float
) -> None:
    mixed = [*GOOD["phrases"], {"text": inner, "weight": inner}]
    parts = [section(inner, 2), section(0, inner, inner, inner), section(0, 1)]
    try:
        answer = parse_answer(json.dumps(GOOD | {"phrases": mixed, "sections": parts} | changes), seconds)
    except AnswerError:
        return
    assert 3 <= len(answer.phrases) <= 5
    assert all(0 < phrase.weight <= 1 and 0 < len(phrase.text) <= MAX_WORDS for phrase in answer.phrases)
    assert len(answer.description) <= MAX_TEXT
    assert 0 <= answer.energy <= 1
    assert all(0 <= s.start < s.end <= seconds and 0 <= s.energy <= 1 for s in answer.sections)
    for text in (answer.description, answer.mood, *answer.keywords, *answer.avoid, *answer.eras):
        assert not set(text) & set("<>[]`\n\x1b")

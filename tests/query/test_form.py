"""The JSON form of a question says all of it, and reads as the same question."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelscore.errors import InvalidInputError, UnknownNameError
from reelscore.filters.table import Filters, RankingOptions
from reelscore.query.form import QUERY_FIELDS, UNSET, Query, query_values, read_query
from reelscore.records import Phrase

phrases = st.lists(st.builds(Phrase, st.text(min_size=1), st.floats(0.1, 10)), max_size=5).map(tuple)
texts = st.none() | st.text(min_size=1)
queries = st.builds(
    Query,
    text=texts,
    analysis_id=texts,
    about=texts,
    phrases=st.just(UNSET) | phrases,
    avoid=st.just(UNSET) | phrases,
    tempo_bpm=st.sampled_from([UNSET, None, (60.0, 90.0)]),
    energy=st.sampled_from([UNSET, None, 0.3]),
    guide=texts,
    song=texts,
    unlike=st.lists(st.text(min_size=1), max_size=3).map(tuple),
    filters=st.sampled_from([Filters(), Filters(genres=("jazz",), vocals=False, tempo_bpm=(None, 120.0))]),
    options=st.sampled_from([RankingOptions(), RankingOptions(artist_cap=2, adventurous=0.5, names=False)]),
    limit=st.integers(1, 1000),
)


@given(queries)
def test_a_question_survives_its_json(query: Query) -> None:
    assert read_query(json.loads(json.dumps(query_values(query)))) == query


def test_the_form_has_a_place_for_every_field() -> None:
    everything = Query("a", "b", "c", (), (), None, None, "d", "e", ("f",), "g")
    assert set(query_values(everything)) == set(QUERY_FIELDS)


def test_what_is_absent_is_unset_and_null_takes_a_target_away() -> None:
    assert read_query({}) == Query()
    assert read_query({"energy": None}).energy is None
    assert read_query({}).energy is UNSET


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"text": 3}, "text"),
        ({"phrases": ["piano"]}, "phrases"),
        ({"phrases": [{"text": "piano", "weight": "much"}]}, "phrases"),
        ({"tempo_bpm": 90}, "tempo_bpm"),
        ({"tempo_bpm": [60]}, "tempo_bpm"),
        ({"energy": "high"}, "energy"),
        ({"unlike": "a"}, "unlike"),
        ({"limit": 1.5}, "limit"),
        ({"limit": True}, "limit"),
    ],
)
def test_a_wrong_value_is_named(values: dict[str, Any], named: str) -> None:
    with pytest.raises(InvalidInputError, match=named):
        read_query(values)


def test_an_unknown_field_is_named_with_those_that_there_are() -> None:
    with pytest.raises(UnknownNameError, match="analysis_id"):
        read_query({"querry": "piano"})

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelscore.errors import InvalidInputError, UnknownNameError
from reelscore.filters.parsing import (
    check_names,
    filters_values,
    known_moods,
    options_values,
    read_filters,
    read_options,
)
from reelscore.filters.table import FILTERS, NO_FILTERS, Filters, RankingOptions


@pytest.mark.parametrize(
    ("values", "filters"),
    [
        ({}, NO_FILTERS),
        ({"genres": [], "key": None, "artists": ""}, NO_FILTERS),
        ({"genres": "Jazz"}, Filters(genres=("Jazz",))),
        ({"tags": [" piano", "harp", "piano"]}, Filters(tags=("piano", "harp"))),
        ({"tempo_bpm": "100-130"}, Filters(tempo_bpm=(100.0, 130.0))),
        ({"tempo_bpm": "100 to 130.5"}, Filters(tempo_bpm=(100.0, 130.5))),
        ({"tempo_bpm": "100.."}, Filters(tempo_bpm=(100.0, None))),
        ({"tempo_bpm": "-130"}, Filters(tempo_bpm=(None, 130.0))),
        ({"tempo_bpm": [100, None]}, Filters(tempo_bpm=(100.0, None))),
        ({"tempo_bpm": 100, "tempo_tolerance": 0}, Filters(tempo_bpm=(100.0, 100.0))),
        ({"tempo_bpm": [60, 70], "half_double": True}, Filters(tempo_bpm=(60.0, 70.0), half_double=True)),
        ({"key": "am"}, Filters(key="A minor")),
        ({"energy": "0.2-0.6"}, Filters(energy=(0.2, 0.6))),
        ({"loudness_lufs": "-20--10"}, Filters(loudness_lufs=(-20.0, -10.0))),
        ({"loudness_lufs": "..-8"}, Filters(loudness_lufs=(None, -8.0))),
        ({"vocals": False}, Filters(vocals=False)),
        ({"year": 1999}, Filters(year=(1999.0, 1999.0))),
        ({"year": "1990–1999"}, Filters(year=(1990.0, 1999.0))),
        ({"duration": "2:30-4:00"}, Filters(duration=(150.0, 240.0))),
        ({"duration": "1:00:00.."}, Filters(duration=(3600.0, None))),
    ],
)
def test_plain_values_are_read(values: dict[str, Any], filters: Filters) -> None:
    assert read_filters(values) == filters


def test_one_tempo_has_a_tolerance_of_eight_percent_unless_said() -> None:
    assert read_filters({"tempo_bpm": "120"}).tempo_bpm == pytest.approx((110.4, 129.6))
    assert read_filters({"tempo_bpm": 120, "tempo_tolerance": 5}).tempo_bpm == pytest.approx((114.0, 126.0))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"gernes": ["jazz"]}, "unknown filter 'gernes'; known: artists, "),
        ({"tempo_bpm": "fast"}, "'fast' is no range for tempo_bpm; write it like 100-130"),
        ({"tempo_bpm": "130-100"}, "backwards"),
        ({"tempo_bpm": "-"}, "needs an end"),
        ({"tempo_bpm": [None, None]}, "needs an end"),
        ({"tempo_bpm": [100]}, "two ends"),
        ({"tempo_bpm": True}, "needs a number"),
        ({"tempo_bpm": float("nan")}, "needs a number"),
        ({"tempo_bpm": 0}, "1..1000"),
        ({"tempo_bpm": 120, "tempo_tolerance": 80}, "tempo_tolerance lies in 0..50"),
        ({"tempo_tolerance": 5}, "give that too"),
        ({"half_double": True}, "give that too"),
        ({"compatible_keys": True}, "give that too"),
        ({"energy": 0.4}, "energy needs a range, such as 0.2-0.6"),
        ({"energy": "0.2-6"}, "lies in 0..1, and 6 is outside"),
        ({"loudness_lufs": "-14"}, "needs a range"),
        ({"year": "nineties"}, "no range for year"),
        ({"duration": "2:75-3:00"}, "no range"),
        ({"vocals": "yes"}, "vocals is true or false, not 'yes'"),
        ({"key": 8}, "key is text"),
        ({"key": "H"}, "no key"),
        ({"genres": [1]}, "list of names"),
        ({"genres": [" "]}, "empty name"),
        ({"artists": ["x"] * 101}, "at most 100"),
    ],
)
def test_what_cannot_be_understood_is_refused_in_one_line(values: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        read_filters(values)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from([field.name for field in FILTERS]), PLAIN, max_size=4))
def test_anything_is_read_or_refused(values: dict[str, Any]) -> None:
    try:
        filters = read_filters(values)
    except InvalidInputError:
        return
    again = read_filters(json.loads(json.dumps(filters_values(filters))))
    assert again == filters


def test_options_are_read_and_given_back() -> None:
    values = {"group_versions": False, "artist_cap": 2, "album_cap": 1, "adventurous": 0.5}
    options = read_options({**values, "leave_out_versions": True})
    assert options == RankingOptions(False, 2, 1, 0.5, True)
    assert options_values(options) == {**values, "leave_out_versions": True}
    assert read_options({"artist_cap": None}) == RankingOptions()
    assert options_values(RankingOptions()) == {}
    assert options_values(read_options({"sync": 0.4})) == {"sync": 0.4}


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"artist_cap": 0}, "at least 1"),
        ({"album_cap": 1.5}, "whole number"),
        ({"adventurous": 1.2}, "0..1"),
        ({"sync": -0.1}, "0..1"),
        ({"group_versions": 1}, "true or false"),
        ({"mmr": 1}, "unknown option 'mmr'; known: adventurous"),
    ],
)
def test_options_that_make_no_sense_are_refused(values: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidInputError, match=words):
        read_options(values)


def test_unknown_tags_and_moods_are_named_with_the_known_ones() -> None:
    tags = ("happy", "hip hop", "piano", "sad")
    assert known_moods(tags) == ("happy", "sad")
    check_names(Filters(tags=("Hip-Hop",), moods=("SAD",), not_tags=("piano",)), tags)
    with pytest.raises(UnknownNameError, match="unknown mood 'piano'; known: happy, sad"):
        check_names(Filters(moods=("piano",)), tags)
    with pytest.raises(UnknownNameError, match="unknown tag 'kazoo'; known: happy, hip hop, piano, sad"):
        check_names(Filters(not_tags=("kazoo",)), tags)

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelscore.ranking.fusion import fuse_scores, subtract


def total(parts: dict[str, dict[str, float]]) -> dict[str, float]:
    return {song: sum(shares.values()) for song, shares in parts.items()}


def test_a_song_that_stands_out_in_both_searches_beats_one_that_does_in_one() -> None:
    fused = total(
        fuse_scores(
            {"a": {"x": 0.9, "both": 0.8, "y": 0.1}, "b": {"x": 0.1, "both": 0.8, "y": 0.9}},
            {"a": 1.0, "b": 1.0},
        )
    )
    assert max(fused, key=lambda song: fused[song]) == "both"


def test_the_heavier_search_decides_between_two_winners() -> None:
    scores = {"light": {"x": 0.9, "y": 0.1}, "heavy": {"x": 0.1, "y": 0.9}}
    fused = total(fuse_scores(scores, {"light": 0.2, "heavy": 0.8}))
    assert fused["y"] > fused["x"]


def test_a_rare_phrase_with_small_cosines_counts_as_much_as_a_common_one() -> None:
    scores = {"rare": {"x": 0.02, "y": 0.01, "z": 0.01}, "common": {"x": 0.5, "y": 0.6, "z": 0.5}}
    fused = total(fuse_scores(scores, {"rare": 1.0, "common": 1.0}))
    assert fused["x"] == pytest.approx(fused["y"])
    assert fused["z"] < fused["x"]


def test_a_lead_counts_by_its_size_and_not_only_by_its_rank() -> None:
    scores = {
        "a": {"far ahead": 0.9, "second": 0.2, "third": 0.19},
        "b": {"far ahead": 0.49, "second": 0.51, "third": 0.5},
    }
    fused = total(fuse_scores(scores, {"a": 1.0, "b": 1.0}))
    assert max(fused, key=lambda song: fused[song]) in ("far ahead", "second")
    assert fused["far ahead"] > fused["third"]


def test_equal_cosines_say_nothing() -> None:
    fused = total(fuse_scores({"a": {"x": 0.3, "y": 0.3}}, {"a": 1.0}))
    assert fused == {"x": 0.5, "y": 0.5}


@given(
    st.dictionaries(st.text(min_size=1, max_size=3), st.floats(-1, 1), min_size=1, max_size=8),
    st.floats(0.1, 5),
)
def test_only_the_ratio_of_weights_matters(scores: dict[str, float], factor: float) -> None:
    other = {song: -score for song, score in scores.items()}
    once = total(fuse_scores({"a": scores, "b": other}, {"a": 1.0, "b": 2.0}))
    more = total(fuse_scores({"a": scores, "b": other}, {"a": factor, "b": 2 * factor}))
    assert once == pytest.approx(more)


@pytest.mark.parametrize("scores", [{}, {"a": {}}])
def test_nothing_to_fuse_gives_nothing(scores: dict[str, dict[str, float]]) -> None:
    assert fuse_scores(scores, {"a": 1.0}) == {}


def test_what_has_most_of_a_thing_to_avoid_loses_most_and_parts_still_add_up() -> None:
    relevance = {song: {"words": 0.5} for song in "abcdefgh"}
    avoided = {"a": 0.9, "b": 0.5, **dict.fromkeys("cdefgh", 0.1)}
    left = subtract(relevance, avoided, name="avoid vocals", weight=0.4)
    assert total(left)["a"] < total(left)["b"] < total(left)["c"] == 0.5
    assert total(left)["a"] >= 0.1
    assert left["a"]["words"] == 0.5
    assert "avoid vocals" not in left["c"]


def test_where_all_songs_are_alike_in_what_is_avoided_nothing_changes() -> None:
    relevance = {"a": {"words": 0.5}, "b": {"words": 0.4}}
    assert subtract(relevance, {"a": 0.7, "b": 0.7}, name="avoid x", weight=1.0) == relevance

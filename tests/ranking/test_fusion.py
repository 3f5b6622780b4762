from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelscore.ranking.fusion import Column, fuse_scores, lost_by, raise_of_named, split_share, total_of


def column(*values: float) -> Column:
    return np.array(values, dtype=np.float64)


def test_a_song_that_stands_out_in_both_searches_beats_one_that_does_in_one() -> None:
    scores = {"a": column(0.9, 0.8, 0.1), "b": column(0.1, 0.8, 0.9)}
    assert int(np.argmax(total_of(fuse_scores(scores, {"a": 1.0, "b": 1.0})))) == 1


def test_the_heavier_search_decides_between_two_winners() -> None:
    scores = {"light": column(0.9, 0.1), "heavy": column(0.1, 0.9)}
    first, second = total_of(fuse_scores(scores, {"light": 0.2, "heavy": 0.8}))
    assert second > first


def test_a_rare_phrase_with_small_cosines_counts_as_much_as_a_common_one() -> None:
    scores = {"rare": column(0.02, 0.01, 0.01), "common": column(0.5, 0.6, 0.5)}
    x, y, z = total_of(fuse_scores(scores, {"rare": 1.0, "common": 1.0}))
    assert x == pytest.approx(y)
    assert z < x


def test_a_lead_counts_by_its_size_and_not_only_by_its_rank() -> None:
    scores = {"a": column(0.9, 0.2, 0.19), "b": column(0.49, 0.51, 0.5)}
    far_ahead, second, third = total_of(fuse_scores(scores, {"a": 1.0, "b": 1.0}))
    assert third == min(far_ahead, second, third)


def test_equal_cosines_say_nothing() -> None:
    assert total_of(fuse_scores({"a": column(0.3, 0.3)}, {"a": 1.0})).tolist() == [0.5, 0.5]


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=8), st.floats(0.1, 5))
def test_only_the_ratio_of_weights_matters(values: list[float], factor: float) -> None:
    scores = {"a": column(*values), "b": -column(*values)}
    once = total_of(fuse_scores(scores, {"a": 1.0, "b": 2.0}))
    more = total_of(fuse_scores(scores, {"a": factor, "b": 2 * factor}))
    assert once == pytest.approx(more)


def test_nothing_to_fuse_gives_nothing() -> None:
    assert fuse_scores({}, {"a": 1.0}) == {}
    assert total_of(fuse_scores({"a": column()}, {"a": 1.0})).tolist() == []


def test_what_has_most_of_a_thing_to_avoid_loses_most_and_others_have_no_such_part() -> None:
    lost = lost_by(column(0.9, 0.5, *[0.1] * 6), 0.4)
    left = total_of({"words": np.full(8, 0.5), "avoid vocals": lost})
    assert left[0] < left[1] < left[2] == 0.5
    assert left[0] >= 0.1
    assert np.isnan(lost[2:]).all()


def test_where_all_songs_are_alike_in_what_is_avoided_nothing_changes() -> None:
    assert np.isnan(lost_by(column(0.7, 0.7), 1.0)).all()


def test_a_song_that_is_all_named_stands_above_all_others_and_one_named_by_a_part_rises_by_it() -> None:
    totals = column(0.9, 0.1, 0.2)
    raised = raise_of_named(totals, column(np.nan, 1.0, 0.25))
    assert totals[1] + raised[1] > totals[0]
    assert raised[2] == pytest.approx(raised[1] / 4) and np.isnan(raised[0])


def test_names_tell_songs_apart_that_are_alike_in_everything_else() -> None:
    assert raise_of_named(column(0.5, 0.5), column(1.0, np.nan))[0] == 1.0
    assert raise_of_named(column(), column()).tolist() == []


@given(st.lists(st.tuples(st.floats(-1, 1), st.floats(-1, 1)), min_size=1, max_size=8))
def test_the_parts_of_a_search_add_up_to_its_share(values: list[tuple[float, float]]) -> None:
    parts = {"calm": column(*(one for one, _ in values)), "sound": column(*(two for _, two in values))}
    share = fuse_scores(
        {"words": total_of(parts), "like": column(*range(len(values)))}, {"words": 0.6, "like": 0.4}
    )
    split = split_share(share["words"], parts, {"calm": 2.0})
    assert total_of(split) == pytest.approx(share["words"], abs=1e-6)
    assert split["sound"].mean() == pytest.approx(0.0, abs=1e-9)  # what has no weight only tells songs apart

"""Each metric on a case small enough to be worked by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from reelscore.errors import InvalidInputError
from reelscore.evaluation.metrics import (
    average_precision,
    bootstrap_interval,
    distinct_share,
    hit_at,
    hub_share,
    key_exact,
    key_mirex,
    ndcg_at,
    occurrence_skewness,
    precision_at,
    reciprocal_rank,
    tempo_accuracy_1,
    tempo_accuracy_2,
)


def test_hit_looks_no_deeper_than_k() -> None:
    assert hit_at([0, 0, 1], 3) == 1.0
    assert hit_at([0, 0, 1], 2) == 0.0
    assert hit_at([], 5) == 0.0


def test_precision_counts_missing_places_as_misses() -> None:
    assert precision_at([1, 0, 1, 1], 2) == 0.5
    assert precision_at([1], 4) == 0.25


def test_reciprocal_rank_is_that_of_the_first_relevant_item() -> None:
    assert reciprocal_rank([0, 0, 1, 1]) == pytest.approx(1 / 3)
    assert reciprocal_rank([0, 0]) == 0.0


def test_average_precision_of_a_worked_case() -> None:
    assert average_precision([1, 0, 1, 0]) == pytest.approx((1 + 2 / 3) / 2)


def test_average_precision_counts_relevant_items_that_a_cut_list_misses() -> None:
    assert average_precision([1, 0], total=4) == pytest.approx(1 / 4)
    with pytest.raises(InvalidInputError, match="total"):
        average_precision([1, 1], total=1)


def test_ndcg_of_a_worked_case() -> None:
    got = ndcg_at([0, 2, 1], 10)
    assert got == pytest.approx((2 / math.log2(3) + 1 / 2) / (2 + 1 / math.log2(3)))
    assert ndcg_at([2, 1, 0], 10) == pytest.approx(1.0)


def test_ndcg_knows_the_pool_that_a_cut_list_was_drawn_from() -> None:
    assert ndcg_at([1, 0], 2, pool=[1, 1, 0, 0]) == pytest.approx(1 / (1 + 1 / math.log2(3)))
    assert ndcg_at([0, 0], 2) == 0.0


@pytest.mark.parametrize("bad", [[[1, 0]], [float("nan")], [-1.0]])
def test_relevance_that_cannot_be_is_refused(bad: list[float]) -> None:
    with pytest.raises(InvalidInputError, match="relevance"):
        average_precision(bad)
    with pytest.raises(InvalidInputError, match="k must"):
        hit_at([1], 0)


@pytest.mark.parametrize(
    ("estimate", "first", "second"),
    [(120.0, 1, 1), (124.7, 1, 1), (125.0, 0, 0), (60.0, 0, 1), (240.0, 0, 1), (40.0, 0, 1), (90.0, 0, 0)],
)
def test_tempo_accuracies_at_four_percent(estimate: float, first: int, second: int) -> None:
    assert tempo_accuracy_1(estimate, 120.0) == first
    assert tempo_accuracy_2(estimate, 120.0) == second


def test_no_tempo_is_no_hit_and_no_reference_is_an_error() -> None:
    assert tempo_accuracy_2(None, 120.0) == 0.0
    with pytest.raises(InvalidInputError, match="reference"):
        tempo_accuracy_1(120.0, 0.0)


@pytest.mark.parametrize(
    ("estimate", "score"),
    [
        ("C major", 1.0),
        ("G major", 0.5),
        ("A minor", 0.3),
        ("C minor", 0.2),
        ("F major", 0.0),
        ("D minor", 0.0),
        (None, 0.0),
    ],
)
def test_mirex_weights_of_keys_near_c_major(estimate: str | None, score: float) -> None:
    assert key_mirex(estimate, "C major") == score


def test_relative_key_of_a_minor_key_lies_three_semitones_up() -> None:
    assert key_mirex("C major", "A minor") == 0.3
    assert key_exact("C# minor", "Db minor") == 1.0
    assert key_exact(None, "C major") == 0.0


def test_distinct_share_of_a_list() -> None:
    assert distinct_share(["a", "b", "a", "c"]) == 0.75
    assert distinct_share([]) == 0.0


def test_hub_share_is_that_of_the_most_shown_songs() -> None:
    answers = [["hub", "a"], ["hub", "b"], ["hub", "c"]]
    assert hub_share(answers, 20) == 0.5
    assert hub_share([], 20) == 0.0
    with pytest.raises(InvalidInputError, match="catalogue"):
        hub_share(answers, 0)


def test_skewness_is_zero_where_every_song_is_shown_as_often() -> None:
    assert occurrence_skewness([["a", "b"], ["b", "a"]], 2) == 0.0
    assert occurrence_skewness([["hub"], ["hub"], ["hub"]], 10) > 1.4


def test_interval_holds_the_mean_and_repeats_itself() -> None:
    values = np.random.default_rng(3).normal(0.5, 0.1, size=200)
    interval = bootstrap_interval(values, seed=1)
    assert interval == bootstrap_interval(values, seed=1)
    assert interval.low < interval.mean < interval.high
    # The standard error is 0.1 / sqrt(200), and 95 % of a normal lies within 1.96 of it.
    assert interval.high - interval.low == pytest.approx(2 * 1.96 * 0.1 / math.sqrt(200), rel=0.2)
    assert str(interval).startswith("0.")


def test_interval_widens_where_values_come_in_groups() -> None:
    values = np.repeat([0.0, 1.0, 0.0, 1.0], 25)
    groups = np.repeat(["a", "b", "c", "d"], 25).tolist()
    alone, grouped = bootstrap_interval(values), bootstrap_interval(values, groups=groups)
    assert grouped.mean == alone.mean
    assert grouped.high - grouped.low > 2 * (alone.high - alone.low)


def test_interval_refuses_what_it_cannot_resample() -> None:
    with pytest.raises(InvalidInputError, match="at least one"):
        bootstrap_interval([])
    with pytest.raises(InvalidInputError, match="groups"):
        bootstrap_interval([1.0, 2.0], groups=["a"])
    with pytest.raises(InvalidInputError, match="level"):
        bootstrap_interval([1.0], level=2.0)

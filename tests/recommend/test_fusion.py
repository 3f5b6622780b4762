from __future__ import annotations

import pytest

from reelscore.recommend.fusion import RankedList, fuse
from reelscore.records import Hit


def hits(*ids: str) -> list[Hit]:
    return [Hit(song, 1.0 - 0.1 * rank) for rank, song in enumerate(ids)]


def score(parts: dict[str, float]) -> float:
    return sum(parts.values())


def test_a_song_that_is_first_everywhere_scores_one() -> None:
    fused = fuse([RankedList("a", hits("x", "y"), 3.0), RankedList("b", hits("x", "z"), 1.0)])
    assert score(fused["x"]) == pytest.approx(1.0)


def test_a_song_found_by_both_searches_beats_one_found_by_one() -> None:
    fused = fuse([RankedList("a", hits("x", "both")), RankedList("b", hits("y", "both"))])
    assert score(fused["both"]) > score(fused["x"])
    assert score(fused["both"]) > score(fused["y"])


def test_the_heavier_search_decides_between_two_winners() -> None:
    fused = fuse([RankedList("light", hits("x"), 0.2), RankedList("heavy", hits("y"), 0.8)])
    assert score(fused["y"]) > score(fused["x"])


def test_a_weight_counts_relative_to_the_others_only() -> None:
    once = fuse([RankedList("a", hits("x", "y"), 1.0), RankedList("b", hits("y"), 2.0)])
    tenfold = fuse([RankedList("a", hits("x", "y"), 10.0), RankedList("b", hits("y"), 20.0)])
    assert once["y"] == pytest.approx(tenfold["y"])


def test_two_lists_of_one_name_add_up() -> None:
    fused = fuse([RankedList("a", hits("x")), RankedList("a", hits("x"))])
    assert fused["x"]["a"] == pytest.approx(1.0)


@pytest.mark.parametrize("lists", [[], [RankedList("a", hits("x"), 0.0)]])
def test_nothing_to_fuse_gives_nothing(lists: list[RankedList]) -> None:
    assert fuse(lists) == {}

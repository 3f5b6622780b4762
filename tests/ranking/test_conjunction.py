from __future__ import annotations

import numpy as np
import pytest

from reelscore.ranking.fusion import hold_together


def test_a_song_that_suits_each_kind_beats_one_that_is_extreme_in_one() -> None:
    #                 both  only the first  only the second  neither
    first = np.array([0.6, 1.0, 0.0, 0.1])
    second = np.array([0.6, 0.0, 0.7, 0.1])
    words = np.array([0.30, 0.34, 0.05, 0.03])  # in which the first kind counts most
    assert hold_together(words, np.stack([first, second])).argmax() == 0


def test_mean_and_spread_stay_those_of_the_words() -> None:
    drawn = np.random.default_rng(3).normal(size=(3, 40))
    held = hold_together(drawn[0], drawn[1:])
    assert held.mean() == pytest.approx(drawn[0].mean())
    assert held.std() == pytest.approx(drawn[0].std())


def test_the_scale_of_a_kind_does_not_matter() -> None:
    words, one, other = np.random.default_rng(4).normal(size=(3, 40))
    assert hold_together(words, np.stack([one, other])) == pytest.approx(
        hold_together(words, np.stack([100 * one + 5, other]))
    )


@pytest.mark.parametrize("kinds", [np.zeros((0, 3)), np.ones((1, 3))])
def test_words_of_one_kind_stay_as_they_are(kinds: np.ndarray) -> None:
    words = np.array([0.1, 0.3, 0.2])
    assert hold_together(words, kinds) is words


def test_kinds_that_say_the_same_of_all_songs_change_nothing() -> None:
    words = np.array([0.1, 0.3, 0.2])
    assert hold_together(words, np.ones((2, 3))) == pytest.approx(words)

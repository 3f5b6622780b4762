from __future__ import annotations

import numpy as np
import pytest

from reelscore.ranking.feedback import blend, seed_vector


def best(parts: dict[str, dict[str, float]]) -> list[str]:
    return sorted(parts, key=lambda song: -sum(parts[song].values()))


def test_among_equal_words_the_sound_decides() -> None:
    words = {"a": 0.5, "b": 0.5, "c": 0.1}
    assert best(blend(words, {"a": 0.2, "b": 0.9, "c": 0.5}, weight=0.5))[0] == "b"


def test_a_weight_of_nothing_leaves_the_words_alone() -> None:
    assert blend({"a": 0.5}, {"a": 0.9}, weight=0.0) == {"a": {"words": 0.5}}


def test_the_scale_of_the_sound_does_not_matter() -> None:
    words = {"a": 0.5, "b": 0.4, "c": 0.1}
    sound = {"a": 0.1, "b": 0.9, "c": 0.5}
    narrow = {song: 0.9 + 0.01 * value for song, value in sound.items()}
    wide, tight = blend(words, sound, weight=0.7), blend(words, narrow, weight=0.7)
    for song in words:
        assert wide[song]["sound"] == pytest.approx(tight[song]["sound"])


def test_words_that_say_the_same_of_all_songs_change_nothing() -> None:
    parts = blend({"a": 0.3, "b": 0.3}, {"a": 0.1, "b": 0.8}, weight=0.7)
    assert parts["a"]["sound"] == parts["b"]["sound"] == 0.0


def test_seeds_have_a_mean_of_unit_length() -> None:
    seed = seed_vector([np.array([1, 0], np.float32), np.array([0, 1], np.float32)])
    assert seed == pytest.approx(np.array([1, 1]) / np.sqrt(2))

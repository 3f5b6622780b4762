from __future__ import annotations

import numpy as np
import pytest

from reelscore.ranking.feedback import blend, contrast_vector, seed_vector


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


def test_seeds_are_told_from_the_other_hits_by_what_does_not_vary_anyway() -> None:
    seeds = [np.array([1.0, 1.0], np.float32)]
    hits = [*seeds, np.array([0.0, 0.0], np.float32)]
    plain = contrast_vector(seeds, hits, np.eye(2, dtype=np.float32))
    assert plain == pytest.approx(np.array([1, 1]) / np.sqrt(2))
    weighed = contrast_vector(seeds, hits, np.diag([1.0, 0.1]).astype(np.float32))
    assert weighed[0] > 0.9 > weighed[1] > 0.0


def test_hits_that_are_all_alike_tell_nothing() -> None:
    hits = [np.array([1.0, 0.0], np.float32)] * 3
    assert not contrast_vector(hits[:1], hits, np.eye(2, dtype=np.float32)).any()

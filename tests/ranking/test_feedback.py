from __future__ import annotations

import numpy as np
import pytest

from reelscore.ranking.feedback import contrast_vector, seed_vector, share_of_sound


def test_among_equal_words_the_sound_decides() -> None:
    words, sound = np.array([0.5, 0.5, 0.1]), np.array([0.2, 0.9, 0.5])
    assert int(np.argmax(words + share_of_sound(words, sound, weight=0.5))) == 1


def test_the_scale_of_the_sound_does_not_matter() -> None:
    words, sound = np.array([0.5, 0.4, 0.1]), np.array([0.1, 0.9, 0.5])
    wide = share_of_sound(words, sound, weight=0.7)
    assert wide == pytest.approx(share_of_sound(words, 0.9 + 0.01 * sound, weight=0.7))
    assert wide.any()


def test_words_that_say_the_same_of_all_songs_change_nothing() -> None:
    assert not share_of_sound(np.array([0.3, 0.3]), np.array([0.1, 0.8]), weight=0.7).any()
    assert share_of_sound(np.empty(0), np.empty(0), weight=0.7).tolist() == []


def test_seeds_have_a_mean_of_unit_length() -> None:
    seed = seed_vector([np.array([1, 0], np.float32), np.array([0, 1], np.float32)])
    assert seed == pytest.approx(np.array([1, 1]) / np.sqrt(2))


def test_seeds_are_told_from_the_other_hits_by_what_does_not_vary_anyway() -> None:
    seeds = [np.array([1.0, 1.0], np.float32)]
    hits = [*seeds, np.array([0.0, 0.0], np.float32)]
    plain = contrast_vector(seeds, hits, np.eye(2, dtype=np.float32))
    assert plain == pytest.approx(np.array([1, 1]) / np.sqrt(2))
    assert contrast_vector(seeds, hits) == pytest.approx(plain)
    weighed = contrast_vector(seeds, hits, np.diag([1.0, 0.1]).astype(np.float32))
    assert weighed[0] > 0.9 > weighed[1] > 0.0


def test_hits_that_are_all_alike_tell_nothing() -> None:
    hits = [np.array([1.0, 0.0], np.float32)] * 3
    assert not contrast_vector(hits[:1], hits, np.eye(2, dtype=np.float32)).any()

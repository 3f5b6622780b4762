"""How alike songs are, by what tells them from their library."""

from __future__ import annotations

import numpy as np
import pytest

from reelscore.ranking.likeness import NEAREST, likeness
from reelscore.records import FloatArray


def _unit(vectors: FloatArray) -> FloatArray:
    unit: FloatArray = (vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)).astype(np.float32)
    return unit


@pytest.fixture
def library() -> FloatArray:
    """Forty songs that share a direction, in which they differ by much that says nothing."""
    rng = np.random.default_rng(5)
    vectors = rng.normal(0.0, 0.1, (40, 12))
    vectors[:, 0] += 1.0
    vectors[:20, 1] += 0.3  # of one kind
    vectors[20:, 2] += 0.3  # and of another
    return _unit(vectors.astype(np.float32))


def test_what_all_songs_share_does_not_make_them_alike(library: FloatArray) -> None:
    song, others, centre = library[0], library[1:], library.mean(axis=0)
    assert (others @ song).min() > 0.6
    cosines, _ = likeness(song, others, centre)
    assert cosines[:19].mean() > 0.3
    assert cosines[19:].mean() < -0.3


def test_what_varies_within_a_track_counts_less(library: FloatArray) -> None:
    noisy = library.copy()
    noisy[:, 5] += np.random.default_rng(6).normal(0.0, 0.6, len(noisy)).astype(np.float32)
    noisy = _unit(noisy)
    metric = np.eye(12, dtype=np.float32)
    metric[5, 5] = 0.05

    def apart(metric: FloatArray | None) -> float:
        cosines, _ = likeness(noisy[0], noisy[1:], noisy.mean(axis=0), metric)
        return float(cosines[:19].mean() - cosines[19:].mean())

    assert apart(metric) > apart(None) + 0.2


def test_the_nearest_songs_speak_with_the_one_that_was_asked_with() -> None:
    centre = np.zeros(3, dtype=np.float32)
    odd = _unit(np.array([1.0, 0.9, 0.0], dtype=np.float32))
    kind = np.tile(np.array([[1.0, 0.0, 0.05]], dtype=np.float32), (NEAREST, 1))
    others = _unit(np.concatenate([kind, [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]]).astype(np.float32))
    cosines, direction = likeness(odd, others, centre)
    assert cosines[-1] > float(others[-1] @ odd) + 0.1
    assert cosines[-2] < float(others[-2] @ odd) - 0.1
    assert np.allclose(others @ direction, cosines, atol=1e-5)


def test_equal_songs_are_equally_alike(library: FloatArray) -> None:
    metric = np.random.default_rng(7).normal(size=(12, 12)).astype(np.float32)
    twins = np.concatenate([library, library[::-1]])
    cosines, _ = likeness(library[3], twins, library.mean(axis=0), metric)
    assert np.array_equal(cosines[:40], cosines[40:][::-1])


def test_a_song_that_nothing_was_heard_in_is_like_none(library: FloatArray) -> None:
    cosines, direction = likeness(library.mean(axis=0), library, library.mean(axis=0))
    assert np.isfinite(cosines).all()
    assert np.isfinite(direction).all()


def test_without_other_songs_there_is_nothing_to_compare(library: FloatArray) -> None:
    cosines, direction = likeness(library[0], library[:0], library.mean(axis=0))
    assert cosines.shape == (0,)
    assert np.linalg.norm(direction) == pytest.approx(1.0)

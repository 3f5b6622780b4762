from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelscore.ranking.walks import (
    MIX_WEIGHTS,
    PATH_WEIGHTS,
    even_path,
    ground,
    keys_apart,
    mixes,
    mixing_order,
)
from reelscore.records import MusicFeatures


def drawn(seed: int, count: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(count, 16)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    keys = ("C major", "A minor", "F# major", None)
    features = [
        MusicFeatures(
            120.0,
            tempo_bpm=None if rng.random() < 0.1 else float(rng.uniform(60, 180)),
            key=keys[rng.integers(len(keys))],
            energy=None if rng.random() < 0.1 else float(rng.random()),
        )
        for _ in range(count)
    ]
    return ground(vectors, features).distances(PATH_WEIGHTS)


@given(seed=st.integers(0, 10_000), count=st.integers(2, 40), steps=st.integers(1, 30))
def test_a_path_has_its_ends_and_no_song_twice(seed: int, count: int, steps: int) -> None:
    distances = drawn(seed, count)
    assert np.allclose(distances, distances.T) and (np.diag(distances) == 0).all()
    path = even_path(distances, 0, count - 1, steps)
    assert path[0] == 0 and path[-1] == count - 1
    assert len(path) == len(set(path)) == min(steps, count - 2) + 2


def test_a_path_takes_even_steps_along_a_line() -> None:
    """Songs on a line with others beside it: those of the line, at equal distances, in order."""
    rng = np.random.default_rng(3)
    line = np.stack([np.linspace(0, 10, 21), np.zeros(21)], axis=1)
    beside = np.stack([rng.uniform(0, 10, 40), rng.uniform(2, 6, 40)], axis=1)
    points = np.concatenate([line, beside])
    distances = np.linalg.norm(points[:, None] - points[None, :], axis=2)
    assert even_path(distances, 0, 20, 4) == [0, 4, 8, 12, 16, 20]


def test_an_order_of_songs_is_no_longer_than_any_draw() -> None:
    rng = np.random.default_rng(5)
    places = rng.permutation(30).astype(float)
    distances = np.abs(places[:, None] - places[None, :])
    order = mixing_order(distances)
    assert sorted(order) == list(range(30))
    assert distances[order[:-1], order[1:]].sum() == 29  # the line itself
    assert mixing_order(distances, first=7)[0] == 7
    assert mixing_order(np.zeros((1, 1))) == [0]


@pytest.mark.parametrize(
    ("one", "other", "places"),
    [
        ("C major", "C major", 0),
        ("C major", "A minor", 1),
        ("C major", "G major", 1),
        ("C major", "F# major", 6),
        ("C major", "Eb minor", 7),
        ("B major", "F# major", 1),
    ],
)
def test_keys_are_apart_by_places_of_the_wheel(one: str, other: str, places: int) -> None:
    assert keys_apart(one, other) == keys_apart(other, one) == places


def test_half_and_double_tempo_are_one() -> None:
    features = [MusicFeatures(9.0, tempo_bpm=bpm, key="C major", energy=0.5) for bpm in (70, 140, 100, 105)]
    walked = ground(np.eye(4, dtype=np.float32), features)
    tempo = walked.parts["tempo"]
    assert tempo[0, 1] == 0 and mixes(tempo[2, 3], 1) and not mixes(tempo[2, 3], 2)
    assert not mixes(tempo[0, 2], 0)
    assert walked.distances(MIX_WEIGHTS)[0, 1] < walked.distances(MIX_WEIGHTS)[0, 2]

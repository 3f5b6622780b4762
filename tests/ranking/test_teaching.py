"""Which judgements are asked for: those after which most is known."""

from __future__ import annotations

import numpy as np
import pytest

from reelscore.ranking.taste import doubts, kernel_of
from reelscore.ranking.teaching import most_telling
from reelscore.records import FloatArray

DIM = 12
METRIC = np.eye(DIM, dtype=np.float32)
CENTRE = np.zeros(DIM, dtype=np.float32)
NOBODY = np.zeros((0, DIM), dtype=np.float32)


def groups(*sizes: int, seed: int = 0) -> FloatArray:
    """Unit vectors in tight groups, one after another."""
    rng = np.random.default_rng(seed)
    places = [np.eye(DIM)[at] + 0.05 * rng.standard_normal((size, DIM)) for at, size in enumerate(sizes)]
    vectors = np.concatenate(places)
    unit: FloatArray = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return unit


def ask(candidates: FloatArray, judged: FloatArray = NOBODY, count: int = 3) -> list[int]:
    return most_telling(
        candidates, judged, doubts([1.0] * len(judged)), centre=CENTRE, metric=METRIC, count=count
    )


def test_large_groups_come_first_and_each_once() -> None:
    assert [place >= 12 for place in ask(groups(12, 8, 3), count=2)] == [False, True]
    assert ask(groups(2, 1), count=9) and sorted(ask(groups(2, 1), count=9)) == [0, 1, 2]
    assert ask(NOBODY) == []


def test_what_is_like_a_judged_song_waits() -> None:
    songs = groups(12, 8, 3)
    assert ask(songs, songs[:4], 1)[0] >= 12


@pytest.mark.parametrize("seed", range(5))
def test_the_first_leaves_the_least_variance(seed: int) -> None:
    rng = np.random.default_rng(seed)
    songs = rng.standard_normal((9, DIM)).astype(np.float32)
    songs /= np.linalg.norm(songs, axis=1, keepdims=True)
    kernel = kernel_of(songs, centre=CENTRE, metric=METRIC).values

    def left(place: int) -> float:
        seen = kernel[:, [place]]
        return float(np.trace(kernel - seen @ seen.T / (kernel[place, place] + 2.0)))

    assert ask(songs, count=1)[0] == min(range(9), key=left)

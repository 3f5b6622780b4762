from __future__ import annotations

import numpy as np
import pytest

from reelscore.ranking.scoring import Scored
from reelscore.ranking.selection import cap, spread
from reelscore.records import FloatArray, SongKeys
from reelscore.text.song_keys import song_keys


def scored(*scores: float) -> list[Scored]:
    return [Scored(f"s{i}", score, {"words": score}) for i, score in enumerate(scores)]


def unit(*angles: float) -> dict[str, FloatArray]:
    return {
        f"s{i}": np.array([np.cos(angle), np.sin(angle)], dtype=np.float32) for i, angle in enumerate(angles)
    }


def test_no_adventure_is_pure_similarity() -> None:
    items = scored(0.9, 0.8, 0.7)
    assert spread(items, unit(0.0, 0.0, 2.0), adventurous=0.0, limit=2) == items[:2]


def test_adventure_passes_over_a_near_copy() -> None:
    items = scored(0.9, 0.89, 0.6)
    order = [item.id for item in spread(items, unit(0.0, 0.01, 1.5), adventurous=0.6, limit=3)]
    assert order == ["s0", "s2", "s1"]


def test_the_best_song_stays_first() -> None:
    items = scored(0.9, 0.5, 0.4, 0.3)
    assert spread(items, unit(0, 1, 2, 3), adventurous=1.0, limit=4)[0].id == "s0"


def test_more_adventure_means_more_distance() -> None:
    rng = np.random.default_rng(3)
    angles = rng.uniform(0, 1.5, 40)
    vectors = unit(*angles)
    items = sorted(scored(*(float(np.cos(angle)) for angle in angles)), key=lambda item: -item.score)

    def mean_cosine(adventurous: float) -> float:
        chosen = spread(items, vectors, adventurous=adventurous, limit=6)
        block = np.stack([vectors[item.id] for item in chosen])
        return float((block @ block.T).mean())

    assert mean_cosine(0.0) > mean_cosine(0.5) > mean_cosine(0.9)


def test_every_candidate_comes_once() -> None:
    items = scored(0.9, 0.8, 0.7, 0.6)
    chosen = spread(items, unit(0, 1, 2, 3), adventurous=0.5, limit=10)
    assert sorted(item.id for item in chosen) == ["s0", "s1", "s2", "s3"]


def library(*artists: str) -> dict[str, SongKeys]:
    return {
        f"s{i}": song_keys(f"Title {i}", (artist,) if artist else (), f"{artist} album")
        for i, artist in enumerate(artists)
    }


def test_a_cap_leaves_out_and_counts() -> None:
    kept, left_out = cap(["s0", "s1", "s2", "s3"], library("A", "A", "A", "B"), per_artist=2)
    assert kept == ["s0", "s1", "s3"]
    assert left_out == 1


def test_an_album_has_its_own_cap() -> None:
    kept, _ = cap(["s0", "s1", "s2"], library("A", "A", "B"), per_album=1)
    assert kept == ["s0", "s2"]


@pytest.mark.parametrize("per_artist", [None, 1])
def test_songs_of_unknown_artists_are_never_left_out(per_artist: int | None) -> None:
    kept, left_out = cap(["s0", "s1", "s2"], library("", "", ""), per_artist=per_artist)
    assert len(kept) == 3
    assert left_out == 0

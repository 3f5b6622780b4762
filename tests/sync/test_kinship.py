"""Whether a film was cut to a song."""

from __future__ import annotations

import numpy as np
from sync_material import irregular_cuts, picture, steady_song

from reelscore.sync.grids import song_grid
from reelscore.sync.kinship import RELATED, kinship


def made_to(song, *, seed: int, scatter: float, count: int = 16):
    """An edit whose cuts lie on beats of a song, with the scatter of a human hand, at 25 frames a second."""
    random = np.random.default_rng(seed)
    start = random.uniform(0.0, song.duration - 70.0)
    inside = song.beats[(song.beats > start + 0.5) & (song.beats < start + 60.0)]
    chosen = np.sort(random.choice(inside, count, replace=False)) - start
    cuts = np.round((chosen + random.normal(0.0, scatter, count)) * 25) / 25
    return picture(cuts, duration=62.0, video_id=f"made-{seed}")


def test_edits_made_to_a_song_are_told_from_others() -> None:
    songs = [steady_song(bpm=84.0 + 9 * i, duration=180.0, scatter=0.008, seed=i) for i in range(6)]
    own = [kinship(made_to(song, seed=i, scatter=0.02), song) for i, song in enumerate(songs)]
    other = [
        kinship(picture(irregular_cuts(16, seed=40 + i), video_id=f"free-{i}"), song)
        for i, song in enumerate(songs)
    ]
    assert min(own) > max(other)
    assert max(other) < RELATED


def test_it_is_the_same_each_time_and_none_for_few_cuts() -> None:
    song = steady_song(duration=100.0)
    film = picture(irregular_cuts(9, seed=2))
    assert kinship(film, song) == kinship(film, song)
    assert kinship(picture([1.0, 2.0, 3.0]), song) is None
    assert kinship(film, song_grid(duration=60.0, beats=())) is None

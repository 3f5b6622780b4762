from __future__ import annotations

import numpy as np

from reelscore.recommend.passage import best_passage
from reelscore.records import FloatArray, TrackEmbedding

QUERY = np.array([1.0, 0.0], dtype=np.float32)


def embedding(closeness: list[float], every: float = 10.0) -> TrackEmbedding:
    """A song with one 3 s window every `every` seconds that lie so close to the query."""
    windows: FloatArray = np.array([[c, np.sqrt(1 - c * c)] for c in closeness], dtype=np.float32)
    starts = tuple(every * i for i in range(len(closeness)))
    return TrackEmbedding("test", QUERY, windows, starts, 3.0)


def test_the_closest_stretch_is_chosen() -> None:
    passage = best_passage(embedding([0.1, 0.1, 0.9, 0.9, 0.1, 0.1]), QUERY, length=14.0, song_duration=60.0)
    assert passage is not None
    assert passage.start <= 20.0
    assert passage.end >= 33.0
    assert passage.end - passage.start == 14.0
    assert passage.why == "closest to the query"


def test_a_passage_never_leaves_the_song() -> None:
    passage = best_passage(embedding([0.1] * 5 + [0.9]), QUERY, length=20.0, song_duration=55.0)
    assert passage is not None
    assert passage.start >= 0.0
    assert passage.end <= 55.0


def test_a_short_song_is_taken_whole() -> None:
    passage = best_passage(embedding([0.5, 0.6]), QUERY, length=60.0, song_duration=20.0)
    assert passage is not None
    assert (passage.start, passage.end) == (0.0, 20.0)


def test_an_even_song_says_that_any_part_fits() -> None:
    passage = best_passage(embedding([0.5] * 6), QUERY, length=10.0, song_duration=60.0)
    assert passage is not None
    assert passage.start == 0.0
    assert "even" in passage.why


def test_a_passage_begins_on_a_beat() -> None:
    beats = tuple(np.arange(0.3, 60, 0.75))
    passage = best_passage(
        embedding([0.1, 0.1, 0.9, 0.9, 0.1, 0.1]), QUERY, length=14.0, song_duration=60.0, beats=beats
    )
    assert passage is not None
    assert min(abs(passage.start - beat) for beat in beats) < 0.01


def test_a_song_without_windows_has_no_passage() -> None:
    empty = TrackEmbedding("test", QUERY, np.zeros((0, 2), np.float32), (), 3.0)
    assert best_passage(empty, QUERY, length=10.0, song_duration=60.0) is None

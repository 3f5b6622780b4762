"""Whether somebody sings: read from the parts of a song, not from its mean."""

from __future__ import annotations

import numpy as np
import pytest

from reelscore.embedding.lite.axes import AXIS_INDEX, AXIS_NAMES
from reelscore.embedding.lite.embedder import LITE, LiteEmbedder, _to_vector
from reelscore.embedding.lite.voice import sung
from reelscore.filters.terms import voice_of
from reelscore.records import FloatArray


def window(**scores: float) -> FloatArray:
    found = np.zeros(len(AXIS_NAMES), dtype=np.float32)
    for name, score in scores.items():
        found[AXIS_INDEX[name.replace("_", " ")]] = score
    return found


SINGER = window(male_vocals=1.9, female_vocals=1.5, vocals=1.9, instrumental=-1.5)
BAND = window(male_vocals=-0.5, female_vocals=0.0, vocals=-0.8, instrumental=1.4)
DOUBTFUL = window(male_vocals=1.2, female_vocals=0.6, vocals=0.4, instrumental=-0.3)


@pytest.mark.parametrize(
    ("windows", "voice"),
    [
        ([SINGER] * 20, "sung"),
        ([BAND] * 16 + [SINGER] * 4, "sung"),  # a verse
        ([BAND] * 19 + [SINGER], "instrumental"),  # one window may be mistaken
        ([BAND] * 20, "instrumental"),
        ([DOUBTFUL] * 20, "unsure"),
    ],
    ids=["all of it", "a verse", "one window", "nobody", "who knows"],
)
def test_a_song_is_sung_if_somebody_sings_in_part_of_it(windows: list[FloatArray], voice: str) -> None:
    assert voice_of({"vocals": sung(np.stack(windows))}) == voice


def test_a_vector_that_no_sound_gave_has_a_probability_too() -> None:
    lite = LiteEmbedder()
    nothing = np.zeros(LITE.dim, dtype=np.float32)
    for far in (nothing, np.eye(LITE.dim, dtype=np.float32)[AXIS_INDEX["instrumental"]]):
        assert 0.0 <= lite.tags(far)["vocals"] < 0.2


def test_tags_take_vocals_from_the_windows_if_there_are_any() -> None:
    lite = LiteEmbedder()
    band, singer = _to_vector(BAND), _to_vector(SINGER)
    assert voice_of(lite.tags(band)) == "instrumental"
    assert voice_of(lite.tags(band, np.empty((0, LITE.dim), dtype=np.float32))) == "instrumental"
    assert voice_of(lite.tags(band, np.stack([band, singer]))) == "sung"
    assert voice_of(lite.tags(singer)) == "sung"

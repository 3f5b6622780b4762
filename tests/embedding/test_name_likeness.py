from __future__ import annotations

import pytest

from reelscore.embedding.lite.name_likeness import name_likeness


@pytest.mark.parametrize("word", ["calm", "guitar", "wedding", "drums", "moods", "80s"])
def test_words_that_describe_music_are_no_names(word: str) -> None:
    assert name_likeness(word) <= 0.2


@pytest.mark.parametrize("word", ["metallica", "vivaldi", "bach", "beatles", "radiohead", "zxqvv"])
def test_rare_words_and_people_are_names(word: str) -> None:
    assert name_likeness(word) == 1.0


def test_common_words_lie_between() -> None:
    assert 0.15 < name_likeness("since") < name_likeness("pink") < name_likeness("beatles")


@pytest.mark.parametrize("word", ["", "5", "1999", "東京", "🎵"])
def test_every_word_has_a_likeness(word: str) -> None:
    assert 0.0 <= name_likeness(word) <= 1.0

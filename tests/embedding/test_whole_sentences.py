from __future__ import annotations

import numpy as np
import pytest

from reelscore.embedding.lite import embedder
from reelscore.embedding.lite.axes import TEMPO_AXES
from reelscore.embedding.lite.embedder import LiteEmbedder
from reelscore.embedding.lite.parsing import NOBODY, parse_query, roundabout_share, whole_sentence


def test_a_sentence_is_read_without_its_frame() -> None:
    assert whole_sentence("I want some music for a quiet evening, please") == ["quiet", "evening"]


@pytest.mark.parametrize(
    "text",
    ["calm, no vocals", "rock without drums", "anything but jazz", "house around 120 bpm", "90-100 bpm", ""],
)
def test_negations_and_numbers_are_never_read_as_a_whole(text: str) -> None:
    assert whole_sentence(text) == []


def test_the_whole_refines_the_parts_and_never_replaces_them() -> None:
    embed = LiteEmbedder().embed_queries
    calm, evening, party = embed(["calm", "calm evening at the fireside", "loud party"])
    assert 0.5 < float(calm @ evening) < 0.999
    assert float(calm @ evening) > float(calm @ party)
    assert np.linalg.norm(evening) == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("calm piano", 0.0),
        ("sad violin at 80 bpm", 0.0),
        ("boss fight", 1.0),
        ("zorbic", 1.0),
        ("calm wedding", 0.5),
        ("very calm wedding", 0.4),
        ("wedding, wedding, calm", 0.5),
    ],
)
def test_words_that_say_no_sound_have_a_share_of_a_text(text: str, share: float) -> None:
    matches = parse_query(text, embedder.load_lexicon(), lambda words: None, NOBODY)
    assert roundabout_share(matches) == pytest.approx(share)


@pytest.mark.parametrize(("scene", "style"), [("boss fight", "epic"), ("jewel heist at night", "tense")])
def test_scenes_are_read_as_the_styles_that_they_are_like(
    monkeypatch: pytest.MonkeyPatch, scene: str, style: str
) -> None:
    embed = LiteEmbedder().embed_queries
    after = embed([scene, style, "mellow jazz"])
    monkeypatch.setattr(embedder, "roundabout_share", lambda matches: 0.0)
    before = embed([scene, style, "mellow jazz"])
    assert float(after[0] @ after[1]) > float(before[0] @ before[1]) + 0.03
    assert float(after[0] @ after[2]) < float(after[0] @ after[1])
    np.testing.assert_array_equal(after[1:], before[1:])  # they say how they sound


def test_a_tempo_is_like_no_style(monkeypatch: pytest.MonkeyPatch) -> None:
    embed = LiteEmbedder().embed_queries
    text = "150 bpm for a boss fight"
    told = float(np.linalg.norm(embed([text])[0][TEMPO_AXES]))
    monkeypatch.setattr(embedder, "roundabout_share", lambda matches: 0.0)
    assert told == pytest.approx(float(np.linalg.norm(embed([text])[0][TEMPO_AXES])), abs=0.12)
    assert told > 0.5

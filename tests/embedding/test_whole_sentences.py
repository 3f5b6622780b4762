from __future__ import annotations

import numpy as np
import pytest

from reelscore.embedding.lite.embedder import LiteEmbedder
from reelscore.embedding.lite.parsing import whole_sentence


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

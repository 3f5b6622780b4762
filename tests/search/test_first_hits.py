"""What the first hits of some words have in common counts in the space of the words too."""

from __future__ import annotations

import pytest

from reelscore.embedding.lite.embedder import LITE
from reelscore.query.form import Query
from reelscore.search.reading import Reading
from reelscore.search.retrieve import retrieve
from reelscore.search.understand import understand
from reelscore.wiring import Wiring


@pytest.mark.parametrize(
    ("text", "vectors"),
    [
        ("calm", ["all words", "phrase", "first hits"]),
        ("calm guitar", ["all words", "phrase", "guitar", "calm"]),
    ],
    ids=["one kind", "two kinds together"],
)
def test_first_hits_count_in_words_unless_two_kinds_are_asked_for(
    shared_demo_wiring: Wiring, text: str, vectors: list[str]
) -> None:
    reading = Reading(shared_demo_wiring.catalog)
    question = understand(shared_demo_wiring, reading, Query(text=text))
    compared = retrieve(shared_demo_wiring, reading, question, 20).compared
    assert [space for space, _, _ in compared].count(LITE.name) == len(vectors)

"""Names of plain letters are cut at their spaces, as the whole way of cutting cuts them."""

from __future__ import annotations

import random
import string

import pytest

from reelscore.text import words

LETTERS = string.ascii_letters + string.digits + "   "


def test_simple_names_have_the_words_of_the_whole_way(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(1)
    texts = ["".join(rng.choices(LETTERS, k=rng.randrange(1, 150))) for _ in range(500)]
    texts += ["R E M", "a", " 7 ", "x" * 200]

    def cut() -> list[object]:
        return [
            (words.remembered_words.__wrapped__(text), words.words_to_store.__wrapped__(text))
            for text in texts
        ]

    quick = cut()
    monkeypatch.setattr(words, "_is_simple", lambda _: False)
    assert quick == cut()


@pytest.mark.parametrize("text", ["", " ", "a-b", "Ünder", "it's", "a\tb", "!!!"])
def test_other_names_are_not_simple(text: str) -> None:
    assert not words._is_simple(text)

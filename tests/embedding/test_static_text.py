"""The static text model: pieces as the original tokenizer gives them, and vectors that mean something."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from reelscore.embedding.lite.static_text import StaticText, WordPieces, load_static_text, split_words
from reelscore.embedding.weights import read_artefact
from reelscore.errors import ModelError

GOLDEN = json.loads((Path(__file__).parent / "golden" / "wordpieces.json").read_text())


@pytest.fixture(scope="module")
def pieces() -> WordPieces:
    return WordPieces(read_artefact("text_vocab.txt").decode().removesuffix("\n").split("\n"))


@pytest.mark.parametrize("text", GOLDEN, ids=range(len(GOLDEN)))
def test_pieces_are_those_of_the_original_tokenizer(text: str, pieces: WordPieces) -> None:
    assert pieces.encode(text) == GOLDEN[text]


def test_words_are_lower_case_without_accents_and_apart_from_punctuation() -> None:
    assert split_words("Café del-Mar, ÉLAN!") == ["cafe", "del", "-", "mar", ",", "elan", "!"]


def test_an_ascii_text_is_split_as_its_unicode_twin() -> None:
    assert split_words("a\u00a0b $5") == split_words("a b $5")


def test_vectors_have_unit_length() -> None:
    vectors = load_static_text().encode(["calm piano", "drum and bass"])
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-6)


@pytest.mark.parametrize("text", ["", "   ", "\u200b"])
def test_a_text_without_words_is_a_zero_vector(text: str) -> None:
    assert not load_static_text().encode([text]).any()


def test_no_text_gives_no_rows() -> None:
    assert load_static_text().encode([]).shape == (0, load_static_text().dim)


@pytest.mark.parametrize(
    ("word", "near", "far"),
    [
        ("gym", "workout", "violin"),
        ("peaceful", "calm", "engine"),
        ("cello", "violin", "workout"),
        ("marriage", "wedding", "techno"),
    ],
)
def test_words_of_like_meaning_are_nearer(word: str, near: str, far: str) -> None:
    vectors = load_static_text().encode([word, near, far])
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.1


def test_parts_that_do_not_fit_together_are_refused() -> None:
    with pytest.raises(ModelError, match="do not fit"):
        StaticText(["[UNK]", "a"], np.zeros((3, 4), np.int8), np.zeros(3, np.float32))

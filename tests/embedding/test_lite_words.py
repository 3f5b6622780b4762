"""Words of the lite space that the lexicon lacks: read through its nearest phrases, or not at all."""

from __future__ import annotations

import numpy as np
import pytest

from reelscore.embedding.lite.axes import AXIS_INDEX
from reelscore.embedding.lite.embedder import LITE, LiteEmbedder, _phrase_space, guess_meaning
from reelscore.embedding.lite.lexicon import load_lexicon

EMBEDDER = LiteEmbedder(threads=1)


def weight(query: str, axis: str) -> float:
    return float(EMBEDDER.embed_queries([query])[0][AXIS_INDEX[axis]])


@pytest.mark.parametrize(
    ("word", "like"),
    [
        ("clarinetist", "clarinet"),
        ("frost", "ice"),
        ("bravery", "brave"),
        ("sitcoms", "sitcom"),
        ("cathedrals", "church"),
    ],
)
def test_an_unknown_word_means_what_its_neighbours_mean(word: str, like: str) -> None:
    assert (word,) not in load_lexicon().vectors
    guessed, known = EMBEDDER.embed_queries([word, like])
    assert float(guessed @ known) > 0.5


def test_a_guess_is_trusted_less_than_a_known_phrase() -> None:
    guess = guess_meaning("frost")
    assert guess is not None
    vector, trust = guess
    assert 0.0 < trust < 0.9
    assert np.linalg.norm(vector) == pytest.approx(1.0, abs=1e-5)


def test_instruments_of_every_family_are_understood() -> None:
    names = ("tambourine", "castanets", "kanun", "theorbo", "scat singing", "lap steel", "kora", "zurna")
    for name in names:
        assert EMBEDDER.read_words(name).understood == (name,)
    told = EMBEDDER.embed_queries(["kanun", "oud", "lap steel", "pedal steel"])
    assert float(told[0] @ told[1]) > 0.9
    assert float(told[2] @ told[3]) > 0.9
    assert float(told[0] @ told[2]) < 0.5


@pytest.mark.parametrize("text", ["zzvvk", "xqzt", "stapler", "tax"])
def test_words_near_to_nothing_mean_nothing(text: str) -> None:
    assert guess_meaning(text) is None
    assert not EMBEDDER.embed_queries([text]).any()


def test_unknown_words_are_read_by_anchors_alone() -> None:
    lexicon = load_lexicon()
    narrow = set(lexicon.vectors) - lexicon.anchors
    assert ("boss", "music") in narrow
    assert _phrase_space()[0].shape[0] <= len(lexicon.anchors)


def test_noise_beside_known_words_changes_nothing() -> None:
    plain, noisy = EMBEDDER.embed_queries(["calm piano", "calm zzvvk piano xqzt"])
    np.testing.assert_array_equal(plain, noisy)


@pytest.mark.parametrize(
    ("query", "axis", "sign"),
    [
        ("no vocals", "vocals", -1),
        ("instrumental", "vocals", -1),
        ("with female vocals", "female vocals", 1),
        ("without drums", "drums", -1),
        ("music from the 80s", "80s", 1),
        ("a song of 1974", "70s", 1),
        ("around 120 bpm", "120 bpm", 1),
        ("around 120 bpm", "80 bpm", -1),
        ("happy", "mode", 1),
        ("sad", "mode", -1),
        ("tense", "mode", -1),
        ("energetic", "energy", 1),
        ("calm", "energy", -1),
        ("dark", "brightness", -1),
        ("bright", "brightness", 1),
        ("fast", "tempo", 1),
        ("slow", "tempo", -1),
        ("tender", "soft", 1),
        ("lullaby for a baby", "energy", -1),
        ("workout at the gym", "energy", 1),
        ("corporate presentation", "metal", -1),
        ("horror film", "happy", -1),
        ("8-bit arcade game", "electronic", 1),
        ("string quartet", "violin", 1),
        ("slow", "80 bpm", 1),
        ("fast", "152 bpm", 1),
        ("nothing electronic", "electronic", -1),
        ("boss music", "learned:epic", 1),
        ("property video", "metal", -1),
    ],
)
def test_words_pull_on_the_axes_that_they_name(query: str, axis: str, sign: int) -> None:
    assert weight(query, axis) * sign > 0.05


def test_the_constant_dimension_is_no_part_of_a_query() -> None:
    assert EMBEDDER.embed_queries(["calm piano"])[0][LITE.dim - 1] == 0.0


def test_a_style_and_a_property_are_asked_for_apart() -> None:
    style, mood = EMBEDDER.embed_queries(["metal", "calm"])
    kinds = EMBEDDER.kinds("calm metal")
    assert len(kinds) == 2
    assert max(kinds @ style) > 0.8
    assert max(kinds @ mood) > 0.8


def test_words_of_one_kind_and_guesses_are_read_as_a_whole() -> None:
    assert not len(EMBEDDER.kinds("piano, violin and harp"))
    assert not len(EMBEDDER.kinds("calm metal of the buccaneers"))
    assert not len(EMBEDDER.kinds("calm metal for a wedding"))
    assert not len(EMBEDDER.kinds("like Hans Zimmer"))

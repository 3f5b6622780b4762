"""From the words of a query to weights over the axes."""

from __future__ import annotations

import numpy as np
import pytest

from reelscore.embedding.lite.axes import AXIS_INDEX
from reelscore.embedding.lite.lexicon import Lexicon, normalise_words, parse_lexicon
from reelscore.embedding.lite.parsing import Match, combine, parse_query, tempo_vector
from reelscore.errors import ModelError
from reelscore.records import FloatArray

TEXT = """
# a comment
@soft = soft 1, loud -1
calm, very calm indeed = @soft 1, ambient 0.5
piano = piano 1
electric piano = synth 1
vocals, singing = vocals 1
drums = drums 1
guitar = guitar 1
80s = 80s 1
happy = happy 1
"""


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return parse_lexicon(TEXT, AXIS_INDEX)


def guess_nothing(text: str) -> tuple[FloatArray, float] | None:
    return None


def read(text: str, lexicon: Lexicon) -> list[tuple[str, float]]:
    return [(match.text, match.weight) for match in parse_query(text, lexicon, guess_nothing)]


def test_the_longest_phrase_wins(lexicon: Lexicon) -> None:
    assert [text for text, _ in read("electric piano", lexicon)] == ["electric piano"]


@pytest.mark.parametrize("text", ["Pianos", "PIANO", "piáno", "a piano piece", "piano-music"])
def test_case_accents_plurals_and_filler_do_not_matter(text: str, lexicon: Lexicon) -> None:
    assert [word.rstrip("s") for word, _ in read(text, lexicon)] == ["piano"]


@pytest.mark.parametrize(
    ("text", "negated"),
    [
        ("no vocals", ["vocals"]),
        ("piano without vocals", ["vocals"]),
        ("without any drums or guitar", ["drums", "guitar"]),
        ("not happy, calm", ["happy"]),
        ("no drums but piano", ["drums"]),
        ("no singing, piano", ["singing"]),
        ("vocal free piano", ["vocal"]),
        ("piano, nothing with drums", ["drums"]),
        ("neither guitar nor drums, piano", ["guitar", "drums"]),
        ("nothing but piano", []),
        ("piano instead of guitar", ["guitar"]),
        ("piano", []),
    ],
)
def test_negations_turn_the_phrase_that_follows(text: str, negated: list[str], lexicon: Lexicon) -> None:
    found = [
        word.removeprefix("not ").removesuffix(" free") for word, weight in read(text, lexicon) if weight < 0
    ]
    assert found == negated


def test_degrees_change_the_weight(lexicon: Lexicon) -> None:
    weights = {text: read(text, lexicon)[0][1] for text in ("happy", "very happy", "slightly happy")}
    assert weights["very happy"] > weights["happy"] > weights["slightly happy"] > 0


@pytest.mark.parametrize(
    ("text", "bpm"),
    [
        ("120 bpm", (120, 120)),
        ("around 120 BPM", (120, 120)),
        ("120bpm piano", (120, 120)),
        ("at 96 beats per minute", (96, 96)),
        ("tempo of 140", (140, 140)),
        ("between 100 and 110 bpm", (100, 110)),
        ("100-110 bpm", (100, 110)),
        ("from 100 to 110 bpm", (100, 110)),
    ],
)
def test_tempi_are_read(text: str, bpm: tuple[float, float], lexicon: Lexicon) -> None:
    first = parse_query(text, lexicon, guess_nothing)[0]
    np.testing.assert_allclose(first.vector, tempo_vector(*bpm))


@pytest.mark.parametrize("text", ["5 bpm", "999 bpm", "120", "page 100"])
def test_numbers_that_are_no_tempo_mean_nothing(text: str, lexicon: Lexicon) -> None:
    assert not combine(parse_query(text, lexicon, guess_nothing)).any()


@pytest.mark.parametrize("text", ["80s", "80's", "1985", "1980s", "from 1987"])
def test_years_and_decades_are_eras(text: str, lexicon: Lexicon) -> None:
    assert [match.vector.argmax() for match in parse_query(text, lexicon, guess_nothing)] == [
        AXIS_INDEX["80s"]
    ]


def test_a_nearer_tempo_is_more_alike() -> None:
    wanted = tempo_vector(120, 120)
    likeness = [float(wanted @ tempo_vector(bpm, bpm)) for bpm in (120, 126, 135, 160)]
    assert likeness == sorted(likeness, reverse=True)


def test_unknown_words_ask_for_a_guess_and_keep_their_sign(lexicon: Lexicon) -> None:
    asked = []

    def guess(text: str) -> tuple[FloatArray, float] | None:
        asked.append(text)
        return (lexicon.vectors["piano",], 0.5) if text == "spinet" else None

    matches = parse_query("spinet without spinet", lexicon, guess)
    assert asked == ["spinet", "spinet"]
    assert [match.known for match in matches] == [False, False]
    assert matches[0].weight > 0 > matches[1].weight


def test_a_query_is_a_unit_vector_and_noise_is_zero(lexicon: Lexicon) -> None:
    assert np.linalg.norm(combine(parse_query("calm piano", lexicon, guess_nothing))) == pytest.approx(1.0)
    assert not combine(parse_query("qwrt zxcv !!", lexicon, guess_nothing)).any()
    assert not combine([]).any()


def test_saying_a_thing_twice_counts_once(lexicon: Lexicon) -> None:
    once = combine(parse_query("calm piano", lexicon, guess_nothing))
    np.testing.assert_allclose(
        combine(parse_query("calm piano piano", lexicon, guess_nothing)), once, atol=1e-6
    )


def test_opposites_that_cancel_are_zero(lexicon: Lexicon) -> None:
    vector = lexicon.vectors["piano",]
    cancelled = [Match("a", vector, 1.0, known=True), Match("b", vector, -1.0, known=True)]
    assert not combine(cancelled).any()


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("x = nothing 1", "nothing"),
        ("x = @nothing 1", "@nothing"),
        ("x = piano", "line 1"),
        ("x = piano 1 = 2", "line 1"),
        ("x, x = piano 1", "second time"),
        ("x | x = piano 1", "second time"),
        (" = piano 1", "second time"),
    ],
)
def test_a_wrong_line_of_the_lexicon_is_named(line: str, problem: str) -> None:
    with pytest.raises(ModelError, match=problem):
        parse_lexicon(line, AXIS_INDEX)


def test_a_narrow_phrase_is_found_but_is_no_anchor() -> None:
    lexicon = parse_lexicon("x, y | x of y, z = piano 1", AXIS_INDEX)
    assert set(lexicon.vectors) == {("x",), ("y",), ("x", "of", "y"), ("z",)}
    assert lexicon.anchors == {("x",), ("y",)}


def test_a_line_may_weigh_less() -> None:
    lexicon = parse_lexicon("x = piano 3, guitar 4, weight 0.5", AXIS_INDEX)
    vector = lexicon.vectors["x",]
    assert vector[AXIS_INDEX["piano"]] == pytest.approx(0.3)
    assert vector[AXIS_INDEX["guitar"]] == pytest.approx(0.4)


def test_words_are_spelt_one_way() -> None:
    assert normalise_words("R&B, lo-fi, 80's, Don’t") == [
        "r",
        "and",
        "b",
        ",",
        "lo",
        "fi",
        ",",
        "80s",
        ",",
        "dont",
    ]

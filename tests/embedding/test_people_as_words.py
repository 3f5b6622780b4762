"""Names of composers and bands, read as descriptions of what their music sounds like."""

from __future__ import annotations

import pytest

from reelscore.embedding.lite.embedder import LiteEmbedder
from reelscore.embedding.lite.lexicon import normalise_words
from reelscore.embedding.lite.people import load_people, parse_people
from reelscore.errors import ModelError

FEW = parse_people("Ann Bow, ?Queen, Zoë's Night = calm piano, strings\nBow = loud rock")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("ann bow", "Ann Bow"),
        ("Ann Bow's strings", "Ann Bow"),
        ("bowesque", "Bow"),
        ("zoe's night out", "Zoë's Night"),
        ("queen like drums", "Queen"),
        ("queen in her castle", None),
        ("annual bow ties", None),
    ],
)
def test_a_name_is_found_where_it_stands(text: str, name: str | None) -> None:
    found = FEW.at(normalise_words(text), 0)
    assert (found and found[1].name) == name


@pytest.mark.parametrize("before", ["like", "in the style of", "à la", "music by"])
def test_a_name_that_is_a_word_too_needs_a_word_that_says_so(before: str) -> None:
    words = normalise_words(f"{before} queen")
    assert FEW.at(words, len(words) - 1) is not None
    assert FEW.at(["the", "queen"], 1) is None


@pytest.mark.parametrize("lines", ["Ann\n", "Ann = x\nann = y"])
def test_a_line_that_cannot_be_read_is_named(lines: str) -> None:
    with pytest.raises(ModelError, match=r"line [12] of the people"):
        parse_people(lines)


def test_every_description_is_made_of_words_that_are_known() -> None:
    lite = LiteEmbedder()
    for part in {part for person in load_people().known.values() for part in person.description}:
        read = lite.read_words(part)
        assert read.understood, part
        assert not read.unknown + read.guessed, part


def test_words_say_that_a_name_was_read_as_a_description() -> None:
    read = LiteEmbedder().read_words("battle like Hans Zimmer")
    assert read.understood == ("battle",)
    assert [line.partition(": ")[0] for line in read.described] == ["Hans Zimmer"]
    assert not read.unknown + read.guessed


def test_a_name_asks_for_what_its_description_asks_for() -> None:
    described, turned, sad, epic = LiteEmbedder().embed_queries(
        ["like Hans Zimmer", "not like Hans Zimmer", "sad solo piano", "epic orchestral drums"]
    )
    assert described @ epic > 0.5 > described @ sad
    assert turned @ epic < 0.0

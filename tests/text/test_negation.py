"""One grammar of negation, and that the sound side, the guide and the names all keep to it."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from negation_table import ROWS

from reelscore.embedding.lite.embedder import LiteEmbedder, guess_meaning
from reelscore.embedding.lite.lexicon import load_lexicon
from reelscore.embedding.lite.parsing import parse_query
from reelscore.query.guide import read_guidance
from reelscore.text.names import NameReader, ask_words, weigh_words
from reelscore.text.negation import read_negations
from reelscore.text.negators import NEGATING_WORDS
from reelscore.text.stop_words import CONNECTING

EMBEDDER = LiteEmbedder()
# Read as a step of the wanted tempo, not as something to avoid.
STEPS = {"piano, not too fast": -1}
TEXTS = [row[0] for row in ROWS]
table = pytest.mark.parametrize(("text", "wanted", "unwanted"), ROWS, ids=TEXTS)


def plain(text: str) -> str:
    """A part of a text without what connects it, for comparing."""
    words = re.sub(r"[,:;+]", " ", text).split()
    while words and words[0].casefold() in CONNECTING:
        words.pop(0)
    while words and words[-1].casefold() in CONNECTING:
        words.pop()
    return " ".join(words)


def likeness(one: str, other: str) -> float:
    vectors = EMBEDDER.embed_queries([one, other])
    return float(vectors[0] @ vectors[1])


def share(query: str, **song: object) -> float:
    """How much of a query names a song, in a library where no word is known to describe music."""
    asked = ask_words(query)
    weights = weigh_words(asked, dict.fromkeys(asked.words, 5), 1_000, lambda _: 1.0)
    found = NameReader(asked, weights).named(**{"title": "x", **song})  # type: ignore[arg-type]
    return found.share if found else 0.0


def test_the_table_has_at_least_sixty_wordings_of_negation() -> None:
    assert len({text for text, _, unwanted in ROWS if unwanted}) >= 90
    assert len({text for text, _, unwanted in ROWS if not unwanted}) >= 20


@table
def test_the_grammar_tells_what_is_wanted(
    text: str, wanted: tuple[str, ...], unwanted: tuple[str, ...]
) -> None:
    spans = read_negations(text)
    assert tuple(span.text for span in spans if span.negated) == unwanted
    said = " , ".join(span.text for span in spans if not span.negated)
    parts = [plain(part) for part in re.split(r"[,:]|\bbut\b", said)]
    assert tuple(part for part in parts if part) == wanted
    assert [span.start for span in spans] == sorted(span.start for span in spans)
    assert all(one.end <= other.start for one, other in itertools.pairwise(spans))


@table
def test_a_query_points_away_from_what_is_not_wanted(
    text: str, wanted: tuple[str, ...], unwanted: tuple[str, ...]
) -> None:
    if not unwanted:
        assert likeness(text, " ".join(wanted)) > 0.9
    for thing in unwanted:
        matches = parse_query(text, load_lexicon(), guess_meaning)
        sides = [match.weight > 0 for match in matches if match.text.removeprefix("not ") in thing]
        assert not any(sides)
        if not thing.startswith(("songs", "hip")):
            assert likeness(text, thing) < 0.1
    for thing in wanted:
        assert likeness(text, thing) > 0.2


@table
def test_a_guide_wants_and_avoids_the_same(
    text: str, wanted: tuple[str, ...], unwanted: tuple[str, ...]
) -> None:
    said = read_guidance(text)
    if text in STEPS:
        assert (said.wanted, said.avoided, said.tempo_steps) == (wanted, (), STEPS[text])
        return
    assert said.wanted == tuple(part.casefold() for part in wanted)
    assert said.avoided == tuple(plain(part).casefold() for part in unwanted)


@table
def test_songs_that_are_called_like_what_is_not_wanted_are_not_named(
    text: str, wanted: tuple[str, ...], unwanted: tuple[str, ...]
) -> None:
    for thing in unwanted:
        assert share(text, title=thing) == 0.0
        assert share(text, title=thing.title(), artists=(thing,)) == 0.0
    for thing in wanted:
        if not re.search(r"\b(?:no|zero|free|less)\b", thing):
            assert share(text, title="x", artists=(thing,)) > 0.0


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("No Surprises", "No Surprises"),
        ("no surprises by radiohead", "No Surprises"),
        ("songs like No Surprises", "No Surprises"),
        ("calm like No Surprises", "No Surprises"),
        ("Never Gonna Give You Up", "Never Gonna Give You Up"),
        ("never gonna give you up please", "Never Gonna Give You Up"),
        ("Without You", "Without You"),
        ('something like "Without You"', "Without You"),
        ("something like “Without You” please", "Without You"),
        ("something like 'Without You' please", "Without You"),
        ("Without Me", "Without Me"),
        ("Don't Stop Me Now", "Don't Stop Me Now"),
        ("Don’t Stop Believin’", "Don't Stop Believin'"),
        ("nothing else matters", "Nothing Else Matters"),
        ("Nothing Compares 2 U", "Nothing Compares 2 U"),
        ("hold the line", "Hold the Line"),
        ("I Don't Want to Miss a Thing", "I Don't Want to Miss a Thing"),
        ("Ain't No Mountain High Enough", "Ain't No Mountain High Enough"),
        ("zero", "Zero"),
        ("no", "No"),
        ("Skip to My Lou", "Skip to My Lou"),
        ("anything but ordinary", "Anything But Ordinary"),
        ("no diggity no drums", "No Diggity"),
    ],
)
def test_names_with_negating_words_are_found(query: str, title: str) -> None:
    assert share(query, title=title) > 0.5


@pytest.mark.parametrize(
    ("query", "artist"),
    [
        ("no doubt", "No Doubt"),
        ("songs by no doubt", "No Doubt"),
        ("nothing but thieves", "Nothing But Thieves"),
        ("less than jake", "Less Than Jake"),
        ("minus the bear", "Minus the Bear"),
        ("zero 7", "Zero 7"),
        ("never gonna give you up rick astley", "Rick Astley"),
    ],
)
def test_artists_with_negating_words_are_found(query: str, artist: str) -> None:
    titled = {"title": "Never Gonna Give You Up"} if "rick" in query else {}
    assert share(query, artists=(artist,), **titled) > 0.5


def test_a_whole_name_that_is_not_wanted_is_not_named() -> None:
    assert share("music like Queen but not Bohemian Rhapsody", title="Bohemian Rhapsody") == 0.0
    assert share("music like Queen but not Bohemian Rhapsody", artists=("Queen",)) > 0.5
    assert share("slow music but not Calm acoustic 1", title="Calm acoustic 1") == 0.0
    assert share('piano, not "Drums"', title="Drums") == 0.0


def test_phrases_of_the_lexicon_with_negating_words_mean_what_it_says() -> None:
    lexicon = load_lexicon()
    negating = [phrase for phrase in lexicon.vectors if NEGATING_WORDS & set(phrase)]
    assert len(negating) > 8
    for phrase in negating:
        matches = parse_query(" ".join(phrase), lexicon, lambda _: None)
        assert [match.weight > 0 for match in matches] == [True], phrase
        assert matches[0].vector is lexicon.vectors[phrase], phrase


def test_less_asks_for_less_than_none() -> None:
    def weight(text: str) -> float:
        return parse_query(text, load_lexicon(), guess_meaning)[-1].weight

    assert weight("piano, no drums") < weight("piano, less drums") < 0


@given(st.text(st.sampled_from("no not -'\"“”,.but and or without drums less free : () ’\n\t"), max_size=60))
def test_any_text_is_read_and_its_parts_lie_in_it(text: str) -> None:
    spans = read_negations(text)
    for span in spans:
        assert 0 <= span.start < span.end <= len(text)
    assert all(one.end <= other.start for one, other in itertools.pairwise(spans))


@given(
    st.lists(
        st.sampled_from([*sorted(NEGATING_WORDS), "drums", "calm", "piano", "and", "or", ",", "but", "the"])
    )
)
def test_any_run_of_negating_words_is_read(words: list[str]) -> None:
    text = " ".join(words)
    spans = read_negations(text)
    assert all(text[span.start : span.end].strip() for span in spans)
    assert all(one.end <= other.start for one, other in itertools.pairwise(spans))

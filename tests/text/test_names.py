from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelscore.text.names import Named, NameReader, ask_words, weigh_words, without_words
from reelscore.text.words import LONGEST_WORD, stored_words, words_of

DESCRIBING = frozenset("calm acoustic guitar wedding happy piano party punk drums night drive rock".split())
COMMON = frozenset("day home queen air".split())
SONGS = 1_000


def likeness(word: str) -> float:
    return 0.15 if word in DESCRIBING else 0.3 if word in COMMON else 1.0


def named(query: str, *, counts: Mapping[str, int] | None = None, **song: object) -> Named | None:
    asked = ask_words(query)
    weights = weigh_words(asked, counts or dict.fromkeys(asked.words, 5), SONGS, likeness)
    return NameReader(asked, weights).named(**{"title": "", **song})  # type: ignore[arg-type]


def share(query: str, **song: object) -> float:
    found = named(query, **song)
    return found.share if found else 0.0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Beyoncé & Jürgen Mø", ["beyonce", "jurgen", "mo"]),
        ("STRASSE Straße", ["strasse", "strasse"]),
        ("Don't Stop 'til You", ["dont", "stop", "til", "you"]),
        ("R.E.M. and M.I.A.", ["rem", "and", "mia"]),
        ("Ke$ha, P!nk", ["kesha", "pink"]),
        ("AC/DC", ["ac", "dc"]),
        ("U2", ["u2"]),
        ("東京事変", ["東京", "京事", "事変"]),
        ("林", ["林"]),
        ("방탄", ["방탄"]),
        ("  \t ", []),
        ("!!!", ["!!!"]),
        ("Rock & Roll", ["rock", "roll"]),
        ("÷ (Deluxe)", ["÷", "deluxe"]),
        ("+/-", ["+/-"]),
        ("( )", ["()"]),
        ("❤️", ["❤"]),
    ],
)
def test_words_are_compared_without_case_accents_and_punctuation(text: str, words: list[str]) -> None:
    assert words_of(text) == words


@pytest.mark.parametrize(
    ("stored", "asked"),
    [
        ("AC/DC", "acdc"),
        ("AC/DC", "ac dc"),
        ("R.E.M.", "rem"),
        ("a-ha", "aha"),
        ("Motörhead", "motorhead"),
        ("東京事変", "京事"),
        ("東京事変", "京"),
        ("방탄소년단", "소년"),
    ],
)
def test_names_are_found_however_they_are_spelled(stored: str, asked: str) -> None:
    assert set(words_of(asked)) <= set(stored_words([stored]))


@given(st.text(max_size=80))
def test_whatever_is_typed_the_words_of_a_name_find_it(text: str) -> None:
    words = words_of(text)
    assert set(words) <= set(stored_words([text]))
    assert all(0 < len(word) <= LONGEST_WORD for word in words)
    ask_words(text)


@given(st.text(max_size=80))
def test_a_song_is_named_by_a_share_of_the_query(text: str) -> None:
    assert 0.0 <= share(text, title=text, artists=(text,), album=text, genre=text) <= 1.0


def test_an_artist_of_a_plain_word_is_found_where_only_it_is_asked_for() -> None:
    assert share("songs by party", title="x", artists=("Party",)) == pytest.approx(1.0)
    assert share("party piano", title="x", artists=("Party",)) < 0.2


@pytest.mark.parametrize(
    "query", ["bach", "music by bach", "Bach!", "songs like Johann Sebastian Bach", "johann sebastian"]
)
def test_an_artist_explains_a_query_that_names_nothing_else(query: str) -> None:
    found = named(query, title="Air", artists=("Johann Sebastian Bach",))
    assert found is not None
    assert found.share == pytest.approx(1.0)
    assert found.fields == ("artist",)


def test_a_name_beside_describing_words_explains_a_part_of_the_query() -> None:
    mixed = share("something like bach for a wedding", title="Air", artists=("J. S. Bach",))
    assert 0.5 < mixed < 0.9
    assert mixed > share("something like bach for a calm wedding with guitar", title="Air", artists=("Bach",))


def test_a_describing_query_is_not_taken_for_the_name_of_a_song() -> None:
    assert share("calm acoustic guitar", title="Calm") == 0.0
    assert share("happy music for a party", title="Happy", album="Party") < 0.3
    assert share("calm", title="A Calm Day") < 0.3


@pytest.mark.parametrize(
    ("query", "title"),
    [("feelings of loss", "Feelings"), ("awakening city at dawn", "Awakening"), ("dark cello", "Dark Cave")],
)
def test_one_word_of_several_names_no_title_unless_it_is_quoted(query: str, title: str) -> None:
    first = query.split()[0]
    assert named(query, title=title) is None
    assert named(query, title="x", album=title) is None
    assert share(query.replace(first, f"“{first}”"), title=first) > 0.1
    assert share(first, title=first) == pytest.approx(1.0)
    assert (
        share(
            f"{title} for a wedding" if " " in title else f"{title} live for a wedding", title=f"{title} Live"
        )
        > 0.1
    )


def test_a_title_and_its_artist_name_a_song_together() -> None:
    found = named("imagine by lennon, calm", title="Imagine", artists=("John Lennon",))
    assert found is not None and found.fields == ("title", "artist")


def test_a_name_that_is_all_of_the_query_is_meant_even_in_plain_words() -> None:
    assert share("calm", title="Calm") == pytest.approx(1.0)
    assert share("night drive", title="x", album="Night Drive") == pytest.approx(1.0)
    assert share("party", title="x", album="Party") == pytest.approx(1.0)
    assert share("party music", title="x", album="Party") < 0.5


def test_a_whole_name_within_a_query_counts_more_than_its_words_elsewhere() -> None:
    whole = share("daft punk for a party", title="x", artists=("Daft Punk",))
    assert whole > share("daft punk for a party", title="x", artists=("Punk All Stars",))
    assert whole > 0.6


def test_words_behind_a_negation_name_nothing() -> None:
    assert share("piano but not queen", title="x", artists=("Queen",)) == 0.0
    assert share("bach without vivaldi", title="x", artists=("Vivaldi",)) == 0.0


def test_a_negation_may_be_part_of_a_name() -> None:
    assert share("no doubt", title="x", artists=("No Doubt",)) == pytest.approx(1.0)
    assert share("never gonna give you up", title="Never Gonna Give You Up") == pytest.approx(1.0)


def test_a_name_of_plain_words_only_is_found() -> None:
    assert share("the who", title="x", artists=("The Who",)) == pytest.approx(1.0)
    assert share("the the", title="x", artists=("The The",)) == pytest.approx(1.0)


def test_rare_words_explain_more_than_frequent_ones() -> None:
    query = "gershwin remastered"
    rare = named(query, counts={"gershwin": 2, "remastered": 400}, title="x", artists=("Gershwin",))
    frequent = named(
        query, counts={"gershwin": 2, "remastered": 400}, title="x", artists=("Bolero Remastered",)
    )
    assert rare is not None
    assert frequent is not None
    assert rare.share > 0.8 > 0.3 > frequent.share


def test_decorations_of_a_title_are_not_asked_for() -> None:
    assert share("yesterday", title="Yesterday (Remastered 2009)") == pytest.approx(1.0)


def test_a_stated_genre_counts_a_little() -> None:
    found = named("rock", title="x", genre="Rock")
    assert found is not None
    assert found.fields == ("genre",)
    assert found.share == pytest.approx(0.3)


def test_the_beginning_of_a_last_word_counts_almost_like_the_word() -> None:
    asked = ask_words("beethov")
    weights = weigh_words(asked, {}, SONGS, likeness, completions=["beethoven"])
    found = NameReader(asked, weights).named(title="x", artists=("Ludwig van Beethoven",))
    assert found is not None
    assert 0.7 < found.share < 1.0


def test_artists_can_be_taken_out_of_a_query() -> None:
    found = named("calm music like daft punk, but slower", title="x", artists=("Daft Punk",))
    assert found is not None
    assert (
        without_words("calm music like daft punk, but slower", found.artist) == "calm music like but slower"
    )
    assert without_words("calm piano", ()) == "calm piano"


@pytest.mark.parametrize(
    "query",
    [
        "canciones tristes sin Queen",
        "músicas calmas sem Queen",
        "canzoni tristi senza Queen",
        "chansons calmes sauf Queen, avec piano",
        "música alegre en vez de Queen",
        "ruhige Lieder, nichts mit Klavier außer von Queen",
    ],
)
def test_a_name_that_another_language_negates_is_not_asked_for(query: str) -> None:
    asked = ask_words(query)
    at = asked.words.index("queen")
    assert asked.turned[at] and not asked.significant[at]
    assert any(asked.significant)


@pytest.mark.parametrize("query", ["Sin City", "original sin by Queen", "Queen sem"])
def test_the_same_word_in_english_negates_nothing(query: str) -> None:
    assert not any(ask_words(query).turned)

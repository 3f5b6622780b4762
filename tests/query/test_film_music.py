"""What is seen leads to music: the table, and how its entries are put together."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from reelscore.query.film_music import MOST_PHRASES, music_for, table

FILMS = Path(__file__).parents[2] / "benchmarks" / "data" / "films.csv"


def _films() -> list[dict[str, str]]:
    with FILMS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_entry_says_music_and_keeps_its_figures_in_bounds() -> None:
    entries = set(table().values())
    assert len(entries) >= 350
    assert {entry.group for entry in entries} >= {
        "kind",
        "place",
        "people",
        "animal",
        "era",
        "medium",
        "light",
    }
    for entry in entries:
        assert entry.phrases
        assert all(phrase.text and 0 < phrase.weight <= 1 for phrase in entry.phrases)
        assert entry.tempo_bpm is None or 40 <= entry.tempo_bpm[0] < entry.tempo_bpm[1] <= 170
        assert entry.energy is None or 0 < entry.energy < 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("wedding, seaside, evening", "tender romantic piano"),
        ("Rocket launch!", "epic orchestral"),
        ("two WIZARDS in a library", "magical mysterious orchestra"),
        ("a car chase", "intense action"),
        ("Café in the rain", "mellow jazz"),
    ],
)
def test_the_kind_of_a_film_comes_first(words: str, said: str) -> None:
    music = music_for(words)
    assert said in music.phrases[0].text
    assert music.phrases[0].weight == 1.0
    assert [phrase.weight for phrase in music.phrases] == sorted(
        (phrase.weight for phrase in music.phrases), reverse=True
    )


def test_what_several_words_say_counts_more_than_a_detail() -> None:
    harbour, forest = (music_for(word).phrases[0].text for word in ("harbour", "forest"))

    def share(words: str) -> float:
        weights = {phrase.text: phrase.weight for phrase in music_for(words).phrases}
        return weights[forest] / weights[harbour]

    assert share("harbour, docks, forest") == pytest.approx(share("harbour, forest") / 2, abs=0.01)


def test_the_longest_words_count_and_one_thing_asks_for_the_same_however_often_it_is_named() -> None:
    assert music_for("race").seen == ("race",)
    assert music_for("street race").seen == ("street race",)
    thrice, once = music_for("beach, shore, coast"), music_for("beach")
    assert thrice.phrases == once.phrases
    assert thrice.seen == ("beach", "shore", "coast"), "each word is said to be understood"


def test_what_disagrees_is_settled_between_the_entries_by_their_weight() -> None:
    calm, wild, both = (music_for(words) for words in ("yoga", "street race", "yoga, street race"))
    assert calm.energy is not None
    assert wild.energy is not None
    assert both.energy is not None
    assert calm.energy < both.energy < wild.energy
    assert calm.tempo_bpm is not None
    assert wild.tempo_bpm is not None
    assert both.tempo_bpm is not None
    assert calm.tempo_bpm[0] < both.tempo_bpm[0] < wild.tempo_bpm[0]
    # A kind of film says more than the weather.
    assert music_for("horror film, sunshine").phrases[0].text == music_for("horror film").phrases[0].text


def test_what_is_wanted_is_not_avoided() -> None:
    assert "drums" in music_for("meditation").avoid
    assert "drums" not in music_for("meditation, medieval battle").avoid


def test_words_that_the_table_does_not_know_are_kept_as_they_are() -> None:
    music = music_for("bossa nova, garden, quux")
    assert music.rest == ("bossa nova", "quux")
    assert music.seen == ("garden",)
    assert music_for("quux").phrases == ()
    assert music_for("quux").tempo_bpm is None


def test_words_between_known_ones_are_kept_in_a_brief_and_said_to_be_left_in_a_description() -> None:
    brief = music_for("quux harbour with a blorb at dawn")
    assert brief.seen == ("harbour", "dawn")
    assert brief.rest == ("quux", "blorb")
    assert brief.left == ()
    plain = music_for("old harbour with three quuxes")
    assert (plain.rest, plain.left) == (("quuxes",), ("old", "three")), "a look or a number says no music"
    long = music_for("quux harbour with a blorb at dawn, where two of the fishermen wait for the tide")
    assert long.rest == ()
    assert {"quux", "blorb"} <= set(long.left)


def test_verbs_are_known_in_each_form_and_years_by_their_decade() -> None:
    assert music_for("exploding").phrases == music_for("explode").phrases
    assert music_for("juggled, cooked").rest == ("juggled",)
    assert music_for("a street in 1987").seen == ("street", "1987")
    assert music_for("1987").phrases == music_for("1980s").phrases
    assert music_for("parked").seen == (), "a park is nothing that is done"


@pytest.mark.parametrize(
    ("words", "said", "not_said"),
    [
        ("romantic comedy trailer", "light happy acoustic pop", "epic trailer"),
        ("bank heist", "sneaky cool jazz", "confident"),
        ("silent slapstick", "silly bouncy", "calm"),
        ("dog shelter", "tender hopeful piano", "bouncy"),
        ("mountain bike downhill", "rock", "indie pop"),
    ],
)
def test_what_a_film_is_leads_before_its_format_and_its_compounds_before_their_parts(
    words: str, said: str, not_said: str
) -> None:
    leading = music_for(words).phrases[0].text
    assert said in leading
    assert not_said not in leading


def test_what_somebody_does_not_want_is_told_apart() -> None:
    music = music_for("garden party, no vocals")
    assert music.unwanted == ("vocals",)
    assert "vocals" not in music.seen


def test_a_long_description_asks_for_a_bounded_number_of_phrases() -> None:
    assert len(music_for(" ".join(film["seen"] for film in _films())).phrases) <= MOST_PHRASES


def test_nearly_every_film_that_was_described_before_the_table_is_known_to_it() -> None:
    films = _films()
    assert len(films) >= 100
    for field, least in (("words", 0.97), ("seen", 0.97)):
        known = [bool(music_for(film[field]).phrases) for film in films]
        assert sum(known) >= least * len(films)


def test_the_energy_that_it_asks_for_is_near_the_one_that_was_wanted() -> None:
    films = _films()
    apart = [abs((music_for(film["words"]).energy or 0.5) - float(film["energy"])) for film in films]
    assert sum(apart) / len(apart) < 0.15


def test_every_chip_of_the_page_is_known() -> None:
    page = Path(__file__).parents[2] / "src/reelscore/web/static/js/analysis/about.js"
    chips = page.read_text("utf-8").split("CHIPS = {")[1].split("};")[0]
    words = re.findall(r'"([^"]+)"', re.sub(r'"[^"]+": \[', "[", chips))
    assert len(words) > 30
    assert [word for word in words if not music_for(word).phrases] == []


def test_how_it_is_filmed_leads_a_brief_and_is_a_detail_of_a_description() -> None:
    assert "cartoon" in music_for("animated").phrases[0].text
    dragon = "An animated dragon breathes fire over the ruins of a town while soldiers flee through the smoke"
    weights = {phrase.text: phrase.weight for phrase in music_for(dragon).phrases}
    assert "dragon" in music_for(dragon).seen
    assert weights.get("playful cartoon music", 0.0) < 0.3

"""What an answer says of the words that it was asked with, in every language."""

from __future__ import annotations

from typing import Any

import pytest

from asked import Asking
from reelscore.cli.output import print_answer
from reelscore.embedding.lite.embedder import LiteEmbedder
from reelscore.query.form import Query
from reelscore.records import MusicQuery, Phrase, VideoAnalysis
from reelscore.search.wording import Heard, Spoken, spoken, words_read
from reelscore.wiring import Wiring


@pytest.fixture
def ask(shared_demo_wiring: Wiring) -> Asking:
    return Asking(shared_demo_wiring)


@pytest.mark.parametrize(
    ("text", "english"),
    [
        ("schnelle fröhliche Gitarre ohne Gesang", "fast happy guitar without vocals"),
        ("musique triste au piano sans batterie", "music sad with piano without drums"),
        ("悲しいピアノ", "sad piano"),
    ],
)
def test_another_language_is_answered_as_its_english_is(ask: Asking, text: str, english: str) -> None:
    found, meant = (ask.recommend_text(words, limit=6).to_dict() for words in (text, english))
    assert [(song["id"], song["score"]) for song in found["songs"]] == [
        (song["id"], song["score"]) for song in meant["songs"]
    ]
    assert found["query"]["text"] == text
    assert found["query"]["words"].pop("language")
    assert found["query"]["words"] == meant["query"]["words"]


def test_an_answer_says_which_language_it_read_and_what_it_left_out(
    ask: Asking, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = ask.recommend_text("schnelle Gitarre für Zwischentöne", limit=2).to_dict()
    assert answer["query"]["words"] == {
        "understood": ["fast", "guitar"],
        "guessed": [],
        "unknown": ["Zwischentöne"],
        "described": [],
        "language": "German",
    }
    print_answer(answer)
    told = " ".join(capsys.readouterr().err.split())
    assert "this reads as German; understood: fast, guitar; not understood: Zwischentöne" in told


def test_a_language_of_which_nothing_is_known_is_named(ask: Asking) -> None:
    answer = ask.recommend_text("спокойная музыка", limit=2)
    assert answer.songs == ()
    assert answer.query["words"]["language"] == "a language in Cyrillic letters"
    assert answer.query["words"]["unknown"] == ["спокойная", "музыка"]
    assert answer.notes[-1].startswith("no words of a language in Cyrillic letters are known")
    half = ask.recommend_text("rustige muziek met piano", limit=2)
    assert len(half.songs) == 2
    assert half.query["words"]["understood"] == ["piano"]


def test_a_guide_and_what_is_said_of_a_film_are_read_in_their_language(ask: Asking) -> None:
    said = {"phrases": [{"text": "calm piano"}], "guide": "aber mit Gitarre und ohne Schlagzeug, schneller"}
    answer = ask.read(**said, tempo_bpm=[80, 100], limit=2)
    assert answer.query["words"] == {
        "understood": ["calm", "piano", "guitar", "not drums", "faster"],
        "guessed": [],
        "unknown": [],
        "described": [],
        "language": "German",
    }
    film = ask.read(about="Hochzeit, Strand, Abend", limit=2)
    assert film.query["words"]["understood"] == ["wedding", "beach", "evening"]
    assert film.query["words"]["language"] == "German"


def test_no_word_on_a_film_is_dropped_in_silence(ask: Asking) -> None:
    words = ask.read(about="old harbour with xqwzy, accordion", limit=2).query["words"]
    assert words["understood"] == ["harbour", "accordion"]
    assert words["unknown"] == ["old", "xqwzy"]
    about = (
        "Men carry xqwzy boxes from the ship to the harbour, and an old dog waits beside them for the evening"
    )
    words = ask.read(about=about, limit=2).query["words"]
    assert words["understood"] == ["ship", "harbour", "dog", "waits", "evening"]
    assert {"xqwzy", "carry", "old"} <= {*words["unknown"]}


def test_a_model_that_reads_every_word_leaves_none_out() -> None:
    lite, query = LiteEmbedder(), Query(text="fast xqwzy")
    told: dict[str, Any] = {"seen": (), "named": ()}
    music = MusicQuery((Phrase("fast xqwzy"),))
    for reads_all, guessed, unknown in ((False, (), ("xqwzy",)), (True, ("xqwzy",), ())):
        read = words_read(lite, Spoken(query), music, [Heard("fast xqwzy")], (), reads_all=reads_all, **told)
        assert (read.understood, read.guessed, read.unknown) == (("fast",), guessed, unknown)
    foreign = spoken(Query(text="schnelle Zwischentöne"))
    said = foreign.heard(lite, "schnelle Zwischentöne", "schnelle Zwischentöne")
    read = words_read(lite, foreign, music, [said], (), reads_all=True, **told)
    assert (read.understood, read.guessed, read.unknown) == (("fast",), (), ("Zwischentöne",))


def test_words_beside_a_video_are_told(ask: Asking, shared_demo_wiring: Wiring) -> None:
    analysis = VideoAnalysis(
        "", "", (), "calm", ("ambient",), "Slow", "Low", "local:test",
        phrases=(Phrase("calm ambient"),), tempo_bpm=(60.0, 80.0), energy=0.3,
    )  # fmt: skip
    stored = shared_demo_wiring.catalog.save_analysis(analysis, content_hash="w", analyzer="local:test")
    assert "words" not in ask.read(analysis_id=stored, limit=1).query
    guided = ask.read(analysis_id=stored, guide="calmer, with piano and no drums", limit=1)
    assert guided.query["words"]["understood"] == ["piano", "not drums", "calmer"]

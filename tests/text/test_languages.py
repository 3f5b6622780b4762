"""Texts in other languages: recognised, and put into English that the one grammar of negation reads."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from reelscore.embedding.lite.embedder import LiteEmbedder
from reelscore.embedding.lite.lexicon import load_lexicon
from reelscore.query.film_music import table as film_table
from reelscore.text.languages import COMPARED, LANGUAGES, entries, in_english
from reelscore.text.negation import read_negations

sys.path.insert(0, str(Path(__file__).parent.parent / "answers"))
from questions import QUESTIONS

# Text, language, what is wanted, and what is not.
SENTENCES = [
    ("schnelle fröhliche Gitarre ohne Gesang", "German", "fast happy guitar", ["vocals"]),
    ("froehliche Gitarrenmusik", "German", "happy guitar music", []),
    ("ruhige Klaviermusik für einen Film", "German", "calm piano music for a film", []),
    ("weder Schlagzeug noch Gesang, bitte langsam", "German", "want slow", ["drums", "vocals"]),
    ("nicht zu schnell, aber traurig, keine E-Gitarren", "German", "but sad", ["fast", "electric guitar"]),
    ("gesangslose düstere Technomusik", "German", "dark techno music", ["vocals"]),
    ("Gitarre -schlagzeug", "German", "guitar", ["drums"]),
    ("musique triste au piano sans batterie", "French", "music sad with piano", ["drums"]),
    ("guitare douce, pas de batterie ni voix", "French", "guitar soft", ["drums", "vocals"]),
    ("je ne veux pas de voix de femme", "French", "", ["female vocals"]),
    ("musique qui n'est pas triste", "French", "", ["sad"]),
    ("joyeuses chansons d'été", "French", "happy song of summer", []),
    ("jazz lent avec saxophone", "French", "jazz slow with saxophone", []),
    ("guitarra rápida y alegre sin voz", "Spanish", "guitar fast and happy", ["vocals"]),
    ("algo tranquilo, nada de percusión", "Spanish", "something calm", ["percussion"]),
    ("no quiero batería", "Spanish", "", ["drums"]),
    ("canciones tristes para dormir", "Spanish", "song sad for sleep", []),
    ("chitarre veloci senza batteria né voci", "Italian", "guitar fast", ["drums", "vocals"]),
    ("pianoforte lento, non troppo triste", "Italian", "piano slow", ["sad"]),
    ("violão calmo sem bateria nem vozes", "Portuguese", "guitar calm", ["drums", "vocals"]),
    ("não muito lento", "Portuguese", "", ["slow"]),
    ("悲しいピアノ", "Japanese", "sad piano", []),
    ("ドラムとボーカルなしの静かなピアノ曲", "Japanese", "quiet piano song", ["drums", "vocals"]),
    ("うるさくないギターの音楽が欲しい", "Japanese", "guitar of music want", ["loud"]),
    ("速くて楽しいギター、歌はいらない", "Japanese", "fast happy guitar", ["vocals"]),
    ("激しすぎないロック", "Japanese", "rock", ["intense"]),
]


@pytest.mark.parametrize(("text", "language", "wanted", "not_wanted"), SENTENCES)
def test_a_sentence_is_read_in_its_language(
    text: str, language: str, wanted: str, not_wanted: list[str]
) -> None:
    read = in_english(text)
    assert read is not None and read.language == language
    spans = read_negations(read.text)
    plain = " ".join(re.findall(r"\w+", " ".join(span.text for span in spans if not span.negated)))
    assert (plain, [span.text for span in spans if span.negated]) == (wanted, not_wanted)
    assert not read.left - {"jazz", "saxophone"}


def test_what_may_be_several_languages_is_said_to_be_any_of_them() -> None:
    read = in_english("piano triste")
    assert read is not None and read.language == "French or Spanish or Portuguese"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("спокойная музыка", "a language in Cyrillic letters"),
        ("조용한 피아노 음악", "Korean"),
        ("安静的钢琴音乐", "Chinese"),
        ("ήρεμη μουσική", "Greek"),
        ("rustige muziek met piano", "Dutch"),
        ("lugn musik utan sång", "Swedish"),
        ("smutna muzyka bez śpiewu", "Polish"),
        ("hüzünlü piyano müziği", "Turkish"),
    ],
)
def test_languages_without_a_table_are_recognised(text: str, language: str) -> None:
    read = in_english(text)
    assert read is not None and (read.language, read.text) == (language, text)
    assert read.left


def test_words_that_are_not_known_stay_and_are_told() -> None:
    read = in_english("Musik wie von Hans Zimmer, aber fröhlich")
    assert read is not None and read.left == {"Hans", "Zimmer"}
    assert read.text == "music like of Hans Zimmer, but happy"


@pytest.mark.parametrize(
    "text",
    ["", "Los Lobos", "La vie en rose", "Je t'aime", "ohne dich", "something like Кино", "calm musik", "!!!",
     "songs by きゃりーぱみゅぱみゅ", "the lento e vivace movement", 'like "Musik, bitte", but slow'],
)  # fmt: skip
def test_names_and_single_words_do_not_make_a_text_foreign(text: str) -> None:
    assert in_english(text) is None


def test_english_stays_as_it_is() -> None:
    asked = {question["body"].get("query") for question in QUESTIONS.values()} - {None}
    phrases = {" ".join(words) for words in (*load_lexicon().vectors, *film_table())}
    foreign = {text for text in asked if in_english(text)}
    assert foreign == {"ruhige Klaviermusik für einen Film"}
    # "Musique concrète" is a phrase of the lexicon, and French.
    read = {phrase: found.text for phrase in phrases if (found := in_english(phrase))}
    assert all(phrase == text for phrase, text in read.items()), read


def test_the_english_of_the_table_is_known_to_the_words_of_the_lite_space() -> None:
    lite = LiteEmbedder()
    told = {COMPARED.get(said, said) for _, _, said, tells in entries() if tells}
    assert len(told) > 200
    assert {said for said in told if lite.read_words(said).unknown} == set()
    for language in LANGUAGES:
        words = {words for name, words, _, tells in entries() if name == language and tells}
        assert len(words) > 300, language

from __future__ import annotations

import random
from collections import Counter
from typing import Any

from reelscore.ranking.reasons import CLEAR_BEAT
from reelscore.ranking.reasons import describe as reasons_of
from reelscore.records import MusicFeatures, MusicQuery, Phrase, Reason

FEATURES = MusicFeatures(duration=30.0, tempo_bpm=68.0, tempo_confidence=0.8, key="C major", energy=0.2)
TAGS = {"acoustic guitar": 0.8, "folk": 0.5, "techno": 0.1}


def describe(**given: Any) -> tuple[str, ...]:
    return tuple(reason.text for reason in reasons_of(**given))


def test_what_is_heard_is_named_without_weak_tags() -> None:
    reasons = describe(features=FEATURES, tags=TAGS)
    assert reasons[0] == "acoustic guitar, folk, calm"
    assert reasons[1] == "68 bpm in C major"


def test_a_tempo_that_suits_says_what_it_suits() -> None:
    query = MusicQuery((Phrase("x"),), tempo_bpm=(60, 80))
    reasons = describe(features=FEATURES, tags=TAGS, query=query, pace="the slow pace of the picture")
    assert "68 bpm suits the slow pace of the picture" in reasons


def test_a_tempo_that_does_not_suit_is_said_too() -> None:
    query = MusicQuery((Phrase("x"),), tempo_bpm=(95, 105))
    assert "68 bpm, while 95-105 was wanted" in describe(features=FEATURES, tags=TAGS, query=query)


def test_half_the_wanted_tempo_is_not_said_to_be_inside() -> None:
    query = MusicQuery((Phrase("x"),), tempo_bpm=(130, 140))
    reasons = describe(features=FEATURES, tags={}, query=query)
    assert "68 bpm suits the picture in double time (136)" in reasons


def test_a_tempo_just_outside_is_said_to_be_near() -> None:
    query = MusicQuery((Phrase("x"),), tempo_bpm=(70, 80))
    assert "68 bpm is close to what suits the picture" in describe(features=FEATURES, tags={}, query=query)


def test_energy_is_compared_with_the_wish() -> None:
    low, high = MusicQuery((), energy=0.2), MusicQuery((), energy=0.9)
    assert "low energy, as wanted" in describe(features=FEATURES, tags={}, query=low)
    assert "low energy, less than was wanted" in describe(features=FEATURES, tags={}, query=high)


def test_each_sentence_about_a_wish_is_true_of_its_numbers() -> None:
    """Random songs and wishes: what is said is read back and held against the numbers."""
    draw = random.Random(12)
    levels = {"low": (0, 1 / 3), "medium": (1 / 3, 2 / 3), "high": (2 / 3, 1)}
    said = Counter[str]()
    for _ in range(3000):
        tempo, low, energy, wish = draw.uniform(40, 210), draw.uniform(40, 180), draw.random(), draw.random()
        high = low + draw.uniform(0, 40)
        song = MusicFeatures(duration=30.0, tempo_bpm=tempo, energy=energy, tempo_confidence=draw.random())
        query = MusicQuery((Phrase("x"),), tempo_bpm=(low, high), energy=wish)
        *_, beat_reason, level_reason = reasons_of(features=song, tags={}, query=query)
        beat, level = beat_reason.text, level_reason.text
        assert (beat_reason.kind, level_reason.kind) == ("tempo", "energy")
        assert beat_reason.supports == (beat != "no clear beat" and "while" not in beat)
        assert level_reason.supports == ("than was wanted" not in level)
        if beat == "no clear beat":
            assert song.tempo_confidence is not None and song.tempo_confidence < 0.15
        else:
            assert beat.startswith(f"{tempo:.0f} bpm")
            read = tempo * (0.5 if "half time" in beat else 2 if "double time" in beat else 1)
            if "while" in beat:
                assert not any(low <= one <= high for one in (tempo, tempo / 2, tempo * 2))
            elif "close" in beat:
                assert not low <= read <= high and low / 1.09 <= read <= high * 1.09
            else:
                assert low <= read <= high
        first, last = levels[level.split()[0]]
        assert first <= energy <= last
        if ", as wanted" in level:
            assert first <= wish <= last and abs(energy - wish) <= 0.2
        elif "close" in level:
            assert abs(energy - wish) <= 0.1
        else:
            assert (energy > wish) == ("more" in level) and abs(energy - wish) > 0.1
        said[beat.split(" bpm")[-1].split(" (")[0].split(",")[0]] += 1
        said[level.split(", ")[1]] += 1
    assert len(said) >= 11  # each kind of sentence was met


def test_each_sentence_about_a_song_is_true_of_it() -> None:
    """Random songs: their tags, their key, what the words name, what they are near the top for and like."""
    draw = random.Random(17)
    words = ("guitar", "piano", "calm", "energetic", "folk", "rock", "sad")
    levels = {"calm": (0, 1 / 3), "moderate": (1 / 3, 2 / 3), "energetic": (2 / 3, 1)}
    said = Counter[str]()
    for _ in range(2000):
        tags = dict(sorted(((word, draw.random()) for word in words), key=lambda one: -one[1]))
        song = MusicFeatures(
            duration=30.0,
            tempo_bpm=draw.choice((None, draw.uniform(40, 210))),
            tempo_confidence=draw.random(),
            key=draw.choice(("A minor", "C major")),
            energy=draw.random(),
        )
        named = tuple(draw.sample(("title", "artist", "genre"), draw.randrange(3)))
        matched = draw.sample(("slow strings", "tense"), draw.randrange(3))
        like = draw.choice((None, "Another song"))
        for reason in describe(features=song, tags=tags, matched=matched, like=like, named=named):
            if reason.endswith("named in your words"):
                told = reason.removeprefix("its ").split(" is ")[0].split(" are ")[0].split(" and ")
                assert tuple(one.removeprefix("stated ") for one in told) == named != ()
                said["named"] += 1
            elif reason.startswith("near the top"):
                assert reason.count("“") == len(matched) > 0 and all(f"“{one}”" in reason for one in matched)
                said["near the top"] += 1
            elif reason.startswith("sounds like"):
                assert reason == f"sounds like {like}" and like is not None
                said["like"] += 1
            elif reason == "no clear beat":
                assert song.tempo_bpm and song.tempo_confidence < CLEAR_BEAT
                said[reason] += 1
            elif " bpm in " in reason:
                assert song.tempo_confidence >= CLEAR_BEAT
                assert song.tempo_bpm and reason == f"{song.tempo_bpm:.0f} bpm in {song.key}"
                said["bpm"] += 1
            else:
                *heard, last = reason.split(", ")
                assert all(tags[one] >= 0.3 for one in heard)
                first, end = levels.get(last, (0, 1))
                assert tags.get(last, 0) >= 0.3 or first <= song.energy <= end
                said["sound"] += 1
    assert len(said) == 6


def test_a_beat_that_is_not_clear_is_no_praise() -> None:
    drone = MusicFeatures(duration=30.0, tempo_bpm=68.0, tempo_confidence=0.04)
    assert "no clear beat" in describe(features=drone, tags={})


def test_a_fact_speaks_neither_for_a_song_nor_against_it() -> None:
    tags, tempo = reasons_of(features=FEATURES, tags=TAGS)
    assert (tags.kind, tags.supports, tempo.kind, tempo.supports) == ("tags", None, "tempo", None)
    drone = MusicFeatures(duration=30.0, tempo_bpm=68.0, tempo_confidence=0.04)
    assert reasons_of(features=drone, tags={})[-1] == Reason("no clear beat", "tempo")


def test_the_short_text_of_many_phrases_has_the_first() -> None:
    (reason,) = reasons_of(features=None, tags={}, matched=("slow strings", "tense"))
    assert reason.text == "near the top for “slow strings”, “tense”"
    assert reason.short == "near the top for “slow strings”" and reason.supports


def test_there_is_always_a_reason() -> None:
    assert describe(features=None, tags={}) == ("closest by its sound",)

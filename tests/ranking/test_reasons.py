from __future__ import annotations

from reelscore.ranking.reasons import describe
from reelscore.records import MusicFeatures, MusicQuery, Phrase

FEATURES = MusicFeatures(duration=30.0, tempo_bpm=68.0, key="C major", energy=0.2)
TAGS = {"acoustic guitar": 0.8, "folk": 0.5, "techno": 0.1}


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
    assert "68 bpm, half or double of what suits the picture" in reasons


def test_a_tempo_just_outside_is_said_to_be_near() -> None:
    query = MusicQuery((Phrase("x"),), tempo_bpm=(70, 80))
    assert "68 bpm, close to what suits the picture" in describe(features=FEATURES, tags={}, query=query)


def test_energy_is_compared_with_the_wish() -> None:
    low, high = MusicQuery((), energy=0.2), MusicQuery((), energy=0.9)
    assert "low energy, as wanted" in describe(features=FEATURES, tags={}, query=low)
    assert "low energy, less than was wanted" in describe(features=FEATURES, tags={}, query=high)


def test_there_is_always_a_reason() -> None:
    assert describe(features=None, tags={}) == ("closest by its sound",)

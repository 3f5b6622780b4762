"""The direction of each measurement, so that a wrong sign cannot hide."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reelscore.records import Dissolve, Section, Shot, VideoMeasurements
from reelscore.video.local.interpret import Wish, interpret, mood_of, tonality_of
from reelscore.video.local.wording import (
    basis_of,
    description_of,
    keywords_of,
    phrases_for,
    recommendation_of,
)

ORDER = {"Low": 0, "Medium": 1, "High": 2, "Slow": 0, "Fast": 2}


def measured(
    *, cuts: int = 6, motion: float = 0.3, brightness: float = 0.45, warmth: float = 0.05,
    saturation: float = 0.3, speech: float | None = None, duration: float = 60.0,
    loudness: float = -20.0, own_bpm: float | None = None, own_confidence: float = 0.0,
) -> VideoMeasurements:  # fmt: skip
    return VideoMeasurements(
        duration=duration,
        width=1920,
        height=1080,
        frame_rate=25.0,
        rotation=0,
        frames=int(duration * 25),
        cuts=tuple((k + 1) * duration / (cuts + 1) for k in range(cuts)),
        cuts_per_minute=60 * cuts / duration,
        motion=motion,
        brightness=brightness,
        contrast=0.5,
        saturation=saturation,
        warmth=warmth,
        has_audio=speech is not None,
        loudness_lufs=None if speech is None else loudness,
        speech=speech,
        music_tempo_bpm=own_bpm,
        music_tempo_confidence=own_confidence,
    )


def texts(wish: Wish) -> str:
    return " | ".join(phrase.text for phrase in phrases_for(wish))


def rising(values: list[float]) -> bool:
    return values == sorted(values) and values[-1] > values[0]


def test_more_cuts_want_a_higher_tempo_and_more_energy() -> None:
    wishes = [interpret(measured(cuts=cuts)) for cuts in (0, 4, 10, 20, 40, 90)]
    assert rising([wish.energy for wish in wishes])
    assert rising([wish.tempo_bpm[0] for wish in wishes])
    assert rising([wish.tempo_bpm[1] for wish in wishes])
    assert rising([ORDER[wish.tempo] for wish in wishes])
    assert rising([ORDER[wish.energy_level] for wish in wishes])


def test_more_motion_wants_more_energy_and_a_higher_tempo() -> None:
    wishes = [interpret(measured(motion=motion)) for motion in (0.0, 0.2, 0.5, 0.8, 1.0)]
    assert rising([wish.energy for wish in wishes])
    assert rising([wish.tempo_bpm[0] for wish in wishes])
    assert rising([ORDER[wish.energy_level] for wish in wishes])


def test_darker_pictures_want_darker_music() -> None:
    wishes = [interpret(measured(brightness=b)) for b in (0.05, 0.2, 0.4, 0.7)]
    assert rising([wish.cheer for wish in wishes])
    assert wishes[0].colour == "dark" != wishes[-1].colour
    assert "minor" in texts(wishes[0])
    assert "dark" in texts(wishes[0])
    assert "minor" not in texts(wishes[-1])
    assert "dark" not in texts(wishes[-1])


def test_warmer_and_brighter_pictures_want_happier_music() -> None:
    wishes = [interpret(measured(warmth=w, brightness=0.6)) for w in (-0.4, -0.1, 0.1, 0.4)]
    assert rising([wish.cheer for wish in wishes])
    happy = interpret(measured(warmth=0.35, brightness=0.65))
    assert "happy" in texts(happy)
    assert "major" in texts(happy)
    assert happy.mood in ("peaceful", "cheerful", "euphoric")
    cold = interpret(measured(warmth=-0.35, brightness=0.12))
    assert "happy" not in texts(cold)
    assert cold.mood in ("melancholic", "brooding", "intense")


def test_richer_colours_are_no_less_cheerful() -> None:
    assert rising([interpret(measured(saturation=s)).cheer for s in (0.0, 0.2, 0.5)])


def test_speech_wants_music_without_vocals() -> None:
    assert "no vocals" in texts(interpret(measured(speech=0.9)))
    assert "no vocals" not in texts(interpret(measured(speech=0.05)))
    assert "no vocals" not in texts(interpret(measured(speech=None)))


def test_louder_sound_wants_more_energy_and_a_voice_counts_for_less() -> None:
    levels = (-50.0, -35.0, -25.0, -15.0, -8.0)
    wishes = [interpret(measured(speech=0.0, loudness=loudness)) for loudness in levels]
    assert rising([wish.energy for wish in wishes])
    assert len({wish.tempo_bpm for wish in wishes}) == 1
    spoken = [interpret(measured(speech=1.0, loudness=loudness)).energy for loudness in levels]
    assert spoken[-1] - spoken[0] < 0.01
    assert interpret(measured()).loudness_weight == 0.0
    for speech, named in ((0.0, True), (0.99, False)):  # what counts for nothing is not given as a reason
        film = measured(speech=speech)
        assert ("its loudness" in basis_of(film, interpret(film), ())["energy"]) == named


@pytest.mark.parametrize("confidence", [0.3, 1.0])
def test_the_videos_own_music_draws_the_wanted_tempo_towards_it(confidence: float) -> None:
    alone = interpret(measured())
    middle = sum(alone.tempo_bpm) / 2
    for factor in (0.8, 1.25):
        wish = interpret(measured(own_bpm=middle * factor, own_confidence=confidence))
        drawn = sum(wish.tempo_bpm) / 2
        assert wish.own_tempo_weight == pytest.approx(0.5 * confidence)
        assert min(middle, middle * factor) < drawn < max(middle, middle * factor)
    surer = interpret(measured(own_bpm=middle * 1.25, own_confidence=1.0)).tempo_bpm
    unsure = interpret(measured(own_bpm=middle * 1.25, own_confidence=0.2)).tempo_bpm
    assert surer[0] > unsure[0] >= alone.tempo_bpm[0]


@pytest.mark.parametrize("motion", [0.0, 0.3, 0.9])
def test_faster_music_of_its_own_never_wants_slower_music(motion: float) -> None:
    tempi = (50.0, 70.0, 90.0, 110.0, 130.0, 150.0, 180.0, 200.0)
    wishes = [interpret(measured(motion=motion, own_bpm=bpm, own_confidence=0.7)) for bpm in tempi]
    assert rising([wish.tempo_bpm[0] for wish in wishes])
    assert rising([wish.tempo_bpm[1] for wish in wishes])
    assert interpret(measured(own_bpm=120.0, own_confidence=0.0)).own_tempo_bpm is None


def test_the_basis_shows_the_weights_of_the_sound() -> None:
    facts = measured(speech=0.1, own_bpm=128.0, own_confidence=0.8)
    basis = basis_of(facts, interpret(facts), ())
    assert "128 bpm" in basis["tempo"]
    assert "40%" in basis["tempo"]
    assert "-20 LUFS" in basis["energy"]
    assert "9%" in basis["energy"]


def test_light_does_not_change_the_tempo() -> None:
    assert (
        len({interpret(measured(brightness=b, warmth=w)).tempo_bpm for b in (0.1, 0.6) for w in (-0.4, 0.4)})
        == 1
    )


def test_tonality_and_mood_go_from_dark_to_bright() -> None:
    assert [tonality_of(level) for level in (0.1, 0.5, 0.9)] == ["minor", None, "major"]
    assert mood_of(0.1, 0.1) == "melancholic"
    assert mood_of(0.9, 0.9) == "euphoric"


def test_calm_and_fast_videos_are_searched_for_in_other_words() -> None:
    calm = interpret(measured(cuts=2, motion=0.05, brightness=0.5, warmth=0.2))
    fast = interpret(measured(cuts=50, motion=0.7, brightness=0.5, warmth=-0.1))
    assert not set(texts(calm).split(" | ")) & set(texts(fast).split(" | "))
    assert (calm.tempo, fast.tempo) == ("Slow", "Fast")
    assert (calm.energy_level, fast.energy_level) == ("Low", "High")
    assert not set(calm.genres) & set(fast.genres)
    assert calm.tempo_bpm[1] < fast.tempo_bpm[0]


@pytest.mark.parametrize("cuts", [0, 8, 20, 60])
@pytest.mark.parametrize("brightness", [0.05, 0.4, 0.8])
@pytest.mark.parametrize("warmth", [-0.4, 0.0, 0.4])
def test_every_wish_has_three_to_five_short_phrases(cuts: int, brightness: float, warmth: float) -> None:
    wish = interpret(measured(cuts=cuts, brightness=brightness, warmth=warmth, speech=0.8))
    phrases = phrases_for(wish)
    assert 3 <= len(phrases) <= 5
    assert len({phrase.text for phrase in phrases}) == len(phrases)
    assert all(0 < phrase.weight <= 1 and len(phrase.text) <= 40 for phrase in phrases)
    assert 40 <= wish.tempo_bpm[0] < wish.tempo_bpm[1] <= 200


def test_every_field_says_what_it_rests_on_with_numbers() -> None:
    facts = measured(cuts=7, motion=0.31, brightness=0.42, warmth=-0.2, speech=0.66)
    basis = basis_of(facts, interpret(facts), ())
    documented = {
        *("description", "music_recommendation", "keywords", "mood", "genre_suggestions"),
        *("tempo", "energy_level"),
    }
    assert documented <= set(basis)
    assert "7 cuts" in basis["tempo"]
    assert "0.31" in basis["energy_level"]
    assert "0.42" in basis["mood"]
    assert "-0.20" in basis["genre_suggestions"]
    assert "0.66" in basis["music_recommendation"]


def test_the_words_say_what_was_measured() -> None:
    facts = measured(cuts=30, motion=0.8, brightness=0.1, warmth=0.3, speech=0.9)
    wish = interpret(facts)
    assert "31 shots" in description_of(facts)
    assert "not recognised" in description_of(facts)

    assert {"fast cuts", "lively movement", "very dark pictures", "warm colours", "speech"} <= set(
        keywords_of(facts, wish)
    )
    assert "without vocals" in recommendation_of(wish, ())


def test_numbers_have_their_plurals_and_soft_changes_count() -> None:
    one = measured(cuts=1, duration=60.0)
    assert "2 shots (1 cut a minute)" in description_of(one)
    assert "1 cut in 60.0 s" in basis_of(one, interpret(one), ())["tempo"]
    late = replace(one, duration=65.0, picture_start=5.0)  # a minute of pictures
    assert "1 cut in 60.0 s (1.0 a minute)" in basis_of(late, interpret(late), ())["tempo"]
    frame = measured(cuts=0, duration=0.04)
    assert "video of 0.04 s" in description_of(frame)
    assert "0 cuts in 0.04 s" in basis_of(frame, interpret(frame), ())["tempo"]
    shots = (Shot(0, 19.5, "start"), Shot(19.5, 40.5, "dissolve"), Shot(40.5, 60, "fade"))
    soft = replace(
        measured(cuts=0, duration=60.0), shots=shots, dissolves=(Dissolve(19, 20), Dissolve(40, 41, "fade"))
    )
    assert "3 shots (2 changes a minute), 2 dissolves and fades" in description_of(soft)


def test_the_recommendation_names_the_calmest_and_the_busiest_stretch() -> None:
    wish = interpret(measured())
    sections = (Section(0, 20, 0.1, "calm"), Section(20, 75, 0.7, "driving"))
    assert "busiest from 0:20 to 1:15" in recommendation_of(wish, sections)
    alike = tuple(replace(section, energy=0.3) for section in sections)
    assert "busiest" not in recommendation_of(wish, alike)


def test_silence_and_no_sound_are_told_apart() -> None:
    silent = replace(measured(), has_audio=True)
    assert "no sound" in description_of(measured())
    assert "silent" in description_of(silent)

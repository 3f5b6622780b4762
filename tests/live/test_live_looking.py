"""Windows over a picture that is still coming, and the calm decisions made from them."""

from __future__ import annotations

import itertools
import pickle
from collections.abc import Sequence

import numpy as np
import pytest
from drawn_stream import CALM, DARK, HECTIC, RATE, Scene, cuts_of, drawn
from hypothesis import given, settings
from hypothesis import strategies as st

from reelscore.live.deciding import Decider, Decision, Rules, query_of
from reelscore.live.looking import Cut, Look, Watcher
from reelscore.query.form import Query
from reelscore.records import VideoMeasurements
from reelscore.video.local.interpret import energy_level, interpret
from reelscore.video.measure.pace import energy_curve
from reelscore.video.measure.pictures import PictureMeter


def watch(scenes: Sequence[Scene], *, seed: int = 0) -> tuple[list[Cut], list[Look], list[Decision]]:
    watcher, decider = Watcher(RATE), Decider()
    cuts: list[Cut] = []
    looks: list[Look] = []
    made: list[Decision] = []
    for number, (time, image) in enumerate(drawn(scenes, seed=seed)):
        cuts += watcher.add(time, image)
        if number % 5 == 0:
            looks.append(watcher.look())
            decision = decider.take(looks[-1])
            made += [decision] if decision else []
    return cuts, looks, made


def test_a_cut_is_told_within_two_frames() -> None:
    scenes = [Scene(4.0, **HECTIC), Scene(2.0, **DARK), Scene(2.0, **CALM)]
    told, _, _ = watch(scenes)
    expected = cuts_of(scenes)
    seen = {round(cut.time, 3): cut.seen_at for cut in told if cut.state == "seen"}
    certain = [cut.time for cut in told if cut.state == "certain"]
    assert certain == pytest.approx(expected, abs=1e-6)
    assert [seen[round(cut, 3)] - cut for cut in expected] == pytest.approx([2 / RATE] * len(expected))


def test_a_flash_is_taken_back() -> None:
    watcher = Watcher(RATE)
    told: list[Cut] = []
    for number, (time, image) in enumerate(drawn([Scene(3.0, **CALM)])):
        flash = drawn([Scene(0.2, light=0.9)], seed=9) if 50 <= number < 53 else None
        told += watcher.add(time, next(flash)[1] if flash else image)
    assert {cut.state for cut in told} <= {"seen", "none"}
    assert any(cut.state == "none" for cut in told)


def test_memory_stays_what_it_is() -> None:
    watcher = Watcher(RATE)
    sizes = []
    silence = np.random.default_rng(0).normal(0, 0.1, 6_400).astype(np.float32)
    frames = list(drawn([Scene(2.0, **HECTIC)]))
    for time in np.arange(0.0, 84.0, 0.4):  # a tenth of the frames will do
        watcher.add(time, frames[int(time * 10) % len(frames)][1])
        watcher.hear(time, silence)
        if round(time * 10) % 80 == 0:
            sizes.append(len(pickle.dumps(watcher)))
    assert max(sizes[7:]) < 1.25 * max(sizes[3:7])
    assert max(sizes) < 4_000_000


@pytest.mark.parametrize("scene", [CALM, DARK, HECTIC], ids=["calm", "dark", "hectic"])
def test_a_window_is_like_the_curves_of_a_file(scene: dict[str, float]) -> None:
    scenes = [Scene(12.0, **scene)]
    meter = PictureMeter()
    for index, (time, image) in enumerate(drawn(scenes)):
        meter.add(index, time, image)
    for cut in cuts_of(scenes):
        meter.forget_step(round(cut * RATE))
    curves = meter.curves()
    figures = watch(scenes)[1][-1].figures
    assert figures.brightness == pytest.approx(curves.brightness[-4:].mean(), abs=0.05)
    assert figures.warmth == pytest.approx(curves.warmth[-4:].mean(), abs=0.05)
    assert figures.motion == pytest.approx(curves.motion[-4:].mean(), abs=0.08)
    whole = float(energy_curve(cuts_of(scenes), curves.motion)[5:].mean())
    assert energy_level(interpret(figures).energy) == energy_level(whole)


@pytest.mark.parametrize("order", [(CALM, HECTIC), (HECTIC, CALM), (CALM, DARK), (DARK, HECTIC)])
def test_a_change_is_decided_soon(order: tuple[dict[str, float], dict[str, float]]) -> None:
    decisions = watch([Scene(22.0, **order[0]), Scene(5.0, **order[1])])[2]
    late = [each.time - 22.0 for each in decisions if each.time > 22.0]
    assert late, [(each.time, each.mood) for each in decisions]
    assert late[0] <= 4.0
    assert [each.time for each in decisions if 3.0 < each.time < 22.0] == []
    assert decisions[-1].before != decisions[-1].mood
    assert decisions[-1].reasons


def test_a_flickering_scene_changes_at_most_once_a_minute() -> None:
    flicker = [Scene(1.0, **(CALM if number % 2 else DARK)) for number in range(90)]
    decisions = watch(flicker)[2][1:]  # the first mood is no change
    assert len(decisions) <= 2
    for first, second in itertools.pairwise(decisions):
        assert second.time - first.time >= 60.0


def test_shots_of_any_light_are_one_passage() -> None:
    shots = [Scene(3.0, light=(0.6, 0.2, 0.45)[number % 3]) for number in range(15)]
    looks = watch(shots)[1]
    brightness = [look.figures.brightness for look in looks if look.time > 15.0]
    assert max(brightness) - min(brightness) < 0.15  # of .4 from shot to shot


def test_light_that_goes_out_under_fast_cuts_is_seen_soon() -> None:
    decisions = watch([Scene(20.0, **HECTIC), Scene(6.0, **{**HECTIC, "light": 0.1})])[2]
    assert decisions[-1].mood == "intense"
    assert 20.0 < decisions[-1].time < 24.5


def test_a_mood_that_was_called_for_a_shot_that_had_begun_is_corrected() -> None:
    looks = [look_at(time / 4, 0.7, 0.3, 12, shot=0.5) for time in range(100)]  # up to 25 s
    looks += [look_at(25.0 + time / 4, 0.7, 0.3, 4 if time < 8 else 0, shot=time / 4) for time in range(48)]
    decider = Decider()
    made = [decision for look in looks if (decision := decider.take(look)) is not None]
    assert [each.mood for each in made[-2:]] == ["cheerful", "peaceful"]
    assert made[-1].time - made[-2].time == pytest.approx(4.0, abs=0.3)


FIRST_STAY_SECONDS = 4.0  # the first mood rests on little


def look_at(time: float, brightness: float, motion: float, cuts: int, shot: float = 1.0) -> Look:
    figures = VideoMeasurements(
        duration=15.0, width=0, height=0, frame_rate=None, rotation=0, frames=0, cuts=(1.0,) * cuts,
        cuts_per_minute=4.0 * cuts, motion=motion, brightness=brightness, contrast=0.5, saturation=0.3,
        warmth=0.0, has_audio=False,
    )  # fmt: skip
    return Look(time, figures, 4.0 * cuts, shot=shot, speaking=False)


LEVEL = st.floats(0.0, 1.0)


@settings(max_examples=60)
@given(st.lists(st.tuples(LEVEL, LEVEL, st.integers(0, 15), st.integers(1, 12)), min_size=1, max_size=30))
def test_whatever_comes_a_mood_stays_and_a_change_holds(spans: list[tuple[float, float, int, int]]) -> None:
    rules, decider = Rules(), Decider()
    made: list[Decision] = []
    away = 0
    time = 0.0
    for brightness, motion, cuts, quarters in spans:
        for _ in range(quarters):
            look = look_at(time, brightness, motion, cuts)
            decision = decider.take(look)
            away = away + 1 if made and interpret(look.figures).mood != made[-1].mood else 0
            if decision is not None:
                assert decision.mood != (made[-1].mood if made else None)
                if made:
                    assert time - made[-1].time >= (rules.stay if len(made) > 1 else FIRST_STAY_SECONDS)
                    assert away >= rules.hold / 0.25  # it never came back in between
                made.append(decision)
                away = 0
            time += 0.25


def test_a_live_picture_asks_what_its_file_would_ask() -> None:
    from reelscore.query.lead import query_of as asked_by_file
    from reelscore.video.local.analyzer import analysis_of

    figures = look_at(0.0, 0.4, 0.3, 5).figures
    query = query_of(figures, Query(text=None), limit=7)
    music = asked_by_file(analysis_of(figures))
    assert (query.phrases, query.tempo_bpm, query.energy) == (music.phrases, music.tempo_bpm, music.energy)
    told = query_of(figures, Query(about="wedding, seaside"), limit=7)
    assert told.phrases != query.phrases
    assert told.about is None

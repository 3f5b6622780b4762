"""A song brought to a length."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from song_sound import heard, rendered, sound, source

from reelscore.audio.rhythm import find_rhythm
from reelscore.errors import InvalidInputError, UnknownNameError, UnusableAudioError
from reelscore.records import TIMELINE_RATE, AudioClip, FitPlan
from reelscore.sync.fit import FitOptions, Fitter, climax
from reelscore.sync.grids import song_grid
from reelscore.sync.heard import RATE, HeardSong, hear
from reelscore.sync.paths import SHORTEST_RUN, find_paths
from reelscore.sync.timeline import fit_timeline


@pytest.fixture(scope="module")
def song() -> HeardSong:
    return heard()


@cache
def _fitter() -> Fitter:
    return Fitter(heard())


@pytest.fixture(scope="module")
def fitter() -> Fitter:
    return _fitter()


def fit(fitter: Fitter, song: HeardSong, seconds: float, **options: object) -> FitPlan:
    return fitter.fit(FitOptions(round(seconds * TIMELINE_RATE), **options), source(song))


def assert_whole(plan: FitPlan, song: HeardSong) -> None:
    """Events follow each other without gaps, inside the song, and every join lies on bar lines."""
    longest = int(source(song).media.duration * TIMELINE_RATE)
    for event in plan.events:
        assert event.length > 0
        assert event.source_in >= 0
        assert event.source_in + event.length <= longest
        assert event.fade_in + event.fade_out <= event.length
    for before, after in zip(plan.events, plan.events[1:], strict=False):
        overlap = before.record_in + before.length - after.record_in
        assert abs(overlap - after.fade_in) <= 1
        assert abs(before.fade_out - after.fade_in) <= 1
    for after, seam in zip(plan.events[1:], plan.seams, strict=False):
        # They cross before the bar line, so that one attack is heard.
        assert abs(after.source_in + after.fade_in - seam.entered * TIMELINE_RATE) <= 1
    for seam in plan.seams:
        assert np.abs(song.lines - seam.left).min() < 1e-6
        assert np.abs(song.lines - seam.entered).min() < 0.04
    assert plan.length == plan.events[-1].record_in + plan.events[-1].length
    for seam in plan.seams:
        if seam.degraded and seam.flux_rank > 0.9:
            assert "abrupt" in seam.degraded
        assert not seam.degraded or any(seam.degraded in words for words in plan.degraded)


@pytest.mark.parametrize("seconds", [15.0, 23.456, 30.0, 45.0, 60.0, 90.0, 180.0])
def test_the_length_is_exact_and_beginning_and_ending_stay(fitter, song, seconds) -> None:
    plan = fit(fitter, song, seconds)
    assert_whole(plan, song)
    assert plan.length == round(seconds * TIMELINE_RATE)
    assert plan.ending == "real"
    assert plan.events[0].source_in <= (song.lines[0] + song.bar_seconds) * TIMELINE_RATE
    last = plan.events[-1]
    assert (last.source_in + last.length) / TIMELINE_RATE > song.lines[-1] + 0.3
    # What was left out of beginning and ending is said.
    if plan.events[0].source_in / TIMELINE_RATE > song.begins + 0.1:
        assert any("into the song" in words for words in plan.degraded)
    if (last.source_in + last.length) / TIMELINE_RATE < song.ends - 0.1:
        assert any("rings" in words for words in plan.degraded)


def test_the_rendered_music_keeps_time_over_its_joins(fitter, song) -> None:
    plan = fit(fitter, song, 40.0)
    assert plan.seams
    played = rendered(song, plan.events, plan.length)
    beats = find_rhythm(AudioClip(played.astype(np.float32), RATE)).beats
    gaps = np.diff([beat for beat in beats if beat < 36.0])
    assert np.abs(gaps - 0.5).max() < 0.05


def test_joins_are_made_where_both_sides_are_alike(fitter, song) -> None:
    for seconds in (25.0, 35.0, 50.0, 80.0):
        plan = fit(fitter, song, seconds)
        assert all(seam.likeness > 0.8 for seam in plan.seams)
        assert not any(seam.degraded for seam in plan.seams)


def test_a_musical_length_keeps_the_whole_beginning_and_ending(fitter, song) -> None:
    plan = fit(fitter, song, 41.3, kind="musical")
    assert_whole(plan, song)
    assert plan.degraded == ()
    assert plan.events[0].source_in == 0
    assert abs(plan.length / TIMELINE_RATE - 41.3) < 2.5 * song.bar_seconds


def test_a_loop_leads_back_to_its_first_sample(fitter, song) -> None:
    plan = fit(fitter, song, 16.0, kind="loop")
    first, last = plan.events[0], plan.events[-1]
    assert plan.ending == "loop"
    assert first.record_in == 0
    assert abs(last.source_in + last.length - first.source_in) <= 1
    assert plan.length / TIMELINE_RATE == pytest.approx(16.0, abs=0.1)
    played = rendered(song, plan.events, plan.length)[: round(plan.length * RATE / TIMELINE_RATE)]
    twice = np.concatenate([played, played])
    step = np.abs(np.diff(twice))
    assert step[len(played) - 1] <= np.quantile(step, 0.999)


def test_an_ending_that_does_not_come_out_is_replaced_and_said(fitter, song) -> None:
    plan = fit(fitter, song, 6.0)
    assert plan.ending == "button"
    assert plan.length == 6 * TIMELINE_RATE
    assert "a real ending does not come out to this length" in plan.degraded


@pytest.mark.parametrize("ending", ["button", "fade"])
def test_other_endings_end_as_they_are_called(fitter, song, ending) -> None:
    plan = fit(fitter, song, 33.3, ending=ending)
    assert_whole(plan, song)
    assert (plan.ending, plan.length) == (ending, round(33.3 * TIMELINE_RATE))
    played = rendered(song, plan.events, plan.length)
    assert np.square(played[-RATE // 10 :]).mean() < 0.02 * np.square(played[RATE:-RATE]).mean()
    if ending == "button":
        left = plan.events[-1]
        hit = left.record_in + left.length - left.fade_out
        source_hit = (left.source_in + hit - left.record_in) / TIMELINE_RATE
        assert np.abs(song.lines - source_hit).min() < 0.1


def assert_hit_lies_there(plan: FitPlan) -> None:
    for event in plan.events:
        inside = plan.hit_source * TIMELINE_RATE - event.source_in
        if 0 <= inside < event.length and abs(event.record_in + inside - plan.hit) < 100:
            assert abs(event.record_in + inside - plan.hit) <= 1
            break
    else:
        pytest.fail("the moment is in no event at that place")


@pytest.mark.parametrize("hit_at", [3.0, 8.25, 12.4, 20.0])
def test_the_climax_lies_on_the_second_that_was_asked_for(fitter, song, hit_at) -> None:
    plan = fit(fitter, song, 30.0, hit_at=hit_at)
    assert_whole(plan, song)
    assert plan.hit == round(hit_at * TIMELINE_RATE)
    assert plan.hit_source == pytest.approx(song.lines[climax(song)])
    assert_hit_lies_there(plan)


@pytest.mark.parametrize("hit_at", [3.0, 12.4])
@pytest.mark.parametrize("into_bar", [0.3, 0.9, 1.7])
def test_any_second_of_the_song_lies_on_the_second_that_was_asked_for(fitter, song, hit_at, into_bar) -> None:
    source = float(song.lines[17]) + into_bar
    plan = fit(fitter, song, 30.0, hit_at=hit_at, hit_source=source)
    assert_whole(plan, song)
    assert (plan.hit, plan.hit_source) == (round(hit_at * TIMELINE_RATE), pytest.approx(source))
    assert_hit_lies_there(plan)


def test_a_second_whose_bar_cannot_begin_in_time_is_said(fitter, song) -> None:
    plan = fit(fitter, song, 30.0, hit_at=0.4, hit_source=float(song.lines[17]) + 0.9)
    assert (plan.hit, plan.hit_source) == (round(0.4 * TIMELINE_RATE), pytest.approx(song.lines[17]))
    assert any("bar line at" in words for words in plan.degraded)
    assert_hit_lies_there(plan)


def test_the_climax_is_where_the_song_grows_loud(song) -> None:
    section = int(np.argmin(np.abs(song.grid.sections - song.lines[climax(song)])))
    assert "AABABCB"[section] == "B"
    assert abs(song.grid.sections[section] - song.lines[climax(song)]) < 0.01


def test_a_section_can_be_named_as_the_hit(fitter, song) -> None:
    plan = fit(fitter, song, 40.0, hit_at=15.0, hit_source=float(song.grid.sections[5]))
    assert plan.hit_source == pytest.approx(song.grid.sections[5], abs=0.01)


def test_a_song_that_breaks_off_gets_a_button_and_says_so() -> None:
    broken = heard(ending=False)
    plan = fit(Fitter(broken), broken, 25.0)
    assert plan.ending == "button"
    assert "breaks off" in plan.degraded[0]


def test_three_four_and_unknown_bars() -> None:
    waltz = heard(metre=3, bpm=150.0)
    assert_whole(fit(Fitter(waltz), waltz, 20.0), waltz)
    samples, beats, _, _ = sound()
    unknown = hear(AudioClip(samples, RATE), song_grid(duration=len(samples) / RATE, beats=beats))
    assert "bars of four beats were assumed" in unknown.notes[0]
    # The bass drum tells which of the four it is.
    assert np.abs(unknown.lines[:, None] - heard().lines).min(axis=1).max() < 0.01


def test_a_song_without_beat_is_joined_where_it_sounds_alike() -> None:
    random = np.random.default_rng(5)
    time = np.arange(40 * RATE) / RATE
    drone = np.sin(2 * np.pi * 110 * time) * (1 + 0.2 * np.sin(time)) * np.minimum(1.0, (40 - time) / 4)
    samples = (0.2 * drone + random.normal(0, 0.002, len(time))).astype(np.float32)
    song = hear(AudioClip(samples, RATE), song_grid(duration=40.0, beats=()))
    plan = fit(Fitter(song), song, 20.0)
    assert plan.length == 20 * TIMELINE_RATE
    assert any("no steady beat" in note for note in plan.notes)


def test_two_seconds_hold_no_two_bars() -> None:
    slow = heard(bpm=70.0)
    plan = fit(Fitter(slow), slow, 2.0)
    assert plan.length == 2 * TIMELINE_RATE
    assert any("too short for whole bars" in words for words in plan.degraded)


def test_what_cannot_be_fitted_is_refused(fitter, song) -> None:
    with pytest.raises(UnknownNameError, match="exact, loop, musical"):
        FitOptions(480_000, kind="nearest")
    with pytest.raises(UnknownNameError, match="button, fade, real"):
        FitOptions(480_000, ending="hard")
    with pytest.raises(InvalidInputError, match="2 s to 1 hour"):
        FitOptions(4_800)
    with pytest.raises(InvalidInputError, match="within the 10 s"):
        FitOptions(480_000, hit_at=11.0)
    with pytest.raises(InvalidInputError, match="loop"):
        FitOptions(480_000, kind="loop", hit_at=1.0)
    with pytest.raises(InvalidInputError, match="of the song, not at 999 s"):
        fit(fitter, song, 30.0, hit_at=5.0, hit_source=999.0)
    with pytest.raises(UnusableAudioError, match="silent"):
        hear(AudioClip(np.zeros(RATE * 10, dtype=np.float32), RATE), song_grid(duration=10.0, beats=()))


@settings(max_examples=20, deadline=None)
@given(seconds=st.floats(4.0, 150.0), ending=st.sampled_from(["real", "button", "fade"]))
def test_any_length_is_met_to_the_sample(seconds: float, ending: str) -> None:
    song = heard()
    plan = fit(_fitter(), song, seconds, ending=ending)
    assert plan.length == plan.wanted
    assert_whole(plan, song)
    timeline = fit_timeline(plan)
    assert timeline.music == plan.events
    assert timeline.frames * TIMELINE_RATE >= 25 * plan.length - TIMELINE_RATE


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 999), lines=st.integers(5, 14), bars=st.integers(1, 8))
def test_paths_are_the_cheapest_there_are(seed: int, lines: int, bars: int) -> None:
    joins = np.random.default_rng(seed).uniform(0.1, 1.0, (lines, lines))
    np.fill_diagonal(joins, np.inf)
    paths = find_paths(joins, 0, bars)

    def cheapest(at: int, run: int, left: int) -> float:
        """By trying all: the least cost from a line with `left` bars to play to the last line."""
        if left == 0:
            return 0.0 if at == lines - 1 and (run >= SHORTEST_RUN or run == bars) else np.inf
        best = cheapest(at + 1, run + 1, left - 1) if at + 1 < lines else np.inf
        if run >= SHORTEST_RUN:
            for entered in range(lines):
                if entered != at and entered + SHORTEST_RUN < lines and left >= SHORTEST_RUN:
                    rest = cheapest(entered + SHORTEST_RUN, SHORTEST_RUN, left - SHORTEST_RUN)
                    best = min(best, joins[at, entered] + rest)
        return best

    found = paths.to(lines - 1, bars)
    expected = cheapest(0, 0, bars)
    assert (found.cost if found else np.inf) == pytest.approx(expected)
    if found:
        assert found.bars == bars
        assert found.runs[0][0] == 0
        assert found.runs[-1][1] == lines - 1
        total = sum(joins[a, b] for (_, a), (b, _) in zip(found.runs, found.runs[1:], strict=False))
        assert total == pytest.approx(found.cost)

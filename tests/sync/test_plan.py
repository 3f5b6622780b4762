"""Where a song lies under cuts."""

from __future__ import annotations

import re
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sync_material import irregular_cuts, picture, plan_at, steady_song

from reelscore.errors import InvalidInputError
from reelscore.records import TIMELINE_RATE, SyncPlan
from reelscore.sync.grids import exact_rate, song_grid
from reelscore.sync.plan import PlanOptions, plan, plan_many, sync_scores
from reelscore.sync.scoring import STEP_SECONDS, exact_sync, peaks, scan


def numbers(words: str) -> list[float]:
    return [float(number) for number in re.findall(r"\d+(?:\.\d+)?", words)]


def under(made: SyncPlan) -> int:
    """How many cuts lie under the song."""
    begin, end = (made.record_in / TIMELINE_RATE, (made.record_in + made.length) / TIMELINE_RATE)
    return sum(begin <= cut.time <= end or cut.hit for cut in made.cuts)


def assert_true_to_itself(made: SyncPlan) -> None:
    """Every statement of a plan follows from its cuts and its offset."""
    hits = sum(cut.hit for cut in made.cuts)
    assert made.hits == hits
    assert made.share == (hits / under(made) if hits else 0.0)
    assert 0.0 <= made.chance <= 1.0
    for cut in made.cuts:
        if cut.beat is None:
            assert not cut.hit
            assert cut.error_ms is None
            continue
        error = made.offset / TIMELINE_RATE + cut.time * made.stretch - cut.beat
        assert cut.error_ms == pytest.approx(error / made.stretch * 1000.0, abs=1e-6)
        assert cut.error_frames == pytest.approx(error / made.stretch * float(made.rate), abs=1e-6)
        assert cut.hit == (abs(cut.error_frames) <= made.tolerance + 1e-5)
    if made.cuts and made.grade != "none":
        said = numbers(made.verdict)
        assert said[:2] == [hits, under(made)]
        assert ("under the song" in made.verdict) == (under(made) < len(made.cuts))
        assert said[2] == pytest.approx(made.chance * under(made), abs=0.5)
        if made.bars:
            assert f"{made.bars} on a bar" in made.verdict
    for move in made.moves:
        cut = made.cuts[move.number - 1]
        assert not cut.hit
        assert abs(cut.error_frames + move.frames) <= made.tolerance
        assert move.frame == cut.frame + move.frames
    assert len(made.moves) <= 5


def test_cuts_made_to_a_song_are_found_where_they_were_made() -> None:
    song = steady_song(bpm=97.0, duration=200.0, scatter=0.004)
    start = 63.217
    inside = song.beats[(song.beats > start + 1) & (song.beats < start + 40)]
    chosen = inside[np.sort(np.random.default_rng(3).choice(len(inside), 14, replace=False))]
    made = plan(picture(chosen - start, duration=42.0), song)
    # Frames are not rounded here, so all of them lie exactly where they were made.
    assert made.hits == 14
    assert made.grade == "tight"
    assert np.mean([abs(cut.error_ms) for cut in made.cuts]) < 6.0
    assert_true_to_itself(made)


def test_the_scan_agrees_with_the_exact_score() -> None:
    film, song = picture(irregular_cuts(15, seed=4)), steady_song(bpm=111.0, scatter=0.005)
    for each in (song, steady_song(bpm=111.0, downbeats=(), sections=())):
        scanned = scan(film, each, tolerance=1.0)
        offsets = scanned.start + np.arange(len(scanned.sync)) * STEP_SECONDS
        exact = exact_sync(film, each, scanned, offsets, tolerance=1.0)
        # The grid rounds each cut to its step, which moves hits at the edge of the tolerance.
        assert np.corrcoef(exact, scanned.sync)[0, 1] > 0.98
        assert abs(float(exact.mean()) - float(scanned.sync.mean())) < 0.01


def test_chance_is_what_random_offsets_give() -> None:
    film, song = picture(irregular_cuts(20, seed=5)), steady_song(bpm=128.0, scatter=0.006)
    made = plan(film, song)
    spare = song.duration - film.duration
    offsets = np.random.default_rng(1).uniform(0.0, spare, 3000)
    shares = [plan_at(film, song, offset).share for offset in offsets[:400]]
    assert made.chance == pytest.approx(np.mean(shares), abs=0.01)


def test_a_short_song_is_graded_by_the_cuts_under_it() -> None:
    song = steady_song(bpm=97.0, duration=30.0, scatter=0.004)
    film = irregular_cuts(400, seed=6)
    made_to = 300.0 + song.beats[4:44:3]
    cuts = np.sort([*film[(film < 299.0) | (film > 331.0)], *made_to])
    long = picture(cuts, duration=900.0)
    made = plan(long, song)
    assert made.offset == pytest.approx(-300.0 * TIMELINE_RATE, abs=4 * TIMELINE_RATE)
    assert made.grade == "tight" and len(made.cuts) > 20 * under(made)
    assert f"{made.hits} of the {under(made)} cuts under the song on a beat" in made.verdict
    assert_true_to_itself(made)
    # Elsewhere it hits what any place does.
    places = [plan_at(long, song, -offset) for offset in np.random.default_rng(2).uniform(0.0, 870.0, 400)]
    met, there = sum(each.hits for each in places), sum(map(under, places))
    assert made.chance == pytest.approx(met / there, abs=0.02)
    assert np.mean([each.grade == "chance" for each in places]) > 0.8


def test_a_song_under_which_no_cut_lies_has_nothing_to_hit() -> None:
    made = plan_at(picture([5.0, 6.0], duration=100.0), steady_song(duration=20.0), -50.0)
    assert (made.grade, made.share) == ("none", 0.0)
    assert made.verdict == "no cut lies under the song, so nothing has to meet a beat"


def test_dense_beats_do_not_win_by_density() -> None:
    """A song with twice the beats hits more cuts of any film; its score does not say so."""
    slow = [steady_song(bpm=80.0 + i, seed=i, duration=240.0, downbeats=(), sections=()) for i in range(12)]
    fast = [
        steady_song(bpm=160.0 + 2 * i, seed=i, duration=240.0, downbeats=(), sections=()) for i in range(12)
    ]
    films = [picture(irregular_cuts(14, seed=seed), video_id=str(seed)) for seed in range(6)]
    only = PlanOptions(weights={"sync": 1.0}, alternatives=0)
    plans = [(plan_many(film, slow, only), plan_many(film, fast, only)) for film in films]
    share = [np.mean([[p.share for p in both[i]] for both in plans]) for i in (0, 1)]
    score = [np.mean([[p.score for p in both[i]] for both in plans]) for i in (0, 1)]
    assert share[1] > share[0] + 0.05
    assert abs(score[1] - score[0]) < 0.06


def test_bars_and_sections_count_more_than_beats() -> None:
    song = steady_song(bpm=120.0, duration=60.0)
    cuts = np.arange(1, 8) * 2.0  # one bar apart: four offsets hit all of them, one of them on bars
    made = plan(picture(cuts, duration=16.0), song)
    assert made.hits == made.bars == 7


def test_a_film_on_every_second_beat_keeps_to_one_of_the_halves() -> None:
    song = steady_song(bpm=140.0, duration=60.0, downbeats=(), sections=())
    made = plan(picture(np.arange(1, 15) * 2 * 60.0 / 140.0, duration=14.0), song)
    beats = np.searchsorted(song.beats, [cut.beat for cut in made.cuts])
    assert made.hits == 14
    assert len(set(beats % 2)) == 1


@pytest.mark.parametrize("count", [0, 1, 2, 400])
def test_any_number_of_cuts_gets_a_plain_answer(count: int) -> None:
    film = picture(irregular_cuts(count, seed=2, median=0.7) if count else [])
    made = plan(film, steady_song(duration=600.0))
    assert_true_to_itself(made)
    assert len(made.cuts) == count
    if count == 0:
        assert (made.grade, made.share) == ("none", 0.0)
        assert "no cuts" in made.verdict
    if count in (1, 2):
        assert made.hits == count
        assert "so few can be laid on the beat of any song" in made.verdict


@pytest.mark.parametrize(
    ("cuts", "hits", "words"),
    [
        ([4.0, 8.0, 12.0], [6.0], "the cuts and hit points follow the beat: 4 of 4 cuts and hit points on a"),
        ([], [4.0, 6.0, 8.0, 12.0], "the hit points follow the beat: 4 of 4 hit points on a beat"),
        ([4.0, 6.0, 8.0, 12.0], [], "the cuts follow the beat: 4 of 4 cuts on a beat"),
    ],
)
def test_hit_points_are_not_called_cuts(cuts: list[float], hits: list[float], words: str) -> None:
    made = plan(picture(cuts, duration=20.0, hits=hits), steady_song())
    assert made.verdict.startswith(words)


def test_cuts_at_every_frame_follow_no_beat() -> None:
    made = plan(picture(np.arange(1, 500) / 25.0, duration=20.0), steady_song())
    assert made.grade == "chance"
    assert "no better than by chance" in made.verdict
    assert_true_to_itself(made)


def test_a_song_shorter_than_the_film_lies_inside_it() -> None:
    made = plan(picture(irregular_cuts(30, seed=8), duration=80.0), steady_song(duration=25.0))
    assert -55 * TIMELINE_RATE - 1 <= made.offset <= 0
    assert made.record_in == -made.offset
    assert made.length == pytest.approx(25 * TIMELINE_RATE, abs=1)
    late = [cut for cut in made.cuts if cut.time > 27.0 - made.offset / TIMELINE_RATE]
    assert late
    assert not any(cut.hit for cut in late)
    assert any("before the picture does" in note or "after the first frame" in note for note in made.notes)
    assert_true_to_itself(made)


def test_a_short_song_lies_in_a_long_film_where_the_cuts_follow_it() -> None:
    song = steady_song(duration=45.0)
    cuts = irregular_cuts(1000, seed=3)
    on_beats = np.round((1000.0 + song.beats[4:80:4]) * 25) / 25
    cuts = np.concatenate([cuts[cuts < 1000.0], on_beats, cuts[(cuts > 1045.0) & (cuts < 2690.0)]])
    made = plan(picture(cuts, duration=2700.0), song)
    assert made.offset == pytest.approx(-1000 * TIMELINE_RATE, abs=8 * TIMELINE_RATE)  # bars are alike
    assert made.hits >= len(on_beats) - 2
    assert made.hits >= max(other.hits for other in made.alternatives)


def test_a_song_without_beat_says_so() -> None:
    song = song_grid(duration=90.0, beats=(), energy=np.linspace(0, 1, 90))
    made = plan(picture(irregular_cuts(10, seed=1), energy=np.linspace(0.2, 0.8, 20)), song)
    assert made.grade == "none"
    assert made.hits == 0
    assert "no steady beat" in made.verdict
    assert_true_to_itself(made)


def test_five_four_and_a_film_of_two_seconds() -> None:
    five = steady_song(bpm=150.0, metre=5)
    made = plan(picture(np.arange(1, 9) * 5 * 0.4, duration=18.0), five)
    assert made.bars == 8
    short = plan(picture([0.8, 1.4], duration=2.0), five)
    assert_true_to_itself(short)
    assert short.length == 2 * TIMELINE_RATE


def test_speech_throughout_moves_nothing() -> None:
    cuts = irregular_cuts(20, seed=11)
    silent = plan(picture(cuts), steady_song(bpm=93.0))
    assert silent.moves
    spoken = plan(picture(cuts, speech=[(0.0, 300.0)]), steady_song(bpm=93.0))
    assert spoken.moves == ()
    assert any("speaks throughout" in note for note in spoken.notes)


def test_voices_are_kept_from_speech() -> None:
    vocals = np.zeros(120)
    vocals[:60] = 1.0
    song = steady_song(vocals=vocals)
    film = picture(irregular_cuts(8, seed=3), duration=20.0, speech=[(1.0, 19.0)])
    made = plan(film, song)
    assert made.parts["vocals"] > -0.05
    assert made.offset / TIMELINE_RATE >= 58.0


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    count=st.integers(0, 60),
    bpm=st.floats(50.0, 200.0),
    duration=st.floats(3.0, 200.0),
    rate=st.sampled_from([24, 25, 30, 60, Fraction(24000, 1001), Fraction(30000, 1001)]),
    tolerance=st.sampled_from([0.5, 1.0, 2.0, 3.0]),
    speech=st.booleans(),
)
def test_every_plan_is_true_to_its_numbers(seed, count, bpm, duration, rate, tolerance, speech) -> None:
    cuts = irregular_cuts(count, seed=seed, median=1.2) if count else []
    film = picture(cuts, rate=rate, speech=[(2.0, 6.0), (9.0, 30.0)] if speech else [])
    song = steady_song(bpm=bpm, duration=duration, scatter=0.005, seed=seed)
    made = plan(film, song, PlanOptions(tolerance=tolerance))
    assert_true_to_itself(made)
    assert sync_scores(film, [song], PlanOptions(tolerance=tolerance, alternatives=0)) == made.parts["sync"]
    low, high = sorted((0.0, song.duration - film.duration))
    assert low - 0.001 <= made.offset / TIMELINE_RATE <= high + 0.001
    places = {move.number: move.frame for move in made.moves}
    frames = [places.get(cut.number, cut.frame) for cut in made.cuts]
    assert frames == sorted(frames)
    for move in made.moves:
        here, there = sorted((made.cuts[move.number - 1].time, move.frame / float(rate)))
        assert not any(a < there and here < b for a, b in film.speech)
    offsets = [made.offset, *(other.offset for other in made.alternatives)]
    assert all(abs(a - b) > 3.9 * TIMELINE_RATE for i, a in enumerate(offsets) for b in offsets[:i])


def test_a_misfit_of_half_a_beat_is_no_fit() -> None:
    song = steady_song(bpm=60.0, duration=30.0)
    cuts = song.beats[2:20] + 0.5
    made = plan_at(picture(cuts, duration=28.0), song, 0.0)
    assert made.hits == 0
    assert made.grade == "chance"


def test_equal_fits_vary_by_the_ids_and_only_those() -> None:
    song = steady_song(bpm=120.0, duration=240.0, downbeats=(), sections=())
    offsets = set()
    for number in range(12):
        film = picture(np.arange(1, 10) * 1.0, duration=11.0, video_id=f"film-{number}")
        made = plan(film, song)
        assert made.hits == 9
        assert made == plan(film, song)
        offsets.add(made.offset)
    assert len(offsets) > 2


def test_a_stretch_is_small_said_and_worth_it() -> None:
    song = steady_song(bpm=120.0, duration=120.0)
    cuts = np.arange(2, 60, 2) * 0.5 * 1.008  # made to the same song, a little slower
    film = picture(cuts, duration=60.0)
    plain, stretched = plan(film, song), plan(film, song, PlanOptions(stretch=True))
    assert plain.stretch == 1.0
    assert stretched.stretch == pytest.approx(1 / 1.008, abs=0.0012)
    assert stretched.hits > plain.hits
    assert "of its speed" in stretched.verdict
    assert_true_to_itself(stretched)
    fitting = plan(picture(np.arange(2, 60, 2) * 0.5, duration=31.0), song, PlanOptions(stretch=True))
    assert fitting.stretch == 1.0


def test_the_best_offset_of_a_speed_is_that_of_its_scan() -> None:
    speeds = np.array([0.99, 1.0, 1.007])
    for film in (picture(irregular_cuts(14, seed=6)), picture([5.0, 9.0, 130.2], duration=140.0)):
        song = steady_song(bpm=93.0, scatter=0.005)
        own = scan(film, song, tolerance=1.0)
        for top, speed in zip(peaks(film, song, own, speeds, tolerance=1.0), speeds.tolist(), strict=True):
            scanned = scan(film, song, tolerance=1.0, stretch=speed)
            there = scanned.sync[round((top - scanned.start) / STEP_SECONDS)]
            assert there == pytest.approx(scanned.sync.max(), abs=0.03)


def test_what_cannot_be_planned_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="tolerance"):
        PlanOptions(tolerance=0.0)
    with pytest.raises(InvalidInputError, match="unknown weight 'beat'"):
        PlanOptions(weights={"beat": 1.0})
    with pytest.raises(InvalidInputError, match="longer than 0 s"):
        picture([], duration=0.0)
    with pytest.raises(InvalidInputError, match="not a number"):
        picture([float("nan")], duration=3.0)
    with pytest.raises(InvalidInputError, match="above 0"):
        picture([1.0], rate=-25)


def test_rates_are_exact() -> None:
    assert exact_rate(29.97) == Fraction(30000, 1001)
    assert exact_rate(23.976) == Fraction(24000, 1001)
    assert exact_rate(25.0) == 25
    assert exact_rate(12.5) == Fraction(25, 2)


def test_the_place_does_not_depend_on_how_many_alternatives_are_asked_for() -> None:
    film = picture([2.0, 4.5, 7.0, 11.5], duration=20.0)
    for number in range(8):
        song = song_grid(song_id=f"song {number}", duration=120.0, beats=np.arange(0.0, 120.0, 0.5))
        offsets = {plan(film, song, PlanOptions(alternatives=count)).offset for count in (0, 1, 5, 9)}
        assert len(offsets) == 1


def test_what_is_said_of_other_places_is_what_a_plan_there_says() -> None:
    film = picture(irregular_cuts(12, seed=8), energy=np.linspace(0.1, 0.9, 40), dissolves=[3.1, 9.4])
    song = steady_song(bpm=104.0, scatter=0.004, energy=np.linspace(0.2, 0.8, 120))
    made = plan(film, song)
    assert len(made.alternatives) == 5
    for other in made.alternatives:
        there = plan_at(film, song, other.offset / TIMELINE_RATE)
        assert (other.hits, other.bars, other.share) == (there.hits, there.bars, there.share)
        assert other.score == pytest.approx(there.score)


def test_films_of_one_length_are_told_apart_by_their_energy() -> None:
    song = steady_song(bpm=104.0, energy=np.linspace(0.0, 1.0, 120))
    rising, falling = (
        plan_at(picture([5.0], duration=40.0, energy=energy), song, 20.0).parts["course"]
        for energy in (np.linspace(0.0, 1.0, 40), np.linspace(1.0, 0.0, 40))
    )
    assert rising > 0.9
    assert falling < -0.9

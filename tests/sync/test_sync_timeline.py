"""A plan as a timeline."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from sync_material import irregular_cuts, picture, steady_song

from reelscore.errors import InvalidInputError
from reelscore.export.markers import all_markers
from reelscore.records import TIMELINE_RATE, DuckRegion, Media
from reelscore.sync.grids import KIND_NAMES, picture_grid
from reelscore.sync.plan import plan
from reelscore.sync.timeline import PictureMedia, plan_timeline


def test_a_plan_becomes_one_stretch_under_the_picture() -> None:
    film = picture(irregular_cuts(12, seed=1), duration=30.0, speech=[(2.0, 4.5)])
    made = plan(film, steady_song(duration=90.0))
    media = Media("/music/song.flac", Fraction(90), sample_rate=44100, channels=2)
    shown = PictureMedia(Fraction(25), 750, tuple(film.cuts.tolist()), film.names, speech=film.speech)
    timeline = plan_timeline(made, shown, title="Song", song=media)
    (event,) = timeline.music
    assert (event.source_in, event.record_in, event.length) == (made.offset, 0, 30 * TIMELINE_RATE)
    assert event.fade_out > 0
    assert timeline.ducks == (DuckRegion(96_000, 216_000),)
    assert [marker.frame for marker in timeline.markers] == [cut.frame for cut in made.cuts]
    assert [marker.name.split(":")[0] for marker in timeline.markers] == [f"cut {n}" for n in range(1, 13)]
    assert [marker.kind == "hit" for marker in timeline.markers] == [cut.hit for cut in made.cuts]
    with pytest.raises(InvalidInputError, match="which a timeline cannot hold"):
        plan_timeline(replace(made, stretch=1.004), shown, title="Song", song=media)


def test_a_cut_has_one_number_whatever_else_is_marked() -> None:
    cuts, dissolves = [4.0, 9.0, 12.3], [6.0]
    film = picture_grid(duration=20.0, rate=25, cuts=cuts, dissolves=dissolves)
    marked = picture_grid(duration=20.0, rate=25, cuts=cuts, dissolves=dissolves, hits=[2.0, 9.0, 10.11])
    assert film.names == ("cut 1", "dissolve 1", "cut 2", "cut 3")
    assert marked.names == ("hit point 1", "cut 1", "dissolve 1", "hit point 2", "hit point 3", "cut 3")
    song = steady_song()
    made = plan(marked, song)
    assert [f"{KIND_NAMES[cut.kind]} {cut.number}" for cut in made.cuts] == list(marked.names)
    shown = PictureMedia(Fraction(25), 500, tuple(film.cuts.tolist()), film.names)
    media = Media("/music/song.flac", Fraction(90))
    timeline = plan_timeline(made, shown, title="Song", song=media)
    named = [marker.name.split(":")[0] for marker in all_markers(timeline)]
    assert named == list(marked.names)
    assert timeline.cuts == (100, 150, 225, 308)


def test_a_short_song_begins_and_ends_inside_the_picture() -> None:
    made = plan(picture(irregular_cuts(20, seed=1), duration=50.0), steady_song(duration=20.0))
    media = Media("/music/song.flac", Fraction(20))
    (event,) = plan_timeline(made, PictureMedia(Fraction(25), 1250), title="Song", song=media).music
    assert event.source_in == 0
    assert event.record_in == -made.offset
    assert event.length <= 20 * TIMELINE_RATE
    assert (event.fade_in, event.fade_out) == (0, 0)


def test_a_late_picture_moves_everything_to_the_clock_of_its_first_frame() -> None:
    """What lies at one moment for the player lies there in the timeline, which begins with the picture."""
    film = picture(irregular_cuts(12, seed=1), duration=30.0, speech=[(0.2, 4.5)])
    made = plan(film, steady_song(duration=90.0))
    song = Media("/music/song.flac", Fraction(90))
    late = Media("/films/late.mkv", Fraction(59, 2), Fraction(25), picture_start=Fraction(1, 2))
    shown = PictureMedia(Fraction(25), 737, tuple(film.cuts.tolist()), media=late, speech=film.speech)
    timeline = plan_timeline(made, shown, title="Song", song=song)
    (event,) = timeline.music
    assert event.record_in == 0 and event.source_in - made.offset == TIMELINE_RATE // 2
    assert event.length == 30 * TIMELINE_RATE - TIMELINE_RATE // 2
    assert timeline.ducks == (DuckRegion(0, 192_000),)
    expected = [round((Fraction(cut.time) - Fraction(1, 2)) * 25) for cut in made.cuts]
    assert list(timeline.cuts) == [frame for frame in expected if frame > 0]
    assert [marker.frame for marker in timeline.markers] == [
        frame for frame, cut in zip(expected, made.cuts, strict=True) if cut.hit and frame >= 0
    ]

"""A whole set without a decoder: drawn pictures in, events, a plan and its sound out."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from drawn_stream import CALM, DARK, Scene, drawn
from drawn_stream import HECTIC as FAST
from hypothesis import given, settings
from hypothesis import strategies as st
from set_songs import band_of, clicks_in, longest_gap, song_values, track_of, write_song

from reelscore.errors import EmptyLibraryError, MediaNotFoundError
from reelscore.export.formats import FORMATS, ExportOptions
from reelscore.live import mixing
from reelscore.live.choosing import can_play, choose
from reelscore.live.inputs import Picture
from reelscore.live.mixing import MOST_STRETCH, Laid
from reelscore.live.rendering import SetRenderer
from reelscore.live.running import Run
from reelscore.live.session import LiveSet, SetRules
from reelscore.live.timeline import set_timeline
from reelscore.query.form import Query
from reelscore.records import Media

HECTIC = {**FAST, "shot": 1.2}  # so that it can be told from a third of the frames
SONGS = [
    song_values(number, bpm=bpm, energy=energy)
    for number, (bpm, energy) in enumerate(
        [(90, 0.2), (92, 0.25), (91, 0.3), (140, 0.9), (142, 0.85), (138, 0.8), (93, 0.2), (144, 0.9)]
    )
]


def run(
    scenes: Sequence[Scene],
    songs: Sequence[Mapping[str, Any]] = SONGS,
    *,
    rules: SetRules | None = None,
    step: int = 3,
    renderer: SetRenderer | None = None,
    each: Any = None,
    load: Any = track_of,
) -> tuple[LiveSet, list[dict[str, Any]]]:
    """A set over drawn pictures, of which every `step`th is looked at."""
    events: list[dict[str, Any]] = []
    live = LiveSet(
        ask=lambda query: {"songs": songs[: query.limit]},
        load=load,
        emit=lambda event: events.append(dict(event)),
        rules=rules,
        frame_rate=25 / step,
    )
    for time, image in drawn(scenes, every=step):
        live.picture(time, image)
        if each is not None:
            each(live, time)
        live.tick(time)
        if renderer is not None:
            renderer.render(live.laid, time)
    return live, events


@pytest.fixture(scope="module")
def sounding(tmp_path_factory: pytest.TempPathFactory) -> tuple[LiveSet, list[dict[str, Any]], Any]:
    """A calm and a hectic part, rendered."""
    folder = tmp_path_factory.mktemp("songs")
    paths = {song["id"]: write_song(folder, song) for song in SONGS}
    blocks: list[Any] = []
    renderer = SetRenderer(paths.__getitem__, blocks.append)
    live, events = run([Scene(50.0, **CALM), Scene(60.0, **HECTIC)], renderer=renderer)
    renderer.close()
    return live, events, np.concatenate(blocks, axis=1).mean(axis=0)


def test_a_set_has_no_gap_and_no_repeat(sounding: Any) -> None:
    live, _, sound = sounding
    begin = round(live.laid[0].begin * 48_000) + 2_400
    assert longest_gap(sound[begin:]) < 0.05
    names = [laid.track.song_id for laid in live.laid]
    assert len(names) >= 4
    assert len(set(names)) == len(names)


def test_a_song_is_played_sample_by_sample_hours_into_a_set(tmp_path: Path) -> None:
    sound = np.arange(48_000) % 30_000 + 1  # each sample tells its place
    soundfile.write(tmp_path / "song.wav", sound.astype(np.int16), 48_000, "PCM_16")
    blocks: list[Any] = []
    renderer = SetRenderer(lambda _: tmp_path / "song.wav", blocks.append)
    renderer._at = begin = round(7000.37 * 48_000) - 100
    laid = Laid(track_of(SONGS[0]), 7000.37, 0.123, 7001.0)
    renderer.render([laid], 7000.7)
    renderer.close()
    heard = np.concatenate(blocks, axis=1)[0] * 32_768.0
    silent, first = round(7000.37 * 48_000) - begin, round(0.123 * 48_000)
    assert not heard[:silent].any()
    assert heard[silent:] == pytest.approx(sound[first : first + len(heard) - silent], abs=1.0)


def test_songs_cross_on_a_bar_line_of_both(sounding: Any) -> None:
    live, _, sound = sounding
    matched = 0
    for before, laid in itertools.pairwise(live.laid):
        lines = [before.record_of(float(at)) for at in before.track.grid.downbeats]
        assert min(abs(line - laid.begin) for line in lines) < 1e-3
        alike = band_of(before.track.song_id) == band_of(laid.track.song_id)
        if laid.how != "beat-matched" or alike or laid.begin + laid.fade_in > 109.0:
            continue
        matched += 1
        there = beats_where_they_cross(sound, before, laid, 0.04)
        assert len(there[0]) >= 2
        assert there[0] == pytest.approx(there[1], abs=0.004)
    assert matched


def beats_where_they_cross(sound: Any, before: Laid, laid: Laid, least: float) -> list[list[float]]:
    """When the clicks of both songs are heard about the middle of their crossfade."""
    middle = laid.begin + laid.fade_in / 2  # there both are heard well
    bands = band_of(before.track.song_id), band_of(laid.track.song_id) * laid.rate
    return [clicks_in(sound, band, middle - 1.0, middle + 1.0, least) for band in bands]


@pytest.mark.parametrize("bpm", [96.5, 103.5])
def test_bar_lines_meet_where_a_song_is_stretched_the_most(tmp_path: Path, bpm: float) -> None:
    songs = [song_values(0, bpm=100, energy=0.5), song_values(3, bpm=bpm, energy=0.5)]
    paths = {song["id"]: write_song(tmp_path, song) for song in songs}
    one, other = (track_of(song) for song in songs)
    before, laid = mixing.crossfade(mixing.first_song(one, 0.0), other, earliest=4.0)
    assert laid.how == "beat-matched"
    assert abs(laid.rate - 1.0) > 0.8 * MOST_STRETCH
    blocks: list[Any] = []
    renderer = SetRenderer(paths.__getitem__, blocks.append)
    renderer.render([before, replace(laid, number=1)], 9.6)
    renderer.close()
    sound = np.concatenate(blocks, axis=1).mean(axis=0)
    lines = beats_where_they_cross(sound, before, laid, 0.18)  # bar lines are louder than beats
    assert len(lines[0]) == 1
    assert lines[0] == pytest.approx(lines[1], abs=0.004)


def test_calm_and_hectic_pictures_get_different_music(sounding: Any) -> None:
    live, events, _ = sounding
    moods = [event for event in events if event["event"] == "mood"]
    change = next(event["time"] for event in moods if event["time"] > 50.0)
    calm = [laid.track for laid in live.laid if laid.begin < change]
    hectic = [laid.track for laid in live.laid if laid.begin > change]
    assert np.mean([track.energy for track in hectic]) > np.mean([track.energy for track in calm]) + 0.2
    assert np.mean([track.tempo_bpm for track in hectic]) > np.mean([track.tempo_bpm for track in calm]) + 10
    after = next(event for event in events if event["event"] == "song" and event["why"] == "mood")
    before = next(laid for laid in live.laid if laid.number == after["before"]["number"])
    bar = float(np.diff(before.track.grid.downbeats)[0])
    assert 0.0 <= after["at"] - max(change, before.settled + bar) <= bar + 0.1


def test_what_is_laid_goes_into_every_export(sounding: Any) -> None:
    from fractions import Fraction

    live, _, _ = sounding
    media = {song["id"]: Media(song["uri"], Fraction(60), sample_rate=48_000, channels=1) for song in SONGS}
    timeline = set_timeline(live.laid, 110.0, media, name="set", cuts=live.cuts, moods=live.moods)
    assert [event.song_id for event in timeline.music] == [laid.track.song_id for laid in live.laid]
    for event, laid in zip(timeline.music, live.laid, strict=True):
        at = laid.settled + 1.0
        expected = float(laid.source_at(np.array(at)))
        assert (at * 48_000 - event.record_in + event.source_in) / 48_000 == pytest.approx(expected, abs=1e-4)
    assert any(marker.kind == "section" for marker in timeline.markers)
    for name, form in FORMATS.items():
        one = (
            replace(timeline, music=timeline.music[:1]) if name == "edl" else timeline
        )  # an EDL has one track
        assert form.write(one, ExportOptions())


def test_a_set_begins_with_its_picture_however_long_the_source_takes_to_open() -> None:
    class SlowFeed:
        elapsed = 0.0

        def __iter__(self) -> Iterator[Picture | None]:
            for self.elapsed in (1.0, 2.0, 9.0):
                yield None
            for time, image in drawn([Scene(4.0, **CALM)], every=3):
                self.elapsed = 10.0 + time
                yield Picture(time, image)
            self.elapsed = 15.0
            yield None

    events: list[dict[str, Any]] = []
    live = LiveSet(
        ask=lambda query: {"songs": SONGS}, load=track_of, emit=lambda event: events.append(dict(event))
    )
    ticks: list[float] = []
    one = Run(live, SlowFeed(), act=ticks.append)  # type: ignore[arg-type]
    one.go()
    assert ticks[0] < 0.2
    assert next(event["time"] for event in events if event["event"] == "mood") < 3.0
    assert one.now == pytest.approx(5.0, abs=0.2)  # it went on by the clock once nothing came


def test_hold_keeps_the_music_and_panic_is_silence() -> None:
    def act(live: LiveSet, time: float) -> None:
        live.hold(30.0 < time < 60.0, time)
        live.panic(70.0 < time < 80.0, time)

    live, events = run([Scene(30.0, **CALM), Scene(60.0, **HECTIC)], each=act)
    changes = [event for event in events if event["event"] == "song" and event["why"] == "mood"]
    assert min(event["time"] for event in changes) == 60.0
    assert {event["held"] for event in events if event["event"] == "mood" and 30 < event["time"] < 60} == {
        True
    }
    assert all(laid.end <= 70.5 or laid.begin >= 80.0 for laid in live.laid)
    assert any(laid.begin >= 80.0 for laid in live.laid)


def test_a_mood_that_comes_before_the_next_song_replaces_it() -> None:
    live, events = run([Scene(43.0, **CALM), Scene(20.0, **HECTIC)])
    songs = [event for event in events if event["event"] == "song"]
    taken_back = [
        one["song"]["id"] for one in songs if one["song"]["id"] not in {x.track.song_id for x in live.laid}
    ]
    assert len(taken_back) == 1
    assert songs[-1]["why"] == "mood"


def test_a_small_library_repeats_and_says_so() -> None:
    _, events = run([Scene(110.0, **CALM)], SONGS[:2], step=5)
    songs = [event for event in events if event["event"] == "song"]
    assert [event["repeated"] for event in songs] == [False, False, True]
    _, events = run([Scene(10.0, **CALM)], [])
    assert events[-1]["event"] == "problem"


def test_a_song_whose_file_is_gone_is_passed_over() -> None:
    def load(song: dict[str, Any]) -> Any:
        if song["id"] == "song-1":
            raise MediaNotFoundError("gone")
        return track_of(song)

    live, events = run([Scene(10.0, **CALM)], SONGS[1:4], load=load)
    assert live.laid[0].track.song_id == "song-2"
    assert {"event": "problem", "message": "gone"}.items() <= events[-2].items()


def test_an_empty_library_is_said_at_once() -> None:
    def ask(query: Query) -> dict[str, Any]:
        raise EmptyLibraryError

    live = LiveSet(ask=ask, load=track_of, emit=lambda event: None, frame_rate=5)
    with pytest.raises(EmptyLibraryError):
        for time, image in drawn([Scene(4.0, **CALM)]):
            live.picture(time, image)
            live.tick(time)


def test_events_alone_search_for_nothing() -> None:
    live, events = run([Scene(4.0, **DARK)], rules=SetRules(music=False))
    assert live.laid == []
    assert [event["event"] for event in events] == ["mood"]


def test_what_may_not_be_played_is_not_chosen() -> None:
    store = {**SONGS[0], "audition": {"allowed": False, "reason": "a preview"}}
    streamed = {**SONGS[1], "uri": "https://example.org/x.mp3"}
    assert not can_play(store)
    assert not can_play(streamed)
    chosen = choose([store, streamed, SONGS[2]], current=None, played={}, now=0.0, no_repeat=60.0)
    assert chosen is not None
    assert chosen.song is SONGS[2]


TEMPO = st.floats(60.0, 180.0)


@settings(max_examples=80)
@given(TEMPO, TEMPO, st.floats(0.0, 30.0))
def test_any_two_songs_cross_on_a_bar_line_and_within_the_stretch(
    one: float, other: float, wait: float
) -> None:
    current = mixing.first_song(track_of(song_values(0, bpm=one, energy=0.5)), 3.0)
    earliest = current.begin + wait
    ended, coming = mixing.crossfade(
        current, track_of(song_values(1, bpm=other, energy=0.5)), earliest=earliest
    )
    assert coming.begin >= earliest - 1e-6
    assert ended.end == pytest.approx(coming.begin + coming.fade_in)
    assert ended.end <= current.end + 1e-6
    assert abs(coming.rate - 1.0) <= MOST_STRETCH + 1e-9
    lines = np.array([current.record_of(float(at)) for at in current.track.grid.downbeats])
    assert np.abs(lines - coming.begin).min() < 1e-6
    if coming.how == "beat-matched":
        _beats_meet(ended, coming)
    else:
        assert coming.how in ("phrase", "bar")


def _beats_meet(ended: Laid, coming: Laid) -> None:
    times = np.linspace(coming.begin, coming.begin + coming.fade_in, 50)
    phases = [
        (laid.source_at(times) - laid.track.grid.beats[0]) / np.diff(laid.track.grid.beats)[0]
        for laid in (ended, coming)
    ]
    apart = phases[0] - phases[1]
    assert np.abs(apart - np.round(apart)).max() < 0.01

"""Timelines made at random: every format is read back, and music and cuts lie on one frame in all of them."""

from __future__ import annotations

import itertools
import json
import shutil
import subprocess
import tempfile
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
import pytest
from export_cases import HARD_NAME, NTSC_24, NTSC_30, NTSC_60
from fcpxml_rules import problems
from hypothesis import given, settings
from hypothesis import strategies as st
from readers import Found, by_edl, by_fcp7, by_fcpxml_reference, by_mlt_reference, by_otio

from reelscore.export.cue import cue_form, plan_cues, with_cues
from reelscore.export.edl import write_edl
from reelscore.export.fcp7 import write_fcp7
from reelscore.export.fcpxml import VERSIONS, write_fcpxml
from reelscore.export.kdenlive import write_kdenlive
from reelscore.export.markers import all_markers, write_marker_json
from reelscore.export.mlt import write_mlt
from reelscore.export.otio import write_otio
from reelscore.export.timecode import frames_in_a_day, may_drop
from reelscore.records import DuckRegion, Marker, Media, MusicEvent, Timeline

RATE = 48_000
RATES = (
    NTSC_24,
    Fraction(24),
    Fraction(25),
    NTSC_30,
    Fraction(30),
    Fraction(48),
    Fraction(50),
    NTSC_60,
    Fraction(60),
)
_LETTERS = st.characters(
    exclude_categories=["Cc", "Cs", "Cn", "Zl", "Zp"], exclude_characters="/\\\ufffe\uffff"
)
NAMES = st.one_of(
    st.text(_LETTERS, min_size=1, max_size=30).filter(lambda name: name.split() == [name]),
    st.sampled_from(["a b", "#1", "100%", "what?", "a&b<c>", "'中文'", "é", "x" * 190, HARD_NAME[:-4]]),
)
FOLDERS = st.sampled_from(["/films/", "/a b/#1/中文/", "C:\\my films\\", "\\\\server\\share\\x\\"])


@st.composite
def timelines(draw: st.DrawFn) -> Timeline:
    rate = draw(st.sampled_from(RATES))
    drop = may_drop(rate) and draw(st.booleans())
    frames = draw(st.integers(2, 3_000))
    start = draw(st.integers(0, frames_in_a_day(rate, drop=drop) - frames - 100))
    turned, late = draw(st.booleans()), draw(st.sampled_from([0, 0, 0, 7]))
    picture = Media(
        path=draw(FOLDERS) + draw(NAMES) + ".mov",
        duration=frames / rate,
        rate=rate,
        variable_rate=draw(st.booleans()),
        start_frame=start,
        drop_frame=drop,
        width=1080 if turned else 1920,
        height=1920 if turned else 1080,
        sample_rate=draw(st.sampled_from([0, 44_100, 48_000])),
        channels=2,
        picture_start=late / rate,
    )
    samples = round(frames * RATE / rate)
    number = itertools.count(1)
    cuts = tuple(sorted(draw(st.sets(st.integers(1, frames - 1), max_size=5))))
    return Timeline(
        name=draw(NAMES),
        rate=rate,
        frames=frames,
        drop_frame=drop,
        start_frame=start,
        picture=picture,
        cuts=cuts,
        music=tuple(draw(st.lists(events(samples, number), min_size=1, max_size=4))),
        ducks=(DuckRegion(0, samples // 2),) if draw(st.booleans()) else (),
        markers=tuple(
            Marker(frame, draw(NAMES), draw(st.sampled_from(["hit", "beat", "section"])))
            for frame in draw(st.lists(st.integers(0, frames - 1), max_size=3))
        ),
    )


@st.composite
def events(draw: st.DrawFn, samples: int, number: itertools.count[int]) -> MusicEvent:
    count = next(number)
    length = draw(st.integers(RATE // 10, samples + RATE))
    source = draw(st.integers(0, 100 * RATE))
    fades = st.integers(0, length // 2)
    return MusicEvent(
        song_id=f"song-{count}",
        title=draw(NAMES),
        media=Media(
            path=f"{draw(FOLDERS)}{count} {draw(NAMES)}.wav",
            duration=Fraction(source + length + draw(st.integers(0, RATE)), RATE),
            sample_rate=44_100,
            channels=2,
        ),
        source_in=source,
        # Some begin before the picture or reach beyond its end.
        record_in=draw(st.integers(-RATE, samples - 1)),
        length=length,
        gain_db=draw(st.floats(-60, 12)),
        fade_in=draw(fades),
        fade_out=draw(fades),
    )


def all_found(timeline: Timeline, *, split: bool, edl: bool = True) -> dict[str, Found]:
    with tempfile.TemporaryDirectory() as folder:
        found = {
            "otio": by_otio(write_otio(timeline, split=split), timeline, Path(folder)),
            "fcpxml": by_fcpxml_reference(write_fcpxml(timeline, split=split), timeline),
            "fcp7": by_fcp7(write_fcp7(timeline, split=split), timeline),
            "mlt": by_mlt_reference(write_mlt(timeline, split=split), timeline),
            "kdenlive": by_mlt_reference(write_kdenlive(timeline, split=split), timeline),
        }
    if edl:
        found["edl"] = by_edl(write_edl(timeline, split=split), timeline)
    return found


@settings(max_examples=30, deadline=None, derandomize=True)
@given(timelines(), st.booleans(), st.booleans())
def test_cues_and_cuts_lie_on_one_frame_in_all_formats(timeline: Timeline, bake: bool, split: bool) -> None:
    cues = plan_cues(timeline, bake=bake)
    paths = [f"/music/cue {number} #中.wav" for number in range(len(cues))]
    placed = with_cues(timeline, cues, paths)
    music = [(cue.start_frame, cue.frames, 0.0) for cue in cues]
    bounds = [0, *(timeline.cuts if split else ()), timeline.frames]
    pictures = [(a, b - a) for a, b in itertools.pairwise(bounds)]
    assert timeline.picture is not None
    late = round(timeline.picture.picture_start * timeline.rate)
    for name, found in all_found(placed, split=split).items():
        assert found.music == [(s, f, pytest.approx(v, abs=1e-6)) for s, f, v in music], name
        assert [p[:2] for p in found.picture] == pictures, name
        # melt counts a film's frames from its first picture, all others from the beginning of the file.
        shift = 0 if name in ("mlt", "kdenlive") else late
        assert [p[2] - p[0] for p in found.picture] == [pytest.approx(shift, abs=1e-3)] * len(pictures), name
        assert found.files == paths, name
        assert found.film == timeline.picture.path, name
    for version in VERSIONS:
        assert problems(write_fcpxml(placed, version=version, split=split)) == []


@settings(max_examples=30, deadline=None, derandomize=True)
@given(timelines())
def test_a_cue_holds_all_music_and_begins_less_than_a_frame_before_it(timeline: Timeline) -> None:
    cues = plan_cues(timeline)
    frame = RATE / timeline.rate
    heard = [event for event in timeline.music if event.record_in + event.length > 0]
    assert sorted(id(e) for cue in cues for e in cue.events) == sorted(map(id, heard))
    for cue in cues:
        first = max(0, min(event.record_in for event in cue.events))
        last = max(event.record_in + event.length for event in cue.events)
        assert 0 <= first - cue.start < frame + 1
        end = min(last, round(timeline.frames * frame))
        assert end <= cue.start + cue.samples < end + frame + 1
        # Rounded once from the exact place of its frame, so that nothing drifts.
        assert abs(cue.start - cue.start_frame * frame) <= Fraction(1, 2)
        form = cue_form(timeline, cue)
        assert abs(form.time_reference - (timeline.start_frame + cue.start_frame) * frame) <= Fraction(1, 2)
    for before, after in itertools.pairwise(cues):
        assert before.start_frame + before.frames <= after.start_frame


@settings(max_examples=30, deadline=None, derandomize=True)
@given(timelines())
def test_songs_named_themselves_lie_on_one_frame_with_their_in_points_kept_or_rounded(
    timeline: Timeline,
) -> None:
    alone = replace(timeline, music=timeline.music[:1])
    event = alone.music[0]
    found = all_found(alone, split=False)
    assert len({tuple(m[:2] for m in each.music) for each in found.values()}) == 1
    for name, each in found.items():
        for start, frames, source in each.music:
            assert 0 <= start < start + frames <= alone.frames
            assert abs(start - event.record_in * alone.rate / RATE) <= 1 or start == 0
            # What is heard at that frame is what lies there, to the sample or to half a frame.
            exact = (event.source_in - event.record_in) * alone.rate / RATE + start
            assert source == pytest.approx(float(exact), abs=2e-3 if name in ("otio", "fcpxml") else 0.5), (
                name
            )
            assert each.files == [event.media.path]
    assert problems(write_fcpxml(alone)) == []


@settings(max_examples=30, deadline=None, derandomize=True)
@given(timelines())
def test_markers_lie_where_the_timeline_has_them(timeline: Timeline) -> None:
    wanted = [marker.frame for marker in timeline.markers]
    read = otio.adapters.read_from_string(write_otio(timeline))
    assert [round(m.marked_range.start_time.value) for m in read.tracks.markers] == wanted
    told = json.loads(write_marker_json(timeline))["markers"]
    assert [m["frame"] for m in told] == [m.frame for m in all_markers(timeline)]
    for marker in told:
        rate = float(timeline.rate)
        code = otio.opentime.from_timecode(marker["timecode"], rate).to_frames()
        assert code - timeline.start_frame == marker["frame"]


@pytest.mark.skipif(shutil.which("xmllint") is None, reason="xmllint is not installed")
@settings(max_examples=12, deadline=None, derandomize=True)
@given(timelines())
def test_xml_of_any_names_is_well_formed_for_xmllint(timeline: Timeline) -> None:
    for text in (write_fcpxml(timeline), write_fcp7(timeline), write_mlt(timeline)):
        done = subprocess.run(["xmllint", "--noout", "--nonet", "-"], input=text.encode(), check=False)
        assert done.returncode == 0

"""Every format is read back by a reader that is not ours, and music and cuts lie on one frame in all."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import opentimelineio as otio
import pytest
from export_cases import CASES, CUTS, HARD_NAME, MUSIC, make_timeline
from fcpxml_rules import problems, seconds
from read_back import parse_timecode

from reelscore.errors import InvalidInputError, UnknownNameError
from reelscore.export.cue import plan_cues, with_cues
from reelscore.export.edl import reel_name, write_edl
from reelscore.export.fcp7 import write_fcp7
from reelscore.export.fcpxml import VERSIONS, write_fcpxml
from reelscore.export.mlt import write_mlt
from reelscore.export.otio import write_otio
from reelscore.records import Timeline

every_case = pytest.mark.parametrize("timeline", CASES.values(), ids=CASES.keys())


def clips_of(track: otio.schema.Track) -> list[tuple[int, int, float]]:
    """(first frame, frames, first frame of the source within its file) of each clip."""
    found = []
    for clip in track.find_clips():
        placed = clip.range_in_parent()
        first = clip.media_reference.available_range.start_time
        source = clip.source_range.start_time - first
        found.append((placed.start_time.to_frames(), placed.duration.to_frames(), source.value))
    return found


def read_otio(text: str, tmp_path: Path) -> otio.schema.Timeline:
    path = tmp_path / "film.otio"
    path.write_text(text, encoding="utf-8")
    return otio.adapters.read_from_file(str(path))


@every_case
def test_otio_is_read_by_its_own_library(timeline: Timeline, tmp_path: Path) -> None:
    read = read_otio(write_otio(timeline), tmp_path)
    assert read.name == timeline.name
    assert [track.kind for track in read.tracks] == ["Video", "Audio", "Audio"]
    offset = 12 if timeline.picture and timeline.picture.picture_start else 0
    assert clips_of(read.video_tracks()[0]) == [(0, 300, offset)]
    assert clips_of(read.audio_tracks()[1]) == [
        (start, frames, pytest.approx(source, abs=0.001)) for start, frames, source in MUSIC
    ]
    start = read.global_start_time
    assert start.value == timeline.start_frame
    assert otio.opentime.RationalTime.is_smpte_timecode_rate(start.rate)
    code = start.to_timecode(start.rate, timeline.drop_frame)
    assert parse_timecode(code, timeline.rate) == (timeline.start_frame, timeline.drop_frame)
    assert [m.marked_range.start_time.value for m in read.tracks.markers] == [60, 199]
    assert timeline.picture is not None
    urls = [clip.media_reference.target_url for clip in read.find_clips()]
    assert unquote(urls[0].removeprefix("file://")) == timeline.picture.path
    assert otio.url_utils.filepath_from_url(urls[0]) == timeline.picture.path


@every_case
def test_otio_splits_the_picture_at_its_cuts(timeline: Timeline, tmp_path: Path) -> None:
    read = read_otio(write_otio(timeline, split=True), tmp_path)
    starts = [start for start, _, _ in clips_of(read.video_tracks()[0])]
    assert starts == [0, *CUTS]


@every_case
def test_an_edl_is_read_by_otio(timeline: Timeline, tmp_path: Path) -> None:
    text = write_edl(timeline, split=True)
    rate = float(timeline.rate)
    # The adapter wants one sign for all; OTIO tells drop-frame by the semicolon.
    read = otio.adapters.read_from_string(
        text, adapter_name="cmx_3600", rate=rate, ignore_timecode_mismatch=True
    )
    if isinstance(read, otio.schema.SerializableCollection):
        read = read[0]
    by_name = {track.name: track for track in read.tracks}
    offset = 12 if timeline.picture and timeline.picture.picture_start else 0
    assert [r[:2] for r in clips_of_edl(by_name["V"])] == [(0, 50), (50, 70), (120, 79), (199, 101)]
    assert clips_of_edl(by_name["V"])[0][2] == timeline.start_frame + offset
    for name in ("A1", "A2"):
        first = by_name[name].find_clips()[0].source_range.start_time
        assert first.rate == pytest.approx(rate)
        # The adapter lets each track begin with its first event; the codes below say where that is.
        assert clips_of_edl(by_name[name]) == [
            (start - 12, frames, source) for start, frames, source in MUSIC
        ]
    assert text.splitlines()[1] == f"FCM: {'DROP FRAME' if timeline.drop_frame else 'NON-DROP FRAME'}"
    codes = [line.split()[-2] for line in text.splitlines() if line[:3].isdigit() and " AA " in line]
    starts = [parse_timecode(code, timeline.rate) for code in codes]
    assert starts == [(timeline.start_frame + s, timeline.drop_frame) for s, _, _ in MUSIC]


def clips_of_edl(track: otio.schema.Track) -> list[tuple[int, int, int]]:
    found = []
    for clip in track.find_clips():
        placed = clip.range_in_parent()
        source = clip.source_range
        found.append(
            (placed.start_time.to_frames(), placed.duration.to_frames(), source.start_time.to_frames())
        )
    return found


def test_the_locators_of_an_edl_are_markers_for_otio() -> None:
    timeline = CASES["25"]
    read = otio.adapters.read_from_string(write_edl(timeline), adapter_name="cmx_3600", rate=25)
    clip = read.video_tracks()[0].find_clips()[0]
    frames = [marker.marked_range.start_time.to_frames() - timeline.start_frame for marker in clip.markers]
    assert frames == [50, 60, 120, 199, 199]


@every_case
def test_fcp7_is_read_by_otio(timeline: Timeline) -> None:
    text = write_fcp7(timeline)
    read = otio.adapters.read_from_string(text, adapter_name="fcp_xml")
    read = read[0] if isinstance(read, otio.schema.SerializableCollection) else read
    # The adapter takes the file's timecode string for non-drop; so its source times are compared as text.
    offset = 12 if timeline.picture and timeline.picture.picture_start else 0
    tracks = list(read.tracks)
    placed = [[(r[0], r[1]) for r in clips_of_edl(track)] for track in tracks]
    music = [(start, frames) for start, frames, _ in MUSIC]
    assert placed == [[(0, 300)], [(0, 300)], [(0, 300)], music, music]
    root = ET.fromstring(text)
    items = root.findall(".//audio/track/clipitem")
    assert [int(item.findtext("in", "")) for item in items[:1]] == [offset]
    assert [int(item.findtext("in", "")) for item in items if "music" in item.attrib["id"]] == [30, 7, 30, 7]
    assert [m.marked_range.start_time.to_frames() for m in read.tracks.markers] == [60, 199]
    code = root.findtext("./sequence/timecode/string") or ""
    assert parse_timecode(code, timeline.rate) == (timeline.start_frame, timeline.drop_frame)
    assert root.findtext("./sequence/rate/ntsc") == ("TRUE" if timeline.rate.denominator == 1001 else "FALSE")
    urls = [element.text or "" for element in root.iter("pathurl")]
    assert timeline.picture is not None
    assert unquote(urls[0].removeprefix("file://localhost")) == timeline.picture.path


def test_fcp7_names_its_channels_and_links() -> None:
    root = ET.fromstring(write_fcp7(CASES["24"], split=True))
    idents = {item.attrib["id"] for item in root.iter("clipitem")}
    assert {link.text for link in root.iter("linkclipref")} <= idents
    pictures = [item for item in root.iter("clipitem") if item.attrib["id"] == "picture-1-v"]
    linked = [link.text for link in pictures[0].iter("linkclipref")]
    assert linked == ["picture-1-v", "picture-1-a0", "picture-1-a1"]
    assert [e.text for e in root.findall(".//audio/track[2]/clipitem/sourcetrack/trackindex")] == ["2"] * 4
    files = [file for file in root.iter("file") if len(file)]
    assert len(files) == 3  # each described once
    levels = root.findall(".//clipitem[@id='music-0-a0']/filter/effect/parameter/keyframe")
    keys = [(int(k.findtext("when", "")), float(k.findtext("value", ""))) for k in levels]
    assert [when for when, _ in keys] == [30, 40, 105, 130]
    assert [value for _, value in keys] == pytest.approx([0, 0.501187, 0.501187, 0])


def test_fcp7_states_the_bits_of_a_cue() -> None:
    timeline = CASES["24"]
    cues = plan_cues(timeline)
    placed = with_cues(timeline, cues, [f"/out/{cue.name}.wav" for cue in cues])
    files = [file for file in ET.fromstring(write_fcp7(placed)).iter("file") if len(file)]
    assert [file.findtext(".//audio//depth") for file in files] == ["16"] + ["24"] * len(cues)


@every_case
@pytest.mark.parametrize("split", [False, True])
def test_fcpxml_keeps_the_rules(timeline: Timeline, split: bool) -> None:
    for version in VERSIONS:
        assert problems(write_fcpxml(timeline, version=version, split=split)) == []


@every_case
def test_fcpxml_says_where_things_lie(timeline: Timeline) -> None:
    root = ET.fromstring(write_fcpxml(timeline, split=True))
    rate = timeline.rate
    spine = root.find(".//spine")
    assert spine is not None
    hosts = list(spine)
    begin = timeline.start_frame
    assert [seconds(h.attrib["offset"]) * rate - begin for h in hosts] == [0, *CUTS]
    placed = []
    for host in hosts:
        shift = seconds(host.attrib["offset"]) - seconds(host.attrib["start"])
        for inner in host.findall("asset-clip"):
            first = (seconds(inner.attrib["offset"]) + shift) * rate - begin
            source = seconds(inner.attrib["start"]) * rate
            placed.append((first, seconds(inner.attrib["duration"]) * rate, pytest.approx(source, abs=0.001)))
    assert placed == list(MUSIC)
    sequence = root.find(".//sequence")
    assert sequence is not None
    assert seconds(sequence.attrib["tcStart"]) == timeline.start_frame / rate
    assert sequence.attrib["tcFormat"] == ("DF" if timeline.drop_frame else "NDF")
    shape = root.find(".//format")
    assert shape is not None and timeline.picture is not None
    assert int(shape.attrib["width"]) == timeline.picture.width
    assert root.find(".//adjust-volume").attrib["amount"] == "-6.00"  # type: ignore[union-attr]
    assert (root.find(".//conform-rate") is not None) == timeline.picture.variable_rate


@pytest.mark.parametrize("name", ["24", "25", "30", "50", "portrait"])
def test_fcpxml_is_read_by_otio_at_whole_rates(name: str) -> None:
    """At 1001 rates the adapter takes 29 for 29.97; the checker of ours stands in for it there."""
    read = otio.adapters.read_from_string(write_fcpxml(CASES[name]), adapter_name="fcpx_xml")
    timeline = next(item for item in walk(read) if isinstance(item, otio.schema.Timeline))
    music = [clip for clip in timeline.find_clips() if clip.name.startswith("Song")]
    lengths = {clip.name: clip.source_range.duration.to_frames() for clip in music}
    assert lengths == {"Song 1": 100, "Song 2": 120}


def walk(item: object) -> list[object]:
    return (
        [item, *(inner for child in item for inner in walk(child))]
        if isinstance(item, otio.schema.SerializableCollection)
        else [item]
    )


def test_fcpxml_names_its_versions() -> None:
    with pytest.raises(UnknownNameError, match=r"1\.10.*1\.13"):
        write_fcpxml(CASES["24"], version="2.0")


def test_native_paths_stand_beside_urls_only_if_asked_for() -> None:
    timeline = CASES["hard name"]
    assert "pathurl" not in write_fcpxml(timeline)
    root = ET.fromstring(write_fcpxml(timeline, native_paths=True))
    assert next(element.text for element in root.iter("pathurl")) == f"/films/{HARD_NAME}"


def test_a_checker_that_cannot_fail_is_none() -> None:
    text = write_fcpxml(CASES["29.97 NDF"], split=True)
    for good, bad in (
        ('audioLayout="stereo"', 'audioLayout="mono"'),
        ('amount="-6.00"', 'amount="-6.00dB"'),
        ('ref="r3"', 'ref="r9"'),
        ('duration="50050/30000s"', 'duration="50051/30000s"'),
        ('<project name="film"', '<project name="film" modDate="2026-01-01 10:00:00 CET"'),
        ('tcFormat="NDF" audioLayout', 'tcFormat="ND" audioLayout'),
    ):
        assert good in text
        assert problems(text.replace(good, bad, 1)), bad


@every_case
def test_xml_is_well_formed_for_xmllint(timeline: Timeline, tmp_path: Path) -> None:
    if shutil.which("xmllint") is None:
        pytest.skip("xmllint is not installed")
    for name, text in (
        ("a.fcpxml", write_fcpxml(timeline)),
        ("b.xml", write_fcp7(timeline)),
        ("c.mlt", write_mlt(timeline)),
    ):
        (tmp_path / name).write_text(text, encoding="utf-8")
        done = subprocess.run(
            ["xmllint", "--noout", "--nonet", str(tmp_path / name)], capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr


def test_control_characters_in_names_do_not_break_xml() -> None:
    timeline = replace(CASES["24"], name="a\x00b\x1fc\ufffe")
    for text in (write_fcpxml(timeline), write_fcp7(timeline), write_mlt(timeline)):
        ET.fromstring(text)


def test_in_points_between_frames_are_kept_where_the_format_can(tmp_path: Path) -> None:
    timeline = make_timeline(Fraction(25), on_frames=False)
    event = timeline.music[0]
    # Music lies at whole frames; what it skips or gains by that is in its in-point, to the sample.
    expected = (event.source_in + 12 * 1920 - event.record_in) / 1920
    read = read_otio(write_otio(timeline), tmp_path)
    assert clips_of(read.audio_tracks()[1])[0][2] == pytest.approx(expected, abs=1e-9)
    root = ET.fromstring(write_fcpxml(timeline))
    clip = next(c for c in root.iter("asset-clip") if c.attrib["name"] == "Song 1")
    assert float(seconds(clip.attrib["start"]) * 25) == pytest.approx(expected, abs=1e-9)
    assert problems(write_fcpxml(timeline)) == []


def test_music_never_reaches_beyond_picture_or_file() -> None:
    timeline = make_timeline(Fraction(25))
    event = replace(
        timeline.music[0],
        media=replace(timeline.music[0].media, duration=Fraction(3)),
        source_in=0,
        length=48_000 * 60,
    )
    assert problems(write_fcpxml(replace(timeline, music=(event,)))) == []
    early = replace(event, record_in=-48_000, media=replace(event.media, duration=Fraction(60)))
    text = write_edl(replace(timeline, music=(early,)))
    assert "00:00:01:00 00:00:13:00 00:00:00:00 00:00:12:00" in text


def test_an_edl_has_room_for_one_piece_of_music_at_a_time() -> None:
    timeline = CASES["25"]
    both = replace(timeline, music=(timeline.music[0], replace(timeline.music[1], record_in=48_000)))
    with pytest.raises(InvalidInputError, match="one pair of channels"):
        write_edl(both)
    assert 'lane="-2"' in write_fcpxml(both)


@pytest.mark.parametrize(
    ("path", "reel"),
    [
        ("/a/Holiday film (2).mp4", "HOLIDAYF"),
        ("/a/中文.mov", "AX"),
        ("C:\\x\\é-1.wav", "E1"),
        ("/a/.hidden", "HIDDEN"),
    ],
)
def test_reels_are_eight_plain_letters(path: str, reel: str) -> None:
    assert reel_name(path) == reel


def test_no_two_files_share_a_reel() -> None:
    timeline = CASES["25"]
    music = tuple(
        replace(event, media=replace(event.media, path=f"/m{n}/same name.wav"))
        for n, event in enumerate(timeline.music)
    )
    text = write_edl(replace(timeline, music=music))
    reels = [line.split()[1] for line in text.splitlines() if line[:3].isdigit()]
    assert reels == ["FILM", "SAMENAME", "SAMENAM2"]

"""Markers, playlists, credits and bundles: what stands in them, and that other readers take them."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from dataclasses import replace
from fractions import Fraction
from html.parser import HTMLParser
from importlib import import_module
from pathlib import Path
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree as ET

import opentimelineio as otio
import pytest
from export_cases import ARTIST, CASES, HARD_NAME, NTSC_30, make_timeline
from read_back import parse_timecode

from reelscore.errors import InvalidInputError
from reelscore.export.bundle import write_bundle
from reelscore.export.credits import COLUMNS, uses, write_credits, write_cue_sheet_csv, write_cue_sheet_html
from reelscore.export.edl import write_edl
from reelscore.export.fcpxml import write_fcpxml
from reelscore.export.markers import all_markers, write_marker_csv, write_marker_edl, write_marker_json
from reelscore.export.otio import write_otio
from reelscore.export.playlist import PlaylistSong, write_m3u8, write_rekordbox, write_xspf
from reelscore.records import Credit, Marker, Timeline

SONGS = [
    PlaylistSong(
        "/music/#1 hit.mp3", "#1 hit", "Zoë", duration=61.4, tempo_bpm=127.996, key="8A", first_beat=0.21
    ),
    PlaylistSong(f"/music/{HARD_NAME}", "Ein\nLied", album="A & B", genre="Rock", year=1999),
    PlaylistSong("/music/sub/plain.flac", "Plain", duration=10, cues=((2.5, "drop"),)),
]


@pytest.mark.parametrize("timeline", CASES.values(), ids=CASES.keys())
def test_a_marker_edl_has_an_event_of_a_frame_for_each_marker(timeline: Timeline) -> None:
    text = write_marker_edl(timeline)
    codes = re.findall(r"^\d{3}  001      V     C        (\S+) (\S+) (\S+) (\S+)$", text, re.M)
    rate, start = timeline.rate, timeline.start_frame
    frames = [parse_timecode(code[2], rate)[0] - start for code in codes]
    assert frames == [50, 60, 120, 199, 199]
    assert all(parse_timecode(c[3], rate)[0] == parse_timecode(c[2], rate)[0] + 1 for c in codes)
    assert " |C:ResolveColorRed |M:hit / one |D:1" in text
    assert " |C:ResolveColorPurple |M:the end, “nearly” |D:5" in text
    read = otio.adapters.read_from_string(
        text, adapter_name="cmx_3600", rate=float(rate), ignore_timecode_mismatch=True
    )
    assert len(list(read.find_clips())) == 5


def test_a_film_of_more_than_999_cuts_has_every_marker() -> None:
    timeline = make_timeline(Fraction(25))
    assert timeline.picture is not None
    cuts = range(25, 25 * 1101, 25)
    timeline = replace(
        timeline,
        frames=27_600,
        picture=replace(timeline.picture, duration=Fraction(27_600, 25)),
        cuts=tuple(cuts),
        markers=tuple(Marker(cut, f"cut {number}", "cut") for number, cut in enumerate(cuts, start=1)),
    )
    assert len(all_markers(timeline)) == 1100
    for text, clips in ((write_marker_edl(timeline), 1100), (write_edl(timeline), None)):
        read = otio.adapters.read_from_string(
            text, adapter_name="cmx_3600", rate=25.0, ignore_timecode_mismatch=True
        )
        found = list(read.find_clips())
        marked = sum(len(clip.markers) for clip in found)
        assert (len(found) if clips else marked) == 1100
    with pytest.raises(InvalidInputError, match="room for 999 events; export it without --split"):
        write_edl(timeline, split=True)
    stack = json.loads(write_otio(timeline, split=True))["tracks"]
    assert (len(stack["markers"]), len(stack["children"][0]["children"])) == (1100, 1101)
    root = ET.fromstring(write_fcpxml(timeline, split=True))
    assert [mark.attrib["value"] for mark in root.iter("marker")] == [f"cut {n}" for n in range(1, 1101)]


def test_csv_and_json_say_the_same() -> None:
    timeline = replace(CASES["29.97 DF"], markers=(Marker(60, "=1+1, “x”\ny", "note"),))
    rows = list(csv.DictReader(io.StringIO(write_marker_csv(timeline))))
    read = json.loads(write_marker_json(timeline))
    assert [int(row["frame"]) for row in rows] == [m["frame"] for m in read["markers"]] == [50, 60, 120, 199]
    assert rows[1]["name"] == "'=1+1, “x”\ny"  # no formula for a spreadsheet
    assert read["markers"][1]["name"] == "=1+1, “x”\ny"
    assert (read["rate"], read["start_timecode"]) == ([30000, 1001], "01:00:00;00")
    assert float(rows[1]["seconds"]) == pytest.approx(float(60 / NTSC_30), abs=1e-6)


def test_m3u_lines_are_paths_or_comments() -> None:
    text = write_m3u8(SONGS, folder="/music")
    lines = text.splitlines()
    assert lines[0] == "#EXTM3U"
    assert [line for line in lines if not line.startswith("#")] == [
        "./#1 hit.mp3",
        HARD_NAME,
        "sub/plain.flac",
    ]
    assert lines[1] == "#EXTINF:61,Zoë - #1 hit"
    assert [line for line in write_m3u8(SONGS).splitlines() if line[0] == "/"] == [s.path for s in SONGS]
    assert write_m3u8(SONGS, folder="/lists").splitlines()[2] == "../music/#1 hit.mp3"


def test_a_song_that_is_a_part_of_a_file_is_played_as_that_part() -> None:
    songs = [
        PlaylistSong("/music/set.flac", "First", duration=61.25, begin=0.0),
        PlaylistSong("/music/set.flac", "Last", begin=61.25),
        PlaylistSong("/music/own.flac", "Own", duration=10),
    ]
    assert write_m3u8(songs).splitlines()[1:] == [
        "#EXTINF:61,First",
        "#EXTVLCOPT:start-time=0.000",
        "#EXTVLCOPT:stop-time=61.250",
        "/music/set.flac",
        "#EXTINF:-1,Last",
        "#EXTVLCOPT:start-time=61.250",
        "/music/set.flac",
        "#EXTINF:10,Own",
        "/music/own.flac",
    ]
    # As VLC's own xspf.c reads it: options in an extension of the track that bears its address.
    space, vlc = "{http://xspf.org/ns/0/}", "{http://www.videolan.org/vlc/playlist/ns/0/}"
    tracks = ET.fromstring(write_xspf(songs)).findall(f"{space}trackList/{space}track")
    extensions = [track.find(f"{space}extension") for track in tracks]
    assert extensions[2] is None
    for extension in extensions[:2]:
        assert extension is not None
        assert extension.attrib == {"application": "http://www.videolan.org/vlc/playlist/0"}
    assert [
        [option.text for option in extension.findall(f"{vlc}option")]
        for extension in extensions
        if extension is not None
    ] == [["start-time=0.000", "stop-time=61.250"], ["start-time=61.250"]]


def test_xspf_has_locations_that_lead_back() -> None:
    root = ET.fromstring(write_xspf(SONGS, title="Für Ada & Bo"))
    space = "{http://xspf.org/ns/0/}"
    tracks = root.findall(f"{space}trackList/{space}track")
    paths = [unquote(urlsplit(t.findtext(f"{space}location", "")).path) for t in tracks]
    assert paths == [song.path for song in SONGS]
    assert tracks[0].findtext(f"{space}duration") == "61400"
    assert root.findtext(f"{space}title") == "Für Ada & Bo"


def test_rekordbox_xml_has_what_rekordbox_wants() -> None:
    root = ET.fromstring(write_rekordbox(SONGS, title="Set"))
    tracks = root.findall("COLLECTION/TRACK")
    assert [t.attrib["Location"][:17] for t in tracks] == ["file://localhost/"] * 3
    paths = [unquote(t.attrib["Location"].removeprefix("file://localhost")) for t in tracks]
    assert paths == [song.path for song in SONGS]
    assert tracks[0].attrib["AverageBpm"] == "128.00"
    assert tracks[0].attrib["Tonality"] == "8A"
    assert tracks[0].find("TEMPO").attrib["Inizio"] == "0.210"  # type: ignore[union-attr]
    assert tracks[2].find("POSITION_MARK").attrib["Start"] == "2.500"  # type: ignore[union-attr]
    node = root.find("PLAYLISTS/NODE/NODE")
    assert node is not None
    assert (node.attrib["KeyType"], node.attrib["Entries"]) == ("0", "3")
    assert [t.attrib["Key"] for t in node] == [t.attrib["TrackID"] for t in tracks]


def test_pyrekordbox_reads_the_collection(tmp_path: Path) -> None:
    path = tmp_path / "set.xml"
    path.write_text(write_rekordbox(SONGS), encoding="utf-8")
    # Imported here: it takes as long as all other tests of this file.
    read = import_module("pyrekordbox").RekordboxXml(path)
    assert [track["Name"] for track in read.get_tracks()] == [song.title for song in SONGS]
    first, _, last = read.get_tracks()
    assert (first["AverageBpm"], first["Tonality"]) == (128.0, "8A")
    # It takes the first slash of a POSIX path for part of `file://localhost/`.
    assert [track["Location"] for track in read.get_tracks()] == [s.path.removeprefix("/") for s in SONGS]
    assert [mark["Name"] for mark in last.marks] == ["drop"]
    assert first.tempos[0]["Inizio"] == 0.21


def test_stretches_that_follow_each_other_are_one_use() -> None:
    timeline = make_timeline(Fraction(25))
    first = timeline.music[0]
    again = replace(first, record_in=first.record_in + first.length - 4_800)
    found = uses(replace(timeline, music=(first, again)))
    assert [(use.begin, use.seconds) for use in found] == [("00:00:00:12", pytest.approx(7.88, abs=0.05))]


def test_credits_name_each_song_once_and_say_what_is_not_known() -> None:
    text = write_credits(CASES["24"])
    assert text.count("“Song 1”") == 1
    assert f"“Song 1” by {ARTIST}\nLicence: CC-BY-4.0\nISRC: USRC17607839" in text
    assert f"“Song 2” by {ARTIST}\nLicence: not known" in text
    own = replace(
        CASES["24"], credits=(Credit("song-1", "Song 1", attribution="Music: A (CC BY)", licence="CC"),)
    )
    assert "Music: A (CC BY)\nLicence: CC" in write_credits(own)


def test_the_cue_sheet_has_each_use_in_order() -> None:
    timeline = CASES["29.97 DF"]
    rows = list(csv.DictReader(io.StringIO(write_cue_sheet_csv(timeline))))
    assert tuple(rows[0]) == COLUMNS
    assert [(r["title"], r["in"], r["out"], r["duration"]) for r in rows] == [
        ("Song 1", "01:00:00;12", "01:00:03;22", "00:00:03"),
        ("Song 2", "01:00:05;00", "01:00:09;00", "00:00:04"),
    ]


def test_the_cue_sheet_as_html_runs_nothing() -> None:
    timeline = replace(CASES["24"], name="<script>alert(1)</script>")
    page = write_cue_sheet_html(timeline)
    tags: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            tags.append(tag)

    Reader().feed(page)
    assert "script" not in tags
    assert tags.count("tr") == 3
    assert "Zoë &amp; Söhne" in page


def test_a_bundle_holds_texts_and_files_and_is_the_same_twice(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(bytes(range(256)) * 9000)
    entries = {"film.otio": "{}", "media/中文 #1.wav": tmp_path / "a.wav", "b.bin": b"x"}
    archives = []
    for _ in range(2):
        target = io.BytesIO()
        write_bundle(target, entries)
        archives.append(target.getvalue())
    assert archives[0] == archives[1]
    with zipfile.ZipFile(io.BytesIO(archives[0])) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == list(entries)
        assert archive.read("media/中文 #1.wav") == (tmp_path / "a.wav").read_bytes()


@pytest.mark.parametrize("name", ["/etc/passwd", "../x", "a/../../x", "C:x", "\\x"])
def test_a_bundle_unpacks_nothing_outside_its_folder(name: str) -> None:
    with pytest.raises(InvalidInputError, match="archive"):
        write_bundle(io.BytesIO(), {name: "x"})

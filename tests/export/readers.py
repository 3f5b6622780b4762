"""What readers that are not ours find in an export: where music, pictures and cuts lie, in frames.

OpenTimelineIO reads `.otio`, EDL and FCP7 XML. FCPXML and MLT are read as their public references say that
times are to be taken, with an XML parser alone: the adapter for the one is wrong at 1001 rates, and the
reader of the other is melt, which `test_melt.py` asks.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import opentimelineio as otio
from fcpxml_rules import seconds

from reelscore.records import Timeline

Stretch = tuple[int, int, float]  # first frame, frames, first frame of the source within its file


@dataclass(frozen=True)
class Found:
    """What a reader found."""

    picture: list[Stretch]
    music: list[Stretch]
    files: list[str]  # paths of the music, in its order
    film: str


def path_of(url: str) -> str:
    """The path of a `file:` URL by RFC 8089."""
    host, _, rest = url.removeprefix("file://").partition("/")
    path = unquote(f"/{rest}")
    if host not in ("", "localhost"):
        return "\\\\" + host + path.replace("/", "\\")
    return path[1:].replace("/", "\\") if path[2:3] == ":" else path


def _placed(track: otio.schema.Track, shift: int = 0) -> list[tuple[Stretch, str]]:
    found = []
    for clip in track.find_clips():
        place, source = clip.range_in_parent(), clip.source_range.start_time
        available = clip.media_reference.available_range
        first = source - available.start_time if available is not None else source
        url = getattr(clip.media_reference, "target_url", "")
        start = place.start_time.to_frames() + shift
        found.append(((start, place.duration.to_frames(), first.value), path_of(url)))
    return found


def by_otio(text: str, timeline: Timeline, folder: Path) -> Found:
    (folder / "a.otio").write_text(text, encoding="utf-8")
    read = otio.adapters.read_from_file(str(folder / "a.otio"))
    assert round(read.global_start_time.value) == timeline.start_frame
    pictures = _placed(read.video_tracks()[0])
    own = 1 if timeline.picture and timeline.picture.sample_rate else 0
    tracks = read.audio_tracks()[own:]
    music = sorted(item for track in tracks for item in _placed(track))
    return Found([p for p, _ in pictures], [m for m, _ in music], [f for _, f in music], pictures[0][1])


def by_fcp7(text: str, timeline: Timeline) -> Found:
    read = otio.adapters.read_from_string(text, adapter_name="fcp_xml")
    read = read[0] if isinstance(read, otio.schema.SerializableCollection) else read
    tracks = list(read.tracks)
    own = min(2, timeline.picture.channels) if timeline.picture and timeline.picture.sample_rate else 0
    # A track for each channel: the two of a piece of music say the same.
    channels = tracks[1 + own :]
    placed = [(p[0], p[1]) for track in channels[::2] for p, _ in _placed(track)]
    assert placed == [(p[0], p[1]) for track in channels[1::2] for p, _ in _placed(track)]
    # The adapter takes the timecode of a file for non-drop; in-points and files are taken from the XML.
    root = ET.fromstring(text)
    files = {
        file.attrib["id"]: path_of(file.findtext("pathurl", "")) for file in root.iter("file") if len(file)
    }

    def items(kind: str) -> list[tuple[Stretch, str]]:
        found = []
        for item in root.findall(f"./sequence/media/{kind}/track/clipitem"):
            start, end, source = (int(item.findtext(name, "")) for name in ("start", "end", "in"))
            found.append(((start, end - start, float(source)), files[item.find("file").attrib["id"]]))  # type: ignore[union-attr]
        return found

    film = timeline.picture.path if timeline.picture else ""
    music = sorted({item for item in items("audio") if item[1] != film})
    assert sorted(placed) == [(m[0], m[1]) for m, _ in music]
    pictures = items("video")
    assert [(p[0], p[1]) for p, _ in _placed(tracks[0])] == [(p[0], p[1]) for p, _ in pictures]
    return Found([p for p, _ in pictures], [m for m, _ in music], [f for _, f in music], pictures[0][1])


def by_edl(text: str, timeline: Timeline) -> Found:
    rate = float(timeline.rate)
    read = otio.adapters.read_from_string(
        text, adapter_name="cmx_3600", rate=rate, ignore_timecode_mismatch=True
    )
    read = read[0] if isinstance(read, otio.schema.SerializableCollection) else read
    tracks = {track.name: track for track in read.tracks}
    lines = text.splitlines()
    # The adapter lets each track begin with its first event; the codes, read by OTIO, say where that is.
    first: dict[str, int] = {}
    files: list[str] = []
    film = ""
    for number, line in enumerate(lines):
        if line[:3].isdigit():
            channels, code = line.split()[-6], line.split()[-2]
            first.setdefault(channels, otio.opentime.from_timecode(code, rate).to_frames())
            path = lines[number + 2].removeprefix("* SOURCE FILE: ")
            film = path if channels == "V" else film
            if channels == "AA":
                files.append(path)

    # Source times count from the timecode of their file.
    begins = {event.media.path: event.media.start_frame for event in timeline.music}
    film_begin = timeline.picture.start_frame if timeline.picture else 0

    def stretches(name: str, channels: str, starts: list[int]) -> list[Stretch]:
        placed = _placed(tracks[name]) if name in tracks else []
        shift = first.get(channels, 0) - timeline.start_frame
        return [(s + shift, f, value - at) for ((s, f, value), _), at in zip(placed, starts, strict=True)]

    pictures = stretches("V", "V", [film_begin] * sum(" V " in line[:20] for line in lines))
    music = stretches("A1", "AA", [begins[path] for path in files])
    assert music == stretches("A2", "AA", [begins[path] for path in files])
    return Found(pictures, music, files, film)


def by_fcpxml_reference(text: str, timeline: Timeline) -> Found:
    root = ET.fromstring(text)
    rate = timeline.rate
    assets = {
        asset.attrib["id"]: (path_of(asset.find("media-rep").attrib["src"]), seconds(asset.attrib["start"]))  # type: ignore[union-attr]
        for asset in root.iter("asset")
    }
    spine = root.find(".//spine")
    assert spine is not None
    begin = seconds(root.find(".//sequence").attrib["tcStart"])  # type: ignore[union-attr]
    assert begin * rate == timeline.start_frame
    pictures: list[tuple[Stretch, str]] = []
    music: list[tuple[Stretch, str]] = []

    def stretch(clip: ET.Element, at: Fraction) -> tuple[Stretch, str]:
        path, start = assets[clip.attrib["ref"]]
        frame, length = at * rate, seconds(clip.attrib["duration"]) * rate
        assert frame.denominator == length.denominator == 1
        return (int(frame), int(length), float((seconds(clip.attrib["start"]) - start) * rate)), path

    for host in spine:
        at = seconds(host.attrib["offset"]) - begin
        if host.tag == "asset-clip":
            pictures.append(stretch(host, at))
        for inner in host.findall("asset-clip"):
            placed = at + seconds(inner.attrib["offset"]) - seconds(host.attrib["start"])
            music.append(stretch(inner, placed))
    music.sort()
    return Found([p for p, _ in pictures], [m for m, _ in music], [f for _, f in music], pictures[0][1])


def by_mlt_reference(text: str, timeline: Timeline) -> Found:
    root = ET.fromstring(text)
    profile = root.find("profile")
    assert profile is not None
    rate = Fraction(int(profile.attrib["frame_rate_num"]), int(profile.attrib["frame_rate_den"]))
    assert rate == timeline.rate
    resources = {
        producer.attrib["id"]: producer.findtext("property[@name='resource']", "")
        for producer in root.iter("producer")
    }
    tracks = [track.attrib["producer"] for track in root.findall("tractor")[-1].findall("track")]
    pictures: list[tuple[Stretch, str]] = []
    music: list[tuple[Stretch, str]] = []
    for name in tracks[1:]:  # the first one is the black ground
        if name == "sound-track":
            continue  # that of the film, which in Kdenlive has a track of its own
        at = 0
        held = root.find(f"tractor[@id='{name}']/track")  # a track of Kdenlive holds two lists
        clips = name if held is None else held.attrib["producer"]
        for item in root.find(f"playlist[@id='{clips}']") or ():
            if item.tag == "blank":
                at += int(item.attrib["length"])
                continue
            source, last = int(item.attrib["in"]), int(item.attrib["out"])
            found = (at, last - source + 1, float(source)), resources[item.attrib["producer"]]
            (music if name.startswith("music") else pictures).append(found)
            at += last - source + 1
    music.sort()
    return Found([p for p, _ in pictures], [m for m, _ in music], [f for _, f in music], pictures[0][1])

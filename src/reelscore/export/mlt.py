"""MLT XML, for `melt`, Shotcut and Flowblade; Kdenlive has a project of its own (`kdenlive`). Pure.

By https://www.mltframework.org/docs/mltxml/. Positions are frames of the profile. Files are named by their
native path: MLT knows no URLs for them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from xml.etree import ElementTree as ET

from reelscore.export.frame_grid import Layout, MusicClip, lay_out, media_frames, picture_offset
from reelscore.export.urls import file_name
from reelscore.export.xmltext import child, clean, document
from reelscore.records import Media, Timeline

_SILENT_DB = -60
_UNKNOWN_SIZE = (1920, 1080)


def write_mlt(timeline: Timeline, *, split: bool = False) -> str:
    """The timeline as MLT XML; `split`: the picture is cut at its cuts."""
    layout = lay_out(timeline, split=split)
    root = ET.Element(
        "mlt", {"LC_NUMERIC": "C", "title": clean(timeline.name) or "reelscore", "producer": "timeline"}
    )
    profile(root, timeline)
    length = timeline.frames
    # A black ground as long as the picture: without it the longest track says where the end is.
    ground = child(root, "producer", {"id": "ground", "in": "0", "out": str(length - 1)})
    properties(ground, {"length": length, "mlt_service": "color", "resource": "black"})
    tracks = [playlist(root, "black", [("ground", 0, 0, length)])]
    if timeline.picture is not None:
        # One producer for picture and its sound: the own sound plays with it.
        producer(root, "picture", timeline.picture, timeline)
        # melt counts the frames of a film from its first picture, however late that one is.
        late = picture_offset(timeline.picture, timeline.rate)
        entries = [("picture", clip.start, clip.source_in - late, clip.frames) for clip in layout.picture]
        tracks.append(playlist(root, "picture-track", entries))
    for lane in range(layout.lanes):
        tracks.append(_music_track(root, timeline, layout, lane))
    tractor = child(root, "tractor", {"id": "timeline", "in": "0", "out": str(length - 1)})
    for name in tracks:
        child(tractor, "track", {"producer": name} | ({"hide": "video"} if name.startswith("music") else {}))
    for number in range(1, len(tracks)):
        mix = child(tractor, "transition", {"id": f"mix-{number}"})
        # `sum`: tracks are added. By default MLT halves each of the two, and the music is too soft.
        properties(
            mix,
            {
                "a_track": 0,
                "b_track": number,
                "mlt_service": "mix",
                "always_active": 1,
                "sum": 1,
                "combine": 1,
            },
        )
    return document(root)


def profile(root: ET.Element, timeline: Timeline) -> None:
    """The rate and the size of the timeline."""
    media = timeline.picture
    width, height = (media.width, media.height) if media and media.width else _UNKNOWN_SIZE
    # Its pictures have colours for two pixels each: with an odd width (NTSC at 16:9 is 853 x 480) every line
    # slips sideways, and the picture is a smear.
    width, height = width + width % 2, height + height % 2
    shape = math.gcd(width, height)
    child(
        root,
        "profile",
        {
            "description": "reelscore",
            # Exact: the adapter of OTIO writes no rate at all, and melt then takes 25.
            "frame_rate_num": str(timeline.rate.numerator),
            "frame_rate_den": str(timeline.rate.denominator),
            "width": str(width),
            "height": str(height),
            "progressive": "1",
            "sample_aspect_num": "1",
            "sample_aspect_den": "1",
            "display_aspect_num": str(width // shape),
            "display_aspect_den": str(height // shape),
            "colorspace": "709",
        },
    )


def properties(element: ET.Element, values: Mapping[str, object]) -> None:
    """Add properties, in order."""
    for name, value in values.items():
        child(element, "property", {"name": name}, text=str(value))


def producer(root: ET.Element, ident: str, media: Media, timeline: Timeline) -> ET.Element:
    """A file, from its first picture on."""
    frames = media_frames(media, timeline.rate) - picture_offset(media, timeline.rate)
    made = child(root, "producer", {"id": ident, "in": "0", "out": str(frames - 1)})
    values: dict[str, object] = {
        "length": frames,
        "eof": "pause",
        "resource": media.path,
        "mlt_service": "avformat",
        "shotcut:caption": file_name(media.path),
    }
    if not media.width:
        values["video_index"] = -1  # the cover of a song is no picture
    properties(made, values)
    return made


def playlist(root: ET.Element, ident: str, entries: list[tuple[str, int, int, int]]) -> str:
    """A track of (producer, start, source in, frames); blanks fill what lies between."""
    made = child(root, "playlist", {"id": ident})
    at = 0
    for clip, start, source, frames in entries:
        if start > at:
            child(made, "blank", {"length": str(start - at)})
        # `out` is the last frame, not the one after it.
        child(made, "entry", {"producer": clip, "in": str(source), "out": str(source + frames - 1)})
        at = start + frames
    return ident


def _music_track(root: ET.Element, timeline: Timeline, layout: Layout, lane: int) -> str:
    entries = []
    for number, clip in enumerate(layout.music):
        if clip.lane != lane:
            continue
        # melt plays an mp3 25 ms late and FLAC up to 74 ms off after an in-point; WAV is exact. So the
        # music is best a cue, whose in-point is its beginning.
        source = clip.source_frame(timeline.rate)
        volume(producer(root, f"music-{number}", clip.event.media, timeline), clip, source)
        entries.append((f"music-{number}", clip.start, source, clip.frames))
    return playlist(root, f"music-track-{lane + 1}", entries)


def volume(made: ET.Element, clip: MusicClip, source: int) -> None:
    """The gain and the fades of a clip as a filter of its producer, of which `source` is its first frame."""
    gain = clip.event.gain_db
    if not gain and not clip.fade_in and not clip.fade_out:
        return
    last = source + clip.frames - 1
    points = {source: gain}
    if clip.fade_in:
        points |= {source: _SILENT_DB, min(last, source + clip.fade_in): gain}
    if clip.fade_out:
        points |= {max(*points, last - clip.fade_out): gain, last: _SILENT_DB}
    # Filters of a producer count from the beginning of its file.
    level = ";".join(f"{frame}={decibels:.2f}" for frame, decibels in sorted(points.items()))
    properties(child(made, "filter"), {"mlt_service": "volume", "level": level})

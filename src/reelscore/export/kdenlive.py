"""A project of Kdenlive: MLT XML with a bin, tracks and what names them. Pure.

By its `dev-docs/fileformat.md`. The form is that of Kdenlive 20.08 to 22.12, which newer ones bring to their
own when they open it; a plain MLT document opens too, but with an error about its version and no clip that
could be edited.
"""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

from reelscore.export.frame_grid import Layout, lay_out, picture_offset
from reelscore.export.markers import all_markers
from reelscore.export.mlt import playlist, producer, profile, properties, volume
from reelscore.export.urls import file_name
from reelscore.export.xmltext import child, clean, document
from reelscore.records import Media, Timeline

_VERSION, _WRITTEN_BY = "1.04", "22.12.3"
_SOUND, _FILM = 1, 3  # what kind of clip it is
# Kdenlive does not show what it adds by itself, as it says here. `sum`: by default MLT halves each track.
_ADDED: dict[str, object] = {"mlt_service": "mix", "kdenlive_id": "mix", "internal_added": 237}
_ADDED |= {"always_active": 1, "accepts_blanks": 1, "sum": 1}
_GUIDE_COLOURS = {"cut": 0, "hit": 1, "section": 2, "bar": 3, "beat": 4}


def write_kdenlive(timeline: Timeline, *, split: bool = False) -> str:
    """The timeline as a project of Kdenlive; `split`: the picture is cut at its cuts."""
    layout = lay_out(timeline, split=split)
    root = ET.Element("mlt", {"LC_NUMERIC": "C", "producer": "main_bin", "title": clean(timeline.name)})
    profile(root, timeline)
    bin_ids = _bin(root, timeline, layout)
    length = timeline.frames
    ground = child(root, "producer", {"id": "black_track", "in": "0", "out": str(length - 1)})
    properties(
        ground,
        {
            "length": length,
            "eof": "continue",
            "resource": "black",
            "mlt_service": "color",
            "kdenlive:playlistid": "black_track",
            "mlt_image_format": "rgba",
            "set.test_audio": 0,
        },
    )
    # From the lowest track up: sounds first.
    tracks = [_music_track(root, timeline, layout, lane, bin_ids) for lane in reversed(range(layout.lanes))]
    if timeline.picture is not None:
        if timeline.picture.sample_rate:
            tracks.append(_picture_track(root, timeline, layout, bin_ids, sound=True))
        tracks.append(_picture_track(root, timeline, layout, bin_ids, sound=False))
    main = child(root, "tractor", {"id": "timeline", "in": "0", "out": str(length - 1)})
    for name in ("black_track", *tracks):
        child(main, "track", {"producer": name})
    for number, name in enumerate(tracks, start=1):
        if name == "picture-track":
            continue  # one picture lies on nothing; Kdenlive adds what joins more of them
        joined = child(main, "transition", {"id": f"mix-{number}"})
        properties(joined, {"a_track": 0, "b_track": number} | _ADDED)
    return document(root)


def _bin(root: ET.Element, timeline: Timeline, layout: Layout) -> dict[str, int]:
    """The bin with every file once, and what is known of the project; the ids of its clips by path."""
    media = [timeline.picture] if timeline.picture is not None else []
    media += [clip.event.media for clip in layout.music]
    files: dict[str, Media] = {each.path: each for each in media}
    ids = {path: number for number, path in enumerate(files, start=2)}
    for path, each in files.items():
        made = producer(root, f"bin-{ids[path]}", each, timeline)
        kind = _FILM if each.width else _SOUND
        properties(
            made, {"kdenlive:clipname": file_name(path), "kdenlive:folderid": -1, "kdenlive:clip_type": kind}
        )
        properties(made, {"kdenlive:id": ids[path]})
    listed = child(root, "playlist", {"id": "main_bin"})
    described = {
        "version": _VERSION,
        "kdenliveversion": _WRITTEN_BY,
        "decimalPoint": ".",
        "audioChannels": 2,
        "guides": json.dumps(
            [
                {"comment": marker.name, "pos": marker.frame, "type": _GUIDE_COLOURS.get(marker.kind, 5)}
                for marker in all_markers(timeline)
            ]
        ),
    }
    properties(listed, {f"kdenlive:docproperties.{name}": value for name, value in described.items()})
    properties(listed, {"xml_retain": 1})
    for path in files:
        child(listed, "entry", {"producer": f"bin-{ids[path]}"})
    return ids


def _track(
    root: ET.Element, name: str, entries: list[tuple[str, int, int, int]], *, title: str, sound: bool
) -> str:
    """A track: two lists, since the clips of a dissolve lie on both."""
    lists = [playlist(root, f"{name}-a", entries), playlist(root, f"{name}-b", [])]
    made = child(root, "tractor", {"id": name})
    properties(made, ({"kdenlive:audio_track": 1} if sound else {}) | {"kdenlive:track_name": title})
    for each in lists:
        child(made, "track", {"producer": each, "hide": "video" if sound else "audio"})
    return name


def _picture_track(
    root: ET.Element, timeline: Timeline, layout: Layout, bin_ids: dict[str, int], *, sound: bool
) -> str:
    media = timeline.picture
    assert media is not None  # checked by whoever asks
    name = "sound" if sound else "picture"
    made = producer(root, name, media, timeline)
    only = {"set.test_image": 1} if sound else {"set.test_audio": 1}
    properties(made, {**only, "kdenlive:id": bin_ids[media.path]})
    late = picture_offset(media, timeline.rate)
    entries = [(name, clip.start, clip.source_in - late, clip.frames) for clip in layout.picture]
    return _track(root, f"{name}-track", entries, title="Film", sound=sound)


def _music_track(
    root: ET.Element, timeline: Timeline, layout: Layout, lane: int, bin_ids: dict[str, int]
) -> str:
    entries = []
    for number, clip in enumerate(layout.music):
        if clip.lane == lane:
            source = clip.source_frame(timeline.rate)
            made = producer(root, f"music-{number}", clip.event.media, timeline)
            properties(made, {"set.test_image": 1, "kdenlive:id": bin_ids[clip.event.media.path]})
            volume(made, clip, source)
            entries.append((f"music-{number}", clip.start, source, clip.frames))
    return _track(root, f"music-track-{lane + 1}", entries, title="Music", sound=True)

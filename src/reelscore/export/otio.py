"""OpenTimelineIO JSON (`.otio`), read by Resolve, Premiere, Kdenlive, Hiero and the OTIO library. Pure.

Written by the published schemas: https://opentimelineio.readthedocs.io/en/latest/tutorials/otio-serialized-schema.html
"""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

from reelscore.export.frame_grid import Layout, MusicClip, lay_out, media_length
from reelscore.export.urls import file_name, file_url
from reelscore.records import Marker, Media, Timeline

_COLOURS = {
    "cut": "BLUE",
    "hit": "RED",
    "beat": "CYAN",
    "bar": "GREEN",
    "section": "PURPLE",
    "note": "YELLOW",
}


def write_otio(timeline: Timeline, *, split: bool = False) -> str:
    """The timeline as `.otio`; `split`: the picture is cut at its cuts."""
    layout = lay_out(timeline, split=split)
    tracks = []
    # Picture first: OTIO's EDL adapter writes the first track of the stack, whatever it is.
    if timeline.picture is not None:
        tracks.append(_picture_track(timeline, layout, "Video", "V1"))
        if timeline.picture.sample_rate:
            tracks.append(_picture_track(timeline, layout, "Audio", "A1"))
    own = int(bool(timeline.picture and timeline.picture.sample_rate))
    for lane in range(layout.lanes):
        tracks.append(_music_track(timeline, layout, lane, f"A{lane + own + 1}"))
    document = {
        "OTIO_SCHEMA": "Timeline.1",
        "name": timeline.name,
        "global_start_time": _time(timeline.start_frame, timeline.rate),
        "metadata": {
            "reelscore": {
                "rate": [timeline.rate.numerator, timeline.rate.denominator],
                "drop_frame": timeline.drop_frame,
                "notes": dict(timeline.notes),
            }
        },
        "tracks": {
            "OTIO_SCHEMA": "Stack.1",
            "name": "tracks",
            "metadata": {},
            "source_range": None,
            "effects": [],
            # Resolve takes the markers of a timeline from its stack.
            "markers": [_marker(marker, timeline.rate) for marker in timeline.markers],
            "enabled": True,
            "children": tracks,
        },
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _time(value: int | Fraction, rate: Fraction) -> dict[str, Any]:
    # The double nearest to the fraction: at 23.976 instead of 24000/1001 two hours are 173 frames off.
    return {"OTIO_SCHEMA": "RationalTime.1", "rate": float(rate), "value": float(value)}


def _range(start: int | Fraction, length: int | Fraction, rate: Fraction) -> dict[str, Any]:
    return {
        "OTIO_SCHEMA": "TimeRange.1",
        "start_time": _time(start, rate),
        "duration": _time(length, rate),
    }


def _marker(marker: Marker, rate: Fraction) -> dict[str, Any]:
    return {
        "OTIO_SCHEMA": "Marker.2",
        "name": marker.name,
        "color": _COLOURS.get(marker.kind, "WHITE"),
        "marked_range": _range(marker.frame, marker.length, rate),
        "comment": "",
        "metadata": {"reelscore": {"kind": marker.kind}},
    }


def _reference(media: Media, rate: Fraction) -> dict[str, Any]:
    return {
        "OTIO_SCHEMA": "ExternalReference.1",
        "name": file_name(media.path),
        "metadata": {},
        # The FCP7 adapter fails on a reference without a range. It begins at the timecode of the file.
        "available_range": _range(media.start_frame, media_length(media, rate), rate),
        "available_image_bounds": None,
        # Escaped: OTIO's own reader cuts a path at `#`.
        "target_url": file_url(media.path),
    }


def _track(name: str, kind: str, children: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "OTIO_SCHEMA": "Track.1",
        "name": name,
        "kind": kind,
        "metadata": {},
        "source_range": None,
        "effects": [],
        "markers": [],
        "enabled": True,
        "children": children,
    }


def _clip(
    name: str, media: Media, rate: Fraction, start: int | Fraction, frames: int, metadata: dict[str, Any]
) -> dict[str, Any]:
    return {
        "OTIO_SCHEMA": "Clip.2",
        "name": name,
        "metadata": metadata,
        "source_range": _range(media.start_frame + start, frames, rate),
        "effects": [],
        "markers": [],
        "enabled": True,
        "media_references": {"DEFAULT_MEDIA": _reference(media, rate)},
        "active_media_reference_key": "DEFAULT_MEDIA",
    }


def _gap(frames: int, rate: Fraction) -> dict[str, Any]:
    return {
        "OTIO_SCHEMA": "Gap.1",
        "name": "",
        "metadata": {},
        "source_range": _range(0, frames, rate),
        "effects": [],
        "markers": [],
        "enabled": True,
    }


def _picture_track(timeline: Timeline, layout: Layout, kind: str, name: str) -> dict[str, Any]:
    media = timeline.picture
    assert media is not None
    children = [
        # Picture and its own sound share a link id; music has ids of its own, or Premiere fuses the tracks.
        _clip(file_name(media.path), media, timeline.rate, clip.source_in, clip.frames, _link(1 + number))
        for number, clip in enumerate(layout.picture)
    ]
    return _track(name, kind, children)


def _music_track(timeline: Timeline, layout: Layout, lane: int, name: str) -> dict[str, Any]:
    rate = timeline.rate
    children: list[dict[str, Any]] = []
    at = 0
    for number, clip in enumerate(layout.music):
        if clip.lane != lane:
            continue
        if clip.start > at:
            children.append(_gap(clip.start - at, rate))
        # OTIO keeps an in-point between two frames.
        start = clip.source_start(rate)
        metadata = _link(1 + len(layout.picture) + number) | {"reelscore": _sound(clip)}
        children.append(
            _clip(
                clip.event.title or file_name(clip.event.media.path),
                clip.event.media,
                rate,
                start,
                clip.frames,
                metadata,
            )
        )
        at = clip.end
    return _track(name, "Audio", children)


def _link(number: int) -> dict[str, Any]:
    return {"Resolve_OTIO": {"Link Group ID": number}}


def _sound(clip: MusicClip) -> dict[str, Any]:
    """What OTIO has no schema for; readers drop it, so the cue has it in its sound if that is asked for."""
    event = clip.event
    return {
        "song_id": event.song_id,
        "artist": event.artist,
        "gain_db": event.gain_db,
        "fade_in_frames": clip.fade_in,
        "fade_out_frames": clip.fade_out,
        "source_in_samples": event.source_in,
        "record_in_samples": event.record_in,
        "length_samples": event.length,
    }

"""Markers alone: an EDL that Resolve imports as markers, CSV and JSON. Pure."""

from __future__ import annotations

import csv
import io
import json

from reelscore.export.timecode import timecode_at
from reelscore.records import Marker, Timeline

_RESOLVE_COLOURS = {
    "cut": "Blue",
    "hit": "Red",
    "beat": "Cyan",
    "bar": "Green",
    "section": "Purple",
    "note": "Yellow",
}
CSV_COLUMNS = ("timecode", "frame", "seconds", "frames", "kind", "name")


def all_markers(timeline: Timeline) -> tuple[Marker, ...]:
    """The markers of a timeline and its cuts, each once, in order."""
    named = {marker.frame for marker in timeline.markers if marker.kind in ("cut", "hit")}
    cuts = (Marker(cut, "cut", "cut") for cut in timeline.cuts if cut not in named)
    inside = (marker for marker in (*timeline.markers, *cuts) if 0 <= marker.frame < timeline.frames)
    return tuple(sorted(inside, key=lambda marker: (marker.frame, marker.kind, marker.name)))


def write_marker_edl(timeline: Timeline) -> str:
    """A list for Resolve's "Import > Timeline Markers from EDL": one event of a frame for each marker.

    Resolve counts from the start of the timeline that is open, so that one's start timecode must be the same:
    an EDL that starts at 01:00:00:00 lands an hour off in a timeline that starts at zero.
    """
    lines = [
        f"TITLE: {' '.join(timeline.name.split()) or 'reelscore'}",
        f"FCM: {'DROP FRAME' if timeline.drop_frame else 'NON-DROP FRAME'}",
    ]
    for number, marker in enumerate(all_markers(timeline), start=1):
        begin, end = timecode_at(timeline, marker.frame), timecode_at(timeline, marker.frame + 1)
        # A bar parts the fields, so none may stand in a name.
        name = " ".join(marker.name.replace("|", "/").split())
        colour = _RESOLVE_COLOURS.get(marker.kind, "Cream")
        lines += [
            "",
            # Past 999 a fourth digit: readers take events of one number for the parts of a transition.
            f"{number:03d}  001      V     C        {begin} {end} {begin} {end}",
            f" |C:ResolveColor{colour} |M:{name} |D:{max(1, marker.length)}",
        ]
    return "\n".join(lines) + "\n"


def write_marker_csv(timeline: Timeline) -> str:
    """One line a marker, with the columns of `CSV_COLUMNS`."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(CSV_COLUMNS)
    for marker in all_markers(timeline):
        seconds = float(marker.frame / timeline.rate)
        name = marker.name
        # A spreadsheet runs what begins like a formula.
        if name[:1] in ("=", "+", "-", "@", "\t", "\r"):
            name = "'" + name
        row = [
            timecode_at(timeline, marker.frame),
            marker.frame,
            f"{seconds:.6f}",
            marker.length,
            marker.kind,
            name,
        ]
        writer.writerow(row)
    return text.getvalue()


def write_marker_json(timeline: Timeline) -> str:
    """The markers with what is needed to place them: the exact rate, the start, frames and seconds."""
    document = {
        "name": timeline.name,
        "rate": [timeline.rate.numerator, timeline.rate.denominator],
        "drop_frame": timeline.drop_frame,
        "start_frame": timeline.start_frame,
        "start_timecode": timecode_at(timeline, 0),
        "frames": timeline.frames,
        "markers": [
            {
                "frame": marker.frame,
                "timecode": timecode_at(timeline, marker.frame),
                "seconds": round(float(marker.frame / timeline.rate), 6),
                "length": marker.length,
                "kind": marker.kind,
                "name": marker.name,
            }
            for marker in all_markers(timeline)
        ],
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"

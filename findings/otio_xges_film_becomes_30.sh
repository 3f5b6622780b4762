#!/usr/bin/env bash
# otio-xges-adapter: a film at 24 or 25 becomes a project of 30 frames, its cuts fall between frames, and its marker is there twice.
#
# Versions: otio-xges-adapter 1.0.0 with OpenTimelineIO 0.18.1, as published on PyPI.
# Source:   a timeline at 24, 25 and 23.976 of two clips of 101 frames, the first with a marker of one frame, written for GStreamer
#           Editing Services (Pitivi's projects) and read again.
# Expected: the rate in the video track's restriction-caps, which is what such a project is shown and rendered at; the clips of 101 frames
#           and one marker again.
# Seen:     "framerate=(fraction)30/1" in each. Read again, clips are 126.25, 121.2 and 126.376 frames of 30. The marker of the clip is two on the
#           timeline, at its first frame and at the end of it, both by its name. The times in nanoseconds are right, so that players show
#           nothing odd; OTIO's own file of the same timeline has all of it.
# Why it hurts: Pitivi renders a film at 24 with each fourth frame doubled. What is exported on from it, to an EDL or to an editor, counts
#           30 frames, its cuts are rounded off the picture's, and hit points come in pairs.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check OpenTimelineIO==0.18.1 otio-xges-adapter==1.0.0

"$folder/venv/bin/python" - "$folder" <<'PYTHON'
import re
import sys

import opentimelineio as otio
from opentimelineio.opentime import RationalTime, TimeRange

folder = sys.argv[1]


def film(rate):
    track = otio.schema.Track("V", kind=otio.schema.TrackKind.Video)
    for name in ("one", "two"):
        media = otio.schema.ExternalReference(f"file:///media/{name}.mov", TimeRange(RationalTime(0, rate), RationalTime(500, rate)))
        track.append(otio.schema.Clip(name, media, TimeRange(RationalTime(50, rate), RationalTime(101, rate))))
    track[0].markers.append(otio.schema.Marker("hit", TimeRange(RationalTime(60, rate), RationalTime(1, rate))))
    timeline = otio.schema.Timeline("film")
    timeline.tracks.append(track)
    return timeline


def told(timeline):
    """The rate and the frames of each clip, and the times of all markers in frames of 1/1000 s."""
    clips = list(timeline.find_clips())
    lengths = [(round(clip.duration().rate, 3), round(clip.duration().value, 3)) for clip in clips]
    markers = [*timeline.tracks.markers, *(marker for clip in clips for marker in clip.markers)]
    return lengths, sorted(round(1000 * marker.marked_range.start_time.to_seconds()) for marker in markers)


for rate, frames in ((24.0, 126.25), (25.0, 121.2), (24000 / 1001, 126.376)):
    path = f"{folder}/film-{round(rate, 2)}"
    for suffix in ("xges", "otio"):
        otio.adapters.write_to_file(film(rate), f"{path}.{suffix}")
    with open(f"{path}.xges") as file:
        caps = set(re.findall(r"framerate\W+fraction\W+(\d+/\d+)", file.read()))
    seen, plain = (told(otio.adapters.read_from_file(f"{path}.{suffix}")) for suffix in ("xges", "otio"))
    print(round(rate, 3), caps, *seen, "as OTIO:", *plain)
    assert plain[0] == [(round(rate, 3), 101.0)] * 2 and len(plain[1]) == 1
    assert caps == {"30/1"} and seen[0] == [(30.0, frames)] * 2, "it changed"
    first = round(1000 * 10 / rate)
    assert seen[1] == [first, round(1000 * 11 / rate)], "it changed"
PYTHON

#!/usr/bin/env bash
# otio-fcpx-xml-lite-adapter: a marker at 3612 s of a shot is read at 7222 s, it is written before the shot, and connected music is lost.
#
# Versions: otio-fcpx-xml-lite-adapter 0.2.3 with OpenTimelineIO 0.18.1, and otio-fcpx-xml-adapter 1.0.0 beside it, all on PyPI.
# Source:   an FCPXML at 25 of two shots of a clip that begins at 3600 s, from 3610 and 3630 s on, with markers at 3612 and 3635 s and
#           a song connected under the second shot; and a timeline with such a marker, written as FCPXML.
# Expected: markers at 3612 and 3635 s of the media in OTIO, which counts as FCPXML does: the start of a marker is in the clip's own
#           time (Final Cut Pro XML reference), as is its offset for what is connected to it. otio-fcpx-xml-adapter has it so, both ways.
# Seen:     7222 and 7265 s: the start of the shot is added to a time that has it already; no audio track, nor the song anywhere. Written,
#           the marker is 2 s, an hour before the shot begins. It reads its own files back as they were, so that a round trip hides it.
# Why it hurts: the adapter is made to bring beat markers into Final Cut Pro, and only clips that begin at 0 are right. Markers of an
#           editor come in an hour away from the picture, and those sent out lie where no clip shows them.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check OpenTimelineIO==0.18.1 \
    otio-fcpx-xml-lite-adapter==0.2.3 otio-fcpx-xml-adapter==1.0.0

cat >"$folder/cut.fcpxml" <<'XML'
<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE fcpxml>
<fcpxml version="1.10">
  <resources>
    <format id="r1" name="FFVideoFormat1080p25" frameDuration="100/2500s" width="1920" height="1080"/>
    <asset id="r2" name="shot" start="3600s" duration="60s" hasVideo="1" format="r1">
      <media-rep kind="original-media" src="file:///media/shot.mov"/>
    </asset>
    <asset id="r3" name="song" start="0s" duration="60s" hasAudio="1">
      <media-rep kind="original-media" src="file:///media/song.wav"/>
    </asset>
  </resources>
  <library><event name="film"><project name="cut">
    <sequence format="r1" duration="20s" tcStart="0s" tcFormat="NDF"><spine>
      <asset-clip name="one" ref="r2" offset="0s" duration="10s" start="3610s" format="r1">
        <marker start="3612s" duration="100/2500s" value="hit"/>
      </asset-clip>
      <asset-clip name="two" ref="r2" offset="10s" duration="10s" start="3630s" format="r1">
        <asset-clip name="song" lane="-1" ref="r3" offset="3632s" duration="5s" start="0s" audioRole="music"/>
        <marker start="3635s" duration="100/2500s" value="hit"/>
      </asset-clip>
    </spine></sequence>
  </project></event></library>
</fcpxml>
XML

"$folder/venv/bin/python" - "$folder" <<'PYTHON'
import re
import sys
from fractions import Fraction

import opentimelineio as otio
from opentimelineio.opentime import RationalTime, TimeRange

folder = sys.argv[1]
LITE, PLAIN = "otio_fcpx_xml_lite_adapter", "fcpx_xml"


def read(adapter):
    """Markers by clip, in seconds of the media, and the names of all clips."""
    found = otio.adapters.read_from_file(f"{folder}/cut.fcpxml", adapter_name=adapter)
    clips = list(found.find_children(descended_from_type=otio.schema.Clip))
    marked = {clip.name: [marker.marked_range.start_time.to_seconds() for marker in clip.markers] for clip in clips if clip.markers}
    return marked, sorted(clip.name for clip in clips)


def written(adapter):
    """Where the marker of a written shot lies after the shot's own start, in seconds."""
    track = otio.schema.Track("V", kind=otio.schema.TrackKind.Video)
    media = otio.schema.ExternalReference("file:///media/shot.mov", TimeRange(RationalTime(90000, 25), RationalTime(1500, 25)))
    track.append(otio.schema.Clip("one", media, TimeRange(RationalTime(90250, 25), RationalTime(250, 25))))
    track[0].markers.append(otio.schema.Marker("hit", TimeRange(RationalTime(90300, 25), RationalTime(1, 25))))
    timeline = otio.schema.Timeline("film")
    timeline.global_start_time = RationalTime(0, 25)
    timeline.tracks.append(track)
    otio.adapters.write_to_file(timeline, f"{folder}/out.fcpxml", adapter_name=adapter)
    with open(f"{folder}/out.fcpxml") as file:
        text = file.read()
    shot = re.search(r'<(?:asset-)?clip [^>]*start="([^"]+)s"', text).group(1)
    return float(Fraction(re.search(r'<marker start="([^"]+)s"', text).group(1)) - Fraction(shot))


seen = {adapter: (*read(adapter), written(adapter)) for adapter in (PLAIN, LITE)}
for adapter, each in seen.items():
    print(adapter, *each)
assert seen[PLAIN] == ({"one": [3612.0], "two": [3635.0]}, ["one", "song", "two"], 2.0)
assert seen[LITE] == ({"one": [7222.0], "two": [7265.0]}, ["one", "two"], 2.0 - 3610.0), "it changed"
PYTHON

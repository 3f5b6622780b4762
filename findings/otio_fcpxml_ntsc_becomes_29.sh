#!/usr/bin/env bash
# otio-fcpx-xml-adapter: an FCPXML at 29.97 is read as a timeline of 29 frames a second.
#
# Versions: opentimelineio 0.18.1, otio-fcpx-xml-adapter 1.0.0, as published on PyPI.
# Source:   an FCPXML of two clips of 300 frames each at frameDuration 1001/30000s, which is how the format states
#           29.97; times are whole multiples of it, as the format asks for.
# Expected: 300 frames at 29.97 for each clip.
# Seen:     a rate of 29.0 and 290 frames: the rate is cut down to a whole number, and the times are counted in that,
#           rounded down. At 25 frames a second both are right.
# Why it hurts: whoever checks or converts a handed-over timeline with OpenTimelineIO gets a rate that no editor has,
#           frame numbers of other frames (290 for 300), and cuts that are up to a frame early.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    opentimelineio==0.18.1 otio-fcpx-xml-adapter==1.0.0

"$folder/venv/bin/python" - <<'PYTHON'
import opentimelineio as otio

TEXT = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE fcpxml>
<fcpxml version="1.8">
  <resources>
    <format id="r1" name="film" frameDuration="{step}" width="1920" height="1080"/>
    <asset id="r2" name="a" src="file:///a.mov" start="0s" duration="{whole}" hasVideo="1" format="r1"/>
  </resources>
  <library><event name="e"><project name="p">
    <sequence format="r1" duration="{whole}" tcStart="0s"><spine>
      <asset-clip name="one" ref="r2" offset="0s" start="0s" duration="{half}" format="r1"/>
      <asset-clip name="two" ref="r2" offset="{half}" start="{half}" duration="{half}" format="r1"/>
    </spine></sequence>
  </project></event></library>
</fcpxml>
"""


def lengths(step, half, whole):
    read = otio.adapters.read_from_string(TEXT.format(step=step, half=half, whole=whole), adapter_name="fcpx_xml")
    clips = list(read.find_clips()) if hasattr(read, "find_clips") else [c for t in read for c in t.find_clips()]
    return [(clip.source_range.duration.rate, clip.source_range.duration.value) for clip in clips]


ntsc = lengths("1001/30000s", "300300/30000s", "600600/30000s")
pal = lengths("1/25s", "12s", "24s")
print("29.97:", ntsc)
print("25:", pal)
assert len(ntsc) == len(pal) == 2
assert all(rate == 25 and frames == 300 for rate, frames in pal), "it changed"
assert all(rate == 29 and frames == 290 for rate, frames in ntsc), "it changed"
PYTHON

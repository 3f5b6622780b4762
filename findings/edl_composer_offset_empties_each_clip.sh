#!/usr/bin/env bash
# edl_composer (npm): where a clip has the timecode of its camera, the list asks for nothing of it: 00:00:00:00 to 00:00:00:00.
#
# Versions: edl_composer 1.0.3 with its node-timecodes 2.5.0 on npm; opentimelineio 0.18.1 with otio-cmx3600-adapter 1.0.0 on PyPI read the list.
# Source:   compose() of an event of ten seconds (10 to 20 s, at 25 a second) without an offset, with "NA", and with the offset
#           "01:00:00:00" and "00:00:28:08", the forms that its documentation gives; and two hours at 29.97 in one event.
# Expected: the source from 00:00:10:00 to 00:00:20:00; with an offset from 01:00:10:00 and 00:00:38:08 on. At 29.97 without drop frame
#           7200 s are 215784 frames, which are 01:59:52:24.
# Seen:     without an offset it is right; with one both source codes are 00:00:00:00, while the record side keeps its ten seconds: the
#           rate is given as an object to a function that divides by it, NaN is added to both times, and NaN is written as 0.
#           At 29.97 the list says NON-DROP FRAME and 02:00:00:00, the code of a clip 7.2 s longer.
# Why it hurts: an offset is what tells an editor's program where on the card the clip lies. All clips of a paper edit come up empty or with
#           the first frame of the card, or the list is refused (OpenTimelineIO does); compose() says nothing.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" edl_composer@1.0.3 node-timecodes@2.5.0
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    opentimelineio==0.18.1 otio-cmx3600-adapter==1.0.0

cd "$folder"
cat >lists.cjs <<'JAVASCRIPT'
const { writeFileSync } = require("node:fs");
const EDL = require("edl_composer");

const event = (more) => ({ id: 1, startTime: 10, endTime: 20, reelName: "CARD1", clipName: "a.mov", fps: 25, ...more });
const LISTS = {
  bare: event({}),
  none: event({ offset: "NA" }),
  hour: event({ offset: "01:00:00:00" }),
  camera: event({ offset: "00:00:28:08" }),
  film: event({ fps: 29.97, startTime: 0, endTime: 7200 }),
};
for (const [name, only] of Object.entries(LISTS))
  writeFileSync(`${name}.edl`, new EDL({ title: "FILM", events: [only] }).compose().replace(/^FINAL CUT.*$/gm, ""));
JAVASCRIPT
node lists.cjs
"$folder/venv/bin/python" - <<'PYTHON'
import pathlib
import re

import opentimelineio as otio

CODE = re.compile(r"\d\d:\d\d:\d\d:\d\d")
RIGHT = {"bare": "00:00:10:00", "none": "00:00:10:00", "hour": "01:00:10:00", "camera": "00:00:38:08"}
for name, right in RIGHT.items():
    text = pathlib.Path(f"{name}.edl").read_text()
    first, last, *record = CODE.findall(text)
    print(f"{name}: source {first} to {last} (right: from {right}), record {record}")
    assert record == ["00:00:00:00", "00:00:10:00"], "it changed"
    if name in ("hour", "camera"):
        assert first == last == "00:00:00:00", "it changed"
        bad = text
    else:
        assert (first, last) == (right, "00:00:20:00")
        clip = otio.adapters.read_from_string(text.replace("AA/V", "V   "), "cmx_3600", rate=25).find_clips()[0]
        assert clip.source_range.duration.to_seconds() == 10

try:
    read = otio.adapters.read_from_string(bad.replace("AA/V", "V   "), "cmx_3600", rate=25)
    print("read:", [clip.source_range.duration.to_seconds() for clip in read.find_clips()])
except Exception as error:
    print("not read:", type(error).__name__, error)

film = pathlib.Path("film.edl").read_text()
print(CODE.findall(film))
frames = round(7200 * 30000 / 1001)
right = otio.opentime.to_timecode(otio.opentime.RationalTime(frames, 30), 30)
assert "FCM: NON-DROP FRAME" in film and right == "01:59:52:24"
assert CODE.findall(film)[1] == "02:00:00:00", "it changed"
PYTHON

#!/usr/bin/env bash
# m3u8 and openm3u8: in a low-latency playlist each segment with parts is dated after its end, and all behind it run away at double speed.
#
# Versions: m3u8 6.0.0 and openm3u8 8.0.0 (of October 2026) on PyPI; m3u8-parser 7.2.0 on npm reads the same playlist rightly.
# Source:   a live playlist of six segments of 4 s with one EXT-X-PROGRAM-DATE-TIME, whose last three are listed as parts of 1 s too, as
#           servers do for the segments nearest to now.
# Expected: current_program_date_time 0, 4, 8, 12, 16 and 20 s after that date: parts tell again what their segment holds (EXT-X-PART in the
#           draft that follows RFC 8216).
# Seen:     0, 4, 8, 16, 24 and 32 s, and parts that begin at 12, 20 and 28 s. The parser adds the length of each part to the clock, and the
#           segment's own on top of it. A segment is dated at its end; its parts rightly only in the first of them.
# Why it hurts: this date is how sound and picture of an event, its captions and its log of songs are laid together. Three segments
#           with parts are 12 s off, more each time that the playlist is read with its parts elsewhere, and plain playlists are right.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check m3u8==6.0.0 openm3u8==8.0.0
npm install --silent --no-audit --no-fund --prefix "$folder" m3u8-parser@7.2.0

cat >"$folder/read.mjs" <<'JAVASCRIPT'
import fs from "node:fs";
import { Parser } from "m3u8-parser";

const parser = new Parser();
parser.push(fs.readFileSync(process.argv[2], "utf8"));
parser.end();
const times = parser.manifest.segments.map((segment) => segment.programDateTime / 1000);
console.log(JSON.stringify(times.map((time) => time - times[0])));
JAVASCRIPT

"$folder/venv/bin/python" - "$folder" <<'PYTHON'
import json
import subprocess
import sys

import m3u8
import openm3u8

folder = sys.argv[1]


def playlist(with_parts):
    lines = ["#EXTM3U", "#EXT-X-VERSION:9", "#EXT-X-TARGETDURATION:4", "#EXT-X-PART-INF:PART-TARGET=1.0", "#EXT-X-MEDIA-SEQUENCE:100"]
    lines.append("#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:00.000Z")
    for number in range(6):
        if number >= 3 and with_parts:
            lines += [f'#EXT-X-PART:DURATION=1.0,URI="{number}.{part}.m4s"' for part in range(4)]
        lines += ["#EXTINF:4.0,", f"{number}.m4s"]
    return "\n".join(lines) + "\n"


def dated(found):
    """Seconds from the first segment to each, and to the first part of each."""
    first = found.segments[0].current_program_date_time
    segments = [(each.current_program_date_time - first).total_seconds() for each in found.segments]
    return segments, [(each.parts[0].program_date_time - first).total_seconds() for each in found.segments if each.parts]


plain = [0, 4, 8, 12, 16, 20]
with open(f"{folder}/live.m3u8", "w") as file:
    file.write(playlist(True))
other = subprocess.run(["node", f"{folder}/read.mjs", f"{folder}/live.m3u8"], capture_output=True, text=True, check=True).stdout
print("m3u8-parser", other)
assert json.loads(other) == plain
for library in (m3u8, openm3u8):
    seen = dated(library.loads(playlist(True)))
    print(library.__name__, seen)
    assert dated(library.loads(playlist(False)))[0] == plain
    assert seen == ([0, 4, 8, 16, 24, 32], [12, 20, 28]), "it changed"
PYTHON

#!/usr/bin/env bash
# m3u8: in a live playlist that leaves out what is known (a delta update), segments have the numbers of those that were left out.
#
# Versions: m3u8 6.0.0 (its latest, which names EXT-X-SKIP among the tags it supports) on PyPI; hls-parser 0.16.1 on npm reads the same text rightly.
# Source:   a station's playlist of segments 266 to 270, and four seconds later the delta update that begins at 267, skips three and
#           lists 270 and 271; segment.media_sequence of each.
# Expected: 270 and 271: EXT-X-SKIP stands for that many segments (RFC 8216bis, 4.4.5.2), so that the first one listed is 267 + 3.
# Seen:     267 and 268. Numbers are counted from EXT-X-MEDIA-SEQUENCE over the segments listed. skip.skipped_segments is read, and is
#           3; the full playlist is right.
# Why it hurts: a recorder or a listener of low-latency radio fetches what has a higher number than the last. After the first delta
#           update nothing has for as long as was skipped, so that the new segment is never fetched, or 270 is stored as 267.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check m3u8==6.0.0
npm install --silent --no-audit --no-fund --prefix "$folder" hls-parser@0.16.1

"$folder/venv/bin/python" - "$folder" <<'PYTHON'
import json
import subprocess
import sys

import m3u8

folder = sys.argv[1]
HEAD = "#EXTM3U\n#EXT-X-VERSION:9\n#EXT-X-TARGETDURATION:4\n#EXT-X-SERVER-CONTROL:CAN-SKIP-UNTIL=24.0\n"
READER = """
const fs = require("node:fs");
const { segments } = require("hls-parser").parse(fs.readFileSync(0, "utf8"));
console.log(JSON.stringify(segments.map((segment) => segment.mediaSequenceNumber)));
"""


def playlist(first, skipped, last):
    text = HEAD + f"#EXT-X-MEDIA-SEQUENCE:{first}\n" + (f"#EXT-X-SKIP:SKIPPED-SEGMENTS={skipped}\n" if skipped else "")
    return text + "".join(f"#EXTINF:4.0,\npart{number}.ts\n" for number in range(first + skipped, last + 1))


seen, others = [], []
for text in (playlist(266, 0, 270), playlist(267, 3, 271)):
    read = m3u8.loads(text)
    seen.append({segment.uri: segment.media_sequence for segment in read.segments})
    node = subprocess.run(["node", "-e", READER], input=text, cwd=folder, check=True, capture_output=True, text=True)
    others.append(json.loads(node.stdout))
print("m3u8:", *seen, "hls-parser:", *others, sep="\n")
assert read.skip.skipped_segments == 3
assert others == [[266, 267, 268, 269, 270], [270, 271]], "hls-parser reads it otherwise"
assert seen[0] == {f"part{number}.ts": number for number in range(266, 271)}
assert seen[1] == {"part270.ts": 267, "part271.ts": 268}, "it changed"
PYTHON

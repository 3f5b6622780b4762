#!/usr/bin/env bash
# CueParser: the frames of a CUE sheet are read as hundredths of a second, so that tracks are up to a quarter of a second off.
#
# Versions: CueParser 1.3.3 (of January 2026), as published on PyPI; cue-parser 0.3.0 on npm gives the plain numbers.
# Source:   a sheet of one WAV file with tracks at 00:00:00, 05:00:37 and 75:30:74 (minutes, seconds, frames of 1/75 s).
# Expected: durations of 300 + 37/75 = 300.493 s and 4230.493 s.
# Seen:     300.37 and 4230.37 s. A track that ends at frame 74 is .247 s short.
# Why it hurts: DJ mixes, concerts and disc images are cut into their songs by such sheets. A split by these lengths
#           takes the first beat of the next song away from it and leaves it at the end of the one before.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check CueParser==1.3.3
npm install --silent --no-audit --no-fund --prefix "$folder" cue-parser@0.3.0
cat >"$folder/mix.cue" <<'CUE'
PERFORMER "Somebody"
TITLE "Mix"
FILE "mix.wav" WAVE
  TRACK 01 AUDIO
    TITLE "One"
    INDEX 01 00:00:00
  TRACK 02 AUDIO
    TITLE "Two"
    INDEX 01 05:00:37
  TRACK 03 AUDIO
    TITLE "Three"
    INDEX 01 75:30:74
CUE
node -e 'const cue = require(process.argv[1] + "/node_modules/cue-parser").parse(process.argv[1] + "/mix.cue");
console.log(cue.files[0].tracks.map((track) => Object.values(track.indexes[0].time).join(":")).join(" "))' "$folder" >"$folder/npm.txt"

"$folder/venv/bin/python" - "$folder" <<'PYTHON'
import sys
from pathlib import Path

from cueparser import CueSheet

folder = Path(sys.argv[1])
sheet = CueSheet()
sheet.setOutputFormat("%title%", "%title% %offset% %duration%")
sheet.setData((folder / "mix.cue").read_text(encoding="utf-8"))
sheet.parse()
seen = [track.duration.total_seconds() for track in sheet.tracks[:2]]
plain = [[int(part) for part in each.split(":")] for each in (folder / "npm.txt").read_text().split()]
starts = [60 * minute + second + frame / 75 for minute, second, frame in plain]
print(seen, "by the frames of cue-parser:", [round(b - a, 3) for a, b in zip(starts, starts[1:])])
assert seen == [300.37, 4230.37], "it changed"
assert [round(b - a, 3) for a, b in zip(starts, starts[1:])] == [300.493, 4230.493], "it changed"
PYTHON

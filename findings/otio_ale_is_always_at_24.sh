#!/usr/bin/env bash
# otio-ale-adapter: a log for Avid (ALE) is written at 24 frames whatever the clips are, and film at 23.976 is 3.6 s off.
#
# Versions: otio-ale-adapter 1.1.0 (of December 2025) and OpenTimelineIO 0.18.1, as published on PyPI.
# Source:   otio.adapters.write_to_string(clips, "ale") for a clip whose source begins at 01:00:00:10 and is 50 frames long,
#           at 24000/1001, 25 and 30000/1001.
# Expected: FPS 23.976, 25 and 29.97, Start 01:00:00:10 (the code that is on the tape or in the file), Duration 00:00:02:02,
#           00:00:02:00 and 00:00:01:20.
# Seen:     FPS 24 in all; Start 01:00:04:00, 01:00:00:09 and 01:00:03:22: the seconds since midnight, counted anew in
#           frames of 1/24. With the argument fps=23.976 the film is 01:00:00:09: one frame early still. Nothing is said.
# Why it hurts: an ALE is there to tell Avid which material belongs to which timecode. Clips relink to other frames, film by
#           86 of them in the first hour and by ten times as many in the tenth, or not at all.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check otio-ale-adapter==1.1.0 opentimelineio==0.18.1

"$folder/venv/bin/python" - <<'PYTHON'
import opentimelineio as otio
from opentimelineio.opentime import RationalTime, TimeRange


def written(rate, **options):
    code = RationalTime(3600 * round(rate) + 10, rate)
    assert otio.opentime.to_timecode(code, rate, False) == "01:00:00:10"
    clip = otio.schema.Clip("take", source_range=TimeRange(code, RationalTime(50, rate)))
    collection = otio.schema.SerializableCollection(children=[clip])
    lines = otio.adapters.write_to_string(collection, "ale", **options).splitlines()
    fps = next(line.split("\t")[1] for line in lines if line.startswith("FPS"))
    names = lines[lines.index("Column") + 1].split("\t")
    row = dict(zip(names, lines[lines.index("Data") + 1].split("\t")))
    return fps, row["Start"], row["Duration"]


seen = [written(rate) for rate in (24000 / 1001, 25, 30000 / 1001)]
told = written(24000 / 1001, fps=23.976)
print(seen, told)
assert [fps for fps, _, _ in seen] == ["24"] * 3, "it changed"
assert [start for _, start, _ in seen] == ["01:00:04:00", "01:00:00:09", "01:00:03:22"], "it changed"
assert told[1] == "01:00:00:09", "it changed"
PYTHON

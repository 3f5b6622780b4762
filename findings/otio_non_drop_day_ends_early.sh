#!/usr/bin/env bash
# OpenTimelineIO: a non-drop timecode at 29.97 goes back to zero 86 seconds before its numbers reach 24 hours.
#
# Versions: opentimelineio 0.18.1, as published on PyPI.
# Source:   RationalTime.to_timecode(rate, drop_frame=False) for rate 30000/1001; tried with frames of a long day.
# Expected: non-drop numbers count every frame as one of 30, so frame 2589408 of a day of 2592000 numbers is
#           23:58:33:18, and 00:00:00:00 comes again at frame 2592000.
# Seen:     frame 2589407 is 23:58:33:17, frame 2589408 is 00:00:00:00: the day is taken to end after 24 hours of
#           the clock (86400 s x 30000/1001 frames), which non-drop numbers reach with 23:58:33:17. At 25 frames a
#           second both agree.
# Why it hurts: a list for a recording of time of day, or one that starts at 23:58:40:00, gets codes of the next day
#           without a word, and reading them back lands a day away.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check opentimelineio==0.18.1

"$folder/venv/bin/python" - <<'PYTHON'
import opentimelineio as otio

RATE = 30000 / 1001


def code(frame, rate):
    return otio.opentime.RationalTime(frame, rate).to_timecode(rate, False)


seen = [code(frame, RATE) for frame in (2589407, 2589408, 2591999)]
print("29.97 non-drop, frames 2589407, 2589408, 2591999:", *seen)
print("25, last frame of the day:", code(24 * 3600 * 25 - 1, 25))
assert seen[:2] == ["23:58:33:17", "00:00:00:00"], "it changed"
assert code(24 * 3600 * 25 - 1, 25) == "23:59:59:24", "it changed"
PYTHON

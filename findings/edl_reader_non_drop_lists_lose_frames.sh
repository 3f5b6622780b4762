#!/usr/bin/env bash
# edl-reader (PyPI): a non-drop edit list is read as drop-frame: two seconds across a minute are 58 frames, and written again the cuts have moved.
#
# Versions: edl-reader 0.1.14 on PyPI (its latest) with timecode 1.5.1, the latest, which it asks for without a version.
# Source:   a CMX 3600 list of two events at 29.97, "FCM: NON-DROP FRAME": a song from 01:00:00:00 to 01:02:00:00, and a take from 01:00:59:00
#           to 01:01:01:00; the lengths of the events, List.get_length, and List.to_string.
# Expected: 3600 and 60 frames, and the list as it was: "Using List.to_string() should return the edl back to its original format", says its
#           documentation. In non-drop time code each second has 30 numbers (SMPTE 12M), and FCM is the line that says which one it is.
# Seen:     3596 and 58 frames, 3596 in all. Under "FCM: NON-DROP FRAME" stand times with semicolons now, and the end of the song, 01:02:00:00,
#           has become 01:01:59;28. The list keeps the line in fcm and asks it for nothing: each time is drop-frame whenever the rate is.
# Why it hurts: shows that are not for air are cut in non-drop, at 59.94 too. The song ends four frames before its picture, shots across a
#           minute are two frames short, and another program reads other frames from each time; a list within one minute looks right.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check edl-reader==0.1.14 timecode==1.5.1

"$folder/venv/bin/python" - <<'PYTHON'
import re

import edl

TEXT = """TITLE: FILM
FCM: NON-DROP FRAME

001  SONG     AA    C        00:00:00:00 00:02:00:00 01:00:00:00 01:02:00:00

002  TAKE     V     C        10:00:59:00 10:01:01:00 01:00:59:00 01:01:01:00
"""


def times(text):
    return re.findall(r"\d\d:\d\d:\d\d[:;]\d\d", text)


told = edl.Parser("29.97").parse(TEXT)
again = told.to_string()
lengths = [event.rec_length() for event in told]
print(lengths, told.get_length(), told.fcm)
print(again)
assert told.fcm == "NON-DROP FRAME" and "FCM: NON-DROP FRAME" in again
assert edl.Parser("30").parse(TEXT)[0].rec_length() == 3600
assert lengths == [3596, 58] and told.get_length() == 3596, "it changed"
assert times(TEXT)[3] == "01:02:00:00" and times(again)[3] == "01:01:59;28", "it changed"
assert times(again)[4:] == [time[:8] + ";" + time[9:] for time in times(TEXT)[4:]], "it changed"
PYTHON

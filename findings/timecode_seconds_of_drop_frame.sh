#!/usr/bin/env bash
# timecode: the hour 01:00:00;00 of drop-frame video is 3,596.4 seconds as a float, and 3,600 seconds are 01:00:03;17.
#
# Versions: timecode 1.5.1, as published on PyPI.
# Source:   Timecode("29.97", "01:00:00;00").float, and Timecode("29.97", start_seconds=3600): drop frame exists so that
#           the code follows the clock.
# Expected: 3599.996 s (107,892 frames of 1001/30000 s), and 01:00:00;00 within a frame.
# Seen:     3596.43 s and 01:00:03;17: frames are counted with the frames left out, and divided by a whole 30, not by
#           30000/1001. At 23.976 the same hour of film is 3600.04 for 3603.6 s.
#           Every value is one frame late as well: 00:00:00:00 at 25 is 0.04 s.
# Why it hurts: a hit point or a cue of a list in timecode lands seconds beside the picture late in a programme, and
#           at its beginning nobody sees it.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check timecode==1.5.1

"$folder/venv/bin/python" - <<'PYTHON'
from timecode import Timecode

hour = Timecode("29.97", "01:00:00;00")
assert hour.drop_frame and hour.frame_number == 107_892
seen = (hour.float, str(Timecode("29.97", start_seconds=3600)), Timecode("25", "00:00:00:00").float)
film = Timecode("23.976", "01:00:00:00").float
print(seen, film)
assert abs(seen[0] - 3596.43) < 0.01, "it changed"
assert seen[1] == "01:00:03;17", "it changed"
assert abs(seen[2] - 0.04) < 1e-9, "it changed"
assert abs(film - 3600.04) < 0.01, "it changed"
PYTHON

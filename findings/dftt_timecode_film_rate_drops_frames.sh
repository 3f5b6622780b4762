#!/usr/bin/env bash
# dftt-timecode: at 23.976 it always counts in drop frame, so that the hour 01:00:00:00 of film is 01:00:03;14, or refused.
#
# Versions: dftt-timecode 1.0.0 (of May 2026), as published on PyPI.
# Source:   DfttTimecode(86400, fps=23.976, drop_frame=False): an hour of 24 numbers a second; and "01:00:00:00" at that rate.
# Expected: 01:00:00:00. Drop frame exists for 29.97 and its doubles only (SMPTE ST 12-1); film at 23.976 is counted
#           without, and editors write it so.
# Seen:     01:00:03;14 with drop_frame=True and False alike; "01:00:00:00" raises an error about drop frame. Two frames are
#           left out of the numbers (1.6 a minute, in fact, since the rule of 30 is scaled to 24). 24, 25, 29.97 and 59.94 are right.
# Why it hurts: 23.976 is what most drama is shot at. A cue sheet or an EDL written with it is 3.6 s off after an hour, and
#           a timecode that an editor wrote cannot be read.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check dftt-timecode==1.0.0

"$folder/venv/bin/python" - <<'PYTHON'
from dftt_timecode import DfttTimecode


def said(value, fps, drop):
    try:
        return DfttTimecode(value, fps=fps, drop_frame=drop).timecode_output("smpte")
    except Exception as error:
        return type(error).__name__


film = [said(86400, fps, drop) for fps in (23.976, 24000 / 1001) for drop in (False, True)]
read = said("01:00:00:00", 23.976, False)
others = [said(86400, 24, False), said(90000, 25, False), said(108000, 29.97, False), said(107892, 29.97, True)]
print(film, read, others)
assert film == ["01:00:03;14"] * 4, "it changed"
assert read == "DFTTTimecodeInitializationError", "it changed"
assert others == ["01:00:00:00", "01:00:00:00", "01:00:00:00", "01:00:00;00"], "it changed"
PYTHON

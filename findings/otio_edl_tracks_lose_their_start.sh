#!/usr/bin/env bash
# otio-cmx3600-adapter: music that sets in ten seconds into an EDL is read at the very beginning.
#
# Versions: opentimelineio 0.18.1, otio-cmx3600-adapter 1.0.0, as published on PyPI.
# Source:   a CMX 3600 list with one picture event from 01:00:00:00 on and one sound event (AA) from 01:00:10:00 on.
# Expected: in the sound track a gap of ten seconds, then the clip.
# Seen:     the sound track begins with its clip: each track starts at its own first event, and where that lies beside
#           the other tracks is lost. A gap between two events of one track is kept.
# Why it hurts: a list that was converted by OpenTimelineIO has its music ten seconds early, and nothing says so.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    opentimelineio==0.18.1 otio-cmx3600-adapter==1.0.0

"$folder/venv/bin/python" - <<'PYTHON'
import opentimelineio as otio

TEXT = """TITLE: FILM
FCM: NON-DROP FRAME

001  FILM     V     C        00:00:00:00 00:00:30:00 01:00:00:00 01:00:30:00
* FROM CLIP NAME: FILM.MOV

002  SONG     AA    C        00:00:05:00 00:00:10:00 01:00:10:00 01:00:15:00
* FROM CLIP NAME: SONG.WAV

003  SONG     AA    C        00:00:05:00 00:00:10:00 01:00:20:00 01:00:25:00
* FROM CLIP NAME: SONG.WAV
"""
read = otio.adapters.read_from_string(TEXT, adapter_name="cmx_3600", rate=25)
starts = {}
for track in read.tracks:
    clips = list(track.find_clips())
    starts[track.kind] = [clip.range_in_parent().start_time.to_seconds() for clip in clips]
print(starts)
sound = next(value for kind, value in starts.items() if kind == otio.schema.TrackKind.Audio)
assert starts[otio.schema.TrackKind.Video] == [0.0]
assert sound == [0.0, 10.0], "it changed"
PYTHON

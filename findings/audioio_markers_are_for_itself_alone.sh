#!/usr/bin/env bash
# audioio: the markers, timecode and iXML that it writes into a WAV file are seen by nobody else, since the names of their chunks are in capitals.
#
# Versions: audioio 2.9.0 (of October 2026); wavinfo 4.0.1 and FFmpeg 9.0.2 (imageio-ffmpeg 0.8.1) beside it, all on PyPI.
# Source:   write_audio of four seconds with markers at 1, 2 and 3 s, a TimeReference of 10:00:00 (BEXT) and a tape (IXML); the same file once
#           more with "CUE ", "BEXT" and "IXML" changed to "cue ", "bext" and "iXML", the names that RIFF, EBU Tech 3285 and iXML give.
# Expected: three cue points at 48000, 96000 and 144000, a time of 36000 s and the tape, as audioio itself reads them back.
# Seen:     wavinfo finds no cue point, no bext and no iXML, and FFmpeg no time_reference. RIFF tells upper from lower case: capitals are kept
#           for names that are registered, and readers pass over a name that they do not know. With the names changed both find the time,
#           but each cue point has the sample offset 0, since audioio writes the place into the field for playlists alone.
#           labl and ltxt are named rightly, so that the names of the markers are there and belong to nothing.
# Why it hurts: takes, beats or hits that were marked in Python are gone in every editor and recorder, and a take has lost its place in the
#           film. Read back by the library all is there, which is how one would test it.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check audioio==2.9.0 wavinfo==4.0.1 imageio-ffmpeg==0.8.1

cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import pathlib
import re
import subprocess

import audioio
import imageio_ffmpeg
import numpy as np
import wavinfo

RATE = 48000
PLACES = [RATE, 2 * RATE, 3 * RATE]
HOUR = 10 * 3600 * RATE
told = {"BEXT": {"TimeReference": HOUR, "Description": "take"}, "IXML": {"TAPE": "A012"}}
names = np.array([["hit", ""], ["cut", ""], ["end", ""]], dtype=object)
audioio.write_audio("own.wav", np.zeros((4 * RATE, 1)), RATE, metadata=told, locs=np.array([[at, 0] for at in PLACES]), labels=names)
data = pathlib.Path("own.wav").read_bytes()
for upper, right in ((b"CUE ", b"cue "), (b"BEXT", b"bext"), (b"IXML", b"iXML")):
    assert data.count(upper) == 1, "it changed"
    data = data.replace(upper, right)
pathlib.Path("named.wav").write_bytes(data)


def seen(name):
    info = wavinfo.WavInfoReader(name)
    points = [(cue.position, cue.sample_offset) for cue in info.cues.cues] if info.cues else []
    time = info.bext.time_reference if info.bext else None
    tape = info.ixml.tape if info.ixml else None
    call = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-i", name]
    line = re.search(r"time_reference\s*:\s*(\d+)", subprocess.run(call, capture_output=True, text=True).stderr)
    return points, time, tape, line and int(line[1])


places, labels = audioio.markers("own.wav")
print("audioio:", places[:, 0], list(labels[:, 0]), audioio.metadata("own.wav")["BEXT"]["TimeReference"])
assert list(places[:, 0]) == PLACES and list(labels[:, 0]) == ["hit", "cut", "end"]
assert audioio.metadata("own.wav")["BEXT"]["TimeReference"] == HOUR
assert list(audioio.markers("named.wav")[0][:, 0]) == PLACES
own, named = seen("own.wav"), seen("named.wav")
print("as written:", own)
print("with the right names:", named)
assert own == ([], None, None, None), "it changed"
assert named == ([(at, 0) for at in PLACES], HOUR, "A012", HOUR), "it changed"
PYTHON

#!/usr/bin/env bash
# audiotsm: the speed is rounded to whole samples of its hop, so that 0.999 becomes 0.992 and an hour is up to 27 s off.
#
# Versions: audiotsm 0.1.2, as published on PyPI.
# Source:   ola, wsola and phasevocoder with default arguments on 60 s of 48 kHz, at 24/25 (film to video), 1000/1001
#           (pull-down) and 1001/1000; the length that comes out.
# Expected: 62.5, 60.06 and 59.94 s, within a window of some 40 ms.
# Seen:     ola 62.95, 60.47 and 60.00: .45 s too long in a minute, and at 1.001 nothing changes at all. With wsola and
#           phasevocoder the rest grows as well, to seconds an hour. The step in the source is cut down to whole samples
#           of a hop of 128 (ola), 512 or 1024, and the rest is dropped for each hop.
# Why it hurts: these speeds are what a song or a sound track is fitted to another frame rate with, and speeds near 1 are what
#           beats are matched with. The sound starts in step and drifts away from the picture and from the other song.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check audiotsm==0.1.2 numpy

"$folder/venv/bin/python" - <<'PYTHON'
import audiotsm
import numpy as np
from audiotsm.io.array import ArrayReader, ArrayWriter

RATE = 48000


def late(method, speed, seconds):
    """Seconds by which the result is too long."""
    sound = 0.2 * np.sin(2 * np.pi * 440 * np.arange(seconds * RATE) / RATE)
    writer = ArrayWriter(1)
    getattr(audiotsm, method)(1, speed=speed).run(ArrayReader(sound[None]), writer)
    return writer.data.shape[1] / RATE - seconds / speed


speeds = {"24/25": 24 / 25, "1000/1001": 1000 / 1001, "1001/1000": 1.001}
ola = {name: late("ola", speed, 60) for name, speed in speeds.items()}
grows = {method: late(method, 1000 / 1001, 120) - late(method, 1000 / 1001, 60) for method in ("wsola", "phasevocoder")}
print({name: round(each, 3) for name, each in ola.items()}, {name: round(each, 3) for name, each in grows.items()})
assert abs(ola["24/25"] - 0.447) < 0.02 and abs(ola["1000/1001"] - 0.409) < 0.02, "it changed"
assert abs(ola["1001/1000"] - 0.057) < 0.01, "it changed"
assert all(0.02 < each < 0.1 for each in grows.values()), "it changed"
PYTHON

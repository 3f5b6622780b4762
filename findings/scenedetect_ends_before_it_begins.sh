#!/usr/bin/env bash
# PySceneDetect: the last scene of a Matroska film of variable frame rate ends before it begins.
#
# Versions: scenedetect 0.7.2 with opencv-python 5.0.0.93, as published on PyPI; the film is written by PyAV 18.1.0.
# Source:   detect() with the default backend on a film of 14 s, six seconds at 10 and eight at 30 pictures a second,
#           with a cut at 12 s.
# Expected: a last scene from 12 to 14 s.
# Seen:     from 12 to 10 s: starts are presentation times since 0.7, and the end of the film is the count of its frames
#           (300) over the nominal rate (30).
# Why it hurts: the scene has a negative length: lists of scenes, splitting and thumbnails of the last shot fail or lose
#           it. Screen recordings and calls are such files.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    scenedetect==0.7.2 opencv-python==5.0.0.93 av==18.1.0 numpy

"$folder/venv/bin/python" - "$folder/screen.mkv" 2>/dev/null <<'PYTHON'
import sys
from fractions import Fraction

import av
import numpy as np
from scenedetect import ContentDetector, detect

times = [Fraction(k, 10) for k in range(60)] + [6 + Fraction(k, 30) for k in range(240)]
rng = np.random.default_rng(3)
scenes = [np.kron(rng.integers(0, 255, (6, 8, 3)), np.ones((20, 20, 1))).astype(np.uint8) for _ in range(2)]
with av.open(sys.argv[1], "w") as container:
    stream = container.add_stream("libx264", rate=30)
    stream.width, stream.height, stream.pix_fmt = 160, 120, "yuv420p"
    for time in times:
        frame = av.VideoFrame.from_ndarray(scenes[time >= 12], format="rgb24")
        frame.pts, frame.time_base = round(time * 30), Fraction(1, 30)
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))
start, end = detect(sys.argv[1], ContentDetector())[-1]
print(float(start.seconds), float(end.seconds))
assert abs(start.seconds - 12) < 0.05 and abs(end.seconds - 10) < 0.05, "it changed"
PYTHON

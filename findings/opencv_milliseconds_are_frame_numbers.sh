#!/usr/bin/env bash
# OpenCV: setting CAP_PROP_POS_MSEC in a film of variable frame rate shows the picture of a time seconds away.
#
# Versions: opencv-python 5.0.0.93 (its own FFmpeg), as published on PyPI; the film is written by PyAV 18.1.0.
# Source:   VideoCapture on an MP4 of 14 s, six seconds at 10 and eight at 30 pictures a second, right times in the file;
#           set(CAP_PROP_POS_MSEC, 2050), then read(). Each picture bears its number in its grey.
# Expected: the picture of 2.0 or 2.1 s. Reading on from the start, CAP_PROP_POS_MSEC tells each picture's time rightly.
# Seen:     the picture of 4.4 s for 2.05, and that of 1.1 s for .5: the milliseconds become a frame number by the mean
#           rate (21.2), and that frame is counted out.
# Why it hurts: phones and screen recorders write variable rates. Thumbnails at cuts, faces at a subtitle's time, frames
#           for a vision model come from another shot.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    opencv-python==5.0.0.93 av==18.1.0 numpy

"$folder/venv/bin/python" - "$folder/phone.mp4" 2>/dev/null <<'PYTHON'
import sys
from fractions import Fraction

import av
import cv2
import numpy as np

times = [Fraction(k, 10) for k in range(60)] + [6 + Fraction(k, 30) for k in range(240)]
with av.open(sys.argv[1], "w") as container:
    stream = container.add_stream("libx264", rate=30)
    stream.width, stream.height, stream.pix_fmt = 320, 64, "yuv420p"
    stream.options = {"qp": "4"}
    for number, time in enumerate(times):
        # Nine bits of the number, black or white.
        bits = [255 * (number >> k & 1) for k in range(9)] + [0]
        picture = np.repeat(np.repeat(np.array(bits, np.uint8)[None], 64, 0), 32, 1)
        frame = av.VideoFrame.from_ndarray(np.stack([picture] * 3, -1), format="rgb24")
        frame.pts, frame.time_base = round(time * 30), Fraction(1, 30)
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


def number_of(picture):
    return sum(1 << k for k in range(9) if picture[32, 32 * k + 16, 0] > 128)


film = cv2.VideoCapture(sys.argv[1])
for number, time in enumerate(times):
    told = film.read()
    assert told[0] and number_of(told[1]) == number
    assert abs(film.get(cv2.CAP_PROP_POS_MSEC) - 1000 * time) < 1, "it changed"
seen = {}
for wanted in (500, 2050):
    film.set(cv2.CAP_PROP_POS_MSEC, wanted)
    seen[wanted] = float(1000 * times[number_of(film.read()[1])])
print(seen)
assert abs(seen[500] - 1100) < 150 and abs(seen[2050] - 4400) < 150, "it changed"
PYTHON

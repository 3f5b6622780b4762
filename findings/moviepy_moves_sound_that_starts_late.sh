#!/usr/bin/env bash
# MoviePy: sound that starts after the picture is moved to the start, so that what it writes is out of sync.
#
# Versions: moviepy 2.2.1 with av 18.1.0 (which writes and reads the film) and imageio-ffmpeg 0.8.1, as published on PyPI.
# Source:   VideoFileClip on a Matroska film whose sound starts at .5 s; a click in it lies at 2.5 s, on the cut from dark to
#           bright; subclipped(1, 3.5) written as MP4 again.
# Expected: click and cut together, 1.5 s into what was written.
# Seen:     the cut at 1.5, the click at 1.0: the sound's own start is dropped as soon as the film is opened. A picture
#           that starts late keeps its place, so of two late films one comes out right.
# Why it hurts: cameras, capture programs and trimmed exports start their streams apart. Every clip that is only cut or
#           joined has speech half a second before the lips.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    moviepy==2.2.1 imageio-ffmpeg==0.8.1 av==18.1.0 numpy

"$folder/venv/bin/python" - "$folder/late.mkv" "$folder/out.mp4" 2>/dev/null <<'PYTHON'
import sys
from fractions import Fraction

import av
import numpy as np
from moviepy import VideoFileClip

RATE, LATE, MEETING = 48000, 0.5, 2.5


def places(path):
    """When the picture turns bright and when the click sounds, in seconds, by the times of the file itself."""
    with av.open(path) as container:
        cut = next(f.time for f in container.decode(video=0) if f.to_ndarray(format="gray").mean() > 120)
    with av.open(path) as container:
        frames = list(container.decode(audio=0))
        sound = np.concatenate([np.abs(frame.to_ndarray()).max(0) for frame in frames])
        return round(cut, 2), round(float(frames[0].time) + int(sound.argmax()) / frames[0].sample_rate, 2)


with av.open(sys.argv[1], "w") as container:
    picture = container.add_stream("libx264", rate=30)
    picture.width, picture.height, picture.pix_fmt = 128, 96, "yuv420p"
    sound = container.add_stream("aac", rate=RATE, layout="mono")
    samples = np.zeros((1, 5 * RATE), np.float32)
    start = int(RATE * (MEETING - LATE))
    samples[:, start : start + 480] = 0.8
    frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="mono")
    frame.sample_rate, frame.pts, frame.time_base = RATE, int(LATE * RATE), Fraction(1, RATE)
    packets = [*sound.encode(frame), *sound.encode(None)]
    for number in range(120):
        grey = np.full((96, 128, 3), 230 if number >= 30 * MEETING else 20, np.uint8)
        frame = av.VideoFrame.from_ndarray(grey, format="rgb24")
        frame.pts, frame.time_base = number, Fraction(1, 30)
        packets += picture.encode(frame)
    packets += picture.encode(None)
    for packet in sorted(packets, key=lambda packet: packet.dts * packet.time_base):
        container.mux(packet)

before = places(sys.argv[1])
VideoFileClip(sys.argv[1]).subclipped(1, 3.5).write_videofile(sys.argv[2], logger=None)
after = places(sys.argv[2])
print("in the film:", before, "in what was written:", after)
assert abs(before[0] - before[1]) < 0.02, before
assert abs(after[0] - 1.5) < 0.05 and abs(after[1] - 1.0) < 0.05, "it changed"
PYTHON

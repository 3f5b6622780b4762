#!/usr/bin/env bash
# PySceneDetect: in a film whose picture starts late, every scene is early by that against the sound and the player.
#
# Versions: scenedetect 0.7.2 with opencv-python 5.0.0.93 and av 18.1.0, as published on PyPI.
# Source:   a Matroska and an MP4 file whose first picture has the time .5 s and whose cut has 2.5 s (its pts), read
#           with both backends, opencv and pyav.
# Expected: a scene that starts at 2.5 s: since 0.7 times rest on presentation times, and this is the film's own.
# Seen:     2.0 s, in both containers, with both backends.
# Why it hurts: phones, capture cards and trimmed exports start the sound before the picture. Music or subtitles laid on
#           these times, and clips cut by "ffmpeg -ss" at them, are off by what the picture came late.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    scenedetect==0.7.2 opencv-python==5.0.0.93 av==18.1.0 numpy

"$folder/venv/bin/python" - "$folder" 2>/dev/null <<'PYTHON'
import sys
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from scenedetect import ContentDetector, SceneManager, open_video


def write(path):
    rng = np.random.default_rng(3)
    scenes = [np.kron(rng.integers(0, 255, (6, 8, 3)), np.ones((20, 20, 1))).astype(np.uint8) for _ in range(2)]
    with av.open(str(path), "w") as container:
        picture = container.add_stream("libx264", rate=30)
        picture.width, picture.height, picture.pix_fmt = 160, 120, "yuv420p"
        sound = container.add_stream("aac", rate=48000, layout="mono")
        quiet = av.AudioFrame.from_ndarray(np.zeros((1, 4 * 48000), np.float32), format="fltp", layout="mono")
        quiet.sample_rate, quiet.pts = 48000, 0
        packets = [*sound.encode(quiet), *sound.encode(None)]
        for number in range(105):
            frame = av.VideoFrame.from_ndarray(scenes[number >= 60], format="rgb24")
            frame.pts, frame.time_base = number + 15, Fraction(1, 30)
            packets += picture.encode(frame)
        packets += picture.encode(None)
        for packet in sorted(packets, key=lambda packet: packet.dts * packet.time_base if packet.dts is not None else 0):
            container.mux(packet)


seen = {}
for suffix in ("mkv", "mp4"):
    path = Path(sys.argv[1]) / f"late.{suffix}"
    write(path)
    with av.open(str(path)) as container:
        first = next(container.decode(video=0))
        assert abs(first.time - 0.5) < 0.01, first.time
    for backend in ("opencv", "pyav"):
        video = open_video(str(path), backend=backend)
        manager = SceneManager()
        manager.add_detector(ContentDetector())
        manager.detect_scenes(video)
        seen[suffix, backend] = round(float(manager.get_scene_list()[1][0].seconds), 3)
print(seen)
assert all(abs(start - 2.0) < 0.02 for start in seen.values()), "it changed"
PYTHON

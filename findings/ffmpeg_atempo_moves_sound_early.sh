#!/usr/bin/env bash
# FFmpeg: atempo moves everything early, by 21 ms at tempo 1 and by up to 53 ms at half tempo, and drops the rest.
#
# Versions: FFmpeg 9.0.2 as it comes with imageio-ffmpeg 0.8.1 on PyPI.
# Source:   ffmpeg -af atempo=R on ten seconds of 48 kHz with tones that begin at 2, 4, 6 and 8 s.
# Expected: tones at 2/R, 4/R, 6/R, 8/R s and a length of 10/R s; at 1.0 the sound as it was. Overlap and add may move a
#           tone either way by a part of its window; the filter rubberband is off by a few ms and exact in length.
# Seen:     always early: 21 ms at 1.0, 16 at 1.25, 8 to 11 at 2, 33 to 53 at .5; the length is short by 21, 16, 13 and
#           59 ms. The first half of a window is skipped, and its timestamps start at 0 all the same.
# Why it hurts: this is how films are sped up and slowed down (with setpts for the picture), how 24 becomes 25 frames, and
#           how a loop is fitted to a tempo. Sound leads the picture by up to a frame and a half, which is seen at once,
#           and a loop of four bars comes back short.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check imageio-ffmpeg==0.8.1 numpy

"$folder/venv/bin/python" - "$folder/plain.wav" <<'PYTHON'
import subprocess
import sys
import wave

import imageio_ffmpeg
import numpy as np

RATE, STARTS = 48000, (2, 4, 6, 8)
sound = np.zeros(10 * RATE)
for start in STARTS:
    sound[start * RATE : start * RATE + RATE // 2] = 16000 * np.sin(2 * np.pi * 440 * np.arange(RATE // 2) / RATE)
with wave.open(sys.argv[1], "wb") as file:
    file.setnchannels(1)
    file.setsampwidth(2)
    file.setframerate(RATE)
    file.writeframes(sound.astype("<i2").tobytes())


def moved(filter_, tempo):
    """By how many ms each tone begins late, and by how many the whole is too long."""
    words = ["-v", "error", "-i", sys.argv[1], "-af", filter_, "-f", "f32le", "-"]
    done = subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), *words], check=True, stdout=subprocess.PIPE)
    loud = np.abs(np.frombuffer(done.stdout, np.float32)) > 0.1
    places = np.flatnonzero(loud)
    begins = places[np.diff(places, prepend=-RATE) > RATE // 8]
    late = [round(1000 * (begin / RATE - start / tempo), 1) for begin, start in zip(begins, STARTS, strict=True)]
    return late, round(1000 * (len(loud) / RATE - 10 / tempo), 1)


seen = {tempo: moved(f"atempo={tempo}", tempo) for tempo in (1.0, 1.25, 2.0, 0.5)}
print("atempo:", {tempo: [[float(ms) for ms in late], length] for tempo, (late, length) in seen.items()})
late, length = moved("rubberband=tempo=1.25", 1.25)
print("rubberband:", [float(ms) for ms in late], length)
assert max(map(abs, late)) < 10 and abs(length) < 1
for tempo, low, high, short in ((1.0, 18, 22, 21), (1.25, 14, 18, 16), (2.0, 6, 13, 13), (0.5, 28, 58, 59)):
    assert all(low < -ms < high for ms in seen[tempo][0]) and abs(seen[tempo][1] + short) < 2, "it changed"
PYTHON

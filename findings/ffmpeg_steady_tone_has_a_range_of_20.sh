#!/usr/bin/env bash
# FFmpeg: ebur128 gives sounds of 3.0 to 3.3 seconds a loudness range of 20 LU, a steady tone too.
#
# Versions: FFmpeg 9.0.2 as it comes with imageio-ffmpeg 0.8.1 on PyPI.
# Source:   ffmpeg -af ebur128 on tones of 997 Hz of one level, 1 to 10 s long; loudnorm's input_lra beside it.
# Expected: a range of 0 for each, as a tone that doesn't change has none.
# Seen:     0.0 up to 2.9 s, 20.0 at 3.0, 3.1, 3.2 and 3.3 s, 0.0 from 3.4 s on; loudnorm says 0 for each. One to four values
#           of three seconds are too few for the tenth of a hundred at the low end, which then falls on the gate.
# Why it hurts: stingers, logos and beds are three seconds long by custom. A report takes them for the most dynamic of the
#           catalogue, a limit of the range refuses them, and a steady bed is compressed "to get it from 20 to 7".
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check imageio-ffmpeg==0.8.1 numpy

"$folder/venv/bin/python" - "$folder/tone.wav" <<'PYTHON'
import json
import re
import subprocess
import sys
import wave

import imageio_ffmpeg
import numpy as np

RATE = 48000


def told(filter_):
    words = ["-nostdin", "-i", sys.argv[1], "-af", filter_, "-f", "null", "-"]
    return subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), *words], check=True, stderr=subprocess.PIPE, text=True).stderr


seen = {}
for tenths in (10, 29, 30, 31, 32, 33, 34, 35, 50, 100):
    tone = 3277 * np.sin(2 * np.pi * 997 * np.arange(tenths * RATE // 10) / RATE)
    with wave.open(sys.argv[1], "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(tone.astype("<i2").tobytes())
    seen[tenths] = float(re.findall(r"LRA:\s+(-?[\d.]+) LU", told("ebur128"))[-1])
    text = told("loudnorm=print_format=json")
    assert float(json.loads(text[text.rindex("{") : text.rindex("}") + 1])["input_lra"]) == 0
print({tenths / 10: range_ for tenths, range_ in seen.items()})
for tenths, range_ in seen.items():
    assert range_ == (20.0 if 30 <= tenths <= 33 else 0.0), "it changed"
PYTHON

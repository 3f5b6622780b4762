#!/usr/bin/env bash
# FFmpeg: afftdn, dialoguenhance, surround and superequalizer move the sound behind the picture, by 25 to 85 ms.
#
# Versions: FFmpeg 9.0.2 as it comes with imageio-ffmpeg 0.8.1 on PyPI; PyAV 18.1.0 reads the result with its times.
# Source:   ffmpeg -af FILTER on four seconds of 48 kHz with noise from 1.5 s on, written as Matroska; the place where the
#           noise begins, by the times in the file.
# Expected: 1.5 s. A filter of a graph may look ahead, and says so by its timestamps or drops what it delayed: adeclick,
#           afwtdn and anequalizer begin within .1 ms, and alimiter has an option for it (latency).
# Seen:     afftdn 25.0 ms late, dialoguenhance 32.0, surround 42.7, afftfilt 64.0, superequalizer 85.3; as long as before,
#           so that as much is missing at the end. Timestamps start at 0, and no option of afftdn or superequalizer is about it.
# Why it hurts: afftdn is the usual cleaner of speech, superequalizer the 18 band equalizer. Each pass puts lips, cuts on
#           the beat and stems against each other: a cleaned stem mixed with its dry neighbours sounds as an echo.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    imageio-ffmpeg==0.8.1 av==18.1.0 numpy

"$folder/venv/bin/python" - "$folder" <<'PYTHON'
import subprocess
import sys
import wave

import av
import imageio_ffmpeg
import numpy as np

RATE, BEGIN = 48000, 1.5
LATE = {"afftdn": 25.0, "dialoguenhance": 32.0, "surround": 42.7, "afftfilt": 64.0, "superequalizer": 85.3}
IN_TIME = ("anull", "adeclick", "afwtdn", "anequalizer", "alimiter=latency=1")
plain, out = f"{sys.argv[1]}/plain.wav", f"{sys.argv[1]}/out.mkv"
sound = np.zeros(4 * RATE)
sound[int(BEGIN * RATE) : int(2.5 * RATE)] = 5000 * np.random.default_rng(0).standard_normal(RATE).clip(-3, 3)
with wave.open(plain, "wb") as file:
    file.setnchannels(1)
    file.setsampwidth(2)
    file.setframerate(RATE)
    file.writeframes(sound.astype("<i2").tobytes())


def late(filter_):
    """By how many ms the noise begins too late, and the length in seconds."""
    words = ["-v", "error", "-y", "-i", plain, "-af", filter_, "-c:a", "pcm_f32le", out]
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), *words], check=True)
    with av.open(out) as container:
        frames = list(container.decode(audio=0))
    level = np.abs(np.concatenate([f.to_ndarray().reshape(-1, f.layout.nb_channels) for f in frames])[:, 0])
    first = int(np.argmax(level > 0.05 * level.max()))
    return round(1000 * (float(frames[0].time) + first / RATE - BEGIN), 1), len(level) / RATE


seen = {filter_: late(filter_) for filter_ in (*IN_TIME, *LATE)}
print(seen)
assert all(abs(seen[name][0]) < 0.5 for name in IN_TIME)
assert all(abs(seen[name][0] - ms) < 0.5 and seen[name][1] == 4 for name, ms in LATE.items()), "it changed"
PYTHON

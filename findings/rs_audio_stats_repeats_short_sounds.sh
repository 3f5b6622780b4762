#!/usr/bin/env bash
# rs-audio-stats: a sound of less than 5 s is put behind itself several times before its loudness is measured.
#
# Versions: rs-audio-stats 1.4.1 on PyPI; FFmpeg 9.0.2 (imageio-ffmpeg 0.8.1), pyloudnorm 0.2.0 beside it.
# Source:   a tone of 997 Hz at -6 dBFS that fades (e^-3t) for 3 s, stereo, 48 kHz; and the same with 3 s of silence behind it.
# Expected: integrated loudness of what is in the file (BS.1770-4: blocks of .4 s, none across its end): FFmpeg's ebur128 and
#           pyloudnorm agree within .1 LU, with silence behind it and without.
# Seen:     -14.0 LUFS and a loudness range of 0 for the 3 s, -15.8 for the same with silence. A line on stdout says "Extended
#           3.000s audio with 5 repeats"; the seams give blocks, and gates, that the file does not have.
# Why it hurts: stingers, risers, hits and sound effects are shorter than 5 s. Those that fade are measured up to 2 LU too loud, so
#           that a library that is matched by these figures has its short sounds too quiet; batch output gets the line among it.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check rs-audio-stats==1.4.1 pyloudnorm==0.2.0 \
    imageio-ffmpeg==0.8.1 numpy soundfile

"$folder/venv/bin/python" - "$folder" <<'PYTHON'
import re
import subprocess
import sys

import imageio_ffmpeg
import numpy as np
import pyloudnorm
import rs_audio_stats
import soundfile

RATE = 48000
path = f"{sys.argv[1]}/sound.wav"
time = np.arange(3 * RATE) / RATE
fading = 0.5 * np.sin(2 * np.pi * 997 * time) * np.exp(-3 * time)


def measured(sound):
    """Integrated loudness by rs-audio-stats, FFmpeg and pyloudnorm, and the range by the first."""
    stereo = np.stack([sound, sound], axis=1)
    soundfile.write(path, stereo, RATE, "PCM_24")
    _, found = rs_audio_stats.analyze_audio_all(path)
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-nostats", "-i", path, "-af", "ebur128", "-f", "null", "-"]
    log = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    ffmpeg = float(re.search(r"I:\s+(\S+) LUFS", log[log.rindex("Summary") :]).group(1))
    plain = pyloudnorm.Meter(RATE).integrated_loudness(stereo)
    return round(found.integrated_loudness, 2), ffmpeg, round(float(plain), 2), round(found.loudness_range, 2)


short, long = measured(fading), measured(np.concatenate([fading, np.zeros(3 * RATE)]))
print(short, long)
assert abs(short[0] + 14.0) < 0.1 and short[3] == 0.0
assert all(abs(value + 15.8) < 0.15 for value in (*short[1:3], *long[:3]))
PYTHON

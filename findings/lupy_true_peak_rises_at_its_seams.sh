#!/usr/bin/env bash
# lupy: a held C that peaks at -1 dBTP is measured at -.06 and an A at -1, since each 400 ms are oversampled for themselves alone.
#
# Versions: lupy 0.0.3 (of October 2026) as published on PyPI; FFmpeg 9.0.2 (imageio-ffmpeg 0.8.1) beside it.
# Source:   sines at -1 dBFS, 4 s long, faded in over 1 s, 48 kHz, written to lupy.Meter in blocks; true_peak_max at the end. Its page
#           calls it validated against EBU Tech 3341, which allows +.2 and -.4 dB, and the documentation of its sampler says that the
#           length of its reads should not affect the accuracy.
# Expected: -1.0 dBTP within that, as FFmpeg's ebur128 measures each of them.
# Seen:     -1.0 for 110, 440 and 1000 Hz, of which whole periods fit into 400 ms; -.09 for C3, -.06 for C4, -.05 for 60.625 Hz. Beyond
#           the ends of each read the filter has silence, and a waveform that stops at its peak overshoots. The figures of one note
#           in true_peak_array go up and down with the phase at these ends.
# Why it hurts: "not above -1 dBTP" is what stations and streams ask for. A master that keeps it is refused, or turned down by nearly
#           1 dB, for a pad or a bass note that is held for half a second, and tones for testing, round in Hz, are all right.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check lupy==0.0.3 imageio-ffmpeg==0.8.1 numpy soundfile

OMP_NUM_THREADS=1 "$folder/venv/bin/python" - "$folder" <<'PYTHON'
import re
import subprocess
import sys

import imageio_ffmpeg
import lupy
import numpy as np
import soundfile

RATE, BLOCK = 48000, 1000
path = f"{sys.argv[1]}/tone.wav"
time = np.arange(4 * RATE) / RATE


def by_lupy(sound):
    meter = lupy.Meter(block_size=BLOCK, num_channels=1, sample_rate=RATE)
    for begin in range(0, len(sound) - BLOCK + 1, BLOCK):
        meter.write(sound[None, begin : begin + BLOCK])
    return round(float(meter.true_peak_max), 2)


def by_ffmpeg(sound):
    soundfile.write(path, sound, RATE, "PCM_24")
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-nostats", "-i", path, "-af", "ebur128=peak=true", "-f", "null", "-"]
    log = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    return float(re.search(r"Peak:\s+(\S+) dBFS", log[log.rindex("Summary") :]).group(1))


seen = {}
for hertz in (110, 440, 1000, 60.625, 130.81, 261.63):
    sound = 10 ** (-1 / 20) * np.minimum(1, time) * np.sin(2 * np.pi * hertz * time)
    seen[hertz] = by_lupy(sound), by_ffmpeg(sound)
    print(hertz, "lupy, FFmpeg:", *seen[hertz])
assert all(abs(ffmpeg + 1.0) < 0.05 for _, ffmpeg in seen.values())
assert all(abs(seen[hertz][0] + 1.0) < 0.02 for hertz in (110, 440, 1000))
assert all(seen[hertz][0] > -0.12 for hertz in (60.625, 130.81, 261.63)), "it changed"
PYTHON

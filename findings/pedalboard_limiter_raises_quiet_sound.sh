#!/usr/bin/env bash
# pedalboard: Limiter makes quiet sound louder, by 4.75 dB at a threshold of -1 dB and by 23.75 dB at -20 dB.
#
# Versions: pedalboard 0.9.26, as published on PyPI.
# Source:   pedalboard.Limiter(threshold_db=...) on a sine 27 dB below full scale: below each of these thresholds but
#           the lowest by far, so that there is nothing to limit.
# Expected: the sound as it was; a limiter holds peaks under its threshold and leaves the rest alone.
# Seen:     +4.75 dB at -1, +6.75 at -3, +9.75 at -6, +13.75 at -10: make-up gain that no argument names or turns off.
#           Peaks pass the threshold too: a loud sine comes out at 0 dB for -6.
# Why it hurts: a limiter as the last step of a mix "to keep the true peak under -1 dBTP" changes the measured
#           loudness by nearly 5 LU and gives peaks at full scale.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check pedalboard==0.9.26 numpy

"$folder/venv/bin/python" - <<'PYTHON'
import numpy as np
import pedalboard

RATE = 48000
t = np.arange(3 * RATE) / RATE
loud = (0.9 * np.sin(2 * np.pi * 220 * t)).astype(np.float32)[None]
quiet = 0.05 * loud


def decibels(x):
    return 20 * float(np.log10(np.abs(x[0, RATE:]).max()))


gains = {}
for threshold in (-1, -3, -6, -10):
    gains[threshold] = decibels(pedalboard.Limiter(threshold_db=threshold)(quiet, RATE)) - decibels(quiet)
peak = decibels(pedalboard.Limiter(threshold_db=-6)(loud, RATE))
print({threshold: round(gain, 2) for threshold, gain in gains.items()}, "peak at -6:", round(peak, 2))
for threshold, gain in gains.items():
    assert abs(gain - (3.75 - threshold)) < 0.05, "it changed"
assert peak > -0.1, "it changed"
PYTHON

#!/usr/bin/env bash
# pedalboard: Convolution with a unit impulse is no identity: everything comes out 18 dB softer.
#
# Versions: pedalboard 0.9.26, as published on PyPI.
# Source:   pedalboard.Convolution with the impulse response [1, 0, 0, ...] as an array, mix at its default of 1; and
#           with the same response times 0.1.
# Expected: the sound as it was, and a tenth of it.
# Seen:     -18.06 dB for both: the response is scaled to an energy of 1/64 before use, whatever its own level, which no
#           argument turns off.
# Why it hurts: a measured room or cabinet, or an FIR filter designed for a gain, loses its level; a filter bank of
#           several of them no longer adds up.
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
sound = (0.5 * np.sin(2 * np.pi * 220 * t)).astype(np.float32)[None]
unit = np.zeros(1000, np.float32)
unit[0] = 1.0
seen = {}
for level in (1.0, 0.1):
    out = pedalboard.Convolution(unit * np.float32(level), sample_rate=RATE)(sound, RATE)
    seen[level] = 20 * float(np.log10(np.abs(out[0, RATE:]).max() / 0.5))
print({level: round(gain, 2) for level, gain in seen.items()})
assert all(abs(gain + 18.06) < 0.05 for gain in seen.values()), "it changed"
PYTHON

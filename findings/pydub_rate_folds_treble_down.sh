#!/usr/bin/env bash
# pydub: set_frame_rate filters nothing, so that a tone of 11 kHz is one of 5 kHz at full strength after 48 to 16 kHz.
#
# Versions: pydub 0.25.1 (audioop of Python, or audioop-lts from 3.13 on), soxr 1.1.0 beside it, as published on PyPI.
# Source:   AudioSegment.set_frame_rate(16000) on a sine of 11 kHz at 48 kHz; soxr.resample on the same.
# Expected: silence: at 16 kHz there is nothing above 8 kHz. soxr has it 100 dB down or more.
# Seen:     a sine of 5 kHz, 0.0 dB against the source. Up and between near rates it draws straight lines: 11 kHz loses 1.5 dB
#           on the way to 44.1 kHz.
# Why it hurts: this is the usual line before a model of speech, a tagger or a tempo tracker that wants 16 or 22.05 kHz.
#           Cymbals and s sounds become tones and noise in the middle of the spectrum: other features, other vectors, other
#           onsets than those the model was trained on, and it is heard as a rasp.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    pydub==0.25.1 soxr==1.1.0 numpy 'audioop-lts; python_version >= "3.13"'

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import numpy as np
import soxr
from pydub import AudioSegment

RATE, TONE = 48000, 11000
sound = 0.5 * np.sin(2 * np.pi * TONE * np.arange(3 * RATE) / RATE)
segment = AudioSegment((sound * 32767).astype("<i2").tobytes(), frame_rate=RATE, sample_width=2, channels=1)


def strongest(samples, rate):
    """Frequency in Hz and level in dB against the source."""
    middle = samples[rate // 2 : -rate // 2]
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle))))
    frequency = np.fft.rfftfreq(len(middle), 1 / rate)[spectrum.argmax()]
    return round(float(frequency)), float(20 * np.log10(max(middle.std() * np.sqrt(2) / 0.5, 1e-9)))


low, near = (
    strongest(np.array(segment.set_frame_rate(rate).get_array_of_samples()) / 32767, rate) for rate in (16000, 44100)
)
good = strongest(soxr.resample(sound, RATE, 16000), 16000)
print(low, near, "soxr", good)
assert low[0] == 5000 and abs(low[1]) < 0.1, "it changed"
assert near[0] == 11000 and abs(near[1] + 1.5) < 0.2, "it changed"
assert good[1] < -80
PYTHON

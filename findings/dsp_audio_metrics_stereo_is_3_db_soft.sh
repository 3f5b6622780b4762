#!/usr/bin/env bash
# dsp-audio-metrics: every stereo song is measured 3 dB too soft, and a 5.1 mix 7 dB, so that what it levels is too loud by as much.
#
# Versions: dsp-audio-metrics 0.1.1 (of August 2026), and pyloudnorm 0.2.0 beside it, as published on PyPI.
# Source:   the first signals of EBU Tech 3341 (1 kHz in both channels at -23 and -33 dBFS for 20 s), one with sound on the left only, a song
#           of noise, and a tone in all of L, R, C, LFE, Ls and Rs: integrated_lufs, measure and normalize_loudness at -23.
# Expected: -23.0 and -33.0 LUFS, within .1, as EBU Tech 3341 asks for: BS.1770 adds up the power of the channels (the surround ones at 1.41,
#           the LFE left out). -26.0 for the left one alone.
# Seen:     -26.0 and -36.0; the left one alone is -29.0. The mean of all channels is taken in place of their sum, mono is doubled before, so
#           that only mono is right by chance; in 5.1 the LFE counts and the surround channels have no weight. Levelled to -23 they are at -20.
# Why it hurts: it calls itself BS.1770-4. Music that is handed over at -23 by it is 3 dB too loud for every broadcaster (a tolerance of
#           .5), and a mono cue beside a stereo one differs by as much.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check dsp-audio-metrics==0.1.1 pyloudnorm==0.2.0

"$folder/venv/bin/python" - <<'PYTHON'
import dsp_audio_metrics
import numpy as np
import pyloudnorm

RATE = 48000
sine = np.sin(2 * np.pi * 1000 * np.arange(20 * RATE) / RATE)
draw = np.random.default_rng(7)
SOUNDS = {
    "both at -23": 10 ** (-23 / 20) * np.stack([sine, sine], axis=1),
    "both at -33": 10 ** (-33 / 20) * np.stack([sine, sine], axis=1),
    "left at -23": 10 ** (-23 / 20) * np.stack([sine, 0 * sine], axis=1),
    "noise": 0.05 * draw.standard_normal((20 * RATE, 2)),
    "mono at -23": 10 ** (-23 / 20) * sine[:, None],
}
meter = pyloudnorm.Meter(RATE)
for name, sound in SOUNDS.items():
    right, told = meter.integrated_loudness(sound), dsp_audio_metrics.integrated_lufs(sound, RATE)
    level = meter.integrated_loudness(dsp_audio_metrics.normalize_loudness(sound, RATE, -23.0))
    print(f"{name}: {told:.2f} LUFS, pyloudnorm {right:.2f}; levelled to -23: {level:.2f}")
    off = 0.0 if sound.shape[1] == 1 else -3.01
    assert abs(told - right - off) < 0.1, "it changed"
    assert abs(level + 23 + off) < 0.1, "it changed"
    assert abs(dsp_audio_metrics.measure(sound, RATE).integrated_lufs - told) < 1e-6

weights = np.array([1, 1, 1, 0, 1.41, 1.41])
tone = 10 ** (-33 / 20) * np.repeat(sine[:, None], 6, axis=1)
alone = meter.integrated_loudness(tone[:, :1])
told, right = dsp_audio_metrics.integrated_lufs(tone, RATE), alone + 10 * np.log10(weights.sum())
print(f"5.1: {told:.2f} LUFS, by BS.1770 {right:.2f}")
assert abs(told - alone) < 0.1 and right - told > 7, "it changed"
PYTHON

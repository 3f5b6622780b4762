#!/usr/bin/env bash
# pedalboard: Reverb makes the dry sound twice as loud as its dry_level says, by 6 dB at 1.
#
# Versions: pedalboard 0.9.26 as published on PyPI.
# Source:   Reverb(wet_level=0, dry_level=D) on a sine for D of 0.25, 0.4 (the default), 0.5 and 1, and on a click; Delay, Chorus and
#           Phaser with mix=0 beside it.
# Expected: the sound times D: -12.0, -8.0, -6.0 and 0 dB; at 1 the sound as it was, as the others leave it.
# Seen:     -6.0, -1.9, 0.0 and +6.0 dB: 0.5 is the level that leaves the sound alone, and a click of 0.9 comes out at 1.8 for 1.
#           The reverb is JUCE's, whose factor of two for the dry part isn't in pedalboard's description of the argument.
# Why it hurts: "all of the sound and a little room" is what a reverb is set to first. A mix that was measured at -1 dB is clipped at
#           +5, and a stem that got its room stands 6 dB above the ones without.
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
tone = (0.1 * np.sin(2 * np.pi * 440 * np.arange(3 * RATE) / RATE)).astype(np.float32)[None]
click = np.zeros((1, RATE), np.float32)
click[0, RATE // 2] = 0.9


def gain(effect):
    """The decibels that an effect adds to a steady tone."""
    heard = effect(tone, RATE)[0, RATE : 2 * RATE]
    return round(20 * float(np.log10(np.std(heard) / np.std(tone[0, RATE : 2 * RATE]))), 2)


seen = {level: gain(pedalboard.Reverb(wet_level=0, dry_level=level)) for level in (0.25, 0.4, 0.5, 1.0)}
peak = float(np.abs(pedalboard.Reverb(wet_level=0, dry_level=1)(click, RATE)).max())
beside = [gain(effect(mix=0)) for effect in (pedalboard.Delay, pedalboard.Chorus, pedalboard.Phaser)]
assert pedalboard.Reverb().dry_level == np.float32(0.4)
print("Reverb", seen, "click", round(peak, 3), "others without mix", *beside)
assert max(map(abs, beside)) < 0.05
for level, decibels in seen.items():
    assert abs(decibels - 20 * np.log10(2 * level)) < 0.05, "it changed"
assert abs(peak - 1.8) < 0.01, "it changed"
PYTHON

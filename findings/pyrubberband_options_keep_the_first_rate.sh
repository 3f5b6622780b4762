#!/usr/bin/env bash
# pyrubberband: options that are given to two calls carry the first one's rate into the second, which returns another length than asked.
#
# Versions: pyrubberband 0.4.0 on PyPI (its latest, which muda and other MIR code use), with rubberband 3.1.2 of Debian 12 (rubberband-cli).
# Source:   two seconds of a sine, stretched by rates of .5, 2 and 1.25 and shifted by 12 and -5 semitones, with one dict of options,
#           {"--fine": ""} (the R3 engine), for all calls, and with a new one for each.
# Expected: 4, 1 and 1.6 s, then 2 s at two frequencies: rbargs are "additional keyword parameters for rubberband", and rate and n_steps are
#           arguments of their own. With a new dict it is so.
# Seen:     4 s three times: time_stretch writes its rate into the caller's dict (rbargs.setdefault in pyrb.py), and finds it there
#           the next time. pitch_shift with the same dict is 4 s long too, and its second shift is the first.
# Why it hurts: options are a constant of a program. The first sound of a run is right, as in each test, and all behind it have its speed: music
#           that was fitted to scenes of different lengths doesn't fit, and sets augmented by rates hold one rate under many labels.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check pyrubberband==0.4.0 soundfile==0.14.0 numpy==2.2.0

"$folder/venv/bin/python" - <<'PYTHON'
import numpy as np
import pyrubberband

RATE = 44100
sine = 0.5 * np.sin(2 * np.pi * 440 * np.arange(2 * RATE) / RATE)


def run(options):
    """Seconds of the sine at three rates, then seconds and hertz of it at two shifts; options() gives the dict for a call."""
    lengths = [round(len(pyrubberband.time_stretch(sine, RATE, rate, rbargs=options())) / RATE, 2) for rate in (0.5, 2, 1.25)]
    shifted = [pyrubberband.pitch_shift(sine, RATE, steps, rbargs=options()) for steps in (12, -5)]
    middles = [sound[len(sound) // 2 :][: RATE // 2] for sound in shifted]
    return lengths, [(round(len(sound) / RATE, 2), 2 * int(np.abs(np.fft.rfft(middle)).argmax())) for sound, middle in zip(shifted, middles)]


shared = {"--fine": ""}
plain, seen = run(lambda: {"--fine": ""}), run(lambda: shared)
print("a dict for each", plain, "one dict", seen, shared)
assert plain == ([4.0, 1.0, 1.6], [(2.0, 880), (2.0, 330)])
assert seen == ([4.0, 4.0, 4.0], [(4.0, 880), (4.0, 880)]), "it changed"
assert shared == {"--fine": "", "--tempo": 0.5, "--pitch": 12}, "it changed"
PYTHON

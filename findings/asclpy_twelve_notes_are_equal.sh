#!/usr/bin/env bash
# asclpy: meantone, Pythagorean and each other scale of twelve notes is played in equal temperament, its own cents are only shown.
#
# Versions: asclpy 0.1.0 on PyPI, the last one for Python before 3.13; 0.1.3 (of December 2025) reckons the same way.
# Source:   Ableton tuning files (ASCL, Scala with two lines more) of quarter-comma meantone, of the pure thirds and fifths of five-limit
#           just intonation and of 19 equal steps, A at 440 Hz; midi_to_freq against the ratios of the file, and the same for the historical
#           temperaments that come with the package.
# Expected: the cents of the file over each note: in meantone and in the just scale a third of 386.3 from C to E; 63.16 a step of 19.
# Seen:     100 cents for each step of any scale with twelve notes, 400 for the third: the cents of the file are in pitches_cents, and
#           no frequency is made of them. 19 steps are right. Of the 21 historical temperaments of twelve notes in the package all are equal.
# Why it hurts: twelve notes is what nearly every tuning of a keyboard has, and the library is there to play them. A score tuned to a
#           harpsichord is up to 20 cents beside it, one to a just choir up to 33, and validation_warnings is empty.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check asclpy==0.1.0

cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import math
import pathlib

import asclpy

FIFTH = 1200 * math.log2(5) / 4
MEANTONE = sorted((FIFTH * step) % 1200 for step in range(-3, 9))
JUST = ["16/15", "9/8", "6/5", "5/4", "4/3", "45/32", "3/2", "8/5", "5/3", "9/5", "15/8"]
SCALES = {
    "meantone": [f"{cents:.5f}" for cents in MEANTONE[1:]] + ["2/1"],
    "just": [*JUST, "2/1"],
    "nineteen": [f"{1200 * step / 19:.5f}" for step in range(1, 20)],
}


def heard(tuning, steps):
    first = tuning.midi_to_freq(69)
    return [1200 * math.log2(tuning.midi_to_freq(69 + step) / first) for step in range(steps + 1)]


for name, lines in SCALES.items():
    steps = len(lines)
    at = 9 if steps == 12 else 0
    text = f"! {name}.ascl\n{name}\n{steps}\n!\n" + "\n".join(lines) + f"\n!\n! @ABL REFERENCE_PITCH 4 {at} 440\n"
    pathlib.Path(f"{name}.ascl").write_text(text)
    tuning = asclpy.load_tuning(f"{name}.ascl")
    scale = tuning.pitches_cents
    right = [(scale[(at + step) % steps] - scale[at] + 1200 * ((at + step) // steps)) for step in range(steps + 1)]
    told = heard(tuning, steps)
    worst = max(abs(a - b) for a, b in zip(told, right))
    print(f"{name}: third of the file {scale[4]:.1f} cents; over A {[round(cents, 1) for cents in told]}; {worst:.1f} cents off")
    assert not tuning.validation_warnings
    if steps == 12:
        assert all(abs(cents - 100 * step) < 1e-6 for step, cents in enumerate(told)) and worst > 10, "it changed"

equal = []
for path in sorted(pathlib.Path(asclpy.__file__).parent.glob("tunings/European*/*.ascl")):
    tuning = asclpy.load_tuning(str(path))
    if tuning.notes_per_octave == 12:
        flat = all(abs(cents - 100 * step) < 1e-6 for step, cents in enumerate(heard(tuning, 12)))
        uneven = max(abs(cents - 100 * step) for step, cents in enumerate(tuning.pitches_cents))
        equal.append(flat and uneven > 1)
print("historical temperaments of twelve notes:", len(equal), "of which played as equal:", sum(equal))
assert len(equal) > 10 and all(equal), "it changed"
PYTHON

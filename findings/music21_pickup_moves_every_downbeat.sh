#!/usr/bin/env bash
# music21 and pretty_midi: a score with a pickup has every downbeat at the wrong beat once it went through MIDI.
#
# Versions: music21 10.5.1, pretty_midi 0.2.11.post0, as published on PyPI.
# Source:   a part in 4/4 at 120 with one upbeat (a measure 0 of a quarter, paddingLeft 3) and three bars, written by
#           music21 as MIDI; PrettyMIDI(...).get_downbeats() of that file.
# Expected: bars at .5, 2.5, 4.5 s: in the score the upbeat is no bar, and a MIDI file can say so by a first time
#           signature of 1/4.
# Seen:     0, 2, 4 s: the writer puts 4/4 at tick 0, and the reader counts bars from there. No warning.
# Why it hurts: such scores are the usual truth for beat and downbeat trackers and for click tracks. Each piece with an
#           upbeat (many hymns, marches, dances, songs) scores a right tracker as wrong in every bar.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    music21==10.5.1 pretty_midi==0.2.11.post0 "setuptools<81"

"$folder/venv/bin/python" -W ignore - "$folder/upbeat.mid" <<'PYTHON'
import sys

import pretty_midi
from music21 import meter, note, stream, tempo

part = stream.Part()
upbeat = stream.Measure(number=0)
upbeat.append(meter.TimeSignature("4/4"))
upbeat.append(tempo.MetronomeMark(number=120))
upbeat.append(note.Note("G4"))
upbeat.paddingLeft = 3
part.append(upbeat)
for number in (1, 2, 3):
    bar = stream.Measure(number=number)
    bar.append([note.Note("C4") for _ in range(4)])
    part.append(bar)
in_score = [bar.offset / 2 for bar in part.getElementsByClass(stream.Measure) if bar.number > 0]
part.write("midi", sys.argv[1])
midi = pretty_midi.PrettyMIDI(sys.argv[1])
read = [round(float(time), 3) for time in midi.get_downbeats()][:3]
print("in the score:", in_score, "through MIDI:", read)
assert [round(float(n.start), 3) for n in midi.instruments[0].notes][:2] == [0.0, 0.5]
assert in_score == [0.5, 2.5, 4.5] and read == [0.0, 2.0, 4.0], "it changed"
PYTHON

#!/usr/bin/env bash
# music21: a clarinet's MIDI file is right if its part is written alone, and a tone too high if the score is written that it belongs to.
#
# Versions: music21 10.5.1, and verovio 6.4.1 beside it, as published on PyPI; mido 1.3.3 reads the MIDI files.
# Source:   a MusicXML score of a flute, a clarinet in B flat and a horn in F in unison (60, 62, 64, 65), the two latter written for their
#           players with a transpose element, as notation programs save them; parse and write("midi") of the score and of each part.
# Expected: 60, 62, 64, 65 in all three, as Verovio plays the score.
# Seen:     each part alone is right. In the file of the score the clarinet is at 62, 64, 66, 67 and the horn at 67, 69, 71, 72, as they are
#           written: a part knows that it is not at sounding pitch (atSoundingPitch is False), and the writer asks only the score, which
#           says "unknown". After score.toSoundingPitch() the file is right.
# Why it hurts: this is how a score becomes a demo, or notes for a model. Clarinets, horns, trumpets and saxophones play in another key than
#           the strings, by a tone or a fifth, and whoever looks into it part by part finds nothing wrong.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check music21==10.5.1 verovio==6.4.1 mido==1.3.3

cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import base64
import io

import mido
import music21
import verovio

RIGHT = [60, 62, 64, 65]
NAMES = {0: "C", 2: "D", 4: "E", 5: "F", 6: "F#", 7: "G", 9: "A", 11: "B"}
PARTS = {"Flute": (0, 0, 0), "Clarinet in B flat": (2, -1, -2), "Horn in F": (7, -4, -7)}


def measure(raised, diatonic, chromatic):
    notes = ""
    for sound in RIGHT:
        octave, step = divmod(sound + raised, 12)
        sign = "<alter>1</alter>" if NAMES[step].endswith("#") else ""
        pitch = f"<step>{NAMES[step][0]}</step>{sign}<octave>{octave - 1}</octave>"
        notes += f"<note><pitch>{pitch}</pitch><duration>1</duration><type>quarter</type></note>"
    shift = f"<transpose><diatonic>{diatonic}</diatonic><chromatic>{chromatic}</chromatic></transpose>" if raised else ""
    time = "<time><beats>4</beats><beat-type>4</beat-type></time><clef><sign>G</sign><line>2</line></clef>"
    return f'<measure number="1"><attributes><divisions>1</divisions>{time}{shift}</attributes>{notes}</measure>'


def heard(file):
    tracks = [[each.note for each in track if each.type == "note_on" and each.velocity] for track in file.tracks]
    return [notes for notes in tracks if notes]


names = "".join(f'<score-part id="P{k}"><part-name>{name}</part-name></score-part>' for k, name in enumerate(PARTS))
bars = "".join(f'<part id="P{k}">{measure(*numbers)}</part>' for k, numbers in enumerate(PARTS.values()))
text = f'<?xml version="1.0"?><score-partwise version="4.0"><part-list>{names}</part-list>{bars}</score-partwise>'
toolkit = verovio.toolkit()
toolkit.loadData(text)
assert heard(mido.MidiFile(file=io.BytesIO(base64.b64decode(toolkit.renderToMIDI())))) == [RIGHT] * 3

score = music21.converter.parse(text, format="musicxml")
score.write("midi", "score.mid")
score.toSoundingPitch().write("midi", "sounding.mid")
whole = heard(mido.MidiFile("score.mid"))
alone = []
for part in score.parts:
    part.write("midi", "part.mid")
    alone += heard(mido.MidiFile("part.mid"))
print("each part alone:", alone, "\nthe score:", whole, score.atSoundingPitch, [part.atSoundingPitch for part in score.parts])
assert alone == [RIGHT] * 3
assert heard(mido.MidiFile("sounding.mid")) == [RIGHT] * 3
assert whole == [[note + raised for note in RIGHT] for raised, _, _ in PARTS.values()], "it changed"
PYTHON

#!/usr/bin/env bash
# alphaTab: tempos that MuseScore hides in its MusicXML are lost, so that a score of eight seconds is played in four.
#
# Versions: @coderline/alphatab 1.8.4 on npm (its latest); partitura 1.9.0 on PyPI reads the same scores rightly; mido 1.3.3 reads the MIDI files of both.
# Source:   two bars of quarters with <sound tempo="90"/> and "45" as children of the measures, as MuseScore 4 writes each tempo text
#           that is not printed (rit., a tempo, one that is only played; Verovio's issue 4442 counted 133 of 183 in songs); and the same
#           elements each in a <direction>.
# Expected: notes at 0, .67, 1.33, 2, 2.67, 4, 5.33 and 6.67 s in both: sound may stand in a measure by itself (MusicXML 4.0).
# Seen:     every half a second, 120 as if nothing were there; in a direction they are heard. Verovio has read them since 6.4.
# Why it hurts: what is played beside the score, and its cursor, leaves the recording. Sheets from MuseScore are most of what there is;
#           those with printed tempos, which one tries first, are right, and no message tells the others.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check partitura==1.9.0 mido==1.3.3
npm install --silent --no-audit --no-fund --prefix "$folder" @coderline/alphatab@1.8.4

cat >"$folder/convert.mjs" <<'JAVASCRIPT'
import fs from "node:fs";
import * as module from "@coderline/alphatab";

const alphaTab = module.default ?? module;
const settings = new alphaTab.Settings();
const score = alphaTab.importer.ScoreLoader.loadScoreFromBytes(new Uint8Array(fs.readFileSync(process.argv[2])), settings);
const file = new alphaTab.midi.MidiFile();
const handler = new alphaTab.midi.AlphaSynthMidiFileHandler(file, true);
new alphaTab.midi.MidiFileGenerator(score, settings, handler).generate();
fs.writeFileSync(process.argv[3], file.toBinary());
process.exit(0);
JAVASCRIPT

"$folder/venv/bin/python" -W ignore - "$folder" <<'PYTHON'
import subprocess
import sys

import mido
import partitura

folder = sys.argv[1]
HEAD = "<attributes><divisions>1</divisions><time><beats>4</beats><beat-type>4</beat-type></time></attributes>"
NOTE = "<note><pitch><step>{}</step><octave>4</octave></pitch><duration>1</duration><voice>1</voice><type>quarter</type></note>"
FOUR = "".join(NOTE.format(step) for step in "CDEF")
DIRECTION = "<direction><direction-type><words>tempo</words></direction-type>{}</direction>"


def written(name, bars):
    measures = "".join(f'<measure number="{number}">{bar}</measure>' for number, bar in enumerate(bars, 1))
    with open(f"{folder}/{name}.musicxml", "w") as file:
        parts = '<part-list><score-part id="P1"><part-name>Piano</part-name></score-part></part-list>'
        file.write(f'<?xml version="1.0"?>\n<score-partwise version="4.0">{parts}<part id="P1">{measures}</part></score-partwise>')
    return f"{folder}/{name}.musicxml"


def starts(path):
    """Seconds at which the notes of a MIDI file begin."""
    time, found = 0.0, []
    for message in mido.MidiFile(path):
        time += message.time
        if message.type == "note_on" and message.velocity:
            found.append(round(time, 2))
    return found


seen = {}
for name, frame in (("direction", DIRECTION), ("hidden", "{}")):
    tempos = [frame.format(f'<sound tempo="{tempo}"/>') for tempo in (90, 45)]
    path = written(name, [HEAD + tempos[0] + FOUR, tempos[1] + FOUR])
    subprocess.run(["node", f"{folder}/convert.mjs", path, f"{folder}/alphatab.mid"], check=True)
    partitura.save_score_midi(partitura.load_musicxml(path), f"{folder}/partitura.mid")
    seen[name] = starts(f"{folder}/partitura.mid"), starts(f"{folder}/alphatab.mid")
    print(name, "partitura", seen[name][0], "alphaTab", seen[name][1])
plain = [0, 0.67, 1.33, 2, 2.67, 4, 5.33, 6.67]
assert seen["direction"][1] == seen["hidden"][0] == plain
assert seen["hidden"][1] == [0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5], "it changed"
PYTHON

#!/usr/bin/env bash
# abcjs: the MIDI file of a tune in 2/2, 3/2 or 6/4 runs at half or a third of its tempo, while the page plays it rightly.
#
# Versions: abcjs 6.7.2 on npm (its latest), read back by @tonejs/midi 2.0.28; music21 10.5.1 reads the same tunes rightly.
# Source:   synth.getMidiFile of two bars of eighth notes with Q:1/4=120, and with the tempo of its beat (Q:1/2=60), by meter.
# Expected: eighth notes of .25 s in each meter: Q tells a note's length in so many a minute, whatever the meter.
# Seen:     .25 s in 2/4, 3/4, 4/4, 6/8, 9/8 and 12/8; .5 s in 2/2, C|, 3/2 and 4/2; .75 s in 6/4. The beats of half and of
#           dotted half notes are written as if they were quarters. millisecondsPerMeasure, which the page goes by, is
#           right in all of them. Issue 589 of 2020 has the one of 2/2 and was closed.
# Why it hurts: ABC is how sessions and archives keep folk tunes and hymns, and reels and marches stand in C|. A file for the
#           sequencer, a click track or an index by tempo gets half the speed, and a search by tempo the wrong dance.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check music21==10.5.1
npm install --silent --no-audit --no-fund --prefix "$folder" abcjs@6.7.2 @tonejs/midi@2.0.28

cat >"$folder/tempo.cjs" <<'JAVASCRIPT'
const assert = require("node:assert");
const fs = require("node:fs");
const { Midi } = require("@tonejs/midi");
const abcjs = require("abcjs");

const TEMPOS = ["1/4=120", "1/2=60"];
const SLOWER = { "2/4": 1, "3/4": 1, "4/4": 1, "6/8": 1, "9/8": 1, "12/8": 1, "2/2": 2, "C|": 2, "3/2": 2, "4/2": 2, "6/4": 3 };
for (const [meter, slower] of Object.entries(SLOWER)) {
  for (const tempo of TEMPOS) {
    const tune = `X:1\nT:Tune\nM:${meter}\nL:1/8\nQ:${tempo}\nK:C\nCDEFGABc|CDEFGABc|\n`;
    const [beats, unit] = meter === "C|" ? [2, 2] : meter.split("/").map(Number);
    assert(Math.abs(abcjs.parseOnly(tune)[0].millisecondsPerMeasure() - (2000 * beats) / unit) < 1);
    const [bytes] = [abcjs.synth.getMidiFile(tune, { midiOutputType: "binary" })].flat();
    const notes = new Midi(bytes).tracks.flatMap((track) => track.notes);
    const eighth = notes[1].time - notes[0].time;
    console.log(meter, tempo, "an eighth note lasts", eighth.toFixed(3), "s");
    assert(Math.abs(eighth - 0.25 * slower) < 0.005, "it changed");
    fs.writeFileSync(`${__dirname}/${meter.replace("/", "_")}.abc`, tune);
  }
}
JAVASCRIPT
node "$folder/tempo.cjs"

"$folder/venv/bin/python" - "$folder" <<'PYTHON'
import sys
from pathlib import Path

import music21

for name in ("4_4", "2_2", "3_2", "6_4"):
    score = music21.converter.parse((Path(sys.argv[1]) / f"{name}.abc").read_text(), format="abc")
    notes = [each for each in score.flatten().secondsMap if isinstance(each["element"], music21.note.Note)]
    assert abs(notes[1]["offsetSeconds"] - 0.25) < 0.005, name
PYTHON

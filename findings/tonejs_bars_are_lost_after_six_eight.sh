#!/usr/bin/env bash
# @tonejs/midi: after a change from 6/8, 12/8 or 2/2 every note lies in the wrong bar, four or sixteen times too early or too late.
#
# Versions: @tonejs/midi 2.0.28 on npm (its latest); music21 10.5.1 reads the same file rightly.
# Source:   header.timeSignatures[].measures, note.bars and header.ticksToMeasures of MIDI files of eight bars in one
#           signature and eight in 3/4, with a note on the first beat of each bar.
# Expected: the change at measure 8 and the notes at bars 0, 1, 2, .. 15.
# Seen:     the change at measure 2 after 6/8 and 12/8, so that the bars run 0 .. 7 and then 2 .. 9: bars 2 to 7 come
#           twice. After 2/2 it lies at measure 32. With 4/4 before the change all is right. The beats of a bar are
#           divided by the quarter's part instead of multiplied. The repository has mended it in 2023 (pull request
#           181); no release has come since.
# Why it hurts: this is how pages read MIDI. Loops by bar, bar numbers beside a score and sections that are found by bar
#           jump back at the change, as music in 6/8 with a bridge in 3/4 or an opening in cut time has it.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check music21==10.5.1
npm install --silent --no-audit --no-fund --prefix "$folder" @tonejs/midi@2.0.28

cat >"$folder/bars.cjs" <<'JAVASCRIPT'
const assert = require("node:assert");
const fs = require("node:fs");
const { Midi } = require("@tonejs/midi");

const QUARTER = 480;
const WANTED = { "6/8": 2, "12/8": 2, "2/2": 32, "4/4": 8 };
for (const [signature, measure] of Object.entries(WANTED)) {
  const [beats, unit] = signature.split("/").map(Number);
  const bar = (beats * 4 * QUARTER) / unit;
  const written = new Midi();
  written.header.timeSignatures.push({ ticks: 0, timeSignature: [beats, unit] }, { ticks: 8 * bar, timeSignature: [3, 4] });
  const track = written.addTrack();
  for (let number = 0; number < 16; number += 1) {
    const ticks = number < 8 ? number * bar : 8 * bar + (number - 8) * 3 * QUARTER;
    track.addNote({ midi: 60, ticks, durationTicks: QUARTER });
  }
  const name = `${__dirname}/${beats}_${unit}.mid`;
  fs.writeFileSync(name, Buffer.from(written.toArray()));

  const read = new Midi(fs.readFileSync(name));
  const bars = read.tracks[0].notes.map((note) => read.header.ticksToMeasures(note.ticks));
  console.log(signature, "the change at", read.header.timeSignatures[1].measures, "bars", bars.join(" "));
  assert.strictEqual(read.header.timeSignatures[1].measures, measure, "it changed");
  const seen = [0, 1, 2, 3, 4, 5, 6, 7, ...Array.from({ length: 8 }, (_, number) => measure + number)];
  assert.deepStrictEqual(bars, seen, "it changed");
  assert.deepStrictEqual(read.tracks[0].notes.map((note) => note.bars), seen, "it changed");
}
JAVASCRIPT
node "$folder/bars.cjs"

"$folder/venv/bin/python" - "$folder" <<'PYTHON'
import sys

import music21

for name in ("6_8", "12_8", "2_2", "4_4"):
    score = music21.converter.parse(f"{sys.argv[1]}/{name}.mid", format="midi", quantizePost=False)
    bars = [note.measureNumber - 1 for note in score.parts[0].flatten().notes]
    print(name, "by music21:", *bars)
    assert bars == list(range(16))
PYTHON

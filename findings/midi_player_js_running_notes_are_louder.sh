#!/usr/bin/env bash
# midi-player-js: of equally loud notes, those that a MIDI file stores in short form are a quarter louder than the others.
#
# Versions: midi-player-js 2.0.17 on npm (its latest); midi-file 1.2.4 on npm writes the files and reads them.
# Source:   eight notes of velocity 100, written with each status byte and with running status, which most programs use: a status byte that
#           is the same as before is left out. Note on, on one channel; a change of program lies between the fourth and the fifth.
# Expected: the same events of both files, as midi-file reads them. Running status is a way to store them and says nothing of loudness
#           (Standard MIDI Files); the package's own notes on it are about notes of velocity 0 alone.
# Seen:     79 for each note that has its status byte, which is 100 of 127 in hundredths, and 100 for each that has none: the raw number, up
#           to 127. In the short file the first note of each run is 79, the others 100; a run ends wherever another event or channel comes.
# Why it hurts: a player that scales by 100 plays first notes after a pedal or a change of program softer by 2 dB, and the rest up to a
#           quarter past full scale. Accents lie where the file's writer saved bytes, and the same song from two programs differs.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" midi-player-js@2.0.17 midi-file@1.2.4

cd "$folder"
cat >notes.cjs <<'JAVASCRIPT'
const assert = require("node:assert");
const { Player } = require("midi-player-js");
const { parseMidi, writeMidi } = require("midi-file");

const note = (k) => [
  { deltaTime: 0, type: "noteOn", channel: 0, noteNumber: 60 + k, velocity: 100 },
  { deltaTime: 96, type: "noteOn", channel: 0, noteNumber: 60 + k, velocity: 0 },
];
const keys = [0, 1, 2, 3, 4, 5, 6, 7];
const events = keys.flatMap(note);
events.splice(8, 0, { deltaTime: 0, type: "programChange", channel: 0, programNumber: 40 });
events.push({ deltaTime: 0, type: "endOfTrack", meta: true });
const seen = {};
for (const running of [false, true]) {
  const header = { format: 0, numTracks: 1, ticksPerBeat: 96 };
  const bytes = Uint8Array.from(writeMidi({ header, tracks: [events] }, { running }));
  const right = parseMidi(bytes).tracks[0].filter((event) => event.type === "noteOn");
  assert.deepEqual(right.map((event) => event.velocity), keys.map(() => 100));
  const player = new Player();
  player.loadArrayBuffer(bytes.buffer);
  const told = player.tracks[0].events.filter((event) => event.name === "Note on" && event.velocity);
  assert.deepEqual(told.map((event) => event.noteNumber), keys.map((k) => 60 + k));
  seen[running ? "short" : "long"] = told.map((event) => event.velocity);
}
console.log(seen);
assert.deepEqual(seen.long, keys.map(() => 79), "it changed");
assert.deepEqual(seen.short, [79, 100, 100, 100, 79, 100, 100, 100], "it changed");
JAVASCRIPT
node notes.cjs

#!/usr/bin/env bash
# midi-player-js: each tempo of a MIDI file is rounded to whole beats a minute, so that a cue at 92.5 ends 1.3 s late after four minutes.
#
# Versions: midi-player-js 2.0.17 on npm (its latest); midi-file 1.2.4 on npm writes the files, and @tonejs/midi 2.0.28 reads them rightly.
# Source:   370 beats, four minutes, at 92.5 beats a minute; and a slowing from 61.4 to 60.6 in five steps of 20 beats. getSongTime, ticksToSeconds
#           of the end, and tempoMap. A Set Tempo holds microseconds a beat, which tell 92.5 to a ten thousandth.
# Expected: 240.0 s, as by @tonejs/midi, and five tempos. tempoMap is there "for accurate time calculations across tempo changes", say the
#           notes that the package brings.
# Seen:     241.304 s, at 92, and 61 in all five steps: tempos are rounded to whole numbers as they are read, and play(), skipToSeconds and the
#           conversions between ticks and seconds go by those.
# Why it hurts: a cue for a film has just such a tempo, found so that its hits fall on frames. Sound, cursor and song time agree with each
#           other and run away from the picture, by up to 0.8 % at 60; whole tempos, as in most tests, are right.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" midi-player-js@2.0.17 midi-file@1.2.4 @tonejs/midi@2.0.28

cd "$folder"
cat >tempos.cjs <<'JAVASCRIPT'
const assert = require("node:assert");
const { Midi } = require("@tonejs/midi");
const { Player } = require("midi-player-js");
const { writeMidi } = require("midi-file");

const told = (tempos, beats) => {
  const end = { deltaTime: 0, type: "endOfTrack", meta: true };
  const map = tempos.map((tempo, k) => ({ deltaTime: k ? 96 * beats : 0, type: "setTempo", meta: true, microsecondsPerBeat: Math.round(6e7 / tempo) }));
  const notes = [
    { deltaTime: 0, type: "noteOn", channel: 0, noteNumber: 60, velocity: 100 },
    { deltaTime: 96 * beats * tempos.length, type: "noteOff", channel: 0, noteNumber: 60, velocity: 0 },
  ];
  const bytes = Uint8Array.from(writeMidi({ header: { format: 1, numTracks: 2, ticksPerBeat: 96 }, tracks: [[...map, end], [...notes, end]] }));
  const player = new Player();
  player.loadArrayBuffer(bytes.buffer);
  const seconds = player.getSongTime();
  assert.equal(player.ticksToSeconds(0, 96 * beats * tempos.length), seconds);
  return [new Midi(bytes).duration, seconds, player.tempoMap.map(({ tempo }) => tempo)].map((each) => (Array.isArray(each) ? each.join(" ") : +each.toFixed(3)));
};
const seen = { cue: told([92.5], 370), slowing: told([61.4, 61.2, 61, 60.8, 60.6], 20), whole: told([92], 368) };
console.log(seen);
assert.deepEqual(seen.whole, [240, 240, "92"]);
assert.equal(seen.cue[0], 240);
assert.deepEqual(seen.cue.slice(1), [241.304, "92"], "it changed");
assert.equal(seen.slowing[2], "61 61 61 61 61", "it changed");
JAVASCRIPT
node tempos.cjs

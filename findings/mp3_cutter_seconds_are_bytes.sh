#!/usr/bin/env bash
# mp3-cutter (npm): of a song of variable bit rate it cuts another passage, of another length: for 20 to 30 s it gives 38 to 43.5 s.
#
# Versions: mp3-cutter 1.0.6 on npm (its latest).
# Source:   MP3 of a minute at 48 kHz whose first half takes 32 kb/s a frame and whose second half 320, as an encoder of variable rate writes
#           a soft beginning and a full band, and one of 128 kb/s throughout; cut from 20 to 30 s. The place of the result in the source is
#           found by its bytes, and its time by the frames before them, 24 ms each.
# Expected: 20.0 to 30.0 s. It "allows you to cut your MP3 files by seconds", start and end being "position in seconds"; and to know the length
#           it walks through all frames and adds their times, which gives each second its place.
# Seen:     20.0 to 30.0 s at constant rate; 38.0 to 43.5 s at variable rate. From the walk it keeps the length alone, by which it divides the
#           size of the file: a second is taken for so many bytes, everywhere.
# Why it hurts: most music in MP3 is of variable rate. Intro and outro are where the rate is low, so that a preview of the chorus begins in the
#           next verse, and a loop that was marked on a beat is off by seconds, without a word and in files that play.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" mp3-cutter@1.0.6

cd "$folder"
cat >cut.cjs <<'JAVASCRIPT'
const assert = require("node:assert");
const fs = require("node:fs");
const cutter = require("mp3-cutter");

const STEP = 0.024; // seconds of one frame of 1152 samples at 48 kHz
const KINDS = { 32: [0x14, 96], 128: [0x94, 384], 320: [0xe4, 960] }; // bits of rate in the header, bytes of a frame
const frame = (rate, number) => {
  const bytes = Buffer.alloc(KINDS[rate][1]);
  bytes.set([0xff, 0xfb, KINDS[rate][0], 0xc4]);
  bytes.writeUInt32BE(number, bytes.length - 4); // told apart by their ancillary data
  return bytes;
};
const passage = (rates) => {
  const frames = rates.map(frame);
  const starts = frames.reduce((sums, each) => [...sums, sums.at(-1) + each.length], [0]);
  const song = Buffer.concat(frames);
  fs.writeFileSync("song.mp3", song);
  cutter.cut({ src: "song.mp3", target: "cut.mp3", start: 20, end: 30 });
  const cut = fs.readFileSync("cut.mp3");
  const first = song.indexOf(cut);
  assert(first >= 0);
  const time = (place) => Math.round(10 * STEP * starts.findIndex((start) => start >= place)) / 10;
  return [time(first), time(first + cut.length)];
};
const half = Array.from({ length: 1250 });
const seen = { constant: passage([...half, ...half].map(() => 128)), variable: passage([...half.map(() => 32), ...half.map(() => 320)]) };
console.log(seen);
assert.deepEqual(seen.constant, [20, 30]);
assert.deepEqual(seen.variable, [38, 43.5], "it changed");
JAVASCRIPT
node cut.cjs

#!/usr/bin/env bash
# meyda (npm): chroma and MFCC of a song depend on the first song of the run: at 48 kHz after one at 44.1 kHz, A minor is G sharp diminished.
#
# Versions: meyda 5.6.3 on npm (its latest).
# Source:   a chord of A minor (440, 523.25, 659.26 Hz) at 44.1 and 48 kHz, Meyda.sampleRate set for each, 4096 samples; chroma and MFCC, in one
#           process one after the other, and each in a process of its own. And MFCC of 1024 samples after 4096, with Meyda.bufferSize set.
# Expected: the same by itself and after another one: A, C and E. bufferSize is set before extract in the documentation of extract itself, and
#           sampleRate is its neighbour; "Recalculate chroma bank if buffer length changed", says the source, and the same of the mel bank.
# Seen:     A, C, E alone; G#, B, D at 48 kHz after 44.1 kHz, and B, D, F the other way round. The banks of filters are made once and kept: that
#           for chroma is compared by its number of classes, that for MFCC by a table that was brought up to date two lines before. MFCC are
#           off by 26 and 8 %, and of 1024 samples after 4096 by 120 %. The spectral centroid, which needs no bank, is right.
# Why it hurts: a library has both rates, from discs and from films. Which half of it is in the wrong key is decided by the first file that
#           came, so that a search for harmonic neighbours pairs songs more than a semitone apart; a test of one rate, or of one file a run, is right.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" meyda@5.6.3

cd "$folder"
cat >songs.cjs <<'JAVASCRIPT'
const assert = require("node:assert");

const NAMES = ["C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"];
const chord = (rate, size) =>
  Float32Array.from({ length: size }, (_, n) => [440, 523.25, 659.26].reduce((sum, pitch) => sum + 0.2 * Math.sin((2 * Math.PI * pitch * n) / rate), 0));
const fresh = () => {
  for (const name of Object.keys(require.cache)) if (name.includes("meyda")) delete require.cache[name];
  const module = require("meyda");
  return module.default ?? module;
};
const told = (meyda, rate, size) => {
  Object.assign(meyda, { sampleRate: rate, bufferSize: size });
  const { chroma, mfcc, spectralCentroid } = meyda.extract(["chroma", "mfcc", "spectralCentroid"], chord(rate, size));
  const loudest = [...chroma.keys()].sort((one, other) => chroma[other] - chroma[one]).slice(0, 3);
  return { notes: loudest.map((k) => NAMES[k]).sort().join(" "), mfcc, centroid: Math.round((spectralCentroid * rate) / size) };
};
const distance = (one, other) => Math.hypot(...one.map((value, k) => value - other[k])) / Math.hypot(...other);
const alone = { 44100: told(fresh(), 44100, 4096), 48000: told(fresh(), 48000, 4096), small: told(fresh(), 44100, 1024) };
const after = (first, second) => {
  const meyda = fresh();
  told(meyda, ...first);
  return told(meyda, ...second);
};
const [fast, slow, small] = [after([44100, 4096], [48000, 4096]), after([48000, 4096], [44100, 4096]), after([44100, 4096], [44100, 1024])];
const moved = [distance(fast.mfcc, alone[48000].mfcc), distance(slow.mfcc, alone[44100].mfcc), distance(small.mfcc, alone.small.mfcc)];
console.log({ alone: [alone[44100].notes, alone[48000].notes], after: [slow.notes, fast.notes], moved });
console.log([alone[44100], alone[48000], slow, fast].map((each) => each.centroid));
assert.equal(alone[44100].notes, "A C E");
assert.equal(alone[48000].notes, "A C E");
assert.equal(fast.centroid, alone[48000].centroid);
assert.equal(fast.notes, "B D G#", "it changed");
assert.equal(slow.notes, "B D F", "it changed");
assert(moved[0] > 0.2 && moved[1] > 0.05 && moved[2] > 1, "it changed");
JAVASCRIPT
node songs.cjs

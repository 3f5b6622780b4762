#!/usr/bin/env bash
# wave-resampler (npm): making a small copy for analysis takes the treble out of the original, which loses all above half the rate of the copy.
#
# Versions: wave-resampler 1.0.0 on npm (its latest).
# Source:   one second of tones at 1, 6 and 10 kHz, each at 48 kHz as Float64Array; resample(samples, 48000, 8000) as in its README, and
#           the level of the samples that were handed over, before and after. The same with "point" and upwards, to 96 kHz.
# Expected: the original as it was. resample returns new samples (let newSamples = resample(...), "@return the new samples", beside
#           "@param samples The original samples").
# Seen:     of the original the tone of 1 kHz is left, those of 6 and 10 kHz are gone, 239 dB down: the low-pass before the decimation, which
#           is on by default, filters the caller's own array, forwards and backwards. Upwards and by "point" nothing happens to it.
# Why it hurts: a program that decodes a song once, makes 8 or 16 kHz of it for a tempo, a key or a transcript, and then cuts, plays or
#           encodes the song, delivers it as if by telephone, and one that makes several rates makes the later ones of the first.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" wave-resampler@1.0.0

cd "$folder"
cat >levels.cjs <<'JAVASCRIPT'
const assert = require("node:assert");
const { resample } = require("wave-resampler");

const RATE = 48000;
const tone = (pitch) => Float64Array.from({ length: RATE }, (_, n) => 0.5 * Math.sin((2 * Math.PI * pitch * n) / RATE));
const level = (samples) => {
  const middle = samples.slice(4800, -4800);
  return Math.round(10 * Math.log10((2 * middle.reduce((sum, value) => sum + value * value, 0)) / middle.length / 0.25) * 10) / 10 + 0;
};
const seen = {};
for (const [name, rate, options] of [["8 kHz", 8000, {}], ["8 kHz by point", 8000, { method: "point" }], ["96 kHz", 96000, {}]])
  seen[name] = [1000, 6000, 10000].map((pitch) => {
    const samples = tone(pitch);
    assert.equal(level(samples), 0);
    resample(samples, RATE, rate, options);
    return level(samples);
  });
console.log(seen);
assert.deepEqual(seen["8 kHz by point"].map(Math.abs), [0, 0, 0]);
assert.deepEqual(seen["96 kHz"].map(Math.abs), [0, 0, 0]);
assert.equal(Math.abs(seen["8 kHz"][0]), 0);
assert(seen["8 kHz"][1] < -100 && seen["8 kHz"][2] < -100, "it changed");
JAVASCRIPT
node levels.cjs

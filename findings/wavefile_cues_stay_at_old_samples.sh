#!/usr/bin/env bash
# wavefile (npm): toSampleRate leaves the cue points where they were in samples, so that a marker of one minute is at 65 s.
#
# Versions: wavefile 11.0.0, as published on npm.
# Source:   a WAV file of 48 kHz with clicks at 2 and 60 s and a cue point on each (setCuePoint, in ms), then
#           toSampleRate(44100); the cue points of what toBuffer() gives.
# Expected: cue points at 2000 and 60000 ms: the sound is resampled so that its clicks stay at 2 and 60 s.
# Seen:     2176.9 and 65306.1 ms: dwSampleOffset is still 96000 and 2880000. The library itself tells cue points in ms.
# Why it hurts: cue points carry beats, loop starts and the takes of a recorder. After the change of rate that nearly
#           every film needs (44.1 to 48 or back) all of them lie beside the sound, 88 ms for each second.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix "$folder" wavefile@11.0.0

node - <<'JAVASCRIPT'
const assert = require("node:assert");
const { WaveFile } = require("wavefile");

const RATE = 48000;
const PLACES = [2, 60];
const samples = new Int16Array(62 * RATE);
for (const place of PLACES) samples.fill(12000, place * RATE, place * RATE + RATE / 10);

function read(buffer) {
  const file = new WaveFile(buffer);
  const sound = file.getSamples(true, Int16Array);
  const clicks = PLACES.map((place) => {
    let at = Math.round((place - 0.5) * file.fmt.sampleRate);
    while (Math.abs(sound[at]) < 6000) at += 1;
    return (1000 * at) / file.fmt.sampleRate;
  });
  return { rate: file.fmt.sampleRate, clicks, cues: file.listCuePoints().map((cue) => cue.position) };
}

const file = new WaveFile();
file.fromScratch(1, RATE, "16", samples);
for (const place of PLACES) file.setCuePoint({ position: 1000 * place, label: "hit" });
const before = read(file.toBuffer());
file.toSampleRate(44100, { method: "linear" });
const after = read(file.toBuffer());
console.log(before, after);
PLACES.forEach((place, k) => {
  assert(Math.abs(before.clicks[k] - 1000 * place) < 1 && Math.abs(after.clicks[k] - 1000 * place) < 1);
  assert(Math.abs(before.cues[k] - 1000 * place) < 1);
  assert(Math.abs(after.cues[k] - (1000 * place * RATE) / 44100) < 1, "it changed");
});
JAVASCRIPT

#!/usr/bin/env bash
# soundtouchjs (npm): the last quarter of a second of each sound is never played, at tempo 1 as at any other.
#
# Versions: soundtouchjs 0.3.0 on npm.
# Source:   eight seconds of 44.1 kHz, quiet but for their last tenth of a second, through SoundTouch and SimpleFilter (which is
#           what its PitchShifter plays), asked for frames until none come, at tempo 1, .96 and .5.
# Expected: 8, 8.33 and 16 s, within a window of 80 ms, with the loud end in all three.
# Seen:     7.75, 8.04 and 15.35 s, and nothing loud at all: what is left in the buffers when the source ends is not worked through,
#           and there is no call for it (the SoundTouch library in C++ has flush).
# Why it hurts: practice players and DJ pages change tempo and pitch with it. The last hit and the end of a fade are cut off, and
#           a loop that goes through it comes back a quarter of a second early each time, at tempo 1 as well.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" soundtouchjs@0.3.0

cat >"$folder/play.mjs" <<'JAVASCRIPT'
import assert from "node:assert";
import { SimpleFilter, SoundTouch, WebAudioBufferSource } from "soundtouchjs";

const RATE = 44100;
const END = 7.9 * RATE;
const samples = Float32Array.from({ length: 8 * RATE }, (_, at) => (at < END ? 0.3 : 0.9) * Math.sin((2 * Math.PI * 440 * at) / RATE));
const sound = { numberOfChannels: 2, sampleRate: RATE, length: samples.length, getChannelData: () => samples };
for (const tempo of [1, 0.96, 0.5]) {
  const stretch = new SoundTouch();
  stretch.tempo = tempo;
  const filter = new SimpleFilter(new WebAudioBufferSource(sound), stretch);
  const block = new Float32Array(2 * 4096);
  let [frames, peak, got] = [0, 0, 0];
  while ((got = filter.extract(block, 4096)) > 0) {
    for (let at = 0; at < 2 * got; at += 1) peak = Math.max(peak, Math.abs(block[at]));
    frames += got;
  }
  const lost = 8 / tempo - frames / RATE;
  console.log(tempo, "length", (frames / RATE).toFixed(3), "lost", lost.toFixed(3), "peak", peak.toFixed(2));
  assert(lost > 0.15 / tempo && lost < 0.4 / tempo, "it changed");
  assert(peak < 0.35, "it changed");
}
JAVASCRIPT
node "$folder/play.mjs"

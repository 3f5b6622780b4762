#!/usr/bin/env bash
# music-tempo (npm): 120 beats a minute in sound of 48 kHz are 110, and beats after a minute are five seconds late.
#
# Versions: music-tempo 1.0.3, as published on npm.
# Source:   new MusicTempo(samples) on 60 s of clicks each half second, at 44.1 and at 48 kHz.
# Expected: 120 and beats to 59.5 s for both, or a place to state the rate.
# Seen:     120.0 and 59.5 s at 44.1 kHz; 110.3 and beats to 64.8 s at 48, later than the sound is long. Hops of 441
#           samples are taken for 10 ms each. The page of the package speaks of no rate; what helps is hopSize = rate / 100
#           (found by users, issue 12 of the project, open since 2023).
# Why it hurts: sound of films is 48 kHz, and so is what AudioContext.decodeAudioData gives on most machines, whatever the
#           file was. Cuts on these beats drift by 88 ms each second, and the tempo still looks like one.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix "$folder" music-tempo@1.0.3

node - <<'JAVASCRIPT'
const assert = require("node:assert");
const MusicTempo = require("music-tempo");

function measure(rate) {
  const samples = new Float32Array(rate * 60);
  for (let beat = 0; beat < 120; beat++) {
    for (let k = 0; k < rate / 50; k++) {
      samples[Math.round(beat * 0.5 * rate) + k] = Math.sin(k * k) * Math.exp((-200 * k) / rate);
    }
  }
  const found = new MusicTempo(samples);
  return { tempo: Number(found.tempo), last: found.beats[found.beats.length - 1] };
}

const seen = { 44100: measure(44100), 48000: measure(48000) };
console.log(seen);
assert(Math.abs(seen[44100].tempo - 120) < 0.5 && Math.abs(seen[44100].last - 59.5) < 0.1);
assert(Math.abs(seen[48000].tempo - 110.25) < 0.5 && Math.abs(seen[48000].last - 64.76) < 0.6, "it changed");
JAVASCRIPT

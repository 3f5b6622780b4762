#!/usr/bin/env bash
# node-web-audio-api: a fade that setTargetAtTime begins later raises the gain before it: by 87 dB for a fade at 1 s of .1 s.
#
# Versions: node-web-audio-api 1.0.9 (of 2026) on npm, and web-audio-api 1.5.6, which is written in JavaScript, beside it.
# Source:   a constant of 1 through a gain of 1, which setTargetAtTime is to take to 0 from .5 s or from 1 s on, rendered offline at 48 kHz for 2 s; the
#           gain before it by its value, or by setValueAtTime at 0.
# Expected: 1 until the fade begins, and exp(-t / time constant) from there: the event has no effect before its start (Web Audio 1.6).
#           web-audio-api does so.
# Seen:     the first 128 frames are 1, then the formula of the fade is used for times before its begin, where it grows: the gain is
#           12.0, 21,447 and 4.6e8 at its peak (22, 87 and 173 dB), falls to 1 at the begin of the fade, and is right from there on.
# Why it hurts: this is the usual way to fade and to duck without a click, and it is scheduled ahead. What was mixed for a
#           browser is full-scale noise from a server, or a hearing is at stake on a machine with loudspeakers.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" node-web-audio-api@1.0.9 web-audio-api@1.5.6

cat >"$folder/fade.mjs" <<'JAVASCRIPT'
import assert from "node:assert/strict";
import * as compiled from "node-web-audio-api";
import * as written from "web-audio-api";

const RATE = 48000;

async function fade(library, begin, constant, ahead) {
  const context = new library.OfflineAudioContext(1, 2 * RATE, RATE);
  const source = context.createConstantSource();
  const level = context.createGain();
  if (ahead) level.gain.setValueAtTime(1, 0);
  level.gain.setTargetAtTime(0, begin, constant);
  source.connect(level).connect(context.destination);
  source.start();
  const samples = (await context.startRendering()).getChannelData(0);
  const peak = samples.reduce((largest, sample) => Math.max(largest, sample), 0);
  return { first: samples[127], peak, faded: samples[Math.round((begin + constant) * RATE)] };
}

for (const [begin, constant] of [[0.5, 0.2], [1, 0.1], [1, 0.05]]) {
  for (const ahead of [false, true]) {
    const plain = await fade(written, begin, constant, ahead);
    const seen = await fade(compiled, begin, constant, ahead);
    console.log(`at ${begin} s by ${constant} s: peak ${plain.peak}; node-web-audio-api ${seen.peak.toPrecision(5)}, then ${seen.faded.toFixed(3)}`);
    assert.ok(plain.peak === 1 && Math.abs(plain.faded - Math.exp(-1)) < 0.001);
    assert.ok(seen.first === 1 && Math.abs(seen.faded - Math.exp(-1)) < 0.001);
    const grown = Math.exp((begin - 128 / RATE) / constant);
    assert.ok(Math.abs(seen.peak / grown - 1) < 0.02, "it changed");
  }
}
process.exit(0);
JAVASCRIPT
node "$folder/fade.mjs"

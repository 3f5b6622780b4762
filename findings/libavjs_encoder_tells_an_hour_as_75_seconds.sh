#!/usr/bin/env bash
# LibAVJS-WebCodecs-Polyfill: sound that begins at an hour is encoded with times from 75 s on: milliseconds are counted as samples.
#
# Versions: libavjs-webcodecs-polyfill 0.5.5 (of July 2026) and @libav.js/variant-opus-af 6.10.9 on npm.
# Source:   two seconds of a sine at 48 kHz as four AudioData in a row, whose first timestamp is 0, 10 s or an hour, to AudioEncoder for Opus.
# Expected: chunks from 0, 10 and 3600 s on, less the 6.5 ms that Opus needs before: microseconds, as WebCodecs has them all; audio-encoder.ts
#           says itself that it starts "with the timestamp of the first input frame" as Chrome does.
# Seen:     from -.0065, .2018 and 74.9935 s on: the timestamp is divided by 1000, and this is taken for a number of samples, which is
#           divided by 48,000 for the chunk. What begins at 0 is right, in steps and lengths too.
# Why it hurts: it stands in where a browser can't encode. A cue that is rendered from its place in the film, or a recording that goes on after
#           a pause, lies 48 times too early under the picture, or over what came before.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" libavjs-webcodecs-polyfill@0.5.5 @libav.js/variant-opus-af@6.10.9

cat >"$folder/encode.cjs" <<'JAVASCRIPT'
const assert = require("node:assert/strict");
const LibAV = require("@libav.js/variant-opus-af");
const polyfill = require("libavjs-webcodecs-polyfill");

const RATE = 48000;
const LENGTH = RATE / 2;

async function encode(begin) {
  const chunks = [];
  const failed = (error) => { throw error; };
  const encoder = new polyfill.AudioEncoder({ output: (chunk) => chunks.push(chunk), error: failed });
  encoder.configure({ codec: "opus", sampleRate: RATE, numberOfChannels: 1, bitrate: 96000 });
  for (let piece = 0; piece < 4; piece += 1) {
    const data = Float32Array.from({ length: LENGTH }, (_, at) => 0.5 * Math.sin((2 * Math.PI * 440 * (at + piece * LENGTH)) / RATE));
    const timestamp = (begin + piece / 2) * 1e6;
    encoder.encode(new polyfill.AudioData({ format: "f32", sampleRate: RATE, numberOfFrames: LENGTH, numberOfChannels: 1, timestamp, data }));
  }
  await encoder.flush();
  encoder.close();
  return chunks.map((chunk) => chunk.timestamp / 1e6);
}

(async () => {
  globalThis.LibAV = LibAV;
  await polyfill.load({ polyfill: false, LibAV, libavOptions: { noworker: true } });
  for (const begin of [0, 10, 3600]) {
    const times = await encode(begin);
    console.log(`from ${begin} s: ${times.length} chunks, ${times[0]} to ${times.at(-1)} s`);
    assert.ok(times.length === 101 && Math.abs(times.at(-1) - times[0] - 2) < 1e-4);
    assert.ok(Math.abs(times[0] - ((begin * 1000) / RATE - 0.0065)) < 1e-4, "it changed");
  }
  process.exit(0);
})();
JAVASCRIPT
node "$folder/encode.cjs"

#!/usr/bin/env bash
# web-audio-api (npm): a reverb is 22 dB louder than in a browser, a compressor takes 21 dB and gives none back, and slowed clips end halfway.
#
# Versions: web-audio-api 1.5.6 (of 2026, Web Audio in JavaScript for servers and tests) and node-web-audio-api 1.0.9 beside it, on npm. The
#           browser (Chromium) renders as the second one, within 1.3 dB for the compressor.
# Source:   offline at 48 kHz: a constant through a ConvolverNode of a unit impulse in .1 s of silence; sines of 1 kHz at gains .01 and 1 through a
#           DynamicsCompressorNode as it comes; and half a second of a buffer, start(0, .2, .5), at playbackRate .5.
# Expected: .080 for the first: "normalize" scales by the power of the whole response and by .00125 (Web Audio, ConvolverNode). About +5 dB and -3.6 dB
#           for the sines, with the makeup gain that the same document computes. A second of sound: duration counts in the buffer's
#           time.
# Seen:     1.0 (22 dB louder): it divides by the root of the sum, not of the mean. 0.0 and -21.2 dB: no makeup gain, and a knee and ratio of
#           its own. Half a second: duration is taken for the time of the output.
# Why it hurts: mixes that are rendered on a server, and tests of a page's sound, differ from what is heard: reverb drowns all,
#           loud passages are 18 dB too soft beside it, and stretched clips lose their second half.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" web-audio-api@1.5.6 node-web-audio-api@1.0.9

cat >"$folder/render.mjs" <<'JAVASCRIPT'
import assert from "node:assert/strict";
import * as compiled from "node-web-audio-api";
import * as written from "web-audio-api";

const RATE = 48000;

async function render(library, build) {
  const context = new library.OfflineAudioContext(1, 2 * RATE, RATE);
  build(context);
  return (await context.startRendering()).getChannelData(0);
}

async function reverb(library) {
  const samples = await render(library, (context) => {
    const convolver = context.createConvolver();
    const response = context.createBuffer(1, RATE / 10, RATE);
    response.getChannelData(0)[0] = 1;
    convolver.buffer = response;
    const source = context.createConstantSource();
    source.connect(convolver).connect(context.destination);
    source.start();
  });
  return samples[RATE];
}

async function compressed(library, gain) {
  const samples = await render(library, (context) => {
    const source = context.createOscillator();
    const level = context.createGain();
    source.frequency.value = 1000;
    level.gain.value = gain;
    source.connect(level).connect(context.createDynamicsCompressor()).connect(context.destination);
    source.start();
  });
  const power = samples.subarray(RATE).reduce((sum, sample) => sum + sample * sample, 0) / RATE;
  return 10 * Math.log10(power / ((gain * gain) / 2));
}

async function length(library) {
  const samples = await render(library, (context) => {
    const buffer = context.createBuffer(1, 2 * RATE, RATE);
    buffer.getChannelData(0).fill(1);
    const source = context.createBufferSource();
    source.buffer = buffer;
    source.playbackRate.value = 0.5;
    source.connect(context.destination);
    source.start(0, 0.2, 0.5);
  });
  return samples.findLastIndex((sample) => sample > 0.5) / RATE;
}

const expected = { reverb: 0.08, soft: 4.95, loud: -3.6, length: 1 };
const wrong = { reverb: 1, soft: 0, loud: -21.2, length: 0.5 };
for (const [name, library, wanted] of [["node-web-audio-api", compiled, expected], ["web-audio-api", written, wrong]]) {
  const seen = {
    reverb: await reverb(library),
    soft: await compressed(library, 0.01),
    loud: await compressed(library, 1),
    length: await length(library),
  };
  console.log(name, seen);
  for (const key of Object.keys(seen)) {
    const within = key === "reverb" ? 0.002 : key === "length" ? 0.001 : 0.3;
    assert.ok(Math.abs(seen[key] - wanted[key]) < within, `${key} of ${name} changed`);
  }
}
process.exit(0);
JAVASCRIPT
node "$folder/render.mjs"

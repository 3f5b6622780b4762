#!/usr/bin/env bash
# web-audio-engine and @descript/web-audio-js (npm): a sound that has ended sounds on for up to 3 ms, with what it was 128 samples before: each cut clicks.
#
# Versions: @descript/web-audio-js 0.15.3 and web-audio-engine 0.13.4 on npm (the latest of each); web-audio-api 1.5.6 on npm beside them.
# Source:   a second of a tone of 441 Hz and .5, cut into two AudioBuffers at sample 10 000, which an OfflineAudioContext plays one after the
#           other: the first from 0, the second from 10000 / 44100 s. The difference from the tone.
# Expected: none: the tone, as by the third. A source without loop is silent from the end of its buffer on (Web Audio API, of which both say to
#           be a "pure JS implementation"; their README has no reservation for AudioBufferSourceNode).
# Seen:     samples 10 000 to 10 111 are wrong by up to .5. The first sound ends 16 samples into a block of 128, of which the rest keeps the
#           samples of the block before, that is the sound of 2.9 ms earlier, now added to the second one. Then it is silent.
# Why it hurts: both are there to render a timeline without a browser. Takes, loops and slices that meet on a beat click at each seam, and a
#           take that fades out or is cut at a multiple of 128 samples, as in most tests, does not.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" @descript/web-audio-js@0.15.3 web-audio-engine@0.13.4 web-audio-api@1.5.6

cd "$folder"
cat >cut.mjs <<'JAVASCRIPT'
import assert from "node:assert";
import { createRequire } from "node:module";
import { OfflineAudioContext as Right } from "web-audio-api";

const require = createRequire(import.meta.url);
const [RATE, CUT] = [44100, 10000];
const tone = Float32Array.from({ length: RATE }, (_, n) => 0.5 * Math.sin((2 * Math.PI * 441 * n) / RATE));
const wrong = async (Context, cut) => {
  const context = new Context(1, RATE, RATE);
  for (const [start, end] of [[0, cut], [cut, RATE]]) {
    const source = context.createBufferSource();
    const buffer = context.createBuffer(1, end - start, RATE);
    buffer.getChannelData(0).set(tone.subarray(start, end));
    source.buffer = buffer;
    source.connect(context.destination);
    source.start(start / RATE);
  }
  const differences = (await context.startRendering()).getChannelData(0).map((value, n) => Math.abs(value - tone[n]));
  const places = [...differences.keys()].filter((n) => differences[n] > 1e-4);
  return [places[0], places.at(-1), Math.round(100 * Math.max(...differences)) / 100];
};
const seen = { "web-audio-api": await wrong(Right, CUT) };
for (const name of ["web-audio-engine", "@descript/web-audio-js"]) {
  seen[name] = await wrong(require(name).OfflineAudioContext, CUT);
  assert.deepEqual(await wrong(require(name).OfflineAudioContext, 128 * 78), [undefined, undefined, 0]);
}
console.log(seen);
assert.equal(seen["web-audio-api"][2], 0);
for (const name of ["web-audio-engine", "@descript/web-audio-js"]) assert.deepEqual(seen[name], [10000, 10111, 0.5], "it changed");
JAVASCRIPT
node cut.mjs

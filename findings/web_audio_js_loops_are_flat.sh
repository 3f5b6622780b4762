#!/usr/bin/env bash
# web-audio-engine and @descript/web-audio-js (npm): a looped sound that is transposed is out of tune, by 39 cents at 3.3 times its rate.
#
# Versions: @descript/web-audio-js 0.15.3 and web-audio-engine 0.13.4 on npm (the latest of each); web-audio-api 1.5.6 on npm beside them.
# Source:   one period of a sine in 100 samples, as a sampler's sustained notes have it, looped for two seconds at 44.1 kHz with playbackRate
#           1, 1.5, 2.7 and 3.3; periods counted by their zero crossings.
# Expected: 441, 661.5, 1190.7 and 1455.3 Hz, as counted in what the third plays: behind the end of a loop the position goes back by the length
#           of the loop (Web Audio API, of which both say to be a "pure JS implementation").
# Seen:     441, 658, 1160.5 and 1422.5 Hz, that is 8, 44 and 39 cents flat. Behind the end the position is set to the start of the loop, so that
#           each turn is longer by what the last step has gone too far.
# Why it hurts: a sampler that is rendered without a browser plays each key but the recorded one out of tune, by other amounts for each key and
#           sound, and chords beat. The same program is right in a browser, and right here at the recorded pitch.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" @descript/web-audio-js@0.15.3 web-audio-engine@0.13.4 web-audio-api@1.5.6

cd "$folder"
cat >loops.mjs <<'JAVASCRIPT'
import assert from "node:assert";
import { createRequire } from "node:module";
import { OfflineAudioContext as Right } from "web-audio-api";

const require = createRequire(import.meta.url);
const RATE = 44100;
const render = async (Context, samples, speed, seconds) => {
  const context = new Context(1, seconds * RATE, RATE);
  const source = context.createBufferSource();
  const buffer = context.createBuffer(1, samples.length, RATE);
  buffer.getChannelData(0).set(samples);
  Object.assign(source, { buffer, loop: true });
  source.playbackRate.value = speed;
  source.connect(context.destination);
  source.start(0);
  return (await context.startRendering()).getChannelData(0);
};
const period = Float32Array.from({ length: 100 }, (_, n) => Math.sin((2 * Math.PI * (n + 0.5)) / 100));
const pitch = async (Context, speed) => {
  const sound = await render(Context, period, speed, 2);
  let crossings = 0;
  for (let n = 1; n < sound.length; n += 1) crossings += sound[n - 1] < 0 && sound[n] >= 0;
  return crossings / 2;
};
const seen = {};
for (const [name, Context] of Object.entries({
  "web-audio-api": Right,
  "web-audio-engine": require("web-audio-engine").OfflineAudioContext,
  "@descript/web-audio-js": require("@descript/web-audio-js").OfflineAudioContext,
}))
  seen[name] = await Promise.all([1, 1.5, 2.7, 3.3].map((speed) => pitch(Context, speed)));
console.log(seen);
[441, 661.5, 1190.7, 1455.3].forEach((right, k) => assert(Math.abs(seen["web-audio-api"][k] - right) < 1));
for (const name of ["web-audio-engine", "@descript/web-audio-js"]) assert.deepEqual(seen[name], [440.5, 658, 1160.5, 1422.5], "it changed");
JAVASCRIPT
node loops.mjs

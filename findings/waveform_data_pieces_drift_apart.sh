#!/usr/bin/env bash
# waveform-data (npm): a waveform put together from pieces of a second is a quarter of a second late after a hundred of them.
#
# Versions: waveform-data 4.5.2 on npm.
# Source:   a click at the start of each second of 48 kHz for 100 s, as one waveform of 512 samples a pixel (the default), and
#           as 100 pieces of one second by createFromAudio, joined by concat.
# Expected: the last click at 99 s and a length of 100 s (9375 pixels) in both, or a refusal: concat does refuse waveforms of
#           another rate or scale.
# Seen:     one piece is 94 pixels for 93.75, that is 1.00267 s; joined they are 9400 pixels, 100.267 s, and the last click lies at
#           99.264 s. The part of a pixel at each end is counted whole. With 1000 samples a pixel, which fit, nothing drifts.
# Why it hurts: recordings and streams are measured piece by piece and joined so. Cursor, cuts and beats set on the picture
#           of the sound lie beside the sound, at first by nothing that can be seen.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" waveform-data@4.5.2

cd "$folder"
node - <<'JAVASCRIPT'
const assert = require("node:assert");
const WaveformData = require("waveform-data");

const RATE = 48000;

function drawn(seconds, scale) {
  const samples = new Float32Array(RATE * seconds);
  for (let second = 0; second < seconds; second += 1) samples.fill(0.9, RATE * second, RATE * second + 480);
  const sound = { numberOfChannels: 1, length: samples.length, sampleRate: RATE, duration: seconds, getChannelData: () => samples };
  return new Promise((resolve, reject) => {
    const done = (error, waveform) => (error ? reject(error) : resolve(waveform));
    WaveformData.createFromAudio({ audio_buffer: sound, scale, disable_worker: true }, done);
  });
}

function lastClick(waveform) {
  let pixel = waveform.length - 1;
  const loud = (at) => waveform.channel(0).max_sample(at) > 60;
  while (!loud(pixel)) pixel -= 1;
  while (loud(pixel - 1)) pixel -= 1;
  return waveform.time(pixel);
}

(async () => {
  const measure = async (scale) => {
    const whole = await drawn(100, scale);
    const piece = await drawn(1, scale);
    const joined = piece.concat(...Array.from({ length: 99 }, () => piece));
    const told = [whole, joined].map((each) => [each.length, each.duration, lastClick(each)]);
    console.log(scale, JSON.stringify(told));
    return told;
  };
  const [whole, joined] = await measure(512);
  assert(whole[0] === 9375 && whole[1] === 100 && Math.abs(whole[2] - 99) < 0.011);
  assert(joined[0] === 9400 && Math.abs(joined[1] - 100.2667) < 0.001 && Math.abs(joined[2] - 99.264) < 0.002, "it changed");
  const [fits, fitsJoined] = await measure(1000);
  assert.deepStrictEqual(fitsJoined, fits);
})();
JAVASCRIPT

#!/usr/bin/env bash
# wav-decoder and node-wav: in 24-bit files the loudest negative sample comes back as the loudest positive one, a click of full scale.
#
# Versions: wav-decoder 1.3.0, node-wav 0.0.2 and wav-encoder 1.3.0 (their latest) on npm; soundfile 0.14.0 (libsndfile) on PyPI writes and reads.
# Source:   a clipped sine of 100 Hz and the values -1, -1 + 2^-23, 0 and 1 as WAV of 16, 24 and 32 bits, written by soundfile, by wav-encoder
#           and by node-wav, and decoded by both. -8388608 (80 00 00 hexadecimal) is a valid sample of 24 bits, and where -1 goes.
# Expected: what was written within a step of the file: the clipped halves at -1.
# Seen:     at 16 and 32 bits it is so. At 24 bits each sample at -1 is read as +1 by both, from all three writers: the two compare with
#           "greater than 80 00 00" and leave out the number itself. soundfile reads -1 from the same files.
# Why it hurts: 24 bits are what music is handed over in, and masters touch full scale. Of a limited or clipped song the lower half of each
#           peak jumps to the upper rail, with a crackle of 6 dB over full scale; a song that stays one step below, as most tests do, is right.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" wav-decoder@1.3.0 node-wav@0.0.2 wav-encoder@1.3.0
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check soundfile==0.14.0

cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import numpy as np
import soundfile

sine = np.clip(1.5 * np.sin(2 * np.pi * 100 * np.arange(4800) / 48000), -1, 1)
sound = np.concatenate([[-1, -1 + 2**-23, 0, 1], sine])
for bits in (16, 24, 32):
    soundfile.write(f"soundfile-{bits}.wav", sound, 48000, subtype=f"PCM_{bits}")
soundfile.write("sound.wav", sound, 48000, subtype="DOUBLE")
PYTHON
cat >decode.mjs <<'JAVASCRIPT'
import assert from "node:assert";
import { readFileSync, writeFileSync } from "node:fs";
import nodeWav from "node-wav";
import wavDecoder from "wav-decoder";
import wavEncoder from "wav-encoder";

const bytes = (name) => new Uint8Array(readFileSync(name)).slice();
const sound = Float32Array.from(nodeWav.decode(bytes("sound.wav")).channelData[0]);
for (const bits of [16, 24, 32]) {
  const audio = { sampleRate: 48000, channelData: [sound] };
  writeFileSync(`wav-encoder-${bits}.wav`, Buffer.from(await wavEncoder.encode(audio, { bitDepth: bits })));
  writeFileSync(`node-wav-${bits}.wav`, nodeWav.encode([sound], { sampleRate: 48000, float: false, bitDepth: bits }));
}
const low = sound.reduce((count, value) => count + (value === -1), 0);
assert(low > 1000 && sound[0] === -1 && sound[3] === 1);
for (const writer of ["soundfile", "wav-encoder", "node-wav"])
  for (const bits of [16, 24, 32])
    for (const [reader, decode] of [["wav-decoder", (data) => wavDecoder.decode(data.buffer)], ["node-wav", (data) => nodeWav.decode(data)]]) {
      const read = (await decode(bytes(`${writer}-${bits}.wav`))).channelData[0];
      const off = read.map((value, k) => value - sound[k]);
      const turned = off.reduce((count, value) => count + (value === 2), 0);
      console.log(`${writer} ${bits} bits, ${reader}: ${turned} of ${low} samples at -1 are at +1; the first four:`, [...read.slice(0, 4)]);
      assert(off.every((value, k) => Math.abs(value) < 2 ** (2 - bits) + 1e-6 || (value === 2 && sound[k] < -0.99999)));
      assert.equal(turned, bits === 24 ? low : 0, "it changed");
    }
JAVASCRIPT
node decode.mjs
"$folder/venv/bin/python" - <<'PYTHON'
import numpy as np
import soundfile

sound = soundfile.read("sound.wav")[0]
for writer in ("soundfile", "wav-encoder", "node-wav"):
    assert np.abs(soundfile.read(f"{writer}-24.wav")[0] - sound).max() < 1e-6
PYTHON

#!/usr/bin/env bash
# wav-file-info (npm): a WAV file is as long as all of its chunks together: a cover or notes of the recordist behind the sound count as sound.
#
# Versions: wav-file-info 0.0.10 on npm (its latest).
# Source:   ten seconds of silence (16 bits, mono, 16 kHz) as WAV: alone; with a broadcast chunk (bext) of 602 bytes and an ID3 chunk with a cover
#           of 150 kB, as editors and taggers write them; and as a recorder pads it (a JUNK chunk of 32 kB, so that data begins on a block).
# Expected: 10 s of each. Duration is the size of the data chunk by its bytes a second; RIFF has players skip chunks that they do not know.
# Seen:     10.001125, 14.7079375 and 11.024 s. What is divided is the size of the RIFF chunk, which holds all others; no chunk but the
#           first is read, and the reply that says so has no error. byte_rate is cut to its lower 16 bits too (45328 of 176400, in its README).
# Why it hurts: captions and fades that end with the sound end in nothing, a film that is cut to the length of its voices has a hole behind
#           each, and progress stops short. Files of a test have 44 bytes of header, where the fault is a millisecond.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" wav-file-info@0.0.10

cd "$folder"
cat >lengths.cjs <<'JAVASCRIPT'
const assert = require("node:assert");
const fs = require("node:fs");
const { promisify } = require("node:util");
const { infoByFilename } = require("wav-file-info");

const RATE = 16000;
const chunk = (name, bytes) => {
  const head = Buffer.alloc(8, name, "latin1");
  head.writeUInt32LE(bytes.length, 4);
  return Buffer.concat([head, bytes]);
};
const format = Buffer.alloc(16);
[[1, 0, 2], [1, 2, 2], [RATE, 4, 4], [2 * RATE, 8, 4], [2, 12, 2], [16, 14, 2]].forEach(([value, at, size]) => format.writeUIntLE(value, at, size));
const [fmt, data] = [chunk("fmt ", format), chunk("data", Buffer.alloc(10 * 2 * RATE))];
const files = {
  "sound alone": [fmt, data],
  "with bext and a cover": [fmt, data, chunk("bext", Buffer.alloc(602)), chunk("id3 ", Buffer.alloc(150000))],
  "padded to a block": [fmt, chunk("JUNK", Buffer.alloc(32768 - 2 * 8 - 12 - 16)), data],
};
const main = async () => {
  const seen = {};
  for (const [name, chunks] of Object.entries(files)) {
    const body = Buffer.concat([Buffer.from("WAVE"), ...chunks]);
    fs.writeFileSync("sound.wav", chunk("RIFF", body));
    const told = await promisify(infoByFilename)("sound.wav");
    seen[name] = told.duration;
    assert.equal(told.header.sample_rate, RATE);
  }
  console.log(seen);
  assert.deepEqual(Object.values(seen), [10.001125, 14.7079375, 11.024], "it changed");
};
main();
JAVASCRIPT
node --no-deprecation lengths.cjs

#!/usr/bin/env bash
# ogg-opus-decoder: the output gain in the head of an Opus file is ignored, so that levelled files come out as loud as they were before.
#
# Versions: ogg-opus-decoder 1.7.5 (WebAssembly, for browsers and Node), and beside it audio-decode 3.12.0 on npm, PyAV 18.1.0 and soundfile 0.14.0
#           on PyPI.
# Source:   a sine in Opus, and the same file with an output gain of -12 dB in its head (bytes 16 and 17 of OpusHead, in 1/256 dB), as
#           rsgain, r128gain and foobar2000 write it to level a library, and opusenc for FLAC files that had an album gain.
# Expected: .198 and .0498 at the peak: media frameworks should apply this gain by default, and R128_TRACK_GAIN is added to it (RFC 7845,
#           5.1). The three others do.
# Seen:     .198 for both, at 48 kHz and at 24 kHz; the gain is neither applied nor told. Its README has no word of it, and src/OggOpusDecoder.js
#           takes from the head the streams, the channel map and the skip at the begin.
# Why it hurts: a web player is 12 dB louder than each other one in just the files that were levelled, a waveform or a loudness that was
#           taken on the server doesn't fit, and a track gain by tag is off by the whole of it. Files without it are right.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check av==18.1.0 soundfile==0.14.0
npm install --silent --no-audit --no-fund --prefix "$folder" ogg-opus-decoder@1.7.5 audio-decode@3.12.0

cat >"$folder/peaks.mjs" <<'JAVASCRIPT'
import fs from "node:fs";
import decode from "audio-decode";
import { OggOpusDecoder } from "ogg-opus-decoder";

const bytes = new Uint8Array(fs.readFileSync(process.argv[2]));
const peaks = {};
const peak = (samples) => samples.reduce((largest, sample) => Math.max(largest, Math.abs(sample)), 0);
for (const sampleRate of [48000, 24000]) {
  const decoder = new OggOpusDecoder({ sampleRate });
  await decoder.ready;
  peaks[sampleRate] = peak((await decoder.decodeFile(bytes)).channelData[0]);
}
peaks["audio-decode"] = peak((await decode(bytes)).channelData[0]);
console.log(JSON.stringify(peaks));
process.exit(0);
JAVASCRIPT

"$folder/venv/bin/python" - "$folder" <<'PYTHON'
import json
import struct
import subprocess
import sys

import av
import numpy as np
import soundfile

folder, RATE = sys.argv[1], 48000


def checksum(page):
    """The checksum of a page of Ogg, whose own field is 0 in it."""
    total = 0
    for byte in page:
        total ^= byte << 24
        for _ in range(8):
            total = (total << 1 ^ (0x04C11DB7 if total & 1 << 31 else 0)) & 0xFFFFFFFF
    return total


def with_gain(path, decibels):
    data = bytearray(open(f"{folder}/plain.opus", "rb").read())
    struct.pack_into("<h", data, data.index(b"OpusHead") + 16, round(256 * decibels))
    end = 27 + data[26] + sum(data[27 : 27 + data[26]])
    data[22:26] = bytes(4)
    data[22:26] = struct.pack("<I", checksum(data[:end]))
    open(path, "wb").write(data)


def decoded(path):
    with av.open(path) as file:
        return float(max(np.abs(frame.to_ndarray()).max() for frame in file.decode(audio=0)))


sine = 0.125 * np.sin(2 * np.pi * 1000 * np.arange(2 * RATE) / RATE)
soundfile.write(f"{folder}/plain.opus", sine, RATE, format="OGG", subtype="OPUS")
with_gain(f"{folder}/levelled.opus", -12)
seen = []
for name in ("plain", "levelled"):
    path = f"{folder}/{name}.opus"
    peaks = json.loads(subprocess.run(["node", f"{folder}/peaks.mjs", path], capture_output=True, check=True).stdout)
    peaks |= {"PyAV": decoded(path), "soundfile": float(np.abs(soundfile.read(path)[0]).max())}
    print(name, {decoder: round(peak, 4) for decoder, peak in peaks.items()})
    seen.append(peaks)
change = {decoder: round(20 * np.log10(seen[1][decoder] / seen[0][decoder]), 2) for decoder in seen[0]}
print("dB", change)
assert all(abs(change[decoder] + 12) < 0.1 for decoder in ("audio-decode", "PyAV", "soundfile"))
assert change["48000"] == change["24000"] == 0, "it changed"
PYTHON

#!/usr/bin/env bash
# music-metadata (npm): a ReplayGain of -6.02 dB is the ratio .25, and a peak at half of full scale is -3.01 dB.
#
# Versions: music-metadata 12.1.0 (of October 2026; 11.16.1 has the same) on npm; mutagen 1.48.1 and soundfile 0.14.0 write the song.
# Source:   a FLAC song whose loudest sample is .5, with REPLAYGAIN_TRACK_GAIN "-6.02 dB" and REPLAYGAIN_TRACK_PEAK "0.5", and
#           the pairs of ratio and dB that parseBuffer gives for them in common.
# Expected: -6.02 dB with the ratio .5, and .5 with -6.02 dB: gain and peak are of amplitude (ReplayGain 2.0: a scale of
#           10^(gain/20), and a peak in units of full scale), and the samples say so.
# Seen:     -6.02 dB with .25 and .5 with -3.01 dB: both are turned into one another as power, by 10^(dB/10). The types call
#           them "ratio [0..1]" and "decibel" only.
# Why it hurts: the ratio is what a player sets its gain to (a GainNode's value): each song is turned down, or up, twice as much as
#           its tag says, which drives songs apart by as much as the tags were to bring them together. The peak in dB leaves
#           room of 3 dB for a limiter where there are 6, and one over full scale looks half as far over.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check mutagen==1.48.1 soundfile==0.14.0 numpy
npm install --silent --no-audit --no-fund --prefix "$folder" music-metadata@12.1.0

"$folder/venv/bin/python" - "$folder/song.flac" <<'PYTHON'
import sys

import mutagen
import numpy as np
import soundfile

path = sys.argv[1]
soundfile.write(path, 0.5 * np.sin(2 * np.pi * 480 * np.arange(48000) / 48000), 48000, "PCM_24")
tags = mutagen.File(path)
tags["REPLAYGAIN_TRACK_GAIN"], tags["REPLAYGAIN_TRACK_PEAK"] = "-6.02 dB", "0.5"
tags.save()
peak = np.abs(soundfile.read(path)[0]).max()
print(f"loudest sample {peak:.4f}, {20 * np.log10(peak):.2f} dBFS")
assert abs(peak - 0.5) < 1e-4
PYTHON

cat >"$folder/read.mjs" <<'JAVASCRIPT'
import assert from "node:assert";
import fs from "node:fs";
import { parseBuffer } from "music-metadata";

const { common } = await parseBuffer(fs.readFileSync(process.argv[2]), "audio/flac");
const gain = common.replaygain_track_gain;
const peak = common.replaygain_track_peak;
console.log("gain", gain, "by amplitude", 10 ** (gain.dB / 20));
console.log("peak", peak, "by amplitude", 20 * Math.log10(peak.ratio));
assert.equal(gain.dB, -6.02);
assert.equal(peak.ratio, 0.5);
assert(Math.abs(gain.ratio - 0.25) < 1e-3 && Math.abs(peak.dB + 3.01) < 0.01, "it changed");
JAVASCRIPT
node "$folder/read.mjs" "$folder/song.flac"

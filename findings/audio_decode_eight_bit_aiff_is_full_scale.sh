#!/usr/bin/env bash
# audio-decode (npm): the silence of an 8-bit AIFF file is decoded at full scale, and mu-law and A-law in CAF 12 and 18 dB too soft.
#
# Versions: audio-decode 3.12.0 (of 2026) with its @audio/decode-aiff and -caf on npm; soundfile 0.14.0 (libsndfile) on PyPI writes the files and
#           reads them rightly, as does PyAV 18.1.0.
# Source:   a tone at half scale for .1 s within a second of silence, 44.1 kHz, as AIFF of 8 and 16 bits, and as WAV, AIFF-C and CAF in mu-law and A-law.
# Expected: a peak of .5 (up to .52 for the two laws), and nothing before the tone. AIFF's samples are signed at each width; WAV's of 8 bits aren't.
# Seen:     the 8-bit AIFF begins at -1.0 and stays there, and the tone is turned inside out: .5 comes as -.5. In CAF the tone peaks at .128
#           and .064. The same two laws in WAV and AIFF-C are right, and so is AIFF of 16 bits, 8 bits in CAF and in WAV.
# Why it hurts: samplers' and game libraries of the nineties are 8-bit AIFF, and telephone and archive recordings in CAF. Nothing is refused:
#           loudness, peaks and gain are of a constant, a mix gets a step of full scale, and a library is levelled 12 or 18 dB wrong.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check soundfile==0.14.0 av==18.1.0 numpy
npm install --silent --no-audit --no-fund --prefix "$folder" audio-decode@3.12.0

cat >"$folder/decode.mjs" <<'JAVASCRIPT'
import fs from "node:fs";
import decode from "audio-decode";

const seen = {};
for (const path of process.argv.slice(2)) {
  const found = await decode(fs.readFileSync(path));
  const samples = found.channelData?.[0] ?? found.getChannelData(0);
  seen[path.split("/").pop()] = [samples[100], samples.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0)];
}
console.log(JSON.stringify(seen));
process.exit(0);
JAVASCRIPT

"$folder/venv/bin/python" - "$folder" <<'PYTHON'
import json
import subprocess
import sys

import av
import numpy as np
import soundfile

folder, RATE = sys.argv[1], 44100
sound = np.zeros(RATE)
sound[RATE // 2 : RATE // 2 + 4410] = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(4410) / RATE)
files = {"AIFF": ("PCM_S8", "PCM_16", "ULAW", "ALAW"), "CAF": ("PCM_S8", "ULAW", "ALAW"), "WAV": ("PCM_U8", "ULAW", "ALAW")}
paths = []
for kind, subtypes in files.items():
    for subtype in subtypes:
        paths.append(f"{folder}/{subtype}.{kind.lower()}")
        soundfile.write(paths[-1], sound, RATE, subtype, format=kind)


def by_ffmpeg(path):
    with av.open(path) as container:
        frames = av.AudioResampler("flt", "mono", RATE)
        samples = np.concatenate([each.to_ndarray()[0] for frame in container.decode(audio=0) for each in frames.resample(frame)])
    return float(samples[100]), float(np.abs(samples).max())


command = ["node", f"{folder}/decode.mjs", *paths]
seen = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
wrong = {"PCM_S8.aiff": (-1, 1), "ULAW.caf": (0, 0.128), "ALAW.caf": (0, 0.0645)}
for path in paths:
    name = path.split("/")[-1]
    samples, plain = soundfile.read(path)[0], by_ffmpeg(path)
    print(f"{name:12} begins with, and peaks at", *(round(value, 3) for value in (*seen[name], *plain)))
    for first, peak in ((samples[100], np.abs(samples).max()), plain):
        assert abs(first) < 0.01 and 0.49 < peak < 0.53
    first, peak = wrong.get(name, (0, 0.51))
    assert abs(seen[name][0] - first) < 0.01 and abs(seen[name][1] - peak) < 0.02, "it changed"
PYTHON

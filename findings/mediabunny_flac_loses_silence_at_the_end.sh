#!/usr/bin/env bash
# mediabunny: a FLAC file that ends in silence loses its last frame, so that a stem comes out up to 93 ms short.
#
# Versions: mediabunny 1.61.0 on npm; the files are written by soundfile 0.14.0 (libFLAC), which reads them whole.
# Source:   noise of three seconds and one second of silence, at 44.1 and 48 kHz, and the same with faint noise to the end:
#           the packets that EncodedPacketSink gives, computeDuration, and a Conversion from FLAC to FLAC.
# Expected: four seconds each, as the file's header (getDurationFromMetadata) has it.
# Seen:     the silent ones end at 3.994 s (44.1 kHz) and 3.925 s (48 kHz), in packets, computed duration and the
#           converted file; those with noise to the end are whole. A last frame of silence has some 11 to 18 bytes, and is not found
#           when it is so short; any silence before it is kept.
# Why it hurts: stems of one song are made equally long, and most end in silence while others still ring. Looped or joined,
#           those that were converted slip against the rest by up to two frames of film with each turn.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check soundfile==0.14.0 numpy
npm install --silent --no-audit --no-fund --prefix "$folder" mediabunny@1.61.0

"$folder/venv/bin/python" - "$folder" <<'PYTHON'
import sys

import numpy as np
import soundfile

rng = np.random.default_rng(0)
for rate in (44100, 48000):
    noise = rng.normal(size=4 * rate) * 0.1
    for name, level in (("silent", 0.0), ("faint", 0.01)):
        sound = noise.copy()
        sound[3 * rate :] *= level
        soundfile.write(f"{sys.argv[1]}/{name}{rate}.flac", sound, rate)
PYTHON

cat >"$folder/convert.mjs" <<'JAVASCRIPT'
import fs from "node:fs";
import * as mediabunny from "mediabunny";

const { ALL_FORMATS, BufferSource, BufferTarget, Conversion, EncodedPacketSink, FlacOutputFormat, Input, Output } = mediabunny;
for (const name of ["silent44100", "silent48000", "faint44100", "faint48000"]) {
  const file = new URL(`${name}.flac`, import.meta.url);
  const input = new Input({ formats: ALL_FORMATS, source: new BufferSource(fs.readFileSync(file)) });
  let end = 0;
  for await (const packet of new EncodedPacketSink(await input.getPrimaryAudioTrack()).packets()) {
    end = packet.timestamp + packet.duration;
  }
  const output = new Output({ format: new FlacOutputFormat(), target: new BufferTarget() });
  const conversion = await Conversion.init({ input, output });
  await conversion.execute();
  fs.writeFileSync(new URL(`${name}.out.flac`, import.meta.url), Buffer.from(output.target.buffer));
  console.log(name, await input.getDurationFromMetadata(), await input.computeDuration(), end);
}
JAVASCRIPT
node "$folder/convert.mjs" >"$folder/seen.txt"

"$folder/venv/bin/python" - "$folder" <<'PYTHON'
import sys
from pathlib import Path

import soundfile

folder = Path(sys.argv[1])
for line in (folder / "seen.txt").read_text().splitlines():
    name, *seconds = line.split()
    whole, converted = (len(soundfile.read(folder / f"{name}{end}")[0]) / int(name[-5:]) for end in (".flac", ".out.flac"))
    told, computed, packets = map(float, seconds)
    print(name, "whole", whole, "header", told, "computed", round(computed, 4), "packets", round(packets, 4), "converted", converted)
    assert whole == told == 4
    ends = {"silent44100": 3.9938, "silent48000": 3.9253}.get(name, 4.0)
    assert max(abs(each - ends) for each in (computed, packets, converted)) < 0.001, "it changed"
PYTHON

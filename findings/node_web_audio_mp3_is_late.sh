#!/usr/bin/env bash
# node-web-audio-api (npm): decodeAudioData leaves the encoder's delay in an MP3 file, 25 ms that browsers take off.
#
# Versions: node-web-audio-api 1.0.9 on npm; the files are written by FFmpeg 9.0.2 (imageio-ffmpeg 0.8.1, LAME 3.100, with its header).
# Source:   decodeAudioData on ten seconds with a click each second, as MP3 of 44.1 and 48 kHz, as WAV, FLAC and Ogg Vorbis.
# Expected: clicks at 1, 2, .. 9 s and 10 s in all, as Chromium has them (and audio-decode on npm): the header says
#           how many samples to drop at both ends.
# Seen:     MP3: clicks 25.1 ms (44.1 kHz) and 23.1 ms (48 kHz) late and a length of 10.031 and 10.032 s; Ogg Vorbis in time,
#           yet 10.015 s long. WAV and FLAC are right.
# Why it hurts: the library exists to run a page's code on a server. What was measured or rendered there (beats, peaks, loops,
#           a mix-down) lies more than half a frame of film behind what the page plays, and loops get a hole.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check imageio-ffmpeg==0.8.1 numpy
npm install --silent --no-audit --no-fund --prefix "$folder" node-web-audio-api@1.0.9

"$folder/venv/bin/python" - "$folder" <<'PYTHON'
import subprocess
import sys
import wave

import imageio_ffmpeg
import numpy as np

RATE, folder = 48000, sys.argv[1]
sound = np.zeros(10 * RATE)
for second in range(1, 10):
    sound[second * RATE : second * RATE + 960] = 0.8 * np.sin(2 * np.pi * 1000 * np.arange(960) / RATE)
with wave.open(f"{folder}/a48.wav", "wb") as file:
    file.setnchannels(1)
    file.setsampwidth(2)
    file.setframerate(RATE)
    file.writeframes((32767 * sound).astype("<i2").tobytes())
for name, options in {
    "a44.mp3": ["-ar", "44100", "-b:a", "128k"],
    "a48.mp3": ["-b:a", "128k"],
    "a48.ogg": ["-c:a", "libvorbis"],
    "a48.flac": [],
}.items():
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", f"{folder}/a48.wav", *options, f"{folder}/{name}"]
    subprocess.run(command, check=True)
PYTHON

cat >"$folder/decode.mjs" <<'JAVASCRIPT'
import assert from "node:assert";
import fs from "node:fs";
import { OfflineAudioContext } from "node-web-audio-api";

const WANTED = { "a44.mp3": [25.1, 10.031], "a48.mp3": [23.1, 10.032], "a48.ogg": [0.1, 10.015], "a48.wav": [0.1, 10], "a48.flac": [0.1, 10] };
for (const [name, [late, length]] of Object.entries(WANTED)) {
  const context = new OfflineAudioContext(1, 48000, 48000);
  const bytes = fs.readFileSync(new URL(name, import.meta.url));
  const sound = await context.decodeAudioData(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  const samples = sound.getChannelData(0);
  const at = (from) => {
    let place = Math.round(from * sound.sampleRate);
    while (Math.abs(samples[place]) < 0.2) place += 1;
    return place / sound.sampleRate;
  };
  const seen = [1, 5, 9].map((second) => 1000 * (at(second - 0.5) - second));
  console.log(name, seen.map((each) => each.toFixed(1)), sound.duration.toFixed(3));
  assert(seen.every((each) => Math.abs(each - late) < 0.5), "it changed");
  assert(Math.abs(sound.duration - length) < 0.002, "it changed");
}
JAVASCRIPT
node "$folder/decode.mjs"

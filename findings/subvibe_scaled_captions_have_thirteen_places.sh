#!/usr/bin/env bash
# @aj-archipelago/subvibe: captions fitted to another frame rate are written as 00:00:01,42.70833333333326, which is 1.42 s or no time at all.
#
# Versions: @aj-archipelago/subvibe 1.0.12 on npm (its latest); pysubs2 1.8.1 and FFmpeg 9.0.2 (imageio-ffmpeg 0.8.1) on PyPI read the file.
# Source:   captions at 1, 10 and 3600 s (SubRip) by parse, SubtitleUtils.scaleTime with the factor of 25 to 23.976 (25 / (24000 / 1001)), which is
#           what it is for, then generateSRT and generateVTT; and the same with each time rounded to whole ms before it is written.
# Expected: 1.043, 10.427 and 3753.75 s.
# Seen:     milliseconds with all their places behind a second point. Its own parse finds no caption in that, FFmpeg refuses the file, and
#           pysubs2, which is lenient, reads 1.42 s in place of 1.043, since below 100 ms the zeros in front are missing too. Of the third
#           caption the begin is right by chance. WebVTT is written in the same way, and no player shows such a cue. Rounded, all is right.
# Why it hurts: changing the rate of a film's captions is done once and looked at in numbers, which are right; the file is empty for one
#           program and up to .9 s late, here and there, for another.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" @aj-archipelago/subvibe@1.0.12
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check pysubs2==1.8.1 imageio-ffmpeg==0.8.1

cd "$folder"
cat >scale.mjs <<'JAVASCRIPT'
import assert from "node:assert";
import { writeFileSync } from "node:fs";
import { generateSRT, generateVTT, parse, SubtitleUtils } from "@aj-archipelago/subvibe";

const code = (seconds) => new Date(1000 * seconds).toISOString().slice(11, 23).replace(".", ",");
const text = [1, 10, 3600].map((at, k) => `${k + 1}\n${code(at)} --> ${code(at + 2)}\nword\n`).join("\n");
const scaled = SubtitleUtils.scaleTime(parse(text).cues, { factor: 25 / (24000 / 1001) });
const whole = scaled.map((cue) => ({ ...cue, startTime: Math.round(cue.startTime), endTime: Math.round(cue.endTime) }));
assert.deepEqual(whole.map((cue) => cue.startTime), [1043, 10427, 3753750]);
writeFileSync("scaled.srt", generateSRT(scaled));
writeFileSync("whole.srt", generateSRT(whole));
const lines = generateVTT({ type: "vtt", cues: scaled }).split("\n").filter((line) => line.includes("-->"));
console.log(generateSRT(scaled).split("\n").filter((line) => line.includes("-->")), lines);
assert(/\.42\.708\d+ --> /.test(lines[0]) && lines.filter((line) => /^(\d\d:)?\d\d:\d\d\.\d{3} --> /.test(line)).length === 1, "it changed");
assert.equal(parse(generateSRT(scaled)).cues.length, 0, "it changed");
assert.equal(parse(generateSRT(whole)).cues.length, 3);
JAVASCRIPT
node scale.mjs
"$folder/venv/bin/python" - <<'PYTHON'
import subprocess

import imageio_ffmpeg
import pysubs2


def seen(name):
    call = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", name, "-f", "srt", "-"]
    done = subprocess.run(call, capture_output=True, text=True)
    return [event.start for event in pysubs2.load(name)], done.returncode == 0 and done.stdout.count("-->")


for name in ("whole.srt", "scaled.srt"):
    print(name, *seen(name))
assert seen("whole.srt") == ([1043, 10427, 3753750], 3)
assert seen("scaled.srt") == ([1420, 10427, 3753750], False), "it changed"
PYTHON

#!/usr/bin/env bash
# pylrc, lrc-kit and FFmpeg: the offset of a lyrics file (LRC) moves the words the wrong way, or a thousandth of the way.
#
# Versions: pylrc 0.1.2 and imageio-ffmpeg 0.8.1 (FFmpeg 9.0.2) on PyPI, lrc-kit 1.2.1 on npm.
# Source:   a line at 00:10.00 under [offset:+500], as SubRip by pylrc and by FFmpeg, and by lrc-kit's Runner, which applies
#           offsets if asked to.
# Expected: 9.5 s: the offset is in ms, and a positive one shows the words earlier (the format's own description, and
#           what foobar2000 and most players do).
# Seen:     10.5 s from pylrc and lrc-kit, which is a full second late; 10.0 s from FFmpeg, and 9.998 for +2000: two ms
#           for two seconds, since it takes the number for microseconds. None is right.
# Why it hurts: the offset is what people set to put lyrics right for their copy of a song. Karaoke, captions burnt into a
#           film and word times for alignment are then twice as wrong as without it.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check pylrc==0.1.2 imageio-ffmpeg==0.8.1
npm install --silent --no-audit --no-fund --prefix "$folder" lrc-kit@1.2.1
printf '[offset:+500]\n[00:10.00]one\n[00:20.00]two\n' >"$folder/half.lrc"
printf '[offset:+2000]\n[00:10.00]one\n[00:20.00]two\n' >"$folder/two.lrc"

cat >"$folder/kit.mjs" <<'JAVASCRIPT'
import fs from "node:fs";
import { Lrc, Runner } from "lrc-kit";

const runner = new Runner(Lrc.parse(fs.readFileSync(process.argv[2], "utf8")), true);
console.log(runner.getLyrics()[0].timestamp);
JAVASCRIPT

KIT=$(node "$folder/kit.mjs" "$folder/half.lrc") "$folder/venv/bin/python" - "$folder" <<'PYTHON'
import os
import re
import subprocess
import sys
from pathlib import Path

import imageio_ffmpeg
import pylrc


def first(srt):
    hours, minutes, seconds, ms = map(int, re.search(r"(\d+):(\d+):(\d+),(\d+) -->", srt).groups())
    return 3600 * hours + 60 * minutes + seconds + ms / 1000


def ffmpeg(name):
    words = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", f"{sys.argv[1]}/{name}", "-f", "srt", "-"]
    return first(subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True).stdout)


seen = {
    "pylrc": first(pylrc.parse(Path(sys.argv[1], "half.lrc").read_text()).toSRT()),
    "lrc-kit": float(os.environ["KIT"]),
    "ffmpeg": ffmpeg("half.lrc"),
    "ffmpeg, two seconds": ffmpeg("two.lrc"),
}
print(seen)
assert seen["pylrc"] == 10.5 and seen["lrc-kit"] == 10.5, "it changed"
assert 9.999 <= seen["ffmpeg"] <= 10.0 and seen["ffmpeg, two seconds"] == 9.998, "it changed"
PYTHON

#!/usr/bin/env bash
# FFmpeg: closed captions (SCC) of non-drop timecode come 3.6 s early after an hour, and each .4 s before it is loaded.
#
# Versions: FFmpeg 9.0.2 as it comes with imageio-ffmpeg 0.8.1; pycaption 2.3.14 and ttconv 1.2.3, all on PyPI.
# Source:   a Scenarist file with a pop-on caption at 01:00:00:00 and one at 01:30:00:00, as SubRip by FFmpeg ("ffmpeg -i
#           captions.scc captions.srt") and by the two others; and the same with 01:00:00;00, drop frame.
# Expected: 3603.97 s and 5405.77 s: SCC is locked to 29.97 pictures a second, so that the code 01:00:00:00 is the time
#           3603.6 s, and the caption shows when its last pair of bytes (two a frame) has arrived. ;00 is 3600.36 s.
# Seen:     3600.00 and 5400.00 s in both: a frame is taken for 1/30 s, and the colon for the same as the semicolon. pycaption
#           and ttconv (since its pull request 506 of 2026) agree with each other within 4 ms.
# Why it hurts: programmes begin at the hour in their timecode. After the hour is taken off, captions and the film still
#           drift apart by .1 % along the film, and speech that is found by them is looked for at the wrong place.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    imageio-ffmpeg==0.8.1 pycaption==2.3.14 ttconv==1.2.3

"$folder/venv/bin/python" - "$folder/captions.scc" <<'PYTHON'
import re
import subprocess
import sys
from pathlib import Path

import imageio_ffmpeg
import pycaption
import ttconv.srt.writer
from ttconv.scc import reader

PAIRS = "94ae 94ae 9420 9420 9470 9470 c8e5 ecec ef80 942c 942c 942f 942f"  # clear, load, "Hello", show


def seconds(text):
    found = re.findall(r"(\d+):(\d+):(\d+),(\d+) -->", text)
    return [3600 * int(h) + 60 * int(m) + int(s) + int(ms) / 1000 for h, m, s, ms in found]


def starts(mark):
    lines = [(f"01:{m}:00{mark}00\t{PAIRS}", f"01:{m}:03{mark}00\t942c 942c") for m in ("00", "30")]
    text = "Scenarist_SCC V1.0\n\n" + "\n\n".join(line for pair in lines for line in pair) + "\n\n"
    Path(sys.argv[1]).write_text(text, encoding="ascii")
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", sys.argv[1], "-f", "srt", "-"]
    captions = pycaption.SCCReader().read(text)
    return {
        "FFmpeg": seconds(subprocess.run(command, capture_output=True, text=True, check=True).stdout),
        "pycaption": [each.start / 1e6 for each in captions.get_captions(captions.get_languages()[0])],
        "ttconv": seconds(ttconv.srt.writer.from_model(reader.to_model(text))),
    }


def near(found, wanted, within=0.01):
    return len(found) == len(wanted) and all(abs(a - b) < within for a, b in zip(found, wanted))


plain, drop = starts(":"), starts(";")
print(plain, drop)
assert near(plain["FFmpeg"], (3600.0, 5400.0)) and near(drop["FFmpeg"], (3600.0, 5400.0)), "it changed"
for name in ("pycaption", "ttconv"):
    assert near(plain[name], (3603.967, 5405.767)) and near(drop[name], (3600.365, 5400.365)), "it changed"
PYTHON

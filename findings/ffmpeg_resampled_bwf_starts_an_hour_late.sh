#!/usr/bin/env bash
# FFmpeg: a Broadcast Wave recording of ten o'clock that is resampled from 48 to 44.1 kHz says it began at 10:53:03.
#
# Versions: FFmpeg 9.0.2 as it comes with imageio-ffmpeg 0.8.1 on PyPI; wavinfo 4.0.1 reads the result.
# Source:   ffmpeg -i take.wav -ar 44100 -write_bext 1 on a take whose bext chunk has the TimeReference of 10:00:00, and
#           ffmpeg -ss 60 on the same. EBU Tech 3285 counts TimeReference in samples of the file's own rate.
# Expected: 1587600000 samples of 44.1 kHz (10:00:00), and 10:01:00 for what is cut off a minute later.
# Seen:     1728000000 in all three: the count is copied as a word of metadata. At 44.1 kHz that is 39183.67 s, 53 minutes
#           late; the cut piece still says 10:00:00.
# Why it hurts: editors lay location sound on the picture by this number ("spot to timecode", sync bins). A take that went
#           through FFmpeg lands beside its picture, or on that of another scene, and nothing says so.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check imageio-ffmpeg==0.8.1 wavinfo==4.0.1

"$folder/venv/bin/python" - "$folder" <<'PYTHON'
import subprocess
import sys
import wave
from pathlib import Path

import imageio_ffmpeg
from wavinfo import WavInfoReader

RATE, SECONDS, TEN = 48000, 90, 36000
folder = Path(sys.argv[1])


def ffmpeg(source, target, before=(), after=()):
    words = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *before, "-i", folder / source, *after]
    subprocess.run([*words, "-write_bext", "1", folder / target], check=True)


def start(name):
    info = WavInfoReader(str(folder / name))
    return info.bext.time_reference, round(info.bext.time_reference / info.fmt.sample_rate, 2)


with wave.open(str(folder / "plain.wav"), "wb") as file:
    file.setnchannels(1)
    file.setsampwidth(2)
    file.setframerate(RATE)
    file.writeframes(bytes(2 * RATE * SECONDS))
ffmpeg("plain.wav", "take.wav", after=["-metadata", f"time_reference={TEN * RATE}", "-metadata", "originator=recorder"])
ffmpeg("take.wav", "resampled.wav", after=["-ar", "44100"])
ffmpeg("take.wav", "cut.wav", before=["-ss", "60"])
seen = {name: start(f"{name}.wav") for name in ("take", "resampled", "cut")}
print(seen)
assert seen["take"] == (TEN * RATE, TEN)
assert seen["resampled"] == (TEN * RATE, 39183.67), "it changed"
assert seen["cut"] == (TEN * RATE, TEN), "it changed"
PYTHON

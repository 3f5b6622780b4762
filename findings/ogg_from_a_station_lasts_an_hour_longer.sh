#!/usr/bin/env bash
# mutagen, tinytag, music-metadata, MediaInfo: ten seconds recorded from a running Ogg station last an hour and ten seconds.
#
# Versions: mutagen 1.48.1, tinytag 2.3.2, pymediainfo 7.0.1, soundfile 0.14.0, imageio-ffmpeg 0.8.1 (FFmpeg 9.0.2) on PyPI;
#           music-metadata 12.1.0 on npm.
# Source:   ten seconds of Opus and of Vorbis in Ogg whose pages count on from one hour, as a listener gets them who joined a
#           station an hour after it began; and the same from 0.
# Expected: 10 s. The count of the first page of sound says where a capture begins, and is to be taken off (RFC 7845, section 4.5;
#           Vorbis I, appendix A.2). libsndfile decodes exactly 480,000 samples of each.
# Seen:     3610 s from all four, for both: they take the count of the last page for the length. FFmpeg's 9.0.2 "Duration" is 10 s for
#           Vorbis and 1:00:10 for Opus.
# Why it hurts: recorded programmes, split by song, come into a library hours long. Filters by length drop them, the bitrate falls
#           to nothing, bars of progress stand still, and a place at a share of the length (a chorus, a fade) lies behind the end.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check mutagen==1.48.1 tinytag==2.3.2 pymediainfo==7.0.1 \
    soundfile==0.14.0 imageio-ffmpeg==0.8.1 numpy
npm install --silent --no-audit --no-fund --prefix "$folder" music-metadata@12.1.0
cat >"$folder/length.mjs" <<'JAVASCRIPT'
import fs from "node:fs";
import { parseBuffer } from "music-metadata";

const { format } = await parseBuffer(fs.readFileSync(process.argv[2]), "audio/ogg", { duration: true });
console.log(format.duration);
JAVASCRIPT

"$folder/venv/bin/python" - "$folder" <<'PYTHON'
import re
import subprocess
import sys

import imageio_ffmpeg
import mutagen
import soundfile
from pymediainfo import MediaInfo
from tinytag import TinyTag

folder, ffmpeg = sys.argv[1], imageio_ffmpeg.get_ffmpeg_exe()


def lengths(path):
    """The length of a song in seconds, by program."""
    log = subprocess.run([ffmpeg, "-hide_banner", "-i", path], capture_output=True, text=True).stderr
    hours, minutes, seconds = re.search(r"Duration: (\d+):(\d+):([\d.]+)", log).groups()
    node = subprocess.run(["node", f"{folder}/length.mjs", path], capture_output=True, text=True, check=True)
    return {
        "samples": soundfile.read(path)[0].shape[0] / 48000,
        "mutagen": mutagen.File(path).info.length,
        "tinytag": TinyTag.get(path).duration,
        "MediaInfo": round(MediaInfo.parse(path).audio_tracks[0].duration / 1000, 1),
        "music-metadata": float(node.stdout),
        "FFmpeg": round(3600 * int(hours) + 60 * int(minutes) + float(seconds), 1),
    }


for coder, suffix, by_ffmpeg in (("libopus", "opus", 3610.0), ("libvorbis", "ogg", 10.0)):
    whole, joined = f"{folder}/whole.{suffix}", f"{folder}/joined.{suffix}"
    tone = ["-f", "lavfi", "-i", "sine=440:r=48000:d=10", "-c:a", coder, whole]
    subprocess.run([ffmpeg, "-v", "error", *tone], check=True)
    subprocess.run([ffmpeg, "-v", "error", "-i", whole, "-c", "copy", "-output_ts_offset", "3600", joined], check=True)
    seen = lengths(joined)
    print(suffix, seen)
    assert all(abs(value - 10) < 0.1 for value in lengths(whole).values())
    assert seen.pop("samples") == 10.0
    assert seen.pop("FFmpeg") == by_ffmpeg, "it changed"
    assert all(abs(value - 3610) < 0.1 for value in seen.values()), "it changed"
PYTHON

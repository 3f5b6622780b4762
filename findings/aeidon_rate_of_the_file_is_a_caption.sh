#!/usr/bin/env bash
# aeidon: the rate that a MicroDVD file tells in its first line becomes a caption, and all others drift; of lyrics each chorus comes once.
#
# Versions: aeidon 2.0.1 (of September 2026, the library of the editor Gaupol) and pysubs2 1.8.1 beside it on PyPI.
# Source:   a MicroDVD file that begins with {1}{1}25.000, as encoders of that format write it, and has a caption at frame 90,000; and lyrics
#           (LRC) with a chorus of two times, [00:12.50][00:20.50], and a line with milliseconds, [00:14.500].
# Expected: one caption at 3600 s: the first line is the rate, which pysubs2 and players take from there. Lyrics at 10.5, 12.5, 14.5, 20.5 and
#           22 s.
# Seen:     a caption "25.000" at .042 s, and the other at 3753.75 s: 23.976 is the rate unless the caller has one. Lyrics at 10.5, 12.5
#           and 22 s: the second time of the chorus is in its text, "[00:20.50]chorus", and the line with milliseconds isn't there.
# Why it hurts: captions are two and a half minutes late in each hour (25 is the rate of television in most of the world), and what is
#           searched or sung by lyrics lacks lines. Nothing is refused; saved again, the file has lost them.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check aeidon==2.0.1 pysubs2==1.8.1

"$folder/venv/bin/python" - "$folder" <<'PYTHON'
import sys

import aeidon
import pysubs2

folder = sys.argv[1]
MICRODVD = "{1}{1}25.000\n{90000}{90050}hello\n"
LYRICS = "[00:10.50]verse\n[00:12.50][00:20.50]chorus\n[00:14.500]bridge\n[00:22.00]end\n"


def seconds(time):
    hours, minutes, rest = time.split(":")
    return round(3600 * int(hours) + 60 * int(minutes) + float(rest), 3)


def by_aeidon(text, suffix):
    path = f"{folder}/captions.{suffix}"
    with open(path, "w") as file:
        file.write(text)
    project = aeidon.Project()
    project.open_main(path, "utf_8")
    return [(seconds(caption.start_time), caption.main_text) for caption in project.subtitles]


plain = [(event.start / 1000, event.text) for event in pysubs2.SSAFile.from_string(MICRODVD, format_="microdvd")]
captions, lyrics = by_aeidon(MICRODVD, "sub"), by_aeidon(LYRICS, "lrc")
print("pysubs2", plain, "aeidon", captions, lyrics)
assert plain == [(3600.0, "hello")]
assert captions == [(0.042, "25.000"), (3753.75, "hello")], "it changed"
assert lyrics == [(10.5, "verse"), (12.5, "[00:20.50]chorus"), (22.0, "end")], "it changed"
PYTHON

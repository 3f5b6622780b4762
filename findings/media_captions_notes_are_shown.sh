#!/usr/bin/env bash
# media-captions (npm): notes and drawings in subtitles (ASS) are shown to the viewer, as text of the caption before them.
#
# Versions: media-captions 1.0.4 on npm (the captions of the players by Vidstack); pysubs2 1.8.1 on PyPI reads the same file rightly.
# Source:   an ASS file as Aegisub saves it: two captions, between them an event of the kind Comment (a karaoke template), a remark (";"), and a
#           third caption that draws a box ({\p1}m 0 0 l ...).
# Expected: the texts "one" and "two", and nothing of the drawing as text. A Comment event is one that is not shown, as the
#           documents of the format say, and Aegisub keeps notes, templates and disabled lines in it.
# Seen:     "one\nComment: 0,0:00:01.00,..., karaoke template", "two\n; a remark", and "m 0 0 l 10 0 10 10". Any line behind a caption that
#           does not begin with "Dialogue:" is taken for its next line of text; the parser reports no error.
# Why it hurts: fan and studio subtitles are full of such lines: what translators wrote to each other stands on the
#           picture, and what is searched, embedded or spoken from the captions has it too.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check pysubs2==1.8.1
npm install --silent --no-audit --no-fund --prefix "$folder" media-captions@1.0.4

cat >"$folder/subtitles.ass" <<'ASS'
[Script Info]
ScriptType: v4.00+
PlayResX: 640
PlayResY: 480

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding
Style: Default,Arial,20,&H00FFFFFF,&H000000FF,&H00000000,&H00000000,0,0,0,0,100,100,0,0,1,2,2,2,10,10,10,1

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Dialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,one
Comment: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,template,karaoke template
Dialogue: 0,0:00:03.00,0:00:04.00,Default,,0,0,0,,two
; a remark
Dialogue: 0,0:00:05.00,0:00:06.00,Default,,0,0,0,,{\p1}m 0 0 l 10 0 10 10{\p0}
ASS

cat >"$folder/read.mjs" <<'JAVASCRIPT'
import fs from "node:fs";
import { parseText } from "media-captions";

const found = await parseText(fs.readFileSync(process.argv[2], "utf8"), { type: "ass", errors: true });
console.log(JSON.stringify({ texts: found.cues.map((cue) => cue.text), errors: found.errors.length }));
process.exit(0);
JAVASCRIPT

"$folder/venv/bin/python" - "$folder" <<'PYTHON'
import json
import subprocess
import sys

import pysubs2

folder = sys.argv[1]
plain = [event.plaintext for event in pysubs2.load(f"{folder}/subtitles.ass") if not event.is_comment and not event.is_drawing]
command = ["node", f"{folder}/read.mjs", f"{folder}/subtitles.ass"]
seen = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
print("pysubs2", plain, "media-captions", seen)
assert plain == ["one", "two"] and seen["errors"] == 0
note = "Comment: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,template,karaoke template"
assert seen["texts"] == [f"one\n{note}", "two\n; a remark", "m 0 0 l 10 0 10 10"], "it changed"
PYTHON

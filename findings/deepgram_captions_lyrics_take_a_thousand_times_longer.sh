#!/usr/bin/env bash
# Deepgram's captions (npm, PyPI): words by AssemblyAI are shown at a thousand times their time, and from 86.4 s on at the beginning again.
#
# Versions: @deepgram/captions 1.2.0 on npm and deepgram-captions 2.0.0 on PyPI (the latest of each).
# Source:   the transcript of a song as AssemblyAI returns it: the words "sing" at 250, "it" at 60 000, "back" at 86 650, "to" at 120 000 ms;
#           webvtt of the AssemblyAiConverter (npm) and of the AssemblyAIConverter (PyPI), which both packages say to ship for just this.
# Expected: 00:00:00.250, 00:01:00.000, 00:01:26.650 and 00:02:00.000. AssemblyAI's documentation says of start and end of a word that "these
#           values are in milliseconds"; the formatters of both packages want seconds (secondsToTimestamp, seconds_to_timestamp).
# Seen:     00:04:10.000, 16:40:00.000, 00:04:10.000 and 09:20:00.000 from both: the converters pass the numbers on as they are, and what is
#           longer than a day is a time of day. The third word of the song stands where the first stands.
# Why it hurts: a test of one short sentence shows captions of a plausible form, only late. A film of three minutes gets 50 hours of captions,
#           folded into one day, in which a player shows the lines of the last verse together with those of the first.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check deepgram-captions==2.0.0
npm install --silent --no-audit --no-fund --prefix "$folder" @deepgram/captions@1.2.0

cd "$folder"
cat >song.json <<'JSON'
{"id": "song", "audio_duration": 122, "words": [
  {"text": "sing", "start": 250, "end": 650, "confidence": 0.9, "speaker": "A"},
  {"text": "it", "start": 60000, "end": 60400, "confidence": 0.9, "speaker": "A"},
  {"text": "back", "start": 86650, "end": 87000, "confidence": 0.9, "speaker": "A"},
  {"text": "to", "start": 120000, "end": 120300, "confidence": 0.9, "speaker": "A"}]}
JSON
cat >captions.mjs <<'JAVASCRIPT'
import fs from "node:fs";
import captions from "@deepgram/captions";

console.log(captions.webvtt(new captions.AssemblyAiConverter(JSON.parse(fs.readFileSync("song.json", "utf8"))), 1));
JAVASCRIPT

"$folder/venv/bin/python" - <<'PYTHON'
import json
import pathlib
import re
import subprocess

import deepgram_captions

song = json.loads(pathlib.Path("song.json").read_text())
told = {
    "npm": subprocess.run(["node", "captions.mjs"], check=True, capture_output=True, text=True).stdout,
    "PyPI": deepgram_captions.webvtt(deepgram_captions.AssemblyAIConverter(song), 1),
}
for place, text in told.items():
    begins = re.findall(r"^(\S+) -->", text, re.MULTILINE)
    print(place, dict(zip((word["text"] for word in song["words"]), begins, strict=True)))
    assert begins == ["00:04:10.000", "16:40:00.000", "00:04:10.000", "09:20:00.000"], "it changed"
PYTHON

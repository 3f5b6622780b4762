#!/usr/bin/env bash
# openDAW's lib-midi: a system exclusive message before the notes, as most GM files begin with, moves them by seconds or by half an hour.
#
# Versions: @opendaw/lib-midi 0.0.74 (of September 2026) on npm, bundled by esbuild 0.25.12, as it is made for bundlers; mido 1.3.3 on PyPI
#           writes the songs and reads them rightly.
# Source:   four quarters from the second eighth or from the first one on, at 120 and 480 ticks, in a track by themselves, and with a GM
#           reset (F0 7E 7F 09 01 F7) at the begin of the track, or a quarter after it.
# Expected: notes from 240 or 0 ticks on; with the reset a quarter later, from there. The length of a SysEx counts its F7 too, so that the
#           next byte is the delta time of the next event (Standard MIDI Files 1.0).
# Seen:     240 becomes 1,949,936 and 0 becomes 15,232: half an hour and 16 s late. The decoder skips one byte less than the length says, takes F7
#           for the first byte of the next delta time (skipSysEx and readVarLen in MidiFileDecoder.js), and drops the delta time of the
#           SysEx itself (MidiTrack.js).
# Why it hurts: GM, GS or XG resets stand in front of most files that were made for synthesizers, often in one track only: its notes leave
#           those of all others, and the song seems to lack a part. Files from a notation program have none, and are right.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check mido==1.3.3
npm install --silent --no-audit --no-fund --prefix "$folder" @opendaw/lib-midi@0.0.74 esbuild@0.25.12

cat >"$folder/ticks.mjs" <<'JAVASCRIPT'
import fs from "node:fs";
import { ControlType, MidiFile } from "@opendaw/lib-midi";

const bytes = fs.readFileSync(process.argv[2]);
const song = MidiFile.decoder(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)).decode();
const ticks = [];
for (const track of song.tracks)
  track.controlEvents.forEach((_, events) => events.forEach((event) => event.type === ControlType.NOTE_ON && ticks.push(event.ticks)));
console.log(JSON.stringify(ticks));
JAVASCRIPT
"$folder/node_modules/.bin/esbuild" "$folder/ticks.mjs" --bundle --platform=node --outfile="$folder/ticks.cjs" --log-level=error

"$folder/venv/bin/python" - "$folder" <<'PYTHON'
import json
import subprocess
import sys

import mido

folder, PER_QUARTER = sys.argv[1], 480


def read(first, reset=None):
    """Ticks at which the notes begin, by mido and by lib-midi; the first begins that long after the begin or after the reset."""
    track = mido.MidiTrack()
    if reset is not None:
        track.append(mido.Message("sysex", data=[0x7E, 0x7F, 0x09, 0x01], time=reset))
    for number in range(4):
        track.append(mido.Message("note_on", note=60 + number, velocity=80, time=0 if number else first))
        track.append(mido.Message("note_off", note=60 + number, time=PER_QUARTER))
    tempo = mido.MidiTrack([mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(120))])
    mido.MidiFile(type=1, ticks_per_beat=PER_QUARTER, tracks=[tempo, track]).save(f"{folder}/song.mid")
    now, plain = 0, []
    for message in mido.MidiFile(f"{folder}/song.mid").tracks[1]:
        now += message.time
        if message.type == "note_on":
            plain.append(now)
    seen = json.loads(subprocess.run(["node", f"{folder}/ticks.cjs", f"{folder}/song.mid"], capture_output=True, check=True).stdout)
    print(f"first at {first}, reset at {reset}: mido {plain}, lib-midi {seen}, late by {(seen[0] - plain[0]) / PER_QUARTER / 2:.1f} s")
    assert plain == [first + (reset or 0) + number * PER_QUARTER for number in range(4)]
    assert [tick - seen[0] for tick in seen] == [tick - plain[0] for tick in plain]
    return seen[0]


assert read(240) == 240 and read(0) == 0
assert read(240, reset=0) == read(240, reset=PER_QUARTER) == 1_949_936, "it changed"
assert read(0, reset=0) == 15_232, "it changed"
PYTHON

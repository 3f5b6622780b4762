#!/usr/bin/env bash
# mido and @tonejs/midi: a MIDI file that counts in film frames has notes at negative times, or at no number at all.
#
# Versions: mido 1.3.3 and pretty_midi 0.2.11.post0 on PyPI, @tonejs/midi 2.0.28 on npm.
# Source:   a Standard MIDI File whose division is 25 frames of 40 ticks (bytes E7 28), which makes a tick one ms whatever
#           the tempo; notes at 1.0 and 10.0 s.
# Expected: the notes at 1.0 and 10.0 s, or an error that says what is not supported.
# Seen:     mido reads ticks_per_beat -6360 and a length of -0.83 s, with its first note at -0.08 s and its last at -0.79;
#           no warning. pretty_midi, which rests on it, fails with "Note end time must be greater than start time".
#           @tonejs/midi gives NaN for every time. mido knows of it (issue 457, open since 2023); pretty_midi's issue 173
#           took such a file for a broken one.
# Why it hurts: this form is there for film: hit points and click tracks locked to picture. Such pieces drop out of a
#           collection as "corrupt", or place every note before the beginning.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    mido==1.3.3 pretty_midi==0.2.11.post0 "setuptools<81"
npm install --silent --no-audit --no-fund --prefix "$folder" @tonejs/midi@2.0.28

"$folder/venv/bin/python" -W ignore - "$folder/film.mid" <<'PYTHON'
import struct
import sys
from pathlib import Path

import mido
import pretty_midi


def later(ticks):
    """A delta time as MIDI writes it: seven bits a byte, the highest first."""
    out = [ticks & 0x7F]
    while ticks := ticks >> 7:
        out.insert(0, 0x80 | ticks & 0x7F)
    return bytes(out)


on, off = b"\x90\x3c\x64", b"\x80\x3c\x40"
track = later(1000) + on + later(500) + off + later(8500) + on + later(500) + off + b"\x00\xff\x2f\x00"
head = b"MThd" + struct.pack(">IHH", 6, 0, 1) + bytes([0x100 - 25, 40])
Path(sys.argv[1]).write_bytes(head + b"MTrk" + struct.pack(">I", len(track)) + track)

film = mido.MidiFile(sys.argv[1])
now, notes = 0.0, []
for message in film:
    now += message.time
    if message.type == "note_on":
        notes.append(round(now, 3))
try:
    said = str(pretty_midi.PrettyMIDI(sys.argv[1]).get_onsets())
except ValueError as error:
    said = f"ValueError: {error}"
print("mido:", film.ticks_per_beat, round(film.length, 3), notes, "pretty_midi:", said)
assert film.ticks_per_beat == -6360 and film.length < 0 and notes[1] < notes[0] < 0, "it changed"
assert said.startswith("ValueError: Note end time"), "it changed"
PYTHON

cd "$folder"
node - <<'JAVASCRIPT'
const assert = require("node:assert");
const { readFileSync } = require("node:fs");
const { Midi } = require("@tonejs/midi");

const times = new Midi(readFileSync("film.mid")).tracks[0].notes.map((note) => note.time);
console.log("@tonejs/midi:", times);
assert(times.length === 2 && times.every(Number.isNaN), "it changed");
JAVASCRIPT

#!/usr/bin/env bash
# musicxml-io (npm): a tune with a first and a second ending is played once, without the second one, and jigs and reels at another tempo.
#
# Versions: musicxml-io 0.9.6 on npm (its latest); music21 10.5.1 on PyPI reads the same tunes rightly; mido 1.3.3 reads the MIDI files.
# Source:   parseAbc and exportMidi of |:C4|1D4:|2E4|] in 4/4 at 120, of the same with [1 and [2, of a jig in 6/8 with Q:3/8=80, of a reel
#           in C| with Q:1/2=60, and of that jig as MusicXML with a metronome mark and no sound element.
# Expected: C D C E, at 0, 2, 4 and 6 s; dotted quarters each .75 s; quarters each .5 s.
# Seen:     "|1" and ":|2", which most tunes are written with: C D, and it ends after 4 s; with "[1" it is C D C D E. The jig has its dotted
#           quarters each 1.125 s and the reel its quarters each 1 s: the number of Q is taken for quarters, and so is the
#           number of a metronome mark, whatever its note. The way back to MusicXML writes "quarter = 80".
# Why it hurts: collections of folk music are ABC. An index, a practice track or a click that is made of it is short of a part, runs at
#           half or two thirds of its tempo, and a search for jigs of 120 finds none.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check music21==10.5.1 mido==1.3.3
npm install --silent --no-audit --no-fund --prefix "$folder" musicxml-io@0.9.6

cat >"$folder/write.mjs" <<'JAVASCRIPT'
import fs from "node:fs";
import { exportMidi, parse, parseAbc } from "musicxml-io";

const [source, target] = process.argv.slice(2);
const text = fs.readFileSync(source, "utf8");
fs.writeFileSync(target, exportMidi(source.endsWith(".abc") ? parseAbc(text) : parse(text)));
JAVASCRIPT

"$folder/venv/bin/python" -W ignore - "$folder" <<'PYTHON'
import subprocess
import sys

import mido
import music21

folder = sys.argv[1]
HEAD = "X:1\nT:Tune\nM:{}\nL:{}\nQ:{}\nK:C\n{}\n"
NOTE = "<note><pitch><step>C</step><octave>4</octave></pitch><duration>3</duration><type>quarter</type><dot/></note>"
XML = f"""<?xml version="1.0" encoding="UTF-8"?>
<score-partwise version="3.1"><part-list><score-part id="P1"><part-name>Jig</part-name></score-part></part-list><part id="P1">
<measure number="1"><attributes><divisions>2</divisions><time><beats>6</beats><beat-type>8</beat-type></time></attributes>
<direction><direction-type><metronome><beat-unit>quarter</beat-unit><beat-unit-dot/><per-minute>80</per-minute></metronome>
</direction-type></direction>{NOTE}{NOTE}</measure></part></score-partwise>"""
TUNES = {
    "endings.abc": HEAD.format("4/4", "1/4", "1/4=120", "|:C4|1D4:|2E4|]"),
    "brackets.abc": HEAD.format("4/4", "1/4", "1/4=120", "|:C4|[1D4:|[2E4|]"),
    "jig.abc": HEAD.format("6/8", "1/8", "3/8=80", "C3 C3|"),
    "reel.abc": HEAD.format("C|", "1/4", "1/2=60", "CCCC|"),
    "jig.musicxml": XML,
}


def notes_in(path):
    now, found = 0.0, []
    for message in mido.MidiFile(path):
        now += message.time
        if message.type == "note_on" and message.velocity:
            found.append(("CxDxE"[message.note % 12], round(now, 3)))
    return found


seen, others = {}, {}
for name, text in TUNES.items():
    with open(f"{folder}/{name}", "w") as file:
        file.write(text)
    subprocess.run(["node", f"{folder}/write.mjs", f"{folder}/{name}", f"{folder}/{name}.mid"], check=True)
    seen[name] = notes_in(f"{folder}/{name}.mid")
    music21.converter.parse(f"{folder}/{name}").write("midi", f"{folder}/other.mid")
    others[name] = notes_in(f"{folder}/other.mid")
    print(name, "musicxml-io:", *seen[name], "music21:", *others[name])
song = [("C", 0.0), ("D", 2.0), ("C", 4.0), ("E", 6.0)]
assert others["endings.abc"] == others["brackets.abc"] == song
assert others["jig.abc"] == others["jig.musicxml"] == [("C", 0.0), ("C", 0.75)]
assert others["reel.abc"] == [("C", 0.5 * number) for number in range(4)]
assert seen["endings.abc"] == [("C", 0.0), ("D", 2.0)], "it changed"
assert [name for name, _ in seen["brackets.abc"]] == ["C", "D", "C", "D", "E"], "it changed"
assert seen["jig.abc"] == seen["jig.musicxml"] == [("C", 0.0), ("C", 1.125)], "it changed"
assert seen["reel.abc"] == [("C", 1.0 * number) for number in range(4)], "it changed"
PYTHON

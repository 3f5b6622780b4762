#!/usr/bin/env bash
# verovio: a tempo of 80 dotted quarters is played at 107 quarters a minute for 120, and one amid a measure from its first beat.
#
# Versions: verovio 6.4.1, with music21 10.5.1 and partitura 1.9.0 beside it, all on PyPI; mido 1.3.3 reads their MIDI files.
# Source:   a MusicXML song of two measures in 6/8 under "dotted quarter = 80" without a sound element, as MIDI by all three; the
#           same as MEI (mm="80" mm.unit="4" mm.dots="1"), and MEI in 4/4 that goes from 120 to 60 at the third beat.
# Expected: a beat each .75 s, so that the last of four lies at 2.25 s (120 quarters a minute), as music21 and partitura have it;
#           and in 4/4 notes at 0, .5, 1, 2, 3 s.
# Seen:     2.53 s (106.67 quarters). A dot makes the unit 4/3 of itself, not 3/2, and two dots 8/5, not 7/4: pull request 3215
#           mended the wrong direction by this wrong factor. In 4/4 the notes lie at 0, 1, 2, 3, 4 s: the last tempo in a measure
#           counts for all of it. The time map says the same as the MIDI file.
# Why it hurts: the time map is what a cursor, a click or hit points of a score are laid on a recording by. Jigs, marches and most of
#           what is in 6/8 runs 11 % slow, and a slowing to a cut shifts everything behind it.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check verovio==6.4.1 music21==10.5.1 partitura==1.9.0 mido==1.3.3

"$folder/venv/bin/python" - "$folder" <<'PYTHON'
import json
import sys
import warnings

import mido
import music21
import partitura
import verovio

warnings.simplefilter("ignore")
folder = sys.argv[1]
NOTE = "<note><pitch><step>C</step><octave>4</octave></pitch><duration>3</duration><type>quarter</type><dot/></note>"
XML = f"""<?xml version="1.0" encoding="UTF-8"?>
<score-partwise version="3.1"><part-list><score-part id="P1"><part-name>Jig</part-name></score-part></part-list><part id="P1">
<measure number="1"><attributes><divisions>2</divisions><time><beats>6</beats><beat-type>8</beat-type></time></attributes>
<direction><direction-type><metronome><beat-unit>quarter</beat-unit><beat-unit-dot/><per-minute>80</per-minute></metronome>
</direction-type></direction>{NOTE}{NOTE}</measure><measure number="2">{NOTE}{NOTE}</measure></part></score-partwise>"""


def mei(count, unit, notes, tempos):
    measure = f'<measure n="%d"><staff n="1"><layer n="1">{notes}</layer></staff>%s</measure>'
    return f"""<mei xmlns="http://www.music-encoding.org/ns/mei" meiversion="5.0"><meiHead/><music><body><mdiv><score>
<scoreDef meter.count="{count}" meter.unit="{unit}"><staffGrp><staffDef n="1" lines="5" clef.shape="G" clef.line="2"/></staffGrp>
</scoreDef><section>{measure % (1, tempos)}{measure % (2, "")}</section></score></mdiv></body></music></mei>"""


def times_in(path):
    now, found = 0.0, []
    for message in mido.MidiFile(path):
        now += message.time
        if message.type == "note_on" and message.velocity:
            found.append(round(now, 2))
    return found


def by_verovio(score):
    """Times of the notes in the MIDI file, which are those of the time map."""
    toolkit = verovio.toolkit()
    toolkit.loadData(score)
    toolkit.renderToMIDIFile(f"{folder}/verovio.mid")
    found = toolkit.renderToTimemap()
    mapped = [round(e["tstamp"] / 1000, 2) for e in (json.loads(found) if isinstance(found, str) else found) if "on" in e]
    times = times_in(f"{folder}/verovio.mid")
    assert max(abs(a - b) for a, b in zip(mapped, times, strict=True)) <= 0.011, (mapped, times)
    return times


with open(f"{folder}/jig.musicxml", "w") as file:
    file.write(XML)
music21.converter.parse(f"{folder}/jig.musicxml").write("midi", f"{folder}/music21.mid")
partitura.save_score_midi(partitura.load_score(f"{folder}/jig.musicxml"), f"{folder}/partitura.mid")
others = [times_in(f"{folder}/{name}.mid") for name in ("music21", "partitura")]
dotted = '<note dur="4" dots="1" oct="4" pname="c"/>' * 2
jig = mei(6, 8, dotted, '<tempo tstamp="1" staff="1" mm="80" mm.unit="4" mm.dots="1">80</tempo>')
both = '<tempo tstamp="1" staff="1" midi.bpm="120">120</tempo><tempo tstamp="3" staff="1" midi.bpm="60">60</tempo>'
seen = by_verovio(XML), by_verovio(jig), by_verovio(mei(4, 4, '<note dur="4" oct="4" pname="c"/>' * 4, both))
print("music21, partitura:", others, "verovio:", *seen, sep="\n")
assert others == [[0.0, 0.75, 1.5, 2.25]] * 2
assert seen[0] == seen[1] == [0.0, 0.84, 1.69, 2.53], "it changed"
assert seen[2][:5] == [0.0, 1.0, 2.0, 3.0, 4.0], "it changed"
PYTHON

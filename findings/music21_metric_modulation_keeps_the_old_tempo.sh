#!/usr/bin/env bash
# music21: where a score says "quarter = half", the tempo given for playing is passed over, and the MIDI file goes on at the old one.
#
# Versions: music21 10.5.1 as published on PyPI; partitura 1.9.0 reads the same scores rightly.
# Source:   MusicXML of two bars, the first at 60, the second with <sound tempo="120"/> beside each of: a number (quarter = 120), words
#           (doppio movimento), an equation of beat-units, and one of metronome-notes; written as MIDI and read by mido.
# Expected: the second bar's notes half a second apart each time; the sound element is what says how fast to play.
# Seen:     number and words: .5 s. Both equations: 1.0 s, so that the bar lasts four seconds instead of two. The beat-units become
#           a MetricModulation that music21's own secondsMap reckons rightly with, the metronome-notes a mark without a number, at
#           which secondsMap raises an error; the MIDI file of either is written without a word.
# Why it hurts: such equations stand in dances with a trio in another metre, in musicals and in film music, and editors write
#           both elements. From there on every hit point, tempo map and length is that of the wrong tempo, here double.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check music21==10.5.1 partitura==1.9.0 mido==1.3.3

"$folder/venv/bin/python" -W ignore - "$folder" <<'PYTHON'
import sys
from pathlib import Path

import mido
import music21
import partitura

folder = Path(sys.argv[1])
BESIDE = {
    "number": "<metronome><beat-unit>quarter</beat-unit><per-minute>120</per-minute></metronome>",
    "words": "<words>doppio movimento</words>",
    "beat-units": "<metronome><beat-unit>quarter</beat-unit><beat-unit>half</beat-unit></metronome>",
    "metronome-notes": "<metronome><metronome-note><metronome-type>quarter</metronome-type></metronome-note>"
    "<metronome-relation>equals</metronome-relation>"
    "<metronome-note><metronome-type>half</metronome-type></metronome-note></metronome>",
}
NOTES = "".join(
    f"<note><pitch><step>{step}</step><octave>4</octave></pitch><duration>1</duration><type>quarter</type></note>" for step in "CDEF"
)


def direction(kind, tempo):
    return f'<direction><direction-type>{kind}</direction-type><sound tempo="{tempo}"/></direction>'


def score(kind):
    first = "<metronome><beat-unit>quarter</beat-unit><per-minute>60</per-minute></metronome>"
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<score-partwise version="4.0"><part-list><score-part id="P1"><part-name>Flute</part-name></score-part></part-list><part id="P1">
<measure number="1"><attributes><divisions>1</divisions><time><beats>4</beats><beat-type>4</beat-type></time></attributes>
{direction(first, 60)}{NOTES}</measure><measure number="2">{direction(kind, 120)}{NOTES}</measure></part></score-partwise>"""


def steps(name):
    """The seconds from note to note."""
    time, starts = 0.0, []
    for message in mido.MidiFile(folder / name):
        time += message.time
        if message.type == "note_on" and message.velocity:
            starts.append(time)
    return [round(after - before, 2) for before, after in zip(starts, starts[1:])]


for name, kind in BESIDE.items():
    (folder / "score.musicxml").write_text(score(kind), encoding="utf-8")
    music21.converter.parse(folder / "score.musicxml").write("midi", folder / "music21.mid")
    partitura.save_score_midi(partitura.load_musicxml(folder / "score.musicxml"), folder / "partitura.mid")
    print(name, "music21", *steps("music21.mid"), "partitura", *steps("partitura.mid"))
    assert steps("partitura.mid") == [1.0] * 4 + [0.5] * 3
    second = 0.5 if name in ("number", "words") else 1.0
    assert steps("music21.mid") == [1.0] * 4 + [second] * 3, "it changed"
PYTHON

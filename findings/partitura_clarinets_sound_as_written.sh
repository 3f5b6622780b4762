#!/usr/bin/env bash
# partitura: notes of a transposing instrument are given, and saved as MIDI, as they are written: a clarinet in B flat in the wrong key.
#
# Versions: partitura 1.9.0 (of 2026) with music21 10.5.1 beside it, as published on PyPI; mido 1.3.3 reads the MIDI file.
# Source:   a MusicXML score of three parts in unison: a flute at sounding pitch (B flat 4), a clarinet in B flat (written C5, transpose -2), and a
#           guitar (written B flat 5 by octave-change -1, its chromatic 0).
# Expected: 70, 70 and 70 as "pitch" in the note array (a MIDI number there) and in the MIDI file: transpose is what must be added to the
#           written pitch to get what sounds.
# Seen:     70, 72 and 82 in both. The element is kept as a Transposition in the part, and its own description says that it tells how to
#           get sounding pitch; nothing reads it. octave-change is not read at all, so that the guitar's says 0 and it can't be mended by it.
# Why it hurts: an orchestral or band score in parts is polytonal to each feature: chords, key and pitch profile are of written
#           notes, a score does not fit its recording, and its MIDI sounds wrong. Scores in C are right, so that tests pass.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check partitura==1.9.0 music21==10.5.1 mido==1.3.3

"$folder/venv/bin/python" -W ignore - "$folder" <<'PYTHON'
import sys

import mido
import music21
import partitura

folder = sys.argv[1]
BAR = """<part id="{id}"><measure number="1"><attributes><divisions>1</divisions><key><fifths>0</fifths></key>
<time><beats>4</beats><beat-type>4</beat-type></time><clef><sign>G</sign><line>2</line></clef>{transpose}</attributes>
<note><pitch><step>{step}</step>{alter}<octave>{octave}</octave></pitch><duration>4</duration><type>whole</type></note></measure></part>"""
STEP = "<transpose><diatonic>-1</diatonic><chromatic>-2</chromatic></transpose>"
OCTAVE = "<transpose><diatonic>0</diatonic><chromatic>0</chromatic><octave-change>-1</octave-change></transpose>"
FLAT = "<alter>-1</alter>"
PARTS = (("Flute", "", "B", FLAT, 4), ("Clarinet", STEP, "C", "", 5), ("Guitar", OCTAVE, "B", FLAT, 5))
names = "".join(f'<score-part id="P{n}"><part-name>{part[0]}</part-name></score-part>' for n, part in enumerate(PARTS))
bars = "".join(
    BAR.format(id=f"P{n}", transpose=transpose, step=step, alter=alter, octave=octave)
    for n, (_, transpose, step, alter, octave) in enumerate(PARTS)
)
path = f"{folder}/score.musicxml"
with open(path, "w") as file:
    file.write(f'<?xml version="1.0"?>\n<score-partwise version="4.0"><part-list>{names}</part-list>{bars}</score-partwise>')

sounding = [note.pitch.midi for note in music21.converter.parse(path).toSoundingPitch().recurse().notes]
score = partitura.load_musicxml(path)
array = [int(pitch) for part in score for pitch in part.note_array()["pitch"]]
kept = [(each.diatonic, each.chromatic) for part in score for each in part.iter_all(partitura.score.Transposition)]
partitura.save_score_midi(score, f"{folder}/score.mid")
played = [m.note for track in mido.MidiFile(f"{folder}/score.mid").tracks for m in track if m.type == "note_on" and m.velocity]
print("music21", sounding, "partitura", array, "its MIDI file", played, "kept", kept)
assert sounding == [70, 70, 70]
assert array == [70, 72, 82] and sorted(played) == [70, 72, 82] and kept == [(-1, -2), (0, 0)], "it changed"
PYTHON

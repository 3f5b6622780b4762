#!/usr/bin/env bash
# aldakit: a MIDI song that slows down from 120 to 60 is imported with notes of twice their length at 60, and so plays at 30 from there.
#
# Versions: aldakit 0.5.0 (of October 2026) and mido 1.3.3, which writes the songs and reads what comes out, on PyPI.
# Source:   eight quarters in MIDI at 60 throughout; from 120 to 60 and from 60 to 120 after the fourth; and 100, 90, 80, 70 in pairs, a ritardando.
#           Score.from_midi_file, then its save.
# Expected: notes at the same times as before: "Import existing MIDI files and work with them as Alda", and "c4 d (tempo 60) e f" is read and played
#           rightly when it is written by hand.
# Seen:     at 60 so. After the change to 60 the notes are halves, "(tempo 60) e2 f2", 2 s each for 1; after the change to 120 eighths, .25 s
#           for .5; the ritardando ends at 5.507 s for 4.89, with a rest that nobody wrote. midi/midi_to_ast.py turns seconds into
#           lengths by the first tempo (seconds_to_beats(..., bpm)), and writes each later tempo between them besides.
# Why it hurts: the import sounds right up to the first change, which is where one stops to listen; the length of the song, its bars and each
#           cue behind that are off. Songs of one tempo, which one tries first, are right.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check aldakit==0.5.0 mido==1.3.3

"$folder/venv/bin/python" - "$folder" <<'PYTHON'
import sys

import aldakit
import mido

folder, PER_QUARTER = sys.argv[1], 480


def starts(path):
    """Seconds at which the notes of a MIDI file begin."""
    time, found = 0.0, []
    for message in mido.MidiFile(path):
        time += message.time
        if message.type == "note_on" and message.velocity:
            found.append(round(time, 3))
    return found


def imported(tempos):
    """The notes of a song of eight quarters before and after; tempos gives the tempo from a quarter on."""
    conductor, piano, last = mido.MidiTrack(), mido.MidiTrack(), 0
    for quarter, tempo in tempos.items():
        conductor.append(mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(tempo), time=(quarter - last) * PER_QUARTER))
        last = quarter
    for number in range(8):
        piano.append(mido.Message("note_on", note=60 + number, velocity=80))
        piano.append(mido.Message("note_off", note=60 + number, time=PER_QUARTER))
    mido.MidiFile(type=1, ticks_per_beat=PER_QUARTER, tracks=[conductor, piano]).save(f"{folder}/song.mid")
    score = aldakit.Score.from_midi_file(f"{folder}/song.mid")
    score.save(f"{folder}/imported.mid")
    before, after = starts(f"{folder}/song.mid"), starts(f"{folder}/imported.mid")
    print(tempos, before, "imported", after, " ".join(score.to_alda().split()))
    return before, after


aldakit.save("piano: c4 d (tempo 60) e f", f"{folder}/alda.mid")
assert starts(f"{folder}/alda.mid") == [0, 0.5, 1, 2]
before, after = imported({0: 60})
assert after == before == list(range(8))
before, after = imported({0: 120, 4: 60})
assert before == [0, 0.5, 1, 1.5, 2, 3, 4, 5]
assert after == [0, 0.5, 1, 1.5, 2, 4, 6, 8], "it changed"
before, after = imported({0: 60, 4: 120})
assert before == [0, 1, 2, 3, 4, 4.5, 5, 5.5]
assert after == [0, 1, 2, 3, 4, 4.25, 4.5, 4.75], "it changed"
before, after = imported({0: 100, 2: 90, 4: 80, 6: 70})
assert before[-1] == 4.89 and after[-1] == 5.507, "it changed"
PYTHON

#!/usr/bin/env bash
# muspy: a song that goes from 120 to 60 and 90 is at 90 from its first note once it was written as MusicXML.
#
# Versions: muspy 0.5.0 (its latest) with music21 10.5.1, as published on PyPI; mido 1.3.3 reads and writes the MIDI files.
# Source:   a song of four bars in 4/4 with a tempo for the first, the second and the others (120, 60, 90), by muspy.read_midi; write_musicxml
#           and read_musicxml, and write_midi beside it; the measure each tempo stands in, and the times of the bars.
# Expected: tempos in measures 1, 2 and 3, and bars at 0, 2, 6 and 8.67 s, as write_midi has it.
# Seen:     all three stand in measure 1, at its first beat, so that the last one counts: bars at 0, 2.67, 5.33 and 8 s. The Music object has them
#           at 0, 1920 and 3840. music21 reads the file in the same way as muspy.
# Why it hurts: scores for players, score followers and hit points are made of MIDI so. The song that comes out has one tempo, that of its end, and
#           a slow middle or a cut that the tempo was made for lies seconds beside the picture.
# Exits with 0 while this is so, and with 1 if it changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check muspy==0.5.0 music21==10.5.1 mido==1.3.3 "setuptools<81"

OPENBLAS_NUM_THREADS=1 "$folder/venv/bin/python" -W ignore - "$folder" <<'PYTHON'
import re
import sys

import mido
import muspy

folder, TEMPOS = sys.argv[1], {0: 120, 1: 60, 2: 90}
song = mido.MidiFile(ticks_per_beat=480)
track = mido.MidiTrack([mido.MetaMessage("time_signature", numerator=4, denominator=4)])
for bar in range(4):
    if bar in TEMPOS:
        track.append(mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(TEMPOS[bar])))
    track.append(mido.Message("note_on", note=60, velocity=80, time=0))
    track.append(mido.Message("note_off", note=60, velocity=0, time=4 * 480))
song.tracks.append(track)
song.save(f"{folder}/song.mid")


def bars(music):
    muspy.write_midi(f"{folder}/out.mid", music)
    now, found = 0.0, []
    for message in mido.MidiFile(f"{folder}/out.mid"):
        now += message.time
        if message.type == "note_on" and message.velocity:
            found.append(round(now, 2))
    return found


music = muspy.read_midi(f"{folder}/song.mid")
muspy.write_musicxml(f"{folder}/song.musicxml", music)
with open(f"{folder}/song.musicxml") as file:
    measures = re.split(r"<measure ", file.read())[1:]
tempos = [[round(float(tempo)) for tempo in re.findall(r'<sound tempo="([^"]+)"', measure)] for measure in measures]
before, after = bars(music), bars(muspy.read_musicxml(f"{folder}/song.musicxml"))
print("tempos:", [(tempo.time, round(tempo.qpm)) for tempo in music.tempos], "by measure:", tempos, "bars:", before, after)
assert [(tempo.time, round(tempo.qpm)) for tempo in music.tempos] == [(0, 120), (1920, 60), (3840, 90)]
assert before == [0.0, 2.0, 6.0, 8.67]
assert tempos == [[120, 60, 90], [], [], []] and after == [0.0, 2.67, 5.33, 8.0], "it changed"
PYTHON
